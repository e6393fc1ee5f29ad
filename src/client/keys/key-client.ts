/**
 * Is this contact's key right, and is my own? Proofs are checked here, against the digest that a quorum of auditors
 * signed and with the VRF key that the app was delivered with (docs/key-verification.md).
 */
import type { KeyVersion } from "../../akd/keys/key-check.ts";
import type { HistoryExtent } from "../../akd/keys/verify-history.ts";
import { equalBytes, fromHex, toHex } from "../../core/bytes.ts";
import type { Clock } from "../../core/clock.ts";
import { CoauditError } from "../../core/errors.ts";
import { webClock } from "../web-system.ts";
import type { ContactAnswer, KeyAnswer, KeyDirectory, OwnAnswer } from "./answers.ts";
import { judgeContact } from "./contact-rules.ts";
import { KeyBook, keptKey, type NamespaceBook, type PendingAnswer, shownKey } from "./key-book.ts";
import {
  type AlarmReason,
  COMPLAINT_FORMAT,
  type ContactResult,
  type KeyAlarm,
  type KeyUnconfirmed,
  type OwnKeyResult,
  type UnconfirmedReason,
} from "./key-results.ts";
import { type KeyStorage, memoryKeys } from "./key-storage.ts";
import * as words from "./key-words.ts";
import { brokenHistory, joins, judgeOwn } from "./own-rules.ts";
import { isOverdue, isSameAnswer, remember } from "./pending.ts";
import { proveContact, proveOwn } from "./prove.ts";
import { MAX_EPOCHS_BEHIND, type Quorum, type Stand, standOf } from "./quorum-stand.ts";

export interface KeyClientOptions {
  readonly quorum: Quorum;
  /** By namespace. */
  readonly directories: Readonly<Record<string, KeyDirectory>>;
  /** Default: in memory, so that a new program knows no contact and can be shown old epochs. */
  readonly storage?: KeyStorage;
}

export interface SettledAnswer {
  readonly label: Uint8Array;
  readonly epoch: number;
  readonly result: ContactResult;
}

/** How long a stand is good for: many contacts are checked at one epoch. */
const STAND_MS = 60_000;
const MAX_STANDS = 64;
/** An answer that the auditors passed by is forgotten after a day; it was `unconfirmed` all the time. */
const FORGET_MS = 86_400_000;

export class KeyClient {
  readonly #quorum: Quorum;
  readonly #directories: ReadonlyMap<string, KeyDirectory>;
  readonly #book: KeyBook;
  readonly #clock: Clock;
  readonly #stands = new Map<string, { readonly stand: Stand; readonly atMs: number }>();
  /** The quorum's newest epoch in each namespace, as far as this client has heard. */
  readonly #newest = new Map<string, number>();

  constructor(options: KeyClientOptions, modules: { readonly clock?: Clock } = {}) {
    this.#quorum = options.quorum;
    this.#directories = new Map(Object.entries(options.directories));
    this.#book = new KeyBook(options.storage ?? memoryKeys());
    this.#clock = modules.clock ?? webClock;
  }

