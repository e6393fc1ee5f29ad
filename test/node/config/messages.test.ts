/** What people read when a file is not right: where it is, what stands there, and what to write instead. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { errorMessage } from "../../../src/core/errors.ts";
import { loadConfig } from "../../../src/node/config/config.ts";
import { initNode } from "../../../src/node/config/init.ts";
import { readKeyFile } from "../../../src/node/config/key-file.ts";
import { systemRandom } from "../../../src/platform/system.ts";
import { readTextFile } from "../../../src/platform/text-file.ts";

let folder: string;
let config: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-messages-"));
  const listen = "/ip4/127.0.0.1/tcp/0";
  ({ configFile: config } = await initNode(
    { name: "a.example", folder, listen, apiPort: 0 },
    { random: systemRandom },
  ));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function complaint(lines: readonly string[]): Promise<string> {
  writeFileSync(config, readFileSync(config, "utf8").replace("namespaces: []", ["namespaces:", ...lines].join("\n")));
  return loadConfig(config).then(
    () => "none",
    (error: unknown) => errorMessage(error),
  );
}

const entry = (...more: readonly string[]): string[] => [
  "  - namespace: test.v1",
  "    origin: test/v1",
  "    configuration: whatsapp_v1",
  ...more.map((line) => `    ${line}`),
];

describe("a configuration that is not right", () => {
  it("says in which line plain HTTP stands, and which line would allow it", async () => {
    const text = await complaint(entry("source: http://provider.example/"));
    expect(text).toMatch(/coaudit\.yaml:\d+:\d+: namespaces\[0\]\.source: found "http:\/\/provider\.example\/"/);
    expect(text).toContain("needs allow-plain-http: true in the configuration");
  });

  it("may name it over loopback, or with leave", async () => {
    expect(await complaint(entry("source: http://127.0.0.1:8080/"))).toBe("none");
  });

  it("may name it where the operator allows it", async () => {
    expect(await complaint(entry("source: http://provider.internal/", "allow-plain-http: true"))).toBe("none");
  });

  it("asks for quotes around digits that YAML takes for a number", async () => {
    const digest = "0".repeat(64);
    const text = await complaint(entry("source: https://provider.example/", `root: { epoch: 5, digest: ${digest} }`));
    expect(text).toContain("found 0, expected");
    expect(text).toContain("in quotes");
    expect(await complaint([])).not.toContain("something else");
  });

  it("has a line for what only the whole file shows to be wrong", async () => {
    expect(await complaint(entry("source: https://a.example/", "push-token-file: ./none"))).toMatch(
      /coaudit\.yaml:\d+:\d+: namespaces\[0\]\.push-token-file/,
    );
  });
});

describe("a file that can't be read", () => {
  it("says so in words, and what to do", async () => {
    await expect(readTextFile(join(folder, "none"))).rejects.toThrow("none: there is no such file");
    await expect(readTextFile(folder)).rejects.toThrow("it is a folder, not a file");
    await expect(readKeyFile(join(folder, "none.key"))).rejects.toThrow(
      "none.key: there is no such file; `coaudit init` creates keys",
    );
  });

  it.runIf(process.getuid?.() !== 0)("is another user's", async () => {
    chmodSync(join(folder, "signing.key"), 0o000);
    await expect(readKeyFile(join(folder, "signing.key"))).rejects.toThrow("run the command as the user that owns");
  });

  it.runIf(existsSync("/dev/zero"))("has no end, and is not read to it", async () => {
    await expect(readTextFile("/dev/zero")).rejects.toThrow("it is larger than");
    writeFileSync(
      config,
      readFileSync(config, "utf8").replace("namespaces: []", "namespaces: []\npolicies: { x: /dev/zero }"),
    );
    await expect(loadConfig(config)).rejects.toThrow("larger than");
  });
});

describe("an error without words of its own", () => {
  it("still says something: Node's error of several failed attempts has none", () => {
    const refused = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED" });
    expect(errorMessage(new AggregateError([refused]))).toBe("connect ECONNREFUSED 127.0.0.1:1");
    expect(errorMessage(Object.assign(new Error(""), { code: "EPIPE" }))).toBe("EPIPE");
    expect(errorMessage(new TypeError(""))).toBe("TypeError");
    expect(errorMessage("")).toBe("an unknown error");
  });
});
