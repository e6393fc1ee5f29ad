/**
 * Halts the audit of a namespace when a head under this node's own key does not follow from its claims. [a second
 * machine, a restored backup, a thief]
 */
import { fromBase64, toHex } from "../core/bytes.ts";
import { errorMessage } from "../core/errors.ts";
import type { AuditorHead } from "../core/head.ts";
import type { Logger } from "../core/log.ts";
import type { KeyRotation } from "../core/statement.ts";
import { decodeStatement } from "../core/statement-codec.ts";
import { strayOwnHead, strayRotation } from "./own-key.ts";
import type { NodeParts } from "./parts.ts";

export interface OwnKeyWatchModules {
  readonly parts: Pick<NodeParts, "ledger" | "claims" | "signer" | "auditors">;
  readonly log: Logger;
}

export class OwnKeyWatch {
  readonly #ownName: string;
  readonly #modules: OwnKeyWatchModules;
  readonly #working: Set<Promise<void>> = new Set();

  constructor(options: { ownName: string }, modules: OwnKeyWatchModules) {
    this.#ownName = options.ownName;
    this.#modules = modules;
  }

  /** Before the node sends or receives anything. */
  start(): void {
    this.#modules.parts.ledger.onEvent((event) => {
      if (event.type === "own-key-conflict") this.#halt(event.head);
      if (event.type === "rotation" || event.type === "case-opened") this.#checkRotations();
    });
  }

  /** Resolves when every halt that was called for is on disk, or could not be put there. */
  async idle(): Promise<void> {
    while (this.#working.size > 0) await Promise.all(this.#working);
  }

  /**
   * Claims and the newest own head known must agree before anything is signed. [claims restored from a backup, but not
   * the ledger]
   */
  async checkOwnHeads(): Promise<void> {
    const { ledger, claims, signer, auditors } = this.#modules.parts;
    const name = this.#ownName;
    await this.#haltForRotations();
    // A conviction of this node itself without the halt that it should cause: a crash came between the two.
    const convicting = ledger
      .cases()
      .filter(({ subject }) => subject.kind === "auditor" && subject.auditor === name)
      .flatMap(({ exhibits }) => exhibits.map((exhibit) => decodeStatement(fromBase64(exhibit))))
      .filter((statement) => statement.type === "signed-head" || statement.type === "half-head");
    for (const namespace of auditors.keys()) {
      const epoch = await ledger.statements.newestEpoch(namespace, name);
      const heads = epoch === undefined ? [] : (await ledger.epochView(namespace, epoch)).heads;
      const own = heads.filter(({ auditor }) => auditor === name).map(({ head }) => head);
      own.push(...convicting.filter((head) => head.namespace === namespace));
      const stray = await strayOwnHead(own, { claims, signer });
      if (stray !== undefined) this.#halt(stray);
    }
  }

  /** A node makes no rotation itself; one that its operator adopted stands in its roster. */
  async #haltForRotations(): Promise<void> {
    const { ledger, signer, auditors } = this.#modules.parts;
    const slot = await ledger.statements.rotationSlot(signer.publicKey);
    const stray = strayRotation(
      ledger.statements.statementsOf<KeyRotation>(slot).map(({ statement }) => statement),
      { roster: ledger.assumptions.roster, name: this.#ownName },
    );
    if (stray === undefined) return;
    const detail = `this node's key was rotated to ${toHex(stray.newPublicKey)}, which its roster does not list under ${this.#ownName}: whoever made that has the key`;
    for (const namespace of auditors.keys()) this.#haltNamespace(namespace, detail);
  }

  #checkRotations(): void {
    this.#work(this.#haltForRotations(), "rotations of this node's key could not be read");
  }

  #halt(head: AuditorHead): void {
    const detail = `a head for epoch ${head.epoch} (${toHex(head.digest)}) is signed with this node's key but does not follow from its claims: a second machine or a restored backup`;
    this.#haltNamespace(head.namespace, detail);
  }

  #haltNamespace(namespace: string, detail: string): void {
    const halting = this.#modules.parts.auditors.get(namespace)?.haltOwnKeyConflict(detail);
    if (halting !== undefined) this.#work(halting, "the halt is not on disk yet");
  }

  #work(work: Promise<void>, failed: string): void {
    const done = work
      .catch((error: unknown) => this.#modules.log.error({ error: errorMessage(error) }, failed))
      .finally(() => this.#working.delete(done));
    this.#working.add(done);
  }
}
