/** What a practice directory has published, on LevelDB or in memory. */
import { Level } from "level";
import type { ConfigurationName } from "../../akd/configuration.ts";
import { fromHex, toHex } from "../../core/bytes.ts";
import { CoauditError, errorMessage } from "../../core/errors.ts";
import type { Recorded } from "./key-directory.ts";

export interface JournalEpoch {
  readonly epoch: number;
  readonly main: readonly Recorded[];
  /** From the fork on. */
  readonly fork?: readonly Recorded[];
  /** The fork leaves the main history at this epoch. */
  readonly forks?: boolean;
}

export interface Journal {
  /** The VRF's secret key, made the first time. Throws PROVIDER_LOG_INVALID for another configuration. */
  secret(configuration: ConfigurationName, make: () => Uint8Array): Promise<Uint8Array>;
  /** All epochs, ascending. */
  epochs(): AsyncIterable<JournalEpoch>;
  /** Resolves when it is on disk. */
  append(epoch: JournalEpoch): Promise<void>;
  close(): Promise<void>;
}

/** For as long as the program runs. */
export function memoryJournal(): Journal {
  const kept: JournalEpoch[] = [];
  return {
    secret: async (_configuration, make) => make(),
    async *epochs() {
      yield* kept;
    },
    append: async () => {},
    close: async () => {},
  };
}

const DIRECTORY = "directory";
const EPOCH_PREFIX = "epoch/";

/** Throws PROVIDER_LOG_INVALID for a folder that cannot be opened, or is open in another process. */
export async function levelJournal(folder: string): Promise<Journal> {
  const level = new Level<string, unknown>(folder, { valueEncoding: "json" });
  try {
    await level.open();
  } catch (cause) {
    const reason = `it cannot be opened: ${errorMessage((cause as Error).cause ?? cause)}`;
    throw new CoauditError("PROVIDER_LOG_INVALID", `${folder}: ${reason}`, { path: folder, reason }, { cause });
  }
  return {
    async secret(configuration, make) {
      const known = (await level.get(DIRECTORY)) as { configuration: string; secret: string } | undefined;
      if (known === undefined) {
        const secret = make();
        await level.put(DIRECTORY, { configuration, secret: toHex(secret) }, { sync: true });
        return secret;
      }
      if (known.configuration === configuration) return fromHex(known.secret, "secret");
      const reason = `the directory in it has configuration ${known.configuration}; give it as --configuration`;
      throw new CoauditError("PROVIDER_LOG_INVALID", `${folder}: ${reason}`, { path: folder, reason });
    },
    async *epochs() {
      const range = { gt: EPOCH_PREFIX, lt: `${EPOCH_PREFIX}:` };
      for await (const epoch of level.values(range)) yield epoch as JournalEpoch;
    },
    append: (epoch) => level.put(keyOf(epoch.epoch), epoch, { sync: true }),
    close: () => level.close(),
  };
}

/** So that keys sort as numbers. */
function keyOf(epoch: number): string {
  return `${EPOCH_PREFIX}${String(epoch).padStart(16, "0")}`;
}
