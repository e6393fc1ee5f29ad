/** What is behind although nothing fails. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { utf8 } from "../../src/core/bytes.ts";
import { HOUR_MS, MINUTE_MS, World } from "./world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
let thaw: () => void = () => {};
afterEach(async () => {
  thaw();
  await world.stopAll();
});

/** From now on nothing comes back until the thaw. */
function freeze(call: "latest" | "listing" | "fetch"): void {
  const ice = new Promise<void>((resolve) => {
    thaw = () => {
      world.source.before = () => {};
      resolve();
    };
  });
  world.source.before = (asked) => (asked === call ? ice : undefined);
}

describe("An auditor that learns nothing", () => {
  it.each(["latest", "listing", "fetch"] as const)(
    "is behind after two minutes of a %s that never ends",
    async (call) => {
      world.source.publishUpTo(3);
      const auditor = await world.start();
      await world.clock.advance(MINUTE_MS);
      freeze(call);
      world.source.publishUpTo(4);
      await world.clock.advance(MINUTE_MS);
      expect(auditor.status().behind).toBeUndefined();
      await world.clock.advance(3 * MINUTE_MS);
      expect(auditor.status().behind).toMatchObject({ reason: "transport", code: "NO_PROGRESS" });
      expect(world.log.alarms).toContainEqual(expect.stringContaining("after epoch"));
      thaw();
      await world.clock.advance(MINUTE_MS);
      expect(auditor.status().behind).toBeUndefined();
      expect(world.heads.epochs()).toEqual([1, 2, 3, 4]);
    },
  );

  it("is behind before its first epoch too", async () => {
    freeze("latest");
    const auditor = await world.startUnpinned();
    await world.clock.advance(2 * MINUTE_MS);
    expect(auditor.status()).toMatchObject({ state: "initializing", behind: { code: "NO_PROGRESS" } });
  });

  it("waits for ten polls where these are long", async () => {
    world.source.publishUpTo(1);
    const auditor = await world.start({ pollIntervalMs: MINUTE_MS });
    freeze("listing");
    await world.clock.advance(9 * MINUTE_MS);
    expect(auditor.status().behind).toBeUndefined();
    await world.clock.advance(3 * MINUTE_MS);
    expect(auditor.status().behind?.code).toBe("NO_PROGRESS");
  });

  it("is not behind while the log is quiet, nor at its known end", async () => {
    world.source.publishUpTo(3);
    const quiet = await world.start();
    await world.clock.advance(HOUR_MS);
    expect(quiet.status().behind).toBeUndefined();
    await quiet.stop();
    const ended = await world.start({ lastEpoch: 3 });
    world.others.highest = 500;
    await world.clock.advance(HOUR_MS);
    expect(ended.status()).toMatchObject({ state: "ended" });
    expect(ended.status().behind).toBeUndefined();
  });

  it("is not behind while a proof arrives inside its time", async () => {
    world.source.publishUpTo(2);
    const { fetch } = world.source;
    world.source.fetch = async (...asked) => {
      const { body, ...rest } = await fetch.apply(world.source, asked);
      const slow = async function* (): AsyncGenerator<Uint8Array> {
        for await (const chunk of body) {
          await world.clock.sleep(50_000);
          yield chunk;
          await world.clock.sleep(50_000);
        }
      };
      return { ...rest, body: slow() };
    };
    const auditor = await world.start();
    await world.clock.advance(5 * MINUTE_MS);
    expect(world.heads.epochs()).toEqual([1]);
    expect(world.log.alarms).toEqual([]);
    expect(auditor.status().behind).toBeUndefined();
    await Promise.all([auditor.stop(), world.clock.advance(HOUR_MS)]);
  });

  it("is behind when the others are far ahead of what the source answers, until it has caught up", async () => {
    world.source.publishUpTo(5);
    const stuck = await world.start();
    world.others.highest = 26;
    await world.clock.advance(MINUTE_MS);
    expect(stuck.status().behind).toBeUndefined();
    await world.clock.advance(2 * MINUTE_MS);
    expect(stuck.status().behind).toMatchObject({ reason: "source", code: "OTHERS_AHEAD" });
    world.source.publishUpTo(26);
    await world.clock.advance(MINUTE_MS);
    expect(stuck.status().behind).toBeUndefined();
  });
});

describe("A body that was declared encoded", () => {
  it("is signed when it is right, and unread when it is wrong", async () => {
    world.source.publishUpTo(2);
    const { fetch } = world.source;
    world.source.fetch = async (...asked) => ({
      ...(await fetch.apply(world.source, asked)),
      declaredEncoding: "aws-chunked",
    });
    world.source.body = (asked) => (asked.name.epoch === 2 ? utf8("5;chunk-signature") : asked.body);
    const auditor = await world.start();
    await world.clock.advance(HOUR_MS);
    expect(world.heads.epochs()).toEqual([1]);
    expect(auditor.status()).toMatchObject({
      state: "auditing",
      behind: { reason: "transport", code: "SOURCE_RESPONSE_INVALID" },
    });
    expect(world.observations.said).toEqual([]);
  });
});
