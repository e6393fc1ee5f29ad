/** What changes by itself, as hooks: the node, the time, the page. */
import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import { webClock } from "../../client/web-system.ts";
import { type Route, routeOf } from "../routing.ts";
import { ask } from "./ask.ts";
import type { LiveNode, Snapshot } from "./live-node.ts";

export const LiveContext = createContext<LiveNode | undefined>(undefined);

export function useNode(): Snapshot {
  const node = useContext(LiveContext);
  if (node === undefined) throw new Error("there is no node around this part");
  const [snapshot, setSnapshot] = useState(node.snapshot);
  useEffect(() => {
    setSnapshot(node.snapshot);
    return node.subscribe(() => setSnapshot(node.snapshot));
  }, [node]);
  return snapshot;
}

/** The node's time, every second. */
export function useNow(): number {
  const { aheadMs } = useNode();
  const [now, setNow] = useState(webClock.now());
  useEffect(() => {
    const left = new AbortController();
    void (async () => {
      while (!left.signal.aborted) {
        await webClock.sleep(1_000, left.signal);
        if (!left.signal.aborted) setNow(webClock.now());
      }
    })();
    return () => left.abort();
  }, []);
  return now + aheadMs;
}

export function useRoute(): Route {
  const [route, setRoute] = useState(routeOf(location.hash));
  useEffect(() => {
    const follow = (): void => setRoute(routeOf(location.hash));
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return route;
}

export type Asked<Answer> =
  | { readonly kind: "asking" }
  | { readonly kind: "answered"; readonly answer: Answer }
  | { readonly kind: "unknown" }
  | { readonly kind: "failed"; readonly reason: string };

/** Asked again whenever `version` changes; what was answered before is shown meanwhile. */
export function useAnswer<Answer>(path: string, version: unknown = 0): Asked<Answer> {
  const [asked, setAsked] = useState<{ readonly path: string; readonly result: Asked<Answer> }>();
  useEffect(() => {
    const left = new AbortController();
    const show = (result: Asked<Answer>): void => {
      if (!left.signal.aborted) setAsked({ path, result });
    };
    ask<Answer>(path, left.signal).then(
      (answer) => show(answer === undefined ? { kind: "unknown" } : { kind: "answered", answer }),
      (error: unknown) => show({ kind: "failed", reason: error instanceof Error ? error.message : String(error) }),
    );
    return () => left.abort();
  }, [path, version]);
  return asked?.path === path ? asked.result : { kind: "asking" };
}

/** As in style.css. */
const NARROW = "(max-width: 40rem)";

export function useIsNarrow(): boolean {
  const [isNarrow, setIsNarrow] = useState(matchMedia(NARROW).matches);
  useEffect(() => {
    const query = matchMedia(NARROW);
    const follow = (): void => setIsNarrow(query.matches);
    query.addEventListener("change", follow);
    return () => query.removeEventListener("change", follow);
  }, []);
  return isNarrow;
}
