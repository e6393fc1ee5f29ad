/** What the audit of a namespace needs from this node (auditor/ports.ts), built from its claims and its ledger. */
import type { Claims, HeadSink, ObservationSink, OtherAuditors, RootStore } from "../auditor/ports.ts";
import { faultBoundNow } from "../core/evidence.ts";
import type { AuditorHead } from "../core/head.ts";
import { NOW_EPOCH } from "../core/roster.ts";
import type { ClaimBook } from "../ledger/claims/claim-book.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { ownClaims } from "./own-claims.ts";
import type { OwnStatements } from "./own-statements.ts";
import { rootStore } from "./root-store.ts";

export interface AuditorPorts {
  readonly claims: Claims;
  readonly roots: RootStore;
  readonly heads: HeadSink;
  readonly observations: ObservationSink;
  readonly others: OtherAuditors;
}

export interface AuditorPortsModules {
  readonly claims: ClaimBook;
  readonly ledger: Ledger;
  readonly ownStatements: OwnStatements;
}

export function auditorPorts(
  { namespace, ownName }: { readonly namespace: string; readonly ownName: string },
  { claims, ledger, ownStatements }: AuditorPortsModules,
): AuditorPorts {
  return {
    claims: ownClaims({ claims, ownHeads: (of, epoch) => ownHeads(of, epoch, ownName, ledger) }),
    roots: rootStore(ledger.roots),
    heads: headSink(ownName, { ledger, ownStatements }),
    observations: { recordOwn: (observation) => ownStatements.say(observation) },
    others: otherAuditors(namespace, ownName, ledger),
  };
}

async function ownHeads(namespace: string, epoch: number, ownName: string, ledger: Ledger): Promise<AuditorHead[]> {
  const { statements } = ledger;
  const slot = await statements.headSlot(namespace, ownName, epoch);
  return statements.statementsOf<AuditorHead>(slot).map(({ statement }) => statement);
}

function headSink(ownName: string, { ledger, ownStatements }: Omit<AuditorPortsModules, "claims">): HeadSink {
  return {
    noteVerified: (namespace, epoch) => ledger.setVerified(namespace, epoch),
    holdsOwn: async (namespace, epoch) => (await ledger.statements.headSlot(namespace, ownName, epoch)).length > 0,
    recordOwn: (head) => ownStatements.say(head),
  };
}

function otherAuditors(namespace: string, ownName: string, ledger: Ledger): OtherAuditors {
  const newest = new Map<string, { epoch: number; timeMs: number }>();
  ledger.onEvent((event) => {
    if (event.type !== "head" || event.head.namespace !== namespace || event.auditor === ownName) return;
    if (event.head.type !== "signed-head" || event.head.epoch < (newest.get(event.auditor)?.epoch ?? 0)) return;
    newest.set(event.auditor, { epoch: event.head.epoch, timeMs: event.head.timestampMs });
  });
  return {
    highestSignedByOthers() {
      const { roster } = ledger.assumptions;
      const heights = roster
        .membersAt(namespace, NOW_EPOCH)
        .filter((name) => name !== ownName && !ledger.convicted.has(name))
        .map((name) => ledger.height(namespace, name))
        .sort((a, b) => b - a);
      return heights[faultBoundNow(namespace, ledger.assumptions)] ?? 0;
    },
    highestOwnShown: () => ledger.height(namespace, ownName),
    recentHeadTimesMs() {
      const members = ledger.assumptions.roster.membersAt(namespace, NOW_EPOCH);
      return members.flatMap((name) => newest.get(name)?.timeMs ?? []);
    },
  };
}
