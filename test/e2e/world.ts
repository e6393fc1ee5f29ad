/** A provider in this process, and auditors as processes of the built command, in one temporary folder. */
import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { vi } from "vitest";
import { silentLogger } from "../../src/core/log.ts";
import { systemClock, systemRandom } from "../../src/platform/system.ts";
import { DirectoryLog, type DirectoryLogOptions } from "../../src/provider/keys/directory-log.ts";
import type { Lie } from "../../src/provider/lies.ts";
import type { ProviderLog } from "../../src/provider/log.ts";
import { openRecordedLog } from "../../src/provider/recorded-log.ts";
import { type RunningProvider, startProvider } from "../../src/provider/server.ts";
import { makeGroup, type NodeFolder } from "../support/node-folders.ts";
import { freePort } from "../support/ports.ts";
import { NodeProcess, requireBuild } from "../support/processes.ts";

requireBuild();
vi.setConfig({ testTimeout: 150_000, hookTimeout: 60_000 });

export const NAMESPACE = "test.key-transparency.v1";
export const ORIGIN = "test.kt/v1";
/** For things that take a second or two on an idle machine. */
const PATIENCE_MS = 90_000;

/** The recorded directory: 24 epochs of real proofs, from 17 on with another history beside it. */
export function recording(): Promise<ProviderLog> {
  const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/akd/${name}`, import.meta.url));
  return openRecordedLog({
    directory: fixture("whatsapp_v1-main"),
    fork: { directory: fixture("whatsapp_v1-fork"), atEpoch: 17 },
  });
}

/** Small epochs without end. */
export function liveLog(options: DirectoryLogOptions = {}): Promise<ProviderLog> {
  return DirectoryLog.open({ entriesPerEpoch: 5, ...options }, { random: systemRandom });
}

export interface WorldOptions {
  readonly names: readonly string[];
  readonly log: ProviderLog;
  readonly lies?: readonly Lie[];
  readonly namespaceLines?: readonly string[];
}

export class World {
  readonly folder: string;
  readonly log: ProviderLog;
  /** Told from the next request on. */
  readonly lies: Lie[];
  readonly members: readonly NodeFolder[];
  /** The newest life of each node that was ever started. */
  readonly nodes: Map<string, NodeProcess> = new Map();
  readonly #lives: NodeProcess[] = [];
  readonly #providerPort: number;
  #provider: RunningProvider | undefined;

  private constructor(options: WorldOptions, setup: { folder: string; members: NodeFolder[]; providerPort: number }) {
    this.log = options.log;
    this.lies = [...(options.lies ?? [])];
    this.folder = setup.folder;
    this.members = setup.members;
    this.#providerPort = setup.providerPort;
  }

  /** The provider runs and has published nothing; no node runs. */
  static async open(options: WorldOptions): Promise<World> {
    const folder = await mkdtemp(join(tmpdir(), "coaudit-e2e-"));
    const providerPort = await freePort();
    const members = await makeGroup({
      folder,
      names: options.names,
      source: (name) => `http://127.0.0.1:${providerPort}/${name}/`,
      namespace: NAMESPACE,
      origin: ORIGIN,
      namespaceLines: ["root: { epoch: 0 }", "poll-interval-ms: 100", ...(options.namespaceLines ?? [])],
    });
    const world = new World(options, { folder, members, providerPort });
    await world.startProvider();
    return world;
  }

  async startProvider(): Promise<void> {
    this.#provider = await startProvider(
      { port: this.#providerPort, startEpoch: this.log.newest, lies: this.lies },
      { log: this.log, clock: systemClock, logger: silentLogger },
    );
  }

  async stopProvider(): Promise<void> {
    await this.#provider?.stop();
    this.#provider = undefined;
  }

  async publishTo(epoch: number): Promise<void> {
    while (this.log.newest < epoch) {
      if ((await this.#provider?.publishNext()) === undefined) throw new Error(`there is no epoch ${epoch}`);
    }
  }

  /** Every node, from its next start on. */
  readFrom(source: string): void {
    for (const { name, configFile } of this.members) {
      const line = new RegExp(`source: http://127.0.0.1:${this.#providerPort}/${name}/`);
      writeFileSync(configFile, readFileSync(configFile, "utf8").replace(line, `source: ${source}`));
    }
  }

  member(name: string): NodeFolder {
    const found = this.members.find((member) => member.name === name);
    if (found === undefined) throw new Error(`nobody is called ${name}`);
    return found;
  }

  node(name: string): NodeProcess {
    const found = this.nodes.get(name);
    if (found === undefined) throw new Error(`${name} was not started`);
    return found;
  }

  start(name: string, env: Readonly<Record<string, string>> = {}): NodeProcess {
    const { configFile, apiPort } = this.member(name);
    const node = new NodeProcess({ name, configFile, url: `http://127.0.0.1:${apiPort}`, env });
    this.adopt(node);
    return node;
  }

  /** Also ends with this world. */
  adopt(node: NodeProcess): void {
    this.#lives.push(node);
    this.nodes.set(node.name, node);
  }

  /** All of these audit, and sign as soon as there is something to sign. */
  async startAll(names: readonly string[]): Promise<NodeProcess[]> {
    const nodes = names.map((name) => this.start(name));
    for (const node of nodes) await this.untilSigning(node);
    return nodes;
  }

  untilSigning(node: NodeProcess): Promise<void> {
    return this.until(`${node.name} audits and signs`, async () => {
      const status = await node.namespaceStatus();
      return status?.state === "auditing" && !status.unguarded;
    });
  }

  /** All these nodes hold a head of this epoch of each of these auditors. */
  async untilHeads(nodes: readonly NodeProcess[], epoch: number, auditors: readonly string[]): Promise<void> {
    for (const node of nodes) {
      await this.until(`${node.name} holds heads of ${auditors.join(", ")} for epoch ${epoch}`, async () => {
        const held = (await node.heads(NAMESPACE, epoch)).map(({ auditor }) => auditor);
        return auditors.every((auditor) => held.includes(auditor));
      });
    }
  }

  /** What the provider shows of an epoch, hex. */
  digest(epoch: number, branch: "main" | "fork" = "main"): string {
    const key = this.log.published(epoch)?.[branch];
    if (key === undefined) throw new Error(`epoch ${epoch} is not published on ${branch}`);
    return key.current;
  }

  /** When it waits in vain, the error shows what every node said last. */
  async until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
    const endMs = Date.now() + PATIENCE_MS;
    while (!(await holds())) {
      if (Date.now() > endMs) throw new Error(`waited in vain until ${what}\n${await this.#report()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async killAll(): Promise<void> {
    await Promise.all(this.#lives.map((node) => node.kill()));
  }

  async close(): Promise<void> {
    await this.killAll();
    await this.stopProvider();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #report(): Promise<string> {
    const reports = [...this.nodes.values()].map(async (node) => {
      const status = await node.status();
      const shown = { ...status, namespaces: status?.namespaces, cases: await node.cases() };
      return `${node.logTail()}\n--- ${node.name} is ${JSON.stringify(shown)}`;
    });
    return (await Promise.all(reports)).join("\n");
  }
}
