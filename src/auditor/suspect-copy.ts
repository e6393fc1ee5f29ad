/** Copies a body into the quarantine while it is read. Never throws: a full disk must not keep an auditor from seeing what is wrong. */
import { errorMessage } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import type { Quarantine, QuarantineDraft, SuspectBody } from "./quarantine.ts";

export class SuspectCopy {
  readonly #log: Logger;
  readonly #suspect: SuspectBody;
  #draft: QuarantineDraft | undefined;

  private constructor(log: Logger, suspect: SuspectBody) {
    this.#log = log;
    this.#suspect = suspect;
  }

  static async begin(
    suspect: SuspectBody,
    modules: { readonly quarantine: Quarantine; readonly log: Logger },
  ): Promise<SuspectCopy> {
    const copy = new SuspectCopy(modules.log, suspect);
    await copy.#attempt(async () => {
      copy.#draft = await modules.quarantine.begin(suspect);
      if (copy.#draft === undefined)
        copy.#warn("the quarantine is full: move its files away to have further bodies kept");
    });
    return copy;
  }

  async write(chunk: Uint8Array): Promise<void> {
    const draft = this.#draft;
    if (draft === undefined || (await this.#attempt(() => draft.write(chunk)))) return;
    await this.discard();
  }

  async keep(sha256: Uint8Array, errorCode: string): Promise<void> {
    const draft = this.#draft;
    if (draft === undefined) return;
    this.#draft = undefined;
    await this.#attempt(() => draft.keep(sha256, errorCode));
  }

  /** Idempotent; does nothing after `keep`. */
  async discard(): Promise<void> {
    const draft = this.#draft;
    if (draft === undefined) return;
    this.#draft = undefined;
    await this.#attempt(() => draft.discard());
  }

  async #attempt(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      this.#warn(`a body could not be kept in the quarantine: ${errorMessage(error)}`);
      return false;
    }
  }

  #warn(message: string): void {
    const { namespace, blobName } = this.#suspect;
    this.#log.warn({ namespace, blobName }, message);
  }
}
