/** Which peer id is which auditor, and where it can be dialled: from the roster, and from the auditors' own records. */
import type { AuditorRecord } from "../core/statement.ts";
import { decodeStatement } from "../core/statement-codec.ts";
import { peerIdOfPublicKey } from "../gossip/libp2p/network-key.ts";
import { peerIdIn } from "../gossip/peer-address.ts";
import type { DialTarget } from "../gossip/roster-dialer.ts";
import type { Ledger } from "../ledger/ledger.ts";

export class PeerNames {
  readonly #ownName: string;
  readonly #ledger: Ledger;
  readonly #records: Map<string, { peerId: string; multiaddrs: readonly string[] }> = new Map();

  private constructor(ownName: string, ledger: Ledger) {
    this.#ownName = ownName;
    this.#ledger = ledger;
  }

  static async open(options: { ownName: string }, modules: { ledger: Ledger }): Promise<PeerNames> {
    const names = new PeerNames(options.ownName, modules.ledger);
    for await (const bytes of modules.ledger.statements.records()) names.learn(decodeStatement(bytes) as AuditorRecord);
    return names;
  }

  /** Takes a record that the ledger accepted. True if it changes whom to dial. */
  learn(record: AuditorRecord): boolean {
    const next = { peerId: peerIdOfPublicKey(record.peerPublicKey), multiaddrs: record.multiaddrs };
    const held = this.#records.get(record.name);
    this.#records.set(record.name, next);
    return record.name !== this.#ownName && JSON.stringify(held) !== JSON.stringify(next);
  }

  auditorOf(peerId: string): string | undefined {
    return this.targets().find((target) => target.peerId === peerId)?.name;
  }

  /** One per other auditor of the roster. The roster's own addresses go first: they are the operator's word. */
  targets(): DialTarget[] {
    return this.#ledger.assumptions.roster.auditors
      .filter(({ name }) => name !== this.#ownName)
      .map(({ name, addresses }) => {
        const record = this.#records.get(name);
        const peerId = peerIdIn(addresses) ?? record?.peerId;
        const known = record?.peerId === peerId ? (record?.multiaddrs ?? []) : [];
        return { name, ...(peerId === undefined ? {} : { peerId }), addresses: [...new Set([...addresses, ...known])] };
      });
  }
}
