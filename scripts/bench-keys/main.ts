/**
 * The bench of key verification: proofs from the akd crate's own server, verified in turn by the crate's client and by
 * ours. What counts are ratios. Each figure is the lowest of several rounds, because other work only ever adds time:
 * for ours the processor time, for the crate's, which is short, elapsed time.
 */
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import type { KeyRequest, KeyVersion } from "../../src/akd/keys/key-check.ts";
import { keyHashing } from "../../src/akd/keys/key-hashing.ts";
import { decodeLookupProof } from "../../src/akd/keys/key-proofs.ts";
import { checkMembership } from "../../src/akd/keys/paths.ts";
import { runToEnd } from "../../src/akd/keys/run-to-end.ts";
import { type HistoryExtent, historySteps, verifyHistoryProof } from "../../src/akd/keys/verify-history.ts";
import { lookupSteps } from "../../src/akd/keys/verify-lookup.ts";
import { encodeToCurve, VrfKey } from "../../src/akd/keys/vrf.ts";
import { utf8 } from "../../src/core/bytes.ts";
import { KeyDirectory } from "../../src/provider/keys/key-directory.ts";
import {
  askCrate,
  buildKeyOracle,
  type CrateDirectory,
  crateDirectories,
  type KeyQuestion,
} from "../../test/interop/akd/key-oracle.ts";
import { SeededRandom } from "../../test/support/virtual-clock.ts";
import { printTable, type Row, type Target } from "../bench-akd/table.ts";
import { measureInChromium } from "./chromium.ts";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    contacts: { type: "string", default: "1000" },
    json: { type: "string", default: join(tmpdir(), "coaudit-bench-keys.json") },
    help: { type: "boolean", default: false },
  },
});
if (options.help) {
  console.log("npm run bench:keys [-- --rounds 5 --contacts 1000 --json FILE]; needs cargo; about two minutes");
  process.exit(0);
}
const rounds = Number(options.rounds);
const contacts = Number(options.contacts);
const MAX_RATIO = 15;
const MAX_PAUSE_MS = 50;
const MAX_CONTACT_MS = 100;
const MAX_SDK_BYTES = 70_000;
const PUBLISHED_ENTRIES = 1000;
const MAX_PUBLISH_MS = 5000;
const MAX_ANSWER_MS = 50;
/** Long enough to be timed, short enough that other work leaves some of the runs undisturbed. */
const RUNS = 5;
const WARM_UP_RUNS = 20;
const EPOCHS = 300;
const VERSIONS = 20;

const rows: Row[] = [];
const targets: Target[] = [];
const program = buildKeyOracle();
const bob = utf8("bob");

const directory = await withManyVersions();
const request: KeyRequest = { ...directory.request, label: bob };
const extents: HistoryExtent[] = [{ kind: "most-recent", count: 1 }, { kind: "complete" }];
const questions: KeyQuestion[] = [
  { name: "lookup", request, proof: directory.lookups[0] as Uint8Array },
  ...extents.map((extent) => ({ name: nameOf(extent), request, extent, proof: historyOf(extent) })),
];
for (const question of questions) await compare(question);
whereTheTimeGoes(questions[0] as KeyQuestion);
await chromiumFigures();
await thousandContacts();
practiceDirectory();
await sizes();
printTable(rows, targets);
writeFileSync(options.json, `${JSON.stringify({ rows, targets }, null, 2)}\n`);
if (targets.some(({ isMet }) => !isMet)) process.exitCode = 1;

/** Bob's 20 versions among others, at an epoch that asks for many markers. */
async function withManyVersions(): Promise<CrateDirectory> {
  const random = new SeededRandom(1);
  const others = Array.from({ length: 500 }, (_, index) => utf8(`other ${index}`));
  const epochs = Array.from({ length: EPOCHS }, (_, epoch) => {
    const published = epoch === 0 ? others : [others[epoch] as Uint8Array];
    const entries = published.map((label): [Uint8Array, Uint8Array] => [label, random.bytes(32)]);
    return epoch < VERSIONS ? [...entries, [bob, random.bytes(32)] as [Uint8Array, Uint8Array]] : entries;
  });
  const plan = { configuration: "whatsapp_v1", vrfSecret: random.bytes(32), epochs, ask: [bob], recent: [1] } as const;
  const [made] = await crateDirectories(program, [plan]);
  return made as CrateDirectory;
}

