import type { ProviderLie } from "../scenario/scenario.ts";

/** Lies that are evidence against the provider or its publication channel; being slow, or behind, is not. */
export const PROVIDER_GUILT: ReadonlySet<ProviderLie["kind"]> = new Set([
  "split",
  "split-by-time",
  "invalid-proof",
  "list-both",
]);
