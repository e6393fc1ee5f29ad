/** The status of a namespace: plain data, digests as hex, for /v1/status. */
import type { RecordedRoot } from "../core/statement.ts";
import type { Halt } from "../ledger/claims/claim-record.ts";
import type { LastSigned, Refusal } from "./committer.ts";
import type { Behind } from "./trouble.ts";

export type AuditorState = "initializing" | "auditing" | "halted" | "ended";

export interface AuditorStatus {
  readonly namespace: string;
  readonly origin: string;
  readonly state: AuditorState;
  readonly halt?: Halt;
  /** Why it is not up to date at the moment; not a state, it passes by itself. */
  readonly behind?: Behind;
  /** It verifies, but signs nothing until others have reported what they hold of this node's key. */
  readonly unguarded: boolean;
  /** Why the newest verified epoch was not signed, although nothing is wrong with it. */
  readonly unsigned?: Refusal;
  readonly root?: { readonly epoch: number; readonly digest: string; readonly chosen: RecordedRoot["chosen"] };
  readonly lastVerified?: { readonly epoch: number; readonly digest: string };
  readonly lastSigned?: LastSigned;
  /** The highest epoch that the source listed in any answer. */
  readonly latestListed?: number;
  /** Verified and not signed yet. */
  readonly unsignedEpochs: number;
}
