// Work in place of worlds: what it answers depends on the question alone, and it fails in the ways that a question asks
// for.
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

export async function handle(question) {
  const { scenario, seed } = question;
  if (scenario.exitOnSeeds?.includes(seed)) process.exit(3);
  if (scenario.throwOnSeeds?.includes(seed)) throw new Error(`the world of seed ${seed} went wrong`);
  await sleep(scenario.slowMs ?? 0);
  const digest = createHash("sha256")
    .update(JSON.stringify([scenario.auditors, seed]))
    .digest();
  const perNode = {};
  const counters = ["messagesSent", "messagesReceived", "duplicatesReceived", "bytesSent", "syncRounds", "syncBytes"];
  for (const [index, counter] of counters.entries()) perNode[counter] = digest[index];
  return {
    measures: {
      epochs: 5,
      nodes: scenario.auditors,
      victimAccepted: digest[6],
      falseConvictions: 0,
      cases: 1,
      perNode,
      quorumAvailability: null,
      clientAnswers: {},
      signedHeads: digest[7],
      headDelayMs: digest[8] % 2 === 0 ? null : { p50: digest[9], p99: 300, max: 400 },
      events: digest[10],
      virtualMs: 1000,
    },
    traceHash: digest.toString("hex"),
  };
}
