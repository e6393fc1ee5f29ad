/** An alert as Prometheus' Alertmanager takes it: POST /api/v2/alerts, a list of labels, annotations and times. */
import { type Alert, alertId } from "../alert.ts";

/**
 * Alertmanager takes an alert for resolved at `endsAt`, so what stands is sent again before. A quarter of an hour is
 * longer than a restart.
 */
const STANDS_FOR_MS = 900_000;
/** What stands is sent again this often. */
export const RESEND_MS = 60_000;

export function alertmanagerUrl(url: string): string {
  const parsed = new URL(url);
  return parsed.pathname === "/" ? new URL("/api/v2/alerts", parsed).href : url;
}

export function alertmanagerAlert(alert: Alert, nowMs: number): object {
  const { kind, severity, node, namespace, auditor, summary, what, act, how, startedAtMs, endedAtMs } = alert;
  const words = kind.split("-").map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`);
  return {
    labels: {
      alertname: `Coaudit${words.join("")}`,
      severity,
      node,
      ...(namespace === undefined ? {} : { namespace }),
      ...(auditor === undefined ? {} : { auditor }),
      ...(alert.case === undefined ? {} : { case: alert.case }),
    },
    annotations: { summary, description: `${what}\n${act}`, how: how.join("\n"), id: alertId(alert) },
    startsAt: new Date(startedAtMs).toISOString(),
    endsAt: new Date(endedAtMs ?? nowMs + STANDS_FOR_MS).toISOString(),
  };
}
