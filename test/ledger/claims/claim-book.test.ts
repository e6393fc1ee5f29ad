import { afterEach, describe, expect, it } from "vitest";
import type { ClaimBook } from "../../../src/ledger/claims/claim-book.ts";
import type { Claim } from "../../../src/ledger/claims/claim-record.ts";
import { claimFor, NAMESPACE, openBook, otherDigest, TemporaryFolders } from "./claim-support.ts";

const folders = new TemporaryFolders();
afterEach(() => folders.removeAll());

/** Runs `test` on a new book, then closes it. */
async function withBook(test: (book: ClaimBook, folder: string) => Promise<void>): Promise<void> {
  const folder = await folders.make();
  const book = await openBook(folder);
  try {
    await test(book, folder);
  } finally {
    await book.close();
  }
}

describe("claiming an epoch", () => {
  it("gives the claim back, then and ever after", () =>
    withBook(async (book, folder) => {
      expect(await book.claim(claimFor(5))).toEqual(claimFor(5));
      expect(await book.get(NAMESPACE, 5)).toEqual(claimFor(5));
      expect(book.newest(NAMESPACE)).toEqual(claimFor(5));
      await book.close();
      const again = await openBook(folder);
      expect(await again.get(NAMESPACE, 5)).toEqual(claimFor(5));
      expect(again.newest(NAMESPACE)).toEqual(claimFor(5));
      expect(again.mark(NAMESPACE)).toBe(5);
      expect(again.namespaces()).toEqual([NAMESPACE]);
      await again.close();
    }));

  it("answers a repeated claim with the stored one: its time, suite, key and late flag win", () =>
    withBook(async (book) => {
      await book.claim(claimFor(5));
      const changed = claimFor(5, { timestampMs: 1, suite: 2, late: true, publicKey: otherDigest });
      expect(await book.claim(changed)).toEqual(claimFor(5));
      await book.claim(claimFor(6, { suite: 2, late: true }));
      expect(await book.claim(claimFor(6))).toEqual(claimFor(6, { suite: 2, late: true }));
      expect(await book.claim(claimFor(5))).toEqual(claimFor(5));
    }));

  it("never claims a second digest for an epoch, and names both", () =>
    withBook(async (book) => {
      await book.claim(claimFor(5));
      await book.claim(claimFor(6));
      for (const epoch of [5, 6]) {
        await expect(book.claim(claimFor(epoch, { digest: otherDigest }))).rejects.toMatchObject({
          code: "CLAIM_CONFLICT",
          metadata: { namespace: NAMESPACE, epoch, askedDigest: Buffer.from(otherDigest).toString("hex") },
        });
        expect(await book.get(NAMESPACE, epoch)).toEqual(claimFor(epoch));
      }
    }));

  it("never claims what it skipped", () =>
    withBook(async (book) => {
      await book.claim(claimFor(5));
      await book.claim(claimFor(9, { late: true }));
      await expect(book.claim(claimFor(7, { timestampMs: claimFor(10).timestampMs }))).rejects.toMatchObject({
        code: "CLAIM_BELOW_MARK",
        metadata: { epoch: 7, mark: 9 },
      });
      await book.claim(claimFor(10));
    }));

  it("claims nothing while the clock is behind the previous claim of the namespace", () =>
    withBook(async (book) => {
      await book.claim(claimFor(5));
      const { timestampMs } = claimFor(5);
      await expect(book.claim(claimFor(6, { timestampMs: timestampMs - 1 }))).rejects.toMatchObject({
        code: "CLAIM_CLOCK_BEHIND",
        metadata: { previousMs: timestampMs, timestampMs: timestampMs - 1 },
      });
      await book.claim(claimFor(6, { timestampMs }));
      await book.claim(claimFor(1, { namespace: "other", origin: "other", timestampMs: 0 }));
    }));

  it("keeps namespace and origin one-to-one, also over a restart", () =>
    withBook(async (book, folder) => {
      await book.claim(claimFor(5));
      await book.claim(claimFor(5, { namespace: "second", origin: "second.example" }));
      await book.close();
      const again = await openBook(folder);
      for (const changes of [{ origin: "third" }, { namespace: "third" }, { origin: "second.example" }]) {
        await expect(again.claim(claimFor(6, changes))).rejects.toMatchObject({ code: "CLAIM_ORIGIN_MISMATCH" });
      }
      // Not even for an epoch that holds this very digest.
      await expect(again.claim(claimFor(5, { origin: "third" }))).rejects.toMatchObject({
        code: "CLAIM_ORIGIN_MISMATCH",
      });
      expect(again.namespaces()).toEqual(["second", NAMESPACE].sort());
      await again.close();
    }));

  it.each<[string, Partial<Claim>, string]>([
    ["epoch 0", { epoch: 0 }, "NUMBER_OUT_OF_RANGE"],
    ["an epoch past 2^53-1", { epoch: 2 ** 53 }, "NUMBER_OUT_OF_RANGE"],
    ["a fractional time", { timestampMs: 1.5 }, "NUMBER_OUT_OF_RANGE"],
    ["a short digest", { digest: new Uint8Array(31) }, "ENCODING_INVALID"],
    ["a long key", { publicKey: new Uint8Array(33) }, "ENCODING_INVALID"],
    ["an empty namespace", { namespace: "" }, "NAME_INVALID"],
    ["an origin with a space", { origin: "a b" }, "NAME_INVALID"],
  ])("refuses %s without harm to the book", (_name, changes, code) =>
    withBook(async (book) => {
      await expect(book.claim(claimFor(5, changes))).rejects.toMatchObject({ code });
      expect(book.namespaces()).toEqual([]);
      await book.claim(claimFor(5));
    }),
  );

  it("accepts the largest numbers and names", () =>
    withBook(async (book) => {
      const largest = claimFor(Number.MAX_SAFE_INTEGER, {
        namespace: "n".repeat(128),
        origin: "~".repeat(128),
        timestampMs: Number.MAX_SAFE_INTEGER,
      });
      await book.claim(largest);
      expect(await book.get(largest.namespace, largest.epoch)).toEqual(largest);
    }));

  it("keeps its own copy of the bytes", () =>
    withBook(async (book) => {
      const claim = claimFor(5);
      const waiting = book.claim(claim);
      claim.digest.fill(0);
      (await waiting).digest.fill(1);
      book.newest(NAMESPACE)?.publicKey.fill(2);
      expect(book.newest(NAMESPACE)).toEqual(claimFor(5));
      expect(await book.get(NAMESPACE, 5)).toEqual(claimFor(5));
    }));
});

