/** How a node reacts to its ledger's news: alerts, evidence for the others, new addresses to dial. */
import { convictedBy } from "../core/evidence.ts";
import type { Logger } from "../core/log.ts";
import type { LedgerEvent } from "../ledger/ledger-types.ts";
import type { ListeningParts } from "./parts.ts";
import { caseViews } from "./status.ts";

/** Lines at start about cases that nobody acknowledged, the weightiest first; the number of all stands in each. */
const MAX_REMINDERS = 16;

export class LedgerWatch {
  readonly #parts: ListeningParts;
  readonly #log: Logger;

  constructor(modules: { parts: ListeningParts; log: Logger }) {
    this.#parts = modules.parts;
    this.#log = modules.log;
  }

  /** Before the node sends or receives anything. */
  start(): void {
    this.#parts.ledger.onEvent((event) => this.#follow(event));
    this.#remindOfCases();
  }

  #follow(event: LedgerEvent): void {
    const { gossip, dialer, peerNames } = this.#parts;
    switch (event.type) {
      case "case-opened":
      case "case-changed": {
        const { id, subject, class: caseClass } = event.record;
        const fields = { case: id, class: caseClass, subject };
        // A lead proves nothing: worth a look by day.
        if (convictedBy(subject, caseClass) === "nobody") this.#log.warn(fields, "a lead: auditors differ");
        else this.#log.error(fields, event.type === "case-opened" ? "a case was opened" : "a case has changed class");
        void gossip.publishCase(event.record);
        return;
      }
      case "case-explained":
        this.#log.warn({ case: event.record.id }, "a case does not hold any more");
        return;
      case "origin-mismatch": {
        const { namespace, origin } = event.head;
        this.#log.warn(
          { auditor: event.auditor, namespace, theirs: origin },
          "another origin for this namespace: one of the two nodes is misconfigured",
        );
        return;
      }
      case "record":
        if (peerNames.learn(event.record)) dialer.setTargets(peerNames.targets());
        return;
    }
  }

  /** A process that dies between storing a case and logging it would keep the case to itself. */
  #remindOfCases(): void {
    const unseen = caseViews(this.#parts.ledger).filter((view) => view.state === "open" && !view.acknowledged);
    for (const { id, subject, class: caseClass } of unseen.slice(0, MAX_REMINDERS)) {
      const fields = { case: id, class: caseClass, subject, unacknowledged: unseen.length };
      if (convictedBy(subject, caseClass) === "nobody") this.#log.warn(fields, "a lead is not acknowledged");
      else this.#log.error(fields, "a case is open and not acknowledged");
    }
  }
}
