/** When a result is final, and what happens to answers that come later. */
import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CheckResult } from "../../src/client/results.ts";
import { toHex } from "../../src/core/bytes.ts";
import type { Certificate } from "../../src/core/certificate.ts";
import { systemClock } from "../../src/platform/system.ts";
import { digestOf, NAMESPACE } from "../support/auditors.ts";
import { AUDITORS, casesOf, certificateOf, client, headsOf, Liars, NOW_MS } from "./lying-nodes.ts";

let liars: Liars;
beforeEach(() => {
  liars = new Liars();
});
afterEach(() => liars.close());

const honest = certificateOf(headsOf([0, 1, 2, 3]));
const fork = casesOf([...headsOf([0, 1, 2], 16), ...headsOf([3, 4], 16, 2)]);
/** Longer than any test: who waits for the hanging node fails. */
const PATIENT = { timeoutMs: 600_000 };

/** A node that answers when it is told to. */
interface Hanging {
  readonly url: string;
  readonly asked: Promise<void>;
  readonly answer: (certificate: Certificate) => void;
  /** Questions that it has not answered, and that nobody has given up. */
  readonly open: () => number;
}

async function hanging(): Promise<Hanging> {
  const waiting = new Set<ServerResponse>();
  let text: string | undefined;
  let arrived = (): void => undefined;
  const asked = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const url = await liars.listening((_request, response) => {
    waiting.add(response);
    response.on("close", () => waiting.delete(response));
    if (text !== undefined) response.end(text);
    arrived();
  });
  const answer = (certificate: Certificate): void => {
    text = JSON.stringify({ certificate });
    for (const response of waiting) response.end(text);
  };
  return { url, asked, answer, open: () => waiting.size };
}

describe("a node that hangs", () => {
  it("is not waited for when most of the others have confirmed", async () => {
    const stuck = await hanging();
    const nodes = [stuck.url, await liars.certificate(honest), await liars.certificate(honest)];
    const found = await client(nodes, PATIENT).latest(NAMESPACE);
    expect(found).toMatchObject({ result: "satisfied", unheard: [stuck.url] });
    expect(found.details).toContainEqual(expect.objectContaining({ id: "node.unheard", values: { url: stuck.url } }));
  });

  it("holds up neither a wrong digest nor a proven conflict, though one node alone has answered", async () => {
    const stuck = await hanging();
    const nodes = [stuck.url, (await hanging()).url, await liars.certificate(honest)];
    const wrong = await client(nodes, PATIENT).check(NAMESPACE, 17, digestOf(2, 17));
    expect(wrong).toMatchObject({ result: "wrong-digest", unheard: [{}, {}].map(() => expect.any(String)) });
    const proven = await liars.certificate(certificateOf(headsOf([0]), fork));
    expect(await client([stuck.url, proven], PATIENT).latest(NAMESPACE)).toMatchObject({ result: "conflict" });
  });

  it.each<[string, Certificate[]]>([
    ["one of two has confirmed", [honest]],
    ["too few signed", [certificateOf(headsOf([0])), certificateOf(headsOf([0]))]],
    [
      "a case is shown that convicts nobody",
      [honest, certificateOf(headsOf([0, 1, 2, 3]), casesOf([...headsOf([0, 1, 2], 16), ...headsOf([3], 16, 2)]))],
    ],
    [
      "auditors saw a wrong proof, which heads may take back",
      [
        honest,
        certificateOf(
          headsOf([0, 1, 2, 3]),
          casesOf(
            [3, 4].map((index) => AUDITORS[index]!.observation(17, "invalid-proof", ["17/aa/bb"], [digestOf(1, 1)])),
          ),
        ),
      ],
    ],
  ])("is waited for while %s", async (_what, certificates) => {
    const stuck = await hanging();
    const others = await Promise.all(certificates.map((one) => liars.certificate(one)));
    let found: CheckResult | undefined;
    const asked = client([stuck.url, ...others], PATIENT)
      .latest(NAMESPACE)
      .then((result) => {
        found = result;
      });
    await stuck.asked;
    // More than the grace for the others.
    await new Promise((resolve) => setTimeout(resolve, 900));
    expect(found).toBeUndefined();
    stuck.answer(honest);
    await asked;
    expect(found?.unheard).toEqual([]);
  });
});