  /**
   * The directory's answer about a contact, and the key that the app is about to use. Throws NAMESPACE_UNKNOWN,
   * KEY_STATE_INVALID, and what QuorumClient throws.
   */
  async verifyContact(answer: ContactAnswer): Promise<ContactResult> {
    const { namespace, proof, epoch } = answer;
    const directory = this.#directory(namespace);
    const label = toHex(answer.label);
    if (isOtherVrfKey(answer, directory)) return this.#alarm("other-vrf-key", answer, []);
    if (proof.kind === "none") {
      const isKnown = await this.#book.change(namespace, ({ contacts }) => Object.hasOwn(contacts, label));
      return isKnown
        ? this.#alarm("left-directory", answer, [])
        : { result: "not-in-directory", ...words.NOT_IN_DIRECTORY };
    }
    const proven = await proveContact(answer, proof, directory, this.#clock);
    if (proven.kind === "wrong") return this.#wrongProof(proven.code, answer);
    const [shown] = proven.versions;
    if (shown.isTombstone) return this.#alarm("value-removed", answer, proven.versions);
    if (!equalBytes(shown.value, answer.value)) return this.#alarm("other-key", answer, proven.versions);
    const acceptedEpoch = await this.#book.change(namespace, (book) => book.acceptedEpoch);
    if (epoch < acceptedEpoch) return { result: "outdated", epoch, newestEpoch: acceptedEpoch, ...words.OUTDATED };
    const stand = await this.#stand(answer);
    const now = this.#clock.now();
    return this.#book.change(namespace, (book): ContactResult => {
      // Again: another check may have accepted a newer epoch while the auditors were asked.
      if (epoch < book.acceptedEpoch)
        return { result: "outdated", epoch, newestEpoch: book.acceptedEpoch, ...words.OUTDATED };
      const known = Object.hasOwn(book.contacts, label) ? book.contacts[label] : undefined;
      const judged = judgeContact(known, keptKey(shown), proof.kind);
      if (stand.kind === "signed" || stand.kind === "pending") {
        if (judged.kind === "alarm") return this.#alarm(judged.reason, answer, proven.versions);
      }
      if (stand.kind === "pending") {
        const digest = toHex(answer.digest);
        const pending = { label, epoch, digest, shown: keptKey(shown), about: proof.kind, sinceMs: now };
        return this.#remember(book, pending, now);
      }
      if (stand.kind !== "signed") return this.#unsigned(stand, answer, proven.versions);
      book.acceptedEpoch = Math.max(book.acceptedEpoch, epoch);
      if (judged.kind === "lookup-only") return unconfirmed("lookup-only");
      book.contacts[label] = keptKey(shown);
      return judged.kind === "changed"
        ? { result: "changed", shown, previousVersion: judged.previousVersion, epoch, ...words.CHANGED }
        : { result: "verified", shown, epoch, ...words.VERIFIED };
    });
  }

  /**
   * The history of the own key: all versions, or as many as it takes to reach the last one seen. Alarms at once for a
   * version that is not on the owner's list. Throws as verifyContact.
   */
  async verifyHistory(answer: OwnAnswer): Promise<OwnKeyResult> {
    const { namespace, proof, epoch, mine } = answer;
    const directory = this.#directory(namespace);
    const label = toHex(answer.label);
    if (isOtherVrfKey(answer, directory)) return this.#alarm("other-vrf-key", answer, []);
    if (proof.kind === "none") {
      const isKnown = await this.#book.change(namespace, ({ own }) => Object.hasOwn(own, label));
      if (isKnown) return this.#alarm("left-directory", answer, []);
      return mine.size > 0 ? unconfirmed("own-key-missing") : { result: "not-in-directory", ...words.NOT_IN_DIRECTORY };
    }
    const proven = await proveOwn(answer, proof, directory, this.#clock);
    if (proven.kind === "wrong") return this.#wrongProof(proven.code, answer);
    const { versions } = proven;
    const [newest] = versions;
    const foreign = judgeOwn(versions, mine, answer.withdrawn ?? new Set());
    // Whoever stands behind the digest: it was shown to this owner, and it proves a key that is not the owner's.
    if (foreign !== undefined) return this.#alarm(foreign, answer, versions);
    const acceptedEpoch = await this.#book.change(namespace, (book) => book.acceptedEpoch);
    if (epoch < acceptedEpoch) return { result: "outdated", epoch, newestEpoch: acceptedEpoch, ...words.OUTDATED };
    const stand = await this.#stand(answer);
    const now = this.#clock.now();
    return this.#book.change(namespace, (book): OwnKeyResult => {
      if (epoch < book.acceptedEpoch)
        return { result: "outdated", epoch, newestEpoch: book.acceptedEpoch, ...words.OUTDATED };
      if (stand.kind === "pending") {
        const digest = toHex(answer.digest);
        return this.#remember(book, { label, epoch, digest, shown: keptKey(newest), about: "own", sinceMs: now }, now);
      }
      if (stand.kind !== "signed") return this.#unsigned(stand, answer, versions);
      const last = Object.hasOwn(book.own, label) ? book.own[label] : undefined;
      const broken = last === undefined ? undefined : brokenHistory(last, versions);
      if (broken !== undefined) return this.#alarm(broken, answer, versions);
      book.acceptedEpoch = Math.max(book.acceptedEpoch, epoch);
      // What was asked for was too little: that is no lie of the directory's.
      if (!joins(last, versions)) return unconfirmed("history-gap");
      book.own[label] = keptKey(newest);
      if (Math.max(...mine.keys()) > newest.version) return unconfirmed("own-key-missing");
      return { result: "verified", shown: newest, epoch, ...words.OWN_VERIFIED };
    });
  }

  /** How much of the own history to ask for, so that it joins the newest version that this device has seen. */
  async historyToAsk({
    namespace,
    label,
    mine,
  }: Pick<OwnAnswer, "namespace" | "label" | "mine">): Promise<HistoryExtent> {
    this.#directory(namespace);
    const name = toHex(label);
    const last = await this.#book.change(namespace, ({ own }) => (Object.hasOwn(own, name) ? own[name] : undefined));
    if (last === undefined) return { kind: "complete" };
    return { kind: "most-recent", count: Math.max(1, Math.max(...mine.keys()) - last.version + 1) };
  }

  /**
   * Asks the auditors again about every answer that was `pending`, or about those of one label, at its own epoch and
   * digest. An alarm comes again each time until `dismiss`; no later `verified` removes it.
   */
  async settle(namespace: string, ofLabel?: Uint8Array): Promise<SettledAnswer[]> {
    this.#directory(namespace);
    const name = ofLabel === undefined ? undefined : toHex(ofLabel);
    const waiting = await this.#book.change(namespace, ({ pending }) =>
      pending.filter(({ label }) => name === undefined || label === name),
    );
    const settled: SettledAnswer[] = [];
    for (const one of waiting) {
      const label = fromHex(one.label, "label");
      const answer = { namespace, label, epoch: one.epoch, digest: fromHex(one.digest, "digest") };
      const stand = await this.#stand(answer);
      const result = await this.#book.change(namespace, (book) => this.#settled(book, one, answer, stand));
      settled.push({ label, epoch: one.epoch, result });
    }
    return settled;
  }

  /** Forgets what waits for auditors about this label: after an alarm that was dealt with. */
  async dismiss(namespace: string, label: Uint8Array): Promise<void> {
    const name = toHex(label);
    await this.#book.change(namespace, ({ pending }) => {
      pending.splice(0, pending.length, ...pending.filter((one) => one.label !== name));
    });
  }

  #settled(book: NamespaceBook, one: PendingAnswer, answer: KeyAnswer, stand: Stand): ContactResult {
    const now = this.#clock.now();
    const forget = (): void => {
      const at = book.pending.findIndex((other) => isSameAnswer(other, one));
      if (at >= 0) book.pending.splice(at, 1);
    };
    const shown = shownKey(one.shown);
    const { epoch } = one;
    if (stand.kind === "pending" || stand.kind === "not-signed" || stand.kind === "no-answer") {
      // Not while the auditors are below it: a fork that is shown days ahead of them is found when they come to it.
      if (stand.kind === "not-signed" && now - one.sinceMs > FORGET_MS) forget();
      if (stand.kind === "no-answer") return unconfirmed("no-answer");
      const isBehind = stand.kind === "pending" && (stand.newestEpoch ?? 0) - epoch > MAX_EPOCHS_BEHIND;
      const isWaiting = stand.kind === "pending" && !isBehind && !isOverdue(one, now);
      return isWaiting ? { result: "pending", epoch, ...words.PENDING } : unconfirmed("not-signed");
    }
    if (stand.kind !== "signed" && stand.kind !== "outdated") return this.#unsigned(stand, answer, [shown]);
    forget();
    if (one.about === "own") return { result: "verified", shown, epoch, ...words.OWN_VERIFIED };
    const known = Object.hasOwn(book.contacts, one.label) ? book.contacts[one.label] : undefined;
    // What was confirmed since then is newer.
    if (epoch < book.acceptedEpoch || stand.kind === "outdated")
      return {
        result: "outdated",
        epoch,
        newestEpoch: Math.max(book.acceptedEpoch, stand.newestEpoch),
        ...words.OUTDATED,
      };
    const judged = judgeContact(known, one.shown, one.about);
    if (judged.kind === "alarm") return this.#alarm(judged.reason, answer, [shown]);
    book.acceptedEpoch = Math.max(book.acceptedEpoch, epoch);
    if (judged.kind === "lookup-only") return unconfirmed("lookup-only");
    book.contacts[one.label] = one.shown;
    return judged.kind === "changed"
      ? { result: "changed", shown, previousVersion: judged.previousVersion, epoch, ...words.CHANGED }
      : { result: "verified", shown, epoch, ...words.VERIFIED };
  }

  #remember(
    book: NamespaceBook,
    answer: PendingAnswer,
    now: number,
  ): Extract<ContactResult, { result: "pending" | "unconfirmed" }> {
    switch (remember(book.pending, answer, now)) {
      case "waiting":
        return { result: "pending", epoch: answer.epoch, ...words.PENDING };
      case "overdue":
        return unconfirmed("not-signed");
      case "full":
        return unconfirmed("too-many-pending");
    }
  }

  #unsigned(
    stand: Exclude<Stand, { kind: "signed" | "pending" }>,
    answer: KeyAnswer,
    shown: readonly Pick<KeyVersion, "version" | "epoch" | "value">[],
  ): Extract<OwnKeyResult, { result: "outdated" | "unconfirmed" | "alarm" }> {
    switch (stand.kind) {
      case "outdated":
        return { result: "outdated", epoch: answer.epoch, newestEpoch: stand.newestEpoch, ...words.OUTDATED };
      case "not-signed":
      case "no-answer":
        return unconfirmed(stand.kind);
      case "wrong-digest":
        return this.#alarm("wrong-digest", answer, shown, { report: stand.report });
      case "conflict":
        return this.#alarm("auditors-conflict", answer, shown);
    }
  }

  async #stand({ namespace, epoch, digest }: KeyAnswer): Promise<Stand> {
    const name = `${namespace} ${epoch} ${toHex(digest)}`;
    const known = this.#stands.get(name);
    const isFresh = known !== undefined && this.#clock.elapsedMs() - known.atMs < STAND_MS;
    const stand = isFresh ? known.stand : await standOf(this.#quorum, namespace, epoch, digest);
    if (!isFresh) this.#keepStand(name, stand);
    // What is known of one answer's stand counts for all: an older one is outdated before its own time has passed.
    const newestEpoch = Math.max(
      this.#newest.get(namespace) ?? 0,
      "newestEpoch" in stand ? (stand.newestEpoch ?? 0) : 0,
    );
    this.#newest.set(namespace, newestEpoch);
    return stand.kind === "signed" && newestEpoch - epoch > MAX_EPOCHS_BEHIND
      ? { kind: "outdated", newestEpoch }
      : stand;
  }

  #keepStand(name: string, stand: Stand): void {
    this.#stands.delete(name);
    if (stand.kind === "signed") this.#stands.set(name, { stand, atMs: this.#clock.elapsedMs() });
    for (const oldest of [...this.#stands.keys()].slice(0, -MAX_STANDS)) this.#stands.delete(oldest);
  }

  #wrongProof(code: string, answer: ContactAnswer | OwnAnswer): KeyAlarm {
    return this.#alarm(code === "KEY_PROOF_TOMBSTONE" ? "value-removed" : "proof-invalid", answer, [], { code });
  }

  #alarm(
    reason: AlarmReason,
    answer: KeyAnswer & { readonly proof?: ContactAnswer["proof"] | OwnAnswer["proof"] },
    shown: readonly Pick<KeyVersion, "version" | "epoch" | "value">[],
    more: Pick<KeyAlarm["complaint"], "code" | "report"> = {},
  ): KeyAlarm {
    const { namespace, label, epoch, digest, proof } = answer;
    const reportedAtMs = this.#clock.now();
    return {
      result: "alarm",
      reason,
      complaint: { format: COMPLAINT_FORMAT, namespace, reason, epoch, digest: toHex(digest), reportedAtMs, ...more },
      evidence: { label, ...(proof !== undefined && proof.kind !== "none" ? { proof: proof.bytes } : {}), shown },
      ...words.ALARMS[reason],
    };
  }

  #directory(namespace: string): KeyDirectory {
    const directory = this.#directories.get(namespace);
    if (directory !== undefined) return directory;
    const message = `no directory is known for ${namespace}: add its configuration and VRF key to "directories"`;
    throw new CoauditError("NAMESPACE_UNKNOWN", message, { namespace });
  }
}

function unconfirmed(reason: UnconfirmedReason): KeyUnconfirmed {
  return { result: "unconfirmed", reason, ...words.UNCONFIRMED[reason] };
}

function isOtherVrfKey({ vrfKey }: KeyAnswer, directory: KeyDirectory): boolean {
  return vrfKey !== undefined && !equalBytes(vrfKey, directory.vrfKey);
}
