/** Whole nodes in one process: real sockets, real LevelDB, real proofs. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { ReferenceVerifier } from "../../src/akd/proof-verifier.ts";
import { silentLogger } from "../../src/core/log.ts";
import { loadConfig } from "../../src/node/config/config.ts";
import type { CoauditNode } from "../../src/node/node.ts";
import { openNode } from "../../src/node/open-node.ts";
import { systemClock, systemRandom } from "../../src/platform/system.ts";
import { openRecordedLog } from "../../src/provider/recorded-log.ts";
import { type RunningProvider, startProvider } from "../../src/provider/server.ts";
import { makeGroup, type NodeFolder, until } from "../support/node-folders.ts";

const NAMESPACE = "test.key-transparency.v1";
const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/akd/${name}`, import.meta.url));

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function startNode(folder: NodeFolder): Promise<CoauditNode> {
  const node = await openNode(await loadConfig(folder.configFile), {
    clock: systemClock,
    random: systemRandom,
    log: silentLogger,
    proofVerifier: new ReferenceVerifier(),
  });
  await node.start();
  cleanups.push(() => node.stop());
  return node;
}

async function world(names: readonly string[], lies: Parameters<typeof startProvider>[0]["lies"] = []) {
  const folder = await mkdtemp(join(tmpdir(), "coaudit-node-"));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  const log = await openRecordedLog({
    directory: fixture("whatsapp_v1-main"),
    fork: { directory: fixture("whatsapp_v1-fork"), atEpoch: 17 },
  });
  const provider: RunningProvider = await startProvider({ port: 0, lies }, { log, clock: systemClock });
  cleanups.push(() => provider.stop());
  const folders = await makeGroup({
    folder,
    names,
    source: (name) => provider.urlFor(name),
    namespace: NAMESPACE,
    origin: "test.kt/v1",
    namespaceLines: ["root: { epoch: 0 }", "poll-interval-ms: 50"],
  });
  const nodes: CoauditNode[] = [];
  for (const each of folders) nodes.push(await startNode(each));
  const publishTo = async (epoch: number): Promise<void> => {
    while (provider.log.newest < epoch) await provider.publishNext();
  };
  return { folders, nodes, provider, publishTo };
}

describe("a group of nodes", () => {
  it("agrees, and any of them gives a quorum", async () => {
    const { nodes, publishTo } = await world(["a.example", "b.example", "c.example", "d.example"]);
    await publishTo(4);
    for (const node of nodes) {
      await until("four signatures on epoch 4", async () => (await node.heads(NAMESPACE, 4)).length === 4);
      const answer = await node.quorum(NAMESPACE, "latest", 4);
      expect(answer).toMatchObject({ result: "satisfied", certificate: { epoch: 4, openCases: 0 } });
      expect(await node.readiness()).toEqual({ ready: true, reasons: [], warnings: [] });
    }
  });

  it("holds one case, the same everywhere, when the provider shows two of five another history", async () => {
    const names = ["a.example", "b.example", "c.example", "d.example", "e.example"];
    const { nodes, publishTo } = await world(names, [{ kind: "fork", to: ["d.example", "e.example"] }]);
    await publishTo(16);
    for (const node of nodes) {
      await until("five signatures on epoch 16", async () => (await node.heads(NAMESPACE, 16)).length === 5);
    }
    await publishTo(20);
    for (const node of nodes) {
      await until("the case", () =>
        node.cases().some(({ state, class: caseClass }) => state === "open" && caseClass === "split-view"),
      );
      await until("five heads for epoch 20", async () => (await node.heads(NAMESPACE, 20)).length === 5);
    }
    const open = nodes.map((node) => node.cases().filter(({ state }) => state === "open"));
    expect(new Set(open.map((cases) => cases.map(({ id }) => id).join())).size).toBe(1);
    expect(open[0]).toMatchObject([
      { class: "split-view", subject: { kind: "fork", epoch: 17 }, convicts: "provider" },
    ]);
    expect(await nodes[0]!.quorum(NAMESPACE, 20, 3)).toMatchObject({ result: "conflict" });
    // Below the fork an epoch is answered; the case comes along as a warning.
    expect(await nodes[0]!.quorum(NAMESPACE, 16, 4)).toMatchObject({ result: "satisfied" });
  });
});
