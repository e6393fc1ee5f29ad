import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/core/bytes.ts";
import { formatPolicy, parsePolicy } from "../../src/core/policy.ts";
import { AUDITORS, arbitraryPolicy, policyText, vkeyOf } from "./policy-support.ts";

const [a, b] = AUDITORS;

describe("a policy in C2SP's grammar", () => {
  it("names witnesses, groups of groups, and the quorum", () => {
    const policy = parsePolicy(
      policyText(6, "group X 2 a b c", "group Y any d e f", "group X-and-Y all X Y", "quorum X-and-Y"),
    );
    expect(policy.witnesses.map(({ name, vkey, line }) => [name, vkey.name, line]).slice(0, 2)).toEqual([
      ["a", "a.example", 1],
      ["b", "b.example", 2],
    ]);
    expect(policy.groups.map(({ name, threshold }) => [name, threshold])).toEqual([
      ["X", 2],
      ["Y", 1],
      ["X-and-Y", 2],
    ]);
    expect(policy.quorum).toBe(policy.groups[2]);
  });

  it("takes comments, blank lines, tabs, white space around a line, URLs, and a last line that is not ended", () => {
    const text = `# who\n\n \t \n\twitness  a\t${vkeyOf(a!)} https://a.example/w \n  # more\nquorum a`;
    expect(parsePolicy(text).witnesses[0]).toMatchObject({ name: "a", url: "https://a.example/w", line: 4 });
  });

  it("takes names beyond ASCII as they are, without folding them", () => {
    const text = `witness K ${vkeyOf(a!)}\nwitness \u212a ${vkeyOf(b!)}\ngroup beide-ü all K \u212a\nquorum beide-ü\n`;
    expect(parsePolicy(utf8(text)).witnesses.map(({ name }) => name)).toEqual(["K", "\u212a"]);
  });

  it("may be none, and a single witness", () => {
    expect(parsePolicy("quorum none\n")).toEqual({ witnesses: [], groups: [], quorum: "none" });
    expect(parsePolicy(policyText(1, "quorum a")).quorum).toMatchObject({ kind: "witness", name: "a" });
  });

  it("reads back as written", () => {
    fc.assert(
      fc.property(arbitraryPolicy, (text) => {
        const policy = parsePolicy(text);
        const written = formatPolicy(policy);
        expect(parsePolicy(written)).toEqual(policy);
        expect(formatPolicy(parsePolicy(written))).toBe(written);
      }),
    );
  });

  it("fails only with its own error, whatever is cut out of it or put into it", () => {
    fc.assert(
      fc.property(arbitraryPolicy, fc.nat(), fc.nat(20), fc.string({ maxLength: 8 }), (text, at, length, put) => {
        const from = at % text.length;
        const damaged = text.slice(0, from) + put + text.slice(from + length);
        try {
          parsePolicy(damaged);
        } catch (error) {
          expect(error).toMatchObject({ code: "POLICY_INVALID", metadata: { line: expect.any(Number) } });
        }
      }),
      { numRuns: 300 },
    );
  });

  const vkey = vkeyOf(a!);
  it.each([
    ["log example.org+0f3e2d1c+AAAA\nquorum none", 1, 1, "key directories do not sign checkpoints"],
    [`witness a ${vkey}\nwitnesses b\nquorum a`, 2, 1, '"witnesses" is not one of'],
    [`witness a ${vkey}\nquorum b`, 2, 8, "b is not defined in a line above"],
    [`quorum a\nwitness a ${vkey}`, 1, 8, "a is not defined in a line above"],
    [`witness a ${vkey}`, 1, 1, 'it has no "quorum" line'],
    [`witness a ${vkey}\nquorum a\nquorum a`, 3, 1, "there is already a quorum in line 2"],
    [`witness a ${vkey}\nquorum a b`, 2, 10, "nothing may follow the name of the quorum"],
    [`witness a ${vkey}\nquorum`, 2, 7, "expected: quorum NAME"],
    ["witness", 1, 8, "expected: witness NAME VKEY"],
    ["witness a", 1, 10, "expected the vkey of a"],
    [`witness a ${vkey} https://a x`, 1, 23 + vkey.length - 1, "nothing may follow the URL"],
    ["witness a a.example+00000000+AAAA", 1, 11, "the vkey is unusable: the key type is 0, expected 4"],
    [`witness a ${vkey.replace("+", "+0")}\nquorum a`, 1, 11, "the key id does not belong"],
    [`witness a ${vkey}\nwitness b ${vkeyOf(a!, "z.example")}`, 2, 11, "the key already belongs to a in line 1"],
    [`witness a ${vkey}\nwitness a ${vkeyOf(b!)}`, 2, 9, "a is already defined in line 1"],
    [`witness none ${vkey}`, 1, 9, "cannot be a name"],
    [`witness a ${vkey}\ngroup g any a none`, 2, 15, `"none" cannot be a group member`],
    [`witness a ${vkey}\ngroup g any`, 2, 12, "at least one member"],
    [`witness a ${vkey}\ngroup g 2 a`, 2, 9, "a number from 1 to the 1 members"],
    [`witness a ${vkey}\ngroup g 0 a`, 2, 9, "a number from 1 to the 1 members"],
    [`witness a ${vkey}\ngroup g 01 a`, 2, 9, "a number from 1 to the 1 members"],
    [`witness a ${vkey}\ngroup g any a a`, 2, 15, "a is already a member of g"],
    [`witness a ${vkey}\ngroup g any a\ngroup h any a g`, 3, 13, "a is already a member of g"],
    [`witness a ${vkey}\ngroup g any g`, 2, 13, "g is not defined in a line above"],
    [`witness a ${vkey}\r\nquorum a`, 1, 11 + vkey.length, "0x0d is not allowed; lines end with LF only"],
    [`witness a ${vkey}\nquorum\u0000a`, 2, 7, "0x00 is not allowed"],
  ])("is refused, with the place and the reason: %j", (text, line, column, reason) => {
    let thrown: unknown;
    try {
      parsePolicy(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: "POLICY_INVALID", metadata: { line, column } });
    expect((thrown as Error).message).toContain(reason);
  });

  it("is refused when it is not UTF-8, or longer than anybody writes", () => {
    expect(() => parsePolicy(Uint8Array.of(0x23, 0xff, 0x0a))).toThrow("not UTF-8");
    expect(() => parsePolicy("#".repeat(300_000))).toThrow("longer than");
  });
});
