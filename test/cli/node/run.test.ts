import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { main } from "../../../src/cli/main.ts";
import { initNode } from "../../../src/node/config/init.ts";
import { systemRandom } from "../../../src/platform/system.ts";
import { CapturedContext, coaudit } from "../captured.ts";

let folder: string;
let config: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-run-"));
  const listen = "/ip4/127.0.0.1/tcp/0";
  const made = await initNode({ name: "a.example", folder, listen, apiPort: 0 }, { random: systemRandom });
  config = made.configFile;
  edit("log-level: info", "log-level: error");
});
afterEach(() => rmSync(folder, { recursive: true }));

function edit(from: string, to: string): void {
  const text = readFileSync(config, "utf8");
  expect(text).toContain(from);
  writeFileSync(config, text.replace(from, to));
}

interface Running {
  context: CapturedContext;
  ended: Promise<number>;
}

async function start(): Promise<Running> {
  const context = new CapturedContext();
  const ended = main(["node", "coaudit", "run", "--config", config], context);
  await expect.poll(() => context.outLines.length, { timeout: 20_000 }).toBe(1);
  return { context, ended };
}

const data = (name: string): string => join(folder, "data", name);

describe("coaudit run", () => {
  it("says on one line where it listens, answers the operator, and stops at a signal with 0", async () => {
    const { context, ended } = await start();
    const url = readFileSync(data("api.url"), "utf8").trim();
    expect(context.outLines[0]).toMatch(
      new RegExp(
        `^coaudit 0\\.1\\.0: a\\.example runs; API ${url}; auditors at /ip4/127\\.0\\.0\\.1/tcp/\\d+/p2p/\\w+$`,
      ),
    );
    for (const name of ["admin.token", "api.url"]) expect(statSync(data(name)).mode & 0o777).toBe(0o600);
    const status = await coaudit("status", "--config", config);
    expect([status.exitCode, status.out]).toEqual([0, expect.stringContaining("No namespace is audited.")]);

    context.signal("SIGTERM");
    expect(await ended).toBe(0);
    expect(existsSync(data("api.url"))).toBe(false);
    expect(await coaudit("status", "--node", url)).toMatchObject({ exitCode: 4 });
    // Handles that linger are not waited for: the process ends with the exit code that main() gave.
    await expect.poll(() => context.exits).toEqual([undefined]);
  });

  it("can be run again in the same folder, with another token", async () => {
    const tokens: string[] = [];
    for (let run = 0; run < 2; run++) {
      const { context, ended } = await start();
      tokens.push(readFileSync(data("admin.token"), "utf8"));
      context.signal("SIGINT");
      expect(await ended).toBe(0);
    }
    expect(tokens[0]).not.toBe(tokens[1]);
  });

  it("writes where it listens into its own folder, though somebody put a link there", async () => {
    const victim = join(folder, "victim");
    mkdirSync(data(""), { recursive: true });
    writeFileSync(victim, "not ours");
    symlinkSync(victim, data("api.url"));
    const { context, ended } = await start();
    expect(readFileSync(data("api.url"), "utf8")).toMatch(/^http:/);
    expect(readFileSync(victim, "utf8")).toBe("not ours");
    context.signal("SIGTERM");
    await ended;
  });

  it("ends at once at a second signal", async () => {
    const { context, ended } = await start();
    context.signal("SIGINT");
    context.signal("SIGTERM");
    expect(context.exits).toEqual([143]);
    await ended;
  });

  it("refuses a folder that another node uses, and leaves that one alone", async () => {
    const first = await start();
    const url = readFileSync(data("api.url"), "utf8");
    const token = readFileSync(data("admin.token"), "utf8");
    const second = await coaudit("run", "--config", config);
    expect(second).toMatchObject({ exitCode: 1, out: "" });
    expect(second.err).toMatch(/^coaudit: .*is in use by another process[^\n]*$/);
    expect([readFileSync(data("api.url"), "utf8"), readFileSync(data("admin.token"), "utf8")]).toEqual([url, token]);
    first.context.signal("SIGTERM");
    await first.ended;
  });

  it("stops what had started when the API cannot listen, and says which port to change", async () => {
    const other: Server = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", () => resolve()));
    const { port } = other.address() as AddressInfo;
    edit("port: 0", `port: ${port}`);
    const { exitCode, out, err } = await coaudit("run", "--config", config);
    other.close();
    expect([exitCode, out]).toEqual([1, ""]);
    expect(err).toMatch(new RegExp(`^coaudit: the API cannot listen on 127.0.0.1:${port}: [^\\n]*$`));
    const { context, ended } = await start();
    context.signal("SIGTERM");
    expect(await ended).toBe(0);
  });

  it("reads its configuration again when it is asked to, and goes on when that cannot be used", async () => {
    const { context, ended } = await start();
    edit("log-level: error", "log-level: warn\nfault-bound: 0\nallow-alone: true");
    const reloaded = await coaudit("reload", "--config", config);
    expect([reloaded.exitCode, reloaded.out]).toEqual([
      0,
      `${config} was read again. Changed:\n  fault-bound\n  log-level\nTakes effect with a restart:\n  allow-alone`,
    ]);
    expect((await coaudit("log-level", "error", "--config", config)).out).toBe("logs from error on; it was warn");
    const roster = join(folder, "roster.yaml");
    const good = readFileSync(roster, "utf8");
    writeFileSync(roster, "auditors: []\n");
    const refused = await coaudit("reload", "--config", config);
    expect([refused.exitCode, refused.err]).toEqual([
      2,
      expect.stringMatching(/nothing was changed, .*does not list this node's key.* \(RELOAD_REFUSED\)$/),
    ]);
    expect((await coaudit("log-level", "error", "--config", config)).out).toContain("it was error");
    writeFileSync(roster, good);
    context.hangUp();
    await expect.poll(async () => (await coaudit("log-level", "error", "--config", config)).out).toContain("was warn");
    context.signal("SIGTERM");
    expect(await ended).toBe(0);
    const gone = await coaudit("reload", "--config", config);
    expect([gone.exitCode, gone.err]).toEqual([4, expect.stringContaining("the node is not running")]);
  });

  it("runs without an API when the configuration has none", async () => {
    edit("api:\n  host: 127.0.0.1\n  port: 0\n", "");
    const { context, ended } = await start();
    expect(context.outLines[0]).toContain("API off");
    expect(await coaudit("status", "--config", config)).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('no "api"'),
    });
    context.signal("SIGTERM");
    expect(await ended).toBe(0);
  });

  it("ends with 2 for a configuration that cannot be used, naming the place in it", async () => {
    edit("port: 0", "port: 99999");
    const { exitCode, err } = await coaudit("run", "--config", config);
    expect([exitCode, err]).toEqual([
      2,
      expect.stringMatching(/coaudit\.yaml:\d+:\d+: api\.port: found 99999, expected a port/),
    ]);
  });
});
