/**
 * What an auditor publishes is a stranger's word: nothing of it is taken that is not proven, bounded and well-formed.
 */
import { describe, expect, it } from "vitest";
import { SeedSigner } from "../../../src/auditor/signer.ts";
import { toBase64, utf8 } from "../../../src/core/bytes.ts";
import { formatVkey } from "../../../src/core/checkpoint.ts";
import { Roster } from "../../../src/core/roster.ts";
import { encodeStatement } from "../../../src/core/statement-codec.ts";
import { auditorRecordMessage } from "../../../src/core/statement-signature.ts";
import { peerIdOfPublicKey } from "../../../src/gossip/libp2p/network-key.ts";
import type { NodeConfig } from "../../../src/node/config/config.ts";
import { invitationLine, openInvitation } from "../../../src/node/published/invitation.ts";
import {
  MAX_PUBLISHED_CHARACTERS,
  type PublishedDocument,
  publishedDocument,
} from "../../../src/node/published/published.ts";
import { ed25519KeyFromSeed, NativeVerifier } from "../../../src/platform/native-ed25519.ts";

const modules = { verifier: new NativeVerifier() };
const [key, networkKey, otherKey] = [1, 2, 3].map((byte) => ed25519KeyFromSeed(new Uint8Array(32).fill(byte))) as [
  ReturnType<typeof ed25519KeyFromSeed>,
  ReturnType<typeof ed25519KeyFromSeed>,
  ReturnType<typeof ed25519KeyFromSeed>,
];
const PEER = peerIdOfPublicKey(networkKey.publicKey);
const NAMESPACE = "practice.v1";

async function documentOf(multiaddrs: string[] = [`/ip4/10.0.0.1/tcp/7600/p2p/${PEER}`]): Promise<PublishedDocument> {
  const unsigned = {
    type: "auditor-record" as const,
    name: "a.example",
    sequence: 1_700_000_000_000,
    multiaddrs,
    roots: [],
    publicKey: key.publicKey,
    peerPublicKey: networkKey.publicKey,
  };
  const { signature } = await new SeedSigner(key).signRecord(unsigned);
  const record = { ...unsigned, signature, peerSignature: networkKey.sign(auditorRecordMessage(unsigned)) };
  const roster = new Roster([
    { name: "a.example", keys: [{ publicKey: key.publicKey }], addresses: [] },
    {
      name: "b.example",
      addresses: [],
      keys: [{ publicKey: otherKey.publicKey, windows: { [NAMESPACE]: { until: 9 } } }],
      joined: { [NAMESPACE]: 3 },
      retired: { [NAMESPACE]: 9 },
      nextKeyHash: new Uint8Array(32).fill(7),
    },
  ]);
  const namespace = {
    namespace: NAMESPACE,
    origin: "practice.example/v1",
    configuration: "whatsapp_v1",
    logDirectory: "https://log.example/",
  };
  return publishedDocument(record, { roster: { roster }, namespaces: [namespace] } as unknown as NodeConfig);
}

const refused = async (text: string): Promise<string> => {
  const error = await openInvitation(text, "the test", modules).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: "RECORD_INVALID" });
  return (error as Error).message;
};

