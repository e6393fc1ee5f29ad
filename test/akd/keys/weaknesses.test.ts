/** What a provider may try with the proofs that it makes itself, one by one. */
import { ed25519 } from "@noble/curves/ed25519.js";
import { describe, expect, it } from "vitest";
import { encodeHistoryProof, encodeLookupProof } from "../../../src/akd/keys/encode-key-proofs.ts";
import type { KeyRequest } from "../../../src/akd/keys/key-check.ts";
import { keyHashing } from "../../../src/akd/keys/key-hashing.ts";
import {
  decodeHistoryProof,
  decodeLookupProof,
  type HistoryProof,
  type LookupProof,
  MAX_KEY_PROOF_BYTES,
} from "../../../src/akd/keys/key-proofs.ts";
import { type HistoryExtent, verifyHistoryProof } from "../../../src/akd/keys/verify-history.ts";
import { verifyLookupProof } from "../../../src/akd/keys/verify-lookup.ts";
import { littleEndian, VrfKey } from "../../../src/akd/keys/vrf.ts";
import { fromHex, utf8 } from "../../../src/core/bytes.ts";
import { isCoauditError } from "../../../src/core/errors.ts";
import { absenceAtTheRoot, emptyPath } from "../../../src/provider/keys/forged-proofs.ts";
import { historyFixtures, lookupFixtures } from "./fixtures.ts";
import { rootChildren } from "./root-children.ts";

const lookup = lookupFixtures("whatsapp_v1-main").at(-1)!;
const history = historyFixtures("whatsapp_v1-main").findLast(({ results }) => results.length === 2)!;
const hashing = keyHashing("whatsapp_v1");
const lookupProof = decodeLookupProof(lookup.proof);
const historyProof = decodeHistoryProof(history.proof);

function codeOf(action: () => unknown): string {
  try {
    action();
    return "accepted";
  } catch (error) {
    if (isCoauditError(error)) return error.code;
    throw error;
  }
}

function lookupCode(change: Partial<LookupProof>, request: Partial<KeyRequest> = {}): string {
  const proof = encodeLookupProof({ ...lookupProof, ...change });
  return codeOf(() => verifyLookupProof({ ...lookup.request, ...request }, proof));
}

function historyCode(change: Partial<HistoryProof>, extent: HistoryExtent = { kind: "complete" }): string {
  const proof = encodeHistoryProof({ ...historyProof, ...change });
  return codeOf(() => verifyHistoryProof(history.request, proof, { extent, tombstones: "refuse" }));
}

function existenceLabel() {
  return lookupProof.existence.proof.label;
}

