/** What an attack is given and what it is: one function that goes on until it is told to end. */

/** Whom strangers turn to: the node under attack, or a sink that takes everything and does nothing. */
export interface Target {
  readonly p2pPort: number;
  readonly peerId: string;
  readonly apiPort: number;
  /** Where the bucket of junk listens, whoever asks it. */
  readonly junkPort: number;
  readonly namespace: string;
  readonly origin: string;
  /** Public: they stand in every roster. */
  readonly auditors: readonly { readonly name: string; readonly publicKeyHex: string }[];
}

/** What the attack cost so far, as far as it can count that itself. */
export interface Tally {
  connections: number;
  /** Requests, messages, frames: whatever the attack is made of. */
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
  /** How many strangers it takes at most, where 128 are more than it needs. */
  readonly mostStrangers?: number;
  /** Another namespace of the node's, whose provider the attack is. */
  readonly needs?: "junk namespace";
  /** Resolves when the signal aborts. */
  run(context: AttackContext): Promise<void>;
}
