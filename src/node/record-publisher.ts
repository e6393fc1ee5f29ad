/** This node's own auditor record: who it is on the network, where to reach it, where its audits began. */
import type { Signer } from "../auditor/signer.ts";
import { compareText } from "../core/bytes.ts";
import type { Clock } from "../core/clock.ts";
import { errorMessage } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import type { AuditorRecord, RecordedRoot } from "../core/statement.ts";
import { auditorRecordMessage } from "../core/statement-signature.ts";
import type { Ed25519Key } from "../platform/native-ed25519.ts";
import type { OwnStatements } from "./own-statements.ts";

/** Republished this often, so that newcomers hear it by gossip even before head sync. */
const REPEAT_MS = 6 * 3_600_000;
/** How often to look whether an address or a root is new. */
const LOOK_MS = 30_000;
const MAX_MULTIADDRS = 16;

export interface RecordPublisherModules {
  readonly clock: Clock;
  readonly signer: Signer;
  readonly networkKey: Ed25519Key;
  addresses(): readonly string[];
  roots(): readonly RecordedRoot[];
  readonly ownStatements: Pick<OwnStatements, "say">;
  readonly log: Logger;
}

/** Publishes when there is something new to say, until the signal is aborted; what is refused is tried again. */
export async function publishRecords(
  name: string,
  modules: RecordPublisherModules,
  signal: AbortSignal,
): Promise<void> {
  const { clock, ownStatements, log } = modules;
  let said = "";
  let saidAtMs = 0;
  let complaint: string | undefined;
  while (!signal.aborted) {
    const content = contentOf(modules);
    const text = JSON.stringify(content, (_key, value) => (value instanceof Uint8Array ? [...value] : value));
    if (text !== said || clock.elapsedMs() - saidAtMs >= REPEAT_MS) {
      try {
        await ownStatements.say(await sign(name, content, modules));
        said = text;
        saidAtMs = clock.elapsedMs();
        complaint = undefined;
      } catch (error) {
        // A clock that was set back makes every record an old one until its time comes again: no reason to give up.
        if (complaint !== errorMessage(error)) log.error({ error: errorMessage(error) }, "the auditor record waits");
        complaint = errorMessage(error);
      }
    }
    await clock.sleep(LOOK_MS, signal);
  }
}

function contentOf(modules: RecordPublisherModules): Pick<AuditorRecord, "multiaddrs" | "roots"> {
  const multiaddrs = [...new Set(modules.addresses())].sort(compareText).slice(0, MAX_MULTIADDRS);
  const roots = [...modules.roots()].sort((a, b) => compareText(a.namespace, b.namespace));
  return { multiaddrs, roots };
}

async function sign(
  name: string,
  content: Pick<AuditorRecord, "multiaddrs" | "roots">,
  { clock, signer, networkKey }: RecordPublisherModules,
): Promise<AuditorRecord> {
  const unsigned = {
    type: "auditor-record" as const,
    name,
    sequence: clock.now(),
    ...content,
    publicKey: signer.publicKey,
    peerPublicKey: networkKey.publicKey,
  };
  const { signature } = await signer.signRecord(unsigned);
  return { ...unsigned, signature, peerSignature: networkKey.sign(auditorRecordMessage(unsigned)) };
}
