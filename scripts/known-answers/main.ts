/**
 * The answers of arithmetic and of papers beside those of simulated worlds, as the tables of
 * docs/simulator-known-answers.md. Exits with 1 when worlds and arithmetic disagree.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import cliProgress from "cli-progress";
import { FORKS_AHEAD, KEYS_FOUND, SWAPS_TAKEN } from "../../src/lab/known-answers/key-questions.ts";
import {
  type KnownBounds,
  type KnownShare,
  measureBounds,
  measureShare,
} from "../../src/lab/known-answers/known-answer.ts";
import {
  LIARS_IN_QUORUMS,
  NOTICED_BY_GOSSIP,
  SPLITS_NOTICED,
  SPREADS,
  TWO_FACED_AUDITORS,
} from "../../src/lab/known-answers/questions.ts";
import { committeeTable, pollinationTable } from "./published.ts";
import { type Row, table } from "./table.ts";

const { values: options } = parseArgs({
  options: {
    worlds: { type: "string", default: "400" },
    write: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (options.help) {
  console.log(
    "npm run known-answers [-- --worlds 400 --write]: prints the tables; --write puts them into docs/simulator-known-answers.md",
  );
  process.exit(0);
}
const worlds = Number(options.worlds);
if (!Number.isSafeInteger(worlds) || worlds < 1) {
  console.error(
    `--worlds: "${options.worlds}" is not a number of worlds; give a whole number from 1, as in --worlds 400`,
  );
  process.exit(2);
}
const shares = [...SPLITS_NOTICED, ...LIARS_IN_QUORUMS, ...TWO_FACED_AUDITORS];
/** Few worlds: hops hardly differ between them, and these are large. */
const spreadWorlds = Math.max(1, Math.round(worlds / 40));
/** Proofs about keys are real: a fifth of a second a world. */
const keyWorlds = Math.max(1, Math.round(worlds / 10));
const keyShares = [...KEYS_FOUND, ...SWAPS_TAKEN];
const bar = new cliProgress.SingleBar({
  format: "{bar} {value}/{total} questions, {eta_formatted} left",
  stream: process.stderr,
});
bar.start(shares.length + SPREADS.length + 1 + keyShares.length + FORKS_AHEAD.length, 0);

/** Distance between the first seeds of two questions. */
const SEEDS_APART = 1_000_000;
const SHARES_HEADER = ["question", "rule", "by arithmetic", "worlds, 99.9 % interval", ""];
const BOUNDS_HEADER = ["question", "rule", "bounds", "worlds, least to most", ""];
let disagreements = 0;
const shareRows: Row[] = [];
for (const [index, known] of shares.entries()) shareRows.push(await shareRow(known, worlds, index));
const spreadRows: Row[] = [];
for (const known of SPREADS) spreadRows.push(await boundsRow(known, spreadWorlds));
const gossipRow = await boundsRow(NOTICED_BY_GOSSIP, worlds);
const keyRows: Row[] = [];
for (const [index, known] of keyShares.entries()) keyRows.push(await shareRow(known, keyWorlds, shares.length + index));
const aheadRows: Row[] = [];
for (const known of FORKS_AHEAD) aheadRows.push(await boundsRow(known, keyWorlds));
bar.stop();

const sections: Readonly<Record<string, string>> = {
  committee: committeeTable(),
  pollination: pollinationTable(),
  shares: table(SHARES_HEADER, shareRows),
  spread: table(BOUNDS_HEADER, spreadRows),
  gossip: table(BOUNDS_HEADER, [gossipRow]),
  keys: table(SHARES_HEADER, keyRows),
  ahead: table(BOUNDS_HEADER, aheadRows),
};
for (const text of Object.values(sections)) console.log(`\n${text}`);
if (options.write) writeSections("docs/simulator-known-answers.md", sections);
if (disagreements > 0) {
  console.error(`\n${disagreements} of the worlds' answers differ from the arithmetic: one of the two is wrong.`);
  process.exitCode = 1;
}

async function shareRow(known: KnownShare, count: number, place: number): Promise<Row> {
  const { happened, low, high, agrees } = await measureShare(known, count, SEEDS_APART * place + 1);
  if (!agrees) disagreements++;
  bar.increment();
  const measured = `${digits(happened / count)} (${digits(low)} to ${digits(high)}; ${happened} of ${count})`;
  return [known.name, known.rule, digits(known.expected), measured, agrees ? "agrees" : "DISAGREES"];
}

async function boundsRow(known: KnownBounds, count: number): Promise<Row> {
  const { least, most, agrees } = await measureBounds(known, count);
  if (!agrees) disagreements++;
  bar.increment();
  const measured = `${digits(least)} to ${digits(most)} over ${count} worlds`;
  const expected = `${known.expected.low} to ${known.expected.high}`;
  return [known.name, known.rule, expected, measured, agrees ? "agrees" : "DISAGREES"];
}

/** Each table is enclosed by two comments that name it. */
function writeSections(path: string, tables: Readonly<Record<string, string>>): void {
  let text = readFileSync(path, "utf8");
  for (const [name, content] of Object.entries(tables)) {
    const [before, after] = [`<!-- table: ${name} -->\n`, `<!-- end: ${name} -->`];
    const [start, end] = [text.indexOf(before), text.indexOf(after)];
    if (start < 0 || end < start)
      throw new Error(`${path} has no place for the table "${name}": put ${before}${after} there`);
    text = `${text.slice(0, start + before.length)}${content}\n${text.slice(end)}`;
  }
  writeFileSync(path, text);
}

function digits(value: number): string {
  return value.toFixed(3).replace(/\.?0+$/, "");
}
