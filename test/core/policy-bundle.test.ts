/** A policy bundle: one text, canonical, signed by those whom an app pins (docs/protocol.md 14). */
import { describe, expect, it } from "vitest";
import { fromBase64, toBase64, toHex, utf8 } from "../../src/core/bytes.ts";
import { formatVkey } from "../../src/core/checkpoint.ts";
import { parsePolicy } from "../../src/core/policy.ts";
import { formatBundle, type PolicyBundle, parseBundle } from "../../src/core/policy-bundle.ts";
import { type BundleSigners, checkSigners, openBundle } from "../../src/core/signed-bundle.ts";
import {
  formatNoteKey,
  formatPrivateKey,
  parseNote,
  parseNoteKey,
  parsePrivateKey,
  withSignature,
} from "../../src/core/signed-note.ts";
import { ed25519KeyFromSeed, NativeVerifier } from "../../src/platform/native-ed25519.ts";
import { digestOf, makeAuditors, NAMESPACE, ORIGIN } from "../support/auditors.ts";
import { codeOf } from "../support/code-of.ts";

const modules = { verifier: new NativeVerifier() };
const auditors = makeAuditors(4);
const policy = [
  ...auditors.map(({ name, key }, i) => `witness w${i} ${formatVkey({ name, publicKey: key.publicKey })}`),
  "group g 3 w0 w1 w2 w3",
  "quorum g",
  "",
].join("\n");

const bundle: PolicyBundle = {
  ...{ app: "messenger.example", version: 7, issuedMs: 1_790_000_000_000, expiresMs: 1_800_000_000_000 },
  policy: parsePolicy(policy),
  auditors: auditors.map(({ name, key }, i) => ({
    name,
    keys: [{ publicKey: key.publicKey, windows: { [NAMESPACE]: { from: 3 } } }],
    addresses: [],
    ...(i === 0 ? { nextKeyHash: digestOf(9, 9), joined: { [NAMESPACE]: 5 }, retired: { [NAMESPACE]: 50 } } : {}),
    ...(i === 1 ? { trustedUntil: { [NAMESPACE]: 12 } } : {}),
  })),
  faultBound: 1,
  origins: new Map([[NAMESPACE, ORIGIN]]),
  vrfKeys: new Map([[NAMESPACE, digestOf(4, 4)]]),
  settlements: [
    {
      ...{ namespace: NAMESPACE, first: 3, last: 4, trust: toHex(digestOf(1, 3)), note: "a restored backup" },
      sides: { [toHex(digestOf(1, 3))]: [auditors[0]!.name], [toHex(digestOf(2, 3))]: [auditors[1]!.name] },
    },
  ],
};
const text = formatBundle(bundle);

function signer(
  name: string,
  seedByte: number,
): { key: { name: string; publicKey: Uint8Array }; sign: (note: string) => string } {
  const { publicKey, sign } = ed25519KeyFromSeed(new Uint8Array(32).fill(seedByte));
  const key = { name, publicKey };
  return {
    key,
    sign: (note) => {
      const parsed = parseNote(note);
      return withSignature(parsed, key, sign(utf8(parsed.text)));
    },
  };
}
const [alice, bob, carol] = [signer("alice", 161), signer("bob", 162), signer("carol", 163)];
const pinned: BundleSigners = {
  app: "messenger.example",
  keys: [alice.key, bob.key, carol.key],
  threshold: 2,
};
const open = (note: string, signers: BundleSigners = pinned) => openBundle(note, signers, modules);

describe("the text of a bundle", () => {
  it("reads back as it was written, all of it", () => {
    const { policy: read, ...rest } = parseBundle(text);
    const { policy: _given, ...expected } = bundle;
    expect(rest).toEqual(expected);
    expect(read.witnesses.map(({ name }) => name)).toEqual(["w0", "w1", "w2", "w3"]);
    expect(formatBundle(parseBundle(text))).toBe(text);
  });

  it("needs no more than a policy", () => {
    const { auditors: _auditors, faultBound: _bound, ...least } = bundle;
    const short = formatBundle({ ...least, origins: new Map(), vrfKeys: new Map(), settlements: [] });
    expect(short.split("\n").slice(0, 5)).toEqual([
      "coaudit-policy/v1 messenger.example",
      "version 7",
      "issued 2026-09-21T14:13:20Z",
      "expires 2027-01-15T08:00:00Z",
      expect.stringMatching(/^witness w0 /),
    ]);
    expect(short.endsWith("quorum g\n")).toBe(true);
  });

  it.each<[string, (text: string) => string, string]>([
    ["another format", (t) => t.replace("/v1", "/v2"), "line 1"],
    ["a version of zero", (t) => t.replace("version 7", "version 0"), "line 2"],
    ["a version that is no number", (t) => t.replace("version 7", "version 07"), "line 2"],
    ["a day that is none", (t) => t.replace("2026-09-21", "2026-13-21"), "line 3"],
    ["an end before its beginning", (t) => t.replace("expires 2027", "expires 2020"), "expires before"],
    ["a policy that is none", (t) => t.replace("group g 3", "group g 9"), "line 9"],
    ["no line feed at its end", (t) => t.slice(0, -1), "no line feed"],
    ["something more", (t) => `${t}more 1\n`, "does not belong here"],
    ["two bounds", (t) => t.replace("faults 1\n", "faults 1\nfaults 1\n"), "it must read"],
    ["a bound that the roster can't have", (t) => t.replace("faults 1", "faults 9"), "faults 9"],
    ["a roster without a witness", (t) => t.replace(/auditor .*\n/, ""), "not in your roster"],
    [
      "JSON that is written otherwise",
      (t) => t.replace('auditor {"name"', 'auditor { "name"'),
      "it must read: auditor",
    ],
    ["an auditor that is none", (t) => t.replace(/auditor .*\n/, "auditor 7\n"), "line 11"],
    ["a settlement that is none", (t) => t.replace(/settlement .*\n/, "settlement {}\n"), "settlement"],
    [
      "origins in another order",
      (t) => t.replace("origin ", "origin a.v1 o\norigin ").replace("a.v1", "z.v1"),
      "it must read",
    ],
  ])("has not %s", (_what, change, reason) => {
    const changed = change(text);
    expect(changed).not.toBe(text);
    expect(codeOf(() => parseBundle(changed))).toBe("BUNDLE_INVALID");
    expect(() => parseBundle(changed)).toThrow(reason);
  });

  it("is refused, whatever is cut out of it or put into it", () => {
    for (let at = 0; at < text.length; at += 7) {
      for (const changed of [text.slice(0, at) + text.slice(at + 1), `${text.slice(0, at)}\t${text.slice(at)}`]) {
        try {
          expect(formatBundle(parseBundle(changed))).toBe(changed);
        } catch {
          expect(codeOf(() => parseBundle(changed))).toBe("BUNDLE_INVALID");
        }
      }
    }
  });
});

