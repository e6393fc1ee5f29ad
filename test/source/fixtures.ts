/** The recorded directories, by path, name and bytes. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const AKD: string = fileURLToPath(new URL("../fixtures/akd/", import.meta.url));
export const MAIN: string = join(AKD, "whatsapp_v1-main");
export const FORK: string = join(AKD, "whatsapp_v1-fork");
export const LATER: string = join(AKD, "whatsapp_v1-60k");

/** epoch -> `epoch/previous/current`. */
export async function namesIn(directory: string): Promise<ReadonlyMap<number, string>> {
  const { epochs } = JSON.parse(await readFile(join(directory, "manifest.json"), "utf8")) as {
    epochs: { epoch: number; prev: string; root: string }[];
  };
  return new Map(epochs.map(({ epoch, prev, root }) => [epoch, `${epoch}/${prev}/${root}`]));
}

export async function blobBytes(directory: string, epoch: number): Promise<Uint8Array> {
  const name = (await namesIn(directory)).get(epoch) ?? "";
  return new Uint8Array(await readFile(join(directory, "audits", name)));
}
