/** Whether the hunt finds bugs: each mistake is made in a copy of the sources and must be caught within its seeds. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Hunted, huntMutant } from "./mutant.ts";
import { MUTATIONS, type Mutation } from "./mutations.ts";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    list: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const root = process.cwd();

if (options.help) {
  console.log(`npm run mutations [-- NAME ...] [--list] [--json]

Makes each mistake (default: all) in a copy of src/, compiles it and hunts in it. Exit code 1: one was not found within its seeds.`);
} else if (options.list) {
  for (const { name, mistake, withinSeeds } of MUTATIONS) console.log(`${name}: ${mistake} (${withinSeeds} seeds)`);
} else {
  run(chosen());
}

function chosen(): readonly Mutation[] {
  for (const name of positionals) {
    if (MUTATIONS.every((mutation) => mutation.name !== name))
      throw new Error(`there is no mutation ${name}; see --list`);
  }
  return positionals.length === 0 ? MUTATIONS : MUTATIONS.filter(({ name }) => positionals.includes(name));
}

function run(mutations: readonly Mutation[]): void {
  const results: object[] = [];
  for (const mutation of mutations) {
    const hunted = huntMutant(mutation, { root, folder: join(root, "node_modules/.cache/coaudit-mutant") });
    results.push({ name: mutation.name, withinSeeds: mutation.withinSeeds, ...hunted });
    if (!options.json) console.log(lineOf(mutation, hunted));
    if (hunted.caught === undefined) process.exitCode = 1;
  }
  if (options.json) console.log(JSON.stringify(results));
}

function lineOf({ name, mistake, withinSeeds }: Mutation, { caught }: Hunted): string {
  const verdict = caught === undefined ? "NOT FOUND" : `seed ${caught.seed}, ${caught.rule}`;
  return `${name.padEnd(36)} ${verdict} (of ${withinSeeds}; ${mistake})`;
}
