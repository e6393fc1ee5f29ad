/**
 * What is read of a node whenever somebody asks for its metrics, as a table: name, help, labels, and where the values
 * come from. Labels come from closed lists or from the node's own configuration and roster: strangers add none.
 */
import type { HaltReason } from "../auditor/halting.ts";
import type { BehindReason } from "../auditor/trouble.ts";
import type { CaseClass } from "../core/evidence.ts";
import type { NodeMeasures } from "../node/measures.ts";
import type { CaseView, NamespaceStatus, NodeStatus } from "../node/view.ts";

/** Everything that one scrape is made of. */
export interface Reading {
  readonly status: NodeStatus;
  readonly cases: readonly CaseView[];
  readonly measures: NodeMeasures;
  /** Auditors that must agree in a namespace, unless a reader says otherwise. */
  readonly defaultMin: (namespace: string) => number;
  /** Requests that the API refused, by reason. */
  readonly refusals: ReadonlyMap<string, number>;
  readonly disk: DiskUse;
}

export interface DiskUse {
  /** By folder of the data folder. */
  readonly bytes: ReadonlyMap<string, number>;
  readonly freeBytes: number;
}

export type Value = readonly [labels: Readonly<Record<string, string>>, value: number];

export interface Series {
  readonly kind: "gauge" | "counter";
  /** As Prometheus shows it; counters end in _total. */
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly read: (reading: Reading) => readonly Value[];
}

const STATES = ["initializing", "auditing", "halted", "ended"] as const;
const BEHIND: Readonly<Record<BehindReason, true>> = {
  transport: true,
  source: true,
  clock: true,
  configuration: true,
  storage: true,
  internal: true,
};
const HALTS: readonly HaltReason[] = ["invalid-proof", "chain-mismatch", "conflicting-listing", "own-key-conflict"];
const CASE_STATES = ["open", "explained", "settled", "merged"] as const;
const CASE_CLASSES: Readonly<Record<CaseClass, true>> = {
  "auditor-equivocation": true,
  "provider-equivocation": true,
  "split-view": true,
  "provider-contradiction": true,
  "forked-listing": true,
  "invalid-epoch": true,
  disagreement: true,
};

