/** An auditor that followed a wrong history comes back, on its operator's word. */
import { afterEach, expect, it } from "vitest";
import { coaudit } from "../support/processes.ts";
import { NAMESPACE, recording, World } from "./world.ts";

const NAMES = ["a.example", "b.example", "c.example", "d.example"];

let world: World | undefined;
afterEach(() => world?.close());

it("an auditor whose path showed another history halts, is given the right root, and signs on with the others", async () => {
  world = await World.open({
    names: NAMES,
    log: await recording(),
    lies: [{ kind: "fork", to: ["d.example"] }],
    namespaceLines: ["fact-span-ms: 0"],
  });
  const nodes = await world.startAll(NAMES);
  await world.publishTo(20);
  await world.untilHeads(nodes, 20, NAMES);

  // Its path is mended, and what the log shows no longer follows from what it signed.
  world.lies.splice(0);
  await world.publishTo(22);
  const stranded = world.node("d.example");
  await world.until("d.example is halted", async () => (await stranded.namespaceStatus())?.state === "halted");
  const { configFile } = world.member("d.example");
  const root = (epoch: number, digest: string): ReturnType<typeof coaudit> =>
    coaudit("root", NAMESPACE, String(epoch), digest, "--config", configFile, "--i-have-checked", "asked a, b and c");
  const running = await root(20, world.digest(20));
  expect(running).toMatchObject({ exitCode: 1, text: expect.stringContaining("STORE_LOCKED") });
  expect(await stranded.stop()).toEqual({ code: 0, signal: null });

  expect(await root(19, world.digest(19))).toMatchObject({ exitCode: 1, text: expect.stringContaining("epoch 20") });
  expect(await root(20, world.digest(20, "fork"))).toMatchObject({ exitCode: 1 });
  const moved = await root(20, world.digest(20));
  expect(moved).toMatchObject({ exitCode: 0 });
  expect(moved.stdout).toContain("3 auditors signed this digest: a.example, b.example, c.example");
  expect(moved.stdout).toContain("signed another digest for epoch 20: d.example");
  expect(moved.stdout).toContain("the halt (chain-mismatch) is lifted");

  world.start("d.example");
  await world.publishTo(24);
  await world.untilHeads([world.node("a.example")], 24, NAMES);
  const sides = await world.node("a.example").heads(NAMESPACE, 24);
  expect(sides.map(({ digest }) => digest)).toEqual(NAMES.map(() => world?.digest(24)));
  // What it signed before stands, and nobody is convicted: not the provider, and not d.
  const [first] = nodes;
  expect((await first?.status())?.convicted).toEqual([]);
  for (const { convicts } of (await first?.cases()) ?? []) expect(convicts).not.toBe("provider");
});
