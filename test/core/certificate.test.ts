/** Longer than 350 lines: one verdict, and everything that changes it. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { formatCaseFile } from "../../src/core/case-file.ts";
import {
  type Certificate,
  formatCertificate,
  MAX_CERTIFICATE_CASES,
  type QuorumRequest,
  type QuorumVerdict,
  verifyCertificate,
} from "../../src/core/certificate.ts";
import { deriveCases } from "../../src/core/derive-cases.ts";
import type { Assumptions } from "../../src/core/evidence.ts";
import type { SignedHead } from "../../src/core/head.ts";
import { Roster } from "../../src/core/roster.ts";
import type { Statement } from "../../src/core/statement.ts";
import { encodeStatement } from "../../src/core/statement-codec.ts";
import { NativeVerifier } from "../../src/platform/native-ed25519.ts";
import {
  assumptionsOf,
  digestOf,
  makeAuditors,
  NAMESPACE,
  ORIGIN,
  rosterOf,
  T0,
  TestAuditor,
} from "../support/auditors.ts";

const [A, B, C, D, E] = makeAuditors(5) as [TestAuditor, TestAuditor, TestAuditor, TestAuditor, TestAuditor];
const ALL = [A, B, C, D, E];
const READER = assumptionsOf(ALL);
const EPOCH = 17;
const DIGEST = digestOf(1, EPOCH);
const SIGNED_AT = T0 + EPOCH * 1000;
type CountRequest = Extract<QuorumRequest, { readonly min: number }>;

const REQUEST: CountRequest = { namespace: NAMESPACE, epoch: EPOCH, min: 3, nowMs: SIGNED_AT + 1000 };
const verifier = new NativeVerifier();

function certificateOf(heads: readonly SignedHead[], cases: readonly Statement[][] = []): Certificate {
  const files = cases.map((statements) => {
    const [derived] = deriveCases(statements, assumptionsOf(ALL, 0));
    return formatCaseFile(derived!, statements.map(encodeStatement));
  });
  const head = { namespace: NAMESPACE, origin: ORIGIN, epoch: EPOCH, digest: DIGEST };
  const signatures = heads.map((signed) => ({ auditor: "whoever the node says", head: signed }));
  const certificate = formatCertificate(head, signatures, files, files.length);
  // As a client gets it.
  return JSON.parse(JSON.stringify(certificate)) as Certificate;
}

function judge(
  certificate: Certificate,
  request: Partial<CountRequest> = {},
  assumptions: Assumptions = READER,
): Promise<QuorumVerdict> {
  return verifyCertificate(certificate, { ...REQUEST, ...request }, { assumptions, verifier });
}

function reasonFor(verdict: QuorumVerdict, name: string): string | undefined {
  return verdict.missing.find(({ auditor }) => auditor === name)?.reason;
}

const heads = (...auditors: TestAuditor[]): SignedHead[] => auditors.map((auditor) => auditor.head(EPOCH, DIGEST));

describe("a certificate", () => {
  it("satisfies a reader when enough of its own auditors signed the digest", async () => {
    const verdict = await judge(certificateOf(heads(A, B, C)));
    expect(verdict.result).toBe("satisfied");
    expect(verdict.signers.map(({ auditor }) => auditor)).toEqual(["a.example", "b.example", "c.example"]);
    expect(verdict.head).toEqual({ namespace: NAMESPACE, origin: ORIGIN, epoch: EPOCH, digest: DIGEST });
    expect(reasonFor(verdict, "d.example")).toBe("no signature in the certificate");
    expect(verdict.explanation).toBe("3 of 5 auditors signed this digest, 3 are enough");
  });

  it("counts one auditor in the singular", async () => {
    const verdict = await judge(certificateOf(heads(A)), { min: 1 }, assumptionsOf([A]));
    expect(verdict.explanation).toBe("1 of 1 auditor signed this digest, 1 is enough");
  });

  it("does not satisfy with one auditor too few", async () => {
    const verdict = await judge(certificateOf(heads(A, B)));
    expect(verdict).toMatchObject({ result: "not-enough", explanation: expect.stringContaining("3 are needed") });
  });

  it("takes auditors from the reader's roster, never from the certificate", async () => {
    const verdict = await judge(certificateOf(heads(A, B, C)), { min: 1 }, assumptionsOf([D, E]));
    expect(verdict).toMatchObject({ result: "not-enough", signers: [] });
  });

  it("counts an auditor once, however many keys and signatures it has", async () => {
    const second = new TestAuditor(A.name, 77);
    const roster = new Roster([
      { name: A.name, keys: [A, second].map(({ key: { publicKey } }) => ({ publicKey })), addresses: [] },
      ...rosterOf([B, C]).auditors,
    ]);
    const verdict = await judge(certificateOf([...heads(A, A), second.head(EPOCH, DIGEST)]), {}, { ...READER, roster });
    expect(verdict).toMatchObject({ result: "not-enough", signers: [{ auditor: A.name }] });
  });

  it("counts an auditor whose other signature is wrong", async () => {
    const forged = { ...A.head(EPOCH, DIGEST), plexiSignature: new Uint8Array(64) };
    const verdict = await judge(certificateOf([forged, ...heads(A, B, C)]));
    expect(verdict.result).toBe("satisfied");
    expect(reasonFor(verdict, A.name)).toBeUndefined();
  });
});

describe("a signature does not count", () => {
  const wrong = "a signature is invalid";
  it.each<[string, SignedHead, string]>([
    [
      "with a wrong Plexi signature",
      { ...A.head(EPOCH, DIGEST), plexiSignature: B.head(EPOCH, DIGEST).plexiSignature },
      wrong,
    ],
    ["with a wrong cosignature", { ...A.head(EPOCH, DIGEST), cosignature: new Uint8Array(64) }, wrong],
    ["over another digest", A.head(EPOCH, digestOf(2, EPOCH)), wrong],
    ["over another epoch", A.head(EPOCH + 1, DIGEST, SIGNED_AT), wrong],
    ["over another namespace", A.head(EPOCH, DIGEST, SIGNED_AT, "other.kt.v1"), wrong],
    // Plexi's message does not hold the origin, the cosignature does.
    ["over another origin", A.head(EPOCH, DIGEST, SIGNED_AT, NAMESPACE, "other.kt/v1"), wrong],
    [
      "with a cosignature of another second",
      { ...A.head(EPOCH, DIGEST), timestampMs: SIGNED_AT + 1000, cosignature: A.head(EPOCH, DIGEST).cosignature! },
      wrong,
    ],
  ])("%s", async (_what, head, reason) => {
    const verdict = await judge(certificateOf([head, ...heads(B, C)]));
    expect(verdict.result).toBe("not-enough");
    expect(reasonFor(verdict, A.name)).toBe(reason);
  });

  it("by a clock more than five minutes ahead of the reader's, when the newest head is asked for; and does up to there", async () => {
    const signed = (aheadMs: number) => certificateOf([A.head(EPOCH, DIGEST, REQUEST.nowMs + aheadMs), ...heads(B, C)]);
    const latest = { epoch: "latest" as const };
    expect((await judge(signed(300_000), latest)).result).toBe("satisfied");
    const verdict = await judge(signed(300_001), latest);
    expect(verdict).toMatchObject({ result: "not-enough", ahead: new Map([[A.name, 300_001]]) });
    expect(reasonFor(verdict, A.name)).toBe("signed in the future");
    // An epoch does not become wrong because the reader's clock is slow.
    expect((await judge(signed(300_001))).result).toBe("satisfied");
  });

  it("outside the window of its key", async () => {
    const windows = { [NAMESPACE]: { from: 1, until: EPOCH - 1 } };
    const roster = new Roster([
      { name: A.name, keys: [{ publicKey: A.key.publicKey, windows }], addresses: [] },
      ...rosterOf([B, C, D]).auditors,
    ]);
    const verdict = await judge(certificateOf(heads(A, B, C)), {}, { ...READER, roster });
    expect(verdict.result).toBe("not-enough");
    expect(reasonFor(verdict, A.name)).toBe("the key was not in use at this epoch");
  });

  it("when it is older than the reader accepts; then the head is stale, not too weak", async () => {
    const fresh = B.head(EPOCH, DIGEST, REQUEST.nowMs - 10);
    const certificate = certificateOf([fresh, ...heads(A, C)]);
    const verdict = await judge(certificate, { maxAgeMs: 999 });
    expect(verdict).toMatchObject({ result: "stale", signers: [{ auditor: B.name }] });
    expect(reasonFor(verdict, A.name)).toBe("the signature is too old");
    expect((await judge(certificate, { maxAgeMs: 1000 })).result).toBe("satisfied");
    expect((await judge(certificate, { maxAgeMs: 999, min: 4 })).result).toBe("not-enough");
  });

  it("when it is late and the newest head is asked for, and does when its epoch is", async () => {
    const certificate = certificateOf([A.lateHead(EPOCH, DIGEST), ...heads(B, C)]);
    const latest = await judge(certificate, { epoch: "latest" });
    expect(latest.result).toBe("not-enough");
    expect(reasonFor(latest, A.name)).toBe("a late head does not count for latest");
    const chosen = await judge(certificate);
    expect(chosen.result).toBe("satisfied");
    expect(chosen.signers).toMatchObject([{ auditor: A.name, late: true }, { late: false }, { late: false }]);
  });
});

describe("a case in a certificate", () => {
  const twoHeads = [A.head(5, digestOf(1, 5)), A.head(5, digestOf(2, 5))];
  const fork = [
    ...[A, B, C].map((auditor) => auditor.head(12, digestOf(1, 12))),
    ...[D, E].map((auditor) => auditor.head(12, digestOf(2, 12))),
  ];

  it("takes a convicted auditor out of the count", async () => {
    const verdict = await judge(certificateOf(heads(A, B, C), [twoHeads]));
    expect(verdict).toMatchObject({ result: "not-enough", cases: [{ class: "auditor-equivocation" }] });
    expect(reasonFor(verdict, A.name)).toBe("convicted of signing two digests");
    expect((await judge(certificateOf(heads(A, B, C, D), [twoHeads]))).result).toBe("satisfied");
  });

  it("leaves a convicted auditor in where the reader still trusts it", async () => {
    const trusting = (trustedUntil: number): Assumptions => {
      const others = rosterOf(ALL).auditors.filter(({ name }) => name !== A.name);
      const keys = [{ publicKey: A.key.publicKey }];
      return {
        ...READER,
        roster: new Roster([
          { name: A.name, keys, addresses: [], trustedUntil: { [NAMESPACE]: trustedUntil } },
          ...others,
        ]),
      };
    };
    const certificate = certificateOf(heads(A, B, C), [twoHeads]);
    expect((await judge(certificate, {}, trusting(EPOCH))).result).toBe("satisfied");
    expect((await judge(certificate, {}, trusting(EPOCH - 1))).result).toBe("not-enough");
  });

  it("that convicts the provider refuses the head, however many stand behind it", async () => {
    const verdict = await judge(certificateOf(heads(...ALL), [fork]));
    expect(verdict.result).toBe("conflict");
    expect(verdict.explanation).toMatch(/^split-view in test\.key-transparency\.v1 at epoch 12/);
  });

  it("that convicts nobody only warns", async () => {
    const verdict = await judge(certificateOf(heads(A, B, C), [fork]), {}, assumptionsOf(ALL, 2));
    expect(verdict).toMatchObject({ result: "satisfied", cases: { length: 2 } });
    expect(verdict.cases).toMatchObject([D, E].map(() => ({ class: "disagreement", convicts: "nobody" })));
  });

  it("concerns its own epoch and all above it: below it, an epoch that is asked for is answered with a warning", async () => {
    const later = fork.map((_head, i) => ALL[i]!.head(30, digestOf(i < 3 ? 1 : 2, 30)));
    const below = await judge(certificateOf(heads(A, B, C), [later]));
    expect(below).toMatchObject({ result: "satisfied", cases: [{ class: "split-view", subject: { epoch: 30 } }] });
    expect((await judge(certificateOf(heads(A, B, C), [later]), { epoch: "latest" })).result).toBe("conflict");
    const own = fork.map((_head, i) => ALL[i]!.head(EPOCH, i < 3 ? DIGEST : digestOf(2, EPOCH)));
    expect((await judge(certificateOf(heads(A, B, C), [own]))).result).toBe("conflict");
  });

  it("begins where the heads of an epoch convict, not where a liar's false heads in old slots part", async () => {
    const old = [A, B, C].map((auditor) => auditor.head(2, digestOf(1, 2)));
    const later = fork.map((_head, i) => ALL[i]!.head(30, digestOf(i < 3 ? 1 : 2, 30)));
    const verdict = await judge(certificateOf(heads(A, B, C), [[...old, E.head(2, digestOf(2, 2)), ...later]]));
    expect(verdict.result).toBe("satisfied");
  });

  it("counts an auditor for neither of two digests of one epoch, forgiven or not", async () => {
    const trusted = rosterOf(ALL).auditors.map((auditor) =>
      auditor.name === A.name ? { ...auditor, trustedUntil: { [NAMESPACE]: 100 } } : auditor,
    );
    const reader = { ...READER, roster: new Roster(trusted) };
    const here = [A.head(EPOCH, DIGEST), A.head(EPOCH, digestOf(2, EPOCH))];
    expect((await judge(certificateOf(heads(A, B, C), [twoHeads]), {}, reader)).result).toBe("satisfied");
    const verdict = await judge(certificateOf(heads(A, B, C), [here]), {}, reader);
    expect(verdict.result).toBe("not-enough");
    expect(reasonFor(verdict, A.name)).toBe("signed two digests for this epoch");
  });

  it("leaves out, with n and f, who is not in the roster at that epoch", async () => {
    const roster = (change: object): Roster =>
      new Roster(rosterOf(ALL).auditors.map((one) => (one.name === A.name ? { ...one, ...change } : one)));
    const certificate = certificateOf(heads(A, B, C));
    const retired = await judge(
      certificate,
      {},
      { ...READER, roster: roster({ retired: { [NAMESPACE]: EPOCH - 1 } }) },
    );
    expect(retired.result).toBe("not-enough");
    expect(retired.missing.map(({ auditor }) => auditor)).not.toContain(A.name);
    const still = { ...READER, roster: roster({ retired: { [NAMESPACE]: EPOCH } }) };
    expect((await judge(certificate, {}, still)).result).toBe("satisfied");
    const joined = { ...READER, roster: roster({ joined: { [NAMESPACE]: EPOCH + 1 } }) };
    expect((await judge(certificate, {}, joined)).result).toBe("not-enough");
    // A stolen key, at f = 0: everything is refused up to the epoch, and nothing above it.
    const stolen = { ...READER, faultBound: 0, roster: roster({ retired: { [NAMESPACE]: EPOCH - 1 } }) };
    expect((await judge(certificateOf(heads(B, C, D), [twoHeads]), {}, stolen)).result).toBe("satisfied");
    expect((await judge(certificateOf(heads(B, C, D), [twoHeads]), {}, { ...READER, faultBound: 0 })).result).toBe(
      "conflict",
    );
  });

  it("refuses everything once more auditors are convicted than may lie", async () => {
    const second = [B.head(6, digestOf(1, 6)), B.halfHead(6, digestOf(2, 6))];
    const verdict = await judge(certificateOf(heads(C, D, E), [twoHeads, second]));
    expect(verdict).toMatchObject({ result: "conflict", explanation: expect.stringContaining("fault bound 1") });
    expect((await judge(certificateOf(heads(C, D, E), [twoHeads, second]), {}, assumptionsOf(ALL, 2))).result).toBe(
      "satisfied",
    );
  });

  it("is judged together with the others: a conviction lowers the bound for a fork", async () => {
    const narrow = [B.head(12, digestOf(1, 12)), C.head(12, digestOf(1, 12)), D.head(12, digestOf(2, 12))];
    expect((await judge(certificateOf(heads(B, C, D), [narrow]))).result).toBe("satisfied");
    expect((await judge(certificateOf(heads(B, C, D), [narrow, twoHeads]))).result).toBe("conflict");
  });

  it("holds for a reader with another roster, to whom the fork begins later", async () => {
    const longer = [E.head(11, digestOf(2, 11)), A.head(11, digestOf(1, 11)), ...fork];
    const verdict = await judge(certificateOf(heads(A, B, C), [longer]), { min: 1 }, assumptionsOf([A, B, D], 0));
    expect(verdict).toMatchObject({ result: "conflict", cases: [{ subject: { epoch: 12 }, class: "split-view" }] });
  });

  it("that does not hold is passed over", async () => {
    const [first] = fork;
    const forged = { ...first!, plexiSignature: new Uint8Array(64) };
    const certificate = certificateOf(heads(A, B, C), [[forged, ...fork.slice(1)]]);
    expect(await judge(certificate)).toMatchObject({ result: "satisfied", cases: [] });
  });

  it.each([null, 1, "case", [], {}, { format: "coaudit/case/v1", exhibits: null }])(
    "that is no case file is passed over: %j",
    async (nonsense) => {
      const certificate = { ...certificateOf(heads(A, B, C)), cases: [nonsense] } as unknown as Certificate;
      expect(await judge(certificate)).toMatchObject({ result: "satisfied", cases: [] });
    },
  );

  it("is one of the newest sixteen, and the certificate says how many there are", () => {
    const many = Array.from({ length: 20 }, () => twoHeads);
    expect(certificateOf(heads(A), many)).toMatchObject({ cases: { length: MAX_CERTIFICATE_CASES }, openCases: 20 });
  });
});

describe("a certificate about something else", () => {
  const good = certificateOf(heads(A, B, C));
  it.each<[string, Partial<CountRequest>, Partial<Certificate>]>([
    ["another namespace", { namespace: "other.kt.v1" }, {}],
    ["another epoch", { epoch: EPOCH + 1 }, {}],
    ["another origin than the reader knows", {}, { origin: "other.kt/v1" }],
  ])("is refused: %s", async (_what, request, change) => {
    await expect(judge({ ...good, ...change }, request)).rejects.toMatchObject({ code: "CERTIFICATE_INVALID" });
  });

  it("is accepted with its own origin by a reader that knows none", async () => {
    expect((await judge(good, {}, { ...READER, origins: new Map() })).result).toBe("satisfied");
  });

  it("is refused when the request asks for nobody at all", async () => {
    await expect(judge(good, { min: 0 })).rejects.toMatchObject({ code: "NUMBER_OUT_OF_RANGE" });
  });
});

describe("a malformed certificate", () => {
  const good = certificateOf(heads(A, B, C), [[A.head(5, digestOf(1, 5)), A.head(5, digestOf(2, 5))]]);
  const [signature] = good.signatures;
  const withSignature = (change: object) => ({ ...good, signatures: [{ ...signature, ...change }] });

  it.each<[string, unknown]>([
    ["null", null],
    ["a text", "certificate"],
    ["another format", { ...good, format: "coaudit/certificate/v2" }],
    ["no namespace", { ...good, namespace: undefined }],
    ["a namespace in a list", { ...good, namespace: [NAMESPACE] }],
    ["an origin null", { ...good, origin: null }],
    ["an origin with a space", { ...good, origin: "a b" }],
    ["epoch 0", { ...good, epoch: 0 }],
    ["an epoch as text", { ...good, epoch: "17" }],
    ["an epoch past 2^53-1", { ...good, epoch: 2 ** 53 }],
    ["a digest of 31 bytes", { ...good, digest: "00".repeat(31) }],
    ["a digest that is not hexadecimal", { ...good, digest: "zz".repeat(32) }],
    ["no signatures", { ...good, signatures: undefined }],
    ["too many signatures", { ...good, signatures: Array(129).fill(signature) }],
    ["no cases", { ...good, cases: null }],
    ["too many cases", { ...good, cases: Array(17).fill(good.cases[0]) }],
    ["a signature null", { ...good, signatures: [null] }],
    ["suite 3", withSignature({ suite: 3 })],
    ["a suite as text", withSignature({ suite: "1" })],
    ["a negative time", withSignature({ timestampMs: -1 })],
    ["a key that is no text", withSignature({ publicKey: ["ab"] })],
    ["a signature that is no text", withSignature({ plexiSignature: null })],
    ["a cosignature null", withSignature({ cosignature: null })],
    ["a cosignature of odd length", withSignature({ cosignature: "abc" })],
  ])("is refused: %s", async (_what, value) => {
    await expect(judge(value as Certificate)).rejects.toMatchObject({ code: "CERTIFICATE_INVALID" });
  });

  const places: (readonly (string | number)[])[] = [];
  beforeAll(() => {
    const walk = (value: unknown, path: readonly (string | number)[]): void => {
      places.push(path);
      if (typeof value !== "object" || value === null) return;
      for (const [key, inner] of Object.entries(value))
        walk(inner, [...path, Array.isArray(value) ? Number(key) : key]);
    };
    walk(good, []);
  });

  it("fails with CERTIFICATE_INVALID alone, whatever any of its fields holds", async () => {
    const json = fc.oneof(fc.jsonValue(), fc.constantFrom({ length: 64, toString: "x" }, { length: 2 }, [[], []]));
    await fc.assert(
      fc.asyncProperty(fc.nat(), json, async (at, value) => {
        const certificate = replaced(good, places[at % places.length]!, value) as Certificate;
        try {
          await judge(certificate);
        } catch (error) {
          expect(error).toMatchObject({ code: "CERTIFICATE_INVALID" });
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** A copy of `value` with something else at this place. */
function replaced(value: unknown, [key, ...rest]: readonly (string | number)[], by: unknown): unknown {
  if (key === undefined) return by;
  if (Array.isArray(value)) return value.map((inner, i) => (i === key ? replaced(inner, rest, by) : inner));
  const object = value as Record<string, unknown>;
  return { ...object, [key]: replaced(object[key], rest, by) };
}
