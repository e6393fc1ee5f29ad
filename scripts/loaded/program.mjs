/** Loads what `coaudit run` loads, and notes it. */
import { appendFileSync } from "node:fs";
import { createRequire, register } from "node:module";
import { pathToFileURL } from "node:url";

register("./recorder.mjs", import.meta.url);
await import("../../dist/cli/node/run-action.js");
for (const file of Object.keys(createRequire(import.meta.url).cache)) {
  appendFileSync(process.env.LOADED_FILE, `${pathToFileURL(file)}\n`);
}
