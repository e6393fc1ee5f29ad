/** Signed policy bundles, right and wrong, for one app that pins three signers of whom two are needed. */
import { toHex, utf8 } from "../../../src/core/bytes.ts";
import { formatVkey } from "../../../src/core/checkpoint.ts";
import { parsePolicy } from "../../../src/core/policy.ts";
import { formatBundle, type PolicyBundle } from "../../../src/core/policy-bundle.ts";
import { formatNoteKey, parseNote, withSignature } from "../../../src/core/signed-note.ts";
import { ed25519KeyFromSeed } from "../../../src/platform/native-ed25519.ts";
import { digestOf, makeAuditors, NAMESPACE, ORIGIN } from "../auditors.ts";

export interface PolicyBundleVector {
  readonly name: string;
  readonly app: string;
  readonly signers: readonly string[];
  readonly threshold: number;
  readonly note: string;
  readonly valid: boolean;
  readonly error?: string;
  /** Of a valid one. */
  readonly version?: number;
  readonly signedBy?: readonly string[];
}

const APP = "messenger.example";
const AUDITORS = makeAuditors(4);
const SIGNERS = ["alice", "bob", "carol"].map((name, i) => signerOf(name, 0xa1 + i));
const ALICE = 0;
const BOB = 1;

interface Signer {
  readonly name: string;
  readonly publicKey: Uint8Array;
  readonly sign: (message: Uint8Array) => Uint8Array;
}

function signerOf(name: string, seedByte: number): Signer {
  return { name, ...ed25519KeyFromSeed(new Uint8Array(32).fill(seedByte)) };
}

const POLICY = [
  ...AUDITORS.map(({ name, key }, i) => `witness w${i + 1} ${formatVkey({ name, publicKey: key.publicKey })}`),
  "group auditors 3 w1 w2 w3 w4",
  "quorum auditors",
  "",
].join("\n");

const SHORT: PolicyBundle = {
  ...{ app: APP, version: 7, issuedMs: 1_790_000_000_000, expiresMs: 1_800_000_000_000 },
  ...{ policy: parsePolicy(POLICY), origins: new Map(), vrfKeys: new Map(), settlements: [] },
};

const LONG: PolicyBundle = {
  ...SHORT,
  auditors: AUDITORS.map(({ name, key }, i) => ({
    ...{ name, addresses: [], keys: [{ publicKey: key.publicKey, windows: { [NAMESPACE]: { from: 3 } } }] },
    ...(i === 0 ? { nextKeyHash: digestOf(9, 9), joined: { [NAMESPACE]: 5 }, retired: { [NAMESPACE]: 50 } } : {}),
    ...(i === 1 ? { trustedUntil: { [NAMESPACE]: 12 } } : {}),
  })),
  faultBound: 1,
  origins: new Map([
    ["other.v1", "other/v1"],
    [NAMESPACE, ORIGIN],
  ]),
  vrfKeys: new Map([[NAMESPACE, new Uint8Array(32).fill(0xab)]]),
  settlements: [
    {
      ...{ namespace: NAMESPACE, first: 3, last: 4, trust: toHex(digestOf(1, 3)), note: "a restored backup" },
      sides: { [toHex(digestOf(1, 3))]: ["a.example"], [toHex(digestOf(2, 3))]: ["b.example"] },
    },
  ],
};

function signed(text: string, ...by: readonly Signer[]): string {
  return by.reduce((note, signer) => withSignature(parseNote(note), signer, signer.sign(utf8(text))), `${text}\n`);
}

const [alice, bob] = [SIGNERS[ALICE], SIGNERS[BOB]] as [Signer, Signer];
const byBoth = (text: string): string => signed(text, alice, bob);

