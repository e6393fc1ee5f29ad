import { readFileSync } from "node:fs";
import type { ConfigurationName } from "../../../src/akd/configuration.ts";
import type { KeyRequest, KeyVersion } from "../../../src/akd/keys/key-check.ts";
import type { HistoryExtent } from "../../../src/akd/keys/verify-history.ts";
import { fromHex, toHex } from "../../../src/core/bytes.ts";

const ROOT = new URL("../../fixtures/akd/", import.meta.url);

export interface PlainVersion {
  epoch: number;
  version: number;
  value: string;
}

interface Entry {
  epoch: number;
  root: string;
  label: string;
  proof: string;
}

interface Manifest {
  config: ConfigurationName;
  vrfPublicKey: string;
  lookups: (Entry & { result: PlainVersion })[];
  histories: (Entry & { params: "complete" | "mostRecent2"; results: PlainVersion[] })[];
}

export interface LookupFixture {
  name: string;
  request: KeyRequest;
  proof: Uint8Array;
  result: PlainVersion;
}

export interface HistoryFixture {
  name: string;
  request: KeyRequest;
  proof: Uint8Array;
  extent: HistoryExtent;
  results: PlainVersion[];
}

export const FOLDERS = ["whatsapp_v1-main", "whatsapp_v1-fork", "experimental"] as const;

export function lookupFixtures(folder: string): LookupFixture[] {
  const manifest = manifestOf(folder);
  return manifest.lookups.map((entry) => ({ ...read(folder, manifest, entry), result: entry.result }));
}

export function historyFixtures(folder: string): HistoryFixture[] {
  const manifest = manifestOf(folder);
  return manifest.histories.map((entry) => ({
    ...read(folder, manifest, entry),
    extent: entry.params === "complete" ? { kind: "complete" } : { kind: "most-recent", count: 2 },
    results: entry.results,
  }));
}

export function plain({ epoch, version, value }: KeyVersion): PlainVersion {
  return { epoch, version, value: toHex(value) };
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(new URL(`${folder}/manifest.json`, ROOT), "utf8")) as Manifest;
}

function read(folder: string, manifest: Manifest, { epoch, root, label, proof }: Entry) {
  const { config: configuration, vrfPublicKey } = manifest;
  return {
    name: `${folder}/${proof}`,
    request: { configuration, vrfKey: fromHex(vrfPublicKey), label: fromHex(label), epoch, digest: fromHex(root) },
    proof: new Uint8Array(readFileSync(new URL(`${folder}/${proof}`, ROOT))),
  };
}
