/** Real configuration files for a group of nodes in one temporary folder, as operators would write them. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type InitResult, initNode } from "../../src/node/config/init.ts";
import { systemRandom } from "../../src/platform/system.ts";
import { freePort } from "./ports.ts";

export interface GroupOptions {
  readonly folder: string;
  readonly names: readonly string[];
  /** The provider's bucket for this auditor. */
  readonly source: (name: string) => string;
  readonly namespace: string;
  readonly origin: string;
  /** Lines for the namespace's entry, e.g. `fact-span-ms: 0`. */
  readonly namespaceLines?: readonly string[];
  readonly configLines?: readonly string[];
}

export interface NodeFolder extends InitResult {
  readonly name: string;
  readonly port: number;
  readonly apiPort: number;
  readonly rosterFile: string;
}

/** Runs what `coaudit init` runs for each name, then fills in the roster and the namespace. */
export async function makeGroup(options: GroupOptions): Promise<NodeFolder[]> {
  const nodes: NodeFolder[] = [];
  for (const name of options.names) {
    const [port, apiPort] = [await freePort(), await freePort()];
    const folder = join(options.folder, name);
    const listen = `/ip4/127.0.0.1/tcp/${port}`;
    const made = await initNode({ name, folder, listen, apiPort }, { random: systemRandom });
    nodes.push({ ...made, name, port, apiPort, rosterFile: join(folder, "roster.yaml") });
  }
  const roster = rosterText(nodes, options);
  for (const node of nodes) {
    await writeFile(node.rosterFile, roster);
    const text = await readFile(node.configFile, "utf8");
    await writeFile(node.configFile, text.replace("namespaces: []", namespacesText(node.name, options)));
  }
  return nodes;
}

function rosterText(nodes: readonly NodeFolder[], { namespace, origin }: GroupOptions): string {
  const auditors = nodes.map(
    ({ name, vkey, port, peerId }) =>
      `  - name: ${name}\n    keys:\n      - vkey: ${vkey}\n    addresses: [/ip4/127.0.0.1/tcp/${port}/p2p/${peerId}]\n`,
  );
  return `auditors:\n${auditors.join("")}namespaces:\n  - { namespace: ${namespace}, origin: ${origin} }\n`;
}

function namespacesText(name: string, options: GroupOptions): string {
  const { namespace, origin, source, namespaceLines = [], configLines = [] } = options;
  return [
    ...configLines,
    "namespaces:",
    `  - namespace: ${namespace}`,
    `    origin: ${origin}`,
    "    configuration: whatsapp_v1",
    `    source: ${source(name)}`,
    ...namespaceLines.map((line) => `    ${line}`),
  ].join("\n");
}

export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  timeoutMs: number = 30_000,
): Promise<void> {
  const endMs = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > endMs) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
