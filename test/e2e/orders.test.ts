/** The same fork learned in different orders, over and over: one case, one name for it, one alert. */
import { afterEach, expect, it } from "vitest";
import { coaudit, type NodeProcess } from "../support/processes.ts";
import { SeededRandom } from "../support/virtual-clock.ts";
import { ScriptedAuditor } from "./scripted-auditor.ts";
import { liveLog, NAMESPACE, World } from "./world.ts";

const NAMES = ["a.example", "b.example", "c.example", "d.example"];
const FORK_AT = 5;
const LAST = FORK_AT + 100;

let world: World | undefined;
let scripted: ScriptedAuditor | undefined;
afterEach(async () => {
  await scripted?.stop();
  await world?.close();
});

it("a hundred epochs of one fork, in whatever order nodes learn of them, are one case with one alert", async () => {
  world = await World.open({
    names: NAMES,
    log: await liveLog({ forkAt: FORK_AT }),
    lies: [{ kind: "fork", to: ["c.example"] }],
  });
  // d is shown the fork too, and signs it honestly. Its heads reach the others in the orders that this test makes up.
  const d = await ScriptedAuditor.start(world.member("d.example"));
  scripted = d;
  const [a, b] = await world.startAll(["a.example", "b.example"]);
  if (a === undefined || b === undefined) throw new Error("two nodes were started");
  const openings: NodeProcess[][] = [[a], [b]];
  await world.publishTo(60);
  await world.untilHeads([a, b], 60, ["a.example", "b.example"]);
  expect(await a.cases()).toEqual([]);

  // Backwards, while b is asleep: d against a alone, forty times, is no case yet.
  b.freeze();
  for (let epoch = 60; epoch > 20; epoch--) await d.publish(d.head(epoch, world.digest(epoch, "fork")));
  await world.untilHeads([a], 21, ["d.example"]);
  expect(a.logged("a case was opened")).toEqual([]);
  expect((await a.cases()).map((view) => view.class)).toContain("disagreement");

  // b wakes up while the provider goes on, and is killed and started again before it has heard everything.
  b.thaw();
  await world.publishTo(80);
  await b.kill();
  const again = world.start("b.example");
  openings[1]?.push(again);

  // c comes late, catches up on the other history from the beginning, and is frozen on the way.
  const c = world.start("c.example");
  openings.push([c]);
  await world.untilSigning(c);
  c.freeze();
  await world.publishTo(LAST);
  await world.untilHeads([a, again], LAST, ["a.example", "b.example"]);
  c.thaw();

  // The rest of d's heads, shuffled.
  const rest = Array.from({ length: LAST }, (_, index) => index + 1).filter((epoch) => epoch <= 20 || epoch > 60);
  for (const epoch of shuffled(rest)) {
    await d.publish(d.head(epoch, world.digest(epoch, epoch < FORK_AT ? "main" : "fork")));
  }

  const nodes = [a, again, c];
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
  for (const lives of openings) {
    // A life that was killed between the case on disk and the line in its log leaves it to the next one to say.
    const said = lives.flatMap((life) => life.logged("a case was opened"));
    const reminded = lives.flatMap((life) => life.logged("a case is open and not acknowledged"));
    expect(said.length).toBeLessThanOrEqual(1);
    expect(said.length + reminded.length).toBeGreaterThanOrEqual(1);
    expect(reminded.length).toBeLessThanOrEqual(lives.length - 1);
    expect(lives.flatMap((life) => life.logged("a case has changed class"))).toEqual([]);
  }

  // The name in the first alert still leads somewhere.
  const alert = a.logged("a case was opened")[0] as { case: string };
  const shown = await coaudit("evidence", "show", alert.case, "--node", a.url);
  expect(shown).toMatchObject({ exitCode: 0 });
  expect(shown.text).toContain("split-view");
});

function shuffled(epochs: readonly number[]): number[] {
  const random = new SeededRandom(5);
  const rank = new Map(epochs.map((epoch) => [epoch, random.bytes(1)[0] ?? 0]));
  return [...epochs].sort((x, y) => (rank.get(x) ?? 0) - (rank.get(y) ?? 0));
}
