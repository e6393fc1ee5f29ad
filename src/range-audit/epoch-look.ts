/** One look at one epoch of a log: what is listed, and whether its proof is right. */
import type { ConfigurationName } from "../akd/configuration.ts";
import type { ProofVerifier } from "../akd/proof-verifier.ts";
import { isProofError, type ProofSummary } from "../akd/verify.ts";
import { equalBytes, toHex } from "../core/bytes.ts";
import { CoauditError, errorMessage, isCoauditError } from "../core/errors.ts";
import { ObservedBody } from "../source/observed-body.ts";
import { type BlobName, type EpochSource, encodingDoubt, formatBlobName } from "../source/source.ts";
import type { RangeAuditFailure } from "./tally.ts";

/** What an audit says when an epoch is the end of it. */
type Said = Omit<RangeAuditFailure, "isFact">;

export type FailedLook =
  /** About what the log published. `fingerprint`: equal for two looks that saw the same. */
  | (Said & { readonly kind: "wrong"; readonly fingerprint: string })
  /** About reading it. */
  | (Said & { readonly kind: "unreadable"; readonly error: unknown });

export type EpochLook =
  | (ProofSummary & { readonly kind: "verified"; readonly name: BlobName; readonly sizeBytes: number })
  | FailedLook;

export type Begun =
  /** `claimed`: the digest to which the blob leads, if its proof is right. */
  { readonly kind: "begun"; readonly claimed: Uint8Array; readonly look: Promise<EpochLook> } | FailedLook;

export interface EpochLooksModules {
  readonly source: EpochSource;
  readonly proofVerifier: ProofVerifier;
}

export class EpochLooks {
  readonly #configuration: ConfigurationName;
  readonly #modules: EpochLooksModules;
  #hasRead = false;

  constructor({ configuration }: { readonly configuration: ConfigurationName }, modules: EpochLooksModules) {
    this.#configuration = configuration;
    this.#modules = modules;
  }

  /** The log was readable at least once: what fails from here on may pass. */
  get hasRead(): boolean {
    return this.#hasRead;
  }

  /** Resolves when the blob is chosen and its proof on the way. Never throws. `from` undefined: as the log names it. */
  async begin(epoch: number, from: Uint8Array | undefined, signal: AbortSignal): Promise<Begun> {
    return this.#begin(epoch, from, { fresh: false }, signal);
  }

  /** Past all caches. Never throws. */
  async again(epoch: number, from: Uint8Array | undefined, signal: AbortSignal): Promise<EpochLook> {
    const begun = await this.#begin(epoch, from, { fresh: true }, signal);
    return begun.kind === "begun" ? begun.look : begun;
  }

  async #begin(
    epoch: number,
    from: Uint8Array | undefined,
    how: { readonly fresh: boolean },
    signal: AbortSignal,
  ): Promise<Begun> {
    try {
      signal.throwIfAborted();
      const { names } = await this.#modules.source.listing(epoch, signal);
      this.#hasRead = true;
      const chosen = choose(epoch, names, from);
      if ("kind" in chosen) return chosen;
      return { kind: "begun", claimed: chosen.current, look: this.#verify(chosen, how, signal) };
    } catch (error) {
      return unreadable(epoch, signal.aborted ? signal.reason : error);
    }
  }

  async #verify(name: BlobName, how: { readonly fresh: boolean }, signal: AbortSignal): Promise<EpochLook> {
    const { epoch, previous, current } = name;
    const request = { configuration: this.#configuration, epoch, from: previous, to: current };
    let body: ObservedBody | undefined;
    try {
      const blob = await this.#modules.source.fetch(name, signal, how);
      body = new ObservedBody(blob.body);
      try {
        const summary = await this.#modules.proofVerifier.verify(request, body, signal);
        return { kind: "verified", name, ...summary, sizeBytes: body.sizeBytes };
      } catch (error) {
        if (!isProofError(error)) throw error;
        await body.drain();
        signal.throwIfAborted();
        const doubt = encodingDoubt(blob, name);
        if (doubt !== undefined) throw doubt;
        const { code, message } = error;
        const [text, hash] = [formatBlobName(name), toHex(body.sha256())];
        return { kind: "wrong", epoch, code, message, blob: text, fingerprint: `${text} ${hash}` };
      }
    } catch (error) {
      return { ...unreadable(epoch, signal.aborted ? signal.reason : error), blob: formatBlobName(name) };
    } finally {
      await body?.close();
    }
  }
}

/** The one listed blob that continues the chain. */
function choose(epoch: number, names: readonly BlobName[], from: Uint8Array | undefined): BlobName | FailedLook {
  const fitting = from === undefined ? names : names.filter(({ previous }) => equalBytes(previous, from));
  const [name] = fitting;
  if (names.length === 0) {
    const where = { host: "", path: `${epoch}/` };
    return unreadable(epoch, new CoauditError("SOURCE_NOT_FOUND", `the log does not list epoch ${epoch}`, where));
  }
  if (name !== undefined && fitting.length === 1) return name;
  const message =
    name === undefined
      ? `no listed blob starts from ${toHex(from ?? new Uint8Array())}`
      : `${fitting.length} listed blobs start from the same digest: ${fitting.map(formatBlobName).join(", ")}`;
  const fingerprint = names.map(formatBlobName).join(" ");
  return { kind: "wrong", epoch, code: "CHAIN_MISMATCH", message, fingerprint };
}

function unreadable(epoch: number, error: unknown): FailedLook & { readonly kind: "unreadable" } {
  const code = isCoauditError(error) ? error.code : "UNREADABLE";
  return { kind: "unreadable", epoch, code, message: errorMessage(error), error };
}
