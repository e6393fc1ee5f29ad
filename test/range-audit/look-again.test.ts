/** An audit of a range takes nothing for a fact that one bad copy, or a busy server, may have made. */
import { beforeEach, describe, expect, it } from "vitest";
import { toHex, utf8 } from "../../src/core/bytes.ts";
import { CoauditError } from "../../src/core/errors.ts";
import { type ChainOptions, RangeAudit } from "../../src/range-audit/chain-audit.ts";
import type { RangeAuditReport } from "../../src/range-audit/tally.ts";
import { blob, digestOf, HOST, ROOT, StubSource, StubVerifier, transportError } from "../auditor/stub-log.ts";
import { HOUR_MS } from "../auditor/world.ts";
import { SeededRandom, VirtualClock } from "../support/virtual-clock.ts";

const TO = 9;
let clock: VirtualClock;
let source: StubSource;
let notes: string[];
beforeEach(() => {
  clock = new VirtualClock();
  source = new StubSource(clock);
  source.publishUpTo(TO);
  notes = [];
});

async function audit(
  options: Partial<ChainOptions> = {},
  signal = new AbortController().signal,
): Promise<RangeAuditReport> {
  const range = { log: "l", configuration: "whatsapp_v1", from: 1, to: TO, root: ROOT.digest } as const;
  const run = new RangeAudit(
    { ...range, jobs: 3, lookAgain: 3, ...options },
    {
      source,
      proofVerifier: new StubVerifier(),
      clock,
      random: new SeededRandom(1),
      state: { position: undefined, advance: async () => {} },
      progress: { start: async () => {}, advance: () => {}, note: (text) => void notes.push(text) },
    },
  ).run(signal);
  let report: RangeAuditReport | undefined;
  void run.then((done) => {
    report = done;
  });
  for (let minutes = 0; report === undefined && minutes < 600; minutes++) await clock.advance(60_000);
  return run;
}

/** The bodies of one epoch, one after the other; the last one stays. */
function bodiesOf(epoch: number, ...bodies: readonly (string | "right" | CoauditError)[]): void {
  let asked = 0;
  source.body = (one) => {
    if (one.name.epoch !== epoch) return one.body;
    const body = bodies[Math.min(asked++, bodies.length - 1)];
    return body === "right" || body === undefined ? one.body : typeof body === "string" ? utf8(body) : body;
  };
}

const valid = { complete: true, verifiedTo: TO, digest: toHex(digestOf(TO)) };
const status = (code: number, retryAfterMs?: number): CoauditError =>
  new CoauditError("SOURCE_STATUS", `answered ${code}`, {
    ...{ host: HOST, path: "/", status: code },
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });

