/** Clocks of real processes that are set while they run, and that stood in another year when they were started. */
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";
import { coauditIn, type NodeProcess } from "../support/processes.ts";
import { canStepClocks, SteppedClock } from "../support/stepped-clock.ts";
import { liveLog, NAMESPACE, World } from "./world.ts";

const NAMES = ["a.example", "b.example", "c.example"];
const HOUR_S = 3_600;
const YEARS_S = 12 * 365 * 24 * HOUR_S;
const canStep = canStepClocks();

let world: World | undefined;
afterEach(() => world?.close());

async function untilBehindClock(node: NodeProcess): Promise<string> {
  let code = "";
  await world?.until(`${node.name} is behind (clock)`, async () => {
    const behind = (await node.namespaceStatus())?.behind;
    code = behind?.code ?? "";
    return behind?.reason === "clock";
  });
  return code;
}

it.skipIf(!canStep)("a clock that is set, either way, stops signing until it is right, and nothing else", async () => {
  world = await World.open({ names: NAMES, log: await liveLog() });
  const clock = new SteppedClock(join(world.folder, "clock"));
  const [b, c] = ["b.example", "c.example"].map((name) => (world as World).start(name));
  const a = world.start("a.example", clock.env);
  if (b === undefined || c === undefined) throw new Error("three nodes were started");
  for (const node of [a, b, c]) await world.untilSigning(node);
  await world.publishTo(2);
  await world.untilHeads([a, b, c], 2, NAMES);
  let epoch = 2;
  for (const stepS of [-2 * HOUR_S, 2 * HOUR_S, YEARS_S]) {
    clock.set(stepS);
    await world.publishTo(++epoch);
    await untilBehindClock(a);
    await world.untilHeads([b, c], epoch, ["b.example", "c.example"]);
    expect((await a.namespaceStatus())?.lastSigned?.epoch).toBe(epoch - 1);
    clock.set(0);
    await world.untilHeads([a, b, c], epoch, NAMES);
  }
  // After 2038, too, what is said is heard at once and by everybody.
  await world.publishTo(epoch + 3);
  await world.untilHeads([a, b, c], epoch + 3, NAMES);
  for (const node of [a, b, c]) {
    expect(await node.cases()).toEqual([]);
    expect(node.log.filter(({ level }) => level === "error")).toEqual([]);
  }
});

it.skipIf(!canStep)(
  "machines that start in 2038 with a folder ask before they sign, and have a way back",
  async () => {
    const audits = fileURLToPath(new URL("../fixtures/akd/whatsapp_v1-main/audits", import.meta.url));
    world = await World.open({ names: NAMES, log: await liveLog() });
    const made = world;
    const bucket = join(made.folder, "bucket");
    const publish = (epoch: number): void => {
      mkdirSync(bucket, { recursive: true });
      cpSync(join(audits, String(epoch)), join(bucket, String(epoch)), { recursive: true });
    };
    made.readFrom(bucket);
    publish(1);
    const clock = new SteppedClock(join(made.folder, "clock"));
    clock.set(YEARS_S);
    const start = (): NodeProcess[] => NAMES.map((name) => made.start(name, clock.env));
    const say = async (): Promise<void> => {
      await made.killAll();
      for (const { configFile } of made.members) {
        const args = ["claims", "clock", "--config", configFile, "--i-have-checked", "compared with ntp"];
        const { exitCode, text } = await coauditIn(clock.env, ...args);
        expect(exitCode, text).toBe(0);
      }
    };
    for (const node of start()) expect(await untilBehindClock(node)).toBe("CLOCK_UNCONFIRMED");

    // Somebody says so without having looked: three auditors sign in 2038.
    await say();
    await made.untilHeads(start(), 1, NAMES);
    clock.set(0);
    publish(2);
    for (const node of made.nodes.values()) expect(await untilBehindClock(node)).toBe("CLOCK_IN_DOUBT");

    await say();
    const nodes = start();
    publish(3);
    for (const epoch of [2, 3]) await made.untilHeads(nodes, epoch, NAMES);
    for (const node of nodes) {
      for (const epoch of [2, 3]) {
        for (const head of await node.heads(NAMESPACE, epoch))
          expect(head.timestampMs).toBeLessThan(Date.now() + 60_000);
      }
      expect(await node.cases()).toEqual([]);
      expect((await node.namespaceStatus())?.state).toBe("auditing");
    }
  },
  300_000,
);
