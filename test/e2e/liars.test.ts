/** Auditors that sign more than one history: convicted by whoever sees both sides, and nobody else is. */
import { afterEach, expect, it } from "vitest";
import { coaudit, type NodeProcess } from "../support/processes.ts";
import { ScriptedAuditor } from "./scripted-auditor.ts";
import { NAMESPACE, recording, World } from "./world.ts";

const HONEST = ["a.example", "b.example", "c.example"];
/** With a roster of seven two may lie; the last two are never seen. */
const NAMES = [...HONEST, "half.example", "twice.example", "y.example", "z.example"];
const FALSE_DIGEST = "f0".repeat(32);
const OTHER_FALSE_DIGEST = "f1".repeat(32);

let world: World | undefined;
const liars: ScriptedAuditor[] = [];
afterEach(async () => {
  for (const liar of liars.splice(0)) await liar.stop();
  await world?.close();
});

async function comesIn(name: string): Promise<ScriptedAuditor> {
  if (world === undefined) throw new Error("there is no world");
  const liar = await ScriptedAuditor.start(world.member(name));
  liars.push(liar);
  return liar;
}

async function untilConvicted(nodes: readonly NodeProcess[], names: readonly string[]): Promise<void> {
  for (const node of nodes) {
    await world?.until(`${node.name} convicts ${names.join(", ")}`, async () => {
      return (await node.status())?.convicted.join() === names.join();
    });
  }
}

it("an auditor that signs two heads, and one that hands out half heads, are convicted, and the quorum stands without them", async () => {
  world = await World.open({ names: NAMES, log: await recording() });
  const nodes = await world.startAll(HONEST);
  await world.publishTo(8);
  await world.untilHeads(nodes, 8, HONEST);
  const honest = HONEST.map((name) => world?.member(name)).flatMap((member) => member ?? []);
  const [a, b] = honest;
  if (a === undefined || b === undefined) throw new Error("no honest auditor");

  // twice.example tells everybody the truth about epoch 8, and b alone something else.
  const twice = await comesIn("twice.example");
  await twice.handOver(twice.head(8, FALSE_DIGEST), b.peerId);
  for (const member of honest) await twice.dial(member);
  await world.untilHeads([world.node("b.example")], 8, ["twice.example"]);
  await twice.publish(twice.head(8, world.digest(8)));
  await untilConvicted(nodes, ["twice.example"]);

  // half.example signs no whole head: one cosignature to everybody, another one for a's eyes only.
  const half = await comesIn("half.example");
  await half.handOver(half.halfHead(7, FALSE_DIGEST), a.peerId);
  for (const member of honest) await half.dial(member);
  await world.untilHeads([world.node("a.example")], 7, ["half.example"]);
  await half.publish(half.halfHead(7, OTHER_FALSE_DIGEST));
  await untilConvicted(nodes, ["half.example", "twice.example"]);

  // What their false heads looked like before is explained by their convictions.
  for (const node of nodes) {
    await world.until(`${node.name} has a case for each liar and no other`, async () => {
      const convicted = (await node.cases()).map(({ convicts }) => JSON.stringify(convicts)).sort();
      return convicted.join() === '{"auditor":"half.example"},{"auditor":"twice.example"}';
    });
    for (const view of await node.cases()) expect(view.class).toBe("auditor-equivocation");
    expect(await node.status()).toMatchObject({ boundBroken: false });
    expect((await node.namespaceStatus())?.state).toBe("auditing");
  }

  // What the liars say from now on counts for nothing, and the others go on.
  await world.publishTo(9);
  await twice.publish(twice.head(9, world.digest(9)));
  await world.untilHeads(nodes, 9, HONEST);
  for (const { url } of nodes) {
    const { rosterFile } = a;
    const answer = await coaudit(
      ...["quorum", "--node", url, "--namespace", NAMESPACE, "--min", "3", "--roster", rosterFile],
    );
    expect(answer).toMatchObject({ exitCode: 0 });
    const greedy = await coaudit(
      ...["quorum", "--node", url, "--namespace", NAMESPACE, "--min", "4", "--roster", rosterFile],
    );
    expect(greedy).toMatchObject({ exitCode: 1 });
  }
});
