/** The hosts that the addresses of roster auditors stand for: what comes from there is given places of its own. */
import { lookup } from "node:dns/promises";
import type { Clock } from "../../core/clock.ts";
import { errorMessage } from "../../core/errors.ts";
import type { Logger } from "../../core/log.ts";
import { plainHost } from "../../core/source-range.ts";
import { parseAddress } from "../address.ts";

/** Names are looked up again this often; a name that can't be keeps what it stood for. */
const LOOK_UP_EVERY_MS = 300_000;
/** Of one name. */
const MAX_HOSTS = 16;

/** The IP addresses of a host name. */
export type HostResolver = (name: string) => Promise<readonly string[]>;

export const systemResolver: HostResolver = async (name) =>
  (await lookup(name, { all: true })).slice(0, MAX_HOSTS).map(({ address }) => address);

export interface RosterSourcesModules {
  readonly resolve: HostResolver;
  readonly clock: Clock;
  readonly log: Logger;
}

export class RosterSources {
  readonly #modules: RosterSourcesModules;
  /** How many addresses name it. */
  readonly #names: Map<string, { count: number; hosts: readonly string[] }> = new Map();
  readonly #life = new AbortController();

  constructor(modules: RosterSourcesModules) {
    this.#modules = modules;
  }

  has(host: string): boolean {
    for (const { hosts } of this.#names.values()) if (hosts.includes(plainHost(host))) return true;
    return false;
  }

  /** Returns what ends it. */
  add(addresses: readonly string[]): () => void {
    const names = new Set(addresses.flatMap(nameIn));
    for (const name of names) this.#hold(name);
    let isEnded = false;
    return () => {
      if (isEnded) return;
      isEnded = true;
      for (const name of names) this.#drop(name);
    };
  }

  /** Looks names up until it is stopped. Never throws. */
  async run(): Promise<void> {
    const { clock } = this.#modules;
    const { signal } = this.#life;
    while (!signal.aborted) {
      await clock.sleep(LOOK_UP_EVERY_MS, signal);
      if (!signal.aborted) await Promise.all([...this.#names.keys()].map((name) => this.#lookUp(name)));
    }
  }

  stop(): void {
    this.#life.abort();
  }

  #hold(name: string): void {
    const held = this.#names.get(name);
    if (held !== undefined) {
      held.count++;
      return;
    }
    this.#names.set(name, { count: 1, hosts: isIp(name) ? [plainHost(name)] : [] });
    void this.#lookUp(name);
  }

  #drop(name: string): void {
    const held = this.#names.get(name);
    if (held !== undefined && --held.count === 0) this.#names.delete(name);
  }

  async #lookUp(name: string): Promise<void> {
    if (isIp(name)) return;
    try {
      const hosts = await this.#modules.resolve(name);
      const held = this.#names.get(name);
      if (held !== undefined) held.hosts = hosts.map(plainHost);
    } catch (error) {
      this.#modules.log.debug({ name, error: errorMessage(error) }, "the name of a roster address is not found");
    }
  }
}

function nameIn(address: string): string[] {
  const host = parseAddress(address)
    .getComponents()
    .find(({ name }) => /^(ip4|ip6|dns|dns4|dns6)$/.test(name))?.value;
  return host === undefined ? [] : [host];
}

function isIp(name: string): boolean {
  return name.includes(":") || /^[\d.]+$/.test(name);
}
