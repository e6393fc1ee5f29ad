import { isPublished, type KeysLie } from "../../simulator/scenario/keys-scenario.ts";
import type { ProviderLie } from "../../simulator/scenario/scenario.ts";
import { durationText } from "./page/time-text.js";

/** What a provider does, to follow "the provider". `to`: its victims, as many of them as there is room for. */
export function lieWords(lie: ProviderLie, to: string): string {
  switch (lie.kind) {
    case "split":
      return `shows another history to ${to}`;
    case "split-by-time":
      return `shows another history to ${to} for ${durationText(Math.round(lie.windowMs * 1000))} after each epoch appears`;
    case "rewind":
      return `goes back by ${lie.epochs} ${lie.epochs === 1 ? "epoch" : "epochs"} before ${to}`;
    case "invalid-proof":
      return `shows proofs that do not verify to ${to}`;
    case "withhold":
      return `withholds its epochs from ${to}`;
    case "slow":
      return `answers ${to} slowly`;
    case "list-both":
      return `lists both histories to ${to}`;
  }
}

/** What a directory does about a key, to follow "the directory". `list`: names, as many as there is room for. */
export function keyLieWords(lie: KeysLie, list: (names: readonly string[]) => string): string {
  const { about } = lie;
  if (isPublished(lie)) {
    const hides = lie.kind === "tombstoned-version" ? " and then removes its value" : "";
    return `shows everybody a key of ${about} that ${about} never made${hides}`;
  }
  const to = list(lie.to);
  switch (lie.kind) {
    case "swapped-key":
      return `shows ${to} another key of ${about}, on a fork${lie.ahead === 0 ? "" : ` ${lie.ahead} epochs ahead`}`;
    case "hidden-version":
      return `shows ${to} a version of ${about}'s key that ${about} is not shown`;
    case "forgotten-version":
      return `shows ${to} the key of ${about} before the newest`;
    case "old-epoch":
      return `answers ${to} about ${about} from ${lie.behind} ${lie.behind === 1 ? "epoch" : "epochs"} ago`;
    case "other-vrf-key":
      return `answers ${to} about ${about} under another VRF key`;
    case "other-label":
      return `answers ${to} about somebody else than ${about}`;
    case "denied":
      return `denies ${about} to ${to}`;
    case "withheld":
      return `does not answer ${to} about ${about}`;
  }
}
