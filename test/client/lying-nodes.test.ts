import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LookupResult } from "../../src/client/results.ts";
import { memoryTrust } from "../../src/client/trust-state.ts";
import { toHex } from "../../src/core/bytes.ts";
import type { Certificate } from "../../src/core/certificate.ts";
import { digestOf, NAMESPACE, ORIGIN, rosterOf, TestAuditor } from "../support/auditors.ts";
import { AUDITORS, casesOf, certificateOf, client, headsOf, Liars, policyOf } from "./lying-nodes.ts";

let liars: Liars;
beforeEach(() => {
  liars = new Liars();
});
afterEach(() => liars.close());

const honest = certificateOf(headsOf([0, 1, 2, 3]));

function withSignature(index: number, change: object): Certificate {
  return {
    ...honest,
    signatures: honest.signatures.map((signature, i) => (i === index ? { ...signature, ...change } : signature)),
  };
}

function remarksOf(result: LookupResult): string[] {
  return result.nodes.flatMap(({ remarks }) => remarks.map(({ kind }) => kind));
}

describe("a node that lies about a head", () => {
  it("forges: another digest under good signatures", async () => {
    const node = await liars.certificate({ ...honest, digest: toHex(digestOf(9, 17)) });
    const result = await client([node]).latest(NAMESPACE);
    expect(result).toMatchObject({ result: "not-enough", signers: [], missing: [{ flaw: "forged" }, {}, {}, {}, {}] });
    expect(remarksOf(result)).toEqual(["forged", "forged", "forged", "forged"]);
  });

  it("forges one signature: the others are too few", async () => {
    const node = await liars.certificate(withSignature(2, { plexiSignature: "00".repeat(64) }));
    expect(await client([node]).latest(NAMESPACE)).toMatchObject({
      result: "not-enough",
      signers: [{}, {}, {}],
      missing: [
        { auditor: "c.example", flaw: "forged" },
        { auditor: "e.example", flaw: "absent" },
      ],
    });
  });

  it("forges a signature beside the good ones of another node: they count all the same", async () => {
    const bad = await liars.certificate(withSignature(2, { plexiSignature: "00".repeat(64) }));
    const twice = {
      ...honest,
      signatures: [...withSignature(2, { plexiSignature: "11".repeat(64) }).signatures, ...honest.signatures],
    };
    const crowding = await liars.certificate(twice);
    const good = await liars.certificate(honest);
    expect(await client([bad, crowding, good]).latest(NAMESPACE)).toMatchObject({ result: "satisfied" });
    expect(await client([crowding]).latest(NAMESPACE)).toMatchObject({ result: "satisfied" });
  });

  it("replays the signatures of one epoch for another", async () => {
    const node = await liars.certificate({ ...honest, epoch: 18 });
    expect(await client([node]).latest(NAMESPACE)).toMatchObject({ result: "not-enough", signers: [] });
    expect(await client([node]).at(NAMESPACE, 18)).toMatchObject({ result: "pending", signers: [] });
  });

  it("answers with a stale head: too old", async () => {
    const node = await liars.certificate(honest);
    expect(await client([node], { maxAgeMs: 1000 }).latest(NAMESPACE)).toMatchObject({
      result: "stale",
      reason: "too-old",
      missing: [{ flaw: "stale" }, {}, {}, {}, {}],
    });
  });

  it("answers with an epoch before the one that was accepted: it can't take it back", async () => {
    const trustState = memoryTrust();
    const newer = certificateOf(headsOf([0, 1, 2, 3], 18));
    const first = await client([await liars.certificate(newer)], { trustState }).latest(NAMESPACE);
    expect(first).toMatchObject({ result: "satisfied", head: { epoch: 18 } });
    const rolling = await liars.certificate(honest);
    const result = await client([rolling], { trustState }).latest(NAMESPACE);
    // What was accepted is still known, and is the answer.
    expect(result).toMatchObject({ result: "satisfied", head: { epoch: 18 } });
    expect(remarksOf(result)).toEqual(["rolled-back"]);
    // Even for a reader who now asks for others, whom only the older epoch satisfies.
    const older = await liars.certificate(certificateOf(headsOf([1, 2, 3, 4])));
    const changed = await client([older], { trustState, policy: policyOf(4, AUDITORS.slice(1)) }).latest(NAMESPACE);
    expect(changed).toMatchObject({ result: "stale", reason: "rolled-back" });
  });

  it("mixes namespaces: another's certificate, or another's signatures", async () => {
    const other = AUDITORS.slice(0, 4).map((auditor) =>
      auditor.head(17, digestOf(1, 17), undefined, "other.key-transparency.v1", "other.kt/v1"),
    );
    const theirs = certificateOf(other);
    const asIs = await client([await liars.certificate(theirs)]).latest(NAMESPACE);
    expect(asIs).toMatchObject({ result: "no-answer", nodes: [{ problem: { kind: "wrong-namespace" } }] });
    const relabelled = await liars.certificate({ ...theirs, namespace: NAMESPACE, origin: ORIGIN });
    expect(await client([relabelled]).latest(NAMESPACE)).toMatchObject({ result: "not-enough", signers: [] });
  });

  it("names another origin", async () => {
    const node = await liars.certificate({ ...honest, origin: "other.kt/v1" });
    const result = await client([node]).latest(NAMESPACE);
    expect(result).toMatchObject({ result: "no-answer", nodes: [{ problem: { kind: "wrong-origin" } }] });
    // Who knows no origin asks the signatures, and keeps to the first origin that they accept.
    expect(await client([node], { origins: {} }).latest(NAMESPACE)).toMatchObject({
      result: "not-enough",
      signers: [],
    });
    const trustState = memoryTrust();
    await client([await liars.certificate(honest)], { origins: {}, trustState }).latest(NAMESPACE);
    expect(await client([node], { origins: {}, trustState }).latest(NAMESPACE)).toMatchObject({ result: "no-answer" });
  });

  it("answers for another epoch than the one asked for", async () => {
    expect(await client([await liars.certificate(honest)]).at(NAMESPACE, 16)).toMatchObject({
      result: "no-answer",
      nodes: [{ problem: { kind: "wrong-epoch" } }],
    });
  });

  it("counts one auditor twice: one key under two names", async () => {
    const [a, b, c] = honest.signatures;
    const node = await liars.certificate({ ...honest, signatures: [a, b, c, { ...a, auditor: "d.example" }] });
    const result = await client([node]).latest(NAMESPACE);
    expect(result).toMatchObject({ result: "not-enough", signers: [{}, {}, {}] });
    expect(remarksOf(result)).toEqual(["duplicate-signer"]);
  });

  it("counts one auditor twice: two keys under one name", async () => {
    const second = new TestAuditor("a.example", 77);
    const heads = [...headsOf([0, 1, 2]), second.head(17, digestOf(1, 17))];
    const [first, ...rest] = rosterOf(AUDITORS).auditors;
    const { Roster } = await import("../../src/core/roster.ts");
    const roster = new Roster([{ ...first!, keys: [...first!.keys, { publicKey: second.key.publicKey }] }, ...rest]);
    const result = await client([await liars.certificate(certificateOf(heads))], { roster }).latest(NAMESPACE);
    expect(result).toMatchObject({ result: "not-enough", signers: [{}, {}, {}] });
    expect(remarksOf(result)).toEqual(["duplicate-signer"]);
  });

  it("lets strangers sign", async () => {
    const strangers = [90, 91, 92].map((seed) => new TestAuditor("d.example", seed).head(17, digestOf(1, 17)));
    const node = await liars.certificate(certificateOf([...headsOf([0, 1, 2]), ...strangers]));
    const result = await client([node]).latest(NAMESPACE);
    expect(result).toMatchObject({ result: "not-enough", signers: [{}, {}, {}] });
    expect(remarksOf(result)).toEqual(["unknown-signer", "unknown-signer", "unknown-signer"]);
  });

  it("halves heads: a cosignature that is missing, wrong, or alone", async () => {
    const { cosignature: _left, ...late } = honest.signatures[3]!;
    const halved = { ...honest, signatures: [...honest.signatures.slice(0, 3), late] };
    const missing = await client([await liars.certificate(halved)]).latest(NAMESPACE);
    expect(missing).toMatchObject({ result: "not-enough", missing: [{ auditor: "d.example", flaw: "late" }, {}] });
    for (const change of [{ cosignature: "00".repeat(64) }, { plexiSignature: "" }]) {
      const result = await client([await liars.certificate(withSignature(3, change))]).latest(NAMESPACE);
      expect(result).toMatchObject({ result: "not-enough", missing: [{ auditor: "d.example", flaw: "forged" }, {}] });
    }
  });

  it("signs ahead of time", async () => {
    const ahead = AUDITORS.slice(0, 4).map((auditor) => auditor.head(17, digestOf(1, 17), 1_900_000_000_000));
    expect(await client([await liars.certificate(certificateOf(ahead))]).latest(NAMESPACE)).toMatchObject({
      result: "not-enough",
      missing: [{ flaw: "future" }, {}, {}, {}, {}],
    });
  });
});

