/**
 * A running node takes over a changed configuration: by SIGHUP and by `coaudit reload`, without losing a connection.
 */
import { readFile, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { coaudit, type NodeProcess } from "../support/processes.ts";
import { liveLog, NAMESPACE, World } from "./world.ts";

const [A, B, C] = ["a.example", "b.example", "c.example"] as const;

let world: World;
let whole: string;
beforeEach(async () => {
  world = await World.open({ names: [A, B, C], log: await liveLog() });
  whole = await readFile(world.member(A).rosterFile, "utf8");
  for (const name of [A, B]) await writeFile(world.member(name).rosterFile, without(C, whole));
});
afterEach(() => world.close());

function without(name: string, roster: string): string {
  const entries = roster.split(/(?=^ {2}- name: )|(?=^namespaces:)/m);
  return entries.filter((entry) => !entry.startsWith(`  - name: ${name}`)).join("");
}

async function edit(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(file, "utf8");
  expect(text).toContain(from);
  await writeFile(file, text.replace(from, to));
}

/** An open stream of events; `isOpen` while nobody ended it. */
async function follow(node: NodeProcess): Promise<{ isOpen: boolean; text: string; end(): void }> {
  const stop = new AbortController();
  const stream = { isOpen: true, text: "", end: () => stop.abort() };
  const response = await fetch(`${node.url}/v1/events`, { signal: stop.signal });
  const read = async (): Promise<void> => {
    for await (const chunk of response.body ?? []) stream.text += Buffer.from(chunk).toString();
  };
  void read()
    .catch(() => undefined)
    .finally(() => {
      stream.isOpen = false;
    });
  return stream;
}

it("hears a new auditor after SIGHUP and after a reload, and drops no connection", async () => {
  const [a, b] = (await world.startAll([A, B])) as [NodeProcess, NodeProcess];
  await world.publishTo(2);
  await world.untilHeads([a, b], 2, [A, B]);
  const stream = await follow(a);
  const c = world.start(C);
  await writeFile(world.member(A).rosterFile, whole);
  await writeFile(world.member(B).rosterFile, whole);
  a.signal("SIGHUP");
  await world.until("a has read it again", () => a.logged("the configuration was reloaded").length === 1);
  expect(a.logged("the configuration was reloaded")[0]).toMatchObject({ live: [`roster: added ${C}`], restart: [] });
  const reloaded = await coaudit("reload", "--config", world.member(B).configFile);
  expect([reloaded.exitCode, reloaded.stdout]).toEqual([0, expect.stringContaining(`roster: added ${C}`)]);

  await world.untilSigning(c);
  await world.publishTo(4);
  await world.untilHeads([a, b, c], 4, [A, B, C]);
  // What c signed before it was known comes by head sync.
  await world.until("the stream tells of the newcomer", () => stream.text.includes(`"auditor":"${C}"`));
  expect(stream.isOpen).toBe(true);
  stream.end();
  for (const node of [a, b]) {
    expect(node.logged("lost a roster peer")).toEqual([]);
    expect((await node.status())?.peers.roster).toHaveLength(2);
  }
  const again = await coaudit("reload", "--config", world.member(B).configFile, "--json");
  expect(JSON.parse(again.stdout)).toMatchObject({ live: [], restart: [] });
});

it("goes on with what it had when a file cannot be used, and says why", async () => {
  const [a, b] = (await world.startAll([A, B])) as [NodeProcess, NodeProcess];
  await world.publishTo(2);
  await world.untilHeads([a, b], 2, [A, B]);
  const { rosterFile, configFile } = world.member(A);
  const good = await readFile(rosterFile, "utf8");
  const refusals = "the configuration was not reloaded; the node goes on with the one it had";

  await writeFile(rosterFile, good.replace("addresses:", "adresses:"));
  a.signal("SIGHUP");
  await world.until("a has refused it", () => a.logged(refusals).length === 1);
  expect(a.logged(refusals)[0]?.["reason"]).toMatch(/roster\.yaml:\d+:\d+: auditors\[0\]\.adresses: .*did you mean/);
  const slip = await coaudit("reload", "--config", configFile);
  expect([slip.exitCode, slip.text]).toEqual([2, expect.stringMatching(/adresses.*a running node goes on/)]);

  // Valid, but this node holds heads of the one that is missing; and one without the node's own key.
  for (const name of [B, A]) {
    await writeFile(rosterFile, without(name, good));
    const deleted = await coaudit("reload", "--config", configFile);
    expect([deleted.exitCode, deleted.text]).toEqual([
      2,
      expect.stringMatching(/nothing was changed, the node goes on with the configuration it had: .*RELOAD_REFUSED/),
    ]);
  }
  await world.publishTo(4);
  await world.untilHeads([a, b], 4, [A, B]);
  expect(a.logged("lost a roster peer")).toEqual([]);
  await writeFile(rosterFile, good);
  expect((await coaudit("reload", "--config", configFile)).exitCode).toBe(0);
  await a.stop();
  const gone = await coaudit("reload", "--config", configFile);
  expect([gone.exitCode, gone.text]).toEqual([4, expect.stringContaining("the node is not running")]);
});

it("says which settings wait for a restart, and changes the others at once", async () => {
  const [a] = (await world.startAll([A, B])) as [NodeProcess, NodeProcess];
  const { configFile } = world.member(A);
  await edit(configFile, "log-level: info", "log-level: debug\nallow-alone: true");
  await edit(configFile, "poll-interval-ms: 100", "poll-interval-ms: 101");
  const text = await coaudit("reload", "--config", configFile);
  expect(text.stdout).toContain(
    `Changed:\n  log-level\nTakes effect with a restart:\n  allow-alone\n  namespaces: ${NAMESPACE}`,
  );
  await edit(configFile, "  host: 127.0.0.1\n", "  host: 127.0.0.1\n  rate-limit: 12\n");
  const { stdout } = await coaudit("reload", "--config", configFile, "--json");
  // From here on this machine's commands are too many, too.
  expect(JSON.parse(stdout)).toMatchObject({
    live: ["api.rate-limit"],
    restart: ["allow-alone", `namespaces: ${NAMESPACE}`],
  });
  await world.node(B).stop();
  await world.until("a tells more", () => a.log.some(({ level }) => level === "debug"));
  const statuses: number[] = [];
  for (let i = 0; i < 14; i++) statuses.push((await fetch(`${a.url}/v1/status`)).status);
  expect(statuses).toContain(429);
});

it("logs more for a while when its operator wants it", async () => {
  const [a] = (await world.startAll([A, B])) as [NodeProcess, NodeProcess];
  const { configFile } = world.member(A);
  const told = await coaudit("log-level", "debug", "--config", configFile);
  expect([told.exitCode, told.stdout]).toEqual([0, "logs from debug on; it was info\n"]);
  await world.node(B).stop();
  await world.until("a tells more", () => a.log.some(({ level }) => level === "debug"));
  await coaudit("reload", "--config", configFile);
  const back = await coaudit("log-level", "warn", "--config", configFile, "--json");
  expect(JSON.parse(back.stdout)).toEqual({ before: "info", level: "warn" });
  expect((await coaudit("log-level", "loud", "--config", configFile)).exitCode).toBe(2);
});
