/** Proofs that a node keeps for others: fetched as a peer or a person would, over real disks and crashes. */
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { coaudit, type NodeProcess } from "../support/processes.ts";
import { NAMESPACE, recording, World } from "./world.ts";

const NAME = "solo.example";
const TOKEN = "5e".repeat(32);
const FOR_PEERS = `proofs: { access: token, token-file: peers.token, epochs: 3 }`;

let world: World;
beforeEach(async () => {
  world = await World.open({ names: [NAME], log: await recording() });
});
afterEach(() => world?.close());

async function configure(line: string): Promise<void> {
  const { configFile, folder, apiPort } = world.member(NAME);
  await writeFile(join(folder, "peers.token"), `${TOKEN}\n`);
  const text = await readFile(configFile, "utf8");
  await writeFile(configFile, text.replace(`  port: ${apiPort}\n`, `  port: ${apiPort}\n  ${line}\n`));
}

const dataFolder = (): string => join(world.member(NAME).folder, "data");
const proofFolder = (): string => join(dataFolder(), "proofs", `ns-${NAMESPACE}`);

function fetchProof(node: NodeProcess, epoch: number, token = TOKEN): Promise<Response> {
  const headers = { authorization: `Bearer ${token}` };
  return fetch(`${node.url}/v1/namespaces/${NAMESPACE}/epochs/${epoch}/proof`, { headers });
}

const untilSigned = (node: NodeProcess, epoch: number): Promise<void> => world.untilHeads([node], epoch, [NAME]);

it("are off, and nothing is written, unless the configuration says so; what it no longer asks for is removed", async () => {
  await mkdir(proofFolder(), { recursive: true });
  const node = world.start(NAME);
  await world.publishTo(3);
  await untilSigned(node, 3);
  const response = await fetchProof(node, 3);
  expect(await response.json()).toMatchObject({ status: 403, type: "urn:coaudit:problem:proofs-off" });
  expect(await readdir(join(dataFolder(), "proofs"))).toEqual([]);
});

it("are the provider's own bytes, which verify-proof accepts; the last epochs alone, also after kill -9 in the middle of one", async () => {
  await configure(FOR_PEERS);
  let node = world.start(NAME);
  await world.publishTo(5);
  await untilSigned(node, 5);
  expect((await fetchProof(node, 5, "wrong")).status).toBe(401);
  expect((await fetchProof(node, 2)).status).toBe(404);
  for (const epoch of [3, 4, 5]) {
    const response = await fetchProof(node, epoch);
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(bytes.equals(await world.log.bytes(epoch, "main"))).toBe(true);
    const blobName = response.headers.get("coaudit-blob") ?? "";
    expect(blobName.endsWith(world.digest(epoch))).toBe(true);
    const file = join(world.folder, blobName);
    await mkdir(join(file, ".."), { recursive: true });
    await writeFile(file, bytes);
    expect(await coaudit("verify-proof", file)).toMatchObject({ exitCode: 0 });
  }

  world.lies.push({ kind: "slow", epoch: 6, bytesPerSecond: 200 });
  await world.publishTo(6);
  const unfinished = async (): Promise<string[]> =>
    (await readdir(proofFolder())).filter((name) => name.endsWith(".part"));
  await world.until("it is writing epoch 6", async () => (await unfinished()).length > 0);
  await node.kill();
  expect(await unfinished()).toHaveLength(1);

  world.lies.length = 0;
  node = world.start(NAME);
  await untilSigned(node, 6);
  await world.until("nothing unfinished is left", async () => (await unfinished()).length === 0);
  expect(await readdir(proofFolder())).toHaveLength(3);
  for (const epoch of [4, 5, 6]) {
    const bytes = Buffer.from(await (await fetchProof(node, epoch)).arrayBuffer());
    expect(bytes.equals(await world.log.bytes(epoch, "main"))).toBe(true);
  }
});

it("that cannot be written stop no audit, and the log says so", async () => {
  await configure(FOR_PEERS);
  await mkdir(dataFolder(), { recursive: true });
  await writeFile(join(dataFolder(), "proofs"), "a file where the folder would be");
  const node = world.start(NAME);
  await world.publishTo(3);
  await untilSigned(node, 3);
  expect((await fetchProof(node, 3)).status).toBe(404);
  expect(node.log.some(({ msg }) => msg?.startsWith("proofs are not kept for others"))).toBe(true);
  expect((await node.namespaceStatus())?.behind).toBeUndefined();
});

it("go on being kept when their folder is lost under a running node and made again", async () => {
  await configure(FOR_PEERS);
  const node = world.start(NAME);
  await world.publishTo(1);
  await untilSigned(node, 1);
  await rm(proofFolder(), { recursive: true });
  await world.publishTo(2);
  await untilSigned(node, 2);
  expect((await fetchProof(node, 2)).status).toBe(404);
  await mkdir(proofFolder());
  await world.publishTo(3);
  await untilSigned(node, 3);
  expect((await fetchProof(node, 3)).status).toBe(200);
});

it("that are wrong are never kept", async () => {
  await configure(FOR_PEERS);
  const node = world.start(NAME);
  world.lies.push({ kind: "invalid-proof", epoch: 2 });
  await world.publishTo(2);
  await untilSigned(node, 1);
  await world.until("it has seen the wrong proof", async () => (await node.namespaceStatus())?.behind !== undefined);
  expect((await fetchProof(node, 2)).status).toBe(404);
  expect((await readdir(proofFolder())).filter((name) => name.startsWith("2-"))).toEqual([]);
});
