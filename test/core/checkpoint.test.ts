/** Malformed checkpoints, notes and vkeys; the well-formed ones of other implementations are in fixtures.test.ts. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toBase64, utf8 } from "../../src/core/bytes.ts";
import {
  checkpointBody,
  cosignedMessage,
  formatSignedNote,
  formatVkey,
  isSignedBy,
  keyId,
  parseCheckpointBody,
  parseSignedNote,
  parseVkey,
} from "../../src/core/checkpoint.ts";
import { digestOf, makeAuditors, ORIGIN, type TestAuditor } from "../support/auditors.ts";
import { codeOf } from "../support/code-of.ts";

const [A, B] = makeAuditors(2) as [TestAuditor, TestAuditor];
const DIGEST = toBase64(digestOf(1, 5));
const CHECKPOINT = { origin: ORIGIN, epoch: 5, digest: digestOf(1, 5) };

describe("a checkpoint body", () => {
  it("is three lines and reads back", () => {
    expect(checkpointBody(CHECKPOINT)).toBe(`${ORIGIN}\n5\n${DIGEST}\n`);
    expect(parseCheckpointBody(checkpointBody(CHECKPOINT))).toEqual(CHECKPOINT);
  });

  it.each([
    ["an extension line", `${ORIGIN}\n5\n${DIGEST}\nmore\n`, "ENCODING_INVALID"],
    ["no end of the last line", `${ORIGIN}\n5\n${DIGEST}`, "ENCODING_INVALID"],
    ["a line too few", `${ORIGIN}\n5\n`, "ENCODING_INVALID"],
    ["a digest of 31 bytes", `${ORIGIN}\n5\n${toBase64(new Uint8Array(31))}\n`, "ENCODING_INVALID"],
    ["base64 with spare bits", `${ORIGIN}\n5\n${"A".repeat(42)}B=\n`, "ENCODING_INVALID"],
    ["base64 without padding", `${ORIGIN}\n5\n${DIGEST.replace("=", "")}\n`, "ENCODING_INVALID"],
    ["carriage returns", `${ORIGIN}\r\n5\r\n${DIGEST}\r\n`, "ENCODING_INVALID"],
    ["an empty origin", `\n5\n${DIGEST}\n`, "NAME_INVALID"],
    ["an origin with a plus sign", `a+b\n5\n${DIGEST}\n`, "NAME_INVALID"],
    ["no epoch", `${ORIGIN}\n\n${DIGEST}\n`, "NUMBER_OUT_OF_RANGE"],
    ["a leading zero", `${ORIGIN}\n05\n${DIGEST}\n`, "NUMBER_OUT_OF_RANGE"],
    ["a sign", `${ORIGIN}\n+5\n${DIGEST}\n`, "NUMBER_OUT_OF_RANGE"],
    ["a hexadecimal epoch", `${ORIGIN}\n0x5\n${DIGEST}\n`, "NUMBER_OUT_OF_RANGE"],
    ["an epoch past 2^53-1", `${ORIGIN}\n9007199254740992\n${DIGEST}\n`, "NUMBER_OUT_OF_RANGE"],
  ])("is refused with %s", (_what, body, code) => {
    expect(codeOf(() => parseCheckpointBody(body))).toBe(code);
  });

  it("is cosigned with its time in front", () => {
    expect(cosignedMessage(CHECKPOINT, 1700000005)).toEqual(
      utf8(`cosignature/v1\ntime 1700000005\n${ORIGIN}\n5\n${DIGEST}\n`),
    );
    expect(codeOf(() => cosignedMessage(CHECKPOINT, 1.5))).toBe("NUMBER_OUT_OF_RANGE");
    expect(codeOf(() => checkpointBody({ ...CHECKPOINT, origin: "a\nb" }))).toBe("NAME_INVALID");
  });
});

describe("a signed note", () => {
  const cosignature = (auditor: TestAuditor) => ({
    name: auditor.name,
    publicKey: auditor.key.publicKey,
    timeSeconds: 1700000005,
    signature: auditor.key.sign(cosignedMessage(CHECKPOINT, 1700000005)),
  });
  const note = formatSignedNote(CHECKPOINT, [cosignature(A), cosignature(B)]);

  it("reads back with every cosignature", () => {
    const { checkpoint, signatures } = parseSignedNote(note);
    expect(checkpoint).toEqual(CHECKPOINT);
    expect(signatures.map(({ name, timeSeconds }) => [name, timeSeconds])).toEqual([
      [A.name, 1700000005],
      [B.name, 1700000005],
    ]);
    const keyOf = ({ name, key: { publicKey } }: TestAuditor) => ({ name, publicKey });
    expect(isSignedBy(signatures[0]!, keyOf(A))).toBe(true);
    expect(isSignedBy(signatures[0]!, keyOf(B))).toBe(false);
    expect(isSignedBy(signatures[0]!, { name: A.name, publicKey: B.key.publicKey })).toBe(false);
  });

  it("leaves out lines of other sizes, which are other kinds of signatures", () => {
    const { signatures } = parseSignedNote(`${note}— log.example ${toBase64(new Uint8Array(68))}\n`);
    expect(signatures).toHaveLength(2);
  });

  it.each([
    ["no empty line", note.replace("\n\n", "\n")],
    ["no end of the last line", note.slice(0, -1)],
    ["a line without the dash", `${note}log.example AAAA\n`],
    ["a line that is not base64", `${note}— log.example ????\n`],
    ["more lines than anybody's roster", `${note}${`— log.example ${toBase64(new Uint8Array(5))}\n`.repeat(256)}`],
  ])("is refused with %s", (_what, text) => {
    expect(codeOf(() => parseSignedNote(text))).toBe("ENCODING_INVALID");
  });

  it("is read whatever the names of others are, who have signed it, too", () => {
    for (const name of ["bücher.example", "a+b", "x".repeat(129)]) {
      for (const size of [68, 76]) {
        const { signatures } = parseSignedNote(`${note}— ${name} ${toBase64(new Uint8Array(size))}\n`);
        expect(
          signatures.filter((line) => isSignedBy(line, { name: A.name, publicKey: A.key.publicKey })),
        ).toHaveLength(1);
      }
    }
  });

  it("fails with a code of ours whatever the text is", () => {
    fc.assert(
      fc.property(fc.string(), fc.nat({ max: note.length }), fc.nat({ max: 20 }), (inserted, at, cut) => {
        codeOf(() => parseSignedNote(note.slice(0, at) + inserted + note.slice(at + cut)));
      }),
    );
  });
});

describe("a vkey", () => {
  const text = formatVkey({ name: A.name, publicKey: A.key.publicKey });

  it("reads back", () => {
    expect(parseVkey(text)).toEqual({ name: A.name, publicKey: A.key.publicKey });
  });

  it("has a key id of name, type and key", () => {
    expect(keyId(A.name, A.key.publicKey)).not.toEqual(keyId(B.name, A.key.publicKey));
    expect(keyId(A.name, A.key.publicKey)).not.toEqual(keyId(A.name, B.key.publicKey));
  });

  it("fails with one code whatever is wrong", () => {
    fc.assert(
      fc.property(fc.nat({ max: text.length - 1 }), fc.string({ minLength: 1, maxLength: 3 }), (at, inserted) => {
        const changed = text.slice(0, at) + inserted + text.slice(at + inserted.length);
        fc.pre(changed !== text);
        expect(codeOf(() => parseVkey(changed))).toBe("VKEY_INVALID");
      }),
    );
  });
});
