/** The root of each namespace and the configuration that is bound to it, as they stand in the ledger's store. */
import type { ConfigurationName } from "../akd/configuration.ts";
import type { RootStore } from "../auditor/ports.ts";
import { fromHex, toHex } from "../core/bytes.ts";
import type { RecordedRoot } from "../core/statement.ts";
import type { StoredRoots } from "../ledger/stored-roots.ts";

interface StoredRoot {
  readonly epoch: number;
  readonly digest: string;
  readonly chosen: RecordedRoot["chosen"];
  readonly configuration?: ConfigurationName;
}

export function rootStore(roots: StoredRoots): RootStore {
  const read = async (namespace: string): Promise<StoredRoot | undefined> => {
    const stored = await roots.get(namespace);
    return stored === undefined ? undefined : (JSON.parse(stored) as StoredRoot);
  };
  return {
    async get(namespace) {
      const stored = await read(namespace);
      if (stored === undefined) return undefined;
      const { epoch, digest, chosen } = stored;
      return { namespace, epoch, digest: fromHex(digest, "root digest"), chosen };
    },
    async set({ namespace, epoch, digest, chosen }) {
      const stored = await read(namespace);
      await roots.set(namespace, JSON.stringify({ ...stored, epoch, digest: toHex(digest), chosen }));
    },
    configurationOf: async (namespace) => (await read(namespace))?.configuration,
    async bindConfiguration(namespace, configuration) {
      await roots.set(namespace, JSON.stringify({ ...(await read(namespace)), configuration }));
    },
  };
}
