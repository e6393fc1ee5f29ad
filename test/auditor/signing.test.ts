import { afterEach, describe, expect, it } from "vitest";
import type { NamespaceAuditor } from "../../src/auditor/namespace-auditor.ts";
import { toHex } from "../../src/core/bytes.ts";
import { CoauditError } from "../../src/core/errors.ts";
import { encodeStatement } from "../../src/core/statement-codec.ts";
import { settle } from "../support/virtual-clock.ts";
import { Mortal } from "./mortal.ts";
import { blob, digestOf, NAMESPACE, ORIGIN } from "./stub-log.ts";
import { HOUR_MS, MINUTE_MS, signingKey, World } from "./world.ts";

let world = new World();
afterEach(async () => {
  await world.stopAll();
  world = new World();
});

const upTo = (epoch: number): number[] => Array.from({ length: epoch }, (_, index) => index + 1);

describe("A node that dies", () => {
  it("at any await of its work signs the same bytes after a restart, without a gap and without a second claim", async () => {
    const points = (await liveAndDie(new World(), Number.POSITIVE_INFINITY)).points;
    expect(points).toEqual(
      expect.arrayContaining(["claims.claim after", "signer.signHead after", "heads.recordOwn after"]),
    );
    for (let dieAt = 0; dieAt < points.length; dieAt++) {
      const mortalWorld = new World();
      const signed = new Map<number, string>();
      const first = await liveAndDie(mortalWorld, dieAt, signed);
      expect(first.isDead, points[dieAt]).toBe(true);
      // The second life is an hour later: its clock must not get into what was promised.
      await mortalWorld.clock.advance(HOUR_MS);
      const claimsBefore = new Map(mortalWorld.claims.all);
      // It dies once more, elsewhere.
      await liveAndDie(mortalWorld, (dieAt * 7) % 20, signed);
      const last = await mortalWorld.start();
      await mortalWorld.clock.advance(MINUTE_MS);
      expect(mortalWorld.heads.epochs(), points[dieAt]).toEqual(upTo(3));
      for (const [epoch, bytes] of signed) {
        expect(toHex(mortalWorld.heads.heads.get(`${NAMESPACE} ${epoch}`)!), points[dieAt]).toBe(bytes);
      }
      for (const [key, claim] of claimsBefore) expect(mortalWorld.claims.all.get(key)).toEqual(claim);
      expect(last.status()).toMatchObject({ state: "auditing", lastSigned: { epoch: 3 } });
      await mortalWorld.stopAll();
    }
    expect(points.length).toBeGreaterThan(40);
  });

  it("and loses the last heads with the power makes them again from its claims", async () => {
    world.source.publishUpTo(50);
    await world.start();
    await world.clock.advance(1);
    const before = new Map(world.heads.heads);
    await world.stopAll();
    for (const epoch of [50, 49, 48, 47]) world.heads.heads.delete(`${NAMESPACE} ${epoch}`);
    await world.clock.advance(HOUR_MS);
    await world.start();
    await world.clock.advance(1);
    expect([...world.heads.heads].sort()).toEqual([...before].sort());
  });

  /** Every signature that leaves the signer is written down: whoever saw it holds the auditor to it. */
  async function liveAndDie(
    mortalWorld: World,
    dieAt: number,
    signed: Map<number, string> = new Map(),
  ): Promise<Mortal> {
    mortalWorld.source.publishUpTo(3);
    const mortal = new Mortal(dieAt);
    const sign = mortalWorld.signer.signHead.bind(mortalWorld.signer);
    mortalWorld.signer.signHead = async (claim) => {
      const head = await sign(claim);
      signed.set(claim.epoch, toHex(encodeStatement(head)));
      return head;
    };
    const auditor = mortalWorld.auditor({}, mortal.modules(mortalWorld));
    auditor.start(new AbortController().signal);
    await mortalWorld.clock.advance(1);
    if (dieAt === Number.POSITIVE_INFINITY) await auditor.stop();
    mortalWorld.signer.signHead = sign;
    return mortal;
  }
});