export function policyBundleVectors(): PolicyBundleVector[] {
  const [short, long] = [formatBundle(SHORT), formatBundle(LONG)];
  const vkeyOf = ({ name, publicKey }: Signer): string => formatNoteKey({ name, publicKey });
  const pinned = { app: APP, signers: SIGNERS.map(vkeyOf), threshold: 2 };
  const twoSigned = { valid: true, version: 7, signedBy: ["alice", "bob"] };
  const good: [string, string][] = [
    ["a policy alone", byBoth(short)],
    ["with a roster, faults, origins, a VRF key and a settlement", byBoth(long)],
    ["with the line of a stranger", `${byBoth(short)}— stranger.example AAAAAAAA\n`],
    ["with the line of a stranger whose name no auditor may have", `${byBoth(short)}— bücher AAAAAAAA\n`],
  ];
  // An auditor's key under a name of its own, pinned by a careless app.
  const auditors = signerOf("dave", 1);
  const bad: [string, string, Partial<PolicyBundleVector>?][] = [
    ["signed by one", signed(short, alice)],
    ["signed by one, twice", `${signed(short, alice)}${signed(short, alice).split("\n\n")[1]}`],
    ["signed by two, of whom one is not pinned", signed(short, alice, signerOf("mallory", 0xee))],
    ["signed under another's name", signed(short, alice, { ...signerOf("mallory", 0xee), name: "bob" })],
    ["another text than was signed", byBoth(short).replace("version 7", "version 8")],
    ["of another app", byBoth(short.replace(APP, "other.example"))],
    ["by an auditor of its own", signed(short, alice, auditors), { signers: [alice, auditors].map(vkeyOf) }],
    ["under a pin that is given twice", signed(short, alice), { signers: [alice, alice].map(vkeyOf) }],
    ["of version 0", byBoth(short.replace("version 7", "version 0"))],
    ["with a leading zero", byBoth(short.replace("version 7", "version 07"))],
    ["that ends before it begins", byBoth(short.replace(/^expires .*$/m, "expires 2000-01-01T00:00:00Z"))],
    ["with a fraction of a second", byBoth(short.replace(/^(issued .*)Z$/m, "$1.000Z"))],
    ["with a comment", byBoth(short.replace("group ", "# who must agree\ngroup "))],
    ["with two spaces", byBoth(short.replace("group auditors", "group  auditors"))],
    ["without a quorum", byBoth(short.replace("quorum auditors\n", ""))],
    ["with a line of another kind", byBoth(`${short}more of it\n`)],
    ["with lines in another order", byBoth(long.replace(/^(faults 1)\n(origin .*)$/m, "$2\n$1"))],
    ["with origins that are not sorted", byBoth(long.replace(/^(origin .*)\n(origin .*)$/m, "$2\n$1"))],
    ["with auditors that are not sorted", byBoth(long.replace(/^(auditor .*)\n(auditor .*)$/m, "$2\n$1"))],
    ["with white space in JSON", byBoth(long.replace('{"name":', '{ "name":'))],
    [
      "with upper-case hex",
      byBoth(long.replace(/^vrf .*$/m, (line) => `vrf ${NAMESPACE} ${line.slice(-64).toUpperCase()}`)),
    ],
    ["with more faults than auditors", byBoth(long.replace("faults 1", "faults 4"))],
    ["whose policy names somebody who is not in its roster", byBoth(long.replace(/^auditor .*\n/m, ""))],
    ["with carriage returns", byBoth(short).replaceAll("\n", "\r\n"), { error: "ENCODING_INVALID" }],
    ["without an empty line before the signatures", byBoth(short).replace("\n\n", "\n"), { error: "ENCODING_INVALID" }],
    ["without a line feed at the end", byBoth(short).slice(0, -1), { error: "ENCODING_INVALID" }],
  ];
  return [
    ...good.map(([name, note]) => ({ name, ...pinned, note, ...twoSigned })),
    ...bad.map(([name, note, differs = {}]) => ({
      ...{ name: `refused: ${name}`, ...pinned, note, valid: false, error: "BUNDLE_INVALID" },
      ...differs,
    })),
  ];
}
