/** The provider's log as one life of an auditor reads it. */
import { equalBytes } from "../../core/bytes.ts";
import { CoauditError } from "../../core/errors.ts";
import {
  type BlobName,
  type EpochSource,
  type FetchedBlob,
  formatBlobName,
  type Listing,
} from "../../source/source.ts";
import type { Incarnation } from "../engine/incarnation.ts";
import type { RandomStream } from "../engine/random-streams.ts";
import type { Scheduler } from "../engine/scheduler.ts";
import { WORLD_BEGINS_MS } from "../ports/sim-clock.ts";
import type { Branch } from "../world/trace.ts";
import type { Histories } from "./histories.ts";
import type { Provider } from "./provider.ts";

const HOST = "provider.example";
/** As the HTTP adapter waits for the first byte. */
const TIMEOUT_MS = 30_000;

export interface SimSourceOptions {
  /** To whom the provider shows what. */
  readonly reader: string;
  /** How many epochs behind everybody else: a lagging auditor. */
  readonly epochsBehind?: number;
  /** Something on the reader's way spoils proofs. */
  readonly isSpoiled: () => boolean;
}

export interface SimSourceModules {
  readonly provider: Provider;
  readonly histories: Histories;
  readonly scheduler: Scheduler;
  readonly incarnation: Incarnation;
  readonly random: RandomStream;
  /** A blob of this branch goes out to the reader. */
  readonly onShown: (reader: string, epoch: number, branch: Branch) => void;
}

export class SimSource implements EpochSource {
  readonly #options: SimSourceOptions;
  readonly #modules: SimSourceModules;

  constructor(options: SimSourceOptions, modules: SimSourceModules) {
    this.#options = options;
    this.#modules = modules;
  }

  latest(signal: AbortSignal): Promise<number | undefined> {
    return this.#answer("/", 0, signal, () => {
      const epoch = this.#latest();
      return epoch > 0 ? epoch : undefined;
    });
  }

  listing(epoch: number, signal: AbortSignal): Promise<Listing> {
    return this.#answer(`/${epoch}/`, epoch, signal, () => {
      const { provider } = this.#modules;
      const branches = epoch > this.#latest() ? [] : provider.listed(this.#options.reader, epoch);
      const names = branches.map((branch) => this.#blobName(epoch, branch));
      names.sort((a, b) => (formatBlobName(a) < formatBlobName(b) ? -1 : 1));
      return { names, foreignKeys: 0, host: HOST, serverDateMs: this.#nowMs() };
    });
  }

  fetch(name: BlobName, signal: AbortSignal): Promise<FetchedBlob> {
    const { reader } = this.#options;
    const { epoch } = name;
    const path = `/${formatBlobName(name)}`;
    return this.#answer(path, epoch, signal, () => {
      const { provider, histories, onShown } = this.#modules;
      const branch = provider
        .listed(reader, epoch)
        .find((listed) => equalBytes(histories.digest(epoch, listed), name.current));
      if (branch === undefined || provider.isWithheld(reader, epoch)) {
        throw new CoauditError("SOURCE_NOT_FOUND", `${HOST} has no ${path}`, { host: HOST, path });
      }
      onShown(reader, epoch, histories.branchOf(epoch, name.current));
      const isInvalid = provider.isProofInvalid(reader, epoch) || this.#options.isSpoiled();
      return {
        body: once(isInvalid ? histories.invalidProof(epoch, branch) : histories.proof(epoch, branch)),
        headers: {},
        host: HOST,
        serverDateMs: this.#nowMs(),
      };
    });
  }

  #latest(): number {
    const { reader, epochsBehind = 0 } = this.#options;
    return Math.max(0, this.#modules.provider.latest(reader) - epochsBehind);
  }

  /** A victim that is shown the truth again gets a blob that continues the true history. */
  #blobName(epoch: number, branch: Branch): BlobName {
    const { histories } = this.#modules;
    return { epoch, previous: histories.digest(epoch - 1, branch), current: histories.digest(epoch, branch) };
  }

  #nowMs(): number {
    return WORLD_BEGINS_MS + Math.floor(this.#modules.scheduler.nowUs / 1000);
  }

  async #answer<T>(path: string, epoch: number, signal: AbortSignal, compute: () => T): Promise<T> {
    const { provider, incarnation, random } = this.#modules;
    const aborted = (): CoauditError =>
      new CoauditError("SOURCE_ABORTED", `the request of ${path} was cancelled`, { host: HOST, path });
    if (signal.aborted) throw aborted();
    const fails = random.chance(provider.failureRate);
    const delayUs = provider.latencyUs(this.#options.reader, epoch, random);
    return incarnation.later(delayUs, () => {
      if (signal.aborted) throw aborted();
      if (!fails) return compute();
      const where = { host: HOST, path, phase: "headers", timeoutMs: TIMEOUT_MS } as const;
      throw new CoauditError("SOURCE_TIMEOUT", `${HOST} did not answer ${path}`, where);
    });
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}
