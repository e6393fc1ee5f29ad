/** Compiles a copy of the sources that contains a mistake, and hunts in it. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Mutation } from "./mutations.ts";

export interface Hunted {
  readonly worlds: number;
  readonly caught: { readonly seed: number; readonly rule: string } | undefined;
}

/**
 * Empties `folder` and compiles into it. Throws when an edit no longer fits its file, or when the hunt itself fails.
 */
export function huntMutant(mutation: Mutation, { root, folder }: { root: string; folder: string }): Hunted {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(join(root, "src"), join(folder, "src"), { recursive: true });
  for (const edit of mutation.edits) apply(mutation.name, edit, folder);
  compile(root, folder);
  return runHunt(mutation, folder);
}

function apply(name: string, { file, find, replace }: Mutation["edits"][number], folder: string): void {
  const path = join(folder, "src", file);
  const parts = readFileSync(path, "utf8").split(find);
  if (parts.length !== 2) {
    throw new Error(`${name}: src/${file} holds the text to change ${parts.length - 1} times, not once:\n${find}`);
  }
  writeFileSync(path, parts.join(replace));
}

function compile(root: string, folder: string): void {
  const project = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: {
      noEmit: false,
      noCheck: true,
      declaration: false,
      isolatedDeclarations: false,
      rootDir: join(folder, "src"),
      outDir: join(folder, "dist"),
      typeRoots: [join(root, "node_modules/@types")],
    },
    include: [join(folder, "src")],
  };
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(project));
  execFileSync(join(root, "node_modules/.bin/tsc"), ["-p", folder], { stdio: "inherit" });
  const main = 'import { main } from "./dist/cli/main.js";\nprocess.exitCode = await main(process.argv);\n';
  writeFileSync(join(folder, "coaudit.mjs"), main);
}

function runHunt({ name, withinSeeds }: Mutation, folder: string): Hunted {
  const words = ["sim", "hunt", "--seeds", String(withinSeeds), "--no-shrink", "--json"];
  const { stdout, stderr } = spawnSync(process.execPath, [join(folder, "coaudit.mjs"), ...words], { encoding: "utf8" });
  if (stdout === "") throw new Error(`${name}: the hunt failed: ${stderr}`);
  const { worlds, catches } = JSON.parse(stdout.split("\n", 1)[0] as string) as {
    worlds: number;
    catches?: { seed: number; rule: string }[];
  };
  if (catches === undefined) throw new Error(`${name}: the hunt failed: ${stdout}`);
  return { worlds, caught: catches[0] };
}
