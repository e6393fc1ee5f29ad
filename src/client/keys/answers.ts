/** What an app hands over: an answer of the directory, and what it means to use. */
import type { KeyRequest } from "../../akd/keys/key-check.ts";

/** Delivered with the app, beside the policy: never taken from an answer. */
export interface KeyDirectory {
  readonly configuration: KeyRequest["configuration"];
  /** 32 bytes. */
  readonly vrfKey: Uint8Array;
}

export interface KeyAnswer {
  readonly namespace: string;
  readonly label: Uint8Array;
  /** Epoch and digest that the directory answered from; the digest has 32 bytes. */
  readonly epoch: number;
  readonly digest: Uint8Array;
  /** The VRF key that came with the answer, where one did: it is only compared. */
  readonly vrfKey?: Uint8Array;
}

export interface ContactAnswer extends KeyAnswer {
  /** The key that the app is about to use. */
  readonly value: Uint8Array;
  /** `most-recent`: a history of the most recent version; `none`: the directory says that it has no such label. */
  readonly proof: { readonly kind: "lookup" | "most-recent"; readonly bytes: Uint8Array } | { readonly kind: "none" };
}

export interface OwnAnswer extends KeyAnswer {
  /** `count`: how many most recent versions were asked for; absent: all. `none`: the directory says it has none. */
  readonly proof:
    | { readonly kind: "history"; readonly bytes: Uint8Array; readonly count?: number }
    | { readonly kind: "none" };
  /** The own list of the owner's devices: each version that they published. */
  readonly mine: ReadonlyMap<number, Uint8Array>;
  /** Versions whose value the owner had removed. */
  readonly withdrawn?: ReadonlySet<number>;
}
