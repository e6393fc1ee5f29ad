import { describe, expect, it } from "vitest";
import { TokenBucket } from "../../src/core/token-bucket.ts";
import { DEFAULT_NETWORK_LIMITS } from "../../src/gossip/libp2p/libp2p-options.ts";
import { PeerGuard } from "../../src/gossip/libp2p/peer-guard.ts";
import { FutileBuckets } from "../../src/gossip/sync/futile-buckets.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const YEARS_MS = 12 * 365 * 86_400_000;

/** A machine whose clock stood in 2038 when it was started, and is set right while it runs. */
function setRight(clock: VirtualClock): void {
  clock.set(-YEARS_MS);
}

describe("What lasts for a while", () => {
  it("ends a ban by elapsed time, whatever the clock showed when it began", async () => {
    const clock = new VirtualClock();
    const guard = new PeerGuard(DEFAULT_NETWORK_LIMITS, { clock });
    guard.ban("peer");
    setRight(clock);
    expect(guard.isBanned("peer")).toBe(true);
    await clock.advance(DEFAULT_NETWORK_LIMITS.banMs);
    expect(guard.isBanned("peer")).toBe(false);
  });

  it("does not end a ban because the clock jumped ahead", () => {
    const clock = new VirtualClock();
    const guard = new PeerGuard(DEFAULT_NETWORK_LIMITS, { clock });
    guard.ban("peer");
    clock.set(YEARS_MS);
    expect(guard.isBanned("peer")).toBe(true);
  });

  it("asks for a futile bucket again after a minute", async () => {
    const clock = new VirtualClock();
    const futile = new FutileBuckets({ clock: clock });
    const series = { auditor: "a", namespace: "n" };
    const hash = new Uint8Array(32);
    futile.remember("peer", series, 0, hash);
    setRight(clock);
    await clock.advance(60_000);
    expect(futile.isFutile("peer", series, 0, hash)).toBe(false);
  });

  it("refills a budget while the clock is wrong", async () => {
    const clock = new VirtualClock();
    const bucket = new TokenBucket({ perSecond: 1, burst: 1 }, { clock });
    expect(bucket.take(1)).toBe(true);
    setRight(clock);
    await clock.advance(1_000);
    expect(bucket.take(1)).toBe(true);
    clock.set(YEARS_MS);
    expect(bucket.take(1)).toBe(false);
  });
});
