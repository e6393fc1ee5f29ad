/** Threads and pages run JavaScript, tests are TypeScript: this compiles what they need. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));

export interface CompiledThread {
  readonly script: URL;
  remove(): void;
}

/** The script of the verifier's threads. */
export function compiledThread(): CompiledThread {
  const { folder, remove } = compiled("akd/threads/range-thread.ts");
  return { script: pathToFileURL(join(folder, "akd/threads/range-thread.js")), remove };
}

/** A folder like src with `file` and all that it imports. */
export function compiled(file: string): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(root, "node_modules", ".test-compiled-"));
  const compilerOptions = {
    rootDir: "../../src",
    outDir: "out",
    declaration: false,
    isolatedDeclarations: false,
    types: ["node"],
  };
  const tsconfig = { extends: "../../tsconfig.build.json", compilerOptions, files: [`../../src/${file}`], include: [] };
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
  execFileSync(join(root, "node_modules/.bin/tsc"), ["-p", folder], { stdio: "inherit" });
  return { folder: join(folder, "out"), remove: () => rmSync(folder, { recursive: true }) };
}
