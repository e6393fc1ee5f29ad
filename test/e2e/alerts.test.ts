/** Alerts of real nodes: a case that a killed node has not told yet is told by its next life, once. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { AlertServer } from "../alerts/support.ts";
import { freePort } from "../support/ports.ts";
import { coaudit } from "../support/processes.ts";
import { NAMESPACE, recording, World } from "./world.ts";

const NAMES = ["a.example", "b.example", "c.example", "d.example", "e.example"];
const [A = ""] = NAMES;

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function addAlerts(configFile: string, lines: readonly string[]): Promise<void> {
  const text = await readFile(configFile, "utf8");
  await writeFile(configFile, text.replace(/^namespaces:/m, `alerts:\n${lines.join("\n")}\nnamespaces:`));
}

it("a split view is told by webhook and by a command, over a kill, and ends with the acknowledgement", async () => {
  const world = await World.open({
    names: NAMES,
    log: await recording(),
    lies: [{ kind: "fork", to: ["d.example", "e.example"] }],
  });
  ends.push(() => world.close());
  const { configFile, folder } = world.member(A);
  const port = await freePort();
  const hook = join(folder, "hook.mjs");
  await writeFile(
    hook,
    `import { appendFileSync } from "node:fs"; let t = ""; process.stdin.on("data", (c) => (t += c)); ` +
      `process.stdin.on("end", () => appendFileSync(process.argv[2], t));`,
  );
  const told = join(folder, "told.txt");
  await addAlerts(configFile, [
    "  receivers:",
    `    - { name: on-call, webhook: "http://127.0.0.1:${port}/", severity: critical }`,
    `    - { name: script, command: [${process.execPath}, ${hook}, ${told}] }`,
  ]);
  const tested = await coaudit("alert", "test", "--config", configFile, "--json");
  expect([tested.exitCode, JSON.parse(tested.stdout)]).toMatchObject([
    1,
    {
      results: [
        { receiver: "on-call", told: false },
        { receiver: "script", told: true },
      ],
    },
  ]);
  await writeFile(told, "");

  await world.startAll(NAMES);
  await world.publishTo(18);
  const lines = async (): Promise<Record<string, unknown>[]> =>
    (await readFile(told, "utf8"))
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  const cases = async () => (await lines()).filter(({ kind }) => kind === "case");
  await world.until("the command was told", async () => (await cases()).length === 1);
  // Killed before, it would tell it again: whether the command was told is not known then.
  const book = join(folder, "data", "alerts.json");
  await world.until("that is on disk", async () => /"script":"firing critical/.test(await readFile(book, "utf8")));
  await world.until("the webhook was tried", () =>
    world.node(A).log.some(({ msg, ["receiver"]: name }) => msg === "an alert was not delivered" && name === "on-call"),
  );
  await world.node(A).kill();

  const listed = await coaudit("alert", "list", "--config", configFile);
  expect([listed.exitCode, listed.stdout]).toEqual([
    1,
    expect.stringMatching(/split-view[\s\S]*NOT TOLD YET: on-call/),
  ]);
  const server = new AlertServer();
  await server.start(port);
  ends.push(() => server.stop());
  const node = world.start(A);
  await world.until("the webhook was told", () => server.told.length > 0);
  expect(server.json()[0]).toMatchObject({ kind: "case", state: "firing", namespace: NAMESPACE, node: A });
  const id = String(server.json()[0]?.["case"]);
  await world.until("the API answers", async () => (await node.status()) !== undefined);
  const seen = await coaudit("evidence", "acknowledge", id, "--config", configFile, "--note", "asked the provider");
  expect(seen.exitCode).toBe(0);
  await world.until("its end was told", () =>
    server.json().some(({ state, case: of }) => state === "resolved" && of === id),
  );
  const firing = server.json().filter(({ state, case: of }) => state === "firing" && of === id);
  expect(firing).toHaveLength(1);
  const toldOf = (await cases()).filter(({ state }) => state === "firing").map(({ summary }) => summary);
  expect(toldOf).toHaveLength(1);
});