describe("a published record", () => {
  it("comes back from its line and from its JSON, with one checksum", async () => {
    const document = await documentOf();
    const line = await openInvitation(`${invitationLine(document)}\n`, "s", modules);
    const json = await openInvitation(JSON.stringify(document), "s", modules);
    expect(json).toEqual(line);
    expect(line.record.name).toBe("a.example");
    expect(line.addresses).toEqual([`/ip4/10.0.0.1/tcp/7600/p2p/${PEER}`]);
    expect(line.checksum).toMatch(/^([0-9a-f]{4} ){7}[0-9a-f]{4}$/);
    expect(line.auditors.map(({ name, joined, retired }) => [name, joined, retired])).toEqual([
      ["a.example", undefined, undefined],
      ["b.example", { [NAMESPACE]: 3 }, { [NAMESPACE]: 9 }],
    ]);
  });

  it("survives a mail program that breaks the line", async () => {
    const line = invitationLine(await documentOf());
    const broken = line.replace(/.{70}/g, "$&\r\n");
    expect((await openInvitation(broken, "s", modules)).record.name).toBe("a.example");
  });

  it("has another checksum when anything in it changes", async () => {
    const document = await documentOf();
    const changed = { ...document, namespaces: [{ ...document.namespaces[0]!, source: "https://evil.example/" }] };
    const open = (one: PublishedDocument): Promise<string> =>
      openInvitation(JSON.stringify(one), "s", modules).then(({ checksum }) => checksum);
    expect(await open(changed)).not.toBe(await open(document));
  });

  it("gives no address that leads to another peer, that nobody can dial, or to this machine beside a better one", async () => {
    const other = peerIdOfPublicKey(otherKey.publicKey);
    const addresses = [
      "/dns4/a.example/tcp/7600",
      `/ip4/10.0.0.1/tcp/7600/p2p/${other}`,
      `/ip4/0.0.0.0/tcp/7600/p2p/${PEER}`,
      `/ip4/127.0.0.1/tcp/7600/p2p/${PEER}`,
    ].sort();
    const { addresses: taken } = await openInvitation(JSON.stringify(await documentOf(addresses)), "s", modules);
    expect(taken).toEqual([`/dns4/a.example/tcp/7600/p2p/${PEER}`]);
  });

  type Change = (document: PublishedDocument) => unknown;
  it.each<[string, Change, RegExp]>([
    ["nothing", () => null, /neither an invitation/],
    ["a list", () => [], /neither an invitation/],
    ["another version", (d) => ({ ...d, format: "coaudit-published/2" }), /another version/],
    ["a key that nobody knows", (d) => ({ ...d, run: "rm" }), /not known here/],
    ["a record that is none", (d) => ({ ...d, record: "AAAA" }), /./],
    ["a record that is too long", (d) => ({ ...d, record: "A".repeat(40_000) }), /record/],
    ["257 auditors", (d) => ({ ...d, auditors: Array.from({ length: 257 }, () => d.auditors[0]) }), /auditors/],
    ["an auditor twice", (d) => ({ ...d, auditors: [...d.auditors, d.auditors[0]] }), /listed twice/],
    [
      "one key under two names",
      (d) => ({
        ...d,
        auditors: [
          d.auditors[0],
          { ...d.auditors[1], keys: [{ vkey: formatVkey({ name: "b.example", publicKey: key.publicKey }) }] },
        ],
      }),
      /under/,
    ],
    [
      "a vkey of another name",
      (d) => ({ ...d, auditors: [d.auditors[0], { ...d.auditors[1], name: "c.example" }] }),
      /stands under/,
    ],
    ["a roster without its own key", (d) => ({ ...d, auditors: [d.auditors[1]] }), /does not list the key/],
    [
      "a control character in an address",
      (d) => ({ ...d, auditors: [{ ...d.auditors[0], addresses: ["/ip4/1.2.3.4/tcp/1\u001b[2J"] }] }),
      /addresses/,
    ],
    ["an address that is none", (d) => ({ ...d, auditors: [{ ...d.auditors[0], addresses: ["here"] }] }), /addresses/],
    [
      "a namespace that is none",
      (d) => ({ ...d, namespaces: [{ ...d.namespaces[0], namespace: "a b" }] }),
      /namespace/,
    ],
    ["an origin with a line feed", (d) => ({ ...d, namespaces: [{ ...d.namespaces[0], origin: "a\nb" }] }), /origin/],
    [
      "a source with a password",
      (d) => ({ ...d, namespaces: [{ ...d.namespaces[0], source: "https://a:b@log.example/" }] }),
      /password/,
    ],
    ["a source that is a folder", (d) => ({ ...d, namespaces: [{ ...d.namespaces[0], source: "/etc" }] }), /source/],
    [
      "a source over plain http",
      (d) => ({ ...d, namespaces: [{ ...d.namespaces[0], source: "http://log.example/" }] }),
      /source/,
    ],
    [
      "a window that ends before it begins",
      (d) => ({
        ...d,
        auditors: [
          d.auditors[0],
          { ...d.auditors[1], keys: [{ ...d.auditors[1]!.keys[0], windows: { [NAMESPACE]: { from: 9, until: 3 } } }] },
        ],
      }),
      /windows/,
    ],
    [
      "an epoch that is no number",
      (d) => ({ ...d, auditors: [{ ...d.auditors[0], joined: { [NAMESPACE]: 1.5 } }] }),
      /joined/,
    ],
  ])("is refused with %s", async (_what, change, message) => {
    expect(await refused(JSON.stringify(change(await documentOf())))).toMatch(message);
  });

  it("is refused when a byte of what is signed, or of a signature, was changed", async () => {
    const document = await documentOf();
    const bytes = Buffer.from(document.record, "base64");
    for (let i = 0; i < bytes.length; i += 7) {
      const changed = Buffer.from(bytes);
      changed[i] = (changed[i] ?? 0) ^ 1;
      await refused(JSON.stringify({ ...document, record: changed.toString("base64") }));
    }
  });

  it("is refused when it carries another statement", async () => {
    const rotation = {
      type: "key-rotation" as const,
      oldPublicKey: key.publicKey,
      newPublicKey: otherKey.publicKey,
      starts: [{ namespace: NAMESPACE, epoch: 5 }],
      timestampMs: 1_700_000_000_000,
      oldSignature: new Uint8Array(64).fill(1),
      newSignature: new Uint8Array(64).fill(1),
    };
    const document = { ...(await documentOf()), record: toBase64(encodeStatement(rotation)) };
    expect(await refused(JSON.stringify(document))).toContain("a key-rotation");
  });

  it.each<[string, string, RegExp]>([
    ["something else", "hello", /neither an invitation/],
    ["JSON that ends early", "{", /not JSON/],
    ["half a line", "coaudit-invite-1.eyJmb3JtYX", /damaged|not JSON/],
    ["a line of another version", "coaudit-invite-2.AAAA", /another version/],
    ["bytes that are no text", `coaudit-invite-1.${toBase64(Uint8Array.of(0xff, 0xfe))}`, /damaged/],
    ["too much", `{"a":"${"a".repeat(MAX_PUBLISHED_CHARACTERS)}"}`, /too long/],
    ["nesting without end", `coaudit-invite-1.${toBase64(utf8("[".repeat(200_000)))}`, /not JSON/],
  ])("is refused as %s", async (_what, text, message) => {
    expect(await refused(text)).toMatch(message);
  });
});
