// Compiles the API with its bench and runs it: `npm run bench:api [-- --seconds 5 --rounds 3 --streams 2000]`.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "node_modules", ".cache", "coaudit-bench-api");
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
  include: [join(root, "scripts/bench-api")],
};
// The sources find the package's name and version above them.
writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(project));
execFileSync(join(root, "node_modules/.bin/tsc"), ["-p", folder], { stdio: "inherit", cwd: root });
const main = join(folder, "scripts/bench-api/main.js");
const { status } = spawnSync(process.execPath, [main, ...process.argv.slice(2)], { stdio: "inherit", cwd: root });
process.exitCode = status ?? 1;
