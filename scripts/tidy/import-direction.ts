/**
 * A room imports only the rooms in its row. What a browser loads imports nothing from Node; what a simulated world runs
 * imports no disk and no socket.
 */
import { MAY_IMPORT, roomOf } from "./rooms.ts";
import type { CodeFile, Import, Rule } from "./rule.ts";

const PACKAGES_OF_BROWSERS = ["@noble/hashes", "@noble/ed25519"];
/** Key verification is an entry point of its own: who does not import it loads neither the curve nor a line of akd. */
const KEY_DOOR = "src/client/keys/";
const KEY_PROOFS = "src/akd/keys/";
const PACKAGES_OF_KEYS = [...PACKAGES_OF_BROWSERS, "@noble/curves"];
const PACKAGES_OF_PAGES = ["preact"];
/** The one file of the client that needs Node. */
const NODE_SIDE_OF_CLIENT = "src/client/node/";
/**
 * What may be imported beyond the room: the client reads and replaces its files as all others do. Its package then
 * carries two files of the platform, which import only core.
 */
const FILES = ["src/platform/replace-file.ts", "src/platform/text-file.ts"];
const ALSO: Readonly<Record<string, readonly string[]>> = {
  "src/client/node/file-keys.ts": FILES,
  "src/client/node/file-trust.ts": FILES,
};
const ADAPTERS = [
  "src/gossip/libp2p/libp2p-network.ts",
  "src/ledger/store/level-store.ts",
  "src/node/open-node.ts",
  "src/source/bucket.ts",
  "src/api/api.ts",
  "src/provider/server.ts",
];

export const importDirection: Rule = {
  name: "import-direction",
  check: ({ code }) =>
    code.flatMap((file) => {
      const room = roomOf(file.path);
      if (room === undefined) return [];
      if (MAY_IMPORT[room] === undefined) {
        return [{ path: file.path, line: 1, message: `the room "${room}" is not in scripts/tidy/rooms.ts` }];
      }
      return file.imports.flatMap((one) => {
        const message = complaint(file, room, one);
        return message === undefined ? [] : [{ path: file.path, line: one.line, message }];
      });
    }),
};

function complaint({ path }: CodeFile, room: string, { target, path: other }: Import): string | undefined {
  const isForKeys = path.startsWith(KEY_DOOR) || path.startsWith(KEY_PROOFS);
  const isForBrowsers =
    ["core", "dashboard"].includes(room) || isForKeys || (room === "client" && !path.startsWith(NODE_SIDE_OF_CLIENT));
  if (other === undefined) {
    const packages = isForKeys ? PACKAGES_OF_KEYS : room === "dashboard" ? PACKAGES_OF_PAGES : PACKAGES_OF_BROWSERS;
    const isAllowed = !isForBrowsers || packages.some((name) => target.startsWith(name));
    return isAllowed ? undefined : `${room} must not import ${target}: browsers load it`;
  }
  const otherRoom = roomOf(other);
  const isAllowed =
    otherRoom === room ||
    MAY_IMPORT[room]?.includes(otherRoom ?? "") ||
    ALSO[path]?.includes(other) === true ||
    (path.startsWith(KEY_DOOR) && other.startsWith(KEY_PROOFS));
  if (otherRoom !== undefined && !isAllowed) {
    return `${room} must not import ${otherRoom}`;
  }
  if (["simulator", "lab"].includes(room) && ADAPTERS.includes(other)) {
    return `a simulated world must not load ${target}`;
  }
  if (room === "client" && isForBrowsers && !isForKeys && other.startsWith(KEY_DOOR))
    return `only ${KEY_DOOR} itself imports ${target}: the rest must not grow by it`;
  if (isForBrowsers && other.startsWith(NODE_SIDE_OF_CLIENT)) return `what a browser loads must not import ${target}`;
  return undefined;
}
