import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toBase64 } from "../../src/core/bytes.ts";
import { type CaseFile, formatCaseFile, parseCaseFile, verifyCaseFile } from "../../src/core/case-file.ts";
import { deriveCases } from "../../src/core/derive-cases.ts";
import { isCoauditError } from "../../src/core/errors.ts";
import type { Assumptions } from "../../src/core/evidence.ts";
import type { Statement } from "../../src/core/statement.ts";
import { encodeStatement } from "../../src/core/statement-codec.ts";
import { NativeVerifier } from "../../src/platform/native-ed25519.ts";
import { assumptionsOf, digestOf, makeAuditors, PROVIDER, type TestAuditor } from "../support/auditors.ts";

const [A, B, C, D, E] = makeAuditors(5) as [TestAuditor, TestAuditor, TestAuditor, TestAuditor, TestAuditor];
const ALL = [A, B, C, D, E];
const READER = assumptionsOf(ALL);
const verifier = new NativeVerifier();

/** Three auditors saw one digest at epoch 17, two another. */
const FORK = [
  ...[A, B, C].map((auditor) => auditor.head(17, digestOf(1, 17))),
  ...[D, E].map((auditor) => auditor.head(17, digestOf(2, 17))),
];

/** The file of the only case that these statements make. */
function fileOf(statements: readonly Statement[], assumptions: Assumptions = READER): CaseFile {
  const [derived, ...more] = deriveCases(statements, assumptions);
  expect(more).toEqual([]);
  return formatCaseFile(derived!, statements.map(encodeStatement));
}

/** As it comes out of JSON. */
function reparsed(file: unknown): CaseFile {
  return parseCaseFile(JSON.stringify(file));
}

async function reasonOf(file: CaseFile, assumptions: Assumptions = READER): Promise<string> {
  try {
    const { class: caseClass } = await verifyCaseFile(file, { assumptions, verifier });
    return `holds: ${caseClass}`;
  } catch (error) {
    if (isCoauditError(error, "CASE_INVALID")) return error.metadata.reason;
    throw error;
  }
}