describe("a node that answers badly", () => {
  it.each([
    ["truncated", 200, JSON.stringify({ certificate: honest }).slice(0, 900), "not-json"],
    ["empty", 200, "", "not-json"],
    ["a page", 200, "<html>", "not-json"],
    ["null", 200, "null", "malformed"],
    ["another shape", 200, JSON.stringify({ certificate: { ...honest, signatures: {} } }), "malformed"],
    [
      "too many signatures",
      200,
      JSON.stringify({ certificate: { ...honest, signatures: Array(129).fill(honest.signatures[0]) } }),
      "malformed",
    ],
    ["deeply nested", 200, "[".repeat(1_000_000), "not-json"],
    ["a refusal", 503, JSON.stringify({ type: "urn:x", detail: "no" }), "refused"],
    ["a refusal without a reason", 500, "{}", "malformed"],
    ["a proxy's page, the node being down", 503, "<html>", "refused"],
    ["a redirection", 302, "", "unreachable"],
    ["oversized", 200, JSON.stringify({ certificate: honest, more: "x".repeat(5_000_000) }), "oversized"],
  ])("%s is not heard", async (_what, status, body, kind) => {
    const node = await liars.listening((_request, response) => {
      response.writeHead(status, status === 302 ? { location: "http://127.0.0.1:1/" } : {});
      response.end(body);
    });
    const result = await client([node]).latest(NAMESPACE);
    expect(result).toMatchObject({ result: "no-answer", nodes: [{ problem: { kind } }] });
    const good = await liars.certificate(honest);
    expect(await client([node, good]).latest(NAMESPACE)).toMatchObject({ result: "satisfied" });
  });

  it("small on its way and oversized when it is unpacked is not heard", async () => {
    const packed = gzipSync(Buffer.alloc(200_000_000, 32), { level: 1 });
    const node = await liars.listening((_request, response) => {
      response.writeHead(200, { "content-encoding": "gzip" });
      response.end(packed);
    });
    expect(await client([node]).latest(NAMESPACE)).toMatchObject({ nodes: [{ problem: { kind: "oversized" } }] });
  });

  it("cut off in the middle is not heard", async () => {
    const node = await liars.listening((_request, response) => {
      response.writeHead(200, { "content-length": "5000" });
      response.write(JSON.stringify({ certificate: honest }).slice(0, 900), () => response.destroy());
    });
    expect(await client([node]).latest(NAMESPACE)).toMatchObject({ nodes: [{ problem: { kind: "truncated" } }] });
  });

  it("silent for too long is not waited for", async () => {
    const silent = await liars.listening(() => undefined);
    const slow = await liars.listening((_request, response) => {
      response.writeHead(200);
      response.write("{");
    });
    const good = await liars.certificate(honest);
    const result = await client([silent, slow, good], { timeoutMs: 300 }).latest(NAMESPACE);
    expect(result).toMatchObject({
      result: "satisfied",
      nodes: [{ problem: { kind: "timeout" } }, { problem: { kind: "timeout" } }, { remarks: [] }],
    });
  });

  it("that nobody answers at is said", async () => {
    const result = await client(["http://127.0.0.1:1"]).latest(NAMESPACE);
    expect(result).toMatchObject({ result: "no-answer", nodes: [{ problem: { kind: "unreachable" } }] });
  });
});

