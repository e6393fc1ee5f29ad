/**
 * What an auditor publishes of itself, at /.well-known/coaudit.json and as an invitation: its auditor record, under
 * both of its keys, and beside it what the keys do not sign: what it audits, from where, and whom its roster lists. All
 * of it comes from a stranger.
 */
import Type, { type TSchema } from "typebox";
import { Value } from "typebox/value";
import { fromBase64, fromHex, toBase64, toHex } from "../../core/bytes.ts";
import { formatVkey, parseVkey } from "../../core/checkpoint.ts";
import type { SignatureVerifier } from "../../core/ed25519.ts";
import { CoauditError, errorMessage, isCoauditError } from "../../core/errors.ts";
import { checkNamespace, checkOrigin } from "../../core/names.ts";
import { Roster, type RosterAuditor } from "../../core/roster.ts";
import type { AuditorRecord } from "../../core/statement.ts";
import { decodeStatement, encodeStatement } from "../../core/statement-codec.ts";
import { verifyStatement } from "../../core/statement-signature.ts";
import { peerIdOfPublicKey } from "../../gossip/libp2p/network-key.ts";
import type { NodeConfig } from "../config/config.ts";
import type { AuditorDraft } from "../config/init-texts.ts";
import { checkAddress, checkSource, checkWindow, isDialable } from "../config/roster-checks.ts";

export const PUBLISHED_PATH = "/.well-known/coaudit.json";
const FORMAT = "coaudit-published/1";
/** A roster of 256 auditors with four addresses each has about 150 KiB. */
export const MAX_PUBLISHED_CHARACTERS: number = 512 * 1024;

const EPOCH = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const NAME = Type.String({ minLength: 1, maxLength: 128 });
/** No control character, and none that reorders a line. */
const ADDRESS = Type.String({ pattern: "^[!-~]{1,256}$" });
const HEX_32 = "^[0-9a-f]{64}$";
const CLOSED = { additionalProperties: false };
const EPOCHS = Type.Record(Type.String({ pattern: "^[A-Za-z0-9._-]{1,128}$" }), EPOCH, {
  ...CLOSED,
  maxProperties: 64,
});
const WINDOWS = Type.Record(
  Type.String({ pattern: "^[A-Za-z0-9._-]{1,128}$" }),
  Type.Object({ from: Type.Optional(EPOCH), until: Type.Optional(EPOCH) }, CLOSED),
  { ...CLOSED, maxProperties: 64 },
);

const PublishedAuditor = Type.Object(
  {
    name: NAME,
    keys: Type.Array(Type.Object({ vkey: Type.String({ maxLength: 256 }), windows: Type.Optional(WINDOWS) }, CLOSED), {
      minItems: 1,
      maxItems: 32,
    }),
    addresses: Type.Array(ADDRESS, { maxItems: 16 }),
    "next-key-hash": Type.Optional(Type.String({ pattern: HEX_32 })),
    joined: Type.Optional(EPOCHS),
    retired: Type.Optional(EPOCHS),
  },
  CLOSED,
);

const PublishedNamespace = Type.Object(
  {
    namespace: NAME,
    origin: NAME,
    configuration: Type.Union([Type.Literal("whatsapp_v1"), Type.Literal("experimental")]),
    source: Type.Optional(Type.String({ pattern: "^https?://[!-~]{1,2000}$" })),
    "last-epoch": Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })),
  },
  CLOSED,
);

export const PublishedSchema: TSchema = Type.Object(
  {
    format: Type.Literal(FORMAT),
    record: Type.String({ maxLength: 32_768 }),
    namespaces: Type.Array(PublishedNamespace, { maxItems: 64 }),
    auditors: Type.Array(PublishedAuditor, { maxItems: 256 }),
  },
  CLOSED,
);

export interface PublishedDocument {
  readonly format: string;
  /** The auditor record, base64. */
  readonly record: string;
  readonly namespaces: readonly NamespaceEntry[];
  readonly auditors: readonly AuditorDraft[];
}

export interface NamespaceEntry {
  readonly namespace: string;
  readonly origin: string;
  readonly configuration: "whatsapp_v1" | "experimental";
  /** Where anybody can download the audit proofs, if anywhere. */
  readonly source?: string;
  readonly "last-epoch"?: number;
}

export interface Published {
  /** The signatures of both keys are valid: whoever made it holds them. Nothing else in it is proven. */
  readonly record: AuditorRecord;
  readonly vkey: string;
  readonly peerId: string;
  /** Where it says that others reach it; each ends in its peer id. */
  readonly addresses: readonly string[];
  readonly namespaces: readonly NamespaceEntry[];
  /** As its roster has them, itself included. */
  readonly auditors: readonly RosterAuditor[];
}

export function publishedDocument(
  record: AuditorRecord,
  { roster, namespaces }: Pick<NodeConfig, "roster" | "namespaces">,
): PublishedDocument {
  return {
    format: FORMAT,
    record: toBase64(encodeStatement(record)),
    namespaces: namespaces.map(({ namespace, origin, configuration, logDirectory, lastEpoch }) => ({
      namespace,
      origin,
      configuration,
      ...(logDirectory === undefined ? {} : { source: logDirectory }),
      ...(lastEpoch === undefined ? {} : { "last-epoch": lastEpoch }),
    })),
    auditors: roster.roster.auditors.map(auditorEntry),
  };
}

