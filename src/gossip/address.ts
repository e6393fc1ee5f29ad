import "./libp2p/polyfill.ts";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { CoauditError } from "../core/errors.ts";

/** A multiaddr as people write it. Throws NETWORK_ADDRESS_INVALID. */
export function parseAddress(address: string): Multiaddr {
  try {
    return multiaddr(address);
  } catch (cause) {
    throw new CoauditError(
      "NETWORK_ADDRESS_INVALID",
      `"${address}" is not a multiaddr such as /dns4/auditor.example.org/tcp/7600`,
      { address },
      { cause },
    );
  }
}
