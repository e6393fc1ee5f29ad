/** Wrong lines and wrong paths: what looks like a lie and is none. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { emptyDigest } from "../../src/akd/configuration.ts";
import type { BlobMirror } from "../../src/auditor/ports.ts";
import { utf8 } from "../../src/core/bytes.ts";
import { blob, digestOf, NAMESPACE, transportError, withBody } from "./stub-log.ts";
import { HOUR_MS, MINUTE_MS, World } from "./world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.stopAll());

describe("A wrong line `configuration`", () => {
  it("is found out where nothing was verified yet, and ends with the right line", async () => {
    world.source.publishUpTo(3);
    const root = { epoch: 1, digest: digestOf(1) };
    const wrong = await world.start({ root, configuration: "experimental" });
    await world.clock.advance(HOUR_MS);
    expect(wrong.status()).toMatchObject({
      state: "auditing",
      behind: { reason: "configuration", code: "CONFIGURATION_WRONG" },
    });
    expect(wrong.status().behind?.message).toContain("configuration: experimental");
    expect(world.observations.said).toEqual([]);
    expect(world.claims.all.size).toBe(0);
    await wrong.stop();
    const right = await world.start({ root });
    await world.clock.advance(MINUTE_MS);
    expect(world.heads.epochs()).toEqual([2, 3]);
    expect(right.status().behind).toBeUndefined();
  });

  it("is found out at the beginning of a log, where the empty tree has another digest", async () => {
    world.source.publishUpTo(3);
    const root = { epoch: 0, digest: emptyDigest("experimental") };
    const wrong = await world.start({ root, configuration: "experimental" });
    await world.clock.advance(HOUR_MS);
    expect(wrong.status()).toMatchObject({ state: "auditing", behind: { code: "CONFIGURATION_WRONG" } });
    expect(world.observations.said).toEqual([]);
  });

  it("is refused on data that were verified under the other, before anything is looked at", async () => {
    world.source.publishUpTo(3);
    const first = await world.start();
    await world.clock.advance(MINUTE_MS);
    await first.stop();
    expect(world.roots.configurations.get(NAMESPACE)).toBe("whatsapp_v1");
    world.source.publishUpTo(5);
    const asked = world.source.listings.length;
    const wrong = await world.start({ root: undefined, configuration: "experimental" });
    await world.clock.advance(HOUR_MS);
    expect(wrong.status().behind).toMatchObject({ reason: "configuration", code: "CONFIGURATION_BOUND" });
    expect(world.source.listings).toHaveLength(asked);
    await wrong.stop();
    await world.start();
    await world.clock.advance(MINUTE_MS);
    expect(world.heads.epochs()).toEqual([1, 2, 3, 4, 5]);
    expect(world.observations.said).toEqual([]);
  });

  it("is not guessed while the body cannot be read: no halt either", async () => {
    world.source.publishUpTo(1);
    world.source.body = () => utf8("garbage");
    let answers = 0;
    world.source.before = (call) => {
      // What is fetched after the third look past all caches is the second opinion.
      if (call === "fetch" && ++answers > 5) throw transportError("SOURCE_TIMEOUT");
    };
    const auditor = await world.start();
    await world.clock.advance(12 * MINUTE_MS);
    expect(answers).toBeGreaterThan(5);
    expect(auditor.status()).toMatchObject({ state: "auditing", behind: { reason: "transport" } });
    world.source.before = () => {};
    await world.clock.advance(HOUR_MS);
    expect(auditor.status()).toMatchObject({ state: "halted", halt: { reason: "invalid-proof" } });
  });

  it("leaves what is wrong under both a fact", async () => {
    world.source.publish(withBody(blob(1), "garbage"));
    const auditor = await world.start();
    await world.clock.advance(12 * MINUTE_MS);
    expect(auditor.status()).toMatchObject({ state: "halted", halt: { reason: "invalid-proof" } });
    expect(world.observations.said).toHaveLength(1);
  });
});

describe("A wrong body of the only listed blob", () => {
  const mirror = (body: Uint8Array): BlobMirror => ({
    host: "mirror.example",
    fetch: async () => ({
      headers: {},
      host: "mirror.example",
      body: (async function* () {
        yield body;
      })(),
    }),
  });

  it("is kept and logged, and a mirror's right one is signed", async () => {
    world.source.publish(withBody(blob(1), "garbage"), blob(2));
    const auditor = await world.start({}, { mirrors: [mirror(utf8("garbage too")), mirror(blob(1).body)] });
    await world.clock.advance(12 * MINUTE_MS);
    expect(world.heads.epochs()).toEqual([1, 2]);
    expect(auditor.status()).toMatchObject({ state: "auditing" });
    expect(world.observations.said).toEqual([]);
    expect(world.quarantine.bodies.map(({ epoch }) => epoch)).toEqual([1]);
    expect(world.log.alarms).toContainEqual(expect.stringContaining("quarantine"));
  });

  it("is a fact when no mirror has another", async () => {
    world.source.publish(withBody(blob(1), "garbage"));
    const auditor = await world.start({}, { mirrors: [mirror(utf8("garbage too"))] });
    await world.clock.advance(12 * MINUTE_MS);
    expect(auditor.status()).toMatchObject({ state: "halted", halt: { reason: "invalid-proof" } });
  });
});