/** As it stands in a roster file, without what is its reader's own judgement. */
export function auditorEntry({
  name,
  keys,
  addresses = [],
  nextKeyHash,
  joined,
  retired,
}: RosterAuditor): AuditorDraft {
  return {
    name,
    keys: keys.map(({ publicKey, windows }) => ({
      vkey: formatVkey({ name, publicKey }),
      ...(windows === undefined ? {} : { windows: { ...windows } }),
    })),
    addresses: [...addresses],
    ...(nextKeyHash === undefined ? {} : { "next-key-hash": toHex(nextKeyHash) }),
    ...(joined === undefined ? {} : { joined: { ...joined } }),
    ...(retired === undefined ? {} : { retired: { ...retired } }),
  };
}

/** `source`: what errors call it. Throws RECORD_INVALID. */
export async function openPublished(
  value: unknown,
  source: string,
  modules: { readonly verifier: SignatureVerifier },
): Promise<Published> {
  try {
    return await opened(value, modules);
  } catch (cause) {
    if (isCoauditError(cause, "RECORD_INVALID")) throw cause;
    throw recordInvalid(source, errorMessage(cause), cause);
  }
}

export function recordInvalid(source: string, reason: string, cause?: unknown): CoauditError<"RECORD_INVALID"> {
  const message = `${source}: not the published record of a coaudit node: ${reason}`;
  return new CoauditError("RECORD_INVALID", message, { source, reason }, { cause });
}

async function opened(value: unknown, modules: { readonly verifier: SignatureVerifier }): Promise<Published> {
  const { format } = (value ?? {}) as { format?: unknown };
  if (typeof format === "string" && format !== FORMAT && format.startsWith("coaudit-published/")) {
    throw new Error(`it is of another version than ${FORMAT}; use the version of coaudit that made it, or a newer one`);
  }
  if (!Value.Check(PublishedSchema, value)) {
    const [first] = Value.Errors(PublishedSchema, value);
    const what = first?.message === "schema is false" ? "is not known here" : (first?.message ?? "has the wrong shape");
    throw new Error(`${first?.instancePath.slice(0, 100) || "it"} ${what}`);
  }
  const document = value as PublishedDocument;
  const record = decodeStatement(fromBase64(document.record, "the record"));
  if (record.type !== "auditor-record") throw new Error(`it carries a ${record.type}, not an auditor record`);
  if (!(await verifyStatement(record, modules))) throw new Error("a signature of its record is not valid");
  const peerId = peerIdOfPublicKey(record.peerPublicKey);
  const auditors = document.auditors.map(toAuditor);
  const own = new Roster(auditors).byName(record.name);
  const vkey = formatVkey(record);
  if (!own?.keys.some(({ publicKey }) => toHex(publicKey) === toHex(record.publicKey))) {
    throw new Error("its own roster does not list the key that signed it");
  }
  for (const one of document.namespaces) checkNamespaceEntry(one);
  const said = record.multiaddrs.length > 0 ? record.multiaddrs : (own.addresses ?? []);
  return { record, vkey, peerId, addresses: reachable(said, peerId), namespaces: document.namespaces, auditors };
}

/** Those that anybody can dial and that lead to the node whose key signed. */
function reachable(addresses: readonly string[], peerId: string): string[] {
  const dialable = addresses
    .map((address) => (address.includes("/p2p/") ? address : `${address}/p2p/${peerId}`))
    .filter((address) => /^[!-~]{1,256}$/.test(address) && isDialable(address) && address.endsWith(`/p2p/${peerId}`));
  const far = dialable.filter((address) => !/^\/ip4\/127\.|^\/ip6\/::1\/|^\/dns[46]?\/localhost\//.test(address));
  return far.length > 0 ? far : dialable;
}

function toAuditor({ name, keys, addresses, joined, retired, ...rest }: AuditorDraft): RosterAuditor {
  for (const address of addresses) checkAddress(address, "addresses", name);
  const nextKeyHash = rest["next-key-hash"];
  return {
    name,
    keys: keys.map(({ vkey, windows }) => {
      const key = parseVkey(vkey);
      if (key.name !== name) throw new Error(`a vkey of ${key.name} stands under ${name}`);
      for (const window of Object.values(windows ?? {})) checkWindow(window, "windows", name);
      return { publicKey: key.publicKey, ...(windows === undefined ? {} : { windows }) };
    }),
    addresses,
    ...(nextKeyHash === undefined ? {} : { nextKeyHash: fromHex(nextKeyHash) }),
    ...(joined === undefined ? {} : { joined }),
    ...(retired === undefined ? {} : { retired }),
  };
}

/** What it says must be fit for a configuration, or for none of it. */
function checkNamespaceEntry({ namespace, origin, source }: NamespaceEntry): void {
  checkNamespace(namespace);
  checkOrigin(origin);
  if (source === undefined) return;
  if (source.includes("@")) throw new Error(`the source of ${namespace} is a URL with a password`);
  checkSource(source, false, "source", namespace);
}
