// How much of src/ the quick tests cover (`npm run coverage`), against a floor that only rises: less than
// scripts/coverage-floor.json says fails, a whole percent more is written there. Code that tests run in other
// processes, as test/e2e does, is not counted.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const FLOOR = new URL("coverage-floor.json", import.meta.url);
const SUMMARY = new URL("../coverage/coverage-summary.json", import.meta.url);

const vitest = ["node_modules/.bin/vitest", "run", "--project", "quick", "--coverage", ...process.argv.slice(2)];
const { status } = spawnSync(process.execPath, vitest, { stdio: "inherit", cwd: new URL("..", import.meta.url) });
if (status !== 0) process.exit(status ?? 1);

const { total } = JSON.parse(readFileSync(SUMMARY, "utf8"));
const floor = JSON.parse(readFileSync(FLOOR, "utf8"));
const risen = {};
for (const [kind, least] of Object.entries(floor)) {
  const percent = total[kind].pct;
  console.log(`${kind}: ${percent} % covered; the floor is ${least} %`);
  if (percent < least) process.exitCode = 1;
  risen[kind] = Math.max(least, Math.floor(percent));
}
if (process.exitCode === 1) console.error("Less is covered than before: test what is new.");
else writeFileSync(FLOOR, `${JSON.stringify(risen, undefined, 2)}\n`);
