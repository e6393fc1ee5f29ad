import { readFile, writeFile } from "node:fs/promises";
import { describeDamage } from "./claim-damage.ts";

describeDamage("a flipped bit", async (path, offset) => {
  const bytes = await readFile(path);
  bytes[offset] = (bytes[offset] as number) ^ (1 << ((offset / 32) % 8));
  await writeFile(path, bytes);
});