describe("a lookup", () => {
  it("is for one label, one epoch or later, one digest and one key of the provider", () => {
    expect(lookupCode({})).toBe("accepted");
    expect(lookupCode({}, { label: utf8("somebody else") })).toBe("KEY_PROOF_VRF");
    expect(lookupCode({}, { epoch: lookupProof.epoch - 1 })).toBe("KEY_PROOF_EPOCH");
    expect(lookupCode({}, { digest: history.request.digest.toReversed() })).toBe("KEY_PROOF_DIGEST");
    expect(lookupCode({}, { vrfKey: ed25519.Point.BASE.toBytes() })).toBe("KEY_PROOF_VRF");
  });

  it("claims a version from 1 to 2^20, not above the epoch in which it was published, nor that above the answer's", () => {
    const late = { epoch: 2 ** 40 };
    expect(lookupCode({ version: 0 })).toBe("KEY_PROOF_VERSION");
    expect(lookupCode({ version: lookup.request.epoch + 1 })).toBe("KEY_PROOF_VERSION");
    expect(lookupCode({ version: 2 ** 20 + 1, epoch: 2 ** 30 }, late)).toBe("KEY_PROOF_VERSION");
    expect(lookupCode({ version: 2 ** 20, epoch: 2 ** 30 }, late)).toBe("KEY_PROOF_VALUE");
    expect(lookupCode({ epoch: 1 })).toBe("KEY_PROOF_EPOCH");
    expect(lookupCode({ epoch: lookup.request.epoch + 1 })).toBe("KEY_PROOF_EPOCH");
    expect(lookupCode({ version: lookupProof.version - 1 })).not.toBe("accepted");
  });

  it("shows no absence where a node nearer to the label exists, which akd_core 0.13.0 does not look at", () => {
    const { freshness, existence } = lookupProof;
    const forged = absenceAtTheRoot(hashing, rootChildren(hashing, existence.proof), freshness.proof.label);
    expect(lookupCode({ freshness: { ...freshness, proof: forged } })).toBe("KEY_PROOF_ABSENCE");
  });

  it("shows no marker with an empty path, which akd_core 0.13.0 takes for any label at all", () => {
    const { marker } = lookupProof;
    expect(
      lookupCode({
        marker: { ...marker, proof: emptyPath(hashing, rootChildren(hashing, marker.proof), marker.proof.label) },
      }),
    ).toBe("KEY_PROOF_PATH");
  });

  it("has a path that is neither too short nor too long", () => {
    const { existence } = lookupProof;
    const { steps } = existence.proof;
    const withSteps = (changed: typeof steps) =>
      lookupCode({ existence: { ...existence, proof: { ...existence.proof, steps: changed } } });
    expect(withSteps(steps.slice(1))).toBe("KEY_PROOF_PATH");
    expect(withSteps(steps.slice(0, -1))).toBe("KEY_PROOF_DIGEST");
    expect(withSteps([steps[0]!, ...steps])).toBe("KEY_PROOF_PATH");
    expect(withSteps([...steps, steps.at(-1)!])).toBe("KEY_PROOF_PATH");
  });

  it("has a path that goes to the side it says, under the parents it says", () => {
    const { existence } = lookupProof;
    const [first, ...others] = existence.proof.steps;
    const withFirst = (changed: Partial<typeof first>) => {
      const steps = [{ ...first!, ...changed }, ...others];
      return lookupCode({ existence: { ...existence, proof: { ...existence.proof, steps } } });
    };
    expect(withFirst({})).toBe("accepted");
    expect(withFirst({ direction: first!.direction === 0 ? 1 : 0 })).toBe("KEY_PROOF_PATH");
    expect(withFirst({ parent: others[0]!.parent })).toBe("KEY_PROOF_PATH");
    expect(withFirst({ sibling: others[0]!.sibling })).not.toBe("accepted");
  });

  it("shows an absence below the longest prefix alone, with its own children and its own path", () => {
    const { freshness } = lookupProof;
    const { longestPrefix, prefixProof, children } = freshness.proof;
    const withProof = (changed: Partial<typeof freshness.proof>) =>
      lookupCode({ freshness: { ...freshness, proof: { ...freshness.proof, ...changed } } });
    expect(withProof({})).toBe("accepted");
    const above = prefixProof.steps.at(-1)!.parent;
    // Both children are on one side of it.
    expect(withProof({ longestPrefix: above })).toBe("KEY_PROOF_PATH");
    expect(withProof({ prefixProof: { ...prefixProof, label: above } })).toBe("KEY_PROOF_ABSENCE");
    expect(withProof({ children: [children[1], children[0]] })).toBe("KEY_PROOF_PATH");
    expect(withProof({ longestPrefix: existenceLabel() })).toBe("KEY_PROOF_ABSENCE");
    expect(longestPrefix.lengthBits).toBeGreaterThan(above.lengthBits);
  });

  it("is refused before it is read when it is larger than 1 MiB, and when its request cannot be meant", () => {
    const large = new Uint8Array(MAX_KEY_PROOF_BYTES + 1);
    const codeFor = (request: Partial<KeyRequest>, proof = lookup.proof) =>
      codeOf(() => verifyLookupProof({ ...lookup.request, ...request }, proof));
    expect(codeFor({}, large)).toBe("KEY_PROOF_TOO_LARGE");
    expect(codeFor({ label: new Uint8Array() })).toBe("ENCODING_INVALID");
    expect(codeFor({ digest: new Uint8Array(31) })).toBe("ENCODING_INVALID");
    expect(codeFor({ epoch: 0 })).toBe("NUMBER_OUT_OF_RANGE");
    expect(codeFor({ vrfKey: new Uint8Array(31) })).toBe("VRF_KEY_INVALID");
  });

  it("is read from a Buffer without being changed", () => {
    const proof = Buffer.from(lookup.proof);
    for (let run = 0; run < 2; run++) expect(codeOf(() => verifyLookupProof(lookup.request, proof))).toBe("accepted");
    expect(new Uint8Array(proof)).toEqual(lookup.proof);
  });
});

