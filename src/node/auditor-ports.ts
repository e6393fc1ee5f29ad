/** Builds the auditor of one namespace out of the node's parts. */
import type { ProofVerifier } from "../akd/proof-verifier.ts";
import type { ServedProofs } from "../auditor/bodies/proof-cache.ts";
import type { Quarantine } from "../auditor/bodies/quarantine.ts";
import { type AuditorModules, NamespaceAuditor } from "../auditor/namespace-auditor.ts";
import type {
  BlobMirror,
  HeadSink,
  ObservationSink,
  OtherAuditors,
  RootStore,
  SigningGuard,
} from "../auditor/ports.ts";
import type { Signer } from "../auditor/signer.ts";
import { emptyTreeRoot } from "../auditor/start-point.ts";
import { fromHex, toHex } from "../core/bytes.ts";
import type { Clock, Random } from "../core/clock.ts";
import { CoauditError } from "../core/errors.ts";
import type { AuditorHead } from "../core/head.ts";
import type { Logger } from "../core/log.ts";
import type { RecordedRoot, Statement } from "../core/statement.ts";
import { encodeStatement } from "../core/statement-codec.ts";
import type { ClaimBook } from "../ledger/claims/claim-book.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { EpochSource } from "../source/source.ts";
import type { NamespaceConfig } from "./config/config.ts";
import { ownClaims } from "./own-claims.ts";

/** What one namespace needs of the machine. */
export interface NamespacePorts {
  sourceOf(config: NamespaceConfig): EpochSource;
  mirrorsOf(config: NamespaceConfig): readonly BlobMirror[];
  quarantineOf(config: NamespaceConfig): Quarantine;
  /** By namespace, where verified proofs are kept for others. */
  readonly proofCaches: ReadonlyMap<string, ServedProofs>;
}

export interface AuditorBuildModules extends NamespacePorts {
  readonly ledger: Ledger;
  readonly claims: ClaimBook;
  readonly signer: Signer;
  readonly proofVerifier: ProofVerifier;
  readonly guard: SigningGuard;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly publish: (statement: Statement) => Promise<void>;
}

export interface AuditorBuildOptions {
  readonly ownName: string;
}

export function buildAuditor(
  config: NamespaceConfig,
  options: AuditorBuildOptions,
  modules: AuditorBuildModules,
): NamespaceAuditor {
  const { namespace, origin, configuration, lastEpoch, settings } = config;
  const root =
    config.root === undefined ? undefined : "digest" in config.root ? config.root : emptyTreeRoot(configuration);
  const proofCache = modules.proofCaches.get(namespace);
  const auditorModules: AuditorModules = {
    ...modules,
    claims: ownClaims({
      claims: modules.claims,
      ownHeads: async (of, epoch) => {
        const { statements } = modules.ledger;
        const slot = await statements.headSlot(of, options.ownName, epoch);
        return statements.statementsOf<AuditorHead>(slot).map(({ statement }) => statement);
      },
    }),
    source: modules.sourceOf(config),
    mirrors: modules.mirrorsOf(config),
    roots: rootStore(modules.ledger),
    heads: headSink(options.ownName, modules),
    observations: observationSink(modules),
    others: otherAuditors(namespace, options.ownName, modules.ledger),
    quarantine: modules.quarantineOf(config),
    ...(proofCache === undefined ? {} : { proofCache }),
  };
  return new NamespaceAuditor(
    {
      namespace,
      origin,
      configuration,
      ...(root === undefined ? {} : { root }),
      ...(lastEpoch === undefined ? {} : { lastEpoch }),
      ...settings,
    },
    auditorModules,
  );
}

function headSink(ownName: string, { ledger, publish }: AuditorBuildModules): HeadSink {
  return {
    noteVerified: (namespace, epoch) => ledger.setVerified(namespace, epoch),
    holdsOwn: async (namespace, epoch) => (await ledger.statements.headSlot(namespace, ownName, epoch)).length > 0,
    recordOwn: (head) => record(head, ledger, publish),
  };
}

function observationSink({ ledger, publish }: AuditorBuildModules): ObservationSink {
  return { recordOwn: (observation) => record(observation, ledger, publish) };
}

/**
 * Own statements come in by the same door as everybody's. Publishing is not waited for: what is lost comes by head
 * sync.
 */
async function record(statement: Statement, ledger: Ledger, publish: AuditorBuildModules["publish"]): Promise<void> {
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
