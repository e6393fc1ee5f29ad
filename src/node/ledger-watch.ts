/** What a node makes of its ledger's news: alerts, evidence for the others, a halt when its own key speaks elsewhere. */
import { fromBase64, toHex } from "../core/bytes.ts";
import { errorMessage } from "../core/errors.ts";
import type { AuditorHead } from "../core/head.ts";
import type { Logger } from "../core/log.ts";
import { decodeStatement } from "../core/statement-codec.ts";
import type { LedgerEvent } from "../ledger/ledger-types.ts";
import type { NodeParts } from "./assemble.ts";
import { caseViews } from "./node-status.ts";
import { strayOwnHead } from "./own-key.ts";

/** Lines at start about cases that nobody acknowledged, newest first; the number of all stands in each. */
const MAX_REMINDERS = 16;

export class LedgerWatch {
  readonly #ownName: string;
  readonly #parts: NodeParts;
  readonly #log: Logger;

  constructor(options: { ownName: string }, modules: { parts: NodeParts; log: Logger }) {
    this.#ownName = options.ownName;
    this.#parts = modules.parts;
    this.#log = modules.log;
  }

  /** Before the node is heard or hears anything. */
  start(): void {
    this.#parts.ledger.onEvent((event) => this.#follow(event));
    this.#remindOfCases();
  }

  /** Claims and the newest own head known must agree before anything is signed. [claims put back from a backup, the ledger not] */
  async checkOwnHeads(): Promise<void> {
    const { ledger, claims, signer } = this.#parts;
    const name = this.#ownName;
    // A conviction of this node itself that outlived the halt it caused: a crash came between the two.
    const convicting = ledger
      .cases()
      .filter(({ subject }) => subject.kind === "auditor" && subject.auditor === name)
      .flatMap(({ exhibits }) => exhibits.map((exhibit) => decodeStatement(fromBase64(exhibit))))
      .filter((statement) => statement.type === "signed-head" || statement.type === "half-head");
    for (const namespace of this.#parts.auditors.keys()) {
      const epoch = await ledger.statements.newestEpoch(namespace, name);
      const heads = epoch === undefined ? [] : (await ledger.epochView(namespace, epoch)).heads;
      const own = heads.filter(({ auditor }) => auditor === name).map(({ head }) => head);
      own.push(...convicting.filter((head) => head.namespace === namespace));
      const stray = await strayOwnHead(own, { claims, signer });
      if (stray !== undefined) this.#haltForOwnKey(stray);
    }
  }

  #follow(event: LedgerEvent): void {
    const { gossip, dialer, peerNames } = this.#parts;
    switch (event.type) {
      case "case-opened":
      case "case-changed": {
        const { id, subject, class: caseClass } = event.record;
        this.#log.error(
          { case: id, class: caseClass, subject },
          event.type === "case-opened" ? "a case was opened" : "a case changed its class",
        );
        void gossip.publishCase(event.record);
        return;
      }
      case "case-explained":
        this.#log.warn({ case: event.record.id }, "a case is explained by a conviction");
        return;
      case "own-key-conflict":
        this.#haltForOwnKey(event.head);
        return;
      case "origin-mismatch": {
        const { namespace, origin } = event.head;
        this.#log.warn(
          { auditor: event.auditor, namespace, theirs: origin },
          "another origin for this namespace: one of us is configured wrongly",
        );
        return;
      }
      case "record":
        if (peerNames.learn(event.record)) dialer.setTargets(peerNames.targets());
        return;
    }
  }

  /** A process that dies between a case on disk and the line in its log would keep the case to itself. */
  #remindOfCases(): void {
    const unseen = caseViews(this.#parts.ledger).filter((view) => view.state === "open" && !view.acknowledged);
    for (const { id, subject, class: caseClass } of unseen.slice(0, MAX_REMINDERS)) {
      const fields = { case: id, class: caseClass, subject, unacknowledged: unseen.length };
      this.#log.error(fields, "a case is open and not acknowledged");
    }
  }

  #haltForOwnKey(head: AuditorHead): void {
    const auditor = this.#parts.auditors.get(head.namespace);
    const detail = `a head for epoch ${head.epoch} (${toHex(head.digest)}) exists under this node's key that its claims do not yield: a second machine or a restored backup`;
    auditor?.haltOwnKeyConflict(detail).catch((error: unknown) => {
      this.#log.error({ error: errorMessage(error) }, "the halt is not on disk yet");
    });
  }
}
