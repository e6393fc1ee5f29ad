/**
 * libp2p's TCP, where each connection that comes in needs a place (inbound-places.ts) before it is listened to, and
 * whoever is at the other end says only so much before the handshake.
 */
import type { MessageStream, MultiaddrConnection, Transport, Upgrader } from "@libp2p/interface";
import { tcp } from "@libp2p/tcp";
import type { InboundPlace, InboundPlaces, ListenerKind } from "./inbound-places.ts";
import { limitNegotiation } from "./negotiation-limit.ts";

/** Whatever else comes before it is bounded. */
const ENCRYPTER = "/noise";

export interface GatedTcpModules {
  readonly places: InboundPlaces;
  readonly kindOf: (listen: string) => ListenerKind;
}

type TcpComponents = Parameters<ReturnType<typeof tcp>>[0];

export class GatedTcp {
  readonly #modules: GatedTcpModules;
  readonly #held: WeakMap<MessageStream, InboundPlace> = new WeakMap();

  constructor(modules: GatedTcpModules) {
    this.#modules = modules;
  }

  /** A peer of the roster has proved who it is on this connection. */
  authenticated(connection: MultiaddrConnection): void {
    this.#held.get(connection)?.authenticated();
  }

  /** Resolves when the handshake of a connection that came in may begin; nothing more is read of it before. */
  async turn(connection: MessageStream): Promise<void> {
    const place = this.#held.get(connection);
    if (place === undefined) return;
    connection.pause();
    await place.turn();
    if (connection.status === "open") connection.resume();
  }

  transport(): (components: TcpComponents) => Transport {
    const create = tcp();
    return (components) => {
      const transport = create(components);
      const dial = transport.dial.bind(transport);
      transport.dial = (address, options) => dial(address, { ...options, upgrader: limited(options.upgrader) });
      const createListener = transport.createListener.bind(transport);
      transport.createListener = (options) => {
        let kind: ListenerKind = "direct";
        const listener = createListener({ ...options, upgrader: this.#gated(options.upgrader, () => kind) });
        const listen = listener.listen.bind(listener);
        listener.listen = (address) => {
          kind = this.#modules.kindOf(address.toString());
          return listen(address);
        };
        return listener;
      };
      return transport;
    };
  }

  #gated(upgrader: Upgrader, kind: () => ListenerKind): Upgrader {
    const upgradeInbound: Upgrader["upgradeInbound"] = async (connection, options) => {
      const host = hostOf(connection);
      const place = this.#modules.places.take(host, kind());
      if (place === undefined) throw new Error(`too many connections from ${host}`);
      this.#held.set(connection, place);
      const ended = (): void => connection.abort(place.signal.reason as Error);
      place.signal.addEventListener("abort", ended, { once: true });
      try {
        limitNegotiation(connection, { protocols: [ENCRYPTER] });
        await upgrader.upgradeInbound(connection, options);
      } finally {
        place.signal.removeEventListener("abort", ended);
        place.release();
      }
    };
    return withMember(upgrader, { upgradeInbound });
  }
}

/** Whoever answers at an auditor's address has not proved anything yet. */
function limited(upgrader: Upgrader): Upgrader {
  const upgradeOutbound: Upgrader["upgradeOutbound"] = (connection, options) => {
    limitNegotiation(connection, { protocols: [ENCRYPTER] });
    return upgrader.upgradeOutbound(connection, options);
  };
  return withMember(upgrader, { upgradeOutbound });
}

function withMember(upgrader: Upgrader, own: Partial<Upgrader>): Upgrader {
  return new Proxy(upgrader, {
    get: (target, property) => {
      if (Object.hasOwn(own, property)) return Reflect.get(own, property);
      const member: unknown = Reflect.get(target, property, target);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

function hostOf({ remoteAddr }: MultiaddrConnection): string {
  return remoteAddr.getComponents().find(({ name }) => name === "ip4" || name === "ip6")?.value ?? "";
}