describe("a node that hides a case", () => {
  const fork = [...headsOf([0, 1, 2], 16), ...headsOf([3, 4], 16, 2)];

  it("is named, and the case of another node counts", async () => {
    const hiding = await liars.certificate(honest);
    const showing = await liars.certificate(certificateOf(headsOf([0]), casesOf(fork)));
    const result = await client([hiding, showing]).latest(NAMESPACE);
    expect(result).toMatchObject({
      result: "conflict",
      cases: [{ class: "split-view", convicts: "provider" }],
      files: [{ format: "coaudit/case/v1" }],
      nodes: [{ remarks: [{ kind: "hides-case" }] }, { remarks: [] }],
    });
  });

  it("which the answers themselves make is found", async () => {
    const one = await liars.certificate(certificateOf(headsOf([0, 1, 2])));
    const other = await liars.certificate(certificateOf(headsOf([3, 4], 17, 2)));
    expect(await client([one, other]).latest(NAMESPACE)).toMatchObject({
      result: "conflict",
      cases: [{ class: "split-view" }],
    });
  });

  it("against what was accepted before is found, and proven", async () => {
    const trustState = memoryTrust();
    await client([await liars.certificate(honest)], { trustState }).latest(NAMESPACE);
    // All sign again, for another digest: each of them is convicted by what this reader kept.
    const again = await liars.certificate(certificateOf(headsOf([0, 1, 2, 3], 17, 2)));
    expect(await client([again], { trustState }).latest(NAMESPACE)).toMatchObject({
      result: "conflict",
      cases: [{ class: "auditor-equivocation" }, {}, {}, {}],
    });
  });

  it("can't invent one: damaged, unknown or unsigned evidence is nothing", async () => {
    const [file] = casesOf(fork);
    const strangers = [90, 91].flatMap((seed) =>
      [1, 2].map((branch) => new TestAuditor("x", seed).head(16, digestOf(branch, 16))),
    );
    const forged = headsOf([0], 16).map((head) => ({ ...head, digest: digestOf(3, 16) }));
    const { formatCaseFile } = await import("../../src/core/case-file.ts");
    const { encodeStatement } = await import("../../src/core/statement-codec.ts");
    const derived = { id: file!.id, subject: file!.subject, class: file!.class };
    const cases = [
      { ...file!, exhibits: [] },
      { ...file!, exhibits: ["nonsense"] },
      formatCaseFile(derived, strangers.map(encodeStatement)),
      formatCaseFile(derived, [...headsOf([0], 16), ...forged].map(encodeStatement)),
    ];
    const node = await liars.certificate({ ...honest, cases });
    expect(await client([node]).latest(NAMESPACE)).toMatchObject({ result: "satisfied", cases: [] });
  });
});

describe("nodes with two digests for one epoch", () => {
  it("are not believed when nothing decides", async () => {
    const assumptions = { faultBound: 2, policy: policyOf(3) };
    const one = await liars.certificate(certificateOf(headsOf([0, 1])));
    const other = await liars.certificate(certificateOf(headsOf([2, 3], 17, 2)));
    expect(await client([one, other], assumptions).latest(NAMESPACE)).toMatchObject({
      result: "nodes-disagree",
      epoch: 17,
      digests: [
        { signers: [expect.any(String), expect.any(String)] },
        { signers: [expect.any(String), expect.any(String)] },
      ],
    });
    const weak = await client([one, other], { faultBound: 2, policy: policyOf(2) }).latest(NAMESPACE);
    expect(weak.result).toBe("nodes-disagree");
  });
});
