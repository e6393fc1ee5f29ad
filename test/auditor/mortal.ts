/**
 * A process that dies at a chosen call of a port: from then on nothing it does has any effect, and nothing it awaits
 * ever settles.
 */
import type { World } from "./world.ts";

type Modules = Pick<World, "claims" | "heads" | "observations" | "roots" | "signer" | "source" | "proofVerifier">;

export class Mortal {
  /** What was called, in order, `name before` and `name after`. */
  readonly points: string[] = [];
  readonly #dieAt: number;

  /** Dies at the `dieAt`-th point; Infinity: never. */
  constructor(dieAt: number) {
    this.#dieAt = dieAt;
  }

  get isDead(): boolean {
    return this.points.length > this.#dieAt;
  }

  modules({ claims, heads, observations, roots, signer, source, proofVerifier }: Modules): Modules {
    return {
      claims: this.#mortal("claims", claims),
      heads: this.#mortal("heads", heads),
      observations: this.#mortal("observations", observations),
      roots: this.#mortal("roots", roots),
      signer: this.#mortal("signer", signer),
      source: this.#mortal("source", source),
      proofVerifier: this.#mortal("proofVerifier", proofVerifier),
    };
  }

  /** The same object, with a point of death before and after each call that answers with a promise. */
  #mortal<Port extends object>(name: string, port: Port): Port {
    return new Proxy(port, {
      get: (target, property) => {
        const member: unknown = Reflect.get(target, property, target);
        if (typeof member !== "function") return member;
        const call = `${name}.${String(property)}`;
        return (...args: unknown[]): unknown => {
          if (isSynchronous(call)) return Reflect.apply(member, target, args);
          return this.#pass(`${call} before`)
            .then(() => Reflect.apply(member, target, args))
            .then(async (result) => {
              await this.#pass(`${call} after`);
              return result;
            });
        };
      },
    });
  }

  #pass(point: string): Promise<void> {
    this.points.push(point);
    return this.isDead ? new Promise<never>(() => {}) : Promise.resolve();
  }
}

function isSynchronous(call: string): boolean {
  return ["claims.newest", "claims.haltOf", "claims.mark", "heads.noteVerified"].includes(call);
}
