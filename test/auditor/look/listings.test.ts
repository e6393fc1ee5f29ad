import { afterEach, describe, expect, it } from "vitest";
import { toHex, utf8 } from "../../../src/core/bytes.ts";
import { formatBlobName } from "../../../src/source/source.ts";
import { type Blob, blob, digestOf, NAMESPACE, transportError, withBody } from "../stub-log.ts";
import { HOUR_MS, MINUTE_MS, World } from "../world.ts";

let world = new World();
afterEach(async () => {
  await world.stopAll();
  world = new World();
});

const nameOf = ({ name }: Blob): string => formatBlobName(name);
const other = (epoch: number, parted: number): Blob =>
  blob(epoch, digestOf(epoch - 1, epoch > parted ? "other" : "main"), digestOf(epoch, "other"));

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
