import { describe, expect, it } from "vitest";
import { utf8 } from "../../../src/core/bytes.ts";
import { Histories } from "../../../src/simulator/actors/histories.ts";
import { CONFIGURATION, proofCheck } from "../../../src/simulator/ports/proofs.ts";

describe.each(["symbolic", "real"] as const)("the %s check of proofs", (crypto) => {
  const histories = new Histories({ forkEpoch: 3, crypto });
  const request = {
    configuration: CONFIGURATION,
    epoch: 5,
    from: histories.digest(4, "main"),
    to: histories.digest(5, "main"),
  } as const;
  const proof = histories.proof(5, "main");

  it("takes the proof of the step, however often it is asked", () => {
    const check = proofCheck(crypto);
    expect(check(request, proof)).toEqual(check(request, proof));
  });

  it("refuses an invalid proof each time, with one code in both", () => {
    const check = proofCheck(crypto);
    const invalid = histories.invalidProof(5, "main");
    for (let time = 0; time < 2; time++)
      expect(() => check(request, invalid)).toThrow(expect.objectContaining({ code: "PROOF_END_MISMATCH" }));
    expect(() => check(request, proof)).not.toThrow();
  });

  it("does not take what it said of one step for the answer to another", () => {
    const check = proofCheck(crypto);
    check(request, proof);
    expect(() => check({ ...request, to: histories.digest(5, "fork") }, proof)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^PROOF_/) }),
    );
    expect(() => check({ ...request, from: histories.digest(4, "fork") }, proof)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^PROOF_/) }),
    );
    expect(() => check(request, utf8("no proof at all"))).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^PROOF_/) }),
    );
  });
});

describe("the real check of proofs", () => {
  it("binds a proof to its epoch", () => {
    const histories = new Histories({ forkEpoch: 3, crypto: "real" });
    const check = proofCheck("real");
    const [from, to] = [histories.digest(4, "main"), histories.digest(5, "main")];
    const proof = histories.proof(5, "main");
    check({ configuration: CONFIGURATION, epoch: 5, from, to }, proof);
    expect(() => check({ configuration: CONFIGURATION, epoch: 6, from, to }, proof)).toThrow(
      expect.objectContaining({ code: "PROOF_END_MISMATCH" }),
    );
  });
});
