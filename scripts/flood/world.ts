/**
 * One node on a core of its own; a provider, three other auditors and whoever measures on another. Real processes of
 * the built command.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toHex } from "../../src/core/bytes.ts";
import { silentLogger } from "../../src/core/log.ts";
import { loadRosterFile } from "../../src/node/config/roster-file.ts";
import { systemClock, systemRandom } from "../../src/platform/system.ts";
import { DirectoryLog } from "../../src/provider/keys/directory-log.ts";
import { type RunningProvider, startProvider } from "../../src/provider/server.ts";
import { makeGroup, type NodeFolder, until } from "../../test/support/node-folders.ts";
import { freePort } from "../../test/support/ports.ts";
import { NodeProcess } from "../../test/support/processes.ts";
import type { Target } from "./attack.ts";
import { NODE_CORE, OTHER_CORE, pin } from "./cores.ts";

export const NAMESPACE = "flood.key-transparency.v1";
const ORIGIN = "flood.kt/v1";
const JUNK_NAMESPACE = "junk.key-transparency.v1";
/** This file runs compiled, from a folder of its own; whoever starts it sets the working directory. */
const COMMAND = join(process.cwd(), "bin/coaudit.js");
/** The first one is under attack. */
export const NAMES: readonly string[] = ["target.example", "bravo.example", "charlie.example", "delta.example"];
const START_PATIENCE_MS = 60_000;
const HISTORY_PATIENCE_MS = 600_000;

export class FloodWorld {
  readonly members: readonly NodeFolder[];
  readonly target: Target;
  readonly #folder: string;
  readonly #provider: RunningProvider;
  readonly #nodes: Map<string, NodeProcess> = new Map();

  private constructor(setup: {
    folder: string;
    members: readonly NodeFolder[];
    provider: RunningProvider;
    target: Target;
  }) {
    this.#folder = setup.folder;
    this.members = setup.members;
    this.target = setup.target;
    this.#provider = setup.provider;
  }

  /** Resolves when all auditors have signed this many epochs, before any attack. */
  static async open(historyEpochs: number): Promise<FloodWorld> {
    const folder = await mkdtemp(join(tmpdir(), "coaudit-flood-"));
    const log = await DirectoryLog.open({ entriesPerEpoch: 2 }, { random: systemRandom });
    const provider = await startProvider({ startEpoch: 0 }, { log, clock: systemClock, logger: silentLogger });
    const junkPort = await freePort();
    const members = await makeGroup({
      folder,
      names: NAMES,
      namespace: NAMESPACE,
      origin: ORIGIN,
      source: (name) => provider.urlFor(name),
      namespaceLines: ["root: { epoch: 0 }", "poll-interval-ms: 100"],
    });
    const [attacked] = members;
    if (attacked === undefined) throw new Error("nobody is attacked");
    const { roster } = await loadRosterFile(attacked.rosterFile);
    const auditors = roster.auditors.map(({ name, keys }) => ({
      name,
      publicKeyHex: toHex(keys[0]?.publicKey ?? new Uint8Array()),
    }));
    const { port, peerId, apiPort } = attacked;
    const target = { p2pPort: port, peerId, apiPort, junkPort, namespace: NAMESPACE, origin: ORIGIN, auditors };
    const world = new FloodWorld({ folder, members, provider, target });
    for (const name of NAMES) world.start(name);
    for (let epoch = 0; epoch < historyEpochs; epoch++) await world.publish();
    for (const name of NAMES) await world.untilSigning(name, HISTORY_PATIENCE_MS);
    return world;
  }

  node(name: string): NodeProcess {
    const node = this.#nodes.get(name);
    if (node === undefined) throw new Error(`${name} was not started`);
    return node;
  }

  start(name: string): NodeProcess {
    const { configFile, apiPort } = this.#member(name);
    const node = new NodeProcess({ name, configFile, url: `http://127.0.0.1:${apiPort}`, command: COMMAND });
    pin(node.pid, name === NAMES[0] ? NODE_CORE : OTHER_CORE);
    this.#nodes.set(name, node);
    return node;
  }

  /** Starts the node anew after it ended, with or without a second namespace beside the honest one. */
  async restart(name: string, extra?: "junk namespace"): Promise<NodeProcess> {
    await this.node(name).stop();
    const { configFile, rosterFile } = this.#member(name);
    for (const file of [configFile, rosterFile]) {
      const text = (await readFile(file, "utf8")).split(JUNK_MARK)[0] ?? "";
      const more = file === rosterFile ? junkInRoster() : junkInConfig(this.target.junkPort);
      await writeFile(file, extra === undefined ? text : `${text}${JUNK_MARK}${more}`);
    }
    return this.start(name);
  }

  /** Returns the epoch. */
  async publish(): Promise<number> {
    return (await this.#provider.publishNext())?.main.epoch ?? 0;
  }

  /** Resolves when it audits, may sign, and has signed everything published. */
  async untilSigning(name: string, patienceMs: number = START_PATIENCE_MS): Promise<void> {
    const { newest } = this.#provider.log;
    const hasEnded = this.node(name).exited.then(() => {
      throw new Error(`${name} has ended\n${this.node(name).logTail()}`);
    });
    const signs = until(
      `${name} has signed epoch ${newest}`,
      async () => {
        const status = (await this.node(name).status())?.namespaces.find(({ namespace }) => namespace === NAMESPACE);
        return (status?.lastSigned?.epoch ?? 0) >= newest;
      },
      patienceMs,
    );
    await Promise.race([signs, hasEnded]);
  }

  #member(name: string): NodeFolder {
    const member = this.members.find((candidate) => candidate.name === name);
    if (member === undefined) throw new Error(`nobody is called ${name}`);
    return member;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#nodes.values()].map((node) => node.kill()));
    await this.#provider.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

const JUNK_MARK = "# junk\n";

function junkInRoster(): string {
  return `  - { namespace: ${JUNK_NAMESPACE}, origin: junk.kt/v1 }\n`;
}

function junkInConfig(port: number): string {
  return `  - namespace: ${JUNK_NAMESPACE}
    origin: junk.kt/v1
    configuration: whatsapp_v1
    source: http://127.0.0.1:${port}/
    root: { epoch: 0 }
    poll-interval-ms: 100
    fact-fetches: 100
`;
}
