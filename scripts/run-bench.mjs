// Compiles scripts/<name> with the sources that it imports, into a folder of its own, and runs its main file with the
// arguments of this command.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** `include`: folders compiled beside what the bench imports, such as those of worker scripts. */
export function runBench(name, { include = [], nodeFlags = [] } = {}) {
  const folder = join(root, "node_modules", ".cache", `coaudit-${name}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const project = {
    extends: "../../../tsconfig.json",
    compilerOptions: {
      noEmit: false,
      rootDir: root,
      outDir: folder,
      types: ["node"],
      typeRoots: [join(root, "node_modules/@types")],
    },
    include: [join(root, "scripts", name), ...include.map((path) => join(root, path))],
  };
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(project));
  execFileSync(join(root, "node_modules/.bin/tsc"), ["-p", folder], { stdio: "inherit", cwd: root });
  const main = join(folder, "scripts", name, "main.js");
  const { status } = spawnSync(process.execPath, [...nodeFlags, main, ...process.argv.slice(2)], {
    stdio: "inherit",
    cwd: root,
  });
  process.exitCode = status ?? 1;
}
