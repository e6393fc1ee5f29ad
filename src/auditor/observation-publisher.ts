/** Publishes, under this auditor's key, what it saw and cannot prove. It never signs a second head instead. */
import { BoundedMap } from "../core/bounded-map.ts";
import type { Clock } from "../core/clock.ts";
import type { Logger } from "../core/log.ts";
import type { Sighting } from "./look/accusation.ts";
import type { ObservationSink } from "./ports.ts";
import type { Signer } from "./signer.ts";

export interface ObservationPublisherModules {
  readonly signer: Signer;
  readonly observations: ObservationSink;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * How many (epoch, kind) are remembered so that none is published twice in one run; the ledger refuses repetitions
 * anyway.
 */
const MAX_REMEMBERED = 64;
const MAX_HOST_LENGTH = 256;

export class ObservationPublisher {
  readonly #namespace: string;
  readonly #origin: string;
  readonly #modules: ObservationPublisherModules;
  readonly #said: BoundedMap<string, true> = new BoundedMap(MAX_REMEMBERED);

  constructor(options: { readonly namespace: string; readonly origin: string }, modules: ObservationPublisherModules) {
    this.#namespace = options.namespace;
    this.#origin = options.origin;
    this.#modules = modules;
  }

  /**
   * One observation per (namespace, epoch, kind). Throws what the sink throws; it was then not published, and may be
   * retried.
   */
  async say(sighting: Sighting): Promise<void> {
    const { epoch, kind, blobNames, bodyHashes, errorCode } = sighting;
    const id = `${epoch} ${kind}`;
    if (this.#said.has(id)) return;
    const { signer, observations, clock, log } = this.#modules;
    const observation = await signer.signObservation({
      type: "observation",
      namespace: this.#namespace,
      origin: this.#origin,
      epoch,
      kind,
      blobNames,
      bodyHashes,
      host: printable(sighting.host),
      errorCode,
      timestampMs: clock.now(),
      publicKey: signer.publicKey,
    });
    await observations.recordOwn(observation);
    this.#said.set(id, true);
    log.warn({ namespace: this.#namespace, epoch, kind, errorCode, blobNames }, "observation published");
  }
}

/** Statements carry printable ASCII only. */
function printable(host: string): string {
  return host.replace(/[^\x20-\x7e]/g, "?").slice(0, MAX_HOST_LENGTH);
}
