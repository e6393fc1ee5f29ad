import { describe, expect, it } from "vitest";
import { namespaceTopic } from "../../../src/gossip/topics.ts";
import { NAMESPACE } from "../../../src/simulator/actors/histories.ts";
import type { Machine } from "../../../src/simulator/machines/surroundings.ts";
import { messageFrameBytes } from "../../../src/simulator/network/frames.ts";
import { auditorName } from "../../../src/simulator/scenario/entity-names.ts";
import type { WorldMeasures } from "../../../src/simulator/world/measures.ts";
import { falseConvictionsOf } from "../../../src/simulator/world/take-measures.ts";
import {
  auditors,
  CLIENTS,
  type LivedWorld,
  lieTo,
  linesOf,
  live,
  machine,
  type ScenarioChanges,
  scenarioOf,
} from "../small-world.ts";

const LATENCY_MS = 100;
const EPOCHS = 6;
/** Nothing but the way of a message takes time, so that every number can be worked out on paper. */
const ON_PAPER = {
  epochs: EPOCHS,
  network: { latencyMs: LATENCY_MS, headSync: false },
  provider: { publicationDelayMs: 0, latencyMs: 0 },
} as const;

function onPaper(count: number, changes: ScenarioChanges = {}): Promise<LivedWorld> {
  return live({
    ...ON_PAPER,
    auditors: count,
    ...changes,
    network: { ...ON_PAPER.network, ...changes.network },
    provider: { ...ON_PAPER.provider, ...changes.provider },
  });
}

describe("the measures of two auditors of whom one is shown another history from epoch 4 on", () => {
  // f is 0, so that two heads convict. Whoever signs epoch 4 second holds the other's head by then, if that is 100 ms
  // old.
  const world = onPaper(2, { provider: { lies: [lieTo("split", [2], {})] } });
  const signedMs = async (): Promise<readonly [number, number]> => {
    const [first, second] = linesOf((await world).lines, "signed").filter(({ epoch }) => epoch === 4);
    return [(first?.t ?? 0) / 1000, (second?.t ?? 0) / 1000];
  };

  it("are the times from the lie to the second signature, and to its arrival", async () => {
    const [first, second] = await signedMs();
    expect(second - first).toBeGreaterThan(LATENCY_MS);
    expect((await world).world.measures().detection).toEqual({
      observedMs: 300_000 - first,
      firstMs: second - first,
      firstEpochs: 0,
      everyHonestMs: second + LATENCY_MS - first,
      convictionMs: second - first,
      everyConvictionMs: second + LATENCY_MS - first,
      clientMs: null,
    });
  });

  it("are counts of what there was", async () => {
    expect((await world).world.measures()).toMatchObject({
      epochs: EPOCHS,
      nodes: 2,
      cases: 2,
      falseConvictions: 0,
      victimAccepted: 0,
      signedHeads: 2 * EPOCHS,
      headDelayMs: { p50: LATENCY_MS, p99: LATENCY_MS, max: LATENCY_MS },
      quorumAvailability: null,
      virtualMs: 300_000,
    });
  });
});

describe("the messages of an honest world", () => {
  const perNode = async (count: number, changes: ScenarioChanges = {}): Promise<WorldMeasures["perNode"]> =>
    (await onPaper(count, changes)).world.measures().perNode;
  /** Each auditor's heads, and the record of its addresses. */
  const said = EPOCHS + 1;

  it("are each auditor's own where there are two", async () => {
    expect(await perNode(2)).toMatchObject({ messagesSent: said, messagesReceived: said, duplicatesReceived: 0 });
  });

  it("are passed on by both others where there are three, who then have it from each other too", async () => {
    // Two copies from whoever says it, one from each of the others: 3 x 4 copies for 3 nodes. Each of the others gets
    // it twice.
    expect(await perNode(3)).toMatchObject({
      messagesSent: 4 * said,
      messagesReceived: 4 * said,
      duplicatesReceived: 2 * said,
    });
  });

  it("take as many bytes as gossipsub's frames of the heads do", async () => {
    const { world } = await onPaper(2);
    const slot = await machine(world, auditorName(1)).ledger?.statements.headSlot(NAMESPACE, auditorName(1), EPOCHS);
    const headBytes = slot?.[0]?.length ?? 0;
    expect(headBytes).toBeGreaterThan(100);
    const { bytesSent } = world.measures().perNode;
    const oneEpochLess = (await perNode(2, { epochs: EPOCHS - 1 })).bytesSent;
    expect(bytesSent - oneEpochLess).toBe(messageFrameBytes(headBytes, namespaceTopic(NAMESPACE).length));
  });

  it("are none without gossip, and rounds of head sync none without head sync", async () => {
    const silent = await perNode(2, { network: { gossip: "none", headSync: true } });
    expect(silent).toMatchObject({ messagesSent: 0, messagesReceived: 0 });
    expect(silent.syncRounds).toBeGreaterThan(0);
    expect(silent.syncBytes).toBeGreaterThan(0);
    expect(await perNode(2)).toMatchObject({ syncRounds: 0, syncBytes: 0 });
  });
});

