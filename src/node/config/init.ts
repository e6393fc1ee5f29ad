/** What `coaudit init` writes. */
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { stringify } from "yaml";
import { formatVkey } from "../../core/checkpoint.ts";
import type { Random } from "../../core/clock.ts";
import { CoauditError, errorMessage } from "../../core/errors.ts";
import { checkAuditorName } from "../../core/names.ts";
import { parseAddress } from "../../gossip/address.ts";
import { peerIdOfSeed } from "../../gossip/libp2p/network-key.ts";
import { ClaimBook } from "../../ledger/claims/claim-book.ts";
import { checkNoBook } from "../../ledger/claims/claim-open.ts";
import { makeFolders } from "../../platform/make-folders.ts";
import { ed25519KeyFromSeed } from "../../platform/native-ed25519.ts";
import { claimsFolder } from "./config.ts";
import { writeKeyFile } from "./key-file.ts";

export interface InitOptions {
  readonly name: string;
  readonly folder: string;
  readonly listen: string;
  readonly announce?: string;
  readonly apiPort: number;
}

export interface InitResult {
  readonly folder: string;
  readonly configFile: string;
  readonly files: readonly string[];
  readonly vkey: string;
  readonly peerId: string;
}

/**
 * Throws NAME_INVALID, NETWORK_ADDRESS_INVALID, KEY_FILE_EXISTS, CONFIG_EXISTS, CLAIMS_EXIST, FILE_NOT_WRITTEN; nothing
 * of it is left then.
 */
export async function initNode(options: InitOptions, modules: { random: Random }): Promise<InitResult> {
  checkAuditorName(options.name);
  parseAddress(options.listen);
  if (options.announce !== undefined) parseAddress(options.announce);
  const folder = resolve(options.folder);
  const [signingSeed, networkSeed] = [modules.random.bytes(32), modules.random.bytes(32)];
  const { publicKey } = ed25519KeyFromSeed(signingSeed);
  const vkey = formatVkey({ name: options.name, publicKey });
  const peerId = await peerIdOfSeed(networkSeed);
  const address = `${options.announce ?? options.listen}/p2p/${peerId}`;
  const claims = claimsFolder({ dataFolder: join(folder, "data") });
  const [configFile, rosterFile] = [join(folder, "coaudit.yaml"), join(folder, "roster.yaml")];
  for (const name of ["signing.key", "network.key"]) if (existsSync(join(folder, name))) throw keyExists(folder, name);
  for (const file of [configFile, rosterFile]) if (existsSync(file)) throw configExists(file);
  await checkNoBook(claims);
  await wholly(async (made) => {
    made.folder(await making(join(folder, "data"), () => makeFolders(join(folder, "data"), 0o700)));
    for (const [name, seed] of [
      ["signing.key", signingSeed],
      ["network.key", networkSeed],
    ] as const) {
      await writeKeyFile(join(folder, name), seed);
      made.file(join(folder, name));
    }
    for (const [file, text] of [
      [configFile, configText(options)],
      [rosterFile, rosterText(options.name, vkey, address)],
    ] as const) {
      await writeNew(file, text);
      made.file(file);
    }
    // The only place where an empty record of promises is made: a key without one is a key whose promises are lost.
    if (!existsSync(claims)) made.folder(claims);
    const book = await ClaimBook.create({ folder: claims, publicKeys: [publicKey] }, modules);
    await book.close();
  });
  return { folder, configFile, files: ["coaudit.yaml", "roster.yaml", "signing.key", "network.key"], vkey, peerId };
}

/** A new network key where the old one was lost; its peer id. Throws KEY_FILE_EXISTS, KEY_FILE_UNREADABLE. */
export async function initNetworkKey(folder: string, modules: { random: Random }): Promise<string> {
  const seed = modules.random.bytes(32);
  await writeKeyFile(join(resolve(folder), "network.key"), seed);
  return peerIdOfSeed(seed);
}

interface Made {
  file(path: string): void;
  /** The topmost one that was made; undefined if all were there. */
  folder(path: string | undefined): void;
}

/** What was made is taken away again when the rest fails. */
async function wholly(work: (made: Made) => Promise<void>): Promise<void> {
  const paths: string[] = [];
  const made = {
    file: (path: string) => void paths.push(path),
    folder: (path?: string) => void (path && paths.push(path)),
  };
  try {
    await work(made);
  } catch (error) {
    for (const path of paths.reverse()) await rm(path, { recursive: true, force: true });
    throw error;
  }
}

async function making<T>(file: string, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (cause) {
    const reason = errorMessage(cause);
    const message = `${file} cannot be made: ${reason}; choose another folder, or run as a user who may write there`;
    throw new CoauditError("FILE_NOT_WRITTEN", message, { file, reason }, { cause });
  }
}

