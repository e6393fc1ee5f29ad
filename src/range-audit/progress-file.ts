/** How far an audit of a range has come, in a small file that is replaced whole. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { ConfigurationName } from "../akd/configuration.ts";
import { fromHex, toHex } from "../core/bytes.ts";
import { CoauditError } from "../core/errors.ts";
import { replaceFile } from "../platform/replace-file.ts";
import { systemClock } from "../platform/system.ts";

/** What an audit is about: another range, log or root is another audit. */
export interface RangeAuditSubject {
  readonly log: string;
  readonly configuration: ConfigurationName;
  readonly from: number;
  readonly root?: Uint8Array;
}

export interface RangeAuditPosition {
  /** All epochs up to this one are verified. */
  readonly epoch: number;
  readonly digest: Uint8Array;
  /** Digest of the epoch before the first. */
  readonly root: Uint8Array;
}

const SAVE_EVERY_MS = 1000;

export class RangeAuditState {
  readonly #path: string;
  readonly #subject: string;
  #position: RangeAuditPosition | undefined;
  #savedMs = systemClock.elapsedMs();
  #isDirty = false;

  /** Reads the file if there is one. Throws USAGE for one that is not of this audit. */
  static async open(subject: RangeAuditSubject, path?: string): Promise<RangeAuditState> {
    const { log, configuration, from, root } = subject;
    const text = JSON.stringify([log, configuration, from, root === undefined ? null : toHex(root)]);
    const hash = createHash("sha256").update(text).digest("hex").slice(0, 16);
    const state = new RangeAuditState(path ?? `coaudit-audit-range-${hash}.json`, text);
    await state.#read();
    return state;
  }

  private constructor(path: string, subject: string) {
    this.#path = path;
    this.#subject = subject;
  }

  get position(): RangeAuditPosition | undefined {
    return this.#position;
  }

  async advance(position: RangeAuditPosition): Promise<void> {
    this.#position = position;
    this.#isDirty = true;
    if (systemClock.elapsedMs() - this.#savedMs >= SAVE_EVERY_MS) await this.save();
  }

  async save(): Promise<void> {
    if (!this.#isDirty || this.#position === undefined) return;
    const { epoch, digest, root } = this.#position;
    const content = { subject: this.#subject, epoch, digest: toHex(digest), root: toHex(root) };
    this.#isDirty = false;
    this.#savedMs = systemClock.elapsedMs();
    await replaceFile(this.#path, `${JSON.stringify(content)}\n`);
  }

  async #read(): Promise<void> {
    let text: string;
    try {
      text = await readFile(this.#path, "utf8");
    } catch (error) {
      if ((error as { code?: unknown }).code === "ENOENT") return;
      throw error;
    }
    const content = parsed(text);
    if (content?.subject !== this.#subject) {
      const message = `${this.#path} is not the state of this audit; name another file with --state, or remove it`;
      throw new CoauditError("USAGE", message, { option: "--state" });
    }
    const { epoch, digest, root } = content;
    this.#position = { epoch, digest: fromHex(digest, "digest"), root: fromHex(root, "root") };
  }
}

interface StateContent {
  subject: string;
  epoch: number;
  digest: string;
  root: string;
}

function parsed(text: string): StateContent | undefined {
  try {
    const content = JSON.parse(text) as Partial<StateContent> | null;
    const isWhole =
      typeof content?.subject === "string" &&
      Number.isSafeInteger(content.epoch) &&
      /^[0-9a-f]{64}$/.test(content.digest ?? "") &&
      /^[0-9a-f]{64}$/.test(content.root ?? "");
    return isWhole ? (content as StateContent) : undefined;
  } catch {
    return undefined;
  }
}
