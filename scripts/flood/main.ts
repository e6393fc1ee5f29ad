/**
 * What strangers can do to a node: a table of each attack, beside the same load aimed at a sink, and what was missed.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Attack } from "./attack.ts";
import { ATTACKS } from "./attacks.ts";
import { missed, missedWithoutTimes } from "./bar.ts";
import { OTHER_CORE, pin, whyNotPinned } from "./cores.ts";
import { type Figures, type MeasureOptions, measure } from "./measure.ts";
import { tableHead, tableRow } from "./table.ts";
import { FloodWorld } from "./world.ts";

const { values } = parseArgs({
  options: {
    attack: { type: "string" },
    seconds: { type: "string", default: "60" },
    strangers: { type: "string", default: "128" },
    history: { type: "string", default: "1000" },
    aim: { type: "string", default: "both" },
    short: { type: "boolean", default: false },
    json: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

/** One attack of each kind; all of them together take less than a minute. */
const SHORT = ["long-lengths", "wrong-exhibits", "empty-frames", "unread-gets", "slow-posts"];
const SHORT_STRANGERS = 16;
const SHORT_SECONDS = 4;

if (values.help) {
  console.log(`npm run flood [-- --attack NAME,... --seconds 60 --strangers 128 --history 1000 --aim both --json FILE | --short]
About 3 minutes an attack. Needs Linux with two cores: the node runs on one of them alone, everything else on the other.

--attack     which ones: ${ATTACKS.map(({ name }) => name).join(", ")}
--seconds    how long heads and /healthz are watched; then the node and a peer restart while the attack goes on
--strangers  identities, and sources of connections
--history    epochs that all auditors have signed before
--aim        node, sink (the same load beside the node), or both
--short      five attacks for a few seconds, without restarts and without judging times: for CI
--json       also writes the figures there

Exit 1: the bar was missed. It takes a machine that does nothing else.`);
  process.exit(0);
}

const reason = whyNotPinned();
if (reason !== undefined) {
  console.error(`npm run flood cannot give the node a core of its own: ${reason}`);
  process.exit(values.short ? 0 : 2);
}
pin(process.pid, OTHER_CORE);

const figures: Figures[] = [];
const world = await FloodWorld.open(values.short ? 20 : Number(values.history));
try {
  console.log(tableHead());
  for (const attack of chosen()) for (const aim of aims(attack)) await show(attack, aim);
} finally {
  await world.close();
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(figures, undefined, 2)}\n`);
process.exit(figures.some((one) => one.aim === "node" && judge(one).length > 0) ? 1 : 0);

async function show(attack: Attack, aim: "node" | "sink"): Promise<void> {
  const options: MeasureOptions = values.short
    ? { seconds: SHORT_SECONDS, strangers: SHORT_STRANGERS, aim, restarts: "none" }
    : { seconds: Number(values.seconds), strangers: Number(values.strangers), aim, restarts: "node and peer" };
  const one = await measure(attack, options, world);
  figures.push(one);
  console.log(tableRow(one, judge(one)));
}

function judge(one: Figures): string[] {
  return values.short ? missedWithoutTimes(one) : missed(one);
}

function chosen(): readonly Attack[] {
  const names = values.short ? SHORT : values.attack?.split(",");
  const unknown = names?.find((name) => !ATTACKS.some((attack) => attack.name === name));
  if (unknown !== undefined) throw new Error(`there is no attack "${unknown}"; --help lists them`);
  return ATTACKS.filter(({ name }) => names?.includes(name) ?? true);
}

function aims({ name }: Attack): readonly ("node" | "sink")[] {
  if (values.short || name === "nothing" || values.aim === "node") return ["node"];
  return values.aim === "sink" ? ["sink"] : ["sink", "node"];
}
