import { afterEach, describe, expect, it } from "vitest";
import { utf8 } from "../../../src/core/bytes.ts";
import { sha256 } from "../../../src/core/hash.ts";
import { verifyStatement } from "../../../src/core/statement-signature.ts";
import { NativeVerifier } from "../../../src/platform/native-ed25519.ts";
import { formatBlobName } from "../../../src/source/source.ts";
import { settle } from "../../support/virtual-clock.ts";
import { type Blob, blob, HOST, NAMESPACE, transportError, withBody } from "../stub-log.ts";
import { HOUR_MS, MINUTE_MS, World } from "../world.ts";

let world = new World();
afterEach(async () => {
  await world.stopAll();
  world = new World();
});

const nameOf = ({ name }: Blob): string => formatBlobName(name);

describe("A proof that is wrong", () => {
  it("halts only after three looks past all caches over ten minutes agree, with one observation and the body kept", async () => {
    world.source.publishUpTo(3);
    const wrong = withBody(blob(4), "garbage from the provider");
    world.source.publish(wrong);
    world.source.publishUpTo(5);
    const auditor = await world.start();
    const startMs = world.clock.now();
    await world.clock.advance(9 * MINUTE_MS);
    expect(auditor.status()).toMatchObject({
      state: "auditing",
      behind: { reason: "source", code: "PROOF_WIRE_TYPE" },
    });
    expect(world.observations.said).toEqual([]);

    await world.clock.advance(3 * MINUTE_MS);
    expect(auditor.status()).toMatchObject({ state: "halted", halt: { reason: "invalid-proof" } });
    expect(world.claims.haltOf(NAMESPACE)?.reason).toBe("invalid-proof");
    expect(world.log.lines.map(({ message }) => message)).not.toContain("no longer behind");
    expect(world.heads.epochs()).toEqual([1, 2, 3]);
    const fresh = world.source.fetches.filter((fetch) => fetch.fresh && fetch.name === nameOf(wrong));
    // And once more, under the other configuration.
    expect(fresh).toHaveLength(4);
    expect(fresh[2]!.atMs - fresh[0]!.atMs).toBeGreaterThanOrEqual(10 * MINUTE_MS);
    expect(fresh[0]!.atMs).toBe(startMs);

    expect(world.observations.said).toHaveLength(1);
    const [observation] = world.observations.said;
    expect(observation).toMatchObject({
      kind: "invalid-proof",
      epoch: 4,
      host: HOST,
      errorCode: "PROOF_WIRE_TYPE",
      blobNames: [nameOf(wrong)],
      bodyHashes: [sha256(wrong.body)],
    });
    expect(await verifyStatement(observation!, { verifier: new NativeVerifier() })).toBe(true);
    expect(world.quarantine.bodies).toMatchObject([
      {
        epoch: 4,
        blobName: nameOf(wrong),
        headers: { "x-cache": "MISS" },
        body: wrong.body,
        errorCode: "PROOF_WIRE_TYPE",
      },
    ]);

    const asked = world.source.listings.length;
    await world.clock.advance(5 * HOUR_MS);
    expect(world.source.listings.length).toBe(asked);
    expect(world.observations.said).toHaveLength(1);
  });

  it("from a damaged cache, and right past it, halts nothing", async () => {
    world.source.publishUpTo(3);
    world.source.body = (asked, { fresh }) => (fresh === true ? asked.body : utf8("garbage from a cache"));
    const auditor = await world.start();
    await world.clock.advance(MINUTE_MS);
    expect(world.heads.epochs()).toEqual([1, 2, 3]);
    expect(auditor.status().behind).toBeUndefined();
    // What the cache served was kept, for whoever wants to know.
    expect(world.quarantine.bodies).toHaveLength(1);
    await world.clock.advance(HOUR_MS);
    expect(world.observations.said).toEqual([]);
  });

  it("from a replica that is repaired in time halts nothing", async () => {
    world.source.publishUpTo(3);
    const startMs = world.clock.now();
    world.source.body = (asked) => (world.clock.now() < startMs + 9 * MINUTE_MS ? utf8("garbage") : asked.body);
    const auditor = await world.start();
    await world.clock.advance(12 * MINUTE_MS);
    expect(world.heads.epochs()).toEqual([1, 2, 3]);
    expect(auditor.status()).toMatchObject({ state: "auditing" });
    expect(world.observations.said).toEqual([]);
  });

  it("is counted from zero when its bytes change", async () => {
    world.source.publishUpTo(1);
    let body = "garbage 1";
    world.source.body = () => utf8(body);
    const auditor = await world.start();
    await world.clock.advance(8 * MINUTE_MS);
    body = "garbage 2";
    await world.clock.advance(12 * MINUTE_MS);
    expect(auditor.status().state).toBe("auditing");
    await world.clock.advance(12 * MINUTE_MS);
    expect(auditor.status().state).toBe("halted");
    expect(world.observations.said[0]?.bodyHashes).toEqual([sha256(utf8("garbage 2"))]);
    expect(world.quarantine.bodies).toHaveLength(2);
  });

  it("is not counted while it cannot be read", async () => {
    world.source.publishUpTo(1);
    world.source.body = () => utf8("garbage");
    let reads = 0;
    const auditor = await world.start();
    world.source.before = (call) => {
      if (call === "fetch" && reads++ % 2 === 0) throw transportError("SOURCE_TIMEOUT");
    };
    await world.clock.advance(9 * MINUTE_MS);
    expect(auditor.status().state).toBe("auditing");
    await world.clock.advance(5 * MINUTE_MS);
    expect(auditor.status().state).toBe("halted");
  });

  it("halts faster when the rule is set so, and only then", async () => {
    world.source.publishUpTo(1);
    world.source.body = () => utf8("garbage");
    const auditor = await world.start({ factFetches: 2, factSpanMs: 1_000 });
    await world.clock.advance(900);
    expect(auditor.status().state).toBe("auditing");
    await world.clock.advance(1_000);
    expect(auditor.status().state).toBe("halted");
  });

  it("is seen and reported by an auditor whose clock went back", async () => {
    world.source.publishUpTo(1);
    world.source.body = () => utf8("garbage");
    const auditor = await world.start();
    await world.clock.advance(2 * MINUTE_MS);
    world.clock.set(-24 * HOUR_MS);
    await world.clock.advance(20 * MINUTE_MS);
    expect(auditor.status().state).toBe("halted");
  });

  it("halts again after a resume, unless it is right by then, and never says the same twice", async () => {
    world.source.publishUpTo(2);
    world.source.body = (asked) => (asked.name.epoch === 2 ? utf8("garbage") : asked.body);
    const auditor = await world.start();
    await world.clock.advance(12 * MINUTE_MS);
    expect(auditor.status().state).toBe("halted");
    await auditor.resume("I have checked");
    await world.clock.advance(9 * MINUTE_MS);
    expect(auditor.status().state).toBe("auditing");
    await world.clock.advance(3 * MINUTE_MS);
    expect(auditor.status().state).toBe("halted");
    expect(world.observations.said).toHaveLength(1);
    world.source.body = (asked) => asked.body;
    await auditor.resume("the provider repaired it");
    await settle();
    expect(world.heads.epochs()).toEqual([1, 2]);
    expect(world.claims.haltOf(NAMESPACE)).toBeUndefined();
    await expect(auditor.resume("again")).rejects.toMatchObject({ code: "AUDITOR_NOT_HALTED" });
  });

  it("stays a halt after a restart, which reminds the log and observes nothing anew", async () => {
    world.source.publishUpTo(1);
    world.source.body = () => utf8("garbage");
    await world.start();
    await world.clock.advance(12 * MINUTE_MS);
    await world.stopAll();
    world.source.body = (asked) => asked.body;
    const listings = world.source.listings.length;
    const again = await world.start();
    expect(again.status()).toMatchObject({ state: "halted", halt: { reason: "invalid-proof" } });
    expect(world.log.alarms.at(-1)).toMatch(/^still halted: epoch 1 /);
    await world.clock.advance(HOUR_MS);
    expect(world.heads.epochs()).toEqual([]);
    expect(world.source.listings).toHaveLength(listings);
    expect(world.observations.said).toHaveLength(1);
    await again.resume("checked");
    await world.clock.advance(1);
    expect(world.heads.epochs()).toEqual([1]);
  });

  it("is published and put on disk as soon as the disk takes it, and signs nothing meanwhile", async () => {
    world.source.publishUpTo(1);
    world.source.body = () => utf8("garbage");
    const auditor = await world.start();
    world.observations.before = () => {
      throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
    };
    await world.clock.advance(15 * MINUTE_MS);
    expect(auditor.status()).toMatchObject({ state: "halted", behind: { reason: "storage", code: "ENOSPC" } });
    const fetches = world.source.fetches.length;
    world.source.body = (asked) => asked.body;
    world.observations.before = () => {};
    await world.clock.advance(2 * MINUTE_MS);
    expect(world.observations.said).toHaveLength(1);
    expect(world.claims.haltOf(NAMESPACE)?.reason).toBe("invalid-proof");
    expect(world.source.fetches.length).toBe(fetches);
    expect(auditor.status().behind).toBeUndefined();
  });
});
