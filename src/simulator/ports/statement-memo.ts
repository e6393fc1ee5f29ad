/**
 * What a world's nodes read is read once: a thousand of them decode and verify the same head. Decoded statements are
 * frozen and shared (28 KB a node against 723 KB copied). Keyed by the exact bytes; the bytes of a world are never
 * written to once they are sent or stored.
 */

import { BoundedMap } from "../../core/bounded-map.ts";
import type { SignatureVerifier } from "../../core/ed25519.ts";
import { type AuditorHead, type ProviderHead, verifyHead } from "../../core/head.ts";
import type { Statement } from "../../core/statement.ts";
import { decodeStatement } from "../../core/statement-codec.ts";
import { latin1 } from "./interner.ts";

/** Statements of about a kilobyte with their objects. */
const MAX_REMEMBERED = 65_536;

export class StatementMemo {
  readonly #verifier: SignatureVerifier;
  readonly #byArray: WeakMap<Uint8Array, Statement> = new WeakMap();
  readonly #byContent: BoundedMap<string, Statement> = new BoundedMap(MAX_REMEMBERED);
  readonly #verified: WeakMap<object, boolean> = new WeakMap();

  constructor(modules: { readonly verifier: SignatureVerifier }) {
    this.#verifier = modules.verifier;
  }

  /** As decodeStatement; what it refuses is not remembered. */
  decode(bytes: Uint8Array): Statement {
    const held = this.#byArray.get(bytes);
    if (held !== undefined) return held;
    const content = latin1(bytes);
    let statement = this.#byContent.get(content);
    if (statement === undefined) {
      statement = decodeStatement(bytes);
      this.#byContent.set(content, statement);
    }
    this.#byArray.set(bytes, statement);
    return statement;
  }

  /** As verifyHead, for statements that came from `decode`. */
  async verifyHead(head: AuditorHead | ProviderHead): Promise<boolean> {
    const known = this.#verified.get(head);
    if (known !== undefined) return known;
    const isValid = await verifyHead(head, { verifier: this.#verifier });
    this.#verified.set(head, isValid);
    return isValid;
  }
}
