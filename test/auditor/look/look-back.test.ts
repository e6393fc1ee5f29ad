/** A source that is not, or no longer, the log that was audited. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { formatBlobName } from "../../../src/source/source.ts";
import { blob, digestOf } from "../stub-log.ts";
import { HOUR_MS, MINUTE_MS, World } from "../world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.stopAll());

/** Another log under the same address. */
function startOver(epochs: number): void {
  world.source.blobs.clear();
  for (let epoch = 1; epoch <= epochs; epoch++) {
    world.source.publish(blob(epoch, digestOf(epoch - 1, "new"), digestOf(epoch, "new")));
  }
}

describe("A source that starts over", () => {
  it("is behind after two minutes in which its newest epoch lies below the verified one", async () => {
    world.source.publishUpTo(30);
    const auditor = await world.start();
    await world.clock.advance(MINUTE_MS);
    startOver(14);
    await world.clock.advance(MINUTE_MS);
    expect(auditor.status().behind).toBeUndefined();
    await world.clock.advance(4 * MINUTE_MS);
    const { behind, state } = auditor.status();
    expect(state).toBe("auditing");
    expect(behind).toMatchObject({ reason: "source" });
    expect(["NEWEST_BELOW_VERIFIED", "ANOTHER_LOG"]).toContain(behind?.code);
    world.source.blobs.clear();
    world.source.publishUpTo(31);
    await world.clock.advance(10 * MINUTE_MS);
    expect(auditor.status().behind).toBeUndefined();
    expect(world.heads.epochs()).toHaveLength(31);
  });

  it("is not the audited log where only other blobs are listed: a lead, no halt", async () => {
    world.source.publishUpTo(3);
    const auditor = await world.start();
    await world.clock.advance(MINUTE_MS / 2);
    startOver(3);
    await world.clock.advance(3 * MINUTE_MS);
    expect(auditor.status().behind).toMatchObject({ reason: "source", code: "ANOTHER_LOG" });
    expect(auditor.status().behind?.message).toContain("not the log that was audited");
    expect(world.observations.said).toEqual([]);
    await world.clock.advance(HOUR_MS);
    expect(auditor.status().state).toBe("auditing");
    expect(world.observations.said.map(({ kind }) => kind)).toContain("chain-mismatch");
    expect(new Set(world.observations.said.map(({ kind }) => kind)).size).toBe(1);
  });
});

describe("A blob listed later beside a verified one", () => {
  it("is observed, at the newest epoch and at older ones, and halts nothing", async () => {
    world.source.publishUpTo(4);
    const auditor = await world.start();
    await world.clock.advance(MINUTE_MS);
    const beside = blob(2, digestOf(1), digestOf(2, "other"));
    world.source.publish(beside);
    await world.clock.advance(HOUR_MS);
    expect(auditor.status()).toMatchObject({ state: "auditing" });
    expect(auditor.status().behind).toBeUndefined();
    const [said] = world.observations.said;
    expect(said).toMatchObject({ kind: "conflicting-listing", epoch: 2 });
    expect(said?.blobNames).toEqual([formatBlobName(blob(2).name), formatBlobName(beside.name)].sort());
    expect(world.observations.said).toHaveLength(1);
  });

  it("is nothing when it passes within ten minutes", async () => {
    world.source.publishUpTo(1);
    await world.start();
    await world.clock.advance(MINUTE_MS);
    world.source.publish(blob(1, digestOf(0), digestOf(1, "other")));
    await world.clock.advance(5 * MINUTE_MS);
    world.source.blobs.clear();
    world.source.publishUpTo(1);
    await world.clock.advance(HOUR_MS);
    expect(world.observations.said).toEqual([]);
  });
});