describe("detection", () => {
  it("is not there where nobody lied", async () => {
    expect((await onPaper(2)).world.measures()).not.toHaveProperty("detection");
  });

  it("counts whole epochs until the first case", async () => {
    const partitions = [{ fromMs: 100_000, toMs: 200_000, groups: [[auditorName(2)]] }];
    const { world } = await onPaper(2, {
      settleMs: 300_000,
      network: { partitions, headSync: true },
      provider: { lies: [lieTo("split", [2], {})] },
    });
    const { firstMs = null, firstEpochs } = world.measures().detection ?? {};
    expect(firstMs).toBeGreaterThan(60_000);
    expect(firstEpochs).toBe(Math.floor((firstMs ?? 0) / 30_000));
  });

  it("waits for every honest node that is up at the end, and for no other", async () => {
    const lies = [lieTo("split", [2], {})];
    const gone = { kind: "kill", node: auditorName(3), atMs: 100_000, downMs: 900_000 } as const;
    const withoutIt = (await onPaper(3, { provider: { lies }, faults: [gone] })).world.measures().detection;
    expect(withoutIt?.everyHonestMs).not.toBeNull();
    const partitions = [{ fromMs: 100_000, toMs: 900_000, groups: [[auditorName(3)]] }];
    const cutOff = (await onPaper(3, { provider: { lies }, network: { partitions } })).world.measures().detection;
    expect(cutOff?.firstMs).not.toBeNull();
    expect(cutOff).toMatchObject({ everyHonestMs: null, everyConvictionMs: null });
  });

  it("by clients begins with what they are shown", async () => {
    const lies = [lieTo("split", [], { clients: ["client-01"] })];
    const { world, lines } = await onPaper(3, { provider: { lies }, clients: [CLIENTS] });
    const { detection } = world.measures();
    expect(detection).toMatchObject({ firstMs: null, everyHonestMs: null, convictionMs: null });
    const beganMs = (linesOf(lines, "shown")[0]?.t ?? 0) / 1000;
    expect(detection?.observedMs).toBe(300_000 - beganMs);
  });
});

describe("false convictions", () => {
  const found = (subject: object, caseClass: string, changes: Partial<Machine> = {}, state = "open"): string[] => {
    const ledger = { cases: () => [{ subject, class: caseClass, state }] };
    const observer = { place: "here", name: "here", character: "honest", ledger, ...changes };
    const accused = auditors(1, 2).map((name) => ({
      place: name,
      name,
      character: name === auditorName(2) ? "liar" : "honest",
    }));
    const machines = [observer, ...accused] as unknown as Machine[];
    return falseConvictionsOf({ machines, scenario: scenarioOf() });
  };
  const against = (number: number): object => ({ kind: "auditor", auditor: auditorName(number) });
  const fork = { kind: "fork", namespace: NAMESPACE, epoch: 4 };

  it("are those of honest auditors, and of a provider that did not lie, on honest machines", () => {
    expect(found(against(1), "auditor-equivocation")).toEqual([`here: ${auditorName(1)}`]);
    expect(found(fork, "split-view")).toEqual(["here: provider"]);
  });

  it("are not those of liars, nor what liars think, nor what convicts nobody or was explained", () => {
    expect(found(against(2), "auditor-equivocation")).toEqual([]);
    expect(found(against(1), "auditor-equivocation", { character: "liar" })).toEqual([]);
    expect(found(fork, "disagreement")).toEqual([]);
    expect(found(fork, "split-view", {}, "explained")).toEqual([]);
  });
});
