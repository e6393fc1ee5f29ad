/** What comes in one piece with the last message of a handshake: nobody is known who pays for it yet. */
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";
import { afterEach, expect, it } from "vitest";
import { silentLogger } from "../../../src/core/log.ts";
import { createLibp2pNetwork } from "../../../src/gossip/libp2p/libp2p-network.ts";
import type { Network } from "../../../src/gossip/network.ts";
import { systemClock } from "../../../src/platform/system.ts";
import { costBudget } from "../../support/budgets.ts";
import { bytes } from "../network-contract.ts";

const NEVER: AbortSignal = new AbortController().signal;
const PROTOCOL = "/coaudit/test/1";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function node(index: number): Promise<Network> {
  const network = await createLibp2pNetwork(
    { privateKey: new Uint8Array(32).fill(index), listen: ["/ip4/127.0.0.1/tcp/0"], topics: [] },
    { clock: systemClock, log: silentLogger },
  );
  network.handle(PROTOCOL, async (request) => request);
  await network.start(costBudget());
  stops.push(() => network.stop());
  return network;
}

/** "/multistream/1.0.0" and "/noise", each with its length and its newline. */
const AGREEMENT_BYTES = 20 + 8;

/** Where the noise frames of what a dialer said begin, of those whose lengths are there. */
function frameStarts(said: Buffer): number[] {
  const starts: number[] = [];
  for (let at = AGREEMENT_BYTES; at + 2 <= said.length; at += 2 + said.readUInt16BE(at)) starts.push(at);
  return starts;
}

/** Keeps the second message of the handshake, one frame, and the first byte of the next, and sends them as one. */
function inOnePiece(dialer: Socket, target: Socket): void {
  let said = Buffer.alloc(0);
  let passedBytes = 0;
  let isDone = false;
  const pass = (upTo: number): void => {
    if (upTo > passedBytes) target.write(said.subarray(passedBytes, upTo));
    passedBytes = Math.max(passedBytes, upTo);
  };
  dialer.on("data", (chunk) => {
    said = Buffer.concat([said, chunk]);
    if (isDone) return pass(said.length);
    const [, second = said.length, , third] = frameStarts(said);
    if (third === undefined) return pass(Math.min(second, said.length));
    pass(third + 1);
    isDone = true;
    // The rest when the node has seen what came before: it answers the handshake by then.
    target.once("data", () => pass(said.length));
  });
}

/** Returns the address of a path to the node on which its dialer's bytes come so. */
async function pathTo(network: Network): Promise<string> {
  const address = network.addresses()[0] ?? "";
  const port = Number(/\/tcp\/(\d+)/.exec(address)?.[1]);
  const server = createServer((dialer) => {
    const target = createConnection(port, "127.0.0.1");
    target.on("error", () => undefined).pipe(dialer);
    dialer.on("error", () => undefined).on("close", () => target.destroy());
    inOnePiece(dialer, target);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stops.push(() => new Promise((resolve) => server.close(resolve)));
  return address.replace(`/tcp/${port}`, `/tcp/${(server.address() as AddressInfo).port}`);
}

it("is heard as if it had come later", async () => {
  const [network, dialer] = [await node(1), await node(2)];
  const peer = await dialer.dial([await pathTo(network)], NEVER);
  expect(await dialer.request(peer, PROTOCOL, bytes("behind the handshake"), NEVER)).toEqual(
    bytes("behind the handshake"),
  );
});
