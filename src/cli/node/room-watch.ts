/** A disk that was full and has room again. */
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../core/clock.ts";

export interface RoomWatchOptions {
  /** On the disk that was full. */
  readonly folder: string;
  readonly lookMs?: number;
}

const LOOK_MS = 5_000;
/** A node that starts writes less: LevelDB's new log, and what it makes of the old one. */
const ROOM_BYTES = 4 * 1024 * 1024;
const PROBE_NAME = "room.probe";

/** Resolves when a write had failed and the disk takes one again, or when `signal` is aborted. */
export async function untilRoomAgain(
  { folder, lookMs = LOOK_MS }: RoomWatchOptions,
  { hasFailed, clock }: { hasFailed: () => boolean; clock: Clock },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(lookMs, signal);
    if (hasFailed() && (await hasRoom(folder))) return;
  }
}

/** Asked by writing: what a system says is free is not always to be had. */
async function hasRoom(folder: string): Promise<boolean> {
  const path = join(folder, PROBE_NAME);
  try {
    const file = await open(path, "w", 0o600);
    try {
      await file.writeFile(new Uint8Array(ROOM_BYTES));
      await file.sync();
      return true;
    } finally {
      await file.close();
    }
  } catch {
    return false;
  } finally {
    await rm(path, { force: true }).catch(() => undefined);
  }
}
