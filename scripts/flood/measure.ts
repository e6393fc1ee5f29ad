/**
 * Measures one attack on the node, or on a sink beside it: honest heads, /healthz, and auditors that restart meanwhile.
 */
import { quantile } from "../../src/lab/statistics/values.ts";
import type { Attack } from "./attack.ts";
import { cpuMs, rssBytes } from "./cores.ts";
import { pause } from "./pause.ts";
import { HealthProbe } from "./probe-health.ts";
import { AttackProcess, SinkProcess } from "./strangers-process.ts";
import { HeadWatch } from "./watch-heads.ts";
import { type FloodWorld, NAMES, NAMESPACE } from "./world.ts";

export interface MeasureOptions {
  readonly seconds: number;
  readonly strangers: number;
  readonly aim: "node" | "sink";
  /** Whether auditors restart after these seconds, while the attack goes on. */
  readonly restarts: "none" | "node and peer";
}

export interface Figures {
  readonly attack: string;
  readonly title: string;
  readonly aim: "node" | "sink";
  /** The attacker's, each second. */
  readonly attacker: {
    readonly cpuShare: number;
    readonly units: number;
    readonly kilobytes: number;
    readonly connections: number;
  };
  /** Heads that the node under attack made or should have received. */
  readonly heads: {
    readonly expected: number;
    readonly missing: number;
    readonly p50Ms: number;
    readonly p99Ms: number;
  };
  readonly healthP50Ms: number;
  readonly healthP99Ms: number;
  /** Until the node signs again, and until it hears what a restarted peer signs. Infinity: it gave up waiting. */
  readonly restartSeconds?: number;
  readonly peerSeconds?: number;
  readonly rssMegabytes: number;
  readonly cpuShare: number;
  /** Lines in the node's log at each of these levels. */
  readonly warnLines: number;
  readonly errorLines: number;
}

const EPOCH_INTERVAL_MS = 1_000;
/** For the strangers to connect. */
const LEAD_MS = 2_000;
/** A head that arrives later counts as missing. */
const HEAD_PATIENCE_MS = 10_000;
const RESTART_PATIENCE_MS = 60_000;
const SAMPLE_INTERVAL_MS = 200;
const never = new AbortController().signal;

export async function measure(attack: Attack, options: MeasureOptions, world: FloodWorld): Promise<Figures> {
  const [name = "", peer = ""] = NAMES;
  const node = await world.restart(name, attack.needs);
  await world.untilSigning(name);
  const linesBefore = node.log.length;
  const watch = new HeadWatch(
    NAMESPACE,
    NAMES.map((each) => ({ name: each, url: world.node(each).url })),
  );
  const sink = options.aim === "sink" ? await SinkProcess.start() : undefined;
  const attacker = new AttackProcess(attack, options.strangers, { ...world.target, ...sink?.word });
  try {
    await pause(LEAD_MS, never);
    const rss = sampleRss(node.pid);
    const health = new HealthProbe(node.url);
    const before = { nodeMs: cpuMs(node.pid), atMs: performance.now(), attacker: attacker.report };
    const published = await publishFor(options.seconds * 1000, world);
    const seconds = (performance.now() - before.atMs) / 1000;
    const nodeMs = cpuMs(node.pid) - before.nodeMs;
    const after = attacker.report;
    await pause(HEAD_PATIENCE_MS, arrived(published, watch));
    const heads = headFigures(published, watch);
    const healthMs = health.end();
    const logged = node.log.slice(linesBefore);
    const rssBytesPeak = rss.end();
    const restarts = options.restarts === "none" ? {} : await measureRestarts({ name, peer }, world, watch);
    return {
      attack: attack.name,
      title: attack.title,
      aim: options.aim,
      attacker: {
        cpuShare: (after.cpuMs - before.attacker.cpuMs) / 1000 / seconds,
        units: (after.units - before.attacker.units) / seconds,
        kilobytes: (after.bytes - before.attacker.bytes) / 1000 / seconds,
        connections: after.connections,
      },
      heads,
      healthP50Ms: quantileOf(healthMs, 0.5),
      healthP99Ms: quantileOf(healthMs, 0.99),
      ...restarts,
      rssMegabytes: rssBytesPeak / 2 ** 20,
      cpuShare: nodeMs / 1000 / seconds,
      warnLines: logged.filter(({ level }) => level === "warn").length,
      errorLines: logged.filter(({ level }) => level === "error").length,
    };
  } finally {
    watch.end();
    await attacker.end();
    await sink?.end();
    await world.node(name).kill();
  }
}

