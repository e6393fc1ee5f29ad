import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CheckResult } from "../../../src/client/results.ts";
import type { Certificate } from "../../../src/core/certificate.ts";
import { digestOf, NAMESPACE } from "../../support/auditors.ts";
import { certificateOf, client, headsOf, Liars } from "../lying-nodes.ts";
import { fastClock, startStream } from "./streaming-nodes.ts";

let liars: Liars;
beforeEach(() => {
  liars = new Liars();
});
afterEach(() => liars.close());

const ofEpoch = (epoch: number) => certificateOf(headsOf([0, 1, 2, 3], epoch));

describe("waiting for the auditors", () => {
  it("ends at once where they are done, whatever they saw", async () => {
    const reader = client([await liars.holding(ofEpoch(17))]);
    expect(await reader.whenAudited(NAMESPACE, 17, digestOf(1, 17))).toMatchObject({ result: "satisfied" });
    expect(await reader.whenAudited(NAMESPACE, 17, digestOf(2, 17))).toMatchObject({ result: "wrong-digest" });
    expect(liars.asked.some((one) => one.includes("/v1/events"))).toBe(false);
  });

  /** A node that is asked about 17 while it has come to 16; `stream` is what it makes of a question for events. */
  function behind(held: Certificate[], stream: (response: ServerResponse) => void): Promise<string> {
    return liars.listening((request, response) => {
      if (request.url?.startsWith("/v1/events")) return stream(response);
      const epoch = new URL(request.url ?? "", "http://x").searchParams.get("epoch");
      const found = epoch === "latest" ? held.at(-1) : held.find((one) => String(one.epoch) === epoch);
      if (found !== undefined) return response.end(JSON.stringify({ certificate: found }));
      response.statusCode = 404;
      response.end(JSON.stringify({ type: "urn:coaudit:problem:head-unknown", detail: "ask later" }));
    });
  }

  it("asks again with back-off where nodes have no streams", async () => {
    const held = [ofEpoch(16)];
    const node = await behind(held, (response) => response.destroy());
    let found: CheckResult | undefined;
    const waiting = client([node], {}, fastClock(100))
      .whenAudited(NAMESPACE, 17, digestOf(1, 17))
      .then((result) => {
        found = result;
      });
    await expect.poll(() => liars.asked.filter((one) => one.includes("epoch=17")).length).toBeGreaterThan(2);
    expect(found).toBeUndefined();
    held.push(ofEpoch(17));
    await waiting;
    expect(found).toMatchObject({ result: "satisfied", head: { epoch: 17 } });
  });

  it("hears of it by an event, ends with its signal, and leaves no stream open", async () => {
    const held = [ofEpoch(16)];
    const open = new Set<ServerResponse>();
    const node = await behind(held, (response) => {
      startStream(response);
      open.add(response);
      response.on("close", () => open.delete(response));
    });
    const stop = new AbortController();
    const reader = client([node]);
    const ended = reader.whenAudited(NAMESPACE, 17, digestOf(1, 17), { signal: stop.signal });
    await expect.poll(() => open.size).toBe(1);
    stop.abort();
    await expect(ended).rejects.toMatchObject({ code: "QUESTION_ABORTED" });
    await expect.poll(() => open.size).toBe(0);
    const heard = reader.whenAudited(NAMESPACE, 17, digestOf(2, 17));
    await expect.poll(() => open.size).toBe(1);
    held.push(ofEpoch(17));
    for (const response of open) response.write("id: 1\nevent: head\ndata: {}\n\n");
    expect(await heard).toMatchObject({ result: "wrong-digest" });
    await expect.poll(() => open.size).toBe(0);
  });
});
