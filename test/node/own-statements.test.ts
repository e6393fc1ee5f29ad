import { describe, expect, it } from "vitest";
import { SeedSigner } from "../../src/auditor/signer.ts";
import { type Logger, silentLogger } from "../../src/core/log.ts";
import type { AuditorRecord, Statement } from "../../src/core/statement.ts";
import { encodeStatement } from "../../src/core/statement-codec.ts";
import { OwnStatements } from "../../src/node/own-statements.ts";
import { publishRecords } from "../../src/node/record-publisher.ts";
import { type Bench, FIVE, openBench } from "../ledger/bench.ts";
import { digestOf, NAMESPACE, PROVIDER, TestAuditor } from "../support/auditors.ts";

const [A] = FIVE;

async function open(): Promise<Bench & { own: OwnStatements; published: [Statement, Uint8Array][] }> {
  const bench = await openBench();
  const published: [Statement, Uint8Array][] = [];
  const publish = async (statement: Statement, bytes?: Uint8Array): Promise<void> =>
    void published.push([statement, bytes ?? new Uint8Array()]);
  return { ...bench, published, own: new OwnStatements({ ledger: bench.ledger, gossip: { publish } }) };
}

describe("what a node signed", () => {
  it("goes out as the bytes that its ledger holds, and again when they were held already", async () => {
    const { own, published, ledger } = await open();
    const head = A.head(17, digestOf(1, 17));
    await own.say(head);
    await own.say(head);
    expect(published).toEqual([
      [head, encodeStatement(head)],
      [head, encodeStatement(head)],
    ]);
    expect(await ledger.statements.headSlot(NAMESPACE, A.name, 17)).toEqual([encodeStatement(head)]);
  });

  it("is told to nobody when the ledger refuses it, whatever it is", async () => {
    const { own, published } = await open();
    const stranger = new TestAuditor("stranger.example", 99);
    await expect(own.say(stranger.head(17, digestOf(1, 17)))).rejects.toMatchObject({
      code: "OWN_STATEMENT_REFUSED",
      metadata: { type: "signed-head", outcome: "unknown-key" },
    });
    expect(published).toEqual([]);
  });
});

describe("what a client handed in", () => {
  it("is passed on once, and what became of it is said", async () => {
    const { own, published } = await open();
    const head = PROVIDER.providerHead(17, digestOf(1, 17));
    expect([await own.handIn(head), await own.handIn(head)]).toEqual(["accepted", "known"]);
    const unsigned = { ...head, epoch: 18, signature: new Uint8Array(64) };
    expect(await own.handIn(unsigned)).toBe("bad-signature");
    expect(published).toHaveLength(1);
  });
});

describe("a node's auditor record", () => {
  it("waits while the ledger refuses it, says so once, and goes out when its time has come", async () => {
    const { own, published, clock } = await open();
    let setBackMs = 0;
    const errors: string[] = [];
    const log: Logger = { ...silentLogger, error: (_fields, message) => void errors.push(message) };
    const addresses: string[] = ["/ip4/127.0.0.1/tcp/1"];
    const stop = new AbortController();
    const ended = publishRecords(
      A.name,
      {
        clock: {
          now: () => clock.now() - setBackMs,
          elapsedMs: () => clock.elapsedMs(),
          sleep: clock.sleep.bind(clock),
        },
        signer: new SeedSigner(A.key),
        networkKey: A.key,
        ownStatements: own,
        log,
        addresses: () => addresses,
        roots: () => [],
      },
      stop.signal,
    );
    await clock.advance(0);
    setBackMs = 3_600_000;
    addresses.push("/ip4/127.0.0.1/tcp/2");
    await clock.advance(300_000);
    expect([published.length, errors]).toEqual([1, ["the auditor record waits"]]);
    setBackMs = 0;
    await clock.advance(60_000);
    expect(published.map(([statement]) => (statement as AuditorRecord).multiaddrs.length)).toEqual([1, 2]);
    stop.abort();
    await ended;
  });
});
