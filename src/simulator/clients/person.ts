/**
 * A client of a directory of keys: a person whose messenger checks the keys of contacts before they are used, and looks
 * at the person's own history, both through the SDK and with real proofs.
 */
import type { HistoryExtent } from "../../akd/keys/verify-history.ts";
import type { OwnAnswer } from "../../client/keys/answers.ts";
import { KeyClient } from "../../client/keys/key-client.ts";
import type { ContactResult } from "../../client/keys/key-results.ts";
import type { Quorum } from "../../client/keys/quorum-stand.ts";
import { type OwnHistory, watchOwnKey } from "../../client/keys/watch-own-key.ts";
import { BoundedMap } from "../../core/bounded-map.ts";
import { equalBytes, fromUtf8, utf8 } from "../../core/bytes.ts";
import type { KeyReply } from "../../provider/keys/key-lies.ts";
import { NAMESPACE } from "../actors/histories.ts";
import type { KeyDesk, LieToPerson } from "../actors/key-desk.ts";
import { keysMadeBy, keysOf, ownKey } from "../actors/key-owners.ts";
import type { KeyTrees } from "../actors/key-trees.ts";
import type { Provider } from "../actors/provider.ts";
import { Incarnation } from "../engine/incarnation.ts";
import type { RandomStream } from "../engine/random-streams.ts";
import type { Machine } from "../machines/surroundings.ts";
import { CONFIGURATION } from "../ports/proofs.ts";
import { SimClock } from "../ports/sim-clock.ts";
import type { KeysScenario } from "../scenario/keys-scenario.ts";
import type { ClientModules } from "./client.ts";
import { errorCodeOf } from "./node-answers.ts";
import { type ClientOptions, quorumClient } from "./quorum-client.ts";

export interface PersonOptions extends ClientOptions {
  readonly keys: KeysScenario;
  /** Other persons. */
  readonly contacts: readonly string[];
  readonly epochIntervalMs: number;
}

export interface PersonModules
  extends Pick<ClientModules, "scheduler" | "streams" | "verifier" | "contacts" | "machineAt"> {
  readonly provider: Provider;
  readonly trees: KeyTrees;
  readonly desk: KeyDesk;
  readonly watcher: PersonWatcher;
}

/** How an answer was proven: `settled`, after the auditors came to its epoch. */
export type KeyProofUsed = "lookup" | "most-recent" | "own" | "settled";

/** What a person concluded about a key, and whether the directory had lied. */
export interface KeyConclusion {
  readonly about: string;
  readonly by: KeyProofUsed;
  readonly result: ContactResult["result"] | "error";
  readonly reason: string | null;
  /** The last lie that this person was told about that one. */
  readonly lie: LieToPerson | null;
  readonly epoch: number | null;
  readonly version: number | null;
  /** The key was taken, the answer was a lie, and its owner's newest key is another. */
  readonly deceived: boolean;
}

export interface PersonWatcher {
  concluded(person: Person, conclusion: KeyConclusion): void;
}

export class Person {
  readonly name: string;
  readonly #options: PersonOptions;
  readonly #modules: PersonModules;
  readonly #incarnation: Incarnation;
  readonly #clock: SimClock;
  readonly #random: RandomStream;
  readonly #keys: KeyClient;
  /** The last lie that this person was told about each other one, as nobody but the world knows. */
  readonly #lies: Map<string, LieToPerson> = new Map();
  /** The same by the answer's epoch, since an answer may be settled later: what waits at most, and more. */
  readonly #liesAt: BoundedMap<string, LieToPerson> = new BoundedMap(MAX_LIES_KEPT);

  constructor(options: PersonOptions, modules: PersonModules) {
    this.name = options.name;
    this.#options = options;
    this.#modules = modules;
    const { scheduler, streams, trees } = modules;
    this.#incarnation = new Incarnation(options.name, 1, scheduler);
    this.#clock = new SimClock({ scheduler, incarnation: this.#incarnation });
    this.#random = streams.stream("person", options.name);
    const directories = { [NAMESPACE]: { configuration: CONFIGURATION, vrfKey: trees.vrfKey } } as const;
    this.#keys = new KeyClient({ quorum: this.#quorum(), directories }, { clock: this.#clock });
  }

  start(): void {
    void this.#checkContacts();
    void this.#watchOwn();
  }

  /** As an app's: the same nodes for ever, or others each time, without trust. */
  #quorum(): Quorum {
    const { group } = this.#options;
    const { streams, contacts } = this.#modules;
    const draws = streams.stream("client-pins", this.name);
    const modules = { ...this.#modules, incarnation: this.#incarnation, clock: this.#clock };
    const client = (): ReturnType<typeof quorumClient> => {
      const machines: Machine[] = draws.sample(contacts, group.ask);
      return quorumClient(this.#options, machines, modules);
    };
    if (group.choice === "pinned") return client();
    return {
      check: (...question) => client().check(...question),
      latest: (...question) => client().latest(...question),
    };
  }

  async #checkContacts(): Promise<void> {
    const { group, contacts } = this.#options;
    await this.#clock.sleep(this.#random.below(group.everyMs));
    while (this.#incarnation.isAlive) {
      if (this.#modules.provider.latest(this.name) > 0) {
        await this.#settle();
        for (const contact of contacts) await this.#check(contact);
      }
      await this.#clock.sleep(group.everyMs);
    }
  }

