/** Many epochs in one question to each node. */
import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { digestOf, NAMESPACE } from "../support/auditors.ts";
import { certificateOf, client, headsOf, Liars } from "./lying-nodes.ts";

let liars: Liars;
beforeEach(() => {
  liars = new Liars();
});
afterEach(() => liars.close());

interface Asked {
  readonly requests: readonly { readonly namespace: string; readonly epoch: number; readonly min: number }[];
}

const certificates = new Map(
  Array.from({ length: 40 }, (_, i) => [i + 1, certificateOf(headsOf([0, 1, 2, 3, 4], i + 1))]),
);
const UNKNOWN = { type: "urn:coaudit:problem:head-unknown", detail: "ask later" };

/** A node that has epochs 1 to 40; `together` answers a question about several. */
function node(together: (asked: Asked, response: ServerResponse) => void): Promise<string> {
  return liars.listening((request, response) => {
    if (request.method === "GET") {
      const epoch = Number(new URL(request.url ?? "", "http://x").searchParams.get("epoch"));
      const certificate = certificates.get(epoch);
      response.statusCode = certificate === undefined ? 404 : 200;
      response.end(JSON.stringify(certificate === undefined ? UNKNOWN : { certificate }));
      return;
    }
    let text = "";
    request.on("data", (chunk: Buffer) => {
      text += chunk;
    });
    request.on("end", () => together(JSON.parse(text) as Asked, response));
  });
}

const honestly = ({ requests }: Asked, response: ServerResponse): void => {
  const answers = requests.map(({ epoch }) => {
    const certificate = certificates.get(epoch);
    return certificate === undefined ? { problem: UNKNOWN } : { quorum: { certificate } };
  });
  response.end(JSON.stringify({ answers }));
};

const shown = (epoch: number, branch = 1): { epoch: number; digest: Uint8Array } => ({
  epoch,
  digest: digestOf(branch, epoch),
});
const methods = (): string[] => liars.asked.map((line) => line.split(" ").slice(0, 2).join(" "));

describe("many epochs", () => {
  it("are asked 16 at a time, and answered in their order", async () => {
    const nodes = [await node(honestly), await node(honestly)];
    const epochs = Array.from({ length: 40 }, (_, i) => 40 - i);
    const found = await client(nodes).checkMany(
      NAMESPACE,
      epochs.map((epoch) => shown(epoch, epoch === 13 ? 2 : 1)),
    );
    expect(found.map(({ result }) => result)).toEqual(
      epochs.map((epoch) => (epoch === 13 ? "wrong-digest" : "satisfied")),
    );
    expect(methods()).toEqual(Array.from({ length: 6 }, () => "POST /v1/quorum"));
    expect(found[0]?.nodes.map(({ head }) => head?.epoch)).toEqual([40, 40]);
  });

  it("say nothing of a digest to a node", async () => {
    let said = "";
    const url = await node((asked, response) => {
      said += JSON.stringify(asked);
      honestly(asked, response);
    });
    await client([url]).checkMany(NAMESPACE, [shown(1), shown(2)]);
    expect(JSON.parse(said)).toEqual({
      requests: [1, 2].map((epoch) => ({ namespace: NAMESPACE, epoch, min: 4 })),
    });
  });

  it("are pending or answered each by itself", async () => {
    const found = await client([await node(honestly)]).checkMany(NAMESPACE, [shown(40), shown(41)]);
    expect(found.map(({ result }) => result)).toEqual(["satisfied", "pending"]);
  });

  it.each<[string, (asked: Asked, response: ServerResponse) => void]>([
    ["knows no such question", (_asked, response) => void response.writeHead(404).end("{}")],
    ["answers too few", (_asked, response) => void response.end('{"answers":[]}')],
    ["answers something else", (_asked, response) => void response.end("null")],
    ["breaks off", (_asked, response) => void response.destroy()],
    ["answers more than one answer may hold", (_asked, response) => void response.end("[".repeat(5_000_000))],
  ])("are asked one by one of a node that %s", async (_what, together) => {
    const found = await client([await node(together)]).checkMany(NAMESPACE, [shown(1), shown(2), shown(3)]);
    expect(found.map(({ result }) => result)).toEqual(["satisfied", "satisfied", "satisfied"]);
  });

  it.each<[string, number, string]>([
    ["too much already", 429, JSON.stringify({ type: "urn:coaudit:problem:too-many-requests", detail: "wait" })],
    ["too much by all", 503, JSON.stringify({ type: "urn:coaudit:problem:busy", detail: "wait" })],
    ["too much, as a proxy says", 429, "<html>slow down</html>"],
    ["nothing, as a proxy says", 502, "{}"],
  ])("are not asked again one by one of a node that is asked %s", async (_what, status, text) => {
    const url = await node((_asked, response) => void response.writeHead(status).end(text));
    const found = await client([url]).checkMany(NAMESPACE, [shown(1), shown(2), shown(3)]);
    expect(found.map(({ result }) => result)).toEqual(["no-answer", "no-answer", "no-answer"]);
    expect(found[0]?.nodes[0]?.problem).toMatchObject({ kind: "refused" });
    expect(methods()).toEqual(["POST /v1/quorum"]);
  });

  it.each<[string, unknown]>([
    ["no certificate", {}],
    ["nothing", null],
    ["a problem that is none", { problem: 7 }],
    ["another epoch", { quorum: { certificate: certificates.get(9) } }],
  ])("are not confused by %s in place of one answer", async (_what, part) => {
    const url = await node(({ requests }, response) => {
      const answers = requests.map(({ epoch }) =>
        epoch === 2 ? part : { quorum: { certificate: certificates.get(epoch) } },
      );
      response.end(JSON.stringify({ answers }));
    });
    const found = await client([url]).checkMany(NAMESPACE, [shown(1), shown(2)]);
    expect(found.map(({ result }) => result)).toEqual(["satisfied", "no-answer"]);
  });

  it("end with their signal, and the question on the way with the last of them", async () => {
    const open = new Set<ServerResponse>();
    const url = await node((_asked, response) => {
      open.add(response);
      response.on("close", () => open.delete(response));
    });
    const stop = new AbortController();
    const asked = client([url], { timeoutMs: 600_000 }).checkMany(NAMESPACE, [shown(1), shown(2)], {
      signal: stop.signal,
    });
    await expect.poll(() => open.size).toBe(1);
    stop.abort();
    await expect(asked).rejects.toMatchObject({ code: "QUESTION_ABORTED" });
    await expect.poll(() => open.size).toBe(0);
  });

  it.each<[unknown, string]>([
    ["all", "USAGE"],
    [[17], "USAGE"],
    [[{ epoch: 17 }], "ENCODING_INVALID"],
    [[{ epoch: 0, digest: digestOf(1, 1) }], "NUMBER_OUT_OF_RANGE"],
    [[{ epoch: 1, digets: digestOf(1, 1) }], "USAGE"],
  ])("are not %j", async (value, code) => {
    await expect(client([]).checkMany(NAMESPACE, value as [])).rejects.toMatchObject({ code });
  });
});
