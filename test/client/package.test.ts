/** The package coaudit-client as somebody installs it, and the examples as somebody runs them. */
import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toHex, utf8 } from "../../src/core/bytes.ts";
import { systemClock, systemRandom } from "../../src/platform/system.ts";
import { DirectoryLog } from "../../src/provider/keys/directory-log.ts";
import { memoryJournal } from "../../src/provider/keys/journal.ts";
import type { Lie } from "../../src/provider/lies.ts";
import { startProvider } from "../../src/provider/server.ts";
import { digestOf, NAMESPACE } from "../support/auditors.ts";
import { AUDITORS, certificateOf, client, headsOf, Liars, policyOf } from "./lying-nodes.ts";

let folder: string;
let installed: string;
const liars = new Liars();
const shown = toHex(digestOf(1, 17));

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-package-"));
  installed = join(folder, "node_modules/coaudit-client");
  execFileSync(process.execPath, ["scripts/build-client.mjs", installed], { stdio: "inherit" });
  symlinkSync(resolve("node_modules/@noble"), join(folder, "node_modules/@noble"));
  cpSync("examples", join(folder, "examples"), { recursive: true });
});
afterAll(async () => {
  await liars.close();
  rmSync(folder, { recursive: true });
});

describe("the package coaudit-client", () => {
  it("holds core, client, key proofs and the two files of the platform that its file doors need, with three dependencies and no install scripts", () => {
    expect(readdirSync(join(installed, "dist")).sort()).toEqual(["akd", "cjs", "client", "core", "platform"]);
    expect(readdirSync(join(installed, "dist/platform")).sort()).toEqual([
      ...["replace-file.d.ts", "replace-file.js", "text-file.d.ts", "text-file.js"],
    ]);
    const description = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    expect(Object.keys(description.dependencies)).toEqual(["@noble/curves", "@noble/ed25519", "@noble/hashes"]);
    expect(description.scripts).toBeUndefined();
  });

  it("needs no Node but in its file doors and what that alone imports", () => {
    const files = readdirSync(join(installed, "dist"), { recursive: true, encoding: "utf8" });
    const withNode = files.filter(
      (file) =>
        file.endsWith(".js") && /(from |require\()"node:/.test(readFileSync(join(installed, "dist", file), "utf8")),
    );
    expect(withNode.filter((file) => !file.startsWith("cjs")).sort()).toEqual([
      "client/node/file-keys.js",
      "platform/replace-file.js",
      "platform/text-file.js",
    ]);
    for (const file of withNode) expect(file).toMatch(/(node\/file-\w+|replace-file|text-file)\.js$/);
    const importers = files.filter(
      (file) =>
        file.endsWith(".js") && /platform\/replace-file/.test(readFileSync(join(installed, "dist", file), "utf8")),
    );
    expect(importers.filter((file) => !file.startsWith("cjs")).sort()).toEqual([
      "client/node/file-keys.js",
      "client/node/file-trust.js",
    ]);
  });

  it("says from what it was built, file by file", () => {
    const build = JSON.parse(readFileSync(join(installed, "BUILD.json"), "utf8"));
    expect(build).toMatchObject({ commit: expect.stringMatching(/^[0-9a-f]{40}$|^unknown$/), node: process.version });
    const index = readFileSync(join(installed, "dist/client/index.js"));
    expect(build.files["dist/client/index.js"]).toBe(createHash("sha256").update(index).digest("hex"));
  });

  it.each(["", "/file", "/keys", "/policy", "/keys/file"])(
    "can be imported and required: coaudit-client%s",
    async (door) => {
      const names = async (file: string, code: string): Promise<string[]> => {
        writeFileSync(join(folder, file), code);
        return JSON.parse((await promisify(execFile)(process.execPath, [join(folder, file)])).stdout);
      };
      const show = "console.log(JSON.stringify(Object.keys(sdk).filter((name) => name !== 'default').sort()))";
      const imported = await names("door.mjs", `import * as sdk from "coaudit-client${door}"; ${show}`);
      expect(imported.length).toBeGreaterThan(0);
      expect(await names("door.cjs", `const sdk = require("coaudit-client${door}"); ${show}`)).toEqual(imported);
    },
  );

  it.each([
    ["nodenext", "nodenext", "mts"],
    ["nodenext", "nodenext", "cts"],
    ["node16", "node16", "cts"],
    ["esnext", "bundler", "ts"],
  ])("compiles in a project with module %s and moduleResolution %s: .%s", async (module, moduleResolution, end) => {
    const file = join(folder, `typed-${module}.${end}`);
    writeFileSync(
      file,
      `import { type CheckResult, QuorumClient } from "coaudit-client";
import { fileTrust } from "coaudit-client/file";
export const ask = async (policy: string): Promise<CheckResult["title"]> =>
  (await new QuorumClient({ nodes: [], policy, trustState: fileTrust("x") }).latest("x")).title;
`,
    );
    const flags = ["--noEmit", "--strict", "--target", "es2023", "--types", "", "--lib", "es2023,dom"];
    const args = [...flags, "--module", module, "--moduleResolution", moduleResolution, file];
    const { stdout } = await promisify(execFile)(resolve("node_modules/.bin/tsc"), args, { cwd: folder }).catch(
      (error) => error,
    );
    expect(stdout).toBe("");
  });
});

describe("the ten lines that an application needs", () => {
  /** What stands in the first block of JavaScript, around it what it takes for granted, and real nodes in it. */
  function program(document: string, nodes: readonly string[], digest: string): string {
    const [, lines = ""] = /```js\n([^`]*)```/.exec(readFileSync(document, "utf8")) ?? [];
    let used = 0;
    const snippet = lines.replace(/"https:[^"]*"/g, () => JSON.stringify(nodes[used++]));
    expect(used).toBe(nodes.length);
    const given = { policy: policyOf(4), epoch: 17, digest };
    return `const { policy, epoch, digest } = ${JSON.stringify(given)};
const items = new Map();
const localStorage = { getItem: (key) => items.get(key) ?? null, setItem: (key, text) => items.set(key, text) };
const keepAndShow = ({ format }) => console.log("kept", format);
const warn = (...texts) => console.log("warned", ...texts);
${snippet.replace(/whatsapp\.[\w.-]+/, NAMESPACE)}
console.log(found.result, found.head.epoch, [...items.keys()].join());
`;
  }

  it.each(["README.md", "docs/clients.md", "src/client/README.md"])("work as they stand in %s", async (document) => {
    const certificate = certificateOf(headsOf([0, 1, 2, 3]));
    const nodes = [
      await liars.holding(certificate),
      await liars.holding(certificate),
      await liars.holding(certificate),
    ];
    const run = (digest: string) => {
      const file = join(folder, "ten-lines.mjs");
      writeFileSync(file, program(document, nodes, digest));
      return promisify(execFile)(process.execPath, [file]);
    };
    expect((await run(shown)).stdout).toBe("satisfied 17 coaudit-trust\n");
    expect((await run("ab".repeat(32))).stdout).toMatch(
      /^kept coaudit\/wrong-digest\/v1\nwarned .+\nwrong-digest 17 coaudit-trust\n$/,
    );
  });
});

describe("the examples", () => {
  it("check a digest from a Node script", async () => {
    const node = await liars.holding(certificateOf(headsOf([0, 1, 2, 3])));
    const policy = join(folder, "reader.policy");
    writeFileSync(policy, policyOf(4));
    const run = (digest: string) =>
      promisify(execFile)(process.execPath, [
        join(folder, "examples/node/check.mjs"),
        policy,
        NAMESPACE,
        "17",
        digest,
        node,
      ]);
    expect((await run(shown)).stdout).toMatch(/^satisfied: /);
    await expect(run("ab".repeat(32))).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringContaining("wrong-digest: "),
    });
  });

  it("verify a contact's key, from the directory's proof to the signatures of auditors", async () => {
    const options = { configuration: "whatsapp_v1", entriesPerEpoch: 2, forkAt: 3 } as const;
    const log = await DirectoryLog.open(options, { random: systemRandom, journal: memoryJournal() });
    const lies: Lie[] = [{ kind: "fork", to: ["alice"] }];
    const provider = await startProvider({ lies, startEpoch: 1 }, { log, keys: log, clock: systemClock });
    try {
      const [mine, theirs] = [utf8("bob's key"), utf8("the provider's key")];
      log.hand({ entries: [[utf8("bob"), mine]], hidden: [] }, "main");
      log.hand({ entries: [[utf8("bob"), theirs]], hidden: [] }, "fork");
      while (log.newest < 3) await provider.publishNext();
      const { epoch, digest, vrfKey } = log.directory("main");
      const heads = AUDITORS.slice(0, 4).map((auditor) => auditor.head(epoch, digest, systemClock.now()));
      const node = await liars.holding(certificateOf(heads));
      const policy = join(folder, "app.policy");
      writeFileSync(policy, policyOf(4));
      const run = async (name: string, contact: string, key: Uint8Array) => {
        const words = [policy, NAMESPACE, provider.urlFor(name), toHex(vrfKey), contact, toHex(key)];
        const file = join(folder, "examples/keys/contact.mjs");
        const args = [file, ...words, join(folder, `${name}.json`), node];
        const { stdout } = await promisify(execFile)(process.execPath, args).catch(
          (error: { stdout: string }) => error,
        );
        return stdout;
      };
      expect(await run("carol", "bob", mine)).toMatch(/^verified: Key verified/);
      expect(await run("carol", "nobody", mine)).toMatch(/^not-in-directory: /);
      expect(await run("alice", "bob", theirs)).toMatch(/^alarm: You are shown a different directory.*\ncomplaint: /);
    } finally {
      await provider.stop();
    }
  });

  it("let a service pass on only what was audited", async () => {
    const node = await liars.holding(certificateOf(headsOf([0, 1, 2, 3])));
    const { audited } = await import(resolve("examples/middleware/audited.mjs"));
    const guard = audited(client([node]), ({ headers }: { headers: Record<string, string> }) =>
      headers["x-digest"] === undefined
        ? undefined
        : { namespace: NAMESPACE, epoch: Number(headers["x-epoch"]), digest: headers["x-digest"] },
    );
    const server = createServer((request, response) => guard(request, response, () => response.end("passed")));
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", () => done()));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const status = async (headers: Record<string, string>) => (await fetch(url, { headers })).status;
    try {
      expect(await status({})).toBe(200);
      expect(await status({ "x-epoch": "17", "x-digest": shown })).toBe(200);
      expect(await status({ "x-epoch": "17", "x-digest": "ab".repeat(32) })).toBe(502);
      expect(await status({ "x-epoch": "18", "x-digest": shown })).toBe(503);
      expect(await status({ "x-epoch": "17", "x-digest": "nonsense" })).toBe(400);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it("make a page of one script", () => {
    const page = join(folder, "page");
    mkdirSync(page);
    execFileSync(process.execPath, ["examples/browser/build.mjs", page]);
    expect(readdirSync(page).sort()).toEqual(["index.html", "page.js"]);
    expect(readFileSync(join(page, "page.js"), "utf8")).not.toContain("coaudit-client");
  });
});
