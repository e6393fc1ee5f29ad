/** Alerts by HTTP: as JSON, as text for a chat, or to Alertmanager's API (v2). */
import type { Clock } from "../../core/clock.ts";
import { Deadline } from "../../core/deadline.ts";
import { errorMessage, isCoauditError } from "../../core/errors.ts";
import type { ReceiverConfig } from "../../node/config/config-alerts.ts";
import { type Alert, alertJson, alertText } from "../alert.ts";
import { alertmanagerAlert, alertmanagerUrl } from "./alertmanager.ts";
import { notDelivered, type Receiver } from "./receiver.ts";

type WebhookConfig = Extract<ReceiverConfig, { kind: "webhook" }>;

export class Webhook implements Receiver {
  readonly name: string;
  readonly severity: Alert["severity"];
  readonly takes: "one" | "standing";
  readonly #config: WebhookConfig;
  readonly #clock: Clock;

  constructor(config: WebhookConfig, { clock }: { readonly clock: Clock }) {
    this.name = config.name;
    this.severity = config.severity;
    this.takes = config.format === "alertmanager" ? "standing" : "one";
    this.#config = config;
    this.#clock = clock;
  }

  async send(alerts: readonly Alert[], signal: AbortSignal): Promise<void> {
    const { timeoutMs, url, token } = this.#config;
    const deadline = new Deadline(this.#clock, timeoutMs, signal);
    try {
      const { type, body } = this.#bodyOf(alerts);
      const response = await fetch(this.#config.format === "alertmanager" ? alertmanagerUrl(url) : url, {
        method: "POST",
        headers: { "content-type": type, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
        body,
        // A redirect would take the token, and the alert, to somebody else.
        redirect: "error",
        signal: deadline.signal,
      });
      // What it answers is nobody's business, however long it is.
      await response.body?.cancel().catch(() => undefined);
      if (!response.ok) throw notDelivered(this.name, `${new URL(url).host} answered ${response.status}`);
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      if (isCoauditError(cause)) throw cause;
      const reason = deadline.expired ? `no answer in ${timeoutMs / 1000} s` : errorMessage(cause);
      throw notDelivered(this.name, `${new URL(url).host}: ${reason}`, error);
    } finally {
      deadline.cancel();
    }
  }

  #bodyOf(alerts: readonly Alert[]): { readonly type: string; readonly body: string } {
    const [first] = alerts;
    const json = "application/json";
    switch (this.#config.format) {
      case "alertmanager":
        return { type: json, body: JSON.stringify(alerts.map((alert) => alertmanagerAlert(alert, this.#clock.now()))) };
      case "text":
        return { type: "text/plain; charset=utf-8", body: first === undefined ? "" : alertText(first) };
      case "json":
        return { type: json, body: JSON.stringify(first === undefined ? {} : alertJson(first)) };
    }
  }
}
