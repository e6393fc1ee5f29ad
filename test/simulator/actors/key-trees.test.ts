import { describe, expect, it } from "vitest";
import { verifyAppendOnlyProof } from "../../../src/akd/verify.ts";
import { toHex, utf8 } from "../../../src/core/bytes.ts";
import { falseKey, keysMadeBy, ownKey } from "../../../src/simulator/actors/key-owners.ts";
import { KeyTrees } from "../../../src/simulator/actors/key-trees.ts";
import { CONFIGURATION } from "../../../src/simulator/ports/proofs.ts";
import type { KeysLie } from "../../../src/simulator/scenario/keys-scenario.ts";
import type { Branch } from "../../../src/simulator/world/trace.ts";

const BOB = "client-02";
const FORK = 5;
const SWAPPED: KeysLie = { kind: "swapped-key", about: BOB, to: ["client-01"], fromEpoch: FORK, ahead: 0 };

function trees(...lies: KeysLie[]): KeyTrees {
  const keys = { contacts: 1, watchEveryMs: 100_000, newKeyEpochs: 3, lies };
  return new KeyTrees({ keys, people: ["client-01", BOB], forkEpoch: FORK });
}

function newest(of: KeyTrees, epoch: number, branch: Branch): { version: number; value: string } {
  const { version = 0, value = new Uint8Array() } =
    of.directory(epoch, branch).versions(utf8(BOB), "shown").at(-1) ?? {};
  return { version, value: toHex(value) };
}

describe("the directories of a world", () => {
  it("publish audit proofs on both histories that the reference verifier accepts, and none that was spoiled", () => {
    const made = trees(SWAPPED);
    for (const branch of ["main", "fork"] as const) {
      for (let epoch = branch === "main" ? 2 : FORK; epoch < 9; epoch++) {
        const from = made.publication(epoch - 1, epoch === FORK ? "main" : branch).current;
        const { current: to, proof } = made.publication(epoch, branch);
        const request = { configuration: CONFIGURATION, epoch, from, to } as const;
        expect(verifyAppendOnlyProof(request, proof).inserted).toBeGreaterThan(0);
        expect(() => verifyAppendOnlyProof(request, made.invalidProof(epoch, branch))).toThrow(
          expect.objectContaining({ code: "PROOF_END_MISMATCH" }),
        );
      }
    }
  });

  it("answer as of their epoch, whatever was published since", () => {
    const made = trees();
    made.publication(12, "main");
    for (let epoch = 1; epoch <= 12; epoch++) {
      const version = keysMadeBy(epoch, 3);
      expect(newest(made, epoch, "main")).toEqual({ version, value: toHex(ownKey(BOB, version)) });
      expect(made.directory(epoch, "main").epoch).toBe(epoch);
      expect(made.directory(epoch, "main").digest).toEqual(made.publication(epoch, "main").current);
    }
  });

  it("show a swapped key on the fork alone, from its epoch on", () => {
    const made = trees(SWAPPED);
    expect(newest(made, FORK, "main").value).toBe(toHex(ownKey(BOB, 2)));
    expect(newest(made, FORK - 1, "fork").value).toBe(toHex(ownKey(BOB, 2)));
    expect(newest(made, FORK, "fork")).toEqual({ version: 3, value: toHex(falseKey(BOB)) });
    expect(made.publication(FORK, "fork").current).not.toEqual(made.publication(FORK, "main").current);
  });

  it("show an inserted version to everybody, then the true key again, and the false one gone where it has a tombstone", () => {
    const inserted = trees({ kind: "inserted-version", about: BOB, fromEpoch: 5, toEpoch: 5 });
    expect(newest(inserted, 5, "main")).toEqual({ version: 3, value: toHex(falseKey(BOB)) });
    expect(newest(inserted, 6, "main")).toEqual({ version: 4, value: toHex(ownKey(BOB, 2)) });
    const tombstoned = trees({ kind: "tombstoned-version", about: BOB, fromEpoch: 5 });
    const values = tombstoned
      .directory(6, "main")
      .versions(utf8(BOB), "shown")
      .map(({ value }) => value.length);
    expect(values).toEqual([32, 32, 0, 32]);
  });
});
