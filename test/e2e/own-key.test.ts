/** One key, two machines; and a backup that was put back. */
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import type { SignedHead } from "../../src/core/head.ts";
import { peerIdOfSeed } from "../../src/gossip/libp2p/network-key.ts";
import { writeKeyFile } from "../../src/node/config/key-file.ts";
import { systemRandom } from "../../src/platform/system.ts";
import type { NodeFolder } from "../support/node-folders.ts";
import { freePort } from "../support/ports.ts";
import { coaudit, NodeProcess } from "../support/processes.ts";
import { ScriptedAuditor } from "./scripted-auditor.ts";
import { liveLog, NAMESPACE, recording, World } from "./world.ts";

let world: World | undefined;
const scripted: ScriptedAuditor[] = [];
afterEach(async () => {
  for (const auditor of scripted.splice(0)) await auditor.stop();
  await world?.close();
});

/** Another machine with the same keys: all of the folder but the data, at other ports, its claims made of nothing. */
async function copyOf(member: NodeFolder): Promise<NodeFolder> {
  const folder = `${member.folder}-copy`;
  const data = join(member.folder, "data");
  await cp(member.folder, folder, { recursive: true, filter: (source) => !source.startsWith(data) });
  const [port, apiPort] = [await freePort(), await freePort()];
  const configFile = join(folder, "coaudit.yaml");
  const text = await readFile(configFile, "utf8");
  const moved = text
    .replaceAll(`/tcp/${member.port}`, `/tcp/${port}`)
    .replace(`port: ${member.apiPort}`, `port: ${apiPort}`);
  await writeFile(configFile, moved);
  const watermark = `${NAMESPACE}=0`;
  const repaired = await coaudit("claims", "repair", "--config", configFile, "--watermark", watermark);
  expect(repaired).toMatchObject({ exitCode: 0 });
  return { ...member, folder, configFile, port, apiPort, rosterFile: join(folder, "roster.yaml") };
}

function startCopy(copy: NodeFolder): NodeProcess {
  const { configFile, apiPort } = copy;
  const node = new NodeProcess({ name: `${copy.name} again`, configFile, url: `http://127.0.0.1:${apiPort}` });
  world?.adopt(node);
  return node;
}

function untilHalted(node: NodeProcess): Promise<void> | undefined {
  return world?.until(`${node.name} is halted for its own key`, async () => {
    const status = await node.namespaceStatus();
    return status?.state === "halted" && status.halt?.reason === "own-key-conflict";
  });
}

it("two machines that sign with one key at the same time both halt as soon as each hears of the other", async () => {
  world = await World.open({ names: ["a.example", "peer.example"], log: await liveLog() });
  const one = world.member("a.example");
  const two = await copyOf(one);
  // Each machine has a peer of its own, so that neither hears of the other before both have signed.
  const peerOfOne = world.member("peer.example");
  const peerOfTwo = await elsewhere(peerOfOne);
  const roster = await readFile(two.rosterFile, "utf8");
  await writeFile(
    two.rosterFile,
    roster.replace(`/tcp/${peerOfOne.port}/p2p/${peerOfOne.peerId}`, `/tcp/${peerOfTwo.port}/p2p/${peerOfTwo.peerId}`),
  );
  const [left, right] = [await ScriptedAuditor.start(peerOfOne), await ScriptedAuditor.start(peerOfTwo)];
  scripted.push(left, right);

  const first = world.start("a.example");
  const second = startCopy(two);
  for (const node of [first, second]) await world.untilSigning(node);
  await world.publishTo(2);
  const [byFirst, bySecond] = [await signedHeard(left, 2), await signedHeard(right, 2)];
  expect(byFirst.digest).toEqual(bySecond.digest);
  expect(byFirst.timestampMs).not.toBe(bySecond.timestampMs);

  await left.publish(bySecond);
  await right.publish(byFirst);
  for (const node of [first, second]) {
    await untilHalted(node);
    const status = await coaudit("status", "--config", node.configFile);
    expect(status.exitCode).not.toBe(0);
    expect(status.text).toContain("own-key-conflict");
  }
  await world.publishTo(4);

  // A restart does not leave the halt; a person does, with a reason.
  expect(await second.stop()).toEqual({ code: 0, signal: null });
  expect(await first.stop()).toEqual({ code: 0, signal: null });
  const again = world.start("a.example");
  await untilHalted(again);
  expect((await again.namespaceStatus())?.lastSigned?.epoch).toBe(2);
  const reason = "the second machine is gone for good";
  expect(await coaudit("resume", NAMESPACE, "--config", one.configFile, "--i-have-checked", reason)).toMatchObject({
    exitCode: 0,
  });
  await world.until("it signs again", async () => (await again.namespaceStatus())?.lastSigned?.epoch === 4);
});

