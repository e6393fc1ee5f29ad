/**
 * What this node has promised to sign, for ever: at most one digest per origin and epoch. A promise is on disk, synced,
 * in two places, before the signature exists; claims are never pruned (docs/protocol.md 11).
 *
 * A book cannot detect that its whole folder was restored to an earlier state: whoever starts signing compares
 * `newest()` with the newest own head that it or its peers hold.
 */
import { equalBytes, toHex } from "../../core/bytes.ts";
import { CoauditError, errorMessage } from "../../core/errors.ts";
import { Serial } from "../../core/serial.ts";
import { claimKey } from "../store/keyspace.ts";
import {
  type ClaimBookModules,
  type ClaimBookOptions,
  createBook,
  type OpenedClaims,
  openClaims,
} from "./claim-open.ts";
import {
  type Claim,
  type ClaimRecord,
  type ClockWord,
  checkClaim,
  decodeRecord,
  encodeRecord,
  type Halt,
  type Mark,
  recordKey,
} from "./claim-record.ts";
import { type RepairOptions, type RepairReport, repairClaims } from "./claim-repair.ts";
import { openValue, putRecord } from "./claims-level.ts";
import type { BookOrigin } from "./claims-log.ts";

export class ClaimBook {
  readonly #folder: string;
  readonly #opened: OpenedClaims;
  #failure: unknown;
  #closed: Promise<void> | undefined;
  // Unbounded, but only this node's own auditors use it, one claim at a time each.
  readonly #turns = new Serial();

  private constructor(folder: string, opened: OpenedClaims) {
    this.#folder = folder;
    this.#opened = opened;
  }

  /** Throws what openClaims throws: CLAIMS_LOST and CLAIMS_DAMAGED first of all. */
  static async open(options: ClaimBookOptions, modules: ClaimBookModules): Promise<ClaimBook> {
    return new ClaimBook(options.folder, await openClaims(options, modules));
  }

  /** An empty book, together with its key. See createBook. */
  static async create(options: ClaimBookOptions, modules: ClaimBookModules): Promise<ClaimBook> {
    return new ClaimBook(options.folder, await createBook(options, modules));
  }

  /** For a book that does not open: builds a new one from every record that can still be read. See repairClaims. */
  static repair(options: RepairOptions, modules: ClaimBookModules): Promise<RepairReport> {
    return repairClaims(options, modules);
  }

