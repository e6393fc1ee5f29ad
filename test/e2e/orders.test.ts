/** The same fork learned in different orders, over and over: one case, one name for it, one alert. */
import { afterEach, expect, it } from "vitest";
import { liveLog, NAMESPACE, World } from "./world.ts";

const NAMES = ["a.example", "b.example", "c.example", "d.example"];
const FORK_AT = 5;
const LAST = FORK_AT + 100;

let world: World | undefined;
afterEach(() => world?.close());

it("a hundred epochs of one fork, in whatever order nodes learn of them, are one case with one alert", async () => {
  world = await World.open({
    names: NAMES,
    log: liveLog({ forkAt: FORK_AT }),
    lies: [{ kind: "fork", to: ["c.example", "d.example"] }],
  });
  const [a, b, c] = await world.startAll(NAMES.slice(0, 3));
  if (a === undefined || b === undefined || c === undefined) throw new Error("three nodes were started");

  // c, on the other side, is frozen while the histories part: a and b go on without it.
  await world.publishTo(FORK_AT - 1);
  await world.untilHeads([a, b, c], FORK_AT - 1, ["a.example", "b.example", "c.example"]);
  c.freeze();
  await world.publishTo(20);
  await world.untilHeads([a, b], 20, ["a.example", "b.example"]);
  expect(await a.cases()).toEqual([]);

  // c wakes up with the newest epochs at the door, and b sleeps through that.
  b.freeze();
  await world.publishTo(40);
  c.thaw();
  await world.untilHeads([a, c], 40, ["a.example", "c.example"]);
  b.thaw();

  // d was never there; it learns it all backwards, from the newest epochs and from head sync.
  await world.publishTo(60);
  const d = world.start("d.example");
  await world.untilSigning(d);
  a.freeze();
  await world.publishTo(80);
  await world.untilHeads([d], 80, ["b.example", "c.example", "d.example"]);
  a.thaw();

  // b loses its memory of the day: killed, and started again on its own disk.
  await b.kill();
  await world.publishTo(LAST);
  const again = world.start("b.example");
  const nodes = [a, again, c, d];
  await world.untilHeads(nodes, LAST, NAMES);
  for (let epoch = 1; epoch <= LAST; epoch++) await world.untilHeads(nodes, epoch, NAMES);

  const ids = new Set<string>();
  for (const node of nodes) {
    await world.until(
      `${node.name} convicts the provider`,
      async () => (await node.cases())[0]?.class === "split-view",
    );
    const cases = await node.cases();
    expect(cases).toMatchObject([{ subject: { kind: "fork", namespace: NAMESPACE, epoch: FORK_AT }, state: "open" }]);
    for (const { id } of cases) ids.add(id);
  }
  expect(ids.size).toBe(1);
  for (const node of [a, c, d]) expect(node.logged("a case was opened")).toHaveLength(1);
  expect(b.logged("a case was opened").length + again.logged("a case was opened").length).toBe(1);
  // From the lead of the first contradiction to the conviction, once.
  for (const node of [a, c, d]) expect(node.logged("a case changed its class").length).toBeLessThanOrEqual(1);
});
