/** Requests of other machines: so many a second of all together, and a share of them for each. */
import { BoundedMap } from "../core/bounded-map.ts";
import type { Elapsed } from "../core/clock.ts";
import { TokenBucket } from "../core/token-bucket.ts";

/** One asker has this part of what all have: seven that ask as fast as they can leave something for an eighth. */
const SHARES = 8;
/** Askers that are remembered; who asked longest ago is forgotten first. */
const MAX_ASKERS = 4_096;
/** A node that is asked much is not ill: whoever watches it from elsewhere is not to start it anew. */
const HEALTH_PATH = /^\/(healthz|readyz|auditz)$/;
const HEALTH_CHECKS_PER_SECOND = 200;

interface Allowance {
  readonly requests: TokenBucket;
  /** For when there is nothing left of those. */
  readonly healthChecks: TokenBucket;
}

export class RequestBudget {
  readonly #perSecond: number;
  readonly #clock: Elapsed;
  readonly #all: Allowance;
  readonly #shares: BoundedMap<string, Allowance> = new BoundedMap(MAX_ASKERS);

  constructor({ requestsPerSecond }: { readonly requestsPerSecond: number }, { clock }: { readonly clock: Elapsed }) {
    this.#perSecond = requestsPerSecond;
    this.#clock = clock;
    this.#all = this.#allowance(1);
  }

  /** False when the asker, or all of them, have asked enough. */
  take(asker: string, url = ""): boolean {
    const share = this.#shares.use(asker) ?? this.#allowance(SHARES);
    this.#shares.set(asker, share);
    // The share first: what one asks beyond it costs nobody else an answer.
    if (share.requests.take(1) && this.#all.requests.take(1)) return true;
    return HEALTH_PATH.test(url) && share.healthChecks.take(1) && this.#all.healthChecks.take(1);
  }

  #allowance(shares: number): Allowance {
    const requests = this.#perSecond / shares;
    const healthChecks = HEALTH_CHECKS_PER_SECOND / shares;
    const modules = { clock: this.#clock };
    return {
      requests: new TokenBucket({ perSecond: requests, burst: 2 * requests }, modules),
      healthChecks: new TokenBucket({ perSecond: healthChecks, burst: healthChecks }, modules),
    };
  }
}
