/** The content of test/vectors, by file. Fixed seeds: the same every time. */
import { caseVectors } from "./cases.ts";
import { caseIdVectors, certificateVectors, messageIdVectors, signedMessageVectors } from "./other.ts";
import { policyBundleVectors } from "./policy-bundles.ts";
import { statementVectors } from "./statements.ts";
import { streamFrameVectors } from "./stream-frames.ts";
import { syncFrameVectors } from "./sync-frames.ts";
import { syncHashVectors } from "./sync-hashes.ts";

export function allVectors(): Readonly<Record<string, readonly object[]>> {
  return {
    "statements.json": statementVectors(),
    "sync-frames.json": syncFrameVectors(),
    "stream-frames.json": streamFrameVectors(),
    "sync-hashes.json": syncHashVectors(),
    "message-ids.json": messageIdVectors() as object[],
    "case-ids.json": caseIdVectors() as object[],
    "signed-messages.json": signedMessageVectors() as object[],
    "cases.json": caseVectors() as object[],
    "certificates.json": certificateVectors() as object[],
    "policy-bundles.json": policyBundleVectors(),
  };
}

/** One vector a line, so that a change shows as one. */
export function formatVectors(vectors: readonly object[]): string {
  return `[\n${vectors.map((vector) => `  ${JSON.stringify(vector)}`).join(",\n")}\n]\n`;
}
