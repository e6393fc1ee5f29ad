import { describe, expect, it } from "vitest";
import { auditorName } from "../../../src/simulator/scenario/entity-names.ts";
import type { ProviderLie } from "../../../src/simulator/scenario/scenario.ts";
import {
  auditors,
  convictions,
  headsOf,
  type LivedWorld,
  lieTo,
  linesOf,
  live,
  machine,
  signedBy,
  verdicts,
} from "../small-world.ts";

/** Past the ten minutes after which what a source says is a fact. */
const FACT_MS = 900_000;
const EVERYBODY = auditors(1, 2, 3, 4, 5);
const MAIN = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"];

function lied(lie: ProviderLie, settleMs = 90_000): Promise<LivedWorld> {
  return live({ provider: { lies: [lie] }, settleMs });
}

function shownTo({ lines }: LivedWorld): string[] {
  return [...new Set(linesOf(lines, "shown").map(({ who, epoch }) => `${who} ${epoch}`))].sort();
}

function everybodySays(verdict: string): Record<string, string[]> {
  return Object.fromEntries(EVERYBODY.map((place) => [place, [verdict]]));
}

describe("a provider that shows two auditors of five another history", () => {
  const split = lied(lieTo("split", [4, 5], {}));

  it("is convicted by everybody, in one case", async () => {
    const { lines } = await split;
    expect(convictions(lines)).toEqual(everybodySays("split-view fork"));
    const convicting = linesOf(lines, "case").filter(({ about }) => about === "fork");
    expect(new Set(convicting.map(({ id }) => id)).size).toBe(1);
  });

  it("shows it to them from the first epoch of the lie on, and to nobody else", async () => {
    expect(new Set(shownTo(await split).map((shown) => shown.split(" ")[0]))).toEqual(new Set(auditors(4, 5)));
    expect(shownTo(await split)).toContain("auditor-05.example 4");
    expect(shownTo(await split)).not.toContain("auditor-05.example 3");
  });

  it("gets signatures under each history, for its auditors stay honest", async () => {
    const { lines } = await split;
    expect(signedBy(lines, auditorName(3))).toEqual(MAIN);
    expect(signedBy(lines, auditorName(4))).toEqual(["1", "2", "3", ...MAIN.slice(3).map((epoch) => `${epoch} fork`)]);
  });

  it("leaves everybody with the same heads", async () => {
    const { world } = await split;
    const [first, ...others] = await Promise.all(world.machines.map((one) => headsOf(one)));
    expect(first).toHaveLength(50);
    for (const other of others) expect(other).toEqual(first);
  });
});

describe("a provider that shows one auditor of five another history", () => {
  it("is noticed by everybody and convicted by nobody: that auditor alone may be the liar", async () => {
    const { world, lines } = await lied(lieTo("split", [5], {}));
    expect(verdicts(lines)).toEqual(everybodySays("disagreement dissent"));
    expect(world.measures().detection).toMatchObject({ convictionMs: null, everyConvictionMs: null });
  });
});

describe("a provider that heals", () => {
  it("is convicted all the same where auditors signed what it showed, and they can't go on", async () => {
    const { lines } = await lied(lieTo("split", [4, 5], { toEpoch: 5 }));
    expect(convictions(lines)).toEqual(everybodySays("split-view fork"));
    expect(signedBy(lines, auditorName(4))).toEqual(["1", "2", "3", "4 fork", "5 fork"]);
  });
});

describe("a provider whose other history is there for the first seconds of an epoch", () => {
  it("shows it to whoever asks early, and parts the auditors by when they ask", async () => {
    const world = await lied(lieTo("split-by-time", [1, 2, 3, 4, 5], { windowMs: 4_000, toEpoch: 4 }));
    const early = shownTo(world).map((shown) => shown.split(" ")[0]);
    expect(early.length).toBeGreaterThan(0);
    expect(early.length).toBeLessThan(5);
    for (const place of EVERYBODY) {
      expect(signedBy(world.lines, place)).toContain(early.includes(place) ? "4 fork" : "4");
    }
  });

  it("shows it to nobody when the window is too short for anybody", async () => {
    const world = await lied(lieTo("split-by-time", [1, 2, 3, 4, 5], { windowMs: 0 }));
    expect(shownTo(world)).toEqual([]);
  });
});

