// Compiles the sources with the bench and runs it: `npm run bench [-- --help]`.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "node_modules", ".cache", "coaudit-bench");
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
  include: [join(root, "src/akd"), join(root, "scripts/bench-akd")],
};
writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(project));
execFileSync(join(root, "node_modules/.bin/tsc"), ["-p", folder], { stdio: "inherit", cwd: root });
const main = join(folder, "scripts/bench-akd/main.js");
const { status } = spawnSync(process.execPath, ["--expose-gc", main, ...process.argv.slice(2)], {
  stdio: "inherit",
  cwd: root,
});
process.exitCode = status ?? 1;
