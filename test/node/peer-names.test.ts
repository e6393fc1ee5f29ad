/** Which peer id has what only a roster peer may do: one of each auditor at a time. */
import { describe, expect, it } from "vitest";
import { Roster } from "../../src/core/roster.ts";
import { encodeStatement } from "../../src/core/statement-codec.ts";
import { peerIdOfPublicKey } from "../../src/gossip/libp2p/network-key.ts";
import { Ledger } from "../../src/ledger/ledger.ts";
import { PeerNames } from "../../src/node/peer-names.ts";
import { NativeVerifier } from "../../src/platform/native-ed25519.ts";
import { makeAuditors, NAMESPACE, ORIGIN, T0, TestAuditor } from "../support/auditors.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const [OWN, LIAR, HONEST] = makeAuditors(3) as [TestAuditor, TestAuditor, TestAuditor];

/** A network key and its peer id. */
function networkOf(index: number): { key: TestAuditor; peerId: string } {
  const key = new TestAuditor("network", 100 + index);
  return { key, peerId: peerIdOfPublicKey(key.key.publicKey) };
}

/** The names as a node keeps them: what the ledger takes, they learn. */
async function setUp(listed: readonly string[] = [], retired?: number, joined?: number) {
  const clock = new VirtualClock(T0);
  const auditors = [OWN, LIAR, HONEST].map((auditor) => ({
    name: auditor.name,
    keys: [{ publicKey: auditor.key.publicKey }],
    addresses: auditor === LIAR ? listed : [],
    ...(auditor === LIAR && retired !== undefined ? { retired: { [NAMESPACE]: retired } } : {}),
    ...(auditor === LIAR && joined !== undefined ? { joined: { [NAMESPACE]: joined } } : {}),
  }));
  const ledger = await Ledger.open(
    {
      namespaces: [{ namespace: NAMESPACE, origin: ORIGIN }],
      roster: new Roster(auditors),
      faultBound: 0,
      providerKeys: new Map(),
    },
    { store: new MemoryStore(), clock, verifier: new NativeVerifier() },
  );
  const names = await PeerNames.open({ ownName: OWN.name }, { ledger, clock });
  ledger.onEvent((event) => {
    if (event.type === "record") names.learn(event.record);
  });
  const say = async (auditor: TestAuditor, sequence: number, network: TestAuditor): Promise<string> =>
    ledger.receive(encodeStatement(auditor.record(sequence, network)), "gossip");
  const rosterPeers = (networks: readonly { peerId: string }[]): number[] =>
    networks.flatMap(({ peerId }, index) => (names.auditorOf(peerId) === LIAR.name ? [index] : []));
  return { clock, ledger, names, say, rosterPeers };
}

describe("the peer ids of roster auditors", () => {
  it("are one of each auditor at a time, whatever its records name in quick succession", async () => {
    const { clock, say, rosterPeers } = await setUp();
    const networks = Array.from({ length: 30 }, (_, i) => networkOf(i));
    const seen = new Set<number>();
    for (const [index, { key }] of networks.entries()) {
      expect(await say(LIAR, T0 + index, key)).toBe("accepted");
      const now = rosterPeers(networks);
      expect(now).toHaveLength(1);
      for (const one of now) seen.add(one);
    }
    // The first, and the one that came in its place at once.
    expect([...seen]).toEqual([0, 1]);
    await clock.advance(59_999);
    expect(rosterPeers(networks)).toEqual([1]);
    await clock.advance(1);
    expect(rosterPeers(networks)).toEqual([29]);
  });

  it("follow the newest record, not the last that came", async () => {
    const { say, rosterPeers } = await setUp();
    const networks = [networkOf(0), networkOf(1)] as const;
    expect(await say(LIAR, T0 + 5, networks[0].key)).toBe("accepted");
    expect(await say(LIAR, T0 + 4, networks[1].key)).toBe("superseded");
    expect(rosterPeers(networks)).toEqual([0]);
  });

  it("are what the roster lists, whatever a record says", async () => {
    const [listed, other] = [networkOf(0), networkOf(1)];
    const { say, names, rosterPeers } = await setUp([`/ip4/127.0.0.1/tcp/1/p2p/${listed.peerId}`]);
    expect(await say(LIAR, T0, other.key)).toBe("accepted");
    expect(rosterPeers([listed, other])).toEqual([0]);
    expect(names.targets().find(({ name }) => name === LIAR.name)?.addresses).toHaveLength(1);
  });

  it("are one auditor's each: two that name the same id are not both answered for by it", async () => {
    const { say, names } = await setUp();
    const shared = networkOf(0);
    await say(LIAR, T0, shared.key);
    await say(HONEST, T0, shared.key);
    expect([LIAR.name, HONEST.name]).toContain(names.auditorOf(shared.peerId));
    expect(names.targets().filter(({ peerId }) => peerId === shared.peerId)).toHaveLength(2);
  });

  it("lose what only roster peers may do once the auditor retired, at an epoch that is passed", async () => {
    const network = networkOf(0);
    for (const [retired, reached, isPeer] of [
      [0, 0, false],
      [9, 0, true],
      [9, 8, true],
      [9, 9, false],
      [undefined, 9, true],
    ] as const) {
      const { ledger, say, names } = await setUp(["/ip4/10.0.0.1/tcp/1"], retired);
      await say(LIAR, T0, network.key);
      ledger.setVerified(NAMESPACE, reached);
      const again = await PeerNames.open({ ownName: OWN.name }, { ledger, clock: new VirtualClock(T0) });
      expect(again.auditorOf(network.peerId), `retired at ${retired}, reached ${reached}`).toBe(
        isPeer ? LIAR.name : undefined,
      );
      expect(again.targets().map(({ name }) => name)).toEqual(isPeer ? [LIAR.name, HONEST.name] : [HONEST.name]);
      expect(names.targets()).toBeDefined();
    }
  });

  it("lose it within seconds while the node runs, and those that are yet to join have it", async () => {
    const network = networkOf(0);
    const { clock, ledger, say, names } = await setUp(["/ip4/10.0.0.1/tcp/1"], 9);
    await say(LIAR, T0, network.key);
    expect(names.auditorOf(network.peerId)).toBe(LIAR.name);
    ledger.setVerified(NAMESPACE, 10);
    await clock.advance(10_000);
    expect(names.auditorOf(network.peerId)).toBeUndefined();
    expect(names.targets().map(({ name }) => name)).toEqual([HONEST.name]);
    const newcomer = await setUp(["/ip4/10.0.0.1/tcp/1"], undefined, 1_000);
    await newcomer.say(LIAR, T0, network.key);
    expect(newcomer.names.auditorOf(network.peerId)).toBe(LIAR.name);
  });

  it("come back from the ledger after a restart", async () => {
    const { clock, ledger, say } = await setUp();
    const network = networkOf(0);
    await say(LIAR, T0, network.key);
    const again = await PeerNames.open({ ownName: OWN.name }, { ledger, clock });
    expect(again.auditorOf(network.peerId)).toBe(LIAR.name);
  });
});
