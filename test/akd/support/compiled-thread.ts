/** Threads run JavaScript on every Node, tests are TypeScript: this compiles the script of the verifier's threads for them. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));

export interface CompiledThread {
  readonly script: URL;
  remove(): void;
}

export function compiledThread(): CompiledThread {
  const folder = mkdtempSync(join(root, "node_modules", ".test-threads-"));
  const tsconfig = {
    extends: "../../tsconfig.build.json",
    compilerOptions: {
      rootDir: "../../src",
      outDir: "out",
      declaration: false,
      isolatedDeclarations: false,
      types: ["node"],
    },
    files: ["../../src/akd/threads/range-thread.ts"],
    include: [],
  };
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
  execFileSync(join(root, "node_modules/.bin/tsc"), ["-p", folder], { stdio: "inherit" });
  const script = pathToFileURL(join(folder, "out/akd/threads/range-thread.js"));
  return { script, remove: () => rmSync(folder, { recursive: true }) };
}
