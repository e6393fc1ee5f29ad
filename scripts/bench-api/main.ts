/**
 * How many certificates one process serves, compared with a bare fastify route, in turns so that a noisy machine
 * disturbs both alike; the same while heads arrive; and what event streams cost. Prints Markdown.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { RequestFigures, StreamFigures } from "./load.ts";
import type { ServerKind, ServerOrder, ServerWord } from "./server.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "5" },
    rounds: { type: "string", default: "3" },
    connections: { type: "string", default: "64" },
    streams: { type: "string", default: "2000" },
  },
});
const program = (name: string): string => fileURLToPath(new URL(`${name}.js`, import.meta.url));
const running: ChildProcess[] = [];

async function startServer(kind: ServerKind): Promise<{ child: ChildProcess; url: string }> {
  const child = fork(program("server"), [kind]);
  running.push(child);
  const [word] = (await once(child, "message")) as [{ url: string }];
  return { child, url: word.url };
}

async function load<T>(args: readonly string[], whenOpen: () => void = () => {}): Promise<T> {
  const child = fork(program("load"), [...args], { stdio: ["ignore", "pipe", "inherit", "ipc"] });
  running.push(child);
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.on("message", whenOpen);
  await once(child, "close");
  return JSON.parse(output) as T;
}

async function usageOf(child: ChildProcess): Promise<{ rssBytes: number; cpuMs: number }> {
  child.send({ usage: true } satisfies ServerOrder);
  const [word] = (await once(child, "message")) as [ServerWord];
  if ("url" in word) throw new Error("the server started twice");
  return word;
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
const durationMs = String(Number(values.seconds) * 1000);

interface Figures extends RequestFigures {
  /**
   * The server's processor time for each request, in microseconds: a busy machine or slow client does not change it.
   */
  readonly cpuUs: number;
}

async function ask({ child, url }: { child: ChildProcess; url: string }): Promise<Figures> {
  const before = await usageOf(child);
  const figures = await load<RequestFigures>(["requests", url, values.connections, durationMs]);
  return { ...figures, cpuUs: (((await usageOf(child)).cpuMs - before.cpuMs) * 1000) / figures.requests };
}

async function certificates(): Promise<void> {
  const bare = await startServer("bare");
  const coaudit = await startServer("coaudit");
  const figures: Record<"bare" | "cached" | "arriving", Figures[]> = { bare: [], cached: [], arriving: [] };
  for (const { url } of [bare, coaudit]) await load(["requests", url, values.connections, "1000"]);
  for (let round = 0; round < Number(values.rounds); round++) {
    figures.bare.push(await ask(bare));
    figures.cached.push(await ask(coaudit));
    coaudit.child.send({ heads: 20 } satisfies ServerOrder);
    figures.arriving.push(await ask(coaudit));
    coaudit.child.send({ heads: 0 } satisfies ServerOrder);
  }
  const row = (name: string, kind: keyof typeof figures): void => {
    const of = (field: keyof Figures): number => median(figures[kind].map((one) => one[field]));
    const against = (field: keyof Figures): string =>
      median(figures[kind].map((one, round) => one[field] / (figures.bare[round]?.[field] ?? Number.NaN))).toFixed(2);
    const errors = figures[kind].reduce((sum, one) => sum + one.errors, 0);
    const cells = [
      name,
      of("perSecond").toFixed(0),
      against("perSecond"),
      of("cpuUs").toFixed(0),
      against("cpuUs"),
      of("p50Ms").toFixed(1),
      of("p99Ms").toFixed(1),
    ];
    console.log(`| ${[...cells, against("p99Ms"), of("bytes"), errors].join(" | ")} |`);
  };
  console.log(
    "| what | per second | of bare | CPU us | of bare | p50 ms | p99 ms | of bare | bytes | errors |\n|---|---|---|---|---|---|---|---|---|---|",
  );
  row("bare fastify route, same hooks, same bytes", "bare");
  row("certificate", "cached");
  row("certificate, 20 heads a second arriving", "arriving");
  for (const { child } of [bare, coaudit]) child.kill();
}

async function streams(): Promise<void> {
  const { child, url } = await startServer("coaudit");
  await load(["requests", url, values.connections, "1000"]);
  const before = await usageOf(child);
  let during: ReturnType<typeof usageOf> = Promise.resolve(before);
  const figures = await load<StreamFigures>(["streams", url, values.streams, "8000"], () => {
    child.send({ heads: 3 } satisfies ServerOrder);
    during = new Promise((resolve) => setTimeout(() => resolve(usageOf(child)), 6_000));
  });
  const more = ((await during).rssBytes - before.rssBytes) / 2 ** 20;
  console.log("\n| open streams | heads | p50 ms | p99 ms | slowest ms | MB more |\n|---|---|---|---|---|---|");
  const { open, heads, p50Ms, p99Ms, slowestMs } = figures;
  console.log(`| ${[open, heads, p50Ms, p99Ms, slowestMs, more.toFixed(0)].join(" | ")} |`);
  child.kill();
}

try {
  const [cpu] = cpus();
  console.log(`Node ${process.version}, ${cpus().length} x ${cpu?.model.trim()}, medians of ${values.rounds} rounds\n`);
  await certificates();
  await streams();
} finally {
  for (const child of running) child.kill();
}
