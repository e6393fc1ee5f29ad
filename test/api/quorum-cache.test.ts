import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AnswerCache } from "../../src/api/answer-cache.ts";
import { type Api, createApi } from "../../src/api/api.ts";
import { silentLogger } from "../../src/core/log.ts";
import { systemClock } from "../../src/platform/system.ts";
import { digestOf, makeAuditors, NAMESPACE, type TestAuditor } from "../support/auditors.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { FakeNode } from "./fake-node.ts";

const auditors = makeAuditors(5);
const [a, b] = auditors as [TestAuditor, TestAuditor];

let node: FakeNode;
beforeEach(() => {
  node = new FakeNode(auditors);
});

describe("answers that are kept", () => {
  const head = () => a.head(17, digestOf(1, 17));
  let clock: VirtualClock;
  let cache: AnswerCache;
  let made: number;
  const ask = (key: string, text: string | undefined = "answer", namespace = NAMESPACE) =>
    cache.get(namespace, key, async () => {
      made++;
      return text;
    });

  beforeEach(() => {
    clock = new VirtualClock();
    cache = new AnswerCache({ node, clock });
    made = 0;
  });

  it("are made once for all who ask, together or later", async () => {
    const answers = await Promise.all([ask("x"), ask("x"), ask("x")]);
    expect(answers[0]).toEqual({ text: "answer", etag: expect.stringMatching(/^"[\w-]{22}"$/) });
    await ask("x");
    expect(made).toBe(1);
    await ask("y");
    expect(made).toBe(2);
  });

  it("are made anew when a statement of their namespace arrives, and only then", async () => {
    await ask("x");
    await ask("x", "other", "other.v1");
    node.take(head());
    await ask("x");
    expect(made).toBe(3);
    await ask("x", "other", "other.v1");
    expect(made).toBe(3);
  });

  it("are made anew in every namespace when a case opens", async () => {
    await ask("x", "other", "other.v1");
    node.tell({ type: "case-opened", record: {} as never });
    await ask("x", "other", "other.v1");
    expect(made).toBe(2);
  });

  it("are not kept when a statement arrived while they were made", async () => {
    let release: (text: string) => void = () => {};
    const old = cache.get(NAMESPACE, "x", () => new Promise((resolve) => (release = resolve)));
    node.take(head());
    expect((await ask("x", "new"))?.text).toBe("new");
    release("old");
    expect((await old)?.text).toBe("old");
    expect((await ask("x"))?.text).toBe("new");
  });

  it("are not kept for longer than 30 s, since signatures become due", async () => {
    await ask("x");
    await clock.advance(30_000);
    await ask("x");
    expect(made).toBe(2);
  });

  it("do not include what there was not, and what failed", async () => {
    expect(await cache.get(NAMESPACE, "x", async () => undefined)).toBe(undefined);
    await expect(cache.get(NAMESPACE, "x", () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    expect((await ask("x"))?.text).toBe("answer");
  });

  it("are at most 1,024 and 32 MiB of text, the oldest going first", async () => {
    for (let index = 0; index < 1_025; index++) await ask(String(index));
    made = 0;
    await ask("1");
    expect(made).toBe(0);
    await ask("0");
    expect(made).toBe(1);
    await ask("big 1", "x".repeat(20 * 1024 * 1024));
    await ask("big 2", "x".repeat(20 * 1024 * 1024));
    made = 0;
    await ask("big 2");
    expect(made).toBe(0);
    await ask("big 1");
    expect(made).toBe(1);
  });

  it("are no longer followed once the cache is closed", async () => {
    await ask("x");
    cache.close();
    node.take(head());
    await ask("x");
    expect(made).toBe(1);
  });
});

describe("the quorum route", () => {
  let api: Api;
  let url: string;
  beforeEach(async () => {
    node.statements.push(a.head(17, digestOf(1, 17)));
    api = createApi({}, { node, log: silentLogger, clock: systemClock });
    ({ url } = await api.start());
  });
  afterEach(() => api.stop());

  const quorum = async (query = ""): Promise<{ etag: string | null; body: { signers: unknown[] } }> => {
    const response = await fetch(`${url}/v1/namespaces/${NAMESPACE}/quorum${query}`);
    return { etag: response.headers.get("etag"), body: (await response.json()) as { signers: unknown[] } };
  };
  // biome-ignore lint/suspicious/noExplicitAny: bodies of many shapes, each asserted below
  const batch = async (body: unknown): Promise<{ status: number; body: any }> => {
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${url}/v1/quorum`, { method: "POST", headers, body: JSON.stringify(body) });
    return { status: response.status, body: await response.json() };
  };

  it("computes an answer once and sends the same bytes until a head arrives", async () => {
    const first = await quorum();
    expect(await quorum("?epoch=latest")).toEqual(first);
    expect(node.quorums).toBe(1);
    node.take(b.head(17, digestOf(1, 17)));
    const next = await quorum();
    expect(next.body.signers).toHaveLength(2);
    expect(next.etag).not.toBe(first.etag);
    const { quorums } = node;
    expect(await quorum()).toEqual(next);
    expect(node.quorums).toBe(quorums);
  });

  it("answers several requests in their order, a problem standing for what there is not", async () => {
    const { status, body } = await batch({
      requests: [
        { namespace: NAMESPACE },
        { namespace: NAMESPACE, epoch: 99 },
        { namespace: "other.v1" },
        { namespace: NAMESPACE, epoch: 17, min: 1 },
      ],
    });
    expect(status).toBe(200);
    expect(body.answers).toEqual([
      { quorum: (await quorum()).body },
      { problem: expect.objectContaining({ status: 404, type: "urn:coaudit:problem:head-unknown" }) },
      { problem: expect.objectContaining({ status: 404, type: "urn:coaudit:problem:namespace-unknown" }) },
      { quorum: (await quorum("?epoch=17&min=1")).body },
    ]);
  });

  it("is judged by a policy of the node instead of a number", async () => {
    const by = async (query: string) => (await fetch(`${url}/v1/namespaces/${NAMESPACE}/quorum?${query}`)).json();
    expect(await by("policy=everybody")).toMatchObject({ result: "not-enough", policy: "everybody" });
    for (const auditor of auditors.slice(1)) node.take(auditor.head(17, digestOf(1, 17)));
    const satisfied = await by("policy=everybody");
    expect(satisfied).toMatchObject({ result: "satisfied", policy: "everybody" });
    expect(await by("policy=nobody")).toMatchObject({ type: "urn:coaudit:problem:policy-unknown" });
    expect(await by("policy=everybody&min=3")).toMatchObject({ parameter: "policy" });
    const { body } = await batch({ requests: [{ namespace: NAMESPACE, policy: "everybody" }] });
    expect(body.answers).toEqual([{ quorum: satisfied }]);
  });

  it("takes 1 to 16 requests, each of them well formed", async () => {
    const one = { namespace: NAMESPACE };
    expect((await batch({ requests: Array(16).fill(one) })).status).toBe(200);
    for (const wrong of [
      { requests: [] },
      { requests: Array(17).fill(one) },
      { requests: [{ ...one, epoch: 0 }] },
      { requests: [{ ...one, min: "3" }] },
      { requests: [{ ...one, digest: "00" }] },
      {},
    ]) {
      const { status, body } = await batch(wrong);
      expect([status, body.type]).toEqual([400, "urn:coaudit:problem:parameter-invalid"]);
    }
  });
});
