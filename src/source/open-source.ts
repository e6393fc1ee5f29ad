/** The log of a range: a bucket, or a folder. */
import type { EpochSource } from "./source.ts";

export async function openSource({
  log,
  allowPlainHttp,
}: {
  log: string;
  allowPlainHttp: boolean;
}): Promise<EpochSource> {
  if (!/^https?:\/\//.test(log)) {
    const { FolderSource } = await import("./folder.ts");
    return new FolderSource({ directory: log });
  }
  const { BucketSource } = await import("./bucket.ts");
  const { systemClock, systemRandom } = await import("../platform/system.ts");
  return new BucketSource({ url: log, allowPlainHttp }, { clock: systemClock, random: systemRandom });
}
