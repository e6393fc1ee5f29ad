/** Prints the names of the packages of which anything was imported, as JSON in the last line. */
import { readFileSync, rmSync } from "node:fs";
import { createRequire, register } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const file = join(tmpdir(), `coaudit-packages-${process.pid}`);
process.env.LOADED_FILE = file;
register("./recorder.mjs", import.meta.url);
process.on("exit", () => {
  const imported = readFileSync(file, "utf8").split("\n");
  rmSync(file);
  const all = [...imported, ...Object.keys(createRequire(import.meta.url).cache)];
  console.log(
    JSON.stringify([...new Set(all.flatMap((url) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []))]),
  );
});