interface Published {
  readonly epoch: number;
  readonly atMs: number;
}

async function publishFor(durationMs: number, world: FloodWorld): Promise<readonly Published[]> {
  const published: Published[] = [];
  const endMs = performance.now() + durationMs;
  while (performance.now() < endMs) {
    published.push({ epoch: await world.publish(), atMs: Date.now() });
    await pause(EPOCH_INTERVAL_MS, never);
  }
  return published;
}

/** Every auditor's head at the node, and the node's own at every peer. */
function pairs(): readonly (readonly [auditor: string, at: string])[] {
  const [name = "", ...peers] = NAMES;
  return [...NAMES.map((auditor) => [auditor, name] as const), ...peers.map((at) => [name, at] as const)];
}

/** From publication to arrival; undefined when it has not arrived. */
function delaysMs(published: readonly Published[], watch: HeadWatch): (number | undefined)[] {
  return published.flatMap(({ epoch, atMs }) =>
    pairs().map(([auditor, at]) => {
      const seenMs = watch.seenMs(auditor, at, epoch);
      return seenMs === undefined ? undefined : seenMs - atMs;
    }),
  );
}

function arrived(published: readonly Published[], watch: HeadWatch): AbortSignal {
  const all = new AbortController();
  const timer = setInterval(() => {
    if (delaysMs(published, watch).every((delay) => delay !== undefined)) all.abort();
  }, SAMPLE_INTERVAL_MS);
  setTimeout(() => clearInterval(timer), HEAD_PATIENCE_MS);
  return all.signal;
}

function headFigures(published: readonly Published[], watch: HeadWatch): Figures["heads"] {
  const delays = delaysMs(published, watch).map((delay) => delay ?? Number.POSITIVE_INFINITY);
  return {
    expected: delays.length,
    missing: delays.filter((delay) => delay > HEAD_PATIENCE_MS).length,
    p50Ms: quantileOf(delays, 0.5),
    p99Ms: quantileOf(delays, 0.99),
  };
}

async function measureRestarts(
  { name, peer }: { readonly name: string; readonly peer: string },
  world: FloodWorld,
  watch: HeadWatch,
): Promise<{ restartSeconds: number; peerSeconds: number }> {
  return {
    restartSeconds: await measureRestart(name, { seenAt: peer }, world, watch),
    peerSeconds: await measureRestart(peer, { seenAt: name }, world, watch),
  };
}

/** Seconds from the start of the process until another node holds a head that it signed since. */
async function measureRestart(
  name: string,
  { seenAt }: { readonly seenAt: string },
  world: FloodWorld,
  watch: HeadWatch,
): Promise<number> {
  await world.node(name).stop();
  const startMs = Date.now();
  world.start(name);
  while (Date.now() - startMs < RESTART_PATIENCE_MS) {
    await world.publish();
    await pause(EPOCH_INTERVAL_MS, never);
    const seenMs = watch.firstSince(name, seenAt, startMs);
    if (seenMs !== undefined) return (seenMs - startMs) / 1000;
  }
  return Number.POSITIVE_INFINITY;
}

function sampleRss(pid: number): { end(): number } {
  let peakBytes = 0;
  const timer = setInterval(() => {
    peakBytes = Math.max(peakBytes, rssBytes(pid));
  }, SAMPLE_INTERVAL_MS);
  return {
    end() {
      clearInterval(timer);
      return peakBytes;
    },
  };
}

function quantileOf(values: readonly number[], part: number): number {
  return quantile(values, part) ?? Number.NaN;
}
