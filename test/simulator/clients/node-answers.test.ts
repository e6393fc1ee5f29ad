/** What the nodes of a world answer a client, asked for as the SDK asks. */
import { describe, expect, it } from "vitest";
import { NodeClient } from "../../../src/client/node-client.ts";
import { systemClock } from "../../../src/platform/system.ts";
import { nodeAnswers } from "../../../src/simulator/clients/node-answers.ts";
import type { Incarnation } from "../../../src/simulator/engine/incarnation.ts";
import type { RandomStream } from "../../../src/simulator/engine/random-streams.ts";
import type { Machine } from "../../../src/simulator/machines/surroundings.ts";

const HEADS = [{ auditor: "a", type: "signed-head", digest: "00", timestampMs: 1, publicKey: "11", statement: "AA==" }];

describe("a node of a world", () => {
  it("tells what it holds of an epoch, which may take an accusation back", async () => {
    const asked: number[] = [];
    const heads = async (epoch: number): Promise<typeof HEADS> => {
      asked.push(epoch);
      return HEADS;
    };
    const machine = { isUp: true, heads, quorum: () => Promise.reject(new Error("not asked for")) };
    const fetch = nodeAnswers({
      incarnation: { later: async (_us: number, effect: () => unknown) => effect() } as unknown as Incarnation,
      random: {} as RandomStream,
      latencyMs: 5,
      machineAt: () => machine as unknown as Machine,
    });
    const client = new NodeClient({ url: "https://a" }, { clock: systemClock, fetch });
    expect(await client.get("/v1/namespaces/n/heads/16")).toEqual({ heads: HEADS });
    expect(asked).toEqual([16]);
  });
});
