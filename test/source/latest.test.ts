import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { searchLatest } from "../../src/source/latest.ts";

/** Searches a log that lists what `isListed` says; counts the questions. */
async function search(
  isListed: (epoch: number) => boolean,
  from: number,
  any?: number,
): Promise<{ found: number | undefined; questions: number }> {
  let questions = 0;
  const found = await searchLatest(
    {
      isListed: async (epoch) => {
        questions++;
        return isListed(epoch);
      },
      anyListed: async () => {
        questions++;
        return any;
      },
    },
    from,
  );
  return { found, questions };
}

describe("The search for the newest epoch", () => {
  it.each([
    { listed: 0, from: 1, most: 2 },
    { listed: 1, from: 1, most: 3 },
    { listed: 10, from: 1, most: 11 },
    { listed: 722_606, from: 1, most: 43 },
    { listed: 722_606, from: 722_606, most: 3 },
    { listed: 722_606, from: 722_605, most: 5 },
    { listed: 722_606, from: 722_000, most: 23 },
    { listed: 722_606, from: 722_607, most: 4 },
    { listed: 722_606, from: 10_000_000, most: 50 },
  ])("among $listed epochs from $from asks at most $most times", async ({ listed, from, most }) => {
    const { found, questions } = await search((epoch) => epoch <= listed, from);
    expect(found).toBe(listed === 0 ? undefined : listed);
    expect(questions).toBeLessThanOrEqual(most);
  });

  it("finds the newest of any log without holes, from anywhere, in O(log n)", async () => {
    const epoch = fc.integer({ min: 1, max: 2 ** 40 });
    await fc.assert(
      fc.asyncProperty(epoch, epoch, async (newest, from) => {
        const { found, questions } = await search((at) => at <= newest, from);
        expect(found).toBe(newest);
        expect(questions).toBeLessThanOrEqual(3 * 41 + 6);
      }),
    );
  });

  it("does not take one withheld epoch for the end", async () => {
    for (const hole of [5, 6, 11, 12, 99]) {
      for (const from of [1, 4, 5, 10, 50]) {
        expect((await search((epoch) => epoch <= 100 && epoch !== hole, from)).found).toBe(100);
      }
    }
  });

  it("begins at any listed epoch when it knows none that is", async () => {
    const { found } = await search((epoch) => epoch >= 600_000 && epoch <= 722_606, 1, 600_000);
    expect(found).toBe(722_606);
  });

  it("ends against a log that lists everything, or every second epoch for ever", async () => {
    expect((await search(() => true, 1)).found).toBe(Number.MAX_SAFE_INTEGER);
    expect((await search((epoch) => epoch % 2 === 1, 1)).questions).toBeLessThanOrEqual(241);
  });
});
