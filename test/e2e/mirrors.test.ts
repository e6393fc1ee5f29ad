/** A peer whose way to the provider's blobs is broken reads them from another auditor's node. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { NodeProcess } from "../support/processes.ts";
import { liveLog, World } from "./world.ts";

const NAMES = ["cut-off.example", "helper.example"];
const TOKEN = "5e".repeat(32);

let world: World;
let cutOff: NodeProcess;
let helper: NodeProcess;

beforeAll(async () => {
  world = await World.open({ names: NAMES, log: await liveLog() });
  const helping = world.member("helper.example");
  const helped = world.member("cut-off.example");
  for (const { folder } of [helping, helped]) await writeFile(join(folder, "peers.token"), `${TOKEN}\n`);
  const port = `  port: ${helping.apiPort}\n`;
  await edit(helping.configFile, port, `${port}  proofs: { access: token, token-file: peers.token }\n`);
  const mirrors = `mirrors: [{ url: "http://127.0.0.1:${helping.apiPort}", token-file: peers.token }]`;
  await edit(helped.configFile, "    configuration: whatsapp_v1\n", `    configuration: whatsapp_v1\n    ${mirrors}\n`);
  [cutOff, helper] = (await world.startAll(NAMES)) as [NodeProcess, NodeProcess];
});
afterAll(() => world?.close());

async function edit(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(file, "utf8");
  expect(text).toContain(from);
  await writeFile(file, text.replace(from, to));
}

it("it goes on signing what the provider lists, also where a body breaks off, and says where it had it from", async () => {
  await world.publishTo(2);
  await world.untilHeads([cutOff, helper], 2, NAMES);
  world.lies.push({ kind: "withhold", to: ["cut-off.example"], epoch: 3 });
  world.lies.push({ kind: "truncate", to: ["cut-off.example"], epoch: 4 });
  await world.publishTo(5);
  for (const epoch of [3, 4, 5]) await world.untilHeads([cutOff, helper], epoch, NAMES);
  const told = cutOff.log.filter(({ mirror }) => mirror !== undefined);
  expect(told.map(({ epoch }) => epoch)).toEqual([3, 4]);
  for (const node of [cutOff, helper]) expect(await node.cases()).toEqual([]);
  expect(cutOff.log.some((line) => JSON.stringify(line).includes(TOKEN))).toBe(false);
});

it("it does not sign what the provider does not list, although the other node has it", async () => {
  world.lies.length = 0;
  world.lies.push({ kind: "withhold-listing", to: ["cut-off.example"], epoch: 6 });
  await world.publishTo(6);
  await world.untilHeads([cutOff, helper], 6, ["helper.example"]);
  await world.publishTo(7);
  await world.untilHeads([helper], 7, ["helper.example"]);
  expect((await cutOff.namespaceStatus())?.lastSigned?.epoch).toBe(5);
  world.lies.length = 0;
  await world.untilHeads([cutOff, helper], 7, NAMES);
});
