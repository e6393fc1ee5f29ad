import { afterEach, describe, expect, it } from "vitest";
import { toHex, utf8 } from "../../../src/core/bytes.ts";
import { sha256 } from "../../../src/core/hash.ts";
import { verifyStatement } from "../../../src/core/statement-signature.ts";
import { NativeVerifier } from "../../../src/platform/native-ed25519.ts";
import { formatBlobName } from "../../../src/source/source.ts";
import { settle } from "../../support/virtual-clock.ts";
import {
  type Blob,
  blob,
  digestOf,
  HOST,
  HOUR_MS,
  MINUTE_MS,
  NAMESPACE,
  transportError,
  World,
  withBody,
} from "../world.ts";

let world = new World();
afterEach(async () => {
  await world.stopAll();
  world = new World();
});

const nameOf = ({ name }: Blob): string => formatBlobName(name);
const other = (epoch: number, parted: number): Blob =>
  blob(epoch, digestOf(epoch - 1, epoch > parted ? "other" : "main"), digestOf(epoch, "other"));

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
    expect(fresh).toHaveLength(3);
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
    let offsetMs = 0;
    const clock = { now: () => world.clock.now() + offsetMs, sleep: world.clock.sleep.bind(world.clock) };
    const auditor = await world.start({}, { clock });
    await world.clock.advance(2 * MINUTE_MS);
    offsetMs = -24 * HOUR_MS;
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

