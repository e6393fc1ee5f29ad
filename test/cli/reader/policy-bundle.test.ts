/** Where an app's policy comes from, and how its makers sign it: as people do it in a terminal. */
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { formatVkey } from "../../../src/core/checkpoint.ts";
import { parsePolicy } from "../../../src/core/policy.ts";
import { AUDITORS, Liars, policyOf } from "../../client/lying-nodes.ts";
import { coaudit } from "../captured.ts";
import { Bench } from "../served.ts";

let bench: Bench;
let liars: Liars;
beforeEach(() => {
  [bench, liars] = [new Bench(), new Liars()];
});
afterEach(async () => {
  await liars.close();
  await bench.close();
});

const vkeyOf = (index: number): string => {
  const { name, key } = AUDITORS[index]!;
  return formatVkey({ name, publicKey: key.publicKey });
};
const nodeOf = (index: number): Promise<string> => liars.answering({ name: "x", vkey: vkeyOf(index) });

describe("coaudit policy new", () => {
  it("writes a policy from what nodes publish, and shows fingerprints to compare", async () => {
    const file = join(bench.folder, "reader.policy");
    const from = (await Promise.all([0, 1, 2, 3].map(nodeOf))).flatMap((url) => ["--from", url]);
    const { exitCode, err } = await coaudit("policy", "new", ...from, "--out", file);
    expect(exitCode).toBe(0);
    expect(err).toContain("4 auditors, 3 of them must agree. Compare each fingerprint");
    const policy = parsePolicy(readFileSync(file, "utf8"));
    expect(policy.witnesses.map(({ vkey }) => vkey.name)).toEqual([0, 1, 2, 3].map((i) => AUDITORS[i]!.name));
    expect(policy.quorum).toMatchObject({ kind: "group", threshold: 3 });
    for (const { name } of AUDITORS.slice(0, 4)) {
      expect(err).toMatch(new RegExp(`${name}  ([0-9a-f]{4} ){15}[0-9a-f]{4}  from http`));
    }
    expect((await coaudit("policy", "check", file)).exitCode).toBe(0);
  });

  it("leaves out auditors of a roster that retired from all that it names", async () => {
    const entry = (i: number, retired: string): string =>
      `  - { name: ${AUDITORS[i]!.name}, keys: [{ vkey: "${vkeyOf(i)}" }]${retired} }`;
    const namespaces = ["one.v1", "two.v1"].map((name) => `  - { namespace: ${name}, origin: ${name} }`);
    const auditors = [
      entry(0, ""),
      entry(1, ", retired: { one.v1: 9 }"),
      entry(2, ", retired: { one.v1: 9, two.v1: 0 }"),
    ];
    const roster = bench.file("roster.yaml", ["auditors:", ...auditors, "namespaces:", ...namespaces, ""].join("\n"));
    const { exitCode, out } = await coaudit("policy", "new", "--from", roster);
    expect(exitCode).toBe(0);
    expect(parsePolicy(out).witnesses.map(({ vkey }) => vkey.name)).toEqual([0, 1].map((i) => AUDITORS[i]!.name));
  });

  it("leaves out nobody who counts somewhere, though the roster names no namespaces by themselves", async () => {
    const entry = (i: number, more: string): string =>
      `  - { name: ${AUDITORS[i]!.name}, keys: [{ vkey: "${vkeyOf(i)}" }]${more} }`;
    const auditors = [
      entry(0, ", joined: { two.v1: 3 }"),
      entry(1, ", retired: { one.v1: 9 }"),
      entry(2, ", retired: { one.v1: 9, two.v1: 9 }"),
    ];
    const { out } = await coaudit(
      "policy",
      "new",
      "--from",
      bench.file("roster.yaml", `auditors:\n${auditors.join("\n")}\n`),
    );
    expect(parsePolicy(out).witnesses.map(({ vkey }) => vkey.name)).toEqual([0, 1].map((i) => AUDITORS[i]!.name));
  });

  it("counts all keys of an auditor in a roster once, and prints where no file is named", async () => {
    const roster = bench.file(
      "roster.yaml",
      [
        "auditors:",
        "  - name: a.example",
        "    keys:",
        ...[0, 1].map(
          (i) => `      - vkey: ${formatVkey({ name: "a.example", publicKey: AUDITORS[i]!.key.publicKey })}`,
        ),
        "  - name: b.example",
        "    keys:",
        `      - vkey: ${formatVkey({ name: "b.example", publicKey: AUDITORS[2]!.key.publicKey })}`,
        "",
      ].join("\n"),
    );
    const { exitCode, out } = await coaudit("policy", "new", "--from", roster, "--min", "2");
    expect(exitCode).toBe(0);
    const file = bench.file("both.policy", `${out}\n`);
    expect((await coaudit("policy", "check", file)).out).toContain("2 auditors; 0 of them may lie");
  });

  it("refuses two keys of one name, and a node that says none", async () => {
    const twin = formatVkey({ name: AUDITORS[0]!.name, publicKey: AUDITORS[1]!.key.publicKey });
    const urls = [await nodeOf(0), await liars.answering({ vkey: twin })];
    const { exitCode, err } = await coaudit("policy", "new", ...urls.flatMap((url) => ["--from", url]));
    expect([exitCode, err]).toEqual([2, expect.stringContaining("ask its operator which one is right")]);
    const silent = await liars.answering({});
    expect((await coaudit("policy", "new", "--from", silent)).exitCode).toBe(2);
    expect((await coaudit("policy", "new", "--from", "http://127.0.0.1:1")).exitCode).toBe(4);
    expect((await coaudit("policy", "new")).exitCode).toBe(2);
  });
});

