/** No attack, for comparison. */
import type { Attack } from "../attack.ts";
import { pause } from "../pause.ts";

export const nothing: Attack = {
  name: "nothing",
  title: "no attack",
  run: ({ signal }) => pause(2 ** 31 - 1, signal),
};
