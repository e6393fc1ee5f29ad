/** What a roster says and would change, before a node starts with it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { toHex } from "../../../src/core/bytes.ts";
import { formatVkey } from "../../../src/core/checkpoint.ts";
import { sha256 } from "../../../src/core/hash.ts";
import type { Statement } from "../../../src/core/statement.ts";
import { encodeStatement } from "../../../src/core/statement-codec.ts";
import { Ledger } from "../../../src/ledger/ledger.ts";
import { LevelStore } from "../../../src/ledger/store/level-store.ts";
import { initNode } from "../../../src/node/config/init.ts";
import { loadRosterFile } from "../../../src/node/config/roster-file.ts";
import { NativeVerifier } from "../../../src/platform/native-ed25519.ts";
import { systemClock, systemRandom } from "../../../src/platform/system.ts";
import { digestOf, makeAuditors, NAMESPACE, ORIGIN, type TestAuditor } from "../../support/auditors.ts";
import { type Captured, coaudit } from "../captured.ts";

const OWN = "own.example";
const [a, b, c, d] = makeAuditors(4) as [TestAuditor, TestAuditor, TestAuditor, TestAuditor];
let folder: string;
let config: string;
let roster: string;
let ownVkey: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-roster-"));
  const listen = "/ip4/0.0.0.0/tcp/7600";
  const made = await initNode({ name: OWN, folder, listen, apiPort: 0 }, { random: systemRandom });
  config = made.configFile;
  ownVkey = made.vkey;
  roster = join(folder, "roster.yaml");
  const entry = `\n  - { namespace: ${NAMESPACE}, origin: ${ORIGIN}, configuration: experimental, source: ./bucket }`;
  writeFileSync(config, readFileSync(config, "utf8").replace("namespaces: []", `namespaces:${entry}`));
  writeRoster(a, b, c, d);
});
afterEach(() => rmSync(folder, { recursive: true }));

type Entry = TestAuditor | { readonly of: TestAuditor; readonly lines?: string; readonly keyOf?: TestAuditor };

const vkeyOf = (name: string, { key }: TestAuditor): string => formatVkey({ name, publicKey: key.publicKey });

function entryText(entry: Entry, index: number): string {
  const { of, lines = "", keyOf = of } = "of" in entry ? entry : { of: entry };
  const address = lines.includes("addresses") ? "" : `\n    addresses: [/dns4/${of.name}/tcp/760${index}]`;
  const keys = lines.includes("keys") ? "" : `\n    keys: [{ vkey: "${vkeyOf(of.name, keyOf)}" }]`;
  return `  - name: ${of.name}${keys}${address}${lines === "" ? "" : `\n    ${lines}`}\n`;
}

/** This node, and these. */
function writeRoster(...entries: readonly Entry[]): void {
  const own = `  - name: ${OWN}\n    keys: [{ vkey: "${ownVkey}" }]\n`;
  writeFileSync(roster, `auditors:\n${own}${entries.map(entryText).join("")}`);
}

/** What the data folder holds, judged by the roster file as it is now. */
async function holding(...statements: readonly Statement[]): Promise<void> {
  const store = await LevelStore.open({ folder: join(folder, "data", "ledger") });
  const file = await loadRosterFile(roster);
  const options = { namespaces: [{ namespace: NAMESPACE, origin: ORIGIN }], roster: file.roster };
  const ledger = await Ledger.open(
    { ...options, faultBound: undefined, providerKeys: new Map(), settlements: file.settlements },
    { store, clock: systemClock, verifier: new NativeVerifier() },
  );
  for (const statement of statements) await ledger.receive(encodeStatement(statement), "sync");
  await store.close();
}

const headsOf = (epoch: number, branch: number, ...auditors: readonly TestAuditor[]): Statement[] =>
  auditors.map((auditor) => auditor.head(epoch, digestOf(branch, epoch)));
const check = (...args: string[]): Promise<Captured> => coaudit("roster", "check", ...args);
const asNode = (): Promise<Captured> => check("--config", config);

interface Checked {
  readonly result: string;
  readonly auditors: number;
  readonly namespaces: readonly object[];
  readonly findings: readonly { readonly level: string; readonly kind: string; readonly message: string }[];
  readonly cases: readonly { readonly before?: string; readonly after?: string; readonly convictsProvider: boolean }[];
}

async function json(...args: string[]): Promise<Checked> {
  return JSON.parse((await check(...args, "--json")).out);
}

const kinds = ({ findings }: Checked): string[] => findings.map(({ level, kind }) => `${level} ${kind}`);

