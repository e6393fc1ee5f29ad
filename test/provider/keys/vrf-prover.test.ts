import { describe, expect, it } from "vitest";
import { VrfProver } from "../../../src/provider/keys/vrf-prover.ts";

const prover = new VrfProver(new Uint8Array(32).fill(7));
const input = (number: number): Uint8Array => Uint8Array.of(number >> 8, number & 255);

describe("Proofs of the practice directory", () => {
  it("are made once, and are those that are made anew", () => {
    const first = prover.prove(input(1));
    expect(prover.prove(input(1))).toBe(first);
    expect(new VrfProver(new Uint8Array(32).fill(7)).prove(input(1))).toEqual(first);
  });
});
