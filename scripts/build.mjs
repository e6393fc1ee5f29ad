// Compiles src/ to dist/ from scratch, so that a deleted source does not live on as a stale module.
import { execFileSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildDashboard } from "./build-dashboard.mjs";
import { buildManual } from "./build-manual.mjs";
import { pruneDeclarations } from "./prune-declarations.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
rmSync(new URL("../dist", import.meta.url), { recursive: true, force: true });
execFileSync("node_modules/.bin/tsc", ["-p", "tsconfig.build.json"], { cwd: root, stdio: "inherit" });
// The scripts and styles of a report's page are no TypeScript: they go to the browser as they are.
const page = "lab/report/page";
cpSync(new URL(`../src/${page}`, import.meta.url), new URL(`../dist/${page}`, import.meta.url), {
  recursive: true,
  filter: (name) => !name.endsWith(".d.ts") && !name.endsWith("tsconfig.json"),
});
pruneDeclarations(root);
await buildManual();
await buildDashboard();
