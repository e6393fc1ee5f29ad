import { describe, expect, it } from "vitest";
import { peerIdIn } from "../../src/gossip/peer-address.ts";

describe("the peer id in multiaddrs", () => {
  it("is the one in which the first of them that names one ends", () => {
    expect(peerIdIn(["/ip4/10.0.0.1/tcp/7600", "/ip4/10.0.0.2/tcp/7600/p2p/b", "/dns4/c/tcp/7600/p2p/c"])).toBe("b");
    expect([peerIdIn([]), peerIdIn(["/ip4/10.0.0.1/tcp/7600"])]).toEqual([undefined, undefined]);
  });

  it("is not that of a relay on the way", () => {
    expect(peerIdIn(["/dns4/relay/tcp/7600/p2p/r/p2p-circuit"])).toBeUndefined();
    expect(peerIdIn(["/dns4/relay/tcp/7600/p2p/r/p2p-circuit/p2p/b"])).toBe("b");
  });
});