  /**
   * Compare-and-set of one slot. A slot that holds this digest answers with the stored claim, whose time, suite, key
   * and late flag are the ones to sign. A new claim is synced in both places when the promise resolves.
   *
   * Throws CLAIM_ORIGIN_MISMATCH; CLAIM_CONFLICT when the slot holds another digest; for a new claim CLAIM_UNMARKED,
   * CLAIM_BELOW_MARK, CLAIM_HALTED and CLAIM_CLOCK_BEHIND; STORE_FULL or STORE_IO when it could not be written, and
   * from then on CLAIMS_UNAVAILABLE.
   */
  claim(claim: Claim): Promise<Claim> {
    // Copied before the wait: what the caller does to its arrays meanwhile must not change the promise.
    const asked = copyOf(claim);
    return this.#inTurn(async () => {
      checkClaim(asked);
      const { state } = this.#opened;
      state.checkOrigin(asked);
      const stored = await this.#read(asked.namespace, asked.epoch);
      if (stored !== undefined) {
        if (equalBytes(stored.digest, asked.digest)) return stored;
        throw conflict(stored, asked);
      }
      if (this.isUnmarked(asked.namespace)) throw unmarked(asked);
      state.checkNew(asked);
      await this.#write({ type: "claim", ...asked });
      return copyOf(asked);
    });
  }

  /** The claim on disk for this slot. Throws STORE_DAMAGED if LevelDB returns something other than what was written. */
  get(namespace: string, epoch: number): Promise<Claim | undefined> {
    return this.#read(namespace, epoch);
  }

  newest(namespace: string): Claim | undefined {
    const claim = this.#opened.state.newest(namespace);
    return claim === undefined ? undefined : copyOf(claim);
  }

  /**
   * Nothing unclaimed at or below it is ever claimed: the newest claim or the watermark of a repair; 0 if there is
   * neither.
   */
  mark(namespace: string): number {
    return this.#opened.state.mark(namespace);
  }

  /** A write failed: nothing is promised until the book is opened again and its two copies are compared. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** How this book began. */
  get made(): BookOrigin {
    return this.#opened.header.made;
  }

  /**
   * Nobody said up to where a namespace of a repaired book may have been signed, so nothing new of it is ever claimed.
   */
  isUnmarked(namespace: string): boolean {
    return this.made === "repair" && !this.#opened.state.isMarked(namespace);
  }

  /** A person set a mark for it since the book was made. */
  isMarkedByPerson(namespace: string): boolean {
    return this.#opened.state.isMarkedByPerson(namespace);
  }

  /** Durable, and serialised with claims. A mark below what is known changes nothing but who made one. */
  setMark(namespace: string, { epoch, by, detail, atMs }: Mark): Promise<void> {
    return this.#inTurn(() => this.#write({ type: "mark", namespace, epoch, by, detail, atMs }));
  }

  /** Durable: from now on `atMs` is what no claim may be dated before, whatever the newest claim says. */
  setClock(namespace: string, { atMs, detail }: ClockWord): Promise<void> {
    return this.#inTurn(() => {
      const epoch = this.#opened.state.newest(namespace)?.epoch ?? 0;
      return this.#write({ type: "clock", namespace, epoch, atMs, detail });
    });
  }

  /** A person's newest word on this machine's clock. */
  clockWord(namespace: string): ClockWord | undefined {
    return this.#opened.state.clockWord(namespace);
  }

  /** No new claim is dated before it. */
  notBeforeMs(namespace: string): number | undefined {
    return this.#opened.state.notBeforeMs(namespace);
  }

  /** All that have a claim, a halt or a watermark, sorted. */
  namespaces(): string[] {
    return this.#opened.state.namespaces();
  }

  /**
   * Durable, and serialised with claims: once it resolves no new claim of the namespace is granted. A later halt
   * replaces an earlier one.
   */
  setHalt(namespace: string, halt: Halt): Promise<void> {
    const { reason, detail, atMs } = halt;
    return this.#inTurn(() => this.#write({ type: "halt", namespace, reason, detail, atMs }));
  }

  /** Durable; `detail` says who checked what. Does nothing for a namespace that is not halted. */
  clearHalt(namespace: string, { detail, atMs }: { detail: string; atMs: number }): Promise<void> {
    return this.#inTurn(async () => {
      if (this.haltOf(namespace) === undefined) return;
      await this.#write({ type: "resume", namespace, detail, atMs });
    });
  }

  haltOf(namespace: string): Halt | undefined {
    return this.#opened.state.haltOf(namespace);
  }

  /** Idempotent; waits for earlier calls, refuses later ones. */
  close(): Promise<void> {
    this.#closed ??= this.#turns.run(async () => {
      try {
        await this.#opened.log.close();
      } finally {
        await this.#opened.store.close();
      }
    });
    return this.#closed;
  }

  async #read(namespace: string, epoch: number): Promise<Claim | undefined> {
    const value = await this.#opened.store.get(claimKey(namespace, epoch));
    if (value === undefined) return undefined;
    const payload = openValue(value);
    const record = payload === undefined ? undefined : decodeRecord(payload);
    if (record?.type !== "claim" || record.namespace !== namespace || record.epoch !== epoch) {
      const reason = `the claim for epoch ${epoch} of ${namespace} does not match its checksum`;
      const message = `${this.#folder}: ${reason}. Check the disk and restart the node, which compares all claims.`;
      throw new CoauditError("STORE_DAMAGED", message, { folder: this.#folder, reason });
    }
    return copyOf(record);
  }

  /** Log first, then LevelDB: a record that only the log holds is the one a crash may leave (compareSides). */
  async #write(record: ClaimRecord): Promise<void> {
    const { log, store, state } = this.#opened;
    const payload = encodeRecord(record);
    const key = recordKey(record, state.eventsOf(record.namespace));
    try {
      await log.append(payload);
      await store.batch([putRecord(key, payload)], { sync: true });
    } catch (error) {
      // What is on disk is unknown now: after a failed fsync the kernel may drop the pages and report the next one as a
      // success.
      this.#failure = error;
      throw error;
    }
    state.apply(record);
  }

  /** One call after the other: of two claims for one slot the second sees the first. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed !== undefined) {
      const message = `the claim book ${this.#folder} is closed: nothing may use it after the node stopped`;
      return Promise.reject(new CoauditError("STORE_CLOSED", message, { path: this.#folder }));
    }
    return this.#turns.run(() => {
      this.#checkTrusted();
      return work();
    });
  }

  #checkTrusted(): void {
    if (this.#failure === undefined) return;
    const cause = errorMessage(this.#failure);
    throw new CoauditError(
      "CLAIMS_UNAVAILABLE",
      `${this.#folder}: writing a claim failed before (${cause}), so nothing is promised until the node is restarted and has compared its records`,
      { folder: this.#folder, cause },
      { cause: this.#failure },
    );
  }
}

/**
 * The fields of a claim and no others, with arrays of its own, so that no caller can change what the book remembers.
 */
function copyOf({ namespace, origin, epoch, digest, timestampMs, suite, late, publicKey }: Claim): Claim {
  return { namespace, origin, epoch, digest: digest.slice(), timestampMs, suite, late, publicKey: publicKey.slice() };
}

function conflict(stored: Claim, asked: Claim): CoauditError<"CLAIM_CONFLICT"> {
  const claimedDigest = toHex(stored.digest);
  const askedDigest = toHex(asked.digest);
  return new CoauditError(
    "CLAIM_CONFLICT",
    `epoch ${asked.epoch} of ${asked.namespace} is promised to digest ${claimedDigest}, so ${askedDigest} will never be signed: the provider shows two histories, or another node signs with this key`,
    { namespace: asked.namespace, epoch: asked.epoch, claimedDigest, askedDigest },
  );
}

function unmarked({ namespace, epoch }: Claim): CoauditError<"CLAIM_UNMARKED"> {
  return new CoauditError(
    "CLAIM_UNMARKED",
    `epoch ${epoch} of ${namespace} is not signed: the claims were repaired, and nobody said up to where ${namespace} may have been signed. Stop the node and run \`coaudit claims mark ${namespace} EPOCH --i-have-checked "..."\`.`,
    { namespace, epoch },
  );
}
