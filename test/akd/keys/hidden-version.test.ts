/** A version that the provider inserts into the one tree, and hides from its owner (docs/key-verification.md). */
import { describe, expect, it } from "vitest";
import { CONFIGURATION_NAMES } from "../../../src/akd/configuration.ts";
import { verifyHistoryProof } from "../../../src/akd/keys/verify-history.ts";
import { verifyLookupProof } from "../../../src/akd/keys/verify-lookup.ts";
import { hiddenVersion } from "./hidden-version.ts";

describe.each(CONFIGURATION_NAMES)("a hidden version, in configuration %s", (configuration) => {
  const { request, lookup, ownersHistory, theirs, mostRecent } = hiddenVersion(configuration);

  it("is shown by a valid lookup, and not seen in the owner's valid and complete history", () => {
    expect(verifyLookupProof(request, lookup)).toMatchObject({ version: 7, value: theirs });
    const versions = verifyHistoryProof(request, ownersHistory, { extent: { kind: "complete" }, tombstones: "refuse" });
    expect(versions.map(({ version }) => version)).toEqual([5, 4, 3, 2, 1]);
  });

  it("cannot be shown by a history of the most recent version without what the owner would see, but forged", () => {
    expect(() => mostRecent("refuse")).toThrow("fresh version 6 is not in the tree");
    const options = { extent: { kind: "most-recent", count: 1 }, tombstones: "refuse" } as const;
    const verify = () => verifyHistoryProof(request, mostRecent("forge"), options);
    expect(verify).toThrow(expect.objectContaining({ code: "KEY_PROOF_PATH" }));
  });
});
