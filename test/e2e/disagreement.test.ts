/** One auditor of five contradicts the others: nobody can tell who lied. Another joins late and learns all of it. */
import { afterEach, expect, it } from "vitest";
import { coaudit } from "../support/processes.ts";
import { NAMESPACE, recording, World } from "./world.ts";

const NAMES = ["a.example", "b.example", "c.example", "d.example", "late.example"];
const EARLY = NAMES.slice(0, 4);

let world: World | undefined;
afterEach(() => world?.close());

it("one of five is shown another history: a lead that convicts nobody, and a late joiner gets every head and the case", async () => {
  world = await World.open({ names: NAMES, log: await recording(), lies: [{ kind: "fork", to: ["d.example"] }] });
  const early = await world.startAll(EARLY);
  await world.publishTo(20);
  await world.untilHeads(early, 20, EARLY);

  // The fifth was away from the beginning. Gossip has nothing for it; head sync brings it everything.
  const late = world.start("late.example");
  const nodes = [...early, late];
  for (let epoch = 1; epoch <= 20; epoch++) await world.untilHeads(nodes, epoch, NAMES);

  // Four against one: a single liar explains it.
  const ids = new Set<string>();
  for (const node of nodes) {
    await world.until(`${node.name} has the case`, async () => (await node.cases()).length > 0);
    const cases = await node.cases();
    expect(cases).toMatchObject([
      { class: "disagreement", convicts: "nobody", subject: { kind: "dissent", namespace: NAMESPACE }, first: 17 },
    ]);
    for (const { id } of cases) ids.add(id);
    expect((await node.status())?.convicted).toEqual([]);
    expect(node.logged("a lead: auditors differ")).toHaveLength(1);
  }
  expect(ids.size).toBe(1);

  // A reader that needs four is still served, by the late joiner too, and is told that something is wrong.
  const { rosterFile } = world.member("a.example");
  for (const { url } of [nodes[0], late].flatMap((node) => node ?? [])) {
    const answer = await coaudit(
      ...["quorum", "--node", url, "--namespace", NAMESPACE, "--min", "4", "--roster", rosterFile],
    );
    expect(answer).toMatchObject({ exitCode: 0 });
    expect(answer.text).toContain("disagreement");
  }
});