describe("an answer that comes after its result was final", () => {
  it("alarms when it convicts, and no later result forgets it", async () => {
    const stuck = await hanging();
    const alarms: CheckResult[] = [];
    const nodes = [stuck.url, await liars.certificate(honest), await liars.certificate(honest)];
    const reader = client(nodes, { ...PATIENT, onAlarm: (found) => alarms.push(found) });
    expect(await reader.latest(NAMESPACE)).toMatchObject({ result: "satisfied" });
    stuck.answer(certificateOf(headsOf([0, 1, 2, 3]), fork));
    await expect.poll(() => alarms).toMatchObject([{ result: "conflict", messageId: "conflict", unheard: [] }]);
    expect(await reader.at(NAMESPACE, 17)).toMatchObject({ result: "conflict" });
    // An epoch below the fork is answered, with the case as a warning.
    expect(await reader.verify(certificateOf(headsOf([0, 1, 2, 3], 15)), 15)).toMatchObject({
      result: "satisfied",
      messageId: "satisfied.warned",
    });
  });

  it("says nothing when it says nothing new", async () => {
    const stuck = await hanging();
    const alarms: CheckResult[] = [];
    const nodes = [stuck.url, await liars.certificate(honest), await liars.certificate(honest)];
    const reader = client(nodes, { ...PATIENT, onAlarm: (found) => alarms.push(found) });
    await reader.latest(NAMESPACE);
    stuck.answer(honest);
    await expect.poll(() => liars.busy()).toBe(0);
    expect(alarms).toEqual([]);
  });

  it("is given up when the client is closed, and when the signal of its question fires", async () => {
    const stuck = await hanging();
    const nodes = [stuck.url, await liars.certificate(honest), await liars.certificate(honest)];
    const closed = client(nodes, PATIENT);
    await closed.latest(NAMESPACE);
    closed.close();
    await expect.poll(stuck.open).toBe(0);
    const stop = new AbortController();
    await client(nodes, PATIENT).latest(NAMESPACE, { signal: stop.signal });
    stop.abort();
    await expect.poll(stuck.open).toBe(0);
  });
});

describe("a question", () => {
  it("ends with its signal, whatever it waits for, and leaves no open connection", async () => {
    const stuck = await hanging();
    const reader = client([stuck.url], PATIENT);
    for (const ask of [
      (signal: AbortSignal) => reader.latest(NAMESPACE, { signal }),
      (signal: AbortSignal) => reader.at(NAMESPACE, 17, { signal }),
      (signal: AbortSignal) => reader.check(NAMESPACE, 17, digestOf(1, 17), { signal }),
    ]) {
      const stop = new AbortController();
      const asked = ask(stop.signal);
      setTimeout(() => stop.abort(), 50);
      await expect(asked).rejects.toMatchObject({ code: "QUESTION_ABORTED" });
      await expect(ask(AbortSignal.abort())).rejects.toMatchObject({ code: "QUESTION_ABORTED" });
      await expect.poll(stuck.open).toBe(0);
    }
    await expect(reader.verify(honest, 17, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "QUESTION_ABORTED",
    });
  });

  it("that several ask at a time, or within a second, is one; who gives up does not end it for the others", async () => {
    const stuck = await hanging();
    const reader = client([stuck.url], PATIENT);
    const stop = new AbortController();
    const impatient = reader.at(NAMESPACE, 17, { signal: stop.signal });
    const asked = [reader.at(NAMESPACE, 17), reader.check(NAMESPACE, 17, digestOf(1, 17))];
    const wrong = reader.check(NAMESPACE, 17, toHex(digestOf(2, 17)));
    await stuck.asked;
    stop.abort();
    await expect(impatient).rejects.toMatchObject({ code: "QUESTION_ABORTED" });
    stuck.answer(honest);
    for (const found of await Promise.all(asked)) expect(found.result).toBe("satisfied");
    expect((await wrong).result).toBe("wrong-digest");
    expect((await reader.at(NAMESPACE, 17)).result).toBe("satisfied");
    expect(liars.asked).toHaveLength(1);
  });

  it("that was answered before is asked with its ETag, and the answer is judged again", async () => {
    const asked: (string | undefined)[] = [];
    const node = await liars.listening((request, response) => {
      asked.push(request.headers["if-none-match"]);
      response.setHeader("etag", '"one"');
      if (request.headers["if-none-match"] === '"one"') response.statusCode = 304;
      response.end(response.statusCode === 304 ? undefined : JSON.stringify({ certificate: honest }));
    });
    let elapsedMs = 0;
    const reader = client([node], {}, { ...systemClock, now: () => NOW_MS, elapsedMs: () => elapsedMs });
    expect((await reader.at(NAMESPACE, 17)).result).toBe("satisfied");
    elapsedMs += 2_000;
    expect((await reader.check(NAMESPACE, 17, digestOf(2, 17))).result).toBe("wrong-digest");
    expect(asked).toEqual([undefined, '"one"']);
  });

  it("that failed is asked again at once", async () => {
    let isUp = false;
    const node = await liars.listening((_request, response) => {
      if (isUp) response.end(JSON.stringify({ certificate: honest }));
      else response.destroy();
    });
    const reader = client([node]);
    expect((await reader.latest(NAMESPACE)).result).toBe("no-answer");
    isUp = true;
    expect((await reader.latest(NAMESPACE)).result).toBe("satisfied");
  });
});
