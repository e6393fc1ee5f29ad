/** Plain snapshots of a running node. */
import type { NamespaceAuditor } from "../auditor/namespace-auditor.ts";
import type { Signer } from "../auditor/signer.ts";
import { toBase64, toHex } from "../core/bytes.ts";
import { formatVkey } from "../core/checkpoint.ts";
import { boundAt, convictedBy, faultBoundNow, isBoundBroken } from "../core/evidence.ts";
import { headTimeMs } from "../core/head.ts";
import { NOW_EPOCH, type Roster } from "../core/roster.ts";
import type { Network } from "../gossip/network.ts";
import type { RosterDialer } from "../gossip/roster-dialer.ts";
import type { EpochView } from "../ledger/epoch-view.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { VERSION } from "../version.ts";
import type { NodeConfig } from "./config/config.ts";
import type { ProofTally } from "./proof-tally.ts";
import type { SharedNames } from "./shared-names.ts";
import type { RosterGuard } from "./signing-guard.ts";
import type { CaseView, HeadView, NodeStatus } from "./view.ts";

export interface StatusParts {
  readonly ledger: Ledger;
  readonly network: Network;
  readonly dialer: RosterDialer;
  readonly signer: Signer;
  readonly auditors: ReadonlyMap<string, NamespaceAuditor>;
  readonly guard: RosterGuard;
  readonly sharedNames: SharedNames;
  readonly proofTally: ProofTally | undefined;
}

export function nodeStatus(
  config: Pick<NodeConfig, "name" | "namespaces">,
  parts: StatusParts,
  times: { startedAtMs: number; nowMs: number },
): NodeStatus {
  const { ledger, network, dialer, signer, auditors, guard, sharedNames, proofTally } = parts;
  const { assumptions } = ledger;
  const namespaces = config.namespaces.map(({ namespace }) => namespace);
  const bounds = namespaces.map((namespace) => boundAt(namespace, NOW_EPOCH, ledger.convicted, assumptions));
  const open = ledger.cases().filter(({ state }) => state === "open");
  return {
    name: config.name,
    version: VERSION,
    vkey: formatVkey({ name: config.name, publicKey: signer.publicKey }),
    peerId: network.peerId,
    addresses: network.addresses(),
    ...times,
    faultBound: Math.min(...bounds.map(({ faultBound }) => faultBound), faultBoundNow("", assumptions)),
    boundBroken: bounds.some(({ convicted, faultBound }) => isBoundBroken(convicted, faultBound)),
    convictions: convictions(ledger, new Set(namespaces)),
    convicted: [...ledger.convicted].sort(),
    namespaces: config.namespaces.flatMap(({ namespace, configuration, logDirectory, settings }) => {
      const auditor = auditors.get(namespace);
      if (auditor === undefined) return [];
      const { roster } = assumptions;
      const members = roster.membersAt(namespace, NOW_EPOCH);
      const heights = roster.names.map((name) => ({
        auditor: name,
        epoch: ledger.height(namespace, name),
        ...(members.includes(name) ? {} : { counts: false as const }),
      }));
      const guarded = {
        needed: guard.needed(namespace),
        answered: guard.answered(namespace),
        missing: guard.missing(namespace),
      };
      const shown = {
        configuration,
        suite: settings.suite ?? 1,
        ...(logDirectory === undefined ? {} : { logDirectory }),
      };
      const unshared = sharedNames.unshared(namespace);
      const alone = unshared === undefined ? {} : { unshared };
      const audited = proofTally === undefined ? {} : { verified: proofTally.of(namespace) };
      return [{ ...auditor.status(), ...shown, guard: guarded, heights, ...audited, ...alone }];
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

/** The open cases that convict a provider, strongest evidence first within a namespace: as they were opened. */
function convictions(ledger: Ledger, namespaces: ReadonlySet<string>): NodeStatus["convictions"] {
  return ledger.cases().flatMap(({ id, subject, class: caseClass, state, acknowledged }) => {
    if (state !== "open" || subject.kind === "auditor" || !namespaces.has(subject.namespace)) return [];
    if (subject.kind === "dissent" || convictedBy(subject, caseClass) !== "provider") return [];
    const { namespace, epoch } = subject;
    return [{ case: id, namespace, class: caseClass, epoch, acknowledged: acknowledged !== undefined }];
  });
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
