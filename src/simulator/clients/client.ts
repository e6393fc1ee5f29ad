/**
 * A client: a messenger that is shown the newest digest by its provider and asks nodes, through the SDK, whether it is
 * the one that the auditors saw.
 */

import type { QuorumClient } from "../../client/quorum-client.ts";
import type { CheckResult } from "../../client/results.ts";
import { BoundedMap } from "../../core/bounded-map.ts";
import { toHex } from "../../core/bytes.ts";
import type { SignatureVerifier } from "../../core/ed25519.ts";
import type { Histories } from "../actors/histories.ts";
import { NAMESPACE } from "../actors/histories.ts";
import type { Provider } from "../actors/provider.ts";
import { Incarnation } from "../engine/incarnation.ts";
import type { RandomStreams } from "../engine/random-streams.ts";
import type { Scheduler } from "../engine/scheduler.ts";
import type { Machine } from "../machines/surroundings.ts";
import { SimClock } from "../ports/sim-clock.ts";
import type { Branch } from "../world/trace.ts";
import { errorCodeOf } from "./node-answers.ts";
import { type ClientOptions, quorumClient } from "./quorum-client.ts";

export interface ClientModules {
  readonly scheduler: Scheduler;
  readonly streams: RandomStreams;
  readonly verifier: SignatureVerifier;
  readonly provider: Provider;
  readonly histories: Histories;
  /** Whom it may ask. */
  readonly contacts: readonly Machine[];
  readonly machineAt: (host: string) => Machine | undefined;
  /** Other clients to talk to. */
  readonly others: () => readonly Client[];
  readonly watcher: ClientWatcher;
}

/** What a client concluded from one question. `epoch` and `branch`: what it was asked about. */
export interface ClientAnswer {
  readonly result: CheckResult["result"] | "differs-from-another-client" | "error";
  readonly code?: string;
  readonly epoch: number;
  readonly branch: Branch;
  readonly asked: readonly string[];
}

export interface ClientWatcher {
  answered(client: Client, answer: ClientAnswer): void;
  shown(to: string, epoch: number, branch: Branch): void;
}

/** Digests that a client remembers to compare with those of others: a day of epochs of 30 s would be 2,880. */
const MAX_REMEMBERED = 64;

export class Client {
  readonly name: string;
  /** What it accepted: digest by epoch, hexadecimal, the newest last. */
  readonly accepted: BoundedMap<number, string> = new BoundedMap(MAX_REMEMBERED);
  readonly #options: ClientOptions;
  readonly #modules: ClientModules;
  readonly #incarnation: Incarnation;
  readonly #clock: SimClock;
  readonly #pinned: readonly Machine[];
  #sdk: QuorumClient | undefined;

  constructor(options: ClientOptions, modules: ClientModules) {
    this.name = options.name;
    this.#options = options;
    this.#modules = modules;
    const { scheduler, streams, contacts } = modules;
    this.#incarnation = new Incarnation(options.name, 1, scheduler);
    this.#clock = new SimClock({ scheduler, incarnation: this.#incarnation });
    this.#pinned = streams.stream("client-pins", options.name).sample(contacts, options.group.ask);
  }

  start(): void {
    void this.#live();
  }

  async #live(): Promise<void> {
    const { everyMs, ask, choice, gossipWith } = this.#options.group;
    const { streams, contacts, provider, others } = this.#modules;
    const random = streams.stream("client", this.name);
    await this.#clock.sleep(random.below(everyMs));
    while (this.#incarnation.isAlive) {
      const epoch = provider.latest(this.name);
      const asked = choice === "pinned" ? this.#pinned : random.sample(contacts, ask);
      if (epoch > 0 && asked.length > 0) await this.#check(epoch, asked);
      const friends = others().filter((other) => other !== this);
      for (const friend of random.sample(friends, gossipWith)) this.#compare(friend);
      await this.#clock.sleep(everyMs);
    }
  }

  async #check(epoch: number, machines: readonly Machine[]): Promise<void> {
    const { provider, histories, watcher } = this.#modules;
    const branch = provider.branch(this.name, epoch);
    const digest = histories.digest(epoch, branch);
    if (branch === "fork") watcher.shown(this.name, epoch, branch);
    const asked = machines.map(({ place }) => place).sort();
    const about = { epoch, branch: histories.branchOf(epoch, digest), asked };
    try {
      const { result } = await this.#client(machines).check(NAMESPACE, epoch, digest);
      if (result === "satisfied") this.accepted.set(epoch, toHex(digest));
      watcher.answered(this, { result, ...about });
    } catch (error) {
      watcher.answered(this, { result: "error", code: errorCodeOf(error), ...about });
    }
  }

  #client(machines: readonly Machine[]): QuorumClient {
    if (this.#options.group.choice === "pinned" && this.#sdk !== undefined) return this.#sdk;
    this.#sdk = quorumClient(this.#options, machines, {
      ...this.#modules,
      incarnation: this.#incarnation,
      clock: this.#clock,
    });
    return this.#sdk;
  }

  /** Two clients compare what they accepted. */
  #compare(other: Client): void {
    const { histories, watcher, provider } = this.#modules;
    for (const [epoch, digest] of this.accepted) {
      const theirs = other.accepted.get(epoch);
      if (theirs === undefined || theirs === digest) continue;
      const branch = provider.branch(this.name, epoch);
      const about = { epoch, branch: histories.branchOf(epoch, histories.digest(epoch, branch)), asked: [other.name] };
      watcher.answered(this, { result: "differs-from-another-client", ...about });
      return;
    }
  }
}
