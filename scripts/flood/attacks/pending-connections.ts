/** TCP connections to the libp2p port that never begin a handshake. */
import type { Attack } from "../attack.ts";
import { again } from "../pause.ts";
import { closed, rawSocket } from "../raw-sockets.ts";

const CONNECTIONS_EACH = 2;

export const pendingConnections: Attack = {
  name: "pending-connections",
  title: "2 bare TCP connections a stranger, each from its own address",
  async run(context) {
    const { strangers, signal, target } = context;
    const hold = (index: number): Promise<void> =>
      again(signal, async () => closed(await rawSocket(context, target.p2pPort, index)));
    await Promise.all(Array.from({ length: strangers * CONNECTIONS_EACH }, (_, index) => hold(index)));
  },
};
