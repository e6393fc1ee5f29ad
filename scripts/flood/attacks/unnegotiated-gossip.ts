/** Strangers that open a gossip stream and never answer when the node opens its own. */
import type { Attack } from "../attack.ts";
import { drain, GOSSIP_PROTOCOLS, strangers } from "../stranger.ts";

export const unnegotiatedGossip: Attack = {
  name: "unnegotiated-gossip",
  title: "gossip opened, the node's own negotiation never answered",
  run: (context) => {
    const handles = Object.fromEntries(GOSSIP_PROTOCOLS.map((protocol) => [protocol, drain]));
    return strangers(context, { handles, isMute: true }, async (stranger) => {
      await stranger.open(GOSSIP_PROTOCOLS);
      await stranger.stay();
    });
  },
};
