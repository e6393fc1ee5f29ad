/** A ledger of made-up statements, with the rules that matter to head sync: what joins a slot, what is refused. */
import { compareText, fromHex, fromUtf8, toHex, utf8 } from "../../../src/core/bytes.ts";
import type { Verdict } from "../../../src/gossip/network.ts";
import type { LedgerPort } from "../../../src/gossip/sync/ledger-port.ts";
import { HeadSummaries, itemId, type Series, type SlotState } from "../../../src/ledger/summaries.ts";

export interface Said {
  readonly auditor: string;
  readonly namespace: string;
  readonly epoch: number;
  /** 32 bytes in hex. */
  readonly digest: string;
  readonly completeness: 1 | 2 | 3;
  /** What signatures and timestamps would be: differs between copies that say the same. */
  readonly ink: number;
}

export function statementOf(said: Said): Uint8Array {
  return utf8(JSON.stringify(said));
}

export class MemoryLedger implements LedgerPort {
  readonly roster: string[];
  readonly names: string[];
  readonly slots: Map<string, Said[]> = new Map();
  readonly notes: Map<string, string> = new Map();
  readonly lowWater: Map<string, number> = new Map();
  readonly summaries: HeadSummaries;
  /** Says no to statements that another node may take. */
  refuses: (said: Said) => boolean = () => false;
  received = 0;
  slotsRead = 0;

  constructor(roster: readonly string[], namespaces: readonly string[]) {
    this.roster = [...roster];
    this.names = [...namespaces];
    this.summaries = new HeadSummaries({ readSlots: async (series, from, to) => this.#read(series, from, to) });
  }

  convictedSeries(): readonly never[] {
    return [];
  }

  series(): Series[] {
    return this.roster.flatMap((auditor) => ["", ...this.names].map((namespace) => ({ auditor, namespace })));
  }

  lowWaterEpoch(namespace: string): number {
    return this.lowWater.get(namespace) ?? 0;
  }

  async statements(series: Series, epochs: readonly number[]): Promise<Uint8Array[][]> {
    return epochs.map((epoch) => (this.slots.get(slotKey({ ...series, epoch })) ?? []).map(statementOf));
  }

  async items(series: Series, ids: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return ids.map((id) => {
      const note = this.notes.get(`${series.auditor} ${toHex(id)}`);
      return note === undefined ? undefined : utf8(`note ${series.auditor} ${note}`);
    });
  }

  readonly ingest = async (bytes: Uint8Array): Promise<Verdict> => {
    this.received++;
    const text = fromUtf8(bytes);
    const note = /^note (\S+) (.*)$/.exec(text);
    if (note !== null) return this.note(note[1] as string, note[2] as string);
    return text.startsWith("{") ? this.say(JSON.parse(text) as Said) : "reject";
  };

  say(said: Said): Verdict {
    if (!this.roster.includes(said.auditor) || !this.names.includes(said.namespace) || this.refuses(said))
      return "ignore";
    const held = this.slots.get(slotKey(said)) ?? [];
    const same = held.find(({ digest }) => digest === said.digest);
    if (same !== undefined && same.completeness >= said.completeness) return "ignore";
    if (same === undefined && held.length === 2) return "ignore";
    const slot = [...held.filter((other) => other !== same), said];
    this.slots.set(slotKey(said), slot);
    this.summaries.set(said.auditor, said.namespace, said.epoch, stateOf(slot));
    return "accept";
  }

  note(auditor: string, text: string): Verdict {
    if (!this.roster.includes(auditor)) return "ignore";
    const id = itemId("note", auditor, text);
    this.notes.set(`${auditor} ${toHex(id)}`, text);
    this.summaries.addItem(auditor, "", id);
    return "accept";
  }

  prune(namespace: string, belowEpoch: number): void {
    for (const [key, [said]] of this.slots) {
      if (said !== undefined && said.namespace === namespace && said.epoch < belowEpoch) this.slots.delete(key);
    }
    this.lowWater.set(namespace, belowEpoch);
    this.summaries.dropBelow(namespace, belowEpoch);
  }

  /** What the ledger holds in substance: slots with their states, notes. */
  substance(): string[] {
    const slots = [...this.slots].map(([key, slot]) => {
      const state = stateOf(slot);
      return `${key} ${state === "equivocated" ? state : `${toHex(state.digest)} ${state.completeness}`}`;
    });
    return [...slots, ...this.notes.keys()].sort(compareText);
  }

  #read(series: Series, from: number, to: number): [number, SlotState][] {
    const found: [number, SlotState][] = [];
    for (let epoch = from; epoch < to; epoch++) {
      const slot = this.slots.get(slotKey({ ...series, epoch }));
      if (slot !== undefined) found.push([epoch, stateOf(slot)]);
    }
    this.slotsRead += found.length;
    return found;
  }
}

/** A digest that depends on the epoch alone, or on a fork too. */
export function digestOf(epoch: number, fork = 0): string {
  const key = `${epoch} ${fork}`;
  const digest = digests.get(key) ?? toHex(itemId("digest", key));
  digests.set(key, digest);
  return digest;
}

const digests: Map<string, string> = new Map();
const digestBytes: Map<string, Uint8Array> = new Map();

function slotKey({ auditor, namespace, epoch }: { auditor: string; namespace: string; epoch: number }): string {
  return `${namespace} ${auditor} ${epoch}`;
}

function stateOf(slot: readonly Said[]): SlotState {
  const [only, second] = slot;
  if (only === undefined || second !== undefined) return "equivocated";
  const digest = digestBytes.get(only.digest) ?? fromHex(only.digest);
  digestBytes.set(only.digest, digest);
  return { digest, completeness: only.completeness };
}
