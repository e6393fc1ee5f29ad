/** Wrong arguments are told as what they are: never a raw TypeError, never taken for something else. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digestBytes } from "../../src/client/arguments.ts";
import * as sdk from "../../src/client/index.ts";
import { fileTrust } from "../../src/client/node/file-trust.ts";
import { toHex } from "../../src/core/bytes.ts";
import { isCoauditError } from "../../src/core/errors.ts";
import { digestOf, NAMESPACE, rosterOf } from "../support/auditors.ts";
import { AUDITORS, certificateOf, client, headsOf, policyOf } from "./lying-nodes.ts";

const digest = digestOf(1, 17);
const hex = toHex(digest);

describe("a digest", () => {
  it.each<[string, unknown]>([
    ["hexadecimal text", hex],
    ["upper-case text", hex.toUpperCase()],
    ["a Uint8Array", digest],
    ["a Buffer", Buffer.from(digest)],
    ["an Int8Array", new Int8Array(digest)],
    ["a view into something larger", new Uint8Array([...digest, 1, 2, 3]).subarray(0, 32)],
    ["a DataView", new DataView(Uint8Array.from(digest).buffer)],
    ["an ArrayBuffer", Uint8Array.from(digest).buffer],
    ["a Uint16Array, by its bytes", new Uint16Array(Uint8Array.from(digest).buffer)],
  ])("may be %s", (_what, value) => {
    expect(toHex(digestBytes(value))).toBe(hex);
  });

  it("is a copy: what a view shows may change while nodes are asked", () => {
    const changing = Uint8Array.from(digest);
    const copy = digestBytes(changing);
    changing.fill(0);
    expect(toHex(copy)).toBe(hex);
  });

  it.each<[string, unknown, string]>([
    ["base64", Buffer.from(digest).toString("base64"), "looks like base64"],
    ["base64 without padding", Buffer.from(digest).toString("base64url"), "looks like base64"],
    ["too short", "00", "2 hexadecimal digits"],
    ["empty", "", "0 hexadecimal digits"],
    ["other text", "the digest", "64 hexadecimal digits"],
    ["numbers", [...digest], "a list"],
    ["numbers below zero", [...new Int8Array(digest)], "a list"],
    ["pairs of digits", hex.match(/../g), "a list"],
    ["what JSON makes of a Buffer", JSON.parse(JSON.stringify(Buffer.from(digest))), "an object"],
    ["32 numbers of two bytes", new Uint16Array(32), "64 bytes"],
    ["a text object", Object(hex), "an object"],
    ["undefined", undefined, "undefined"],
    ["a symbol", Symbol("digest"), "Symbol"],
  ])("is not %s, and no accusation comes of it", async (_what, value, words) => {
    const asked = client([]).check(NAMESPACE, 17, value as string);
    await expect(asked).rejects.toMatchObject({ code: "ENCODING_INVALID", metadata: { what: "digest" } });
    await expect(asked).rejects.toThrow(words);
  });
});

describe("options that can't be meant", () => {
  const good = { nodes: [], policy: policyOf(4) };

  it.each<[string, object, string]>([
    ["an unknown one", { node: "https://a.example" }, "USAGE"],
    ["one that is spelled differently", { faultbound: 1 }, "USAGE"],
    ["a fault bound that the roster can't have", { faultBound: 5 }, "NUMBER_OUT_OF_RANGE"],
    ["nodes that are no list", { nodes: "https://a.example" }, "USAGE"],
    ["a node that is no text", { nodes: [undefined] }, "USAGE"],
    ["a trust state that is none", { trustState: {} }, "USAGE"],
    ["the text of a trust state", { trustState: "{}" }, "USAGE"],
    ["a roster that is none", { roster: [] }, "USAGE"],
    ["provider keys in an object", { providerKeys: {} }, "USAGE"],
    ["origins that are a text", { origins: "test.kt/v1" }, "USAGE"],
    ["an origin that is none", { origins: { [NAMESPACE]: undefined } }, "NAME_INVALID"],
    [
      "a settlement without sides",
      { settlements: [{ namespace: NAMESPACE, first: 1, last: 2 }] },
      "SETTLEMENT_INVALID",
    ],
    ["an alarm that is no function", { onAlarm: "console.log" }, "USAGE"],
    ["no time at all", { timeoutMs: 0 }, "NUMBER_OUT_OF_RANGE"],
  ])("are refused at once: %s", (_what, options, code) => {
    expect(() => new sdk.QuorumClient({ ...good, ...options })).toThrow(expect.objectContaining({ code }));
  });

  it("an undefined namespace is none, in every call", async () => {
    const none = undefined as unknown as string;
    const reader = client([]);
    for (const asked of [reader.latest(none), reader.at(none, 1), reader.check(none, 1, hex)]) {
      await expect(asked).rejects.toMatchObject({ code: "NAME_INVALID" });
    }
    expect(() => reader.watch(none)).toThrow(expect.objectContaining({ code: "NAME_INVALID" }));
  });
});

describe("whatever is passed", () => {
  const junk = fc.oneof(
    fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withTypedArray: true }),
    fc.constantFrom(undefined, null, Number.NaN, -1, 0.5, "", "latest", Symbol("x"), () => undefined, 10n, /x/),
  );
  /** The doors of the SDK, each with as many arguments as it takes. */
  const policy = sdk.parsePolicy(policyOf(4));
  const bound = sdk.bindPolicy(policy, rosterOf(AUDITORS));
  const reader = client([]);
  const certificate = certificateOf(headsOf([0, 1, 2, 3]));
  // biome-ignore lint/suspicious/noExplicitAny: this is what the test is about
  type Door = (a: any, b: any, c: any) => unknown;
  const doors: Record<string, Door> = {
    QuorumClient: (a, b) => new sdk.QuorumClient(a, b),
    "QuorumClient with a policy": (a, b) => new sdk.QuorumClient({ ...a, nodes: [], policy: policyOf(4) }, b),
    "an option": (a, b) =>
      new sdk.QuorumClient({
        nodes: [],
        policy: policyOf(4),
        ...Object.fromEntries([[OPTIONS[b?.length % OPTIONS.length || 0], a]]),
      }),
    latest: (a, b) => reader.latest(a, b),
    "latest, options": (a) => reader.latest(NAMESPACE, a),
    at: (a, b, c) => reader.at(a, b, c),
    "at, epoch": (a, b) => reader.at(NAMESPACE, a, b),
    check: (a, b, c) => reader.check(a, b, c),
    "check, digest": (a, b) => reader.check(NAMESPACE, 17, a, b),
    whenAudited: (a, b, c) => reader.whenAudited(NAMESPACE, a, b, c),
    verify: (a, b, c) => reader.verify(a, b, c),
    "verify, epoch": (a, b) => reader.verify(certificate, a, b),
    "verify, in a certificate": (a, b) => reader.verify({ ...certificate, signatures: [a], cases: [b] }),
    watch: (a, b) => reader.watch(a, b),
    "watch, options": (a) => reader.watch(NAMESPACE, { intervalMs: a }),
    "watch, signal": (a) => reader.watch(NAMESPACE, { signal: a }),
    parsePolicy: (a) => sdk.parsePolicy(a),
    formatPolicy: (a) => sdk.formatPolicy(a),
    "formatPolicy, members": (a) => sdk.formatPolicy({ ...policy, quorum: a }),
    analysePolicy: (a) => sdk.analysePolicy(a),
    "analysePolicy, tree": (a) => sdk.analysePolicy({ ...bound, tree: a }),
    policyConcerns: (a, b) => sdk.policyConcerns(a, b),
    bindPolicy: (a, b) => sdk.bindPolicy(a, b),
    "bindPolicy, roster": (a) => sdk.bindPolicy(policy, a),
    rosterOfPolicy: (a) => sdk.rosterOfPolicy(a),
    Roster: (a) => new sdk.Roster(a),
    "Roster, auditors": (a, b) => new sdk.Roster([a, b]),
    "Roster, keys": (a) => new sdk.Roster([{ name: "a", keys: a, addresses: [] }]),
    parseCaseFile: (a) => sdk.parseCaseFile(a),
    webStorageTrust: (a, b) => sdk.webStorageTrust(a, b),
    webVerifier: (a) => sdk.webVerifier(a),
    fileTrust: (a) => fileTrust(a),
    isCoauditError: (a, b) => sdk.isCoauditError(a, b),
    memoryTrust: () => sdk.memoryTrust(),
  };
  const OPTIONS = [
    ...["faultBound", "maxAgeMs", "trustState", "origins", "roster", "providerKeys", "settlements", "timeoutMs"],
    ...["onAlarm", "nodes", "policy"],
  ];

  it("has a door for every function that the SDK exports", () => {
    const names = Object.entries(sdk)
      .filter(([, value]) => typeof value === "function")
      .map(([name]) => name);
    for (const name of names) if (name !== "CoauditError") expect(Object.keys(doors)).toContain(name);
  });

  it.each(Object.keys(doors))("%s works, or throws a CoauditError", async (name) => {
    const door = doors[name] as Door;
    await fc.assert(
      fc.asyncProperty(junk, junk, junk, async (a, b, c) => {
        try {
          await door(a, b, c);
        } catch (error) {
          if (!isCoauditError(error)) throw error;
        }
      }),
      { numRuns: 300 },
    );
  });

  it("a policy that contains itself is refused", () => {
    const members: unknown[] = [];
    const group = { kind: "group", name: "g", threshold: 1, members, line: 0 };
    members.push(group);
    const circular = { witnesses: [], groups: [group], quorum: group } as unknown as sdk.Policy;
    for (const door of [sdk.formatPolicy, sdk.rosterOfPolicy]) {
      expect(() => door(circular)).toThrow(expect.objectContaining({ code: "POLICY_INVALID" }));
    }
    const tree = { kind: "threshold", threshold: 1, members };
    expect(() => sdk.analysePolicy({ ...bound, tree: tree as never })).toThrow(
      expect.objectContaining({ code: "POLICY_INVALID" }),
    );
  });
});
