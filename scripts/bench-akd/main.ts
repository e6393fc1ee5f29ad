/**
 * The verifier's bench: one run on one machine, as a table and JSON. What counts are ratios, because machines differ
 * and none is idle. Each figure is the lowest of several, on both sides of a ratio, because other work only ever adds
 * time.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { HOSTILE_SHAPES } from "./hostile-proofs.ts";
import type { CompressionResult, MemoryResult, PausesResult, StreamingResult, Task, VerifyResult } from "./measure.ts";
import { benchPath, honestProof, hostileProof, type ProofFile } from "./proof-files.ts";
import { printTable, type Row, type Target } from "./table.ts";

const { values: options } = parseArgs({
  options: {
    sizes: { type: "string", default: "1,10,44,200" },
    runs: { type: "string", default: "4" },
    json: { type: "string", default: benchPath("result.json") },
    "without-akd": { type: "boolean", default: false },
    "without-reference": { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (options.help) {
  console.log(
    "npm run bench [-- --sizes 1,10,44,200 --runs 4 --json FILE --without-akd --without-reference]; about 5 minutes",
  );
  process.exit(0);
}
const sizes = options.sizes.split(",").map(Number);
const runs = Number(options.runs);
const MIDDLE = 44;
const ROUNDS = 4;
const rows: Row[] = [];
const targets: Target[] = [];

const compressions = measure<CompressionResult>({ kind: "compressions" });
note("one compression: this kernel", compressions.wasm, "ns");
note("one compression: its JavaScript fallback", compressions.javascript, "ns");
note("one hash of 64 bytes: @noble/hashes", compressions.noble, "ns");

const files = new Map<number, ProofFile>();
for (const size of sizes) files.set(size, await honestProof(size));

/** Times for one size and number of threads, over all rounds. */
interface Times {
  /** Milliseconds: the first run of each process, and later ones. */
  readonly cold: number[];
  readonly warm: number[];
  readonly compressionNs: number[];
}

const oneThread = new Map<number, Times>();
const twoThreads = new Map<number, Times>();
const akdMs: number[] = [];
const akdProgram = options["without-akd"] || !files.has(MIDDLE) ? undefined : builtAkdProgram();
// rounds, so that a minute in which the machine has other work does not fall on one of the figures alone
for (let round = 0; round < ROUNDS; round++) {
  for (const [size, file] of files) {
    addRound(oneThread, size, measure({ kind: "verify", file, threads: 0, runs }));
    addRound(twoThreads, size, measure({ kind: "verify", file, threads: 2, runs }));
    if (size === MIDDLE && akdProgram !== undefined) akdMs.push(1000 * akdSeconds(akdProgram, file));
  }
}
for (const [size, file] of files) {
  const [one, two] = [warm(oneThread.get(size)), warm(twoThreads.get(size))];
  const about = `${size} MB (${file.inserted} inserted, ${file.unchanged} unchanged)`;
  note(`${about}: one thread`, one, "ms", file.sizeBytes / one / 1000);
  note(`${about}: two threads`, two, "ms", file.sizeBytes / two / 1000);
}

const middle = files.get(MIDDLE);
if (middle !== undefined) measureMiddle(middle);
growth();
if (!options["without-reference"]) reference();
processTime();

printTable(rows, targets);
const machine = { cpu: cpus()[0]?.model ?? "", cores: cpus().length, node: process.version };
writeFileSync(options.json, `${JSON.stringify({ machine, rows, targets }, undefined, 2)}\n`);
console.log(`JSON: ${options.json}`);