describe("An own-key conflict", () => {
  it("that comes in at any await of a commit signs nothing more, and is durable", async () => {
    for (const at of ["claim", "sign", "record"] as const) {
      const conflicted = new World();
      conflicted.source.publishUpTo(5);
      let auditor: NamespaceAuditor | undefined;
      let signatures = 0;
      let hasStruck = false;
      const strike = async (point: string, epoch: number): Promise<void> => {
        if (hasStruck || point !== at || epoch !== 3) return;
        hasStruck = true;
        void auditor?.haltOwnKeyConflict("a head of epoch 2 that I never made");
      };
      const sign = conflicted.signer.signHead.bind(conflicted.signer);
      conflicted.signer.signHead = async (claim) => {
        signatures++;
        await strike("sign", claim.epoch);
        return sign(claim);
      };
      const claim = conflicted.claims.claim.bind(conflicted.claims);
      conflicted.claims.claim = async (asked) => {
        const given = await claim(asked);
        await strike("claim", asked.epoch);
        return given;
      };
      conflicted.heads.before = (head) => strike("record", head.epoch);
      auditor = conflicted.auditor();
      auditor.start(new AbortController().signal);
      await conflicted.clock.advance(HOUR_MS);
      expect(auditor.status()).toMatchObject({ state: "halted", halt: { reason: "own-key-conflict" } });
      expect(conflicted.heads.epochs()).toEqual(at === "record" ? [1, 2, 3] : [1, 2]);
      expect(signatures).toBe(at === "claim" ? 2 : 3);
      expect(conflicted.claims.newest(NAMESPACE)?.epoch).toBe(3);
      expect(conflicted.claims.haltOf(NAMESPACE)?.reason).toBe("own-key-conflict");
      expect(conflicted.observations.said).toEqual([]);

      await auditor.resume("the other machine is gone");
      await conflicted.clock.advance(1);
      expect(conflicted.heads.epochs()).toEqual(upTo(5));
      await auditor.stop();
    }
  });

  it("replaces any other halt, is replaced by none, and stands though the disk does not take it", async () => {
    world.source.publishUpTo(1);
    const auditor = await world.start();
    await world.clock.advance(1);
    world.claims.before = (call) => {
      if (call === "setHalt") throw storeFull();
    };
    await expect(auditor.haltOwnKeyConflict("first")).rejects.toMatchObject({ code: "STORE_FULL" });
    world.source.publishUpTo(3);
    await world.clock.advance(MINUTE_MS);
    expect(auditor.status()).toMatchObject({ state: "halted", behind: { reason: "storage" } });
    expect(world.heads.epochs()).toEqual([1]);
    world.claims.before = () => {};
    await world.clock.advance(2 * MINUTE_MS);
    expect(world.claims.haltOf(NAMESPACE)).toMatchObject({ reason: "own-key-conflict", detail: "first" });
    await auditor.haltOwnKeyConflict("second");
    expect(auditor.status().halt?.detail).toBe("first");
  });

  it("is what a claim for another digest means, which this node did not make", async () => {
    world.source.publishUpTo(2);
    const auditor = await world.start();
    await world.clock.advance(1);
    const foreign = { namespace: NAMESPACE, origin: ORIGIN, epoch: 3, digest: digestOf(3, "other"), suite: 1 } as const;
    const { publicKey } = signingKey;
    await world.claims.claim({ ...foreign, timestampMs: world.clock.now(), late: false, publicKey });
    world.source.publishUpTo(3);
    await world.clock.advance(MINUTE_MS);
    expect(auditor.status()).toMatchObject({ state: "halted", halt: { reason: "own-key-conflict" } });
    expect(world.heads.epochs()).toEqual([1, 2]);
  });

  it("from before a restart is in force before anything is signed again", async () => {
    world.source.publishUpTo(2);
    const auditor = await world.start();
    await auditor.haltOwnKeyConflict("a second machine");
    await world.stopAll();
    world.heads.heads.clear();
    const again = await world.start();
    await world.clock.advance(MINUTE_MS);
    expect(again.status()).toMatchObject({ state: "halted", halt: { detail: "a second machine" } });
    expect(world.heads.epochs()).toEqual([]);
  });

  it("of the ledger's own making halts a running auditor too", async () => {
    world.source.publishUpTo(1);
    const auditor = await world.start();
    await world.clock.advance(1);
    await world.claims.setHalt(NAMESPACE, { reason: "own-key-conflict", detail: "moved away", atMs: 1 });
    world.source.publishUpTo(2);
    await world.clock.advance(MINUTE_MS);
    expect(auditor.status()).toMatchObject({ state: "halted", halt: { detail: "moved away" } });
  });
});

