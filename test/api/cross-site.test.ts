/** What a page of any site may do. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Api, createApi } from "../../src/api/api.ts";
import { QuorumClient } from "../../src/client/quorum-client.ts";
import { formatVkey } from "../../src/core/checkpoint.ts";
import { silentLogger } from "../../src/core/log.ts";
import { systemClock } from "../../src/platform/system.ts";
import { digestOf, makeAuditors, NAMESPACE, T0 } from "../support/auditors.ts";
import { FakeNode } from "./fake-node.ts";

const [a, b, c] = makeAuditors(3);
let api: Api;
let url: string;
beforeEach(async () => {
  const node = new FakeNode([a!, b!, c!]);
  for (const epoch of [17, 18]) {
    for (const auditor of [a!, b!, c!]) node.statements.push(auditor.head(epoch, digestOf(1, epoch)));
  }
  api = createApi({}, { node, log: silentLogger, clock: systemClock });
  ({ url } = await api.start());
});
afterEach(() => api.stop());

const page = { origin: "https://messenger.example" };

describe("a page of another site", () => {
  it("may ask about several epochs, after the browser's question", async () => {
    const preflight = await fetch(`${url}/v1/quorum`, {
      method: "OPTIONS",
      headers: { ...page, "access-control-request-method": "POST", "access-control-request-headers": "content-type" },
    });
    expect(preflight.status).toBe(204);
    expect(Object.fromEntries(preflight.headers)).toMatchObject({
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": "content-type",
    });
    const posted = await fetch(`${url}/v1/quorum`, {
      method: "POST",
      headers: { ...page, "content-type": "application/json" },
      body: JSON.stringify({ requests: [{ namespace: NAMESPACE }] }),
    });
    expect(posted.headers.get("access-control-allow-origin")).toBe("*");
    expect(posted.headers.get("access-control-allow-credentials")).toBeNull();
  });

  it.each(["/v1/evidence/00/acknowledge", `/v1/namespaces/${NAMESPACE}/resume`, "/v1/settlements", "/nope"])(
    "may not post to %s",
    async (path) => {
      for (const method of ["OPTIONS", "POST"]) {
        const response = await fetch(`${url}${path}`, { method, headers: page });
        expect(response.ok).toBe(false);
        expect(response.headers.get("access-control-allow-origin")).toBeNull();
      }
    },
  );
});

describe("a reader's many epochs", () => {
  it("are answered by a node's own API in one question", async () => {
    const asked: string[] = [];
    const policy = [a!, b!, c!].map(
      ({ name, key }, i) => `witness w${i} ${formatVkey({ name, publicKey: key.publicKey })}`,
    );
    const client = new QuorumClient(
      { nodes: [url], policy: [...policy, "group g all w0 w1 w2", "quorum g", ""].join("\n") },
      {
        clock: { ...systemClock, now: () => T0 + 60_000 },
        fetch: (to, init) => {
          asked.push(`${init.method} ${to.slice(url.length)}`);
          return fetch(to, init);
        },
      },
    );
    const found = await client.checkMany(NAMESPACE, [
      { epoch: 17, digest: digestOf(1, 17) },
      { epoch: 18, digest: digestOf(2, 18) },
    ]);
    expect(found.map(({ result }) => result)).toEqual(["satisfied", "wrong-digest"]);
    expect(asked).toEqual(["POST /v1/quorum"]);
  });
});
