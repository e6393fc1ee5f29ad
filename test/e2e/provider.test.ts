/**
 * A provider that is down, slow, broken or lying: what a node makes of it, and what several nodes make of it together.
 */
import { afterEach, expect, it } from "vitest";
import { coaudit, type NodeProcess } from "../support/processes.ts";
import { NAMESPACE, recording, World } from "./world.ts";

const NAMES = ["a.example", "b.example", "c.example", "d.example"];

let world: World | undefined;
afterEach(() => world?.close());

async function untilBehind(nodes: readonly NodeProcess[], reason: string): Promise<void> {
  for (const node of nodes) {
    await world?.until(`${node.name} is behind (${reason})`, async () => {
      return (await node.namespaceStatus())?.behind?.reason === reason;
    });
  }
}

async function untilHalted(nodes: readonly NodeProcess[], reason: string): Promise<void> {
  for (const node of nodes) {
    await world?.until(`${node.name} is halted (${reason})`, async () => {
      const status = await node.namespaceStatus();
      return status?.state === "halted" && status.halt?.reason === reason;
    });
  }
}

async function untilCase(nodes: readonly NodeProcess[], caseClass: string, epoch: number): Promise<void> {
  for (const node of nodes) {
    await world?.until(`${node.name} has a case of ${caseClass} at ${epoch}`, async () => {
      const cases = await node.cases();
      return cases.some(({ subject, ...view }) => {
        return (
          view.class === caseClass && view.convicts === "provider" && "epoch" in subject && subject.epoch === epoch
        );
      });
    });
  }
}

function expectNoHalt(nodes: readonly NodeProcess[]): void {
  for (const node of nodes) expect(node.log.filter(({ msg }) => msg?.startsWith("halted"))).toEqual([]);
}

it("trouble passes by itself, and what is a fact is said, halts where nothing is right, and convicts the provider", async () => {
  world = await World.open({
    names: NAMES,
    log: await recording(),
    namespaceLines: ["fact-fetches: 3", "fact-span-ms: 0"],
  });
  const nodes = await world.startAll(NAMES);
  await world.publishTo(1);
  await world.untilHeads(nodes, 1, NAMES);

  // Down, with an epoch on the way.
  await world.stopProvider();
  await untilBehind(nodes, "transport");
  await world.startProvider();
  await world.publishTo(2);
  await world.untilHeads(nodes, 2, NAMES);

  // Slow, cut in the middle twice, stale three times over, and wrong twice by a bad copy: all of it passes.
  world.lies.push({ kind: "slow", epoch: 3, delayMs: 300, bytesPerSecond: 20_000 });
  world.lies.push({ kind: "truncate", epoch: 4, times: 2 });
  world.lies.push({ kind: "withhold-listing", epoch: 5, times: 3 });
  world.lies.push({ kind: "invalid-proof", epoch: 6, times: 3 });
  for (const epoch of [3, 4, 5, 6]) {
    await world.publishTo(epoch);
    await world.untilHeads(nodes, epoch, NAMES);
  }
  expectNoHalt(nodes);
  for (const node of nodes) expect(await node.cases()).toEqual([]);

  // A second name listed beside the right one: the right one is signed, the other is observed, and four who saw it
  // cannot all be lying.
  world.lies.push({ kind: "list-both", epoch: 7 });
  await world.publishTo(7);
  await world.untilHeads(nodes, 7, NAMES);
  await untilCase(nodes, "forked-listing", 7);
  expectNoHalt(nodes);

  // A proof that is wrong for good: a fact after three looks. Nobody signs it.
  world.lies.push({ kind: "invalid-proof", epoch: 8 });
  await world.publishTo(8);
  await untilHalted(nodes, "invalid-proof");
  await untilCase(nodes, "invalid-epoch", 8);
  for (const node of nodes) {
    expect(await node.heads(NAMESPACE, 8)).toEqual([]);
    const status = await coaudit("status", "--config", node.configFile);
    expect(status.exitCode).not.toBe(0);
    expect(status.text).toContain("invalid-proof");
  }

  // Put right, and looked at by people, it goes on.
  world.lies.length = 0;
  for (const { configFile } of nodes) {
    const resumed = await coaudit(
      ...["resume", NAMESPACE, "--config", configFile, "--i-have-checked", "the provider replaced a corrupt file"],
    );
    expect(resumed).toMatchObject({ exitCode: 0 });
  }
  await world.publishTo(16);
  await world.untilHeads(nodes, 16, NAMES);

  // Two names, two right proofs, two histories: neither is signed.
  world.lies.push({ kind: "list-both", epoch: 17 });
  await world.publishTo(17);
  await untilHalted(nodes, "conflicting-listing");
  await untilCase(nodes, "forked-listing", 17);
  for (const node of nodes) expect(await node.heads(NAMESPACE, 17)).toEqual([]);
});
