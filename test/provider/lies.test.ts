import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { verifyAppendOnlyProof } from "../../src/akd/verify.ts";
import { fromHex } from "../../src/core/bytes.ts";
import { delivery, type Lie, listed, shown, withFlippedBit } from "../../src/provider/lies.ts";
import type { PublishedEpoch } from "../../src/provider/log.ts";
import { MAIN, namesIn } from "../source/fixtures.ts";

const digest = (digit: string): string => digit.repeat(64);
const before: PublishedEpoch = { main: { epoch: 5, previous: digest("1"), current: digest("2") } };
const parted: PublishedEpoch = {
  main: { epoch: 6, previous: digest("2"), current: digest("3") },
  fork: { epoch: 6, previous: digest("2"), current: digest("4") },
};
const asks = (auditor: string, epoch: number, askedBefore = 0) => ({ auditor, epoch, askedBefore });
const currents = (lies: readonly Lie[], request: ReturnType<typeof asks>, published: PublishedEpoch): string[] =>
  listed(lies, request, published).map(({ key }) => key.current);

describe("Without lies", () => {
  it("everybody is shown the main branch, whole and at once", () => {
    expect(listed([], asks("alice", 6), parted)).toEqual([{ key: parted.main, branch: "main" }]);
    expect(delivery([], asks("alice", 6))).toEqual({
      delayMs: 0,
      bytesPerSecond: Number.POSITIVE_INFINITY,
      cutInTheMiddle: false,
      flipABit: false,
    });
  });
});

describe("A fork", () => {
  const lies: Lie[] = [{ kind: "fork", to: ["bob"] }];
  it("is shown from where the histories part, to those it is meant for", () => {
    expect(currents(lies, asks("bob", 5), before)).toEqual([digest("2")]);
    expect(currents(lies, asks("bob", 6), parted)).toEqual([digest("4")]);
    expect(currents(lies, asks("alice", 6), parted)).toEqual([digest("3")]);
  });
});

describe("Two keys for an epoch", () => {
  const lies: Lie[] = [{ kind: "list-both", epoch: 6 }];
  it("are those of both branches", () => {
    expect(currents(lies, asks("alice", 6), parted)).toEqual([digest("3"), digest("4")]);
  });

  it("are a true and a made up one where there is one branch", () => {
    const single = { main: parted.main };
    const both = listed(lies, asks("alice", 6), single);
    expect(both.map(({ branch }) => branch)).toEqual(["main", "main"]);
    expect(both[1]?.key).toEqual({ ...parted.main, current: `${"3".repeat(63)}2` });
    expect(shown(lies, asks("alice", 6), single)).toEqual(both);
  });

  it("are listed for that epoch alone", () => {
    expect(currents(lies, asks("alice", 5), before)).toEqual([digest("2")]);
  });
});

describe("A listing that is withheld", () => {
  it("is empty, though the blob can be had by those who know its name", () => {
    const lies: Lie[] = [{ kind: "withhold-listing", epoch: 6 }];
    expect(listed(lies, asks("alice", 6), parted)).toEqual([]);
    expect(shown(lies, asks("alice", 6), parted)).toHaveLength(1);
  });

  it("a few times only is right then", () => {
    const lies: Lie[] = [{ kind: "withhold-listing", times: 2 }];
    const counts = [0, 1, 2, 3].map((askedBefore) => listed(lies, asks("alice", 6, askedBefore), parted).length);
    expect(counts).toEqual([0, 0, 1, 1]);
  });
});

describe("What becomes of a blob", () => {
  it("is decided by auditor, epoch and how often it was asked for", () => {
    const lies: Lie[] = [
      { kind: "withhold", epoch: 1 },
      { kind: "truncate", epoch: 2, to: ["bob"] },
      { kind: "invalid-proof", epoch: 3, times: 1 },
    ];
    expect(delivery(lies, asks("alice", 1))).toBeUndefined();
    expect(delivery(lies, asks("alice", 2))?.cutInTheMiddle).toBe(false);
    expect(delivery(lies, asks("bob", 2))?.cutInTheMiddle).toBe(true);
    expect(delivery(lies, asks("bob", 3, 0))?.flipABit).toBe(true);
    expect(delivery(lies, asks("bob", 3, 1))?.flipABit).toBe(false);
  });

  it("is the slowest that any lie asks for", () => {
    const lies: Lie[] = [
      { kind: "slow", delayMs: 10, bytesPerSecond: 500 },
      { kind: "slow", delayMs: 20 },
      { kind: "slow", bytesPerSecond: 100, to: ["bob"] },
    ];
    expect(delivery(lies, asks("alice", 1))).toMatchObject({ delayMs: 20, bytesPerSecond: 500 });
    expect(delivery(lies, asks("bob", 1))).toMatchObject({ delayMs: 20, bytesPerSecond: 100 });
  });
});

describe("An invalid proof", () => {
  it("decodes and begins rightly, but does not lead to the digest that is claimed", async () => {
    for (const epoch of [1, 2, 24]) {
      const name = (await namesIn(MAIN)).get(epoch) ?? "";
      const blob = new Uint8Array(await readFile(join(MAIN, "audits", name)));
      const [, from = "", to = ""] = name.split("/");
      const request = { configuration: "whatsapp_v1", epoch, from: fromHex(from), to: fromHex(to) } as const;
      expect(() => verifyAppendOnlyProof(request, blob)).not.toThrow();
      const wrong = withFlippedBit(blob);
      expect(() => verifyAppendOnlyProof(request, wrong)).toThrowError(
        expect.objectContaining({ code: "PROOF_END_MISMATCH" }),
      );
      expect(withFlippedBit(wrong)).toEqual(blob);
    }
  });

  it("can be made of any bytes", () => {
    expect(withFlippedBit(new Uint8Array())).toEqual(new Uint8Array());
    expect(withFlippedBit(Uint8Array.of(0x0a))).toEqual(Uint8Array.of(0x0b));
    expect(withFlippedBit(Uint8Array.of(0x0a, 0x7f, 1))).toEqual(Uint8Array.of(0x0a, 0x7f, 0));
  });
});
