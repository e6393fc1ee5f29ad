/**
 * Clients that carry tree heads between web servers, round by round, until one of them meets the other history: the
 * model of Oxford, Parker and Ryan, Quantitative Verification of Certificate Transparency Gossip Protocols (SPC 2020),
 * of the protocols of Chuat et al. (2015). Their PRISM model is computed here exactly, by the distribution over all
 * states.
 */

/** What a client or a server holds. A newer one replaces an older one; "main" and "fork" can't be reconciled. */
export type Held = "old" | "main" | "fork";

export interface PollinationClient {
  /** The chance that it takes part in a round. */
  readonly rate: number;
  /** The chance of each server, if it does. */
  readonly servers: readonly number[];
  readonly holds: Held;
}

export interface Pollination {
  readonly clients: readonly PollinationClient[];
  readonly servers: readonly Held[];
}

const LEVELS: Readonly<Record<Held, number>> = { old: 0, main: 1, fork: 2 };

/** A server that found a contradiction no longer holds a head, and warns every visitor. */
const WARNING = 3;

/** The probability that a client has noticed by the end of round 1, 2, ..., `rounds`. */
export function pollinationDetection(model: Pollination, rounds: number): readonly number[] {
  const start = [...model.servers, ...model.clients.map(({ holds }) => holds)].map((held) => LEVELS[held]);
  let states = new Map([[start.join(""), 1]]);
  let noticed = 0;
  const byRound: number[] = [];
  const known = new Map<string, ReadonlyMap<string, number>>();
  const successors = (state: string) => {
    const after = known.get(state) ?? oneRound(model, [...state].map(Number));
    known.set(state, after);
    return after;
  };
  for (let round = 0; round < rounds; round++) {
    const next = new Map<string, number>();
    for (const [state, probability] of states) {
      let unnoticed = 0;
      for (const [successor, chance] of successors(state)) {
        next.set(successor, (next.get(successor) ?? 0) + probability * chance);
        unnoticed += chance;
      }
      noticed += probability * (1 - unnoticed);
    }
    states = next;
    byRound.push(noticed);
  }
  return byRound;
}

/** Where a round leads while no client notices. All choose first, then all compare at once. */
function oneRound(model: Pollination, state: readonly number[]): ReadonlyMap<string, number> {
  const serverCount = model.servers.length;
  const after = new Map<string, number>();
  const visitors: number[][] = model.servers.map(() => []);
  const clientsAfter = state.slice(serverCount);
  const choose = (client: number, probability: number): void => {
    const one = model.clients[client];
    if (one === undefined) {
      const servers = visitors.map((held, server) => serverAfter(state[server] as number, held));
      const key = [...servers, ...clientsAfter].join("");
      after.set(key, (after.get(key) ?? 0) + probability);
      return;
    }
    const holds = state[serverCount + client] as number;
    if (one.rate < 1) choose(client + 1, probability * (1 - one.rate));
    for (const [server, chance] of one.servers.entries()) {
      const offered = state[server] as number;
      if (chance === 0 || offered === WARNING || contradicts(offered, holds)) continue;
      visitors[server]?.push(holds);
      clientsAfter[client] = Math.max(holds, offered);
      choose(client + 1, probability * one.rate * chance);
      clientsAfter[client] = holds;
      visitors[server]?.pop();
    }
  };
  choose(0, 1);
  return after;
}

function serverAfter(holds: number, visitors: readonly number[]): number {
  if (holds === WARNING) return WARNING;
  const all = [holds, ...visitors];
  return all.includes(LEVELS.main) && all.includes(LEVELS.fork) ? WARNING : Math.max(...all);
}

function contradicts(one: number, other: number): boolean {
  return one > LEVELS.old && other > LEVELS.old && one !== other;
}