describe("a case file", () => {
  it("hears any statement of an auditor, whatever its rank", async () => {
    for (const rank of ["half", "late", "whole"] as const) {
      const speaking = [D, E].map((auditor) => {
        if (rank === "half") return auditor.halfHead(17, digestOf(2, 17));
        return rank === "late" ? auditor.lateHead(17, digestOf(2, 17)) : auditor.head(17, digestOf(2, 17));
      });
      const file = reparsed(fileOf([...FORK.slice(0, 3), ...speaking]));
      expect(await reasonOf(file), rank).toBe("holds: split-view");
    }
  });

  it("verifies offline, with the class that the reader's own roster and bound give", async () => {
    const file = reparsed(fileOf(FORK));
    const verdict = await verifyCaseFile(file, { assumptions: READER, verifier });
    expect(verdict).toMatchObject({
      id: file.id,
      subject: { kind: "fork", namespace: "test.key-transparency.v1", epoch: 17 },
      class: "split-view",
      convicts: "provider",
      unknownSigners: 0,
    });
    expect(verdict.statements).toHaveLength(5);
    const timid = await verifyCaseFile(file, { assumptions: assumptionsOf(ALL, 2), verifier });
    expect(timid).toMatchObject({ id: file.id, class: "disagreement", convicts: "nobody" });
  });

  it("holds an auditor's own two signatures against it, whole, late or half", async () => {
    const pairs: [Statement, Statement][] = [
      [A.head(5, digestOf(1, 5)), A.head(5, digestOf(2, 5))],
      [A.lateHead(5, digestOf(1, 5)), A.halfHead(5, digestOf(2, 5))],
      [A.rotation(B, 100), A.rotation(B, 101)],
    ];
    for (const pair of pairs) {
      const verdict = await verifyCaseFile(reparsed(fileOf(pair)), { assumptions: READER, verifier });
      expect(verdict).toMatchObject({ class: "auditor-equivocation", convicts: { auditor: "a.example" } });
    }
  });

  it("does not frame an auditor by its cosignature of another log", async () => {
    const foreign = B.halfHead(17, digestOf(3, 17), 1, undefined, "other.kt/v1");
    const file = { ...fileOf(FORK), exhibits: [...FORK, foreign].map((s) => toBase64(encodeStatement(s))) };
    const { statements, ...verdict } = await verifyCaseFile(reparsed(file), { assumptions: READER, verifier });
    expect(verdict).toMatchObject({ class: "split-view" });
    expect(deriveCases(statements, READER)).toHaveLength(1);
  });

  it("holds the provider's own two signatures against it", async () => {
    const file = fileOf([PROVIDER.providerHead(5, digestOf(1, 5)), PROVIDER.providerHead(5, digestOf(2, 5))]);
    expect(await reasonOf(reparsed(file))).toBe("holds: provider-equivocation");
    expect(await reasonOf(file, { ...READER, providerKeys: new Map() })).toMatch(
      /2 exhibits are by keys that are not in your/,
    );
  });

  it("counts observations only where they are about the reader's log", async () => {
    const names = [`5/${"0".repeat(64)}/${"1".repeat(64)}`, `5/${"0".repeat(64)}/${"2".repeat(64)}`];
    const file = fileOf([A, B].map((auditor) => auditor.observation(5, "conflicting-listing", names)));
    expect(await reasonOf(file)).toBe("holds: forked-listing");
    const elsewhere = { ...READER, origins: new Map([["test.key-transparency.v1", "other.kt/v1"]]) };
    expect(await reasonOf(file, elsewhere)).toMatch(/do not add up to the case/);
  });

  it("proves less to a reader that does not know all signers, and says so", async () => {
    const file = fileOf(FORK);
    expect(await reasonOf(file, assumptionsOf([A, B, C]))).toMatch(
      /2 exhibits are by keys that are not in your roster/,
    );
    const known = await verifyCaseFile(file, { assumptions: assumptionsOf([A, D], 0), verifier });
    expect(known).toMatchObject({ class: "split-view", unknownSigners: 3 });
  });

  it("does not hold with a wrong signature of a known key, a damaged exhibit, or evidence as exhibit", async () => {
    const file = fileOf(FORK);
    const [first] = FORK;
    const forged = { ...first!, plexiSignature: new Uint8Array(64).fill(1) };
    const evidence = { type: "evidence", exhibits: [encodeStatement(first!)] } as const;
    const withExhibit = (exhibit: string) => ({ ...file, exhibits: [...file.exhibits, exhibit] });
    expect(await reasonOf(withExhibit(toBase64(encodeStatement(forged))))).toMatch(/signature of exhibit 5 is invalid/);
    expect(await reasonOf(withExhibit(toBase64(encodeStatement(evidence))))).toMatch(/evidence inside evidence/);
    expect(await reasonOf(withExhibit("AAAA"))).toMatch(/exhibit 5 is not a statement/);
    expect(await reasonOf(withExhibit("?"))).toMatch(/exhibit 5 is not a statement/);
  });

  it("does not hold when its exhibits make another case than it names", async () => {
    const other = fileOf(FORK.map((head, i) => ALL[i]!.head(18, head.digest)));
    expect(await reasonOf({ ...fileOf(FORK), exhibits: other.exhibits })).toMatch(
      /5 exhibits do not add up to the case/,
    );
  });

  const good = fileOf(FORK);
  it.each<[string, unknown]>([
    ["not JSON", undefined],
    ["null", null],
    ["a list", []],
    ["another format", { ...good, format: "coaudit/case/v2" }],
    ["no exhibits", { ...good, exhibits: undefined }],
    ["exhibits that are no texts", { ...good, exhibits: [1] }],
    ["more exhibits than fit", { ...good, exhibits: Array(129).fill("AAAA") }],
    ["an unknown class", { ...good, class: "guilty" }],
    ["no subject", { ...good, subject: null }],
    ["a subject of an unknown kind", { ...good, subject: { ...good.subject, kind: "other" } }],
    ["a subject without epoch", { ...good, subject: { kind: "fork", namespace: "n" } }],
    ["a subject at epoch 0", { ...good, subject: { ...good.subject, epoch: 0 } }],
    ["an auditor that is no text", { ...good, subject: { kind: "auditor", auditor: {} } }],
    ["an id that is not the subject's", { ...good, id: "0".repeat(64) }],
    ["an id in capitals", { ...good, id: good.id.toUpperCase() }],
  ])("is not %s", async (_what, value) => {
    const text = value === undefined ? "{" : JSON.stringify(value);
    expect(() => parseCaseFile(text)).toThrow(expect.objectContaining({ code: "CASE_INVALID" }));
    // The same file inside a certificate never went through parseCaseFile.
    await expect(verifyCaseFile(value as CaseFile, { assumptions: READER, verifier })).rejects.toMatchObject({
      code: "CASE_INVALID",
    });
  });

  it("fails with its own code, whatever any of its fields holds", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(good)), fc.jsonValue(), async (field, value) => {
        const reason = await reasonOf({ ...good, [field]: value } as CaseFile);
        expect(typeof reason).toBe("string");
      }),
    );
  });
});
