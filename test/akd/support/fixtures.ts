/** Directories made with the akd crate 0.13.0 (test/fixtures/README.md). */
import { readFileSync } from "node:fs";
import type { ConfigurationName } from "../../../src/akd/configuration.ts";
import type { ProofRequest } from "../../../src/akd/verify.ts";
import { fromHex } from "../../../src/core/bytes.ts";

const root = new URL("../../fixtures/akd/", import.meta.url);

export const DIRECTORIES = ["whatsapp_v1-main", "whatsapp_v1-fork", "whatsapp_v1-60k", "experimental"] as const;

export interface RecordedEpoch {
  path: string;
  request: ProofRequest;
  proof: Uint8Array;
  inserted: number;
  unchanged: number;
}

interface Manifest {
  config: ConfigurationName;
  emptyRoot: string;
  epochs: { epoch: number; prev: string; root: string; inserted: number; unchanged: number }[];
}

export function manifest(directory: string): Manifest {
  return JSON.parse(readFileSync(new URL(`${directory}/manifest.json`, root), "utf8")) as Manifest;
}

export function recordedEpochs(directory: string): RecordedEpoch[] {
  const { config, epochs } = manifest(directory);
  return epochs.map(({ epoch, prev, root: current, inserted, unchanged }) => {
    const path = new URL(`${directory}/audits/${epoch}/${prev}/${current}`, root);
    const request = { configuration: config, epoch, from: fromHex(prev), to: fromHex(current) };
    return { path: path.pathname, request, proof: new Uint8Array(readFileSync(path)), inserted, unchanged };
  });
}