it("a second machine with a running one's key, and a machine put back to an older copy, halt before they sign anything", async () => {
  const names = ["a.example", "b.example", "c.example"];
  world = await World.open({ names, log: await recording() });
  const nodes = await world.startAll(names);
  await world.publishTo(4);
  await world.untilHeads(nodes, 4, names);
  const [a, b, c] = nodes;
  if (a === undefined || b === undefined || c === undefined) throw new Error("three nodes were started");

  // A second machine comes up with c's key and without c's data.
  const copy = await copyOf(world.member("c.example"));
  const second = startCopy(copy);
  await untilHalted(second);
  expect((await second.namespaceStatus())?.lastSigned).toBeUndefined();
  expect((await coaudit("status", "--config", copy.configFile)).exitCode).not.toBe(0);
  // c never hears of it, and goes on.
  await world.publishTo(8);
  await world.untilHeads(nodes, 8, names);
  expect(await coaudit("status", "--config", world.member("c.example").configFile)).toMatchObject({ exitCode: 0 });
  await second.stop();

  // c's data is copied, c goes on, and the copy is put back.
  await world.publishTo(16);
  await world.untilHeads(nodes, 16, names);
  expect(await c.stop()).toEqual({ code: 0, signal: null });
  const data = join(world.member("c.example").folder, "data");
  await cp(data, `${data}.backup`, { recursive: true });
  const further = world.start("c.example");
  await world.publishTo(18);
  await world.untilHeads([a, b, further], 18, names);
  expect(await further.stop()).toEqual({ code: 0, signal: null });
  const signed = await Promise.all([17, 18].map((epoch) => a.heads(NAMESPACE, epoch)));
  await rm(data, { recursive: true });
  await cp(`${data}.backup`, data, { recursive: true });

  // Worse: the provider now shows c another history of what it signed since.
  world.lies.push({ kind: "fork", to: ["c.example"] });
  const restored = world.start("c.example");
  await untilHalted(restored);
  expect((await restored.namespaceStatus())?.lastSigned?.epoch).toBe(16);
  expect((await coaudit("status", "--config", restored.configFile)).exitCode).not.toBe(0);

  // Somebody lifts the halt without having looked. It does not contradict what its key signed, but halts again.
  const resume = (reason: string): ReturnType<typeof coaudit> =>
    coaudit("resume", NAMESPACE, "--config", restored.configFile, "--i-have-checked", reason);
  expect(await resume("it was only a backup")).toMatchObject({ exitCode: 0 });
  await world.until("it is halted again", () => {
    return restored.log.filter(({ msg }) => msg?.startsWith("halted")).length === 2;
  });
  await untilHalted(restored);
  expect((await restored.namespaceStatus())?.lastSigned?.epoch).toBe(16);
  expect(await restored.stop()).toEqual({ code: 0, signal: null });

  // On the history that it signed, it goes on above what it signed, which stays as it was.
  world.lies.length = 0;
  const again = world.start("c.example");
  await untilHalted(again);
  expect(await resume("the provider is right again")).toMatchObject({ exitCode: 0 });
  await world.publishTo(20);
  await world.untilHeads([a, b, again], 20, names);
  for (const node of [a, b, again]) {
    expect(await Promise.all([17, 18].map((epoch) => node.heads(NAMESPACE, epoch)))).toEqual(signed);
    expect((await node.status())?.convicted).toEqual([]);
    expect(await node.cases()).toEqual([]);
  }
});

/** The same auditor, reached at another port under another network key. */
async function elsewhere(member: NodeFolder): Promise<NodeFolder> {
  const folder = `${member.folder}-elsewhere`;
  await cp(member.folder, folder, { recursive: true });
  const seed = systemRandom.bytes(32);
  await rm(join(folder, "network.key"));
  await writeKeyFile(join(folder, "network.key"), seed);
  return { ...member, folder, port: await freePort(), peerId: await peerIdOfSeed(seed) };
}

async function signedHeard(by: ScriptedAuditor, epoch: number): Promise<SignedHead> {
  const find = (): SignedHead | undefined =>
    by.heard.filter((statement) => statement.type === "signed-head").find((head) => head.epoch === epoch);
  await world?.until(`a head for epoch ${epoch} is heard`, () => find() !== undefined);
  const head = find();
  if (head === undefined) throw new Error("heard and lost");
  return head;
}
