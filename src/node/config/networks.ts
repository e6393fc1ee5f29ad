/**
 * The logs that are known, as data files in config/networks: what to write into a configuration, and how sure it is.
 */
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import Type from "typebox";
import { CoauditError } from "../../core/errors.ts";
import { checkNamespace, checkOrigin } from "../../core/names.ts";
import { suggestion } from "../../platform/yaml/schema-complaint.ts";
import { invalid, readYamlFile, withPlaces } from "../../platform/yaml/yaml-file.ts";
import { checkSource } from "./roster-checks.ts";

const FOLDER = fileURLToPath(new URL("../../../config/networks", import.meta.url));
const EPOCH = { minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: "an epoch, at least 1" };
const SENTENCE = { minLength: 1, maxLength: 300 };

const FactSchema = Type.Object(
  {
    says: Type.String({ ...SENTENCE, description: "what is known" }),
    from: Type.String({ ...SENTENCE, description: "where it is from" }),
    known: Type.String({ pattern: "^\\d{4}-\\d{2}-\\d{2}$", description: 'a date in quotes, e.g. "2026-11-22"' }),
  },
  { additionalProperties: false, description: "a fact: says, from, known" },
);

const NetworkSchema = Type.Object(
  {
    title: Type.String({ ...SENTENCE, description: "what log this is" }),
    state: Type.Union([Type.Literal("live"), Type.Literal("ended")], { description: "live or ended" }),
    namespace: Type.String({ description: "a namespace" }),
    origin: Type.String({ description: "the origin line of its checkpoints" }),
    configuration: Type.Union([Type.Literal("whatsapp_v1"), Type.Literal("experimental")], {
      description: "whatsapp_v1 or experimental",
    }),
    source: Type.String({ pattern: "^https?://", description: "the URL of the provider's bucket" }),
    "first-epoch": Type.Integer({ ...EPOCH, description: "the oldest epoch that the bucket lists" }),
    "last-epoch": Type.Optional(Type.Integer({ ...EPOCH, description: "the last epoch of a log that has ended" })),
    "epoch-seconds": Type.Number({ exclusiveMinimum: 0, maximum: 1e6, description: "seconds between two epochs" }),
    "proof-mb": Type.Number({ exclusiveMinimum: 0, maximum: 1e5, description: "the usual size of a proof in MB" }),
    facts: Type.Array(FactSchema, { maxItems: 20, description: "a list of facts: says, from, known" }),
    check: Type.Array(Type.String({ ...SENTENCE, description: "a sentence" }), {
      maxItems: 20,
      description: "a list of what to check before the network is trusted",
    }),
  },
  { additionalProperties: false, description: "a network, as the files in config/networks have it" },
);

export interface Network {
  /** As `--network` takes it. */
  readonly name: string;
  readonly title: string;
  readonly state: "live" | "ended";
  readonly namespace: string;
  readonly origin: string;
  readonly configuration: "whatsapp_v1" | "experimental";
  readonly source: string;
  readonly "first-epoch": number;
  readonly "last-epoch"?: number;
  readonly "epoch-seconds": number;
  readonly "proof-mb": number;
  readonly facts: readonly { readonly says: string; readonly from: string; readonly known: string }[];
  /** What to check before it is trusted. */
  readonly check: readonly string[];
}

/** The names of those that come with this version. */
export async function networkNames(): Promise<string[]> {
  const files = await readdir(FOLDER);
  return files
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => basename(file, ".yaml"))
    .sort();
}

/** By its name, or the file of one's own. Throws USAGE, CONFIG_UNREADABLE, CONFIG_INVALID. */
export async function loadNetwork(nameOrFile: string): Promise<Network> {
  const names = await networkNames();
  if (names.includes(nameOrFile)) return readNetwork(join(FOLDER, `${nameOrFile}.yaml`));
  if (/[./\\]/.test(nameOrFile)) return readNetwork(nameOrFile);
  const known = `${names.join(", ")}${suggestion(nameOrFile, names)}`;
  const message = `--network: ${JSON.stringify(nameOrFile)} is not known; one of ${known}, or the file of a network (./NAME.yaml)`;
  throw new CoauditError("USAGE", message, { option: "--network" });
}

/** Downloads of a live log in GB a day. */
export function dailyGb({ "epoch-seconds": seconds, "proof-mb": megabytes }: Network): number {
  return ((86_400 / seconds) * megabytes) / 1000;
}

function readNetwork(file: string): Promise<Network> {
  return withPlaces(async () => {
    const network = await readYamlFile(file, NetworkSchema);
    named(() => checkNamespace(network.namespace), "namespace", network.namespace, file);
    named(() => checkOrigin(network.origin), "origin", network.origin, file);
    checkSource(network.source, false, "source", file);
    const last = network["last-epoch"];
    if ((last === undefined) === (network.state === "ended")) {
      throw invalid(file, "last-epoch", last, "the last epoch of a log whose state is ended, and of no other");
    }
    return { ...network, name: basename(file, ".yaml") };
  });
}

function named(check: () => string, path: string, found: string, file: string): void {
  try {
    check();
  } catch {
    throw invalid(file, path, found, `a valid ${path}`);
  }
}
