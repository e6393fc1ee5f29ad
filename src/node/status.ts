/** Plain snapshots of a running node. */
import type { NamespaceAuditor } from "../auditor/namespace-auditor.ts";
import type { Signer } from "../auditor/signer.ts";
import { toBase64, toHex } from "../core/bytes.ts";
import { formatVkey } from "../core/checkpoint.ts";
import { convictedBy, isBoundBroken } from "../core/evidence.ts";
import { headTimeMs } from "../core/head.ts";
import type { Roster } from "../core/roster.ts";
import type { Network } from "../gossip/network.ts";
import type { RosterDialer } from "../gossip/roster-dialer.ts";
import type { EpochView } from "../ledger/epoch-view.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { VERSION } from "../version.ts";
import type { NodeConfig } from "./config/config.ts";
import type { CaseView, HeadView, NodeStatus } from "./view.ts";

export interface StatusParts {
  readonly ledger: Ledger;
  readonly network: Network;
  readonly dialer: RosterDialer;
  readonly signer: Signer;
  readonly auditors: ReadonlyMap<string, NamespaceAuditor>;
}

export function nodeStatus(
  config: Pick<NodeConfig, "name" | "faultBound" | "namespaces">,
  parts: StatusParts,
  times: { startedAtMs: number; nowMs: number },
): NodeStatus {
  const { ledger, network, dialer, signer, auditors } = parts;
  const open = ledger.cases().filter(({ state }) => state === "open");
  return {
    name: config.name,
    version: VERSION,
    vkey: formatVkey({ name: config.name, publicKey: signer.publicKey }),
    peerId: network.peerId,
    addresses: network.addresses(),
    ...times,
    faultBound: config.faultBound,
    boundBroken: isBoundBroken(ledger.convicted.size, config.faultBound),
    convicted: [...ledger.convicted].sort(),
    namespaces: config.namespaces.flatMap(({ namespace, configuration, logDirectory, settings }) => {
      const auditor = auditors.get(namespace);
      if (auditor === undefined) return [];
      const heights = ledger.assumptions.roster.names.map((name) => ({
        auditor: name,
        epoch: ledger.height(namespace, name),
      }));
      const shown = {
        configuration,
        suite: settings.suite ?? 1,
        ...(logDirectory === undefined ? {} : { logDirectory }),
      };
      return [{ ...auditor.status(), ...shown, heights }];
    }),
    peers: {
      connected: network.peers().length,
      roster: dialer.status().map(({ name, connected, lastError, nextAttemptMs }) => ({
        auditor: name,
        connected,
        ...(lastError === undefined ? {} : { lastError: lastError.message }),
        ...(nextAttemptMs === undefined ? {} : { nextAttemptMs }),
      })),
    },
    cases: { open: open.length, unacknowledged: open.filter(({ acknowledged }) => acknowledged === undefined).length },
    statements: Object.fromEntries(ledger.outcomes),
  };
}

export function readinessOf(status: NodeStatus): { ready: boolean; reasons: readonly string[] } {
  const reasons = status.namespaces.flatMap(({ namespace, state, halt, behind, unguarded }) => {
    if (state === "halted") return [`${namespace}: halted (${halt?.reason ?? "unknown"})`];
    if (state === "initializing") return [`${namespace}: initializing`];
    return [
      ...(unguarded ? [`${namespace}: unguarded, not signing until other auditors have answered`] : []),
      ...(behind === undefined ? [] : [`${namespace}: behind (${behind.reason}): ${behind.message}`]),
    ];
  });
  if (status.boundBroken) reasons.push("more auditors are convicted than the fault bound allows");
  const { roster } = status.peers;
  if (roster.length > 0 && !roster.some(({ connected }) => connected))
    reasons.push("no auditor of the roster is connected");
  return { ready: reasons.length === 0, reasons };
}

export function headViews({ heads }: EpochView): HeadView[] {
  return heads.map(headView);
}

export function headView({ auditor, head, bytes }: EpochView["heads"][number]): HeadView {
  return {
    auditor,
    type: head.type === "signed-head" && head.cosignature === undefined ? "late-head" : head.type,
    digest: toHex(head.digest),
    timestampMs: headTimeMs(head),
    publicKey: toHex(head.publicKey),
    statement: toBase64(bytes),
  };
}

export function caseViews(ledger: Ledger): CaseView[] {
  return ledger.cases().map((record) => {
    const { id, subject, class: caseClass, state, openedAtMs, changedAtMs, exhibits, acknowledged } = record;
    const { first, last, count } = record;
    return {
      id,
      subject,
      class: caseClass,
      state,
      convicts: state === "open" ? convictedBy(subject, caseClass) : "nobody",
      openedAtMs,
      changedAtMs,
      exhibits: exhibits.length,
      ...(first === undefined ? {} : { first }),
      ...(last === undefined ? {} : { last }),
      ...(count === undefined ? {} : { count }),
      ...(acknowledged === undefined ? {} : { acknowledged }),
    };
  });
}

export function vkeysOf(roster: Roster): string[] {
  return roster.auditors
    .flatMap(({ name, keys }) => keys.map(({ publicKey }) => formatVkey({ name, publicKey })))
    .sort();
}
