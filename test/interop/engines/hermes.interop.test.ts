/**
 * The SDK in a real Hermes, compiled as React Native compiles an app: by its Babel preset, since this Hermes has no
 * classes. The last one that a registry has for Linux by itself; a newer one comes inside React Native only, as a
 * library for phones.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EXPECTED, engineFolder, engineScript } from "./engine-script.ts";

const PACKAGES = ["hermes-engine-cli@0.12.0", "@babel/core@7.29.13", "@react-native/babel-preset@0.86.3"];
let folder: string;
let why: string | undefined;

const COMPILE = `
const { readFileSync, writeFileSync } = require("node:fs");
const { transformSync } = require("@babel/core");
const preset = ["@react-native/babel-preset", { unstable_transformProfile: "default", enableBabelRuntime: false }];
const options = { filename: "script.js", presets: [preset], babelrc: false, configFile: false, compact: false, sourceType: "script" };
writeFileSync("compiled.js", transformSync(readFileSync("script.js", "utf8"), options).code);
`;

beforeAll(async () => {
  folder = engineFolder("hermes");
  if (process.platform !== "linux" || process.arch !== "x64") {
    why = "it is there for Linux on x64";
    return;
  }
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
  const { status } = spawnSync("npm", ["install", "--no-audit", "--no-fund", ...PACKAGES], {
    cwd: folder,
    timeout: 180_000,
  });
  if (status !== 0) {
    why = "npm could not bring it to this machine";
    return;
  }
  writeFileSync(join(folder, "script.js"), await engineScript(folder, "print"));
  writeFileSync(join(folder, "compile.cjs"), COMPILE);
  execFileSync(process.execPath, ["compile.cjs"], { cwd: folder });
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe("the SDK in Hermes", () => {
  it("tells the right digest from a wrong one, and an honest certificate from a damaged one", ({ skip }) => {
    if (why !== undefined) {
      console.warn(`SKIPPED: Hermes: ${why}`);
      skip();
    }
    const hermes = join(folder, "node_modules/hermes-engine-cli/linux64-bin/hermes");
    const said = execFileSync(hermes, ["-w", "compiled.js"], { cwd: folder, encoding: "utf8" });
    expect(JSON.parse(said)).toEqual(EXPECTED);
  });
});
