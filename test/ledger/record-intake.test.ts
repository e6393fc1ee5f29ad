/** The tables of checks for records, rotations and observations (docs/protocol.md 6.5). */
import { describe, expect, it } from "vitest";
import { compareBytes } from "../../src/core/bytes.ts";
import { decodeStatement, encodeStatement } from "../../src/core/statement-codec.ts";
import { digestOf, PROVIDER, T0, TestAuditor } from "../support/auditors.ts";
import { FIVE, openBench, openCases, rosterAnnouncing } from "./bench.ts";

const [a, b, c, d] = FIVE;

describe("records, rotations and observations", () => {
  it("keeps the newest record; at equal sequence the smaller bytes", async () => {
    const { give, ledger } = await openBench();
    const [one, two] = [a.record(T0, PROVIDER, ["/ip4/1.1.1.1/tcp/1"]), a.record(T0, PROVIDER, ["/ip4/2.2.2.2/tcp/1"])];
    const [smaller, larger] = [one, two].sort((x, y) => compareBytes(encodeStatement(x), encodeStatement(y)));
    expect(await give(larger!)).toBe("accepted");
    expect(await give(smaller!)).toBe("accepted");
    expect(await give(larger!)).toBe("superseded");
    expect(await give(a.record(T0 - 1, PROVIDER))).toBe("superseded");
    expect(await give(a.record(T0 + 1, PROVIDER))).toBe("accepted");
    expect((decodeStatement((await ledger.statements.record("a.example"))!) as { sequence: number }).sequence).toBe(
      T0 + 1,
    );
  });

  it("refuses a record whose name is not the key's, one from the future, one with a wrong peer signature", async () => {
    const bench = await openBench();
    expect(await bench.give(new TestAuditor("b.example", 1).record(T0, PROVIDER))).toBe("unknown-key");
    expect(await bench.give(a.record(bench.clock.now() + 301_000, PROVIDER))).toBe("early");
    expect(await bench.give({ ...a.record(T0, PROVIDER), peerSignature: new Uint8Array(64) })).toBe("bad-signature");
  });

  it("lets a rotation take effect only towards the next key that the roster announces", async () => {
    const [next, thief] = [new TestAuditor("a.example", 77), new TestAuditor("a.example", 78)];
    const roster = rosterAnnouncing(next);
    const stolen = await openBench({ roster });
    expect(await stolen.give(a.rotation(thief, 10))).toBe("accepted");
    expect(await stolen.give(thief.head(10, digestOf(1, 10)))).toBe("unknown-key");
    const bench = await openBench({ roster });
    expect(await bench.give(a.rotation(next, 10))).toBe("accepted");
    expect(await bench.give(next.head(10, digestOf(1, 10)))).toBe("accepted");
    expect(bench.ledger.assumptions.roster.byKey(next.key.publicKey)?.auditor.name).toBe("a.example");
  });

  it("convicts an auditor that rotates one key to two", async () => {
    const bench = await openBench();
    await bench.give(a.rotation(new TestAuditor("x", 77), 10));
    expect(await bench.give(a.rotation(new TestAuditor("x", 78), 10))).toBe("accepted-conflict");
    expect(openCases(bench)).toHaveLength(1);
    expect(bench.ledger.convicted).toEqual(new Set(["a.example"]));
  });

  it("opens a case for observations of more than f auditors that name the same blobs", async () => {
    const bench = await openBench();
    const names = ["7/aa/bb", "7/aa/cc"];
    expect(await bench.give(a.observation(7, "conflicting-listing", names))).toBe("accepted");
    expect(await bench.give(a.observation(7, "conflicting-listing", names))).toBe("known");
    await bench.give(b.observation(7, "conflicting-listing", ["7/aa/bb", "7/aa/dd"]));
    expect(openCases(bench)).toEqual([]);
    await bench.give(c.observation(7, "conflicting-listing", names));
    expect(bench.ledger.cases().map((record) => record.class)).toEqual(["forked-listing"]);
    await bench.give(d.observation(7, "withheld", []));
    expect(bench.ledger.cases()).toHaveLength(1);
  });
});
