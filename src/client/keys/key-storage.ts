/** Where an app keeps what it knows about keys: one text, changed by one tab or process at a time. */
import { Serial } from "../../core/serial.ts";
import type { WebStorage } from "../trust-state.ts";

export interface KeyStorage {
  /**
   * Reads the text (undefined when there never was one), and writes what `change` returns; undefined leaves it as it
   * is. Nobody else who uses the same storage reads or writes in between. Rejects with what `change` throws, and then
   * nothing was written.
   */
  update(change: (text: string | undefined) => string | undefined): Promise<void>;
}

/** For as long as the program runs. */
export function memoryKeys(): KeyStorage {
  let text: string | undefined;
  return {
    async update(change) {
      text = change(text) ?? text;
    },
  };
}

/** What is used of navigator.locks. */
export interface WebLocks {
  request(name: string, work: () => Promise<void>): Promise<void>;
}

/** `webKeys(localStorage, navigator.locks)`: the lock is what makes two tabs take turns. */
export function webKeys(storage: WebStorage, locks: WebLocks, key = "coaudit-keys"): KeyStorage {
  const turns = new Serial();
  return {
    update: (change) =>
      turns.run(() =>
        locks.request(key, async () => {
          const next = change(storage.getItem(key) ?? undefined);
          if (next !== undefined) storage.setItem(key, next);
        }),
      ),
  };
}
