/** The roster as people write it: which auditors exist, with which keys. */
import Type, { type Static } from "typebox";
import { fromHex } from "../../core/bytes.ts";
import { parseVkey } from "../../core/checkpoint.ts";
import { isCoauditError } from "../../core/errors.ts";
import { checkNamespace, checkOrigin } from "../../core/names.ts";
import {
  type EpochByNamespace,
  type KeyWindow,
  Roster,
  type RosterAuditor,
  type RosterKey,
} from "../../core/roster.ts";
import type { Settlement } from "../../core/settlement.ts";
import { checkSettlement } from "../../core/settlement-file.ts";
import { invalid, readYamlFile, withPlaces } from "../../platform/yaml/yaml-file.ts";
import { checkAddress, checkDialable, checkWindow } from "./roster-checks.ts";

const EPOCH = { minimum: 0, maximum: Number.MAX_SAFE_INTEGER };

const WindowSchema = Type.Object(
  {
    from: Type.Optional(Type.Integer({ ...EPOCH, description: "the first epoch of the key" })),
    until: Type.Optional(Type.Integer({ ...EPOCH, description: "the last epoch of the key" })),
  },
  { additionalProperties: false, description: "from and until, epochs" },
);

const KeySchema = Type.Object(
  {
    vkey: Type.String({ description: "a vkey as `coaudit init` prints it" }),
    windows: Type.Optional(
      Type.Record(Type.String(), WindowSchema, { description: "epochs in which the key counts, by namespace" }),
    ),
  },
  { additionalProperties: false, description: "a vkey, with its windows if it has any" },
);

const AuditorSchema = Type.Object(
  {
    name: Type.String({ description: "the auditor's name, as in its vkey" }),
    keys: Type.Array(KeySchema, { minItems: 1, maxItems: 32, description: "a list of at least one `vkey: ...`" }),
    addresses: Type.Optional(
      Type.Array(Type.String({ description: "a multiaddr, e.g. /dns4/node.example.org/tcp/7600/p2p/12D3..." }), {
        maxItems: 16,
        description: "a list of multiaddrs",
      }),
    ),
    "next-key-hash": Type.Optional(
      Type.String({ pattern: "^[0-9a-f]{64}$", description: "SHA-256 of the next public key, 64 hexadecimal digits" }),
    ),
    "trusted-until": Type.Optional(
      Type.Record(Type.String(), Type.Integer(EPOCH), {
        description: "by namespace, the last epoch for which the auditor still counts after a conviction",
      }),
    ),
    joined: Type.Optional(
      Type.Record(Type.String(), Type.Integer(EPOCH), {
        description: "by namespace, the first epoch at which the auditor is in the roster",
      }),
    ),
    retired: Type.Optional(
      Type.Record(Type.String(), Type.Integer(EPOCH), {
        description: "by namespace, the last epoch at which the auditor is in the roster; 0: at none",
      }),
    ),
  },
  { additionalProperties: false, description: "an auditor: name, keys, addresses" },
);

const NamespaceSchema = Type.Object(
  {
    namespace: Type.String({ description: "a namespace" }),
    origin: Type.String({ description: "the origin line of its checkpoints" }),
    "provider-keys": Type.Optional(
      Type.Array(
        Type.String({ pattern: "^[0-9a-f]{64}$", description: "an Ed25519 public key, 64 hexadecimal digits" }),
      ),
    ),
  },
  { additionalProperties: false, description: "a namespace with its origin" },
);

const SettlementSchema = Type.Object(
  {
    namespace: Type.String({ description: "the namespace of the fork" }),
    first: Type.Integer({ ...EPOCH, description: "the epoch of the case" }),
    last: Type.Integer({ ...EPOCH, description: "the newest conflicting epoch that was looked at" }),
    sides: Type.Record(Type.String(), Type.Array(Type.String()), {
      description: "names of auditors by the digest that they signed at the first epoch",
    }),
    trust: Type.String({ description: "the digest whose side is right, or none" }),
    note: Type.String({ description: "what was found out" }),
  },
  { additionalProperties: false, description: "a settlement, as `coaudit evidence settle` prints it" },
);

const RosterSchema = Type.Object(
  {
    auditors: Type.Array(AuditorSchema, { maxItems: 256, description: "a list of auditors" }),
    namespaces: Type.Optional(Type.Array(NamespaceSchema, { maxItems: 64, description: "a list of namespaces" })),
    settlements: Type.Optional(Type.Array(SettlementSchema, { maxItems: 64, description: "a list of settlements" })),
  },
  { additionalProperties: false, description: "a roster: auditors, and optionally namespaces" },
);