export const SERIES: readonly Series[] = [
  gauge("coaudit_build_info", "Always 1; the version is a label.", ["version"], ({ status }) => [
    [{ version: status.version }, 1],
  ]),
  eachNamespace(
    "coaudit_epoch",
    "Newest epoch listed by the provider, verified and signed by this node, and reached by a default quorum.",
    ["stage"],
    (one, reading) => [
      [{ stage: "listed" }, one.latestListed ?? 0],
      [{ stage: "verified" }, one.lastVerified?.epoch ?? 0],
      [{ stage: "signed" }, one.lastSigned?.epoch ?? 0],
      [{ stage: "quorum" }, quorumEpoch(one, reading)],
    ],
  ),
  eachNamespace("coaudit_lag_epochs", "Epochs that the provider listed and this node has not signed.", [], (one) => [
    [{}, behindListed(one, one.lastSigned?.epoch)],
  ]),
  eachNamespace(
    "coaudit_quorum_lag_epochs",
    "Epochs that the provider listed and no default quorum of the roster has reached.",
    [],
    (one, reading) => [[{}, behindListed(one, quorumEpoch(one, reading))]],
  ),
  eachNamespace("coaudit_unsigned_epochs", "Epochs verified and waiting for a signature.", [], (one) => [
    [{}, one.unsignedEpochs],
  ]),
  eachNamespace(
    "coaudit_last_signed_timestamp_seconds",
    "Time in the newest head that this node signed.",
    [],
    ({ lastSigned }) => (lastSigned === undefined ? [] : [[{}, lastSigned.timestampMs / 1000]]),
  ),
  eachNamespace("coaudit_namespace_state", "1 for the state of the namespace.", ["state"], (one) =>
    STATES.map((state) => [{ state }, one.state === state ? 1 : 0]),
  ),
  eachNamespace("coaudit_halted", "1 for the fact that halted the namespace.", ["reason"], (one) =>
    HALTS.map((reason) => [{ reason }, one.halt?.reason === reason ? 1 : 0]),
  ),
  eachNamespace("coaudit_behind", "1 for the reason why the namespace is not up to date.", ["reason"], (one) =>
    Object.keys(BEHIND).map((reason) => [{ reason }, one.behind?.reason === reason ? 1 : 0]),
  ),
  eachNamespace("coaudit_signing_blocked", "1 for each reason why nothing is signed.", ["reason"], (one) => [
    [{ reason: "initializing" }, one.state === "initializing" ? 1 : 0],
    [{ reason: "halted" }, one.state === "halted" ? 1 : 0],
    [{ reason: "unguarded" }, one.state === "auditing" && one.unguarded ? 1 : 0],
    [{ reason: "mark" }, one.unsigned?.kind === "mark" ? 1 : 0],
    [{ reason: "unmarked" }, one.unsigned?.kind === "unmarked" ? 1 : 0],
    [{ reason: "clock" }, one.behind?.reason === "clock" ? 1 : 0],
    [{ reason: "storage" }, one.behind?.reason === "storage" ? 1 : 0],
  ]),
  eachNamespace("coaudit_auditor_epoch", "Newest epoch that each roster auditor signed.", ["auditor"], ({ heights }) =>
    heights.map(({ auditor, epoch }) => [{ auditor }, epoch]),
  ),
  gauge("coaudit_peers", "Connected peers.", ["kind"], ({ measures: { peers } }) => [
    [{ kind: "roster" }, peers.roster],
    [{ kind: "stranger" }, peers.strangers],
  ]),
  gauge("coaudit_roster_peer_connected", "1 while the auditor is connected.", ["auditor"], ({ status }) =>
    status.peers.roster.map(({ auditor, connected }) => [{ auditor }, connected ? 1 : 0]),
  ),
  gauge("coaudit_cases", "Cases of evidence.", ["class", "state"], ({ cases }) =>
    Object.keys(CASE_CLASSES).flatMap((caseClass) =>
      CASE_STATES.map((state): Value => {
        const ofBoth = cases.filter((one) => one.class === caseClass && one.state === state);
        return [{ class: caseClass, state }, ofBoth.length];
      }),
    ),
  ),
  gauge("coaudit_unacknowledged_cases", "Open cases that no operator has acknowledged.", ["convicts"], ({ cases }) => {
    const open = cases.filter(({ state, acknowledged }) => state === "open" && acknowledged === undefined);
    return (["provider", "auditor", "nobody"] as const).map((whom) => [
      { convicts: whom },
      open.filter(({ convicts }) => (typeof convicts === "object" ? "auditor" : convicts) === whom).length,
    ]);
  }),
  gauge("coaudit_convicted_auditors", "Roster auditors that are convicted.", [], ({ status }) => [
    [{}, status.convicted.length],
  ]),
  gauge("coaudit_fault_bound_broken", "1 while more auditors are convicted than may lie.", [], ({ status }) => [
    [{}, status.boundBroken ? 1 : 0],
  ]),
  gauge("coaudit_data_bytes", "Bytes on disk by folder; measured at most once a minute.", ["part"], ({ disk }) =>
    [...disk.bytes].map(([part, bytes]) => [{ part }, bytes]),
  ),
  gauge("coaudit_disk_free_bytes", "Bytes free where the data folder is.", [], ({ disk }) => [[{}, disk.freeBytes]]),
  counter(
    "coaudit_heads_received_total",
    "Heads that arrived, by the auditor whose key they name (empty: no roster auditor's).",
    ["auditor", "verdict", "outcome"],
    ({ measures }) =>
      measures.heads.map(({ auditor, verdict, outcome, count }) => [{ auditor, verdict, outcome }, count]),
  ),
  counter("coaudit_statements_received_total", "Statements of all types that arrived.", ["outcome"], ({ status }) =>
    Object.entries(status.statements).map(([outcome, count]) => [{ outcome }, count]),
  ),
  counter("coaudit_head_sync_rounds_total", "Rounds of head sync that ended.", ["peers", "end"], ({ measures }) =>
    measures.sync.rounds.map(({ peers, end, count }) => [{ peers, end }, count]),
  ),
  counter(
    "coaudit_head_sync_bytes_total",
    "Bytes of head sync frames, asking others and answering them.",
    ["role", "direction"],
    ({ measures }) =>
      (["asking", "answering"] as const).flatMap((role) =>
        (["sent", "received"] as const).map(
          (direction): Value => [{ role, direction }, measures.sync.bytes[role][direction]],
        ),
      ),
  ),
  counter(
    "coaudit_peer_work_seconds_total",
    "Work of the event loop that peers caused, as their budgets estimate it.",
    ["peers"],
    ({ measures }) => ofPeers(({ spentUs }) => spentUs / 1e6, measures),
  ),
  counter(
    "coaudit_peer_work_refused_total",
    "Times that a peer had to wait because its budget was used up.",
    ["peers"],
    ({ measures }) => ofPeers(({ refused }) => refused, measures),
  ),
  counter("coaudit_api_refusals_total", "Requests that the API refused.", ["reason"], ({ refusals }) =>
    [...refusals].map(([reason, count]) => [{ reason }, count]),
  ),
];

function gauge(name: string, help: string, labels: readonly string[], read: Series["read"]): Series {
  return { kind: "gauge", name, help, labels, read };
}

function counter(name: string, help: string, labels: readonly string[], read: Series["read"]): Series {
  return { kind: "counter", name, help, labels, read };
}

function eachNamespace(
  name: string,
  help: string,
  labels: readonly string[],
  read: (one: NamespaceStatus, reading: Reading) => readonly Value[],
): Series {
  const values: Series["read"] = (reading) =>
    reading.status.namespaces.flatMap((one) =>
      read(one, reading).map(([rest, value]): Value => [{ namespace: one.namespace, ...rest }, value]),
    );
  return gauge(name, help, ["namespace", ...labels], values);
}

function ofPeers(read: (report: NodeMeasures["budget"]["roster"]) => number, { budget }: NodeMeasures): Value[] {
  return (["roster", "strangers"] as const).map((peers) => [{ peers }, read(budget[peers])]);
}

/** The highest epoch that so many auditors have reached; whether their digests agree is for certificates and cases. */
function quorumEpoch({ namespace, heights }: NamespaceStatus, { defaultMin }: Reading): number {
  const counting = heights.filter(({ counts }) => counts !== false).map(({ epoch }) => epoch);
  return counting.sort((a, b) => b - a)[defaultMin(namespace) - 1] ?? 0;
}

/** 0 until the provider listed something: nothing is known to be missing. */
function behindListed({ latestListed }: NamespaceStatus, epoch = 0): number {
  return latestListed === undefined ? 0 : Math.max(0, latestListed - epoch);
}
