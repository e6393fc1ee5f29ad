/** Measures simulated worlds against their targets, one after the other (docs/performance-simulator.md). */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { MEASUREMENTS, type Measured, type Measurement, measure } from "./measurements.ts";

const { values: options } = parseArgs({
  options: {
    only: { type: "string", default: "a,b,c,d" },
    one: { type: "string" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (options.help) {
  console.log(`npm run bench:sim [-- --only a,b,c,d] [--json]

a, b, c are processes of their own, on one thread each; d is \`npm run determinism\`. Exit code 1: a target is missed.`);
} else if (options.one !== undefined) {
  console.log(JSON.stringify(await measure(named(options.one))));
} else {
  for (const name of options.only.split(",")) report(name);
}

function report(name: string): void {
  if (name === "d") {
    const { status } = spawnSync(process.execPath, ["scripts/determinism.mjs"], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    say(
      "d",
      { what: "same seed, two Node versions, two drains", target: "identical trace hash" },
      status === 0 ? "identical" : "NOT identical",
      status === 0 ? 1 : 2,
    );
    return;
  }
  const measurement = named(name);
  const { stdout, stderr } = spawnSync(process.execPath, [process.argv[1] ?? "", "--one", name], { encoding: "utf8" });
  if (stdout === "") throw new Error(`${name}: ${stderr}`);
  const measured = JSON.parse(stdout) as Measured;
  say(name, measurement, measurement.figure(measured), measurement.ratio(measured), measured);
}

function say(
  name: string,
  { what, target }: Pick<Measurement, "what" | "target">,
  figure: string,
  ratio: number,
  measured?: Measured,
): void {
  const verdict = ratio <= 1 ? "met" : `MISSED, by a factor of ${ratio.toFixed(1)}`;
  if (ratio > 1) process.exitCode = 1;
  if (options.json) console.log(JSON.stringify({ name, what, target, figure, ratio, ...measured }));
  else
    console.log(
      `${name}  ${what}\n   target ${target}\n   found  ${figure}: ${verdict}${measured ? costsOf(measured) : ""}`,
    );
}

function costsOf({ events, cpuSeconds, wallSeconds, peakRssBytes }: Measured): string {
  const perSecond = Math.round(events / cpuSeconds).toLocaleString("en");
  const memory = `${Math.round(peakRssBytes / 1e6)} MB at most`;
  return `\n   ${events.toLocaleString("en")} events, ${perSecond} a second of CPU; ${wallSeconds.toFixed(1)} s on the clock, ${memory}`;
}

function named(name: string): Measurement {
  const found = MEASUREMENTS[name as keyof typeof MEASUREMENTS];
  if (found === undefined) throw new Error(`${name}: expected a, b, c or d`);
  return found;
}
