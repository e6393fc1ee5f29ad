/**
 * The strangers, in a process of their own: `attacker.js NAME STRANGERS TARGET`, with the target as JSON. Runs until
 * its parent tells it to end.
 */
import { setMaxListeners } from "node:events";
import { setPriority } from "node:os";
import type { Tally, Target } from "./attack.ts";
import { ATTACKS } from "./attacks.ts";

/**
 * Real strangers have processors of their own. Here they get what the provider, the other auditors and the measuring
 * process leave over.
 */
const NICENESS = 10;
const REPORT_INTERVAL_MS = 250;

export interface AttackReport extends Tally {
  readonly cpuMs: number;
}

setPriority(NICENESS);
const [name, strangers, target] = process.argv.slice(2);
const attack = ATTACKS.find((candidate) => candidate.name === name);
if (attack === undefined) throw new Error(`there is no attack ${name}`);
const life = new AbortController();
// Each stream, socket and pause of each stranger adds a listener.
setMaxListeners(0, life.signal);
const tally: Tally = { connections: 0, units: 0, bytes: 0 };
process.on("disconnect", () => process.exit(0));
// The node may reset and close whatever it likes: the attack goes on.
process.on("unhandledRejection", () => {});
process.on("uncaughtException", () => {});
setInterval(() => {
  const { user, system } = process.cpuUsage();
  process.send?.({ ...tally, cpuMs: (user + system) / 1000 } satisfies AttackReport);
}, REPORT_INTERVAL_MS);
await attack.run({
  target: JSON.parse(target ?? "") as Target,
  strangers: Math.min(Number(strangers), attack.mostStrangers ?? Number.POSITIVE_INFINITY),
  signal: life.signal,
  tally,
});
