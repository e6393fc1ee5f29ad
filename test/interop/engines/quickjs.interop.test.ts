/** The SDK in a real QuickJS, which has what ECMAScript has and nothing else, as an app's engine might. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundle } from "../../../scripts/bundle.mjs";
import { toHex } from "../../../src/core/bytes.ts";
import { ABORT_CONTROLLER } from "../../client/abort-controller.ts";
import { certificateOf, headsOf, NOW_MS, policyOf } from "../../client/lying-nodes.ts";
import { digestOf, NAMESPACE } from "../../support/auditors.ts";

const VERSION = "0.32.0";
let folder: string;
let why: string | undefined;
let code: string;

/** Runs a script and prints what the promise in `answer` resolves with. */
const RUNNER = `
import { readFileSync } from "node:fs";
import { getQuickJS } from "quickjs-emscripten";
const quickjs = await getQuickJS();
const engine = quickjs.newContext();
for (const file of process.argv.slice(2)) {
  engine.unwrapResult(engine.evalCode(readFileSync(file, "utf8"), file)).dispose();
}
for (let turn = 0; turn < 100000; turn++) {
  const done = engine.unwrapResult(engine.runtime.executePendingJobs());
  if (done === 0) break;
}
console.log(engine.dump(engine.getProp(engine.global, "said")));
process.exit(0);
`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-quickjs-"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const { status } = spawnSync("npm", ["install", "--no-audit", "--no-fund", `quickjs-emscripten@${VERSION}`], {
    cwd: folder,
    timeout: 180_000,
  });
  if (status !== 0) why = "npm could not bring quickjs-emscripten to this machine";
  const entry = join(folder, "entry.ts");
  writeFileSync(entry, `import * as sdk from ${JSON.stringify(resolve("src/client/index.ts"))}; globalThis.sdk = sdk;`);
  code = await bundle(entry);
  writeFileSync(join(folder, "runner.mjs"), RUNNER);
}, 240_000);
afterAll(() => rmSync(folder, { recursive: true }));

const honest = certificateOf(headsOf([0, 1, 2, 3]));

function inQuickJS(calls: string): unknown {
  const script = `${ABORT_CONTROLLER}
${code}
globalThis.said = "nothing";
(async () => {
  const clock = { now: () => ${NOW_MS}, elapsedMs: () => 0, sleep: () => new Promise(() => {}) };
  const certificate = ${JSON.stringify(honest)};
  const fetch = async () => ({ status: 200, headers: { get: () => null }, text: async () => JSON.stringify({ certificate }) });
  const client = new sdk.QuorumClient(${JSON.stringify({ nodes: ["https://a.example", "https://b.example"], policy: policyOf(4) })}, { clock, fetch });
  ${calls}
})().then((value) => { globalThis.said = JSON.stringify(value); }, (error) => { globalThis.said = JSON.stringify(String(error)); });`;
  const file = join(folder, "script.js");
  writeFileSync(file, script);
  return JSON.parse(execFileSync(process.execPath, ["runner.mjs", file], { cwd: folder, encoding: "utf8" }));
}

describe("the SDK in QuickJS", () => {
  it("tells the right digest from a wrong one, and an honest certificate from a damaged one", ({ skip }) => {
    if (why !== undefined) {
      console.warn(`SKIPPED: QuickJS: ${why}`);
      skip();
    }
    const shown = toHex(digestOf(1, 17));
    const said = inQuickJS(`
      const right = await client.check("${NAMESPACE}", 17, "${shown}");
      const wrong = await client.check("${NAMESPACE}", 17, "${"ab".repeat(32)}");
      const offline = await client.verify(certificate, 17);
      const damaged = await client.verify({ ...certificate, digest: "${"cd".repeat(32)}" }, 17).then((found) => found.result, (error) => error.code);
      const base64 = await client.check("${NAMESPACE}", 17, "${Buffer.from(digestOf(1, 17)).toString("base64")}").catch((error) => error.code);
      return [right.result, wrong.result, offline.result, damaged, base64];`);
    expect(said).toEqual(["satisfied", "wrong-digest", "satisfied", "not-enough", "ENCODING_INVALID"]);
  });
});
