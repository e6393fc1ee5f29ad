/**
 * The one exit for what enters the network here: a statement goes into this node's ledger by the same door as
 * everybody's, and only then, as the same bytes, to the others. (Evidence of a case is made of what the ledger holds,
 * and does not enter it again: StatementGossip.publishCase.)
 */
import { CoauditError } from "../core/errors.ts";
import type { Statement } from "../core/statement.ts";
import { encodeStatement } from "../core/statement-codec.ts";
import type { StatementGossip } from "../gossip/statement-gossip.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Outcome } from "../ledger/outcome.ts";

export interface OwnStatementsModules {
  readonly ledger: Pick<Ledger, "receive">;
  readonly gossip: Pick<StatementGossip, "publish">;
}

/** Published only when it is new here: what a stranger hands in again must not go round again. */
const NEW: readonly Outcome[] = ["accepted", "accepted-conflict"];
/** An own statement that is known was perhaps not sent yet when the process died. */
const HELD: readonly Outcome[] = [...NEW, "known"];

export class OwnStatements {
  readonly #modules: OwnStatementsModules;

  constructor(modules: OwnStatementsModules) {
    this.#modules = modules;
  }

  /** What this node signed. Throws OWN_STATEMENT_REFUSED, after which nobody heard of it, and store errors. */
  async say(statement: Statement): Promise<void> {
    const outcome = await this.#enter(statement, HELD);
    if (HELD.includes(outcome)) return;
    const { type } = statement;
    const message = `the ledger did not take this node's own ${type} (${outcome}); is its key in the roster, with this origin, and its clock right?`;
    throw new CoauditError("OWN_STATEMENT_REFUSED", message, { type, outcome });
  }

  /** What another signed and a client handed in: what became of it is the client's answer. Throws store errors. */
  handIn(statement: Statement): Promise<Outcome> {
    return this.#enter(statement, NEW);
  }

  /** Publishing is not waited for: what is lost comes by head sync. */
  async #enter(statement: Statement, published: readonly Outcome[]): Promise<Outcome> {
    const { ledger, gossip } = this.#modules;
    const bytes = encodeStatement(statement);
    const outcome = await ledger.receive(bytes, "own");
    if (published.includes(outcome)) void gossip.publish(statement, bytes);
    return outcome;
  }
}
