/** The SDK in a real QuickJS, which has what ECMAScript has and nothing else, as an app's engine might. */
import { execFileSync, spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EXPECTED, engineFolder, engineScript } from "./engine-script.ts";

const VERSION = "0.32.0";
let folder: string;
let why: string | undefined;

/** Runs a script and prints what it says. */
const RUNNER = `
import { readFileSync } from "node:fs";
import { getQuickJS } from "quickjs-emscripten";
const quickjs = await getQuickJS();
const engine = quickjs.newContext();
const say = engine.newFunction("say", (text) => console.log(engine.getString(text)));
engine.setProp(engine.global, "say", say);
for (const file of process.argv.slice(2)) {
  engine.unwrapResult(engine.evalCode(readFileSync(file, "utf8"), file)).dispose();
}
for (let turn = 0; turn < 100000; turn++) {
  const done = engine.unwrapResult(engine.runtime.executePendingJobs());
  if (done === 0) break;
}
process.exit(0);
`;

beforeAll(async () => {
  folder = engineFolder("quickjs");
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const { status } = spawnSync("npm", ["install", "--no-audit", "--no-fund", `quickjs-emscripten@${VERSION}`], {
    cwd: folder,
    timeout: 180_000,
  });
  if (status !== 0) why = "npm could not bring quickjs-emscripten to this machine";
  writeFileSync(join(folder, "script.js"), await engineScript(folder, "say"));
  writeFileSync(join(folder, "runner.mjs"), RUNNER);
}, 240_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe("the SDK in QuickJS", () => {
  it("tells the right digest from a wrong one, and an honest certificate from a damaged one", ({ skip }) => {
    if (why !== undefined) {
      console.warn(`SKIPPED: QuickJS: ${why}`);
      skip();
    }
    const said = execFileSync(process.execPath, ["runner.mjs", "script.js"], { cwd: folder, encoding: "utf8" });
    expect(JSON.parse(said)).toEqual(EXPECTED);
  });
});