function historyOf(extent: HistoryExtent): Uint8Array {
  const found = directory.histories[0]?.find(({ extent: other }) => other.kind === extent.kind);
  return (found as { proof: Uint8Array }).proof;
}

function nameOf(extent: HistoryExtent): string {
  return extent.kind === "complete" ? `complete history of ${VERSIONS} versions` : "history, most-recent:1";
}

async function compare(question: KeyQuestion): Promise<void> {
  let [oursMs, crateMs, longestStepMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let run = 0; run < WARM_UP_RUNS; run++) runToEnd(stepsOf(question));
  for (let round = 0; round < rounds; round++) {
    const [answer] = await askCrate(program, [{ ...question, runs: RUNS }]);
    if (answer?.valid !== true) throw new Error(`the crate refuses the ${question.name}`);
    crateMs = Math.min(crateMs, answer.nanoseconds / 1e6);
    const before = process.cpuUsage();
    for (let run = 0; run < RUNS; run++) {
      let stepMs = 0;
      for (const steps = stepsOf(question); ; ) {
        const stepStartMs = performance.now();
        const { done } = steps.next();
        stepMs = Math.max(stepMs, performance.now() - stepStartMs);
        if (done) break;
      }
      longestStepMs = Math.min(longestStepMs, stepMs);
    }
    oursMs = Math.min(oursMs, processorMs(before) / RUNS);
  }
  const { name } = question;
  rows.push({ what: `${name}: the crate's client`, value: crateMs, unit: "ms" });
  rows.push({ what: `${name}: ours`, value: oursMs, unit: "ms" });
  rows.push({ what: `${name}: longest step`, value: longestStepMs, unit: "ms" });
  target(`${name}, times the crate's client`, oursMs / crateMs, MAX_RATIO);
  target(`${name}, the longest time that a thread is busy, ms`, longestStepMs, MAX_PAUSE_MS);
}

function stepsOf({ request: asked, extent, proof }: KeyQuestion): Generator<void, unknown, void> {
  return extent === undefined
    ? lookupSteps(asked, proof)
    : historySteps(asked, proof, { extent, tombstones: "refuse" });
}

function whereTheTimeGoes({ request: asked, proof }: KeyQuestion): void {
  const hashing = keyHashing(asked.configuration);
  const decoded = decodeLookupProof(proof);
  const key = new VrfKey(asked.vrfKey);
  const input = hashing.vrfInput(asked.label, "fresh", decoded.version);
  part("one VRF proof", () => key.verify(input, decoded.existence.vrfProof));
  part("of it: the input as a point", () => encodeToCurve(key.bytes, input));
  part("one path of hashes", () => checkMembership(hashing, decoded.existence.proof, asked.digest));
  part("decoding a lookup", () => decodeLookupProof(proof));
}

function part(what: string, work: () => unknown): void {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds * 4; round++) {
    const before = process.cpuUsage();
    for (let run = 0; run < RUNS; run++) work();
    least = Math.min(least, processorMs(before) / RUNS);
  }
  rows.push({ what, value: least, unit: "ms" });
}

async function chromiumFigures(): Promise<void> {
  const { proof, extent } = questions.find((question) => question.extent?.kind === "most-recent") as KeyQuestion;
  const options = { extent: extent as HistoryExtent, tombstones: "refuse" } as const;
  const [newest] = verifyHistoryProof(request, proof, options) as [KeyVersion];
  const found = await measureInChromium(request, newest.value, proof);
  if (found === undefined) {
    console.log("No Chromium here: the figures of a page are missing.");
    return;
  }
  rows.push({ what: "a contact in Chromium, quorum included: median of 20", value: found.medianMs, unit: "ms" });
  rows.push({ what: "a contact in Chromium: median of the longest pauses", value: found.medianPauseMs, unit: "ms" });
  target("a contact in Chromium, most-recent:1 and the quorum, ms", found.leastMs, MAX_CONTACT_MS);
  target("a contact in Chromium, the longest pause of the page, ms", found.leastPauseMs, MAX_PAUSE_MS);
}

