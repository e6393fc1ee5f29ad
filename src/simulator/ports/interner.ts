/**
 * One copy of equal bytes for a whole world. A thousand nodes hold the same heads under the same keys: a reference each
 * in place of 700 bytes each. What is handed out is shared and must not be written to; the parts of a node never write
 * into what a store gave them.
 */
export class Interner {
  readonly #values: Map<string, Uint8Array> = new Map();
  readonly #keys: Map<string, string> = new Map();

  /** Byte order of keys is the order of these texts. */
  key(bytes: Uint8Array): string {
    const text = latin1(bytes);
    const held = this.#keys.get(text);
    if (held !== undefined) return held;
    this.#keys.set(text, text);
    return text;
  }

  value(bytes: Uint8Array): Uint8Array {
    const text = latin1(bytes);
    const held = this.#values.get(text);
    if (held !== undefined) return held;
    // Not slice(): that of a Buffer is a view.
    const copy = new Uint8Array(bytes);
    this.#values.set(text, copy);
    return copy;
  }
}

/** One character a byte. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

export function fromLatin1(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "latin1"));
}
