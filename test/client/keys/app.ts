/** One person's app, a directory that it asks, and auditors who sign what they are told to. */
import type { ContactAnswer, KeyDirectory as Pinned } from "../../../src/client/keys/answers.ts";
import { KeyClient } from "../../../src/client/keys/key-client.ts";
import type { ContactResult } from "../../../src/client/keys/key-results.ts";
import { type KeyStorage, memoryKeys } from "../../../src/client/keys/key-storage.ts";
import type { Quorum } from "../../../src/client/keys/quorum-stand.ts";
import type { CheckResult, Satisfied } from "../../../src/client/results.ts";
import { Teller } from "../../../src/client/texts.ts";
import { wrongDigestReport } from "../../../src/client/wrong-digest-report.ts";
import { toHex, utf8 } from "../../../src/core/bytes.ts";
import type { Clock } from "../../../src/core/clock.ts";
import { systemClock } from "../../../src/platform/system.ts";
import { KeyDirectory } from "../../../src/provider/keys/key-directory.ts";
import { NAMESPACE, ORIGIN } from "../../support/auditors.ts";
import { SeededRandom, settle } from "../../support/virtual-clock.ts";

export class SettableClock implements Clock {
  nowMs = 1_700_000_000_000;
  now(): number {
    return this.nowMs;
  }
  elapsedMs(): number {
    return this.nowMs;
  }
  /** At once, but after whatever is ready. */
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await settle();
    if (signal?.aborted !== true) this.nowMs += ms;
  }
}

/** The auditors' word about each epoch; a real QuorumClient gives the same results from signatures. */
export class Auditors implements Quorum {
  /** Digests in hex, by epoch. */
  readonly signed: Map<number, string> = new Map();
  trouble: "none" | "unreachable" | "conflict" = "none";

  sign(directory: KeyDirectory): void {
    this.signed.set(directory.epoch, toHex(directory.digest));
  }

  async check(_namespace: string, epoch: number, digest: string | Uint8Array): Promise<CheckResult> {
    const signed = this.signed.get(epoch);
    if (this.trouble !== "none") return this.#troubled();
    if (signed !== undefined) {
      const found = satisfied(epoch, signed);
      return new Teller(undefined, { clock: systemClock }).tell(
        signed === digest ? found : wrongDigestReport(found, String(digest), 0),
      );
    }
    const newest = Math.max(0, ...this.signed.keys());
    if (newest < epoch)
      return new Teller(undefined, { clock: systemClock }).tell({
        result: "pending",
        epoch,
        acceptedEpoch: newest,
        ...NOTHING,
      });
    return new Teller(undefined, { clock: systemClock }).tell({ result: "not-enough", ...NOTHING });
  }

  async latest(): Promise<Exclude<CheckResult, { result: "wrong-digest" }>> {
    if (this.trouble !== "none") return this.#troubled();
    const newest = Math.max(...this.signed.keys());
    return new Teller(undefined, { clock: systemClock }).tell(satisfied(newest, this.signed.get(newest)!));
  }

  #troubled(): Exclude<CheckResult, { result: "wrong-digest" }> {
    if (this.trouble === "unreachable")
      return new Teller(undefined, { clock: systemClock }).tell({ result: "no-answer", ...NOTHING });
    return new Teller(undefined, { clock: systemClock }).tell({ ...satisfied(1, ""), result: "conflict", files: [] });
  }
}

const NOTHING = { signers: [], missing: [], cases: [], nodes: [], unheard: [], explanation: "" };

function satisfied(epoch: number, digest: string): Satisfied {
  const head = { namespace: NAMESPACE, origin: ORIGIN, epoch, digest };
  return { result: "satisfied", head, certificate: {} as Satisfied["certificate"], ...NOTHING };
}

export class App {
  readonly clock: SettableClock = new SettableClock();
  readonly client: KeyClient;
  readonly storage: KeyStorage;

  constructor(directory: KeyDirectory, quorum: Quorum, storage: KeyStorage = memoryKeys()) {
    const pinned: Pinned = { configuration: directory.configuration, vrfKey: directory.vrfKey };
    this.storage = storage;
    this.client = new KeyClient({ quorum, directories: { [NAMESPACE]: pinned }, storage }, { clock: this.clock });
  }

  verify(answer: Omit<ContactAnswer, "namespace">): Promise<ContactResult> {
    return this.client.verifyContact({ namespace: NAMESPACE, ...answer });
  }
}

/** What an honest directory answers about a contact. */
export function answerOf(
  directory: KeyDirectory,
  label: Uint8Array,
  value: Uint8Array,
  kind: "lookup" | "most-recent" = "most-recent",
): Omit<ContactAnswer, "namespace"> {
  const bytes =
    kind === "lookup" ? directory.lookup(label)! : directory.history(label, { kind: "most-recent", count: 1 })!;
  return { label, value, epoch: directory.epoch, digest: directory.digest, proof: { kind, bytes } };
}

/** A directory in which Bob and Carol have a key each, at an epoch that all auditors signed, and an app that asks. */
export interface BobAndCarol {
  readonly bob: Uint8Array;
  readonly carol: Uint8Array;
  readonly bobsKey: Uint8Array;
  readonly carolsKey: Uint8Array;
  readonly directory: KeyDirectory;
  readonly auditors: Auditors;
  readonly app: App;
}

export function bobAndCarol(): BobAndCarol {
  const random = new SeededRandom(3);
  const [bob, carol, bobsKey, carolsKey] = [utf8("bob"), utf8("carol"), random.bytes(32), random.bytes(32)];
  const directory = new KeyDirectory("whatsapp_v1", new SeededRandom(8).bytes(32));
  const auditors = new Auditors();
  directory.publish([
    [bob, bobsKey],
    [carol, carolsKey],
  ]);
  auditors.sign(directory);
  return { bob, carol, bobsKey, carolsKey, directory, auditors, app: new App(directory, auditors) };
}
