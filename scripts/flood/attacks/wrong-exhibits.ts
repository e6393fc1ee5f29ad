/**
 * Evidence whose only exhibit is an auditor's head with a wrong signature: ignored and never penalised, under a new
 * message id each time.
 */
import { fromHex } from "../../../src/core/bytes.ts";
import { encodeStatement } from "../../../src/core/statement-codec.ts";
import { RECORDS_TOPIC } from "../../../src/gossip/topics.ts";
import { systemRandom } from "../../../src/platform/system.ts";
import type { Attack, Target } from "../attack.ts";
import { messagesRpc } from "../gossip-frames.ts";
import { paced } from "../pause.ts";
import { GOSSIP_PROTOCOLS, strangers } from "../stranger.ts";

/** The node takes 1,000 messages a second from one peer. */
const MESSAGES = 50;
const RPCS_PER_SECOND = 20;

export const wrongExhibits: Attack = {
  name: "wrong-exhibits",
  title: "evidence with one wrongly signed exhibit, 1,000 a second each",
  run: (context) =>
    strangers(context, {}, async (stranger) => {
      const stream = await stranger.open(GOSSIP_PROTOCOLS);
      await paced(RPCS_PER_SECOND, context.signal, () => {
        const messages = Array.from({ length: MESSAGES }, () => wrongExhibit(context.target));
        context.tally.units += MESSAGES - 1;
        return stranger.send(stream, messagesRpc(RECORDS_TOPIC, messages));
      });
    }),
};

function wrongExhibit({ namespace, origin, auditors }: Target): Uint8Array {
  const head = encodeStatement({
    type: "signed-head",
    namespace,
    origin,
    epoch: 1 + (systemRandom.bytes(1)[0] ?? 0),
    digest: systemRandom.bytes(32),
    timestampMs: Date.now(),
    suite: 1,
    publicKey: fromHex(auditors[0]?.publicKeyHex ?? ""),
    plexiSignature: systemRandom.bytes(64),
    cosignature: systemRandom.bytes(64),
  });
  return encodeStatement({ type: "evidence", exhibits: [head] });
}
