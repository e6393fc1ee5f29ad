/** test/vectors: what other implementations are held to, this one too. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { concat, fromHex, toHex } from "../../src/core/bytes.ts";
import { type Certificate, type QuorumRequest, verifyCertificate } from "../../src/core/certificate.ts";
import { parseSignedNote, parseVkey } from "../../src/core/checkpoint.ts";
import { deriveCases } from "../../src/core/derive-cases.ts";
import { nobleVerifier, type SignatureVerifier } from "../../src/core/ed25519.ts";
import { type CaseSubject, caseId } from "../../src/core/evidence.ts";
import { sha256 } from "../../src/core/hash.ts";
import { Roster, type RosterAuditor } from "../../src/core/roster.ts";
import type { Settlement } from "../../src/core/settlement.ts";
import { openBundle } from "../../src/core/signed-bundle.ts";
import { parseNoteKey } from "../../src/core/signed-note.ts";
import type { Statement } from "../../src/core/statement.ts";
import { decodeStatement, encodeStatement, STATEMENT_TYPES } from "../../src/core/statement-codec.ts";
import { verifyStatement } from "../../src/core/statement-signature.ts";
import { ed25519KeyFromSeed, NativeVerifier } from "../../src/platform/native-ed25519.ts";
import { assumptionsOf, makeAuditors, rosterOf } from "../support/auditors.ts";
import { codeOf } from "../support/code-of.ts";
import { allVectors, formatVectors } from "../support/vectors/all.ts";
import { type BytesVector, toJson } from "../support/vectors/format.ts";
import type { PolicyBundleVector } from "../support/vectors/policy-bundles.ts";

function read<T>(name: string): T[] {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), "utf8")) as T[];
}

function bytesOf({ hex, padToBytes = 0 }: BytesVector): Uint8Array {
  const bytes = fromHex(hex);
  return concat(bytes, new Uint8Array(Math.max(0, padToBytes - bytes.length)));
}

it.each(Object.entries(allVectors()))("%s is what scripts/make-vectors.ts makes", (name, vectors) => {
  expect(readFileSync(new URL(`../vectors/${name}`, import.meta.url), "utf8") === formatVectors(vectors)).toBe(true);
});

describe("policy bundle vectors", () => {
  it.each(read<PolicyBundleVector>("policy-bundles.json"))("$name", async (vector) => {
    const { note, app, signers, threshold, version, signedBy } = vector;
    const pinned = { app, keys: signers.map(parseNoteKey), threshold };
    for (const verifier of [new NativeVerifier(), nobleVerifier]) {
      const opened = openBundle(note, pinned, { verifier });
      if (vector.valid) expect(await opened).toMatchObject({ bundle: { app, version }, signers: signedBy });
      else await expect(opened).rejects.toMatchObject({ code: vector.error });
    }
  });
});

describe("statement vectors", () => {
  const vectors = read<BytesVector>("statements.json");
  const good = vectors.filter(({ valid }) => valid);

  it("hold right and wrong bytes of every type, each under its own name", () => {
    expect(new Set(vectors.map(({ name }) => name)).size).toBe(vectors.length);
    for (const type of Object.keys(STATEMENT_TYPES)) {
      expect(good.filter((vector) => vector.type === type).length).toBeGreaterThan(1);
      expect(vectors.filter((vector) => vector.type === type && !vector.valid).length).toBeGreaterThan(15);
    }
  });

  it.each(good)("$name", async (vector) => {
    const statement = decodeStatement(bytesOf(vector));
    const { type, ...fields } = statement;
    expect(type).toBe(vector.type);
    expect(toJson(fields)).toEqual(vector.fields);
    expect(toHex(encodeStatement(statement))).toBe(vector.hex);
    expect(await isWellSigned(statement, new NativeVerifier())).toBe(vector.signaturesValid);
  });

  it("are judged alike by the verifier for browsers", async () => {
    for (const vector of good) {
      expect([vector.name, await isWellSigned(decodeStatement(bytesOf(vector)), nobleVerifier)]).toEqual([
        vector.name,
        vector.signaturesValid,
      ]);
    }
  });

  it.each(vectors.filter(({ valid }) => !valid))("$name: refused", (vector) => {
    expect(codeOf(() => decodeStatement(bytesOf(vector)))).toBe(vector.error);
  });
});

async function isWellSigned(statement: Statement, verifier: SignatureVerifier): Promise<boolean> {
  if (statement.type !== "evidence") return verifyStatement(statement, { verifier });
  for (const exhibit of statement.exhibits) {
    if (!(await isWellSigned(decodeStatement(exhibit), verifier))) return false;
  }
  return true;
}

describe("case id vectors", () => {
  it.each(read<{ name: string; subject: CaseSubject; hex: string; id: string }>("case-ids.json"))(
    "$name",
    ({ subject, hex, id }) => {
      expect(toHex(sha256(fromHex(hex)))).toBe(id);
      expect(caseId(subject)).toBe(id);
    },
  );
});

describe("signed message vectors", () => {
  interface SignedMessage {
    name: string;
    hex: string;
    signature: string;
  }
  const [key, ...rest] = read<Record<string, string> & SignedMessage>("signed-messages.json");
  const messages = rest.filter(({ signature }) => signature !== undefined);
  const publicKey = fromHex(key!["publicKey"]!);

  it("are made by the key that they name", () => {
    expect(ed25519KeyFromSeed(fromHex(key!["seed"]!)).publicKey).toEqual(publicKey);
    expect(parseVkey(key!["vkey"]!)).toEqual({ name: "a.example", publicKey });
    expect(key!["plexiKeyId"]).toBe(publicKey[31]);
  });

  it.each(messages)("$name", async ({ hex, signature }) => {
    expect(await new NativeVerifier().verify(publicKey, fromHex(hex), fromHex(signature))).toBe(true);
    expect(toHex(ed25519KeyFromSeed(fromHex(key!["seed"]!)).sign(fromHex(hex)))).toBe(signature);
  });

  it("differ in their first bytes, so that none can be taken for another", () => {
    const beginnings = messages.map(({ hex }) => hex.slice(0, 2 * 12));
    for (const [i, a] of beginnings.entries()) {
      for (const b of beginnings.slice(i + 1)) expect(a.startsWith(b) || b.startsWith(a)).toBe(false);
    }
    expect(beginnings.map((hex) => hex.slice(0, 4))).toEqual(["0801", "0200", "636f", "636f", "636f", "636f"]);
  });

  it("hold a note that reads back", () => {
    const { note } = rest.at(-1)!;
    expect(parseSignedNote(note!).signatures).toHaveLength(1);
  });
});

describe("certificate vectors", () => {
  interface CertificateVector {
    name: string;
    request: QuorumRequest;
    certificate: Certificate;
    result: string;
  }
  it.each(read<CertificateVector>("certificates.json"))("$name: $result", async ({ certificate, request, result }) => {
    const modules = { assumptions: assumptionsOf(makeAuditors(5), 1), verifier: new NativeVerifier() };
    expect((await verifyCertificate(certificate, request, modules)).result).toBe(result);
  });
});

describe("case vectors", () => {
  interface CaseVector {
    name: string;
    reader: {
      faultBound?: number;
      roster?: Record<string, Pick<RosterAuditor, "joined" | "retired">>;
      settlements?: Settlement[];
    };
    statements: string[];
    cases: { id: string; subject: CaseSubject; class: string }[];
  }
  it.each(read<CaseVector>("cases.json"))("$name", ({ reader, statements, cases }) => {
    const { faultBound = 1, roster = {}, settlements = [] } = reader;
    const entries = rosterOf(makeAuditors(5)).auditors.map((auditor) => ({ ...auditor, ...roster[auditor.name] }));
    const assumptions = { ...assumptionsOf(makeAuditors(5), faultBound), roster: new Roster(entries), settlements };
    const derived = deriveCases(
      statements.map((hex) => decodeStatement(fromHex(hex))),
      assumptions,
    );
    expect(derived.map(({ epochs: _left, ...rest }) => rest)).toEqual(cases);
  });
});
