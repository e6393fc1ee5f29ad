/** Copies a body to its draft while somebody else reads it. Never throws: a full disk must not stop the audit. */

/** Ended by `discard`, or by another method of its kind. */
export interface BodyDraft {
  write(chunk: Uint8Array): Promise<void>;
  discard(): Promise<void>;
}

export class BodyCopy<Draft extends BodyDraft> {
  readonly #onFailure: (error: unknown) => void;
  #draft: Draft | undefined;

  private constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  /** Without a draft (no room, or it failed) everything below does nothing. */
  static async begin<Draft extends BodyDraft>(
    open: () => Promise<Draft | undefined>,
    onFailure: (error: unknown) => void,
  ): Promise<BodyCopy<Draft>> {
    const copy = new BodyCopy<Draft>(onFailure);
    await copy.#attempt(async () => {
      copy.#draft = await open();
    });
    return copy;
  }

  async write(chunk: Uint8Array): Promise<void> {
    const draft = this.#draft;
    if (draft === undefined || (await this.#attempt(() => draft.write(chunk)))) return;
    await this.discard();
  }

  /** The body is complete; `finish` ends the draft. */
  async keep(finish: (draft: Draft) => Promise<void>): Promise<void> {
    const draft = this.#draft;
    if (draft === undefined) return;
    this.#draft = undefined;
    await this.#attempt(() => finish(draft));
  }

  /** Idempotent; does nothing after `keep`. */
  async discard(): Promise<void> {
    await this.keep((draft) => draft.discard());
  }

  async #attempt(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      this.#onFailure(error);
      return false;
    }
  }
}
