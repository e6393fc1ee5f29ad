/** Five auditors agree, are shown two histories, and convict the provider. */
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { coaudit } from "../support/processes.ts";
import { NAMESPACE, recording, World } from "./world.ts";

const NAMES = ["a.example", "b.example", "c.example", "d.example", "e.example"];

let world: World | undefined;
afterEach(() => world?.close());

it("five auditors agree, then two of them are shown another history: one case everywhere, and it convicts the provider", async () => {
  world = await World.open({
    names: NAMES,
    log: await recording(),
    lies: [{ kind: "fork", to: ["d.example", "e.example"] }],
  });
  const nodes = await world.startAll(NAMES);
  const [first] = nodes;
  if (first === undefined) throw new Error("no node");
  const { configFile, rosterFile } = world.member("a.example");
  const quorum = (): ReturnType<typeof coaudit> =>
    coaudit("quorum", "--node", first.url, "--namespace", NAMESPACE, "--min", "4", "--roster", rosterFile);

  // Epochs 1 to 8: everybody signs the same, and a client gets its quorum.
  await world.publishTo(8);
  for (let epoch = 1; epoch <= 8; epoch++) {
    await world.untilHeads(nodes, epoch, NAMES);
    for (const node of nodes) {
      const digests = (await node.heads(NAMESPACE, epoch)).map(({ digest }) => digest);
      expect(digests).toEqual(NAMES.map(() => world?.digest(epoch)));
    }
  }
  expect(await quorum()).toMatchObject({ exitCode: 0 });
  for (const node of nodes) expect(await node.cases()).toEqual([]);
  expect(await coaudit("status", "--config", configFile)).toMatchObject({ exitCode: 0 });

  // From 17 on the provider shows two histories.
  await world.publishTo(20);
  await world.untilHeads(nodes, 20, NAMES);
  for (const node of nodes) {
    await world.until(`${node.name} convicts the provider`, async () => {
      const cases = await node.cases();
      return cases.length === 1 && cases[0]?.class === "split-view";
    });
    const sides = (await node.heads(NAMESPACE, 17)).map(({ auditor, digest }) => [auditor, digest]);
    expect(sides).toEqual(NAMES.map((name) => [name, world?.digest(17, name < "d" ? "main" : "fork")]));
  }
  const [opened] = await first.cases();
  expect(opened).toMatchObject({ subject: { kind: "fork", namespace: NAMESPACE, epoch: 17 }, convicts: "provider" });
  const id = opened?.id ?? "";
  for (const node of nodes) {
    expect((await node.cases()).map((view) => view.id)).toEqual([id]);
    expect(node.logged("a case was opened")).toHaveLength(1);
    expect((await node.status())?.convicted).toEqual([]);
  }

  // The client is refused, with the reason.
  const refused = await quorum();
  expect(refused.exitCode).toBe(3);
  expect(refused.text).toContain("split-view");

  // The case as a file, which anybody checks with the auditors' public keys alone.
  const file = join(world.folder, "case.json");
  expect(await coaudit("evidence", "show", id, "--node", first.url, "--out", file)).toMatchObject({ exitCode: 0 });
  await world.stopProvider();
  const exits = await Promise.all(nodes.map((node) => node.stop()));
  expect(exits).toEqual(nodes.map(() => ({ code: 0, signal: null })));
  const verified = await coaudit("evidence", "verify", file, "--roster", rosterFile, "--fault-bound", "1");
  expect(verified).toMatchObject({ exitCode: 0 });
  expect(verified.text).toContain("split-view");

  // A person has seen it: the case stays, silent.
  const again = world.start("a.example");
  await world.until("a.example answers again", async () => (await again.status()) !== undefined);
  expect((await again.status())?.cases).toEqual({ open: 1, unacknowledged: 1 });
  const note = "asked the provider";
  expect(await coaudit("evidence", "acknowledge", id, "--config", configFile, "--note", note)).toMatchObject({
    exitCode: 0,
  });
  expect((await again.status())?.cases).toEqual({ open: 1, unacknowledged: 0 });
  const list = await coaudit("evidence", "list", "--config", configFile);
  expect(list.text).toContain(id.slice(0, 8));
  expect(again.logged("a case was opened")).toEqual([]);
  expect(again.logged("a case is open and not acknowledged")).toMatchObject([{ case: id, class: "split-view" }]);
});