function measureMiddle(file: ProofFile): void {
  const one = oneThread.get(MIDDLE) as Times;
  const two = twoThreads.get(MIDDLE) as Times;
  target("44 MB, one thread against the floor of its own compressions", warm(one) / floorMs(file, one), 1.8, "at most");
  target("44 MB, one thread: first run against later ones", least(one.cold) / warm(one), 1.6, "at most");
  target("44 MB, two threads: first run against later ones", least(two.cold) / warm(two), 1.6, "at most");
  if (akdMs.length > 0) {
    const ms = least(akdMs);
    note("44 MB: akd 0.13.0, both cores", ms, "ms", file.sizeBytes / ms / 1000);
    target("44 MB, two threads against akd 0.13.0 with both cores, times faster", ms / warm(two), 30, "at least");
    target("44 MB, one thread against akd 0.13.0 with both cores, times faster", ms / warm(one), 20, "at least");
  }

  const { afterLastByte } = measure<StreamingResult>({
    kind: "streaming",
    file,
    threads: 0,
    runs: 5,
    megabytesPerSecond: 100,
  });
  target(
    "44 MB at 100 MB/s: time after the last byte, of a whole verification",
    least(afterLastByte) / warm(one),
    0.6,
    "at most",
  );

  for (const [size, sized] of files) {
    if (size < MIDDLE) continue;
    const { peakBytes } = measure<MemoryResult>({ kind: "memory", file: sized, threads: 2, runs: 4 });
    const limit = (3 * sized.sizeBytes + 32 * 2 ** 20) / 1e6;
    target(`${size} MB: peak memory above that before the first epoch, in MB`, peakBytes / 1e6, limit, "at most");
  }

  const pauses = leastPauses({ kind: "pauses", file, threads: 2, runs: 12 });
  const spinning = leastPauses({ kind: "spinning", threads: 2, seconds: 4 });
  note("44 MB, two threads: event loop, longest pause", pauses.longest, "ms");
  note("two idle-spinning threads: event loop, longest pause", spinning.longest, "ms");
  note("two idle-spinning threads: event loop, p99.9 of pauses", spinning.p999, "ms");
  const single = leastPauses({ kind: "pauses", file, threads: 0, runs: 12 });
  note("44 MB, on the event loop's own thread: longest section", single.longestWork ?? single.longest, "ms");
  note("44 MB, two threads: event loop, p99.9 of pauses", pauses.p999, "ms");
  const section = pauses.longestWork ?? pauses.longest;
  target("44 MB, two threads: longest synchronous section of the event loop, in ms", section, 10, "at most");
  target("44 MB, two threads: p99.9 of the event loop's pauses, in ms", pauses.p999, 20, "at most");

  hostile(file, warm(one));
}

function akdSeconds(program: string, { path, epoch, from, to }: ProofFile): number {
  const output = execFileSync(program, [path, String(epoch), from, to, "1"], { encoding: "utf8" });
  return least((JSON.parse(output) as { seconds: number[] }).seconds);
}

function addRound(all: Map<number, Times>, size: number, { runs, compressionNs }: VerifyResult): void {
  const times = all.get(size) ?? { cold: [], warm: [], compressionNs: [] };
  times.cold.push(runs[0] as number);
  times.warm.push(...runs.slice(1));
  times.compressionNs.push(...compressionNs);
  all.set(size, times);
}

/** Builds it when cargo exists; takes two minutes the first time. */
function builtAkdProgram(): string | undefined {
  if (spawnSync("cargo", ["--version"]).status !== 0) {
    console.log("akd 0.13.0 is left out: cargo is not installed (https://rustup.rs)");
    return undefined;
  }
  const folder = join(process.env["COAUDIT_INTEROP_CACHE"] ?? join(homedir(), ".cache", "coaudit-interop"), "akd");
  const env = { ...process.env, CARGO_TARGET_DIR: folder };
  execFileSync("cargo", ["build", "--release", "--quiet"], { cwd: "test/interop/akd/oracle", env, stdio: "inherit" });
  return join(folder, "release", "akd-seconds");
}

function hostile(honest: ProofFile, honestMs: number): void {
  const proof = new Uint8Array(readFileSync(honest.path));
  const honestMemory = measure<MemoryResult>({ kind: "memory", file: honest, threads: 0, runs: 2 }).peakBytes;
  let [slowest, largest] = [0, 0];
  for (const [name, make] of Object.entries(HOSTILE_SHAPES)) {
    const file = hostileProof(name, make({ proof, inserted: honest.inserted, unchanged: honest.unchanged }));
    const result = measure<VerifyResult>({ kind: "verify", file, threads: 0, runs: 4 });
    const { peakBytes } = measure<MemoryResult>({ kind: "memory", file, threads: 0, runs: 2 });
    // of an honest proof of the same size
    const scale = file.sizeBytes / honest.sizeBytes;
    const hostileMs = least(result.runs.slice(1));
    const [time, memory] = [hostileMs / honestMs / scale, peakBytes / honestMemory / scale];
    [slowest, largest] = [Math.max(slowest, time), Math.max(largest, memory)];
    note(
      `${Math.round(file.sizeBytes / 1e6)} MB ${name}: one thread`,
      hostileMs,
      "ms",
      file.sizeBytes / hostileMs / 1000,
    );
    note(`${Math.round(file.sizeBytes / 1e6)} MB ${name}: memory of an honest proof of that size, times`, memory, "");
  }
  target("hostile shapes: time of an honest proof of the same size, times", slowest, 4, "at most");
  target("hostile shapes: memory of an honest proof of the same size, times", largest, 2, "at most");
}

