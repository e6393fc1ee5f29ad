/** Each finding is provoked: by files, a disk in memory, taken ports, servers that lie about the time. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeVersion } from "../../../src/cli/doctor/examine-machine.ts";
import type { Finding } from "../../../src/cli/doctor/finding.ts";
import { writeApiUrl } from "../../../src/cli/node/api-url-file.ts";
import { initNode } from "../../../src/node/config/init.ts";
import { systemRandom } from "../../../src/platform/system.ts";
import { FakeNode } from "../../api/fake-node.ts";
import { makeAuditors } from "../../support/auditors.ts";
import { freePort } from "../../support/ports.ts";
import { coaudit } from "../captured.ts";
import { Bench } from "../served.ts";

let folder: string;
let config: string;
const ends: (() => Promise<unknown> | undefined)[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-doctor-"));
  const [port, apiPort] = [await freePort(), await freePort()];
  const listen = `/ip4/127.0.0.1/tcp/${port}`;
  config = (await initNode({ name: "a.example", folder, listen, apiPort }, { random: systemRandom })).configFile;
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  rmSync(folder, { recursive: true, force: true });
});

function edit(name: string, from: string, to: string): void {
  const file = join(folder, name);
  const text = readFileSync(file, "utf8");
  expect(text).toContain(from);
  writeFileSync(file, text.replace(from, to));
}

async function findings(command: readonly string[] = ["doctor"]): Promise<Finding[]> {
  const { out } = await coaudit(...command, "--config", config, "--json");
  return (JSON.parse(out) as { findings: Finding[] }).findings;
}

async function of(check: string): Promise<Finding[]> {
  return (await findings()).filter((finding) => finding.check === check);
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  ends.push(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as AddressInfo).port;
}

describe("coaudit doctor", () => {
  it("says what it looked at, and what to do about what it found, and leaves nothing behind", async () => {
    const { exitCode, out } = await coaudit("doctor", "--config", config);
    expect(exitCode).toBe(1);
    expect(out).toMatch(/^ok {2}configuration: /m);
    expect(out).toMatch(/^ok {2}signing key: /m);
    expect(out).toMatch(/^ok {2}ports: 127\.0\.0\.1:\d+ is free$/m);
    expect(out).toMatch(/^LOOK {2}configuration: no namespace is audited\n {6}-> name one/m);
    expect(out).toMatch(/^note {2}node: it does not run$/m);
    expect(existsSync(join(folder, "data", `doctor-${process.pid}.tmp`))).toBe(false);
  });

  it("sees a key that others can read, and one that is not in the roster", async () => {
    chmodSync(join(folder, "network.key"), 0o644);
    edit("roster.yaml", "a.example", "b.example");
    const slip = await coaudit("doctor", "--config", config);
    // Names and keys of an entry belong together: that is no finding, the file cannot be used.
    expect(slip.exitCode).toBe(2);
    writeFileSync(join(folder, "roster.yaml"), "auditors: []\n");
    expect(await of("network key")).toMatchObject([{ result: "failure", fix: expect.stringContaining("chmod 600") }]);
    expect(await of("own entry")).toMatchObject([
      { result: "failure", message: expect.stringContaining("does not list") },
    ]);
  });

  it("sees claims that are not there", async () => {
    rmSync(join(folder, "data", "claims"), { recursive: true });
    expect(await of("claims")).toMatchObject([{ result: "failure", fix: expect.stringContaining("claims repair") }]);
  });

  it("sees a command that cannot be run", async () => {
    edit("coaudit.yaml", "log-level: info", "alerts: { receivers: [{ name: pager, command: [./page.sh] }] }");
    expect(await of("alerts")).toMatchObject([{ result: "failure", message: expect.stringContaining("page.sh") }]);
    writeFileSync(join(folder, "page.sh"), "#!/bin/sh\n", { mode: 0o755 });
    expect(await of("alerts")).toMatchObject([{ result: "ok" }]);
  });

  it.runIf(existsSync("/dev/shm"))("sees a data folder that is in memory", async () => {
    const memory = mkdtempSync("/dev/shm/coaudit-doctor-");
    ends.push(async () => rmSync(memory, { recursive: true }));
    edit("coaudit.yaml", "data: ./data", `data: ${memory}`);
    expect(await of("sync")).toMatchObject([{ result: "failure", message: expect.stringContaining("in memory") }]);
  });

  it("sees ports that others have, and auditors that are not reached", async () => {
    const taken = await listen(createServer());
    edit("coaudit.yaml", "log-level: info", `metrics: { port: ${taken} }`);
    expect((await of("ports")).filter(({ result }) => result === "failure")).toMatchObject([
      { message: expect.stringMatching(new RegExp(`127\\.0\\.0\\.1:${taken}: .*EADDRINUSE`)) },
    ]);
    const [b, c] = makeAuditors(3).slice(1);
    const { formatVkey } = await import("../../../src/core/checkpoint.ts");
    const entry = (auditor: typeof b, port: number): string =>
      `  - name: ${auditor!.name}\n    keys: [{ vkey: "${formatVkey({ name: auditor!.name, publicKey: auditor!.key.publicKey })}" }]\n    addresses: [/ip4/127.0.0.1/tcp/${port}]\n`;
    const text = readFileSync(join(folder, "roster.yaml"), "utf8");
    writeFileSync(join(folder, "roster.yaml"), `${text}${entry(b, taken)}${entry(c, await freePort())}`);
    expect(await of(`auditor ${b!.name}`)).toMatchObject([{ result: "ok" }]);
    expect(await of(`auditor ${c!.name}`)).toMatchObject([
      { result: "warning", message: expect.stringContaining("ECONNREFUSED") },
    ]);
  });

  it("holds the clock against the log's, and sees a log that is not there", async () => {
    const server = createHttpServer(({ url = "/" }, response) => {
      response.sendDate = false;
      response.setHeader("date", new Date(Date.now() + 600_000).toUTCString());
      const key = `1/${"00".repeat(32)}/${"11".repeat(32)}`;
      const prefix = new URL(url, "http://x").searchParams.get("prefix") ?? "";
      const contents = key.startsWith(prefix) ? `<Contents><Key>${key}</Key></Contents>` : "";
      response.setHeader("content-type", "application/xml");
      response.end(
        `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>x</Name><Prefix>${prefix}</Prefix><KeyCount>${contents === "" ? 0 : 1}</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>${contents}</ListBucketResult>`,
      );
    });
    const port = await listen(server);
    const entry = `{ namespace: x.v1, origin: x, configuration: whatsapp_v1, source: "http://127.0.0.1:${port}/" }`;
    edit("coaudit.yaml", "namespaces: []", `namespaces: [${entry}]`);
    expect(await of("clock, by the log of x.v1")).toMatchObject([
      {
        result: "failure",
        message: expect.stringMatching(/(599|600) s behind it/),
        fix: expect.stringContaining("NTP"),
      },
    ]);
    server.closeAllConnections();
    await ends.pop()?.();
    expect(await of("log of x.v1")).toMatchObject([{ result: "failure", fix: expect.stringContaining("source") }]);
  });

  it("does not take the node that answers at its address for its own", async () => {
    const bench = new Bench();
    ends.push(() => bench.close());
    const node = new FakeNode(makeAuditors(3));
    const url = await bench.serve(node);
    for (const [name, found] of [
      ["a.example", { result: "ok" }],
      [
        "b.example",
        { result: "failure", message: `${url} is the node of a.example, not of b.example, which does not run there` },
      ],
    ] as const) {
      const options = { name, folder: join(folder, name), listen: "/ip4/127.0.0.1/tcp/0", apiPort: 0 };
      config = (await initNode(options, { random: systemRandom })).configFile;
      await writeApiUrl(join(folder, name, "data"), url);
      expect(await of("node")).toMatchObject([found]);
    }
  });

  it("holds what proofs have taken already against what they may", async () => {
    const { bavail, bsize } = statfsSync(folder);
    const freeMib = Math.floor((bavail * bsize) / 2 ** 20);
    edit("coaudit.yaml", "  # proofs: { access", `  proofs: { max-mib: ${freeMib} }\n  # { access`);
    expect(await of("disk")).toMatchObject([
      { result: "failure", message: expect.stringContaining("proofs may take") },
    ]);
    const taken = join(folder, "data", "proofs", "ns-x.v1");
    mkdirSync(taken, { recursive: true });
    writeFileSync(join(taken, "1"), "");
    truncateSync(join(taken, "1"), freeMib * 2 ** 20);
    expect(await of("disk")).toMatchObject([{ result: "note" }]);
  });

  it("asks others how they see this node", async () => {
    const bench = new Bench();
    ends.push(() => bench.close());
    const url = await bench.serve(new FakeNode(makeAuditors(3)));
    const ask = async (): Promise<Finding | undefined> =>
      (await findings(["doctor", "--node", url])).find(({ check }) => check === `as ${url} sees it`);
    expect(await ask()).toMatchObject({ result: "failure", message: "its roster has no a.example" });
    // The fake one lists b.example as connected, and c.example as not.
    for (const [name, result] of [
      ["b.example", "ok"],
      ["c.example", "failure"],
    ] as const) {
      const made = join(folder, name);
      const options = { name, folder: made, listen: "/ip4/127.0.0.1/tcp/7600", apiPort: 0 };
      config = (await initNode(options, { random: systemRandom })).configFile;
      expect(await ask()).toMatchObject({ result });
    }
  });

  it("knows which versions of Node are too old", () => {
    expect(["18.20.0", "20.18.3", "20.19.0", "24.1.0"].map((version) => nodeVersion(version).result)).toEqual([
      "failure",
      "failure",
      "ok",
      "ok",
    ]);
  });
});

describe("coaudit config check", () => {
  it("reads everything that a start reads, and ends with 2 where that would", async () => {
    const before = readFileSync(config, "utf8");
    expect(await coaudit("config", "check", "--config", config)).toMatchObject({
      exitCode: 1,
      out: expect.stringContaining("no namespace is audited"),
    });
    edit("coaudit.yaml", "log-level: info", "log-levle: info");
    expect(await coaudit("config", "check", "--config", config)).toMatchObject({
      exitCode: 2,
      err: expect.stringMatching(/coaudit\.yaml:\d+:\d+: log-levle: .*did you mean log-level/),
    });
    writeFileSync(config, before);
    expect((await findings(["config", "check"])).map(({ check }) => check)).toEqual([
      "configuration",
      "configuration",
      "fault bound",
      "network key",
      "signing key",
      "own entry",
      "claims",
      "alerts",
    ]);
  });
});
