/** Where the audit of each namespace begins, as the ledger has it: text that whoever audits makes and reads. */
import { fromUtf8, utf8 } from "../core/bytes.ts";
import { rootKey } from "./store/keyspace.ts";
import type { Store } from "./store/store.ts";

export class StoredRoots {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async get(namespace: string): Promise<string | undefined> {
    const stored = await this.#store.get(rootKey(namespace));
    return stored === undefined ? undefined : fromUtf8(stored, "root");
  }

  /** Synced when it resolves. */
  set(namespace: string, root: string): Promise<void> {
    return this.#store.batch([{ type: "put", key: rootKey(namespace), value: utf8(root) }], { sync: true });
  }
}