function growth(): void {
  const [small, large] = [files.get(10), files.get(200)];
  if (small === undefined || large === undefined) return;
  const perByte = (file: ProofFile, size: number): number => warm(oneThread.get(size)) / file.sizeBytes;
  target("growth of time per byte from 10 to 200 MB, times", perByte(large, 200) / perByte(small, 10), 1.2, "at most");
}

function reference(): void {
  for (const size of [1, 10]) {
    const file = files.get(size);
    if (file === undefined) continue;
    const result = measure<VerifyResult>({ kind: "verify", file, threads: 0, runs: 2, implementation: "reference" });
    const ms = Math.min(...result.runs);
    note(`${size} MB: reference implementation (hashing with @noble/hashes)`, ms, "ms", file.sizeBytes / ms / 1000);
  }
}

/** The command as a whole, on a proof of 15 KB. */
function processTime(): void {
  const command = join("dist", "cli", "main.js");
  if (!existsSync(command)) {
    console.log("coaudit verify-proof is left out: run `npm run build` first");
    return;
  }
  const path = benchPath("small.proof");
  const proof = smallProof();
  writeFileSync(path, readFileSync(proof.path));
  const times = Array.from({ length: 7 }, () => {
    const start = performance.now();
    const args = [
      "bin/coaudit.js",
      "verify-proof",
      path,
      "--epoch",
      String(proof.epoch),
      "--from",
      proof.from,
      "--to",
      proof.to,
    ];
    execFileSync(process.execPath, args);
    return performance.now() - start;
  });
  target("coaudit verify-proof on a 15 KB proof, whole process, in s", least(times) / 1000, 0.3, "at most");
}

function smallProof(): ProofFile {
  const folder = "test/fixtures/akd/whatsapp_v1-main";
  const { epochs } = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as {
    epochs: { epoch: number; prev: string; root: string; inserted: number; unchanged: number }[];
  };
  const { epoch, prev, root, inserted, unchanged } = epochs.at(-1) as (typeof epochs)[number];
  const path = join(folder, "audits", String(epoch), prev, root);
  return { path, sizeBytes: readFileSync(path).length, inserted, unchanged, epoch, from: prev, to: root };
}

function measure<Result>(task: Task): Result {
  const script = fileURLToPath(new URL("measure.js", import.meta.url));
  const output = execFileSync(process.execPath, ["--expose-gc", script, JSON.stringify(task)], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return JSON.parse(output) as Result;
}

/** Seven compressions for an unchanged element and six for an inserted one, in the same process. */
function floorMs({ inserted, unchanged }: ProofFile, { compressionNs }: Times): number {
  return ((7 * unchanged + 6 * inserted) * least(compressionNs)) / 1e6;
}

function warm(times: Times | undefined): number {
  return least((times as Times).warm);
}

function leastPauses(task: Task): PausesResult {
  const all = Array.from({ length: 3 }, () => measure<PausesResult>(task));
  const [works, p999s, longests] = [
    all.flatMap(({ longestWork }) => longestWork ?? []),
    all.map(({ p999 }) => p999),
    all.map(({ longest }) => longest),
  ];
  return { p999: least(p999s), longest: least(longests), ...(works.length === 0 ? {} : { longestWork: least(works) }) };
}

function least(values: readonly number[]): number {
  return Math.min(...values);
}

function note(what: string, value: number, unit: string, megabytesPerSecond?: number): void {
  rows.push({ what, value, unit, ...(megabytesPerSecond === undefined ? {} : { megabytesPerSecond }) });
  console.error(`  ${what}: ${value.toFixed(1)} ${unit}`);
}

function target(what: string, value: number, limit: number, kind: Target["kind"]): void {
  targets.push({ what, value, limit, kind, isMet: kind === "at most" ? value <= limit : value >= limit });
  console.error(`  ${what}: ${value.toFixed(2)} (${kind} ${limit.toFixed(1)})`);
}
