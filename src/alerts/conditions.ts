/**
 * What is not well on a node, from its status, its cases and its disk. Pure: how long it lasts is counted elsewhere.
 */

import { classWords, convictsWords, subjectText } from "../core/case-words.ts";
import { counted } from "../core/counted.ts";
import type { AlertThresholds } from "../node/config/config-alerts.ts";
import { unsignedText } from "../node/readiness.ts";
import type { CaseView, NamespaceStatus, NodeStatus } from "../node/view.ts";
import { type Condition, plain } from "./alert.ts";

/** What is looked at. */
export interface Sight {
  /** The configuration's file, for the commands that a person is told to run. */
  readonly configFile: string;
  readonly status: NodeStatus;
  readonly cases: readonly CaseView[];
  /** Of the data folder; undefined when the system does not say. */
  readonly freeBytes: number | undefined;
}

/** A condition, and how long it must last before anybody is told. */
export interface Seen {
  readonly condition: Condition;
  readonly afterMs: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const MIB = 1024 * 1024;

export function conditionsOf(sight: Sight, thresholds: AlertThresholds): Seen[] {
  const { status, cases } = sight;
  return [
    ...(status.boundBroken ? [boundBroken(sight)] : []),
    ...status.namespaces.flatMap((namespace) => ofNamespace(namespace, sight, thresholds)),
    ...cases.filter(({ state, acknowledged }) => state === "open" && acknowledged === undefined).map(ofCase(sight)),
    ...lowDisk(sight, thresholds),
    ...status.peers.roster.filter(({ connected }) => !connected).map((peer) => peerGone(peer, sight, thresholds)),
  ];
}

function ofCase({ configFile }: Sight): (view: CaseView) => Seen {
  return ({ id, subject, class: caseClass, convicts }) => {
    const isLead = convicts === "nobody";
    const of = subject.kind === "auditor" ? { auditor: subject.auditor } : { namespace: subject.namespace };
    const where = plain(subjectText(subject));
    const short = id.slice(0, 16);
    const condition: Condition = {
      key: `case:${id}`,
      kind: isLead ? "lead" : "case",
      severity: isLead ? "warning" : "critical",
      ...of,
      case: id,
      revision: caseClass,
      summary: isLead
        ? `auditors differ: ${where}`
        : `${caseClass}: ${where} (convicts ${plain(convictsWords(convicts))})`,
      what: classWords(caseClass),
      act: isLead
        ? "Have a look by day: ask the auditor that it names. Nothing is refused because of it."
        : "Act now: readers are refused quorums, or an auditor counts for nothing, until people have found out why.",
      how: [
        `coaudit evidence show ${short} --config ${configFile}`,
        `coaudit evidence acknowledge ${short} --config ${configFile} --note "..." (ends this alert)`,
        isLead ? "docs/operations.md, A case was opened" : "docs/operations.md, After a conviction",
      ],
    };
    return { condition, afterMs: 0 };
  };
}

function boundBroken({ status, configFile }: Sight): Seen {
  const condition: Condition = {
    key: "bound-broken",
    kind: "bound-broken",
    severity: "critical",
    summary: "more auditors are convicted than the fault bound allows",
    what: `Convicted: ${plain(status.convicted.join(", "))}. What this node believes about its roster does not hold, so it refuses every quorum.`,
    act: "Act now: review the roster with the other auditors.",
    how: [`coaudit evidence list --config ${configFile}`, "docs/operations.md, Retiring an auditor"],
  };
  return { condition, afterMs: 0 };
}

function ofNamespace(status: NamespaceStatus, sight: Sight, thresholds: AlertThresholds): Seen[] {
  if (status.state === "halted") return [halted(status, sight)];
  if (status.state === "ended") return [];
  return [...behind(status, sight, thresholds), ...notSigning(status, sight, thresholds)];
}

function halted({ namespace, halt }: NamespaceStatus, { configFile }: Sight): Seen {
  const isOwnKey = halt?.reason === "own-key-conflict";
  const kind = isOwnKey ? "own-key-conflict" : "halted";
  const condition: Condition = {
    key: `${kind}:${namespace}`,
    kind,
    severity: "critical",
    namespace,
    revision: halt?.reason ?? "",
    summary: isOwnKey
      ? `a signature under this node's own key that it did not make, in ${namespace}`
      : `${namespace} is halted (${plain(halt?.reason ?? "unknown")})`,
    what: plain(halt?.detail ?? "No detail was kept."),
    act: isOwnKey
      ? "Act now: the key runs on a second machine, an old backup was restored, or the key was stolen. Nothing is signed until you resume."
      : "Act now: compare with the other auditors and ask the provider. Nothing is signed until you resume.",
    how: [
      `coaudit status --config ${configFile}`,
      `coaudit resume ${namespace} --config ${configFile} --i-have-checked "..." (once you know why)`,
      isOwnKey ? "docs/operations.md, halted (own-key-conflict)" : "docs/operations.md, halted",
    ],
  };
  return { condition, afterMs: 0 };
}

/** Of these a person must mend something; the others pass by themselves. */
const MINE: readonly string[] = ["storage", "clock", "configuration", "internal"];

const ADVICE: Readonly<Record<string, string>> = {
  storage:
    "Act now: free space; the node goes on by itself once there is room. Otherwise replace the disk and restart it.",
  clock: "Act now: set this machine's clock (NTP); nothing is signed until it agrees with the others.",
  configuration: "Act now: a line of the configuration is wrong; correct it and restart the node.",
  internal: "Act now: an error that nobody expected; look at the log, restart the node, and report it.",
  source: "Have a look by day: if the provider is well elsewhere, compare with another auditor's node.",
  transport: "Have a look by day: the node retries by itself; check the connection to the provider.",
};

function behind(status: NamespaceStatus, { configFile }: Sight, { behindMinutes }: AlertThresholds): Seen[] {
  const { namespace, behind: trouble, lastVerified, latestListed } = status;
  if (trouble === undefined) return [];
  const { reason, message, code } = trouble;
  const condition: Condition = {
    key: `behind:${namespace}`,
    kind: "behind",
    severity: MINE.includes(reason) ? "critical" : "warning",
    namespace,
    revision: MINE.includes(reason) ? reason : "",
    summary: `${namespace} has been behind for more than ${counted(behindMinutes, "minute")} (${reason}, ${code})`,
    what: `${plain(message)} Verified up to epoch ${lastVerified?.epoch ?? "none"}, listed up to ${latestListed ?? "none"}.`,
    act: ADVICE[reason] ?? "Have a look by day.",
    how: [`coaudit status --config ${configFile}`, `docs/operations.md, behind (${reason})`],
  };
  return [{ condition, afterMs: behindMinutes * MINUTE_MS }];
}

function notSigning(status: NamespaceStatus, { configFile }: Sight, { notSigningMinutes }: AlertThresholds): Seen[] {
  const unsigned = status.state === "initializing" ? undefined : unsignedText(status);
  if (unsigned === undefined) return [];
  const { namespace, guard, unguarded } = status;
  const condition: Condition = {
    key: `not-signing:${namespace}`,
    kind: "not-signing",
    severity: "warning",
    namespace,
    summary: `${namespace} has not been signed for more than ${counted(notSigningMinutes, "minute")}`,
    what: `The node audits, and signs nothing: ${plain(unsigned)}.`,
    act: unguarded
      ? `Have a look by day: ask ${plain(guard.missing.join(", ")) || "the others"} whether their nodes run and reach yours.`
      : "Have a look by day: it passes by itself once the epochs are above the mark; a mark far ahead was a slip.",
    how: [`coaudit status --config ${configFile}`, "docs/operations.md, unguarded"],
  };
  return [{ condition, afterMs: notSigningMinutes * MINUTE_MS }];
}

function lowDisk({ freeBytes, configFile }: Sight, { diskFreeMib }: AlertThresholds): Seen[] {
  if (freeBytes === undefined || freeBytes >= diskFreeMib * MIB) return [];
  const isScarce = freeBytes < (diskFreeMib * MIB) / 4;
  const condition: Condition = {
    key: "disk",
    kind: "disk",
    severity: isScarce ? "critical" : "warning",
    revision: isScarce ? "scarce" : "low",
    summary: `the disk of the data folder has ${Math.floor(freeBytes / MIB)} MiB left`,
    what: `Fewer than ${diskFreeMib} MiB are free. On a full disk the node stops signing until there is room.`,
    act: isScarce ? "Act now: free space." : "Have a look by day: free space, or give the data folder a larger disk.",
    how: [`coaudit doctor --config ${configFile}`, "docs/operations.md, behind (storage)"],
  };
  return [{ condition, afterMs: 0 }];
}

function peerGone(
  { auditor, lastError }: NodeStatus["peers"]["roster"][number],
  { configFile }: Sight,
  { peerHours }: AlertThresholds,
): Seen {
  const condition: Condition = {
    key: `peer-gone:${auditor}`,
    kind: "peer-gone",
    severity: "warning",
    auditor,
    summary: `${plain(auditor)} has not been connected for more than ${counted(peerHours, "hour")}`,
    what: lastError === undefined ? "It did not connect, and no address of it is known." : plain(lastError),
    act: "Have a look by day: ask its operator. If it is gone for good, retire it.",
    how: [`coaudit status --config ${configFile}`, "docs/operations.md, Retiring an auditor"],
  };
  return { condition, afterMs: peerHours * HOUR_MS };
}
