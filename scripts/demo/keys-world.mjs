// The world of `npm run demo:keys`: a key directory, five auditors in processes of their own, and the apps of Alice and
// Bob, who ask both over HTTP. The provider's acts are what docs/key-verification.md says that a directory can do.
import { QuorumClient } from "../../dist/client/index.js";
import { KeyClient } from "../../dist/client/keys/index.js";
import { systemClock, systemRandom } from "../../dist/platform/system.js";
import { DirectoryLog } from "../../dist/provider/keys/directory-log.js";
import { startProvider } from "../../dist/provider/server.js";
import { ChatApp } from "../../examples/chat/chat-app.mjs";
import { makeGroup, startNode } from "./group.mjs";

export const NAMESPACE = "demo.keys.v1";
export const NAMES = ["alpha", "bravo", "charlie", "delta", "echo"].map((name) => `${name}.example`);
const PATIENCE_MS = 60_000;
const ASK_AGAIN_MS = 100;

/** `intervalMs`: between two epochs; 0: only `publish` publishes. */
export async function openKeysWorld({ folder, intervalMs = 0 }) {
  const log = await DirectoryLog.open({ entriesPerEpoch: 10 }, { random: systemRandom });
  const settings = { startEpoch: 0, intervalMs };
  const provider = await startProvider(settings, { log, keys: log, clock: systemClock });
  const nodes = [];
  const stop = async () => {
    const exits = await Promise.all(nodes.map((node) => node.stop()));
    await provider.stop();
    return exits;
  };
  try {
    const sourceOf = (name) => provider.urlFor(name);
    const members = await makeGroup({ folder, names: NAMES, namespace: NAMESPACE, origin: "demo.keys/v1", sourceOf });
    for (const member of members) nodes.push(startNode(member));
    return new KeysWorld({ provider, log, nodes, members, stop });
  } catch (error) {
    await stop();
    throw error;
  }
}

class KeysWorld {
  #provider;
  #log;

  constructor({ provider, log, nodes, members, stop }) {
    this.#provider = provider;
    this.#log = log;
    this.nodes = nodes;
    this.stop = stop;
    /** What an app is delivered with. */
    this.delivered = {
      ...{ namespace: NAMESPACE, policy: policyOf(members), nodes: nodes.map(({ url }) => url) },
      ...{ directory: provider.url, vrfKey: Buffer.from(log.directory("main").vrfKey).toString("hex") },
    };
    this.quorum = this.#quorum();
  }

  get newest() {
    return this.#log.newest;
  }

  app(me) {
    const { namespace, vrfKey } = this.delivered;
    const directories = { [namespace]: { configuration: "whatsapp_v1", vrfKey: Buffer.from(vrfKey, "hex") } };
    const keys = new KeyClient({ quorum: this.#quorum(), directories });
    return new ChatApp({ me, namespace, directory: this.#provider.urlFor(me), keys });
  }

  /** Every auditor has read the directory's first epoch, and signs what comes next. */
  async ready() {
    await until("every auditor audits", async () => {
      const all = await Promise.all(this.nodes.map((node) => node.get("/v1/status")));
      return all.every((status) => status?.namespaces[0]?.state === "auditing");
    });
  }

  /** Hands something in for the next epoch, or says what is said from now on. */
  async post(path, body) {
    const response = await fetch(this.#provider.url + path, { method: "POST", body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`the directory refuses it: ${await response.text()}`);
  }

  /** Publishes an epoch; resolves when a quorum of auditors has verified and signed it. */
  async publish() {
    await this.#provider.publishNext();
    const { newest } = this;
    await until(`a quorum signs epoch ${newest}`, async () => {
      const found = await this.quorum.at(NAMESPACE, newest);
      return found.result === "satisfied";
    });
  }

  /** Publishes an epoch that no quorum will sign; resolves when every node holds the evidence. */
  async publishSplit() {
    await this.#provider.publishNext();
    await until("every node holds the evidence", async () => {
      const held = await Promise.all(this.nodes.map((node) => node.get("/v1/evidence")));
      return held.every((answer) => answer?.cases?.[0]?.class === "split-view");
    });
  }

  #quorum() {
    const { nodes, policy } = this.delivered;
    return new QuorumClient({ nodes, policy });
  }
}

async function until(what, holds) {
  const endMs = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`waited ${PATIENCE_MS / 1000} s in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
}

/** Four of the five, as a text that the app ships. */
function policyOf(members) {
  const witnesses = members.map(({ name, vkey }) => `witness ${name} ${vkey}`);
  return [...witnesses, `group auditors 4 ${NAMES.join(" ")}`, "quorum auditors", ""].join("\n");
}