describe("a provider that rewinds its log", () => {
  it("delays whom it does it to, and gives nobody evidence", async () => {
    const { lines } = await lied(lieTo("rewind", [5], { epochs: 2, fromEpoch: 5, toEpoch: 7 }));
    const signedMs = (place: string, epoch: number): number =>
      (linesOf(lines, "signed").find((line) => line.who === place && line.epoch === epoch)?.t ?? 0) / 1000;
    // Epoch 5 is listed to it only when epoch 7 is there; the others sign it within one poll, delay and download.
    expect(signedMs(auditorName(5), 5)).toBeGreaterThan(7 * 30_000);
    expect(signedMs(auditorName(4), 5)).toBeLessThan(6 * 30_000);
    expect(signedBy(lines, auditorName(5))).toEqual(MAIN);
    expect(verdicts(lines)).toEqual({});
  });
});

describe.each(["symbolic", "real"] as const)(
  "a provider that publishes a wrong proof, with %s cryptography",
  (crypto) => {
    const world = live({
      crypto,
      settleMs: FACT_MS,
      provider: { lies: [lieTo("invalid-proof", [2, 3, 4, 5], { toEpoch: 4 })] },
    });

    it("is convicted once more than f auditors saw it for ten minutes", async () => {
      const { lines } = await world;
      expect(verdicts(lines)).toEqual(everybodySays("invalid-epoch proof"));
      const [opened] = linesOf(lines, "case");
      expect(opened?.t).toBeGreaterThan((4 * 30_000 + 600_000) * 1000);
    });

    it("is not, where more auditors than may lie signed both ends of the blob: a right proof exists", async () => {
      const lies = [lieTo("invalid-proof", [3, 4, 5], { toEpoch: 4 })];
      const { lines, world: lived } = await live({ crypto, settleMs: FACT_MS, provider: { lies } });
      expect(verdicts(lines)).toEqual(everybodySays("disagreement proof"));
      expect(lived.measures().detection).toMatchObject({ convictionMs: null });
    });

    it("gets no signature of them, and halts them", async () => {
      const { lines } = await world;
      for (const place of auditors(2, 3, 4, 5)) expect(signedBy(lines, place)).toEqual(["1", "2", "3"]);
      expect(signedBy(lines, auditorName(1))).toEqual(MAIN);
    });

    it("is measured from the first wrong proof that went out", async () => {
      const { world: lived } = await world;
      const { detection } = lived.measures();
      expect(detection?.firstMs).toBeGreaterThan(600_000);
      expect(detection?.convictionMs).toBe(detection?.firstMs);
    });
  },
);

describe("a provider that withholds an epoch from an auditor", () => {
  it("stops that one, whose silence accuses nobody", async () => {
    const { lines, world } = await lied(lieTo("withhold", [5], { toEpoch: 4 }), FACT_MS);
    expect(signedBy(lines, auditorName(5))).toEqual(["1", "2", "3"]);
    expect(signedBy(lines, auditorName(1))).toEqual(MAIN);
    expect(verdicts(lines)).toEqual({});
    expect(machine(world, auditorName(5)).isUp).toBe(true);
  });
});

describe("a slow provider", () => {
  it("delays each answer by what it is slow, and accuses nobody", async () => {
    const delayMs = 12_000;
    const { lines } = await lied(lieTo("slow", [5], { delayMs, toEpoch: 6 }));
    const signedUs = linesOf(lines, "signed").find(({ who, epoch }) => who === auditorName(5) && epoch === 4)?.t ?? 0;
    // The blob; the listing may have been asked for before.
    expect(signedUs).toBeGreaterThan((4 * 30_000 + delayMs) * 1000);
    expect(signedBy(lines, auditorName(5))).toEqual(MAIN);
    expect(verdicts(lines)).toEqual({});
  });
});

describe("a provider that lists two blobs for one epoch", () => {
  it("halts whoever sees it, and is convicted once more than f auditors did", async () => {
    const seenBy = (numbers: readonly number[]): Promise<LivedWorld> =>
      lied(lieTo("list-both", numbers, { toEpoch: 4 }), FACT_MS);
    const { lines } = await seenBy([5]);
    expect(signedBy(lines, auditorName(5))).toEqual(["1", "2", "3"]);
    expect(linesOf(lines, "halted")).toEqual([
      expect.objectContaining({ who: auditorName(5), reason: "conflicting-listing" }),
    ]);
    expect(verdicts(lines)).toEqual({});
    expect(verdicts((await seenBy([4, 5])).lines)).toEqual(everybodySays("forked-listing listing"));
  });
});