describe("a history", () => {
  it("shows all that was asked for, without a gap, a repetition or an exchange", () => {
    const [newest, oldest] = historyProof.updates as [HistoryProof["updates"][0], HistoryProof["updates"][0]];
    const at = (updates: HistoryProof["updates"], extent?: HistoryExtent) => historyCode({ updates }, extent);
    expect(at([newest, oldest])).toBe("accepted");
    expect(at([])).toBe("KEY_PROOF_EMPTY");
    expect(at([newest])).toBe("KEY_PROOF_EXTENT");
    expect(at([oldest])).toBe("KEY_PROOF_VRF");
    expect(at([newest, newest])).toBe("KEY_PROOF_GAP");
    expect(at([oldest, newest])).toBe("KEY_PROOF_GAP");
    expect(at([newest, { ...oldest, epoch: newest.epoch }])).toBe("KEY_PROOF_EPOCH_ORDER");
    expect(at([newest, oldest], { kind: "most-recent", count: 1 })).toBe("KEY_PROOF_EXTENT");
    expect(at([newest, oldest], { kind: "most-recent", count: 9 })).toBe("accepted");
    expect(at([{ ...newest, version: newest.version + 1 }, oldest])).toBe("KEY_PROOF_GAP");
    expect(at([{ ...newest, value: oldest.value }, oldest])).toBe("KEY_PROOF_VALUE");
  });

  it("shows for each version that the one before was retired, and for the first that there is none", () => {
    const [newest, oldest] = historyProof.updates as [HistoryProof["updates"][0], HistoryProof["updates"][0]];
    const { previous, ...withoutPrevious } = newest;
    expect(historyCode({ updates: [withoutPrevious, oldest] })).toBe("KEY_PROOF_PREVIOUS");
    expect(historyCode({ updates: [newest, { ...oldest, previous: previous! }] })).toBe("KEY_PROOF_PREVIOUS");
    const ofTheFresh = { ...newest, previous: { ...previous!, proof: newest.existence.proof } };
    expect(historyCode({ updates: [ofTheFresh, oldest] })).toBe("KEY_PROOF_RETIRED");
  });

  it("leaves out no marker and repeats none", () => {
    const { futureMarkers } = historyProof;
    expect(futureMarkers.length).toBeGreaterThan(2);
    expect(historyCode({ futureMarkers: futureMarkers.slice(1) })).toBe("KEY_PROOF_MARKERS");
    expect(historyCode({ futureMarkers: [] })).toBe("KEY_PROOF_MARKERS");
    expect(historyCode({ futureMarkers: [futureMarkers[1]!, ...futureMarkers.slice(1)] })).toBe("KEY_PROOF_VRF");
    expect(historyCode({ pastMarkers: [historyProof.updates[0]!.existence] })).toBe("KEY_PROOF_MARKERS");
  });

  it("hides no version by an absence shown at the root, which akd_core 0.13.0 does not look at", () => {
    const [first, ...others] = historyProof.futureMarkers;
    const path = historyProof.updates[0]!.existence.proof;
    const forged = absenceAtTheRoot(hashing, rootChildren(hashing, path), first!.proof.label);
    expect(historyCode({ futureMarkers: [{ ...first!, proof: forged }, ...others] })).toBe("KEY_PROOF_ABSENCE");
  });

  it("takes a removed value for a tombstone only when that was asked for", () => {
    const [newest, oldest] = historyProof.updates as [HistoryProof["updates"][0], HistoryProof["updates"][0]];
    const removed = { ...oldest, value: new Uint8Array() };
    const proof = encodeHistoryProof({ ...historyProof, updates: [newest, removed] });
    const verify = (tombstones: "refuse" | "accept") =>
      verifyHistoryProof(history.request, proof, { extent: { kind: "complete" }, tombstones });
    expect(codeOf(() => verify("refuse"))).toBe("KEY_PROOF_TOMBSTONE");
    expect(verify("accept").map(({ version, isTombstone }) => [version, isTombstone])).toEqual([
      [newest.version, false],
      [oldest.version, true],
    ]);
  });
});

describe("a VRF proof", () => {
  const key = new VrfKey(lookup.request.vrfKey);
  const input = hashing.vrfInput(lookup.request.label, "fresh", lookupProof.version);
  const proof = lookupProof.existence.vrfProof;
  const withPart = (at: number, bytes: Uint8Array) => {
    const changed = Uint8Array.from(proof);
    changed.set(bytes, at);
    return key.verify(input, changed);
  };

  it("has one form: s below the order of the group, gamma a canonical point of large order", () => {
    expect(key.verify(input, proof).kind).toBe("valid");
    const s = littleEndian(proof.subarray(48)) + ed25519.Point.Fn.ORDER;
    const sBytes = fromHex(s.toString(16).padStart(64, "0")).reverse();
    expect(withPart(48, sBytes)).toEqual({ kind: "invalid", fault: "s is not reduced" });
    const identity = ed25519.Point.ZERO.toBytes();
    expect(withPart(0, identity)).toEqual({ kind: "invalid", fault: "gamma has a low order" });
    // y = p + 1, which other decoders read as the identity.
    const notCanonical = fromHex(`ee${"ff".repeat(30)}7f`);
    expect(withPart(0, notCanonical)).toEqual({ kind: "invalid", fault: "gamma is no point" });
  });

  it("is worth nothing with a key of low order, or one that is not canonical", () => {
    const lowOrder = fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05");
    for (const bytes of [lowOrder, ed25519.Point.ZERO.toBytes(), fromHex(`ee${"ff".repeat(30)}7f`), new Uint8Array(32)])
      expect(codeOf(() => new VrfKey(bytes))).toBe("VRF_KEY_INVALID");
  });

  it("agrees with the example of RFC 9381 for this suite", () => {
    // Appendix B.3, example 16.
    const rfcKey = new VrfKey(fromHex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"));
    const pi = fromHex(
      "8657106690b5526245a92b003bb079ccd1a92130477671f6fc01ad16f26f723f26f8a57ccaed74ee1b190bed1f479d9727d2d0f9b005a6e456a35d4fb0daab1268a1b0db10836d9826a528ca76567805",
    );
    const beta = "90cf1df3b703cce59e2a35b925d411164068269d7b2d29f3301c03dd757876ff";
    const answer = rfcKey.verify(new Uint8Array(), pi);
    expect(answer).toEqual({ kind: "valid", output: fromHex(beta) });
    expect(rfcKey.verify(Uint8Array.of(0), pi).kind).toBe("invalid");
  });
});
