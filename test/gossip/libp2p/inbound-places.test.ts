import { describe, expect, it } from "vitest";
import { CostBudget } from "../../../src/gossip/cost/cost-budget.ts";
import { HANDSHAKE_US } from "../../../src/gossip/cost/wire-price.ts";
import { InboundPlaces, MAX_PENDING } from "../../../src/gossip/libp2p/inbound-places.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const ROSTER_HOST = "192.0.2.1";

function placesOf(): { places: InboundPlaces; clock: VirtualClock } {
  const clock = new VirtualClock();
  const budget = new CostBudget({}, { elapsed: clock, isRosterPeer: () => false });
  const isRosterSource = (host: string): boolean => host === ROSTER_HOST;
  return { places: new InboundPlaces({ clock, budget, isRosterSource }), clock };
}

describe("places for connections that come in", () => {
  it("are a stranger's for two seconds, and a roster source's for ten", async () => {
    const { places, clock } = placesOf();
    const [stranger, auditor] = [places.take("192.0.2.9", "direct"), places.take(ROSTER_HOST, "direct")];
    await clock.advance(2000);
    expect([stranger?.signal.aborted, auditor?.signal.aborted]).toEqual([true, false]);
    await clock.advance(8000);
    expect(auditor?.signal.aborted).toBe(true);
  });

  it("are the newest stranger's: the oldest that has said nothing makes room", () => {
    const { places } = placesOf();
    const taken = Array.from({ length: MAX_PENDING + 1 }, (_, i) => places.take(`198.51.100.${i}`, "direct"));
    expect(taken.map((place) => place?.signal.aborted)).toEqual([true, ...new Array(MAX_PENDING).fill(false)]);
  });

  it("are kept for roster sources, however many strangers come", () => {
    const { places } = placesOf();
    const auditor = places.take(ROSTER_HOST, "direct");
    for (let i = 0; i < 250; i++) places.take(`198.51.100.${i}`, "direct");
    expect(auditor?.signal.aborted).toBe(false);
    expect(places.take(ROSTER_HOST, "direct")).toBeDefined();
  });

  it("are kept for whoever has proved to be of the roster, wherever it comes from", async () => {
    const { places, clock } = placesOf();
    const roaming = places.take("203.0.113.5", "direct");
    roaming?.authenticated();
    for (let i = 0; i < 100; i++) places.take(`198.51.100.${i}`, "direct");
    await clock.advance(3000);
    expect(roaming?.signal.aborted).toBe(false);
    await clock.advance(7000);
    expect(roaming?.signal.aborted).toBe(true);
  });

  it("begin their handshakes in turns, but for roster sources", async () => {
    const { places, clock } = placesOf();
    const begun: string[] = [];
    for (const host of ["192.0.2.7", "192.0.2.8", "192.0.2.9", ROSTER_HOST]) {
      void places
        .take(host, "direct")
        ?.turn()
        .then(() => begun.push(host));
    }
    await clock.advance(0);
    expect(begun).toEqual(["192.0.2.7", ROSTER_HOST]);
    await clock.advance(20);
    expect(begun).toEqual(["192.0.2.7", ROSTER_HOST, "192.0.2.8"]);
    await clock.advance(30);
    expect(begun).toEqual(["192.0.2.7", ROSTER_HOST, "192.0.2.8", "192.0.2.9"]);
  });

  it("wait for no turn when they are over", async () => {
    const { places, clock } = placesOf();
    const [first, second] = [places.take("192.0.2.7", "direct"), places.take("192.0.2.8", "direct")];
    await first?.turn();
    const turn = second?.turn();
    await clock.advance(2_000);
    await turn;
    expect(second?.signal.aborted).toBe(true);
  });

  it("end with the handshake", async () => {
    const { places, clock } = placesOf();
    const place = places.take("192.0.2.9", "direct");
    place?.release();
    await clock.advance(60_000);
    expect(place?.signal.aborted).toBe(false);
  });

  it("have a limit for one source, that of roster sources apart, and none for one behind a proxy", () => {
    const taken = (host: string, kind: "direct" | "behind-proxy"): number => {
      const { places } = placesOf();
      let count = 0;
      while (count < 320 && places.take(host, kind) !== undefined) count++;
      return count;
    };
    expect(taken("192.0.2.9", "direct")).toBe(Math.floor(250_000 / HANDSHAKE_US));
    expect(taken(ROSTER_HOST, "direct")).toBe(Math.floor(250_000 / HANDSHAKE_US));
    // All strangers together have a burst of half a second.
    expect(taken("192.0.2.9", "behind-proxy")).toBe(Math.floor(500_000 / HANDSHAKE_US));
    // A proxy's address in the roster makes none of its clients an auditor.
    expect(taken(ROSTER_HOST, "behind-proxy")).toBe(Math.floor(500_000 / HANDSHAKE_US));
  });

  it("count all addresses of an IPv6 network as one source, and an IPv4 address once", () => {
    const taken = (hostOf: (index: number) => string): number => {
      const { places } = placesOf();
      return Array.from({ length: 90 }, (_, i) => places.take(hostOf(i), "direct")).filter((place) => place).length;
    };
    expect(taken((i) => `2001:db8:1:2::${i.toString(16)}`)).toBe(Math.floor(250_000 / HANDSHAKE_US));
    expect(taken((i) => (i % 2 ? "192.0.2.9" : "::ffff:192.0.2.9"))).toBe(Math.floor(250_000 / HANDSHAKE_US));
    expect(taken((i) => `2001:db8:1:${i.toString(16)}::1`)).toBe(90);
  });

  it("cost strangers what all strangers have, however many sources they have", () => {
    const { places } = placesOf();
    const taken = Array.from({ length: 1000 }, (_, i) => places.take(`198.51.${i >> 8}.${i & 255}`, "direct"));
    expect(taken.filter((place) => place !== undefined).length).toBeLessThanOrEqual(500_000 / HANDSHAKE_US + 1);
    expect(places.take(ROSTER_HOST, "direct")).toBeDefined();
  });
});
