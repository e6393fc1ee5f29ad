/** What the directory answers to whom about whose key: the truth, or the lie that this person is told. */
import type { HistoryExtent } from "../../akd/keys/verify-history.ts";
import { toHex, utf8 } from "../../core/bytes.ts";
import { isCoauditError } from "../../core/errors.ts";
import { type KeyReply, type KeyLie as PracticeLie, reply } from "../../provider/keys/key-lies.ts";
import { isPublished, type KeysLie, type KeysScenario, type ToldLie } from "../scenario/keys-scenario.ts";
import type { Branch } from "../world/trace.ts";
import { keysOf } from "./key-owners.ts";
import type { KeyTrees } from "./key-trees.ts";
import type { Provider } from "./provider.ts";

/** `split`: the other history, of which the person is shown all. */
export type LieToPerson = KeysLie["kind"] | "split";

export interface KeyDeskOptions {
  readonly keys: KeysScenario;
  readonly people: readonly string[];
}

export interface KeyDeskModules {
  readonly provider: Provider;
  readonly trees: KeyTrees;
  /** A person was shown an epoch of the other history. */
  readonly onShown: (to: string, epoch: number, branch: Branch) => void;
  /** A person was told something untrue. */
  readonly onLie: (epoch: number) => void;
}

export interface DeskQuestion {
  /** Who asks about whom. */
  readonly from: string;
  readonly about: string;
  /** Undefined: a lookup. */
  readonly extent: HistoryExtent | undefined;
}

export interface DeskAnswer {
  readonly reply: KeyReply;
  readonly lie: LieToPerson | undefined;
}

export class KeyDesk {
  readonly #options: KeyDeskOptions;
  readonly #modules: KeyDeskModules;

  constructor(options: KeyDeskOptions, modules: KeyDeskModules) {
    this.#options = options;
    this.#modules = modules;
  }

  answer({ from, about, extent }: DeskQuestion): DeskAnswer {
    const { provider, trees, onShown, onLie } = this.#modules;
    const epoch = provider.latest(from);
    if (epoch === 0 || provider.isWithheld(from, epoch)) return { reply: { kind: "withheld" }, lie: undefined };
    const lie = this.#lieTo(from, about, epoch);
    const branch = lie?.kind === "swapped-key" ? "fork" : provider.branch(from, epoch);
    const at = epochOf(lie, epoch);
    const directory = trees.directory(at, branch);
    const label = utf8(about);
    if (branch === "fork") onShown(from, at, branch);
    if (lie !== undefined) onLie(at);
    const inTree = this.#published(about, directory.versions(label, "shown"));
    return {
      reply: answered(() => reply(directory, { label, extent }, this.#practiceLie(lie))),
      lie: lie?.kind ?? inTree ?? (branch === "fork" ? "split" : undefined),
    };
  }

  #lieTo(from: string, about: string, epoch: number): ToldLie | undefined {
    return this.#options.keys.lies.find(
      (lie): lie is ToldLie =>
        !isPublished(lie) &&
        lie.about === about &&
        lie.to.includes(from) &&
        epoch >= lie.fromEpoch &&
        epoch <= (lie.toEpoch ?? Number.POSITIVE_INFINITY),
    );
  }

  /** The lie by which there is a version in everybody's tree that its owner never made. */
  #published(
    about: string,
    shown: readonly { readonly epoch: number; readonly value: Uint8Array }[],
  ): LieToPerson | undefined {
    const { keys } = this.#options;
    const lie = keys.lies.find((one) => isPublished(one) && one.about === about);
    if (lie === undefined) return undefined;
    const own = new Set([...keysOf(about, shown.at(-1)?.epoch ?? 0, keys.newKeyEpochs).values()].map(toHex));
    return shown.some(({ value }) => !own.has(toHex(value))) ? lie.kind : undefined;
  }

  #practiceLie(lie: ToldLie | undefined): PracticeLie | undefined {
    if (lie === undefined) return undefined;
    switch (lie.kind) {
      // These two are the truth of another tree.
      case "swapped-key":
      case "old-epoch":
        return undefined;
      case "other-label":
        return { kind: lie.kind, instead: toHex(utf8(this.#neighbourOf(lie.about))) };
      case "hidden-version":
      case "forgotten-version":
      case "other-vrf-key":
      case "denied":
      case "withheld":
        return { kind: lie.kind };
    }
  }

  #neighbourOf(person: string): string {
    const { people } = this.#options;
    return people[(people.indexOf(person) + 1) % people.length] ?? person;
  }
}

/** Which epoch the answer is about, where the newest is this one. */
function epochOf(lie: ToldLie | undefined, newest: number): number {
  if (lie?.kind === "swapped-key") return newest + lie.ahead;
  return lie?.kind === "old-epoch" ? Math.max(1, newest - lie.behind) : newest;
}

/** A provider that cannot prove what it wants to show does not answer. */
function answered(make: () => KeyReply | undefined): KeyReply {
  try {
    return make() ?? { kind: "withheld" };
  } catch (error) {
    if (isCoauditError(error, "PROVIDER_CANNOT_PROVE")) return { kind: "withheld" };
    throw error;
  }
}
