import { ZERO_BOUND } from "../../core/roster.ts";
import { convictionText, unsignedText } from "../../node/readiness.ts";
import type { CliContext } from "../context.ts";
import { type Colors, colorsOf, table } from "../table.ts";
import { counted, timeText } from "../text.ts";
import type { StatusOf } from "./answers.ts";

type Namespace = StatusOf["namespaces"][number];

/** A node's status for people: its name, a line per namespace, peers, cases, and why it is not ready. */
export function statusText(status: StatusOf, context: CliContext): string {
  const colors = colorsOf(context);
  const rows = status.namespaces.map((namespace) => [
    namespace.namespace,
    stateText(namespace, colors),
    epochText(namespace.lastVerified?.epoch),
    epochText(namespace.lastSigned?.epoch),
    epochText(namespace.latestListed),
    remarkOf(namespace),
  ]);
  return [
    ...status.convictions.map((conviction) => colors.red(convictionText(conviction))),
    `${colors.bold(status.name)}  coaudit ${status.version}, running since ${timeText(status.startedAtMs)}`,
    "",
    rows.length === 0
      ? "No namespace is audited."
      : table(["namespace", "state", "verified", "signed", "listed", ""], rows, colors),
    "",
    ...status.namespaces.map(heldText),
    ...status.namespaces.flatMap((namespace) => unsharedText(namespace, colors)),
    peersText(status),
    ...(status.faultBound === 0 ? [colors.yellow(ZERO_BOUND)] : []),
    casesText(status, colors),
    ...reportsText(status, colors),
    ...readinessText(status, colors),
  ].join("\n");
}

function readinessText({ ready, reasons, warnings }: StatusOf, colors: Colors): string[] {
  if (!ready) return [colors.red("not ready:"), ...[...reasons, ...warnings].map((reason) => `  ${reason}`)];
  if (warnings.length === 0) return [colors.green("ready, and all is well")];
  return [colors.yellow("ready; look at:"), ...warnings.map((warning) => `  ${warning}`)];
}

function stateText({ state, unguarded, behind }: Namespace, colors: Colors): string {
  if (state === "halted") return colors.red(state);
  if (state !== "auditing") return colors.yellow(state);
  if (unguarded) return colors.yellow("unguarded");
  return behind === undefined ? colors.green(state) : colors.yellow("behind");
}

function remarkOf(namespace: Namespace): string {
  const { halt, behind } = namespace;
  if (halt !== undefined) return `${halt.reason} at ${timeText(halt.atMs)}: ${halt.detail}`;
  const unsigned = unsignedText(namespace);
  if (behind === undefined) return unsigned ?? "";
  return `${behind.reason} since ${timeText(behind.sinceMs)}: ${behind.message ?? behind.code}`;
}

/** What a repair of damaged claims needs: the newest epoch that another auditor's node holds of this one. */
function heldText({ namespace, heights }: Namespace): string {
  const newest = heights.map(
    ({ auditor, epoch, counts }) =>
      `${auditor} ${epoch === 0 ? "none" : epoch}${counts === false ? " (not counted)" : ""}`,
  );
  return `newest heads held in ${namespace}: ${newest.join(", ")}`;
}

/** A wrong letter, mostly, in this file or in theirs. */
function unsharedText({ namespace, origin, unshared }: Namespace, colors: Colors): string[] {
  if (unshared === undefined) return [];
  const whose = unshared.what === "origin" ? `its origin ${origin}` : "it";
  return [colors.yellow(`${namespace}: no other auditor has ${whose}; theirs: ${unshared.theirs.join(", ")}`)];
}

function peersText({ peers, convicted, boundBroken }: StatusOf): string {
  const away = peers.roster.filter(({ connected }) => !connected);
  const here = peers.roster.length - away.length;
  const reasons = away.map(({ auditor, lastError }) =>
    lastError === undefined ? auditor : `${auditor} (${lastError})`,
  );
  const lines = [
    `auditors connected: ${here} of ${peers.roster.length}${away.length === 0 ? "" : `; missing ${reasons.join(", ")}`}`,
  ];
  if (convicted.length > 0) lines.push(`convicted of signing two digests: ${convicted.join(", ")}`);
  if (boundBroken) lines.push("more auditors are convicted than the fault bound allows: quorums are refused");
  return lines.join("\n");
}

function casesText({ cases }: StatusOf, colors: Colors): string {
  if (cases.open === 0) return "open cases: none";
  const text = `open cases: ${cases.open}, ${counted(cases.unacknowledged, "case")} not acknowledged; \`coaudit evidence list\``;
  return cases.unacknowledged > 0 ? colors.red(text) : text;
}

/** Nothing proves what a reader says, so it is never more than something to look at. */
function reportsText({ reports = [] }: StatusOf, colors: Colors): string[] {
  if (reports.length === 0) return [];
  return [
    colors.yellow(
      "readers say that they were shown a different digest from the one the auditors saw (docs/operations.md):",
    ),
    ...reports.map(
      ({ namespace, epoch, shownDigest, count, lastMs }) =>
        `  ${namespace} epoch ${epoch}: ${shownDigest}, ${counted(count, "time")}, last ${timeText(lastMs)}`,
    ),
  ];
}

function epochText(epoch: number | undefined): string {
  return epoch === undefined ? "-" : String(epoch);
}
