/** The device itself: a storage that fails, and a clock that is wrong. The alarm comes first. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { memoryTrust, type TrustStorage, webStorageTrust } from "../../src/client/trust-state.ts";
import { toHex } from "../../src/core/bytes.ts";
import type { Clock } from "../../src/core/clock.ts";
import { systemClock } from "../../src/platform/system.ts";
import { digestOf, NAMESPACE } from "../support/auditors.ts";
import { AUDITORS, certificateOf, client, headsOf, Liars, NOW_MS } from "./lying-nodes.ts";

let liars: Liars;
beforeEach(() => {
  liars = new Liars();
});
afterEach(() => liars.close());

const honest = certificateOf(headsOf([0, 1, 2, 3]));
const shown = toHex(digestOf(1, 17));
const wrong = toHex(digestOf(2, 17));

const fail = (): never => {
  throw new DOMException("The quota has been exceeded.", "QuotaExceededError");
};
const never = (): Promise<never> => new Promise(() => undefined);

describe("a storage that", () => {
  it.each<[string, TrustStorage]>([
    ["is full", webStorageTrust({ getItem: () => null, setItem: fail })],
    ["rejects what is written", { read: async () => undefined, write: async () => fail() }],
    ["never ends to write", { read: async () => undefined, write: never }],
  ])("%s hides no wrong digest, and is told", async (_what, trustState) => {
    const reader = client([await liars.certificate(honest)], { trustState });
    const found = await reader.check(NAMESPACE, 17, wrong);
    expect(found).toMatchObject({ result: "wrong-digest", notStored: expect.stringContaining("trust state") });
    expect(found.details.map(({ id }) => id)).toContain("not-stored");
    expect(await reader.check(NAMESPACE, 17, shown)).toMatchObject({
      result: "satisfied",
      notStored: expect.any(String),
    });
  });

  it.each<[string, TrustStorage]>([
    ["may not be read", webStorageTrust({ getItem: fail, setItem: fail })],
    ["never ends to read", { read: never, write: never }],
    ["is damaged", { read: async () => "{", write: async () => undefined }],
  ])("%s hides no wrong digest and no conflict, and is an error for everything else", async (_what, trustState) => {
    const reader = client([await liars.certificate(honest)], { trustState });
    expect(await reader.check(NAMESPACE, 17, wrong)).toMatchObject({
      result: "wrong-digest",
      notStored: expect.any(String),
    });
    await expect(reader.check(NAMESPACE, 17, shown)).rejects.toMatchObject({ code: "TRUST_STATE_INVALID" });
    const [one, other] = [certificateOf(headsOf([0, 1, 2])), certificateOf(headsOf([3, 4], 17, 2))];
    const nodes = [await liars.certificate(one), await liars.certificate(other)];
    expect(await client(nodes, { trustState }).latest(NAMESPACE)).toMatchObject({ result: "conflict" });
  });
});

describe("a clock that is", () => {
  const at = (nowMs: number): Clock => ({ ...systemClock, now: () => nowMs });
  const hour = 3_600_000;

  it("slow leaves a wrong digest wrong, and a right one right", async () => {
    const reader = client([await liars.holding(honest)], {}, at(NOW_MS - hour));
    const clockInDoubt = { behindMs: expect.any(Number), advice: expect.stringContaining("minutes slow") };
    expect(await reader.check(NAMESPACE, 17, wrong)).toMatchObject({ result: "wrong-digest", clockInDoubt });
    expect(await reader.check(NAMESPACE, 17, shown)).toMatchObject({ result: "satisfied", clockInDoubt });
  });

  it("slow accepts no newest head, and says by how much it is slow at least", async () => {
    const reader = client([await liars.certificate(honest)], {}, at(NOW_MS - hour));
    const found = await reader.latest(NAMESPACE);
    expect(found).toMatchObject({ result: "not-enough", messageId: "clock-behind" });
    // The heads are a minute old, less the 17 seconds of their epoch.
    expect(found.clockInDoubt?.behindMs).toBe(hour - 60_000 + 17_000);
    expect(found.explanation).toContain("set it");
  });

  it("slow does not make an epoch that too few signed one that is not audited yet", async () => {
    const few = certificateOf(headsOf([0], 15));
    for (const clock of [at(NOW_MS - hour), at(NOW_MS + 365 * 24 * hour)]) {
      const reader = client([await liars.holding(few, honest)], {}, clock);
      expect(await reader.at(NAMESPACE, 15)).toMatchObject({ result: "not-enough" });
    }
  });

  it("slow is not proven by as many auditors as may lie, nor by forged signatures", async () => {
    const ahead = [AUDITORS[0]!.head(17, digestOf(1, 17), NOW_MS + hour), ...headsOf([1, 2, 3])];
    const found = await client([await liars.certificate(certificateOf(ahead))]).latest(NAMESPACE);
    expect(found).toMatchObject({ result: "not-enough", missing: [{ flaw: "future" }, {}] });
    expect(found.clockInDoubt).toBeUndefined();
    const forged = {
      ...honest,
      signatures: honest.signatures.map((one) => ({ ...one, timestampMs: NOW_MS + hour })),
    };
    const lied = await client([await liars.certificate(forged)]).latest(NAMESPACE);
    expect(lied).toMatchObject({ result: "not-enough", missing: [{ flaw: "forged" }, {}, {}, {}, {}] });
    expect(lied.clockInDoubt).toBeUndefined();
  });

  it("fast is never proven: what is old stays old", async () => {
    const reader = client([await liars.certificate(honest)], {}, at(NOW_MS + 30 * 24 * hour));
    const found = await reader.latest(NAMESPACE);
    expect(found).toMatchObject({ result: "stale", reason: "too-old" });
    expect(found.clockInDoubt).toBeUndefined();
  });

  it("wrong for what is accepted turns no refusal into an acceptance", async () => {
    const trustState = memoryTrust();
    const reader = client(
      [await liars.holding(certificateOf(headsOf([0], 15)), honest)],
      { trustState },
      at(NOW_MS - hour),
    );
    await reader.at(NAMESPACE, 15);
    expect(await trustState.read()).toBeUndefined();
  });
});