describe("the signatures of a bundle", () => {
  const once = alice.sign(`${text}\n`);
  const twice = bob.sign(once);

  it("are enough when as many distinct keys as the app asks for made them", async () => {
    expect(await open(twice)).toMatchObject({ text, signers: ["alice", "bob"], bundle: { version: 7 } });
    await expect(open(once)).rejects.toThrow("1 of the app's 3 keys signed it, 2 are needed");
    await expect(open(alice.sign(once))).rejects.toThrow("1 of");
  });

  it("count once for each key, under whatever name it is pinned", () => {
    const doubled = { ...pinned, keys: [alice.key, { ...alice.key, name: "other" }] };
    expect(codeOf(() => checkSigners(doubled))).toBe("BUNDLE_INVALID");
    expect(codeOf(() => checkSigners({ ...pinned, threshold: 4 }))).toBe("BUNDLE_INVALID");
    expect(codeOf(() => checkSigners({ ...pinned, threshold: 0 }))).toBe("BUNDLE_INVALID");
    checkSigners(pinned);
  });

  it("count once for a key that is pinned twice", async () => {
    const twice = { ...pinned, keys: [alice.key, alice.key, bob.key] };
    await expect(open(alice.sign(`${text}\n`), twice)).rejects.toMatchObject({
      code: "BUNDLE_INVALID",
      metadata: { reason: "a signer's key is given twice" },
    });
  });

  it("are over this text, by these keys, for this app", async () => {
    const other = formatBundle({ ...bundle, version: 8 });
    const moved = twice.replace(text, other);
    await expect(open(moved)).rejects.toMatchObject({ code: "BUNDLE_INVALID" });
    await expect(open(twice, { ...pinned, app: "another.example" })).rejects.toThrow("not another.example");
    const mallory = signer("alice", 66);
    await expect(open(bob.sign(mallory.sign(`${text}\n`)))).rejects.toThrow("1 of");
  });

  it("are not an auditor's: such a key would sign two kinds of things", async () => {
    const name = auditors[2]!.name;
    const auditor = { ...auditors[2]!.key, name };
    const parsed = parseNote(once);
    const note = withSignature(parsed, auditor, auditors[2]!.key.sign(utf8(parsed.text)));
    const signers = { ...pinned, keys: [alice.key, { name, publicKey: auditor.publicKey }] };
    await expect(open(note, signers)).rejects.toThrow("is an auditor's");
  });

  it("may have others beside them, of other kinds too", async () => {
    const stranger = signer("stranger", 9);
    expect((await open(stranger.sign(twice))).signers).toEqual(["alice", "bob"]);
    for (const line of ["— other AAAA\n", `— bücher.example ${toBase64(new Uint8Array(68))}\n`]) {
      expect((await open(`${twice}${line}`)).signers).toEqual(["alice", "bob"]);
    }
  });
});

describe("a signer's key", () => {
  // Made by Go's sumdb/note: the example of its documentation.
  const PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
  const PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
  const NOTE =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

  it("is written and read as other tools for notes do it", async () => {
    const { name, id, seed } = parsePrivateKey(PRIVATE);
    const { publicKey, sign } = ed25519KeyFromSeed(seed);
    expect([name, id]).toEqual(["PeterNeumann", "c74f20a3"]);
    expect(formatNoteKey({ name, publicKey })).toBe(PUBLIC);
    expect(parseNoteKey(PUBLIC)).toEqual({ name, publicKey });
    expect(formatPrivateKey({ name, publicKey }, seed)).toBe(PRIVATE);
    const parsed = parseNote(NOTE);
    expect(withSignature({ ...parsed, lines: [] }, { name, publicKey }, sign(utf8(parsed.text)))).toBe(NOTE);
  });

  it.each(["", "PRIVATE+KEY+a", "PRIVATE+KEY+a+00000000+????", PRIVATE.replace("AYEK", "BIEK")])(
    "is not %j, and no part of a key is in the message",
    (given) => {
      expect(codeOf(() => parsePrivateKey(given))).toBe("KEY_INVALID");
      expect(() => parsePrivateKey(given)).toThrow(
        expect.not.objectContaining({ message: expect.stringContaining("FALV") }),
      );
    },
  );

  it("of an auditor's type pins nothing", () => {
    const { name, key } = auditors[0]!;
    expect(codeOf(() => parseNoteKey(formatVkey({ name, publicKey: key.publicKey })))).toBe("VKEY_INVALID");
    expect(fromBase64("AQ==")[0]).toBe(1);
  });
});
