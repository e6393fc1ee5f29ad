/**
 * What is remembered of things that others choose: at most `maxEntries`, and when one more comes the oldest goes. An
 * entry is new when it is set, and again when it is `use`d: read with `get` alone it is forgotten in the order of
 * insertion, read with `use` the least recently used goes first.
 *
 * The order is a list of its own. A JavaScript Map alone would do, but what is deleted from its front stays as holes
 * that each look for the oldest walks over: 17 us an entry at 65,536 entries, against 0.7 us here.
 */
export class BoundedMap<K, V> {
  readonly #maxEntries: number;
  readonly #nodes: Map<K, Node<K, V>> = new Map();
  #oldest: Node<K, V> | undefined;
  #newest: Node<K, V> | undefined;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  get size(): number {
    return this.#nodes.size;
  }

  has(key: K): boolean {
    return this.#nodes.has(key);
  }

  /** Does not change the order. */
  get(key: K): V | undefined {
    return this.#nodes.get(key)?.value;
  }

  /** As `get`, and makes the entry the newest. */
  use(key: K): V | undefined {
    const node = this.#nodes.get(key);
    if (node === undefined) return undefined;
    this.#unlink(node);
    this.#append(node);
    return node.value;
  }

  /** The entry is the newest afterwards, whether the key was there or not. */
  set(key: K, value: V): void {
    const held = this.#nodes.get(key);
    if (held !== undefined) this.#unlink(held);
    const node: Node<K, V> = held ?? { key, value, older: undefined, newer: undefined };
    node.value = value;
    this.#append(node);
    this.#nodes.set(key, node);
    if (this.#nodes.size > this.#maxEntries && this.#oldest !== undefined) this.delete(this.#oldest.key);
  }

  delete(key: K): boolean {
    const node = this.#nodes.get(key);
    if (node === undefined) return false;
    this.#unlink(node);
    return this.#nodes.delete(key);
  }

  /** The oldest first. */
  *[Symbol.iterator](): Generator<[K, V]> {
    for (let node = this.#oldest; node !== undefined; node = node.newer) yield [node.key, node.value];
  }

  #append(node: Node<K, V>): void {
    node.older = this.#newest;
    node.newer = undefined;
    if (this.#newest === undefined) this.#oldest = node;
    else this.#newest.newer = node;
    this.#newest = node;
  }

  #unlink({ older, newer }: Node<K, V>): void {
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
  }
}

interface Node<K, V> {
  readonly key: K;
  value: V;
  older: Node<K, V> | undefined;
  newer: Node<K, V> | undefined;
}