describe("A listing", () => {
  it("of two blobs that both verify is signed by nobody, and halts after facts", async () => {
    world.source.publishUpTo(4);
    world.source.publish(blob(5), other(5, 5));
    const auditor = await world.start();
    await world.clock.advance(9 * MINUTE_MS);
    expect(auditor.status()).toMatchObject({ state: "auditing", behind: { code: "TWO_PROOFS_VERIFY" } });
    await world.clock.advance(3 * MINUTE_MS);
    expect(auditor.status()).toMatchObject({ state: "halted", halt: { reason: "conflicting-listing" } });
    expect(world.heads.epochs()).toEqual([1, 2, 3, 4]);
    expect(world.claims.newest(NAMESPACE)?.epoch).toBe(4);
    expect(world.observations.said).toMatchObject([
      { kind: "conflicting-listing", epoch: 5, blobNames: [nameOf(blob(5)), nameOf(other(5, 5))].sort() },
    ]);
    expect(world.observations.said[0]?.bodyHashes).toHaveLength(2);
  });

  it("of two blobs is judged past caches, where a damaged copy of one would make the other look alone", async () => {
    world.source.publishUpTo(4);
    world.source.publish(blob(5), other(5, 5));
    const second = nameOf(other(5, 5));
    world.source.body = (asked, { fresh }) =>
      nameOf(asked) === second && fresh !== true ? utf8("garbage from a cache") : asked.body;
    const auditor = await world.start();
    expect(auditor.status()).toMatchObject({ lastSigned: { epoch: 4 }, behind: { code: "TWO_PROOFS_VERIFY" } });
  });

  it("of another history alone halts after facts", async () => {
    world.source.publishUpTo(4);
    world.source.publish(other(5, 4));
    const auditor = await world.start();
    await world.clock.advance(12 * MINUTE_MS);
    expect(auditor.status()).toMatchObject({ state: "halted", halt: { reason: "chain-mismatch" } });
    expect(world.source.fetches.some(({ name }) => name === nameOf(other(5, 4)))).toBe(false);
    expect(world.observations.said).toMatchObject([
      { kind: "chain-mismatch", epoch: 5, blobNames: [nameOf(other(5, 4))], bodyHashes: [] },
    ]);
  });

  it("of a stale replica that is right again before it is a fact halts nothing", async () => {
    world.source.publishUpTo(4);
    world.source.publish(other(5, 4));
    const auditor = await world.start();
    await world.clock.advance(8 * MINUTE_MS);
    expect(auditor.status().behind?.code).toBe("PREVIOUS_DIFFERS");
    world.source.blobs.set(5, [blob(5)]);
    await world.clock.advance(5 * MINUTE_MS);
    expect(auditor.status()).toMatchObject({ state: "auditing", lastSigned: { epoch: 5 } });
    expect(world.observations.said).toEqual([]);
  });

  it("that flickers between wrong and empty is never a fact", async () => {
    world.source.publishUpTo(4);
    world.source.publish(other(5, 4));
    let looks = 0;
    world.source.listed = (epoch) => (epoch === 5 && looks++ % 4 === 3 ? [] : (world.source.blobs.get(epoch) ?? []));
    const auditor = await world.start();
    await world.clock.advance(2 * HOUR_MS);
    expect(auditor.status().state).toBe("auditing");
  });

  it("of a right blob and a wrong one is signed at once, and reported once it is a fact", async () => {
    const wrong = withBody(other(3, 3), "garbage");
    world.source.publishUpTo(2);
    world.source.publish(blob(3), wrong);
    world.source.publishUpTo(4);
    const auditor = await world.start();
    expect(world.heads.epochs()).toEqual([1, 2, 3, 4]);
    expect(toHex(world.heads.get(3)!.digest)).toBe(toHex(digestOf(3)));
    await world.clock.advance(9 * MINUTE_MS);
    expect(world.observations.said).toEqual([]);
    await world.live(10);
    expect(auditor.status()).toMatchObject({ state: "auditing", lastSigned: { epoch: 14 } });
    expect(world.observations.said).toMatchObject([
      { kind: "conflicting-listing", epoch: 3, errorCode: "ONE_PROOF_VERIFIES" },
    ]);
    expect(world.observations.said[0]?.blobNames).toEqual([nameOf(blob(3)), nameOf(wrong)].sort());
  });

  it("whose second blob only looked wrong halts later, after one was signed", async () => {
    world.source.publishUpTo(2);
    world.source.publish(blob(3), other(3, 3));
    const startMs = world.clock.now();
    world.source.body = (asked) =>
      toHex(asked.name.current) === toHex(digestOf(3, "other")) && world.clock.now() < startMs + MINUTE_MS
        ? utf8("garbage")
        : asked.body;
    const auditor = await world.start();
    expect(world.heads.epochs()).toEqual([1, 2, 3]);
    await world.clock.advance(20 * MINUTE_MS);
    expect(auditor.status()).toMatchObject({ state: "halted", halt: { reason: "conflicting-listing" } });
    expect(world.observations.said).toMatchObject([{ kind: "conflicting-listing", errorCode: "TWO_PROOFS_VERIFY" }]);
    // The one that was signed was not fetched again.
    expect(world.source.fetches.filter(({ name }) => name === nameOf(blob(3)))).toHaveLength(1);
  });

  it("of a right blob and one of another history is watched where the fork begins, not at each later epoch", async () => {
    world.source.publishUpTo(2);
    for (const epoch of [3, 4, 5, 6]) world.source.publish(blob(epoch), other(epoch, 3));
    const auditor = await world.start({}, {});
    // At 3 both continue from the same digest: that one is a conflict. Here the other history begins lower.
    expect(auditor.status().lastSigned?.epoch).toBe(2);
    await world.stopAll();

    world = new World();
    world.source.publishUpTo(2);
    for (const epoch of [3, 4, 5, 6]) world.source.publish(blob(epoch), other(epoch, 2));
    await world.start();
    await world.clock.advance(12 * MINUTE_MS);
    expect(world.heads.epochs()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(world.observations.said).toMatchObject([{ kind: "conflicting-listing", epoch: 3 }]);
    expect(world.observations.said).toHaveLength(1);
  });

  it("with a name that has no body does not keep an auditor from the blob that is right", async () => {
    world.source.publishUpTo(2);
    world.source.publish(blob(3), other(3, 3));
    world.source.body = (asked) =>
      toHex(asked.name.current) === toHex(digestOf(3, "other")) ? transportError("SOURCE_NOT_FOUND") : asked.body;
    await world.start();
    expect(world.heads.epochs()).toEqual([1, 2]);
    await world.clock.advance(MINUTE_MS);
    expect(world.heads.epochs()).toEqual([1, 2, 3]);
  });

  it("of more wrong blobs than are looked at says so", async () => {
    world.source.publishUpTo(1);
    for (let i = 0; i < 20; i++) world.source.publish(withBody(blob(2, digestOf(1), digestOf(2, `${i}`)), "garbage"));
    const auditor = await world.start();
    await world.clock.advance(12 * MINUTE_MS);
    expect(auditor.status()).toMatchObject({ state: "halted", halt: { reason: "conflicting-listing" } });
    expect(world.observations.said[0]).toMatchObject({ errorCode: "TOO_MANY_LISTED" });
    expect(world.observations.said[0]?.blobNames).toHaveLength(8);
    expect(world.source.fetches.length).toBeLessThan(50);
    expect(world.quarantine.bodies).toHaveLength(1);
  });
});