describe("coaudit roster check of a file alone", () => {
  it("says how many count, f and the default quorum, and finds nothing in a roster that is meant", async () => {
    writeFileSync(
      roster,
      `${readFileSync(roster, "utf8")}namespaces: [{ namespace: ${NAMESPACE}, origin: ${ORIGIN} }]\n`,
    );
    const checked = await check(roster);
    expect(checked).toMatchObject({ exitCode: 0, err: "" });
    expect(checked.out).toContain(`${NAMESPACE}: 5 count now; f = 1, a quorum is 4 by default`);
    expect(checked.out).toContain("nothing to look at");
    expect(await json(roster)).toMatchObject({
      result: "fine",
      auditors: 5,
      namespaces: [{ namespace: NAMESPACE, auditors: 5, faultBound: 1, quorum: 4 }],
      findings: [],
      cases: [],
    });
  });

  it.each([
    ["a key under two names", [a, { of: b, lines: `keys: [{ vkey: "${vkeyOf("b.example", a)}" }]` }], /listed under/],
    ["a name twice", [a, { of: a, keyOf: b }], /listed twice/],
    [
      "a vkey of another name",
      [{ of: a, lines: `keys: [{ vkey: "${vkeyOf("z.example", a)}" }]` }],
      /a vkey of a\.example/,
    ],
    ["an unknown line", [{ of: a, lines: "retried: { x: 1 }" }], /retried/],
    ["a window that ends before it begins", [windowed("{ from: 9, until: 8 }")], /until: found 8/],
  ] as const)("refuses %s with the place in the file, and 2", async (_what, entries, message) => {
    writeRoster(...(entries as readonly Entry[]));
    expect(await check(roster)).toMatchObject({ exitCode: 2, err: expect.stringMatching(message) });
  });

  it.each([
    ["no-key-in-force", [windowed("{ until: 8 }"), b]],
    ["joins-after-it-retires", [{ of: a, lines: `joined: { ${NAMESPACE}: 9 }\n    retired: { ${NAMESPACE}: 8 }` }]],
    ["next-key-in-use", [{ of: a, lines: `next-key-hash: ${toHex(sha256(b.key.publicKey))}` }, b]],
    [
      "shared-address",
      [
        { of: a, lines: "addresses: [/ip4/10.0.0.1/tcp/1]" },
        { of: b, lines: "addresses: [/ip4/10.0.0.1/tcp/1]" },
      ],
    ],
    ["address-not-dialable", [{ of: a, lines: "addresses: [/ip4/0.0.0.0/tcp/7600]" }]],
  ] as const)("warns of %s, and ends with 1", async (kind, entries) => {
    writeRoster(...(entries as readonly Entry[]));
    const checked = await json(roster);
    expect(checked.result).toBe("look");
    expect(kinds(checked)).toContain(`warning ${kind}`);
    expect((await check(roster)).exitCode).toBe(1);
  });

  it("warns where nobody counts, where the bound is too high, and of settlements with strangers", async () => {
    const retired = `retired: { ${NAMESPACE}: 0 }`;
    writeFileSync(roster, `auditors:\n${[a, b].map((of, at) => entryText({ of, lines: retired }, at)).join("")}`);
    expect(kinds(await json(roster))).toEqual(["warning nobody-counts"]);
    writeFileSync(
      roster,
      `auditors:\n${[a, b, c].map(entryText).join("")}namespaces: [{ namespace: ${NAMESPACE}, origin: ${ORIGIN} }]
settlements: [{ namespace: ${NAMESPACE}, first: 3, last: 3, sides: { ${"ab".repeat(32)}: [a.example], ${"cd".repeat(32)}: [zed.example] }, trust: none, note: asked }]\n`,
    );
    expect(kinds(await json(roster, "--fault-bound", "3"))).toEqual([
      "warning bound-too-high",
      "warning settlement-names-strangers",
    ]);
    expect(kinds(await json(roster))).toEqual(["warning settlement-names-strangers", "note zero-bound"]);
  });

  it("says aloud that f is 0, which is no reason for another exit code", async () => {
    writeFileSync(
      roster,
      `${readFileSync(roster, "utf8")}namespaces: [{ namespace: ${NAMESPACE}, origin: ${ORIGIN} }]\n`,
    );
    const checked = await check(roster, "--fault-bound", "0");
    expect(checked).toMatchObject({ exitCode: 0, out: expect.stringContaining("one mistaken auditor") });
  });

  it("needs a file", async () => {
    expect(await check()).toMatchObject({ exitCode: 2, err: expect.stringContaining("--config FILE") });
    expect(await check(join(folder, "none.yaml"))).toMatchObject({ exitCode: 2 });
    expect((await check("--help")).out).toContain("$ coaudit roster check");
  });
});

function windowed(window: string): Entry {
  return { of: a, lines: `keys: [{ vkey: "${vkeyOf(a.name, a)}", windows: { ${NAMESPACE}: ${window} } }]` };
}

