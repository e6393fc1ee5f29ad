/**
 * By signal, what ends with it: one listener for all of them, since Node warns of a leak beyond ten and a question may
 * go to 16 nodes.
 */
const followers: WeakMap<AbortSignal, Set<AbortController>> = new WeakMap();

/** Fires `stop` with `signal`, until the returned function is called: a long life must not gather what has ended. */
export function follow(signal: AbortSignal | undefined, stop: AbortController): () => void {
  if (signal === undefined) return () => undefined;
  if (signal.aborted) stop.abort(signal.reason);
  const known = followers.get(signal);
  const all = known ?? new Set();
  all.add(stop);
  if (known === undefined) {
    followers.set(signal, all);
    const fire = (): void => {
      for (const one of all) one.abort(signal.reason);
    };
    signal.addEventListener("abort", fire, { once: true });
  }
  return () => all.delete(stop);
}
