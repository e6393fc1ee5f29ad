/** A stream of bytes as somebody else is to see it: what arrives goes through a tap first. */
import { type MessageStream, StreamMessageEvent } from "@libp2p/interface";

type Listener = (event: StreamMessageEvent) => void;

/** Is given what comes, and what hands bytes to whoever listens, now or later. */
export type Tap = (data: Uint8Array, deliver: (bytes: Uint8Array) => void) => void;

/** Everything but what comes is the stream's own. `removed` is told when somebody no longer listens. */
export function tapped(stream: MessageStream, tap: Tap, removed: () => void = () => {}): MessageStream {
  const taps: Map<Listener, Listener> = new Map();
  const add = (type: "message", listener: Listener, options?: { once?: boolean }): void => {
    if (type !== "message") {
      stream.addEventListener(type, listener, options);
      return;
    }
    const tapping: Listener = ({ data }) => tap(data.subarray(), (bytes) => listener(new StreamMessageEvent(bytes)));
    taps.set(listener, tapping);
    stream.addEventListener(type, tapping, options);
  };
  const remove = (type: "message", listener: Listener): void => {
    stream.removeEventListener(type, taps.get(listener) ?? listener);
    if (taps.delete(listener)) removed();
  };
  return new Proxy(stream, {
    get: (target, property) => {
      if (property === "addEventListener") return add;
      if (property === "removeEventListener") return remove;
      const member: unknown = Reflect.get(target, property, target);
      // Its log is a function with members of its own.
      return typeof member === "function" && !Object.hasOwn(target, property) ? member.bind(target) : member;
    },
  });
}
