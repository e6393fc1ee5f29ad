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
