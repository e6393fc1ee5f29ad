import { expect, it } from "vitest";
import { spoiledProof } from "../../../src/simulator/actors/spoiled-proof.ts";

it("A spoiled proof differs in one bit of the value, and what has no such value is no lie", () => {
  const proof = Uint8Array.of(9, 1, 2, 3, 9);
  expect(spoiledProof(proof, Uint8Array.of(1, 2, 3))).toEqual(Uint8Array.of(9, 0, 2, 3, 9));
  expect(proof).toEqual(Uint8Array.of(9, 1, 2, 3, 9));
  expect(() => spoiledProof(proof, Uint8Array.of(3, 2, 1))).toThrow("does not hold the value");
});
