/** Counts what persons conclude about keys. */
import type { KeyConclusion } from "../clients/person.ts";
import type { KeyMeasures } from "./measures.ts";

/** Where auditors or digests conflict somebody lies, though perhaps not to this person. */
const ABOUT_EVERYBODY: ReadonlySet<string> = new Set(["wrong-digest", "auditors-conflict"]);

export class KeyTally {
  readonly #results: Map<string, number> = new Map();
  #deceived = 0;
  #falseAlarms = 0;
  /** Who has found something wrong in the own history. */
  readonly #warned: Set<string> = new Set();
  /** The first alarm about the key of a contact of whom a lie was told, and about an own one; microseconds. */
  victimUs: number | undefined;
  ownerUs: number | undefined;

  add(
    who: string,
    { about, by, result, reason, lie, deceived }: KeyConclusion,
    { nowUs, isLieTold }: { readonly nowUs: number; readonly isLieTold: boolean },
  ): void {
    const isOwn = about === who;
    if (!isOwn && by !== "settled") this.#results.set(result, (this.#results.get(result) ?? 0) + 1);
    if (deceived && !isOwn && !this.#warned.has(about)) this.#deceived++;
    if (result !== "alarm") return;
    const isRight = lie !== null || (isLieTold && ABOUT_EVERYBODY.has(reason ?? ""));
    if (isOwn) this.#warned.add(who);
    if (!isRight) this.#falseAlarms++;
    else if (isOwn) this.ownerUs ??= nowUs;
    else this.victimUs ??= nowUs;
  }

  measures(): KeyMeasures {
    const results = [...this.#results].sort(([a], [b]) => (a < b ? -1 : 1));
    const count = (result: string): number => this.#results.get(result) ?? 0;
    const checks = results.reduce((sum, [, one]) => sum + one, 0);
    return {
      checks,
      verified: checks === 0 ? null : (count("verified") + count("changed")) / checks,
      results: Object.fromEntries(results),
      deceived: this.#deceived,
      falseAlarms: this.#falseAlarms,
    };
  }
}
