/** A ledger in memory with five auditors, fed by statements. */
import { fromBase64 } from "../../src/core/bytes.ts";
import { type CaseFile, formatCaseFile } from "../../src/core/case-file.ts";
import { sha256 } from "../../src/core/hash.ts";
import type { AuditorHead } from "../../src/core/head.ts";
import { Roster } from "../../src/core/roster.ts";
import type { Statement } from "../../src/core/statement.ts";
import { encodeStatement } from "../../src/core/statement-codec.ts";
import type { CaseRecord } from "../../src/ledger/cases/case-record.ts";
import { Ledger } from "../../src/ledger/ledger.ts";
import type { LedgerEvent, LedgerOptions } from "../../src/ledger/ledger-types.ts";
import type { Store } from "../../src/ledger/store/store.ts";
import { NativeVerifier } from "../../src/platform/native-ed25519.ts";
import { assumptionsOf, makeAuditors, NAMESPACE, ORIGIN, T0, type TestAuditor } from "../support/auditors.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

export const FIVE = makeAuditors(5) as [TestAuditor, TestAuditor, TestAuditor, TestAuditor, TestAuditor];
export const verifier: NativeVerifier = new NativeVerifier();

export interface Bench {
  readonly ledger: Ledger;
  readonly store: Store;
  readonly clock: VirtualClock;
  readonly events: LedgerEvent[];
  give(statement: Statement): Promise<string>;
  /** A ledger on the same store, as after a restart. */
  reopen(options?: Partial<LedgerOptions>): Promise<Bench>;
}

export interface BenchModules {
  readonly store?: Store;
  readonly ownClaimsYield?: (head: AuditorHead) => Promise<boolean>;
}

/** Everything up to epoch 10,000 is within reach; f is 1. */
export async function openBench(options: Partial<LedgerOptions> = {}, modules: BenchModules = {}): Promise<Bench> {
  const { store = new MemoryStore(), ...rest } = modules;
  const clock = new VirtualClock(T0 + 100_000_000);
  const assumptions = assumptionsOf(FIVE);
  const ledger = await Ledger.open(
    {
      namespaces: [{ namespace: NAMESPACE, origin: ORIGIN }],
      roster: assumptions.roster,
      faultBound: 1,
      providerKeys: assumptions.providerKeys,
      ...options,
    },
    { store, clock, verifier, ...rest },
  );
  ledger.setVerified(NAMESPACE, 10_000);
  const events: LedgerEvent[] = [];
  ledger.onEvent((event) => events.push(event));
  return {
    ledger,
    store,
    clock,
    events,
    give: (statement) => ledger.receive(encodeStatement(statement), "gossip"),
    reopen: (changed = {}) => openBench({ ...options, ...changed }, { ...modules, store }),
  };
}

export function openCases({ ledger }: Bench): CaseRecord[] {
  return ledger.cases().filter(({ state }) => state === "open");
}

export function caseEvents({ events }: Bench): string[] {
  return events.map(({ type }) => type).filter((type) => type.startsWith("case-"));
}

/** What a reader is handed of a case. */
export function caseFile({ ledger }: Bench, record: CaseRecord): CaseFile {
  return formatCaseFile(
    record,
    ledger.exhibitsOf(record).map((exhibit) => fromBase64(exhibit)),
  );
}

/** A roster that announces the next key of a.example. */
export function rosterAnnouncing(next: TestAuditor): Roster {
  return new Roster(
    FIVE.map(({ name, key }) => ({
      name,
      keys: [{ publicKey: key.publicKey }],
      addresses: [],
      ...(name === next.name ? { nextKeyHash: sha256(next.key.publicKey) } : {}),
    })),
  );
}
