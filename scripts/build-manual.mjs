/** Writes the manual page, from the definitions of the commands that were compiled just before. */
import { readFileSync, writeFileSync } from "node:fs";

export async function buildManual() {
  const at = (path) => new URL(`../${path}`, import.meta.url);
  const { createProgram } = await import(at("dist/cli/main.js"));
  const { processContext } = await import(at("dist/cli/context.js"));
  const { commandTree } = await import(at("dist/cli/manual/command-tree.js"));
  const { manPage } = await import(at("dist/cli/manual/man-page.js"));
  const { VERSION } = await import(at("dist/version.js"));
  // The newest date in the history of changes: a build of the same sources is the same file.
  const date = /\b\d{4}-\d{2}-\d{2}\b/.exec(readFileSync(at("CHANGELOG.md"), "utf8"))?.[0] ?? "";
  writeFileSync(
    at("dist/coaudit.1"),
    manPage(commandTree(createProgram(processContext())), { version: VERSION, date }),
  );
}
