/** An attack, and what it is given: a function that goes on until its signal aborts. */

/** What strangers connect to: the node under attack, or a sink that accepts everything and does nothing. */
export interface Target {
  readonly p2pPort: number;
  readonly peerId: string;
  readonly apiPort: number;
  /** Where the bucket of junk listens. */
  readonly junkPort: number;
  readonly namespace: string;
  readonly origin: string;
  /** Public: every roster lists them. */
  readonly auditors: readonly { readonly name: string; readonly publicKeyHex: string }[];
}

/** The attack's effort so far, as far as it can count that itself. */
export interface Tally {
  connections: number;
  /** Requests, messages or frames: the units that the attack consists of. */
  units: number;
  bytes: number;
}

export interface AttackContext {
  readonly target: Target;
  readonly strangers: number;
  readonly signal: AbortSignal;
  readonly tally: Tally;
}

export interface Attack {
  readonly name: string;
  /** For the table. */
  readonly title: string;
  /** The most strangers it can use, where that is fewer than 128. */
  readonly mostStrangers?: number;
  /** A second namespace of the node, whose provider is the attacker. */
  readonly needs?: "junk namespace";
  /** Resolves when the signal aborts. */
  run(context: AttackContext): Promise<void>;
}