  /** Only news: an alarm, or a key that the auditors confirm later. */
  async #settle(): Promise<void> {
    try {
      for (const { label, result } of await this.#keys.settle(NAMESPACE)) {
        if (result.result === "pending" || result.result === "unconfirmed") continue;
        this.#conclude(fromUtf8(label), "settled", result);
        // The app has said so: it would say it again each time.
        if (result.result === "alarm") await this.#keys.dismiss(NAMESPACE, label);
      }
    } catch (error) {
      this.#failed(this.name, "settled", error);
    }
  }

  /** As a messenger does before it sends: a lookup, and where that is not enough a history. */
  async #check(contact: string): Promise<void> {
    const byLookup = await this.#checkBy(contact, "lookup");
    if (byLookup === "lookup-only") await this.#checkBy(contact, "most-recent");
  }

  async #checkBy(contact: string, kind: "lookup" | "most-recent"): Promise<"lookup-only" | "concluded"> {
    const extent = kind === "lookup" ? undefined : ({ kind: "most-recent", count: 1 } as const);
    let reply: Exclude<KeyReply, { kind: "withheld" }>;
    try {
      reply = await this.#ask(contact, extent);
    } catch {
      this.#conclude(contact, kind, NO_ANSWER);
      return "concluded";
    }
    const label = utf8(contact);
    try {
      const result =
        reply.kind === "unknown-label"
          ? await this.#keys.verifyContact({ ...NO_PROOF, label, value: new Uint8Array() })
          : await this.#keys.verifyContact({
              ...{ namespace: NAMESPACE, label, epoch: reply.about.epoch, digest: reply.about.digest },
              ...{ vrfKey: reply.vrfKey, value: reply.value, proof: { kind, bytes: reply.proof } },
            });
      if (result.result === "unconfirmed" && result.reason === "lookup-only" && kind === "lookup") return "lookup-only";
      this.#conclude(contact, kind, result);
    } catch (error) {
      this.#failed(contact, kind, error);
    }
    return "concluded";
  }

  async #watchOwn(): Promise<void> {
    const { watchEveryMs } = this.#options.keys;
    // Not before there is a directory.
    await this.#clock.sleep(this.#options.epochIntervalMs + this.#random.below(watchEveryMs));
    const label = utf8(this.name);
    const watch = {
      ...{ namespace: NAMESPACE, label, intervalMs: watchEveryMs },
      mine: (): Pick<OwnAnswer, "mine"> => ({ mine: this.#ownKeys() }),
      ask: (extent: HistoryExtent): Promise<OwnHistory> => this.#askOwn(extent),
    };
    while (this.#incarnation.isAlive) {
      try {
        for await (const result of watchOwnKey(this.#keys, watch, { clock: this.#clock })) {
          this.#conclude(this.name, "own", result);
        }
      } catch (error) {
        this.#failed(this.name, "own", error);
        await this.#clock.sleep(watchEveryMs);
      }
    }
  }

  async #askOwn(extent: HistoryExtent): Promise<OwnHistory> {
    const reply = await this.#ask(this.name, extent);
    if (reply.kind === "unknown-label") return { epoch: 0, digest: new Uint8Array(32), proof: undefined };
    const { about, vrfKey, proof } = reply;
    return { epoch: about.epoch, digest: about.digest, vrfKey, proof };
  }

  /** Those that this person knows to be in the directory by now. */
  #ownKeys(): Map<number, Uint8Array> {
    return keysOf(this.name, this.#modules.provider.latest(this.name), this.#options.keys.newKeyEpochs);
  }

  /** Rejects where there is no answer. */
  #ask(about: string, extent: HistoryExtent | undefined): Promise<Exclude<KeyReply, { kind: "withheld" }>> {
    const { provider, desk } = this.#modules;
    const fails = this.#random.chance(provider.failureRate);
    const delayUs = provider.latencyUs(this.name, provider.latest(this.name), this.#random);
    return this.#incarnation.later(delayUs, () => {
      if (fails) throw new Error("no answer");
      const answer = desk.answer({ from: this.name, about, extent });
      const { lie, reply } = answer;
      if (lie !== undefined) this.#lies.set(about, lie);
      if (reply.kind === "withheld") throw new Error("no answer");
      if (lie !== undefined && reply.kind === "proof") this.#liesAt.set(`${about} ${reply.about.epoch}`, lie);
      return reply;
    });
  }

  #conclude(about: string, by: KeyProofUsed, result: ContactResult | typeof NO_ANSWER): void {
    const shown = "shown" in result ? result.shown : undefined;
    const epoch = "epoch" in result ? result.epoch : null;
    this.#modules.watcher.concluded(this, {
      ...{ about, by, result: result.result, reason: "reason" in result ? result.reason : null },
      ...{ lie: this.#lies.get(about) ?? null, epoch, version: shown?.version ?? null },
      deceived: shown !== undefined && epoch !== null && this.#isDeceived(about, shown.value, epoch),
    });
  }

  #failed(about: string, by: KeyProofUsed, error: unknown): void {
    this.#modules.watcher.concluded(this, {
      ...{ about, by, result: "error", reason: errorCodeOf(error), lie: this.#lies.get(about) ?? null },
      ...{ epoch: null, version: null, deceived: false },
    });
  }

  #isDeceived(about: string, value: Uint8Array, epoch: number): boolean {
    const lie = this.#liesAt.get(`${about} ${epoch}`);
    if (lie === undefined) return false;
    // An old epoch is a lie about today; the others are lies about their own.
    const at = lie === "old-epoch" ? this.#modules.provider.latest(this.name) : epoch;
    return !equalBytes(value, ownKey(about, keysMadeBy(at, this.#options.keys.newKeyEpochs)));
  }
}

const MAX_LIES_KEPT = 1_024;
const NO_ANSWER = { result: "unconfirmed", reason: "no-answer" } as const;

const NO_PROOF = { namespace: NAMESPACE, epoch: 0, digest: new Uint8Array(32), proof: { kind: "none" } } as const;