describe("An audit of a range", () => {
  it.each([1, 3])(
    "with %s jobs takes back one flipped, short or empty body at the next look, past all caches",
    async (jobs) => {
      for (const body of ["garbage", "cut", ""]) {
        bodiesOf(5, body, "right");
        source.fetches.splice(0);
        expect(await audit({ jobs })).toMatchObject(valid);
        expect(source.fetches.filter(({ name }) => name.startsWith("5/")).map(({ fresh }) => fresh)).toEqual([
          false,
          true,
        ]);
      }
      expect(source.openBodies).toBe(0);
    },
  );

  it("calls an epoch invalid when as many looks as asked for saw the same body", async () => {
    for (const lookAgain of [0, 1, 3]) {
      bodiesOf(5, "garbage");
      source.fetches.splice(0);
      expect(await audit({ lookAgain })).toMatchObject({
        complete: false,
        verifiedTo: 4,
        failure: { epoch: 5, isFact: true, code: "PROOF_WIRE_TYPE" },
      });
      expect(source.fetches.filter(({ name }) => name.startsWith("5/"))).toHaveLength(1 + lookAgain);
    }
  });

  it("counts from one again when a look sees something else, and is not invalid if every look does", async () => {
    bodiesOf(5, "cut", "a", "a", "b", "b", "right");
    expect(await audit()).toMatchObject(valid);
    bodiesOf(5, "cut", "a", "a", "b", "b", "b", "right");
    expect(await audit()).toMatchObject({ failure: { epoch: 5, isFact: true } });
    let body = 0;
    source.body = (one) => (one.name.epoch === 5 ? utf8(`garbage ${body++}`) : one.body);
    expect(await audit()).toMatchObject({ verifiedTo: 4, failure: { epoch: 5, isFact: false } });
  });

  it("holds a listing to the same rule: a chain that seems broken once, two blobs that are listed once", async () => {
    const other = blob(5, digestOf(4, "other"), digestOf(5, "other"));
    const beside = blob(5, digestOf(4), digestOf(5, "other"));
    for (const wrong of [[other], [blob(5), beside]]) {
      for (const [times, expected] of [
        [1, valid],
        [2, valid],
        [Number.POSITIVE_INFINITY, { verifiedTo: 4, failure: { epoch: 5, code: "CHAIN_MISMATCH", isFact: true } }],
      ] as const) {
        let asked = 0;
        source.listed = (epoch) => (epoch === 5 && asked++ < times ? wrong : (source.blobs.get(epoch) ?? []));
        expect(await audit()).toMatchObject(expected);
      }
    }
  });

  it("goes on from the blob that is listed in the end, whatever was begun from the first one", async () => {
    let asked = 0;
    const other = blob(5, digestOf(4), digestOf(5, "other"));
    source.listed = (epoch) =>
      epoch === 5 && asked++ === 0 ? [{ ...other, body: utf8("cut") }] : (source.blobs.get(epoch) ?? []);
    expect(await audit()).toMatchObject(valid);
  });

  it.each([
    ["503", status(503)],
    ["429 with a pause to keep", status(429, 30_000)],
    ["silence", transportError("SOURCE_TIMEOUT")],
    ["a cut-off body", transportError("SOURCE_TRUNCATED")],
  ])("waits out %s, of a body and of a listing, and says so", async (_what, error) => {
    bodiesOf(5, error, error, error, error, error, "right");
    expect(await audit()).toMatchObject(valid);
    expect(notes.filter((text) => text.includes("trying again in"))).toHaveLength(5);
    source.body = (one) => one.body;
    let failures = 0;
    source.before = (call, epoch) => {
      if (call === "listing" && epoch === 6 && failures++ < 5) throw error;
    };
    expect(await audit()).toMatchObject(valid);
  });

  it("keeps to the pause that a server asks for, and not to one that would last for ever", async () => {
    bodiesOf(5, status(429, 30_000), "right");
    await audit();
    expect(notes).toEqual([expect.stringContaining("trying again in 30 s")]);
    bodiesOf(5, status(429, 1e9), "right");
    await audit();
    expect(notes.at(-1)).toContain("trying again in 60 s");
  });

  it("ends after an hour, with what was verified, and at once where nothing will change", async () => {
    bodiesOf(5, status(503));
    const beganMs = clock.elapsedMs();
    expect(await audit()).toMatchObject({ verifiedTo: 4, failure: { epoch: 5, code: "SOURCE_STATUS", isFact: false } });
    expect(clock.elapsedMs() - beganMs).toBeGreaterThanOrEqual(HOUR_MS);
    for (const [error, attempts] of [
      [status(403), 0],
      [transportError("SOURCE_NOT_FOUND"), 5],
    ] as const) {
      notes = [];
      bodiesOf(5, error);
      expect(await audit()).toMatchObject({ verifiedTo: 4, failure: { epoch: 5, isFact: false } });
      expect(notes).toHaveLength(attempts);
    }
    source.blobs.delete(7);
    source.body = (one) => one.body;
    notes = [];
    expect(await audit()).toMatchObject({ verifiedTo: 6, failure: { epoch: 7, code: "SOURCE_NOT_FOUND" } });
    expect(notes).toEqual([]);
  });

  it("ends at once at an address where nobody answers", async () => {
    source.before = () => {
      throw new CoauditError("SOURCE_UNREACHABLE", "nobody", { host: HOST, path: "/" });
    };
    expect(await audit()).toMatchObject({ verifiedTo: null, failure: { epoch: 1, code: "SOURCE_UNREACHABLE" } });
    expect(notes).toEqual([]);
  });

  it("stops in the middle of a wait, and keeps what was verified", async () => {
    bodiesOf(5, status(503));
    const stop = new AbortController();
    const reason = new CoauditError("USAGE", "stopped", {});
    void clock.sleep(120_000).then(() => stop.abort(reason));
    expect(await audit({}, stop.signal)).toMatchObject({ verifiedTo: 4, failure: { isFact: false } });
    expect(clock.sleeping).toBe(0);
  });
});