describe("two claims at once", () => {
  it("for one epoch and two digests give one promise and one conflict", () =>
    withBook(async (book) => {
      const [first, second] = await Promise.allSettled([
        book.claim(claimFor(5)),
        book.claim(claimFor(5, { digest: otherDigest })),
      ]);
      expect(first).toMatchObject({ status: "fulfilled", value: claimFor(5) });
      expect(second).toMatchObject({ status: "rejected", reason: { code: "CLAIM_CONFLICT" } });
    }));

  it("for one epoch and one digest give the same claim twice", () =>
    withBook(async (book) => {
      const later = claimFor(5, { timestampMs: claimFor(5).timestampMs + 1 });
      expect(await Promise.all([book.claim(claimFor(5)), book.claim(later)])).toEqual([claimFor(5), claimFor(5)]);
    }));

  it("lose none of a hundred, asked for in one go over three namespaces", () =>
    withBook(async (book, folder) => {
      const wanted = Array.from({ length: 100 }, (_, index) => {
        const name = `n${index % 3}`;
        return claimFor(1 + Math.floor(index / 3), { namespace: name, origin: name });
      });
      expect(await Promise.all(wanted.map((claim) => book.claim(claim)))).toEqual(wanted);
      await book.close();
      const again = await openBook(folder);
      for (const claim of wanted) expect(await again.get(claim.namespace, claim.epoch)).toEqual(claim);
      await again.close();
    }));

  it("are both answered when one of them was refused", () =>
    withBook(async (book) => {
      const results = await Promise.allSettled([book.claim(claimFor(0)), book.claim(claimFor(5))]);
      expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
    }));
});

describe("a halted namespace", () => {
  const halt = { reason: "own-key-conflict", detail: "a head that no claim yields", atMs: 42 };

  it("claims nothing new, over restarts, until it is resumed", () =>
    withBook(async (book, folder) => {
      await book.claim(claimFor(5));
      await book.setHalt(NAMESPACE, halt);
      await book.close();

      const again = await openBook(folder);
      expect(again.haltOf(NAMESPACE)).toEqual(halt);
      await expect(again.claim(claimFor(6))).rejects.toMatchObject({
        code: "CLAIM_HALTED",
        metadata: { reason: "own-key-conflict" },
      });
      expect(await again.claim(claimFor(5))).toEqual(claimFor(5));
      await again.claim(claimFor(1, { namespace: "other", origin: "other" }));
      await again.clearHalt(NAMESPACE, { detail: "looked at both", atMs: 43 });
      expect(again.haltOf(NAMESPACE)).toBeUndefined();
      await again.close();

      const third = await openBook(folder);
      expect(third.haltOf(NAMESPACE)).toBeUndefined();
      await third.claim(claimFor(6));
      await third.close();
    }));

  it("stops a claim that was asked for right after the halt", () =>
    withBook(async (book) => {
      const halting = book.setHalt(NAMESPACE, halt);
      await expect(book.claim(claimFor(5))).rejects.toMatchObject({ code: "CLAIM_HALTED" });
      await halting;
    }));

  it("may be halted before its first claim, and again for another reason", () =>
    withBook(async (book, folder) => {
      await book.setHalt("fresh", halt);
      await book.setHalt("fresh", { reason: "chain-mismatch", detail: "", atMs: 50 });
      await book.clearHalt("never-halted", { detail: "", atMs: 1 });
      await book.close();
      const again = await openBook(folder);
      expect(again.haltOf("fresh")).toEqual({ reason: "chain-mismatch", detail: "", atMs: 50 });
      expect(again.namespaces()).toEqual(["fresh"]);
      await again.close();
    }));

  it("is halted also when the detail is longer than a record takes: it is cut between two characters", () =>
    withBook(async (book, folder) => {
      await book.setHalt(NAMESPACE, { ...halt, detail: `a${"\u00e9".repeat(1_000)}` });
      await book.close();
      const again = await openBook(folder);
      expect(again.haltOf(NAMESPACE)?.detail).toBe(`a${"\u00e9".repeat(255)}`);
      await again.close();
    }));
});

describe("the folder of a book", () => {
  it("serves one book at a time", () =>
    withBook(async (_book, folder) => {
      await expect(openBook(folder)).rejects.toMatchObject({ code: "STORE_LOCKED" });
    }));

  it("is refused after close, which may be called twice and lets calls before it finish", () =>
    withBook(async (book) => {
      const claiming = book.claim(claimFor(5));
      await Promise.all([book.close(), book.close()]);
      expect(await claiming).toEqual(claimFor(5));
      await expect(book.claim(claimFor(6))).rejects.toMatchObject({ code: "STORE_CLOSED" });
      await expect(book.get(NAMESPACE, 5)).rejects.toMatchObject({ code: "STORE_CLOSED" });
    }));
});
