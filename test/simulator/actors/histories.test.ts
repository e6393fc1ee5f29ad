import { describe, expect, it } from "vitest";
import { type ProofRequest, verifyAppendOnlyProof } from "../../../src/akd/verify.ts";
import { compareBytes, toHex } from "../../../src/core/bytes.ts";
import { Histories } from "../../../src/simulator/actors/histories.ts";
import { CONFIGURATION } from "../../../src/simulator/ports/proofs.ts";
import type { Branch } from "../../../src/simulator/world/trace.ts";

const FORK_EPOCH = 4;
const EPOCHS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
const BRANCHES = ["main", "fork"] as const;

function histories(crypto: "symbolic" | "real", forkEpoch = FORK_EPOCH): Histories {
  return new Histories({ forkEpoch, crypto });
}

function step(of: Histories, epoch: number, branch: Branch): ProofRequest {
  return {
    configuration: CONFIGURATION,
    epoch,
    from: of.digest(epoch - 1, branch),
    to: of.digest(epoch, branch),
  };
}

describe.each(["symbolic", "real"] as const)("%s histories", (crypto) => {
  it("are one below the fork and two from it on", () => {
    const both = histories(crypto);
    const same = EPOCHS.filter((epoch) => toHex(both.digest(epoch, "main")) === toHex(both.digest(epoch, "fork")));
    expect(same).toEqual([1, 2, 3]);
  });

  it("know the branch of every digest of theirs, whoever asks first", () => {
    const both = histories(crypto);
    const other = histories(crypto);
    expect(other.branchOf(9, both.digest(9, "fork"))).toBe("fork");
    expect(other.branchOf(9, both.digest(9, "main"))).toBe("main");
    expect(other.branchOf(2, both.digest(2, "fork"))).toBe("main");
  });

  it("are the same in every world, whatever is asked of them first", () => {
    const upwards = histories(crypto);
    const downwards = histories(crypto);
    downwards.digest(12, "fork");
    for (const branch of BRANCHES) {
      for (const epoch of EPOCHS) {
        expect(downwards.digest(epoch, branch)).toEqual(upwards.digest(epoch, branch));
        expect(downwards.proof(epoch, branch)).toEqual(upwards.proof(epoch, branch));
      }
    }
  });

  it("may part with the first epoch", () => {
    const both = histories(crypto, 1);
    expect(both.digest(0, "fork")).toEqual(both.digest(0, "main"));
    expect(both.digest(1, "fork")).not.toEqual(both.digest(1, "main"));
    expect(both.proof(2, "fork")).not.toEqual(both.proof(2, "main"));
  });

  it("never part where nobody lies", () => {
    const one = histories(crypto, Number.POSITIVE_INFINITY);
    expect(one.digest(12, "fork")).toEqual(one.digest(12, "main"));
  });
});

describe("real histories", () => {
  it.each(BRANCHES)("have proofs that production's verifier accepts, on branch %s", (branch) => {
    const real = histories("real");
    for (const epoch of EPOCHS) {
      expect(verifyAppendOnlyProof(step(real, epoch, branch), real.proof(epoch, branch)).inserted).toBe(2);
    }
  });

  it("have a proof of one branch that does not prove the other", () => {
    const real = histories("real");
    expect(() => verifyAppendOnlyProof(step(real, 4, "main"), real.proof(4, "fork"))).toThrow(
      expect.objectContaining({ code: "PROOF_END_MISMATCH" }),
    );
    expect(() => verifyAppendOnlyProof(step(real, 5, "main"), real.proof(5, "fork"))).toThrow(
      expect.objectContaining({ code: "PROOF_START_MISMATCH" }),
    );
  });

  it.each(BRANCHES)("have invalid proofs that start right and lead elsewhere, on branch %s", (branch) => {
    const real = histories("real");
    for (const epoch of EPOCHS) {
      const invalid = real.invalidProof(epoch, branch);
      expect(invalid.length).toBe(real.proof(epoch, branch).length);
      expect(() => verifyAppendOnlyProof(step(real, epoch, branch), invalid)).toThrow(
        expect.objectContaining({ code: "PROOF_END_MISMATCH" }),
      );
    }
  });

  it("sort a fork's digest against the main one as the symbolic ones do, since traces depend on it", () => {
    const isForkFirst = (of: Histories): boolean[] =>
      EPOCHS.map((epoch) => compareBytes(of.digest(epoch, "fork"), of.digest(epoch, "main")) < 0);
    const expected = isForkFirst(histories("symbolic"));
    expect(new Set(expected).size).toBe(2);
    expect(isForkFirst(histories("real"))).toEqual(expected);
  });
});