describe("coaudit policy bundle, sign and verify", () => {
  const made = async (): Promise<{ text: string; keys: string[]; vkeys: string[] }> => {
    const policy = bench.file("app.policy", policyOf(4));
    const text = join(bench.folder, "bundle.txt");
    const args = ["--app", "messenger.example", "--number", "2", "--expires", "2099-12-31", "--policy", policy];
    const bundle = await coaudit("policy", "bundle", ...args, "--out", text);
    expect([bundle.exitCode, bundle.err]).toEqual([0, ""]);
    const keys = ["alice", "bob"].map((name) => join(bench.folder, `${name}.key`));
    const vkeys: string[] = [];
    for (const [index, key] of keys.entries()) {
      const { exitCode, out } = await coaudit("policy", "key", index === 0 ? "alice" : "bob", "--out", key);
      expect(exitCode).toBe(0);
      vkeys.push(out);
      expect(statSync(key).mode & 0o777).toBe(0o600);
    }
    return { text, keys, vkeys };
  };

  it("make what an app accepts, one signer after the other", async () => {
    const { text, keys, vkeys } = await made();
    const note = join(bench.folder, "bundle.note");
    expect((await coaudit("policy", "sign", text, "--key", keys[0]!, "--out", note)).exitCode).toBe(0);
    const verify = (...more: string[]) =>
      coaudit(
        "policy",
        "verify",
        note,
        "--app",
        "messenger.example",
        ...vkeys.flatMap((key) => ["--signer", key]),
        ...more,
      );
    const tooFew = await verify();
    expect([tooFew.exitCode, tooFew.out]).toEqual([1, expect.stringContaining("1 of the app's 2 keys signed it")]);
    expect((await verify("--threshold", "1")).exitCode).toBe(0);
    expect((await coaudit("policy", "sign", note, "--key", keys[1]!, "--out", note)).exitCode).toBe(0);
    const both = await verify();
    expect(both.exitCode).toBe(0);
    expect(both.out).toMatch(
      /^messenger.example, version 2\nissued .*\nexpires {2}2099-12-31 .*\nsigned by alice, bob\n/,
    );
    expect(JSON.parse((await verify("--json")).out)).toMatchObject({ valid: true, version: 2, isExpired: false });
    expect((await verify("--threshold", "3")).exitCode).toBe(2);
    const twice = await verify("--signer", vkeys[0]!, "--threshold", "2");
    expect([twice.exitCode, twice.err]).toEqual([2, expect.stringContaining("a signer's key is given twice")]);
  });

  it("never overwrite a key, sign nothing but a bundle, and read no key that others can read", async () => {
    const { keys } = await made();
    expect((await coaudit("policy", "key", "alice", "--out", keys[0]!)).exitCode).toBe(2);
    const letter = bench.file("letter.txt", "I owe you a million.\n");
    const signed = join(bench.folder, "letter.note");
    const refused = await coaudit("policy", "sign", letter, "--key", keys[0]!, "--out", signed);
    expect([refused.exitCode, refused.err]).toEqual([2, expect.stringContaining("letter.txt: policy bundle, line 1")]);
    expect(existsSync(signed)).toBe(false);
    const open = join(bench.folder, "open.key");
    writeFileSync(open, readFileSync(keys[0]!), { mode: 0o644 });
    expect((await coaudit("policy", "sign", join(bench.folder, "bundle.txt"), "--key", open)).err).toContain(
      "chmod 600",
    );
  });

  it("say which option is wrong", async () => {
    const policy = bench.file("app.policy", policyOf(4));
    const bundle = (...args: string[]) => coaudit("policy", "bundle", "--app", "a.b", "--policy", policy, ...args);
    expect((await bundle("--number", "1", "--expires", "soon")).err).toContain("--expires");
    expect((await bundle("--number", "0", "--expires", "2099-01-01")).err).toContain("--number");
    expect((await bundle("--number", "1", "--expires", "2001-01-01")).err).toContain("expires before");
    expect((await bundle("--number", "1", "--expires", "2099-01-01", "--vrf", "a.v1=00")).err).toContain("--vrf");
  });
});