export interface RosterFile {
  readonly roster: Roster;
  /** Origin by namespace, as far as the file names them. */
  readonly origins: ReadonlyMap<string, string>;
  readonly providerKeys: ReadonlyMap<string, readonly Uint8Array[]>;
  /** Forks that the reader has settled. */
  readonly settlements: readonly Settlement[];
}

/**
 * `dialsAllBut`: the reader is the node of that name, and dials the others. Throws CONFIG_UNREADABLE, CONFIG_INVALID.
 */
export function loadRosterFile(file: string, reader: { dialsAllBut?: string } = {}): Promise<RosterFile> {
  return withPlaces(() => readRosterFile(file, reader));
}

/** All that the file names, wherever it does. */
export function namespacesIn({ roster, origins }: Pick<RosterFile, "roster" | "origins">): string[] {
  const named = roster.auditors.flatMap(({ keys, joined, retired, trustedUntil }) =>
    [joined, retired, trustedUntil, ...keys.map(({ windows }) => windows)].flatMap((lines) => Object.keys(lines ?? {})),
  );
  return [...new Set([...origins.keys(), ...named])].sort();
}

async function readRosterFile(file: string, reader: { dialsAllBut?: string }): Promise<RosterFile> {
  const value = await readYamlFile(file, RosterSchema);
  for (const [index, { name, addresses = [] }] of value.auditors.entries()) {
    // A reader without a node dials nobody; a node that listens everywhere may write zeros for itself.
    const check = reader.dialsAllBut === undefined || reader.dialsAllBut === name ? checkAddress : checkDialable;
    for (const [at, address] of addresses.entries()) check(address, `auditors[${index}].addresses[${at}]`, file);
  }
  const auditors = value.auditors.map((auditor, index) => toAuditor(auditor, `auditors[${index}]`, file));
  const origins = new Map<string, string>();
  const providerKeys = new Map<string, readonly Uint8Array[]>();
  for (const [index, entry] of (value.namespaces ?? []).entries()) {
    const path = `namespaces[${index}]`;
    const namespace = named(() => checkNamespace(entry.namespace), file, `${path}.namespace`, entry.namespace);
    origins.set(
      namespace,
      named(() => checkOrigin(entry.origin), file, `${path}.origin`, entry.origin),
    );
    providerKeys.set(
      namespace,
      (entry["provider-keys"] ?? []).map((key) => fromHex(key, "provider key")),
    );
  }
  const roster = named(
    () => new Roster(auditors),
    file,
    "auditors",
    auditors.map(({ name }) => name),
  );
  const settlements = (value.settlements ?? []).map((entry, index) =>
    named(() => checkSettlement(entry), file, `settlements[${index}]`, entry),
  );
  return { roster, origins, providerKeys, settlements };
}

function toAuditor(value: Static<typeof AuditorSchema>, path: string, file: string): RosterAuditor {
  const { "next-key-hash": nextKeyHash, joined, retired } = value;
  const trustedUntil = value["trusted-until"];
  return {
    name: value.name,
    keys: value.keys.map((key, index) => toKey(key, value.name, `${path}.keys[${index}]`, file)),
    addresses: value.addresses ?? [],
    ...(nextKeyHash === undefined ? {} : { nextKeyHash: fromHex(nextKeyHash) }),
    ...(trustedUntil === undefined ? {} : { trustedUntil: trustedUntil as EpochByNamespace }),
    ...(joined === undefined ? {} : { joined: joined as EpochByNamespace }),
    ...(retired === undefined ? {} : { retired: retired as EpochByNamespace }),
  };
}

function toKey(value: Static<typeof KeySchema>, name: string, path: string, file: string): RosterKey {
  const vkey = named(() => parseVkey(value.vkey), file, `${path}.vkey`, value.vkey);
  if (vkey.name !== name) throw invalid(file, `${path}.vkey`, vkey.name, `a vkey of ${name}`);
  const { windows } = value;
  for (const [namespace, window] of Object.entries((windows ?? {}) as Record<string, KeyWindow>)) {
    checkWindow(window, `${path}.windows.${namespace}`, file);
  }
  return {
    publicKey: vkey.publicKey,
    ...(windows === undefined ? {} : { windows: windows as Record<string, KeyWindow> }),
  };
}

/** Runs a check from core; its error says where in the file it failed. */
function named<T>(check: () => T, file: string, path: string, found: unknown): T {
  try {
    return check();
  } catch (error) {
    if (isCoauditError(error)) throw invalid(file, path, found, `a valid value: ${error.message}`);
    throw error;
  }
}
