/** What `coaudit init` writes. */
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
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
import { claimsFolder, loadConfig } from "./config.ts";
import { type AuditorDraft, type ConfigDraft, configText, rosterText } from "./init-texts.ts";
import { writeKeyFile } from "./key-file.ts";

export interface InitOptions extends ConfigDraft {
  readonly folder: string;
  /** The others of the roster. Default: none. */
  readonly auditors?: readonly AuditorDraft[];
}

export interface InitResult {
  readonly folder: string;
  readonly configFile: string;
  readonly files: readonly string[];
  readonly vkey: string;
  readonly peerId: string;
}

/**
 * Throws NAME_INVALID, NETWORK_ADDRESS_INVALID, KEY_FILE_EXISTS, CONFIG_EXISTS, CLAIMS_EXIST, FILE_NOT_WRITTEN, and
 * CONFIG_INVALID for a draft that no node would start with; nothing of it is left then.
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
      [rosterFile, rosterText({ name: options.name, vkey, address }, options.auditors)],
    ] as const) {
      await writeNew(file, text);
      made.file(file);
    }
    // Nothing is left that no node would start with.
    await loadConfig(configFile);
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
