/**
 * Halts the audit of a namespace when a head under this node's own key does not follow from its claims. [a second
 * machine, a restored backup, a thief]
 */
import { fromBase64, toHex } from "../core/bytes.ts";
import { errorMessage } from "../core/errors.ts";
import type { AuditorHead } from "../core/head.ts";
import type { Logger } from "../core/log.ts";
import { decodeStatement } from "../core/statement-codec.ts";
import { strayOwnHead } from "./own-key.ts";
import type { NodeParts } from "./parts.ts";

export interface OwnKeyWatchModules {
  readonly parts: Pick<NodeParts, "ledger" | "claims" | "signer" | "auditors">;
  readonly log: Logger;
}

export class OwnKeyWatch {
  readonly #ownName: string;
  readonly #modules: OwnKeyWatchModules;

  constructor(options: { ownName: string }, modules: OwnKeyWatchModules) {
    this.#ownName = options.ownName;
    this.#modules = modules;
  }

  /** Before the node sends or receives anything. */
  start(): void {
    this.#modules.parts.ledger.onEvent((event) => {
      if (event.type === "own-key-conflict") this.#halt(event.head);
    });
  }

  /**
   * Claims and the newest own head known must agree before anything is signed. [claims restored from a backup, but not
   * the ledger]
   */
  async checkOwnHeads(): Promise<void> {
    const { ledger, claims, signer, auditors } = this.#modules.parts;
    const name = this.#ownName;
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

  #halt(head: AuditorHead): void {
    const { parts, log } = this.#modules;
    const detail = `a head for epoch ${head.epoch} (${toHex(head.digest)}) is signed with this node's key but does not follow from its claims: a second machine or a restored backup`;
    parts.auditors
      .get(head.namespace)
      ?.haltOwnKeyConflict(detail)
      .catch((error: unknown) => {
        log.error({ error: errorMessage(error) }, "the halt is not on disk yet");
      });
  }
}
