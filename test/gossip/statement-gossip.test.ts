/** The door between topics and the ledger, when a node stops. */
import { describe, expect, it } from "vitest";
import { encodeStatement } from "../../src/core/statement-codec.ts";
import { StatementGossip } from "../../src/gossip/statement-gossip.ts";
import { namespaceTopic, RECORDS_TOPIC } from "../../src/gossip/topics.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";
import { MemoryLogger } from "../auditor/memory-ports.ts";
import { FIVE, openBench } from "../ledger/bench.ts";
import { digestOf, NAMESPACE } from "../support/auditors.ts";
import { MemoryHub, MemoryNetwork } from "../support/memory-network.ts";
import { settle, VirtualClock } from "../support/virtual-clock.ts";

const TOPIC = namespaceTopic(NAMESPACE);
const [a] = FIVE;
const headAt = (epoch: number): Uint8Array => encodeStatement(a.head(epoch, digestOf(1, epoch)));

describe("Closing", () => {
  it("waits for what is on its way into the ledger, takes nothing more, and logs nothing", async () => {
    const world = { hub: new MemoryHub(), clock: new VirtualClock() };
    const [here, there] = ["here", "there"].map(
      (peerId) => new MemoryNetwork({ peerId, topics: [TOPIC, RECORDS_TOPIC] }, world),
    );
    if (here === undefined || there === undefined) throw new Error("two networks were made");
    const { ledger, store } = await openBench();
    let letIn = (): void => {};
    const door = new Promise<void>((resolve) => {
      letIn = resolve;
    });
    let asked = 0;
    const slow = new Proxy(ledger, {
      get(target, name) {
        if (name !== "receiveDecoded") return Reflect.get(target, name).bind?.(target) ?? Reflect.get(target, name);
        return async (...args: Parameters<Ledger["receiveDecoded"]>) => {
          asked++;
          await door;
          return target.receiveDecoded(...args);
        };
      },
    });
    const log = new MemoryLogger();
    const gossip = new StatementGossip(
      { namespaces: [NAMESPACE] },
      { network: here, ledger: slow, log, pokeSync: () => {} },
    );
    for (const network of [here, there]) await network.start();
    await there.dial(here.addresses(), new AbortController().signal);
    await there.publish(TOPIC, headAt(1));
    await settle();
    expect(asked).toBe(1);
    let isStopped = false;
    const stopped = gossip.stop().then(() => {
      isStopped = true;
    });
    await there.publish(TOPIC, headAt(2));
    await settle();
    expect([asked, isStopped]).toEqual([1, false]);
    letIn();
    await stopped;
    expect((await ledger.epochView(NAMESPACE, 1)).heads).toHaveLength(1);
    await store.close();
    await gossip.publish({ type: "evidence", exhibits: [headAt(3)] });
    expect(log.lines).toEqual([]);
  });
});
