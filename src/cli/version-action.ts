/** What `coaudit --version --json` does: names the version, and what it reads and speaks. */
import { HEAD_SYNC_PROTOCOL } from "../gossip/sync/sync-frames.ts";
import { RECORDS_TOPIC } from "../gossip/topics.ts";
import { CLAIMS_LOG_VERSION } from "../ledger/claims/claims-log.ts";
import { SCHEMA_VERSION } from "../ledger/store/schema.ts";
import { VERSION } from "../version.ts";

/** Stores of older schemas are brought to these; newer ones are refused. */
export function versions(): object {
  return {
    version: VERSION,
    node: process.versions.node,
    schemas: { store: SCHEMA_VERSION, claimsLog: CLAIMS_LOG_VERSION },
    protocols: { headSync: HEAD_SYNC_PROTOCOL, records: RECORDS_TOPIC },
  };
}