/** One lookup each, as for contacts whose keys have not changed. */
async function thousandContacts(): Promise<void> {
  const random = new SeededRandom(2);
  const labels = Array.from({ length: contacts }, (_, index) => utf8(`contact ${index}`));
  const entries = labels.map((label): [Uint8Array, Uint8Array] => [label, random.bytes(32)]);
  const plan = {
    configuration: "whatsapp_v1",
    vrfSecret: random.bytes(32),
    epochs: [entries],
    ask: labels,
    recent: [],
  } as const;
  const [made] = await crateDirectories(program, [plan]);
  const asked = labels.map((label, index): KeyQuestion => {
    const { request: common, lookups } = made as CrateDirectory;
    return { name: "lookup", request: { ...common, label }, proof: lookups[index] as Uint8Array };
  });
  const leastMs = asked.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < rounds; round++) {
    for (const [index, answer] of (await askCrate(program, asked)).entries()) {
      if (!answer.valid) throw new Error(`the crate refuses the lookup of contact ${index}`);
      leastMs[index] = Math.min(leastMs[index] as number, answer.nanoseconds / 1e6);
    }
  }
  const crateMs = leastMs.reduce((sum, ms) => sum + ms, 0);
  const before = process.cpuUsage();
  for (const question of asked) runToEnd(stepsOf(question));
  const oursMs = processorMs(before);
  rows.push({ what: `${contacts} contacts, a lookup each: the crate's client, one core`, value: crateMs, unit: "ms" });
  rows.push({ what: `${contacts} contacts, a lookup each: ours`, value: oursMs, unit: "ms" });
  target(`${contacts} contacts, times the crate's client`, oursMs / crateMs, MAX_RATIO);
}

function practiceDirectory(): void {
  const random = new SeededRandom(3);
  const directory = new KeyDirectory("whatsapp_v1", random.bytes(32));
  const labels = Array.from({ length: PUBLISHED_ENTRIES }, (_, index) => utf8(`entry ${index}`));
  const before = process.cpuUsage();
  directory.publish(labels.map((label) => [label, random.bytes(32)]));
  target(`practice directory: an epoch of ${PUBLISHED_ENTRIES} entries, ms`, processorMs(before), MAX_PUBLISH_MS);
  let least = Number.POSITIVE_INFINITY;
  for (const label of labels.slice(0, 20)) {
    const startedAt = process.cpuUsage();
    directory.history(label, { kind: "most-recent", count: 1 });
    least = Math.min(least, processorMs(startedAt));
  }
  target("practice directory: a most-recent:1 history made, ms", least, MAX_ANSWER_MS);
}

async function sizes(): Promise<void> {
  // JavaScript, and so not compiled with the bench.
  const { bundle } = (await import(
    pathToFileURL(resolve("scripts/bundle.mjs")).href
  )) as typeof import("../bundle.mjs");
  const door = (path: string): string => `export * from ${JSON.stringify(resolve(`src/client/${path}`))};`;
  const entry = join(tmpdir(), `coaudit-bench-keys-${process.pid}.ts`);
  for (const [what, source] of [
    ["the SDK without key verification", door("index.ts")],
    ["the SDK with key verification", door("index.ts") + door("keys/index.ts")],
  ] as const) {
    writeFileSync(entry, source);
    const sizeBytes = gzipSync(await bundle(entry), { level: 9 }).length;
    rows.push({ what: `${what}, minified and gzipped`, value: sizeBytes, unit: "bytes" });
    if (what.includes("with key")) target(`${what}, bytes`, sizeBytes, MAX_SDK_BYTES);
  }
}

/** Processor time of all threads of this process: on a busy machine, elapsed time includes what others do. */
function processorMs(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function target(what: string, value: number, limit: number): void {
  targets.push({ what, value, limit, kind: "at most", isMet: value <= limit });
}