async function writeNew(file: string, text: string): Promise<void> {
  await making(file, async () => {
    await writeFile(file, text, { flag: "wx" });
  });
}

function configExists(file: string): CoauditError<"CONFIG_EXISTS"> {
  return new CoauditError("CONFIG_EXISTS", `${file} exists and is not overwritten; choose another folder`, { file });
}

function keyExists(folder: string, name: string): CoauditError<"KEY_FILE_EXISTS"> {
  const file = join(folder, name);
  return new CoauditError("KEY_FILE_EXISTS", `${file} exists: a key is never overwritten; choose another folder`, {
    file,
  });
}

/** As a YAML reader takes it for the same text: `null`, `1e3` and `- a` are names, too. */
function yamlText(text: string): string {
  return stringify(text, { lineWidth: 0 }).trimEnd();
}

function configText({ name, listen, announce, apiPort }: InitOptions): string {
  return `# The configuration of one coaudit node. Relative paths start at this file's folder.

# Who this auditor is; the same name stands in its vkey and in the others' rosters.
name: ${yamlText(name)}

# Claims, statements and cases are kept here. Back it up as a whole or not at all: a node that is put back to an older copy
# would sign what it signed before, and halts when it notices.
data: ./data

# Made by \`coaudit init\`, readable by the owner only, used by nothing else.
signing-key: ./signing.key
network-key: ./network.key

# Where other auditors reach this node, and what to tell them if that differs (behind a forwarded port).
listen: [${listen}]
${announce === undefined ? "# announce: [/dns4/auditor.example.org/tcp/7600]" : `announce: [${announce}]`}

# HTTP for clients. Put a TLS proxy in front of it for the public.
api:
  host: 127.0.0.1
  port: ${apiPort}
  # Who sees the page at / of this address: this machine alone (local, as if left out), everybody (open), or nobody (off).
  # dashboard: open
  # Keep the audit proofs of the newest epochs (44 MB each 30 s at WhatsApp, on a disk of this machine) and serve them: to this machine's
  # operator alone (access: operator), to peers with the token (token), or to anybody (open). Left out, none is kept or served.
  # proofs: { access: token, token-file: ./proofs.token, epochs: 10, max-mib: 1024 }

# Who is told of cases, halts, a lag, a disk that fills; docs/operations.md, Alerts. \`coaudit alert test\` tries it.
# alerts:
#   receivers:
#     - { name: on-call, webhook: https://pager.example.org/hook, severity: critical }

# The auditors that this node believes exist, itself included.
roster: ./roster.yaml

# How many of them may lie or share one failure. Default: a third of the roster less one, rounded down.
# fault-bound: 1

# Sign although no other auditor answered what it holds of this key. Only for a node that has no peers yet.
# allow-alone: false

# Threads that verify proofs. Default: one per core, at most 8. 0 verifies on the main thread, in short sections.
# verify-threads: 2

# debug, info, warn or error
log-level: info

# What to audit. A live WhatsApp directory is 110-130 GB of downloads a day.
namespaces: []
#  - namespace: whatsapp.key-transparency.v1
#    origin: whatsapp.kt/v2
#    configuration: whatsapp_v1
#    source: https://provider.example.org/      # the bucket that lists <epoch>/<previous digest>/<digest>
#    # Other auditors' nodes, for a blob that the provider lists and does not hand out.
#    # mirrors: [{ url: https://auditor.example.net/, token-file: ./auditor.example.net.token }]
#    # Where the audit begins; left out, the newest epoch at first sight. Epoch 0 is the empty directory.
#    # root: { epoch: 722606, digest: "${"0".repeat(64)}" }
`;
}

function rosterText(name: string, vkey: string, address: string): string {
  const isAnywhere = /^\/(ip4\/0\.0\.0\.0|ip6\/::)\//.test(address);
  const note = isAnywhere ? "  # for the others: a name or address of this machine instead of the zeros" : "";
  return `# The auditors of this roster. All keys of an organisation are one auditor. Entries are closed with a window, never deleted:
# what an auditor signed while its key was in use keeps counting.
auditors:
  - name: ${yamlText(name)}
    keys:
      - vkey: ${yamlText(vkey)}
    addresses:
      - ${address}${note}
#  - name: other.example.org
#    keys:
#      - vkey: other.example.org+xxxxxxxx+...
#        # windows: { whatsapp.key-transparency.v1: { from: 722607, until: 900000 } }
#    addresses:
#      - /dns4/coaudit.other.example.org/tcp/7600/p2p/12D3Koo...
`;
}
