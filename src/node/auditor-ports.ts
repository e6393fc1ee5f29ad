/** What the audit of a namespace needs of this node (auditor/ports.ts), made of its claims and its ledger. */
import type { Claims, HeadSink, ObservationSink, OtherAuditors, RootStore } from "../auditor/ports.ts";
import { fromHex, toHex } from "../core/bytes.ts";
import { CoauditError } from "../core/errors.ts";
import type { AuditorHead } from "../core/head.ts";
import type { RecordedRoot, Statement } from "../core/statement.ts";
import { encodeStatement } from "../core/statement-codec.ts";
import type { ClaimBook } from "../ledger/claims/claim-book.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { ownClaims } from "./own-claims.ts";

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
  readonly publish: (statement: Statement) => Promise<void>;
}

export function auditorPorts(
  { namespace, ownName }: { readonly namespace: string; readonly ownName: string },
  { claims, ledger, publish }: AuditorPortsModules,
): AuditorPorts {
  return {
    claims: ownClaims({ claims, ownHeads: (of, epoch) => ownHeads(of, epoch, ownName, ledger) }),
    roots: rootStore(ledger),
    heads: headSink(ownName, { ledger, publish }),
    observations: observationSink({ ledger, publish }),
    others: otherAuditors(namespace, ownName, ledger),
  };
}

async function ownHeads(namespace: string, epoch: number, ownName: string, ledger: Ledger): Promise<AuditorHead[]> {
  const { statements } = ledger;
  const slot = await statements.headSlot(namespace, ownName, epoch);
  return statements.statementsOf<AuditorHead>(slot).map(({ statement }) => statement);
}

/** Where own statements go. */
type Exit = Pick<AuditorPortsModules, "ledger" | "publish">;

function headSink(ownName: string, { ledger, publish }: Exit): HeadSink {
  return {
    noteVerified: (namespace, epoch) => ledger.setVerified(namespace, epoch),
    holdsOwn: async (namespace, epoch) => (await ledger.statements.headSlot(namespace, ownName, epoch)).length > 0,
    recordOwn: (head) => record(head, ledger, publish),
  };
}

function observationSink({ ledger, publish }: Exit): ObservationSink {
  return { recordOwn: (observation) => record(observation, ledger, publish) };
}

/**
 * Own statements come in by the same door as everybody's. Publishing is not waited for: what is lost comes by head
 * sync.
 */
async function record(statement: Statement, ledger: Ledger, publish: Exit["publish"]): Promise<void> {
  const outcome = await ledger.receive(encodeStatement(statement), "own");
  if (outcome !== "accepted" && outcome !== "known" && outcome !== "accepted-conflict") {
    const message = `the ledger did not take this node's own ${statement.type} (${outcome}); is its key in the roster, with this origin?`;
    throw new CoauditError("OWN_STATEMENT_REFUSED", message, { type: statement.type, outcome });
  }
  void publish(statement);
}

function rootStore(ledger: Ledger): RootStore {
  return {
    async get(namespace) {
      const stored = await ledger.root(namespace);
      if (stored === undefined) return undefined;
      const { epoch, digest, chosen } = JSON.parse(stored) as {
        epoch: number;
        digest: string;
        chosen: RecordedRoot["chosen"];
      };
      return { namespace, epoch, digest: fromHex(digest, "root digest"), chosen };
    },
    set: ({ namespace, epoch, digest, chosen }) =>
      ledger.setRoot(namespace, JSON.stringify({ epoch, digest: toHex(digest), chosen })),
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
      const { roster, faultBound } = ledger.assumptions;
      const heights = roster.names
        .filter((name) => name !== ownName && !ledger.convicted.has(name))
        .map((name) => ledger.height(namespace, name))
        .sort((a, b) => b - a);
      return heights[faultBound] ?? 0;
    },
    recentHeadTimesMs: () => [...newest.values()].map(({ timeMs }) => timeMs),
  };
}
