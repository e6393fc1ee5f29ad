/** What all machines of one world share, and what a machine is to the world. */
import type { SignatureVerifier } from "../../core/ed25519.ts";
import type { Settlement } from "../../core/settlement.ts";
import type { CaseEvent } from "../../ledger/cases/case-changes.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import type { LedgerEvent } from "../../ledger/ledger-types.ts";
import type { HeadView, QuorumAnswer } from "../../node/view.ts";
import type { Histories } from "../actors/histories.ts";
import type { Provider } from "../actors/provider.ts";
import type { RandomStreams } from "../engine/random-streams.ts";
import type { Scheduler } from "../engine/scheduler.ts";
import type { SimHub } from "../network/sim-hub.ts";
import type { Interner } from "../ports/interner.ts";
import type { ProofCheck } from "../ports/proofs.ts";
import type { StatementMemo } from "../ports/statement-memo.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { Branch } from "../world/trace.ts";
import type { Directory } from "./directory.ts";

export interface Surroundings {
  readonly scenario: Scenario;
  readonly scheduler: Scheduler;
  readonly streams: RandomStreams;
  readonly hub: SimHub;
  readonly verifier: SignatureVerifier;
  readonly proofCheck: ProofCheck;
  readonly statements: StatementMemo;
  readonly interner: Interner;
  readonly histories: Histories;
  readonly provider: Provider;
  readonly directory: Directory;
  readonly watcher: MachineWatcher;
}

/** Who looks at the machines from outside; nothing that a machine does depends on it. */
export interface MachineWatcher {
  up(machine: Machine): void;
  down(machine: Machine, why: EndOfLife): void;
  statement(machine: Machine, event: Exclude<LedgerEvent, CaseEvent>): void;
  case(machine: Machine, event: CaseEvent): void;
  /** A whole round of head sync has ended: what the auditor of that name held has arrived at the machine. */
  synced(machine: Machine, auditor: string): void;
  /** People have settled a fork on the machine, and the life in which they did goes on. */
  settled(machine: Machine, settlement: Settlement): void;
  /** A reader, a client or a place, was shown a digest of this branch. */
  shown(to: string, epoch: number, branch: Branch): void;
  /** A life ended by an error. */
  failed(machine: Machine, error: unknown): void;
}

/** kill: what was written stays. power-cut: what was not synced may be lost. stop: as on SIGTERM. */
export type EndOfLife = "kill" | "power-cut" | "stop";

/**
 * honest: follows the protocol with its own key. liar: does not. duplicated: follows it, but its key speaks elsewhere
 * too (a second machine that is shown something else, a thief), so evidence against it is right.
 */
export type Character = "honest" | "liar" | "duplicated";

export interface MachineIdentity {
  /** Unique in the world; an auditor's first machine is called as the auditor. */
  readonly place: string;
  /** The auditor's name; the place of an observer. */
  readonly name: string;
  readonly role: "auditor" | "observer";
  readonly character: Character;
}

/** Something with a place in the network: an auditor's node, an observer's, a liar's. */
export interface Machine extends MachineIdentity {
  /** 1 for its first life, 0 before it. */
  readonly life: number;
  readonly isUp: boolean;
  /** Of the life that is up. */
  readonly ledger: Ledger | undefined;
  up(): void;
  down(why: EndOfLife): void;
  /** As its HTTP API answers a client; undefined where it holds no head. Never settles once that life has ended. */
  quorum(epoch: number | "latest", min: number): Promise<QuorumAnswer | undefined>;
  /** What it holds of an epoch, as its HTTP API shows it. Never settles once that life has ended. */
  heads(epoch: number): Promise<readonly HeadView[]>;
}
