/**
 * The proof caches of all namespaces, in `proofs/` of the data folder; what the configuration does not (or no longer)
 * ask for is deleted.
 */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { FolderProofCache } from "../auditor/bodies/proof-folder.ts";
import { errorMessage } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import type { NodeConfig } from "./config/config.ts";

/** By namespace. Never throws: a node can audit without its cache. */
export async function openProofCaches(
  { api, dataFolder, namespaces }: NodeConfig,
  { log }: { readonly log: Logger },
): Promise<ReadonlyMap<string, FolderProofCache>> {
  const { epochs = 0, maxBytes = 0 } = api?.proofs ?? {};
  const root = proofsFolder(dataFolder);
  const wanted = new Map(epochs === 0 ? [] : namespaces.map(({ namespace }) => [folderOf(namespace), namespace]));
  const caches = new Map<string, FolderProofCache>();
  try {
    await removeOthers(root, wanted);
    // Each has its share, so that one provider's large proofs do not push out another's.
    const share = { maxEpochs: epochs, maxBytes: Math.floor(maxBytes / Math.max(1, wanted.size)) };
    for (const [folder, namespace] of wanted) {
      caches.set(namespace, await FolderProofCache.open({ folder: join(root, folder), ...share }));
    }
  } catch (error) {
    log.warn({ folder: root }, `proofs are not kept for others: ${errorMessage(error)}; the audit goes on`);
  }
  return caches;
}

export function proofsFolder(dataFolder: string): string {
  return join(dataFolder, "proofs");
}

/** A namespace may be called "..": never a folder's whole name. */
function folderOf(namespace: string): string {
  return `ns-${namespace}`;
}

async function removeOthers(root: string, wanted: ReadonlyMap<string, string>): Promise<void> {
  const found = await readdir(root).catch(() => []);
  for (const folder of found) {
    if (folder.startsWith("ns-") && !wanted.has(folder)) await rm(join(root, folder), { recursive: true, force: true });
  }
}
