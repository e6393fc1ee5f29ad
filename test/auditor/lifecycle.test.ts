import { afterEach, describe, expect, it } from "vitest";
import { utf8 } from "../../src/core/bytes.ts";
import { settle } from "../support/virtual-clock.ts";
import { blob, digestOf, NAMESPACE, transportError } from "./stub-log.ts";
import { HOUR_MS, MINUTE_MS, World } from "./world.ts";

let world = new World();
afterEach(async () => {
  await world.stopAll();
  world = new World();
});

/** What a port does that waits for something which never comes, until it is cancelled. */
function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

describe("Stopping an auditor", () => {
  const waits: Record<string, () => void> = {
    "for the newest epoch": () => {
      world.source.latest = hang;
    },
    "for a listing": () => {
      world.source.listing = (_epoch, signal) => hang(signal);
    },
    "for a blob": () => {
      world.source.fetch = (_name, signal) => hang(signal);
    },
    "for the bytes of a blob": () => {
      const fetch = world.source.fetch.bind(world.source);
      world.source.fetch = async (name, signal, options) => {
        const fetched = await fetch(name, signal, options);
        return { ...fetched, body: stuckAfterOneChunk(fetched.body, signal) };
      };
    },
    "for the verifier": () => {
      world.proofVerifier.verify = (_request, _proof, signal) => hang(signal);
    },
    "for the next poll": () => {},
    "for the next try": () => {
      world.source.before = () => {
        throw transportError("SOURCE_TIMEOUT");
      };
    },
    "for the next look at something wrong": () => {
      world.source.body = () => utf8("garbage");
    },
    "for the guard": () => {
      world.guard.open = false;
    },
    "for somebody to resume it": () => {
      void world.claims.setHalt(NAMESPACE, { reason: "invalid-proof", detail: "", atMs: 1 });
    },
  };
  for (const [name, prepare] of Object.entries(waits)) {
    it(`works while it waits ${name}, by call and by signal`, async () => {
      for (const way of ["call", "signal"] as const) {
        world = new World();
        world.source.publishUpTo(2);
        prepare();
        await settle();
        const life = new AbortController();
        const auditor = world.auditor();
        auditor.start(life.signal);
        await world.clock.advance(100);
        if (way === "signal") life.abort();
        await auditor.stop();
        expect(world.clock.sleeping).toBe(0);
        expect(world.source.openBodies).toBe(0);
        const calls = world.source.listings.length + world.source.fetches.length;
        await world.clock.advance(HOUR_MS);
        expect(world.source.listings.length + world.source.fetches.length).toBe(calls);
      }
    });
  }

  it("before it began, or twice, or with a signal that was aborted before, is no harm", async () => {
    const auditor = world.auditor();
    await auditor.stop();
    auditor.start(new AbortController().signal);
    await auditor.stop();
    const aborted = world.auditor();
    aborted.start(AbortSignal.abort());
    await aborted.stop();
    await aborted.stop();
    expect(world.source.listings).toEqual([]);
  });

  async function* stuckAfterOneChunk(body: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncIterable<Uint8Array> {
    for await (const chunk of body) {
      yield chunk;
      await hang(signal);
    }
  }
});

describe("Several namespaces of one node", () => {
  it("go on while one of them is halted, and while one source is down", async () => {
    const origins = ["a/v1", "b/v1", "c/v1"];
    const worlds = origins.map(() => new World());
    const [shared] = worlds as [World];
    const auditors = origins.map((origin, index) => {
      const { source } = worlds[index]!;
      source.publishUpTo(3);
      return shared.auditor({ namespace: `namespace-${index}`, origin }, { source });
    });
    worlds[0]!.source.publish(blob(4, digestOf(3, "other")));
    worlds[1]!.source.before = () => {
      throw transportError("SOURCE_TIMEOUT");
    };
    worlds[2]!.source.publishUpTo(50);
    for (const auditor of auditors) auditor.start(new AbortController().signal);
    await shared.clock.advance(15 * MINUTE_MS);
    expect(auditors.map((auditor) => auditor.status())).toMatchObject([
      { state: "halted", halt: { reason: "chain-mismatch" }, lastSigned: { epoch: 3 } },
      { state: "auditing", behind: { reason: "transport" }, lastVerified: { epoch: 0 } },
      { state: "auditing", lastSigned: { epoch: 50 } },
    ]);
    expect(shared.heads.epochs("namespace-2")).toHaveLength(50);
    expect(shared.claims.haltOf("namespace-2")).toBeUndefined();
    for (const auditor of auditors) await auditor.stop();
  });
});

describe("An error that nobody expected", () => {
  it("is shown and logged with its cause, and retried", async () => {
    world.source.publishUpTo(1);
    world.proofVerifier.verify = async () => {
      throw new TypeError("undefined is not a function");
    };
    const auditor = await world.start();
    await world.clock.advance(MINUTE_MS);
    expect(auditor.status()).toMatchObject({ state: "auditing", behind: { reason: "internal" } });
    expect(world.log.lines.find(({ level }) => level === "error")?.fields).toMatchObject({
      err: expect.any(TypeError),
    });
    expect(world.source.fetches.length).toBeGreaterThan(3);
    expect(world.source.openBodies).toBe(0);
  });
});
