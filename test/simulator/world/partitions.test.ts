import { describe, expect, it } from "vitest";
import { auditorName } from "../../../src/simulator/scenario/entity-names.ts";
import { auditors, convictions, headsOf, lieTo, linesOf, live } from "../small-world.ts";

const CUT_OFF = auditors(4, 5);
const SPAN = { fromMs: 100_000, toMs: 300_000 };

describe("a partition during a split", () => {
  const world = live({
    settleMs: 180_000,
    provider: { lies: [lieTo("split", [4, 5], {})] },
    network: { partitions: [{ ...SPAN, groups: [CUT_OFF] }] },
  });

  it("is in the trace when it begins and when it ends", async () => {
    const { lines } = await world;
    expect(linesOf(lines, "partition")).toEqual([{ t: SPAN.fromMs * 1000, what: "partition", groups: [CUT_OFF] }]);
    expect(linesOf(lines, "healed")).toEqual([{ t: SPAN.toMs * 1000, what: "healed", groups: [CUT_OFF] }]);
  });

  it("lets nothing through while it lasts, and what is inside goes on", async () => {
    const { lines } = await world;
    const meanwhile = linesOf(lines, "head").filter(({ t }) => t > 101e6 && t < SPAN.toMs * 1000);
    const crossed = meanwhile.filter(({ who, of }) => CUT_OFF.includes(who) !== CUT_OFF.includes(of));
    expect(meanwhile.length).toBeGreaterThan(20);
    expect(crossed).toEqual([]);
    expect(linesOf(lines, "case").filter(({ t }) => t < SPAN.toMs * 1000)).toEqual([]);
  });

  it("ends with equal ledgers, and everybody convicts", async () => {
    const { world: lived, lines } = await world;
    const [first, ...others] = await Promise.all(lived.machines.map((one) => headsOf(one)));
    expect(first).toHaveLength(50);
    for (const other of others) expect(other).toEqual(first);
    for (const place of auditors(1, 2, 3, 4, 5)) expect(convictions(lines)[place]).toEqual(["split-view fork"]);
    expect(lived.measures().detection?.firstMs).toBeGreaterThan(SPAN.toMs - 5 * 30_000);
  });

  it("keeps what it hid for good where it never ends", async () => {
    const { world: lived, lines } = await live({
      provider: { lies: [lieTo("split", [4, 5], {})] },
      network: { partitions: [{ fromMs: 0, toMs: 900_000, groups: [CUT_OFF] }] },
    });
    expect(linesOf(lines, "case")).toEqual([]);
    expect(lived.measures().detection).toMatchObject({ firstMs: null, everyHonestMs: null });
    expect(lived.machineAt(auditorName(1))?.isUp).toBe(true);
  });
});
