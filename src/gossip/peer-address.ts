/**
 * The peer id in which the first of these multiaddrs that names one ends. By its text, which is all that is known of an
 * address here; a relay's peer id is in the middle, and is not that of the peer behind it.
 */
export function peerIdIn(addresses: readonly string[]): string | undefined {
  for (const address of addresses) {
    const peerId = /\/p2p\/([^/]+)$/.exec(address)?.[1];
    if (peerId !== undefined) return peerId;
  }
  return undefined;
}
