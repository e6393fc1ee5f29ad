/** This machine: Node, and the disk that promises are kept on. */
import { open, readdir, rm, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { errorMessage } from "../../core/errors.ts";
import { claimsFolder, ledgerFolder, type NodeConfig } from "../../node/config/config.ts";
import { proofsFolder } from "../../node/proof-caches.ts";
import { systemClock } from "../../platform/system.ts";
import { type Finding, failure, note, ok, warning } from "./finding.ts";

const OLDEST_NODE = [20, 19] as const;
const SYNCS = 16;
/** No disk, and no controller with a battery, writes 4 KiB to something that lasts in less. */
const SUSPICIOUS_MS = 0.01;
const SLOW_MS = 200;
/** statfs: file systems in memory. */
const IN_MEMORY: readonly number[] = [0x01021994, 0x858458f6];
const DAY_MS = 86_400_000;
const GIB = 1024 ** 3;

export async function examineMachine(config: NodeConfig): Promise<Finding[]> {
  return [nodeVersion(process.versions.node), await syncs(config), await space(config)];
}

export function nodeVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldest, oldestMinor] = OLDEST_NODE;
  if (major > oldest || (major === oldest && minor >= oldestMinor)) return ok("Node", `version ${version}`);
  return failure("Node", `version ${version} is too old`, `install Node ${OLDEST_NODE.join(".")} or later`);
}

async function syncs({ dataFolder }: NodeConfig): Promise<Finding> {
  const check = "sync";
  const file = join(dataFolder, `doctor-${process.pid}.tmp`);
  try {
    const { type } = await statfs(dataFolder);
    if (IN_MEMORY.includes(type)) {
      const message = `${dataFolder} is in memory: after a power cut the key would sign again what it signed`;
      return failure(check, message, "put the data folder on a disk");
    }
    const times = await syncTimes(file);
    const median = times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
    const shown = `${median.toFixed(2)} ms for a synced write of 4 KiB (median of ${SYNCS})`;
    if (median < SUSPICIOUS_MS) {
      return warning(
        check,
        `${shown}: too fast to be on a disk`,
        "turn off what ignores fsync (eatmydata, nobarrier, a VM's unsafe cache)",
      );
    }
    if (median > SLOW_MS)
      return warning(check, `${shown}: slow`, "use a faster disk: each epoch takes two synced writes");
    return ok(check, shown);
  } catch (error) {
    return failure(
      check,
      `${dataFolder} cannot be written: ${errorMessage(error)}`,
      "give its owner write access, or free space",
    );
  } finally {
    await rm(file, { force: true }).catch(() => undefined);
  }
}

async function syncTimes(file: string): Promise<number[]> {
  const block = Buffer.alloc(4096, 1);
  const handle = await open(file, "w", 0o600);
  try {
    const times: number[] = [];
    for (let i = 0; i < SYNCS; i++) {
      const startMs = systemClock.elapsedMs();
      await handle.write(block);
      await handle.sync();
      times.push(systemClock.elapsedMs() - startMs);
    }
    return times;
  } finally {
    await handle.close();
  }
}

/** At the rate at which the folder grew since the claims were made; a young one says nothing. */
async function space(config: NodeConfig): Promise<Finding> {
  const { dataFolder, api } = config;
  const check = "disk";
  try {
    const { bavail, bsize } = await statfs(dataFolder);
    const freeBytes = bavail * bsize;
    const reserved = Math.max(0, (api?.proofs?.maxBytes ?? 0) - (await sizeOf(proofsFolder(dataFolder))));
    const free = `${gib(freeBytes)} GiB free`;
    if (freeBytes < reserved + GIB) {
      return failure(
        check,
        `${free}, and proofs may take another ${gib(reserved)} GiB`,
        "free space, or lower api.proofs.max-mib",
      );
    }
    const { birthtimeMs } = await stat(claimsFolder(config));
    const ageMs = systemClock.now() - birthtimeMs;
    if (birthtimeMs === 0 || ageMs < DAY_MS) return note(check, `${free}; ask again when the node is a day old`);
    const yearBytes =
      (((await sizeOf(ledgerFolder(config))) + (await sizeOf(claimsFolder(config)))) * (365 * DAY_MS)) / ageMs;
    const need = `a year at today's rate takes ${gib(yearBytes)} GiB`;
    if (yearBytes <= freeBytes - reserved) return ok(check, `${free}; ${need}`);
    return warning(check, `${free}; ${need}`, "plan a larger disk for the data folder");
  } catch (error) {
    return note(check, `not known: ${errorMessage(error)}`);
  }
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  let bytes = 0;
  for (const entry of entries) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name)).catch(() => ({ size: 0 }))).size;
  }
  return bytes;
}

function gib(bytes: number): string {
  return (bytes / GIB).toFixed(1);
}
