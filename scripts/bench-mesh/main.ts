/** Compares the simulator's model of gossipsub with real nodes in the same experiments (docs/simulator-mesh.md). */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { kolmogorovSmirnovDistance } from "../../src/lab/statistics/values.ts";
import { observeModel, pooled } from "./model.ts";
import { mean, type Observation } from "./observation.ts";
import { observeReal, type RealObservation } from "./real.ts";
import { type Experiment, experiment } from "./topology.ts";

const MAX_KS_DISTANCE = 0.1;
const MAX_COPIES_DEVIATION = 0.15;
const MAX_CPU_SHARE = 0.5;
/** Runs of the model, which are cheap. A run with real nodes shows one mesh of many possible ones. */
const MODEL_RUNS = 10;

const { values: options } = parseArgs({
  options: {
    nodes: { type: "string", default: "32,64" },
    degrees: { type: "string", default: "5,all" },
    delay: { type: "string", default: "100" },
    bytes: { type: "string", default: "300" },
    seed: { type: "string", default: "1" },
    json: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
if (options.help) {
  console.log(
    `npm run bench:mesh [-- --nodes 32,64 --degrees 5,all --delay 100 --bytes 300 --seed 1 --json FILE]; about 12 minutes

--nodes    how many nodes, one experiment each
--degrees  how many others each node dials; all: everybody is connected to everybody
--delay    one way on every link, ms
--bytes    of a message; from 512 on gossipsub announces it by IDONTWANT

Exit 1: the model is off, or a figure can't be trusted because the machine was busy and real nodes lost connections.`,
  );
  process.exit(0);
}

interface Row {
  readonly experiment: Pick<Experiment, "title" | "nodes" | "delayMs" | "messageBytes">;
  readonly deliveries: number;
  readonly lost: number;
  readonly cpuShare: number;
  /** As in RealObservation. */
  readonly audience: { readonly least: number; readonly of: number };
  readonly dialRoundTrips: number;
  readonly hops: { readonly real: number; readonly model: number; readonly ks: number };
  /** Median over the deliveries. */
  readonly perHopMs: { readonly real: number; readonly model: number };
  readonly copies: { readonly real: number; readonly model: number; readonly deviation: number };
  readonly degree: { readonly real: string; readonly model: string };
  readonly failures: readonly string[];
}

const rows: Row[] = [];
for (const nodes of options.nodes.split(",").map(Number)) {
  for (const degree of options.degrees.split(",").map((text) => (text === "all" ? text : Number(text)))) {
    const plan = experiment({
      nodes,
      degree,
      delayMs: Number(options.delay),
      messageBytes: Number(options.bytes),
      seed: Number(options.seed),
    });
    console.error(`${plan.title}: about ${Math.ceil(plan.endMs / 1000)} s`);
    const real = await observeReal(plan, (what) => console.error(`  ${what}`));
    const runs: Observation[] = [];
    for (let run = 0; run < MODEL_RUNS; run++) runs.push(await observeModel(plan, Number(options.seed) + run));
    const row = compare(plan, real, pooled(runs));
    rows.push(row);
    print(row);
  }
}
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, undefined, 2)}\n`);
if (rows.some(({ failures }) => failures.length > 0)) process.exitCode = 1;

function compare(plan: Experiment, real: RealObservation, model: Observation): Row {
  const row: Omit<Row, "failures"> = {
    experiment: { title: plan.title, nodes: plan.nodes, delayMs: plan.delayMs, messageBytes: plan.messageBytes },
    deliveries: real.hops.length,
    lost: real.expectedDeliveries - real.hops.length,
    cpuShare: real.cpuShare,
    audience: real.audience,
    dialRoundTrips: real.dialMs / (2 * plan.delayMs),
    hops: { real: mean(real.hops), model: mean(model.hops), ks: kolmogorovSmirnovDistance(real.hops, model.hops) },
    // Shown but not judged: times of real nodes include the work of 64 nodes in one process, and of other programs.
    perHopMs: { real: perHop(real), model: perHop(model) },
    copies: {
      real: real.copiesPerNode,
      model: model.copiesPerNode,
      deviation: model.copiesPerNode / real.copiesPerNode - 1,
    },
    degree: { real: degrees(real.meshDegrees), model: degrees(model.meshDegrees) },
  };
  const failures = [
    row.deliveries < 2000 ? "fewer than 2,000 deliveries" : undefined,
    row.hops.ks > MAX_KS_DISTANCE ? "hops are off" : undefined,
    Math.abs(row.copies.deviation) > MAX_COPIES_DEVIATION ? "copies are off" : undefined,
    row.cpuShare > MAX_CPU_SHARE ? "the machine was too busy" : undefined,
    // Connections were lost or late, while the model's nodes have them all: this is no longer the same experiment.
    row.audience.least < row.audience.of ? "real nodes lacked connections" : undefined,
  ];
  return { ...row, failures: failures.filter((failure) => failure !== undefined) };
}

function print(row: Row): void {
  const both = ({ real, model }: { real: number; model: number }, digits: number): string =>
    `real ${real.toFixed(digits)}, model ${model.toFixed(digits)}`;
  console.log(`
${row.experiment.title}
  deliveries       ${row.deliveries} (${row.lost} missing), CPU ${Math.round(row.cpuShare * 100)} % of one core, a dial takes ${row.dialRoundTrips.toFixed(1)} round trips
  connections      ${row.audience.least} of ${row.audience.of} ends knew their peers
  hops             ${both(row.hops, 3)}; KS distance ${row.hops.ks.toFixed(3)} (at most ${MAX_KS_DISTANCE})
  ms per hop       ${both(row.perHopMs, 0)} (median)
  copies per node  ${both(row.copies, 2)}; ${(100 * row.copies.deviation).toFixed(1)} % (at most ${100 * MAX_COPIES_DEVIATION} %)
  mesh degrees     real ${row.degree.real}; model ${row.degree.model}
  ${row.failures.length === 0 ? "ok" : `MISSED: ${row.failures.join(", ")}`}`);
}

function perHop({ latenciesMs, hops }: Observation): number {
  const times = latenciesMs.map((ms, i) => ms / (hops[i] ?? 1)).sort((a, b) => a - b);
  return times[Math.floor(times.length / 2)] ?? 0;
}

/** Lowest, mean and highest. */
function degrees(values: readonly number[]): string {
  return `${Math.min(...values)} / ${mean(values).toFixed(1)} / ${Math.max(...values)}`;
}
