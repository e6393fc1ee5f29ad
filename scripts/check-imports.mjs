// The direction of imports (CONTRIBUTING.md, How to find your room): a room imports only the rooms listed for it. Also:
// the clock, randomness and timers are reached for in src/platform/system.ts alone, so that the same code runs under a
// virtual clock.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const src = fileURLToPath(new URL("../src", import.meta.url));

const NODE = ["core", "platform", "akd", "source", "ledger", "auditor", "gossip"];
const API = [...NODE, "node"];
// All but the adapters of libp2p, LevelDB, HTTP and files (ADAPTERS below): its worlds touch no disk and no socket.
const SIMULATOR = [...API, "api", "client", "provider", "jobs"];
const MAY_IMPORT = {
  core: [],
  platform: ["core"],
  akd: ["core"],
  source: ["core", "platform"],
  ledger: ["core", "platform"],
  auditor: ["core", "platform", "akd", "source", "ledger"],
  gossip: ["core", "platform", "ledger"],
  node: NODE,
  api: API,
  // A browser loads it; the one file of it that needs Node is a door of its own.
  client: ["core"],
  provider: ["core", "platform", "akd"],
  // Spreads work over threads and machines, whatever the work is.
  jobs: ["core", "platform"],
  "range-audit": ["core", "platform", "akd", "source", "jobs"],
  simulator: SIMULATOR,
  lab: [...SIMULATOR, "simulator"],
  cli: [...SIMULATOR, "simulator", "lab", "range-audit"],
};

// core and client run in a browser; akd's reference verifier too.
const PACKAGES_OF_CORE = ["@noble/hashes", "@noble/ed25519"];
const NODE_SIDE_OF_CLIENT = "client/node/";
// What no simulated world may load, and so nothing of the simulator may import.
const ADAPTERS = [
  "gossip/libp2p/libp2p-network.ts",
  "ledger/store/level-store.ts",
  "node/open-node.ts",
  "source/bucket.ts",
  "api/api.ts",
  "provider/server.ts",
];
// The clock of a process, that of a page, and the drain of the simulator's scheduler.
const SYSTEMS = ["platform/system.ts", "client/web-system.ts", "simulator/engine/drain.ts"];
const ONLY_IN_SYSTEM =
  /\b(Date\.now|setTimeout|setInterval|setImmediate|Math\.random|randomBytes|AbortSignal\.timeout|process\.nextTick)\b/;

const problems = [];
for (const entry of readdirSync(src, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !entry.name.endsWith(".ts")) continue;
  const file = join(entry.parentPath, entry.name);
  const path = relative(src, file);
  const room = path.includes("/") ? path.slice(0, path.indexOf("/")) : undefined;
  if (room !== undefined && !(room in MAY_IMPORT))
    problems.push(`src/${path}: the room "${room}" is not in scripts/check-imports.mjs`);
  readFileSync(file, "utf8")
    .split("\n")
    .forEach((line, index) => {
      const where = `src/${path}:${index + 1}`;
      const target = /(?:from|import\()\s*"([^"]+)"/.exec(line)?.[1];
      if (target !== undefined && room !== undefined) {
        if (target.startsWith(".")) {
          const other = relative(src, resolve(dirname(file), target)).split("/")[0];
          // A file beside the rooms (version.ts) belongs to all of them.
          if (other.endsWith(".ts")) return;
          if (other !== room && !MAY_IMPORT[room]?.includes(other))
            problems.push(`${where}: ${room} must not import ${other}`);
          if (["simulator", "lab"].includes(room) && ADAPTERS.includes(relative(src, resolve(dirname(file), target))))
            problems.push(`${where}: a simulated world must not load ${target}`);
          if (room === "client" && /\/node\//.test(target))
            problems.push(`${where}: what a browser loads must not import ${target}`);
        } else if (isForBrowsers(path) && !PACKAGES_OF_CORE.some((name) => target.startsWith(name))) {
          problems.push(`${where}: ${room} must not import ${target}`);
        }
      }
      const code = line.replace(/\/\/.*|^\s*\*.*|\/\*.*/, "");
      if (!SYSTEMS.includes(path) && ONLY_IN_SYSTEM.test(code))
        problems.push(
          `${where}: ${ONLY_IN_SYSTEM.exec(code)[1]} belongs in ${SYSTEMS.map((name) => `src/${name}`).join(" or ")}`,
        );
    });
}

function isForBrowsers(path) {
  return path.startsWith("core/") || (path.startsWith("client/") && !path.startsWith(NODE_SIDE_OF_CLIENT));
}

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log("import directions: ok");
