import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { receiverOf } from "../../../src/alerts/receivers/receiver-of.ts";
import type { ReceiverConfig } from "../../../src/node/config/config-alerts.ts";
import { systemClock } from "../../../src/platform/system.ts";
import { T0 } from "../../support/auditors.ts";
import { AlertServer, makeAlert } from "../support.ts";

let server: AlertServer;
let url: string;
beforeEach(async () => {
  server = new AlertServer();
  url = await server.start();
});
afterEach(() => server.stop());

type Webhook = Extract<ReceiverConfig, { kind: "webhook" }>;

function send(changes: Partial<Webhook>, alerts = [makeAlert()], signal = new AbortController().signal): Promise<void> {
  const config: Webhook = {
    kind: "webhook",
    name: "on-call",
    severity: "warning",
    timeoutMs: 20_000,
    url: `${url}/hook?team=kt`,
    format: "json",
    ...changes,
  };
  return receiverOf(config, { clock: systemClock }).send(alerts, signal);
}

describe("a webhook", () => {
  it("is told in JSON, with the token and the words for a person", async () => {
    await send({ token: "s3cret" });
    expect(server.told).toMatchObject([
      {
        method: "POST",
        path: "/hook?team=kt",
        headers: { "content-type": "application/json", authorization: "Bearer s3cret" },
      },
    ]);
    expect(server.json()).toMatchObject([
      {
        format: "coaudit/alert/v1",
        id: expect.stringMatching(/^[0-9a-f]{32}$/),
        state: "firing",
        kind: "halted",
        severity: "critical",
        node: "a.example",
        namespace: "test.v1",
        startedAtMs: T0,
        text: expect.stringMatching(
          /^\[CRITICAL\] a\.example: test\.v1 is halted.*\nepoch 17 does not verify\nAct now: .*\n {2}coaudit status/,
        ),
      },
    ]);
  });

  it("is told in plain text, also that it is over", async () => {
    await send({ format: "text" });
    await send({ format: "text" }, [makeAlert({ state: "resolved", endedAtMs: T0 + 60_000 })]);
    expect(server.told.map(({ headers }) => headers["content-type"])).toEqual(
      Array(2).fill("text/plain; charset=utf-8"),
    );
    expect(server.told[1]?.body).toBe(
      "[RESOLVED] a.example: test.v1 is halted (invalid-proof)\nIt began at 2023-11-14 22:13:20Z and ended at 2023-11-14 22:14:20Z. Nothing to do.\n",
    );
  });

  it("is told as Alertmanager's API wants it, all that stands in one request", async () => {
    const over = makeAlert({ key: "disk", kind: "disk", state: "resolved", endedAtMs: T0 + 1_000 });
    await send({ format: "alertmanager", url }, [makeAlert(), over]);
    expect(server.told[0]?.path).toBe("/api/v2/alerts");
    const [standing, ended] = server.json<{ labels: object; endsAt: string; startsAt: string }[]>()[0] ?? [];
    expect(standing?.labels).toEqual({
      alertname: "CoauditHalted",
      severity: "critical",
      node: "a.example",
      namespace: "test.v1",
    });
    expect(Date.parse(standing?.endsAt ?? "")).toBeGreaterThan(Date.now());
    expect([standing?.startsAt, ended?.endsAt]).toEqual(["2023-11-14T22:13:20.000Z", "2023-11-14T22:13:21.000Z"]);
  });

  it.each([
    [500, /127\.0\.0\.1:\d+ answered 500/],
    [404, /answered 404/],
    // A redirect would take the token elsewhere.
    [302, /redirect/],
  ])("that answers %i was not told", async (status, reason) => {
    server.status = status;
    await expect(send({})).rejects.toMatchObject({
      code: "ALERT_NOT_DELIVERED",
      metadata: { receiver: "on-call", reason: expect.stringMatching(reason) },
    });
    expect(server.told).toHaveLength(1);
  });

  it("that does not answer in time, or is not there, was not told; its path, which may be a secret, is not named", async () => {
    server.status = "hang";
    await expect(send({ timeoutMs: 200, url: `${url}/T0/SECRET` })).rejects.toMatchObject({
      message: expect.stringMatching(/^on-call was not told: 127\.0\.0\.1:\d+: no answer in 0\.2 s$/),
    });
    await server.stop();
    const refused = send({ url: `${url}/T0/SECRET` });
    await expect(refused).rejects.toMatchObject({ message: expect.stringMatching(/ECONNREFUSED/) });
    await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining("SECRET") });
  });

  it("is given up when the node stops", async () => {
    server.status = "hang";
    const stop = new AbortController();
    const sent = send({}, [makeAlert()], stop.signal);
    await expect.poll(() => server.told.length).toBe(1);
    stop.abort();
    await expect(sent).rejects.toMatchObject({ code: "ALERT_NOT_DELIVERED" });
  });
});
