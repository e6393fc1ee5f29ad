/** Proofs that the akd crate 0.13.0 made and judged. */
import { describe, expect, it } from "vitest";
import { verifyHistoryProof } from "../../../src/akd/keys/verify-history.ts";
import { verifyLookupProof } from "../../../src/akd/keys/verify-lookup.ts";
import { FOLDERS, historyFixtures, lookupFixtures, plain } from "./fixtures.ts";

describe.each(FOLDERS)("the directory %s", (folder) => {
  it("gives lookups that say what the crate says", () => {
    const fixtures = lookupFixtures(folder);
    expect(fixtures.length).toBeGreaterThan(5);
    for (const { name, request, proof, result } of fixtures)
      expect([name, plain(verifyLookupProof(request, proof))]).toEqual([name, result]);
  });

  it("gives histories that say what the crate says", () => {
    const fixtures = historyFixtures(folder);
    expect(fixtures.length).toBeGreaterThan(10);
    for (const { name, request, proof, extent, results } of fixtures) {
      const versions = verifyHistoryProof(request, proof, { extent, tombstones: "refuse" });
      expect([name, versions.map(plain)]).toEqual([name, results]);
    }
  });
});
