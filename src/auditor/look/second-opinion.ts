/**
 * Before an auditor halts on a proof that it found wrong: could the fault be its own, or on the path to the provider?
 * [one wrong line of a configuration convicts an honest provider for ever]
 */
import { CONFIGURATION_NAMES, type ConfigurationName, emptyDigest } from "../../akd/configuration.ts";
import { equalBytes, toHex } from "../../core/bytes.ts";
import { parseBlobName } from "../../source/source.ts";
import type { VerifiedEpoch } from "../options.ts";
import type { Accusation } from "./accusation.ts";
import { type BlobCheckModules, type BlobRequest, checkBlob, checkMirrors, type VerifiedBlob } from "./blob-check.ts";

export type Opinion =
  | { readonly kind: "stands" }
  /** The only listed blob has a right body elsewhere. */
  | { readonly kind: "right-elsewhere"; readonly blob: VerifiedBlob }
  /** The log is right as one of the other configuration. */
  | { readonly kind: "other-configuration"; readonly configuration: ConfigurationName };

export interface SecondOpinionOptions {
  readonly namespace: string;
  readonly configuration: ConfigurationName;
}

/** Throws the SOURCE_ error of a body that could not be read: then there is no opinion yet, and must be no halt. */
export async function secondOpinion(
  accusation: Accusation,
  frontier: VerifiedEpoch,
  options: SecondOpinionOptions,
  modules: BlobCheckModules,
  signal: AbortSignal,
): Promise<Opinion> {
  const others = CONFIGURATION_NAMES.filter((name) => name !== options.configuration);
  if (accusation.kind === "chain-mismatch") return atTheBeginning(accusation, frontier, options, others);
  if (accusation.kind !== "invalid-proof") return { kind: "stands" };
  const names = accusation.blobNames.map(parseBlobName);
  const asked = { ...options, from: frontier.digest, fresh: true, keepSuspect: false, mirrored: false };
  const [name] = names;
  if (name !== undefined && names.length === 1) {
    const blob = await checkMirrors({ ...asked, name }, modules, signal);
    if (blob !== undefined) return { kind: "right-elsewhere", blob };
  }
  for (const configuration of others) {
    for (const one of names) {
      const request: BlobRequest = { ...asked, configuration, name: one };
      const verdict = await checkBlob(request, modules, signal);
      if (verdict.kind === "unreadable") throw verdict.error;
      if (verdict.kind === "verified") return { kind: "other-configuration", configuration };
    }
  }
  return { kind: "stands" };
}

/** An empty tree has another digest under each configuration, so a log's first proof starts from another one. */
function atTheBeginning(
  { blobNames }: Accusation,
  { digest }: VerifiedEpoch,
  options: SecondOpinionOptions,
  others: readonly ConfigurationName[],
): Opinion {
  if (!equalBytes(digest, emptyDigest(options.configuration))) return { kind: "stands" };
  const starts = blobNames.map((name) => toHex(parseBlobName(name).previous));
  const configuration = others.find((other) => starts.includes(toHex(emptyDigest(other))));
  return configuration === undefined ? { kind: "stands" } : { kind: "other-configuration", configuration };
}
