import { readdirSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { policyText } from "../../core/policy-support.ts";
import { coaudit } from "../captured.ts";
import { Bench } from "../served.ts";

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.close());

async function check(text: string, ...args: string[]): ReturnType<typeof coaudit> {
  return coaudit("policy", "check", bench.file("reader.policy", text), ...args);
}

describe("coaudit policy check", () => {
  it("explains a policy in words, as a tree, and says what it survives", async () => {
    const text = policyText(6, "group X 2 a b c", "group Y any d e", "group Q all X Y", "quorum Q");
    const { exitCode, out } = await check(text);
    expect(exitCode).toBe(0);
    expect(out).toContain(
      "accepted when all of (at least 2 of a, b, c signed it), (at least 1 of d, e signed it) hold.",
    );
    expect(out).toContain(
      [
        "Q: all of 2",
        "├─ X: 2 of 3",
        "│  ├─ a  a.example",
        "│  ├─ b  b.example",
        "│  └─ c  c.example",
        "└─ Y: any of 2",
        "   ├─ d  d.example",
        "   └─ e  e.example",
      ].join("\n"),
    );
    expect(out).toContain("forged by    3 (a.example, b.example, d.example)");
    expect(out).toContain("blocked by   2 (");
    expect(out).toContain("not part of the quorum: f");
    expect(out).toMatch(/^holds: 1 liar cannot satisfy it; that takes 3$/m);
  });

  it("says of groups beside witnesses what each of them did", async () => {
    const { out } = await check(policyText(3, "group X all a b", "group Q any X c", "quorum Q"));
    expect(out).toContain("accepted when at least 1 of (all of a, b signed it), (c signed it) hold.");
  });

  it("fails a policy that f liars alone satisfy", async () => {
    const { exitCode, out } = await check(policyText(4, "group Q any a b c d", "quorum Q"));
    expect(exitCode).toBe(1);
    expect(out).toMatch(/^fails: 1 liar alone satisfies it, and f is 1$/m);
    expect(await check("quorum none\n")).toMatchObject({ exitCode: 1, out: expect.stringContaining("every head") });
  });

  it("warns when two quorums can share only f auditors, or f absent ones block everything", async () => {
    const halves = await check(policyText(4, "group Q 2 a b c d", "quorum Q"));
    expect(halves.exitCode).toBe(0);
    expect(halves.out).toContain("two quorums can have nobody in common");
    expect(halves.out).toContain("warning: two quorums can share only 0 auditors");
    const all = await check(policyText(4, "group Q all a b c d", "quorum Q"), "--faults", "2");
    expect(all.out).toContain("warning: 1 absent auditor makes every head unacceptable");
    expect(all.exitCode).toBe(0);
  });

  it("answers programs in JSON", async () => {
    const { exitCode, out } = await check(policyText(4, "group Q 3 a b c d", "quorum Q"), "--faults", "3", "--json");
    expect(exitCode).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      result: "forgeable",
      faultBound: 3,
      auditors: 4,
      forgers: { length: 3 },
      blockers: { length: 2 },
      common: { length: 2 },
      concerns: ["forged-by-f", "quorums-share-f", "blocked-by-f"],
      quorum: { group: "Q", threshold: 3 },
    });
  });

  it("ends with 2 and the place of the mistake", async () => {
    const { exitCode, err } = await check(policyText(2, "group Q 3 a b", "quorum Q"));
    expect(exitCode).toBe(2);
    expect(err).toMatch(
      /reader\.policy:3:9: "3" is not all, any or a number from 1 to the 2 members \(POLICY_INVALID\)$/,
    );
    expect((await check("quorum none\n", "--faults", "x")).exitCode).toBe(2);
    expect((await coaudit("policy", "check", "/nowhere/at/all")).exitCode).toBe(2);
  });

  it("judges the policies that the project ships as their first line says", async () => {
    const files = readdirSync("config/policies");
    const codes = await Promise.all(files.map((file) => coaudit("policy", "check", `config/policies/${file}`)));
    expect(Object.fromEntries(files.map((file, i) => [file, codes[i]?.exitCode]))).toEqual({
      "across-operators.policy": 0,
      "four-of-five.policy": 0,
      "too-weak.policy": 1,
    });
  });
});