describe("coaudit roster check for a node", () => {
  it("is content with the roster that the node runs with, and leaves its data as they were", async () => {
    expect(await asNode()).toMatchObject({ exitCode: 0, err: "" });
    await holding(...headsOf(1, 1, a, b, c, d), ...headsOf(2, 1, a, b, c), ...headsOf(2, 2, d));
    expect(await asNode()).toMatchObject({ exitCode: 0, err: "" });
    writeRoster(a, b, c, { of: d, lines: `retired: { ${NAMESPACE}: 1 }` });
    const first = await asNode();
    expect(first.out).toContain("Cases that change");
    expect(await asNode()).toEqual(first);
  });

  it("lists which cases change class when an auditor is retired, one that would refuse quorums first", async () => {
    // Two of five differ, f = 1: a split view. Without d it is one of four, which one liar explains.
    await holding(...headsOf(5, 1, a, b), ...headsOf(5, 2, c, d));
    writeRoster(a, b, c, { of: d, lines: `retired: { ${NAMESPACE}: 4 }` });
    expect(await json("--config", config)).toMatchObject({
      result: "look",
      cases: expect.arrayContaining([
        expect.objectContaining({ before: "split-view", after: "explained", convictsProvider: false }),
        expect.objectContaining({ before: "explained", after: "disagreement", convictsProvider: false }),
      ]),
    });
    // The other way round.
    await holding();
    writeRoster(a, b, c, d);
    const back = await json("--config", config);
    expect(back.cases[0]).toMatchObject({ after: "split-view", convictsProvider: true });
    expect(await check("--config", config)).toMatchObject({
      exitCode: 1,
      out: expect.stringContaining("refuses quorums"),
    });
  });

  it("takes another file than the one that the configuration names", async () => {
    await holding(...headsOf(5, 1, a, b), ...headsOf(5, 2, c, d));
    const next = join(folder, "next.yaml");
    writeFileSync(next, readFileSync(roster, "utf8").replace(/tcp\/7603\]/, `$&\n    retired: { ${NAMESPACE}: 4 }`));
    expect((await check(next, "--config", config)).out).toContain("split-view");
    expect(await asNode()).toMatchObject({ exitCode: 0 });
  });

  it("says which auditors are missing whose heads are held, with the way out, and that the node does not start", async () => {
    await holding(...headsOf(1, 1, a, b, c, d));
    writeRoster(a, b);
    const checked = await asNode();
    expect(checked).toMatchObject({ exitCode: 2, out: expect.stringContaining("does not start") });
    for (const name of [c.name, d.name]) expect(checked.out).toContain(`heads of ${name} are held`);
    expect(checked.out).toContain(`retired: { ${NAMESPACE}: EPOCH }`);
    expect(await json("--config", config)).toMatchObject({ result: "unusable" });
  });

  it("finds a key that signed for one auditor and is listed under another, or under nobody any more", async () => {
    await holding(...headsOf(1, 1, a, b), ...headsOf(2, 1, a, b));
    writeRoster({ of: a, keyOf: c }, b, { of: d, keyOf: a });
    const moved = await json("--config", config);
    expect(moved.findings).toContainEqual({
      level: "warning",
      kind: "key-moved",
      message: expect.stringContaining("the roster lists under d.example"),
    });
    writeRoster({ of: a, keyOf: c }, b);
    expect((await asNode()).out).toContain("a key that the roster lists no more");
  });

  it("warns of a newcomer without joined, and not of one with it", async () => {
    await holding(...headsOf(1, 1, a, b, c));
    const newcomer = await json("--config", config);
    // This node itself has signed nothing yet.
    expect(newcomer.findings.filter(({ kind }) => kind === "joined-missing")).toMatchObject([
      { message: expect.stringContaining("d.example") },
    ]);
    writeRoster(a, b, c, { of: d, lines: `joined: { ${NAMESPACE}: 2 }` });
    expect(kinds(await json("--config", config))).not.toContain("warning joined-missing");
  });

  it("tells of a convicted auditor what can be done, and of trust in one that is not", async () => {
    await holding(...headsOf(1, 1, a, b, c, d), ...headsOf(1, 2, d));
    expect(kinds(await json("--config", config))).toEqual(["warning convicted"]);
    writeRoster(
      a,
      b,
      { of: c, lines: `trusted-until: { ${NAMESPACE}: 4 }` },
      { of: d, lines: `retired: { ${NAMESPACE}: 9 }` },
    );
    expect(kinds(await json("--config", config))).toContain("note trusted-until-unused");
  });

  it("finds what concerns the node's own entry, and lines for namespaces that it does not follow", async () => {
    writeFileSync(roster, `auditors:\n${[a, b, c].map(entryText).join("")}`);
    expect(kinds(await json("--config", config))).toContain("error own-key-missing");
    writeRoster(a, b, c, { of: d, lines: "retired: { misspelt.v1: 9 }" });
    expect(kinds(await json("--config", config))).toEqual(["warning stray-namespace"]);
  });

  it("needs a node that does not run", async () => {
    await holding(...headsOf(1, 1, a));
    const store = await LevelStore.open({ folder: join(folder, "data", "ledger") });
    expect(await asNode()).toMatchObject({ exitCode: 1, err: expect.stringContaining("STORE_LOCKED") });
    await store.close();
  });
});