describe("While the signing guard is closed an auditor", () => {
  it("verifies without claiming or signing, up to its bound, and signs in order once it opens", async () => {
    world.guard.open = false;
    world.source.publishUpTo(30);
    const auditor = await world.start({ maxUnsignedEpochs: 10 });
    await world.clock.advance(HOUR_MS);
    expect(auditor.status()).toMatchObject({ unguarded: true, unsignedEpochs: 10, lastVerified: { epoch: 10 } });
    expect(auditor.status().lastSigned).toBeUndefined();
    expect(world.claims.all.size).toBe(0);
    world.guard.open = true;
    auditor.poke();
    await settle();
    await world.clock.advance(1);
    expect(world.heads.epochs()).toEqual(upTo(30));
    expect(auditor.status()).toMatchObject({ unguarded: false, unsignedEpochs: 0 });
    const times = upTo(30).map((epoch) => world.heads.get(epoch)!.timestampMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it("does not sign its newest claim again either", async () => {
    world.source.publishUpTo(3);
    await world.start();
    await world.clock.advance(1);
    await world.stopAll();
    world.heads.heads.clear();
    world.guard.open = false;
    await world.start();
    await world.clock.advance(MINUTE_MS);
    expect(world.heads.epochs()).toEqual([]);
    world.guard.open = true;
    await world.clock.advance(MINUTE_MS);
    expect(world.heads.epochs()).toEqual([1, 2, 3]);
  });

  it("still halts on facts, and says so", async () => {
    world.guard.open = false;
    world.source.publishUpTo(2);
    world.source.publish(blob(3, digestOf(2, "other")));
    const auditor = await world.start();
    await world.clock.advance(12 * MINUTE_MS);
    expect(auditor.status()).toMatchObject({ state: "halted", unguarded: true });
    expect(world.observations.said).toHaveLength(1);
    expect(world.claims.all.size).toBe(0);
  });
});

describe("An auditor's clock", () => {
  it("behind the previous claim stops claims until it is right", async () => {
    world.source.publishUpTo(2);
    const auditor = await world.start();
    await world.clock.advance(1);
    world.clock.set(-HOUR_MS);
    world.source.publishUpTo(4);
    await world.clock.advance(MINUTE_MS);
    expect(auditor.status()).toMatchObject({ state: "auditing", behind: { reason: "clock" } });
    expect(world.claims.newest(NAMESPACE)?.epoch).toBe(2);
    world.clock.set(HOUR_MS);
    await world.clock.advance(MINUTE_MS);
    expect(world.heads.epochs()).toEqual(upTo(4));
    expect(auditor.status().behind).toBeUndefined();
  });

  it("that jumped ahead of both the source's and the others' stops claims", async () => {
    world.source.serverDateMs = () => world.clock.elapsedMs();
    world.source.publishUpTo(2);
    const auditor = await world.start();
    await world.clock.advance(1);
    world.others.timesMs = [world.clock.now(), world.clock.now() - 1_000];
    world.clock.set(HOUR_MS);
    world.source.publishUpTo(3);
    await world.clock.advance(MINUTE_MS);
    expect(auditor.status()).toMatchObject({ behind: { reason: "clock", code: "CLOCK_IN_DOUBT" } });
    expect(world.claims.newest(NAMESPACE)?.epoch).toBe(2);
    world.clock.set(-HOUR_MS);
    await world.clock.advance(MINUTE_MS);
    expect(world.heads.epochs()).toEqual(upTo(3));
  });

  it("that jumps while a proof is on its way is found out before the claim", async () => {
    world.source.serverDateMs = () => world.clock.elapsedMs();
    world.source.publishUpTo(1);
    world.source.before = (call) => {
      if (call === "fetch") world.clock.set(HOUR_MS);
    };
    const auditor = await world.start();
    await world.clock.advance(1);
    expect(auditor.status().behind?.reason).toBe("clock");
    expect(world.claims.all.size).toBe(0);
  });

  it("that one of the two confirms is believed", async () => {
    world.source.serverDateMs = () => world.clock.elapsedMs() - HOUR_MS;
    world.others.timesMs = [world.clock.now(), world.clock.now(), 5];
    world.source.publishUpTo(2);
    await world.start();
    await world.clock.advance(1);
    expect(world.heads.epochs()).toEqual([1, 2]);
  });
});

describe("A store that takes nothing", () => {
  it("leaves epochs unsigned, is shown, and goes on where it stopped once there is room", async () => {
    world.source.publishUpTo(2);
    const auditor = await world.start();
    await world.clock.advance(1);
    world.claims.before = () => {
      throw storeFull();
    };
    world.source.publishUpTo(6);
    await world.clock.advance(HOUR_MS);
    expect(auditor.status()).toMatchObject({ state: "auditing", behind: { reason: "storage", code: "STORE_FULL" } });
    expect(auditor.status().behind?.message).toContain("free some space");
    expect(world.heads.epochs()).toEqual([1, 2]);
    // It is not verified again and again meanwhile.
    expect(world.proofVerifier.verified).toBe(3);
    world.claims.before = () => {};
    await world.clock.advance(2 * MINUTE_MS);
    expect(world.heads.epochs()).toEqual(upTo(6));
    expect(auditor.status().behind).toBeUndefined();
  });

  it("after the claim, at the ledger, makes the same head later", async () => {
    world.source.publishUpTo(1);
    world.heads.before = () => {
      throw storeFull();
    };
    await world.start();
    const claimedMs = world.clock.now();
    await world.clock.advance(HOUR_MS);
    // What was promised is promised, whatever the clock shows by now.
    world.clock.set(-HOUR_MS - MINUTE_MS);
    world.heads.before = () => {};
    await world.clock.advance(2 * MINUTE_MS);
    expect(world.heads.get(1)?.timestampMs).toBe(claimedMs);
  });
});

describe("What was claimed elsewhere", () => {
  it("is verified without being signed, up to the mark", async () => {
    world.claims.watermark(NAMESPACE, 4);
    world.source.publishUpTo(7);
    await world.start();
    await world.clock.advance(1);
    expect(world.heads.epochs()).toEqual([5, 6, 7]);
  });
});

function storeFull(): CoauditError {
  const message = "claims.log: no space left; free some space and restart";
  return new CoauditError("STORE_FULL", message, { path: "claims.log", operation: "append" });
}
