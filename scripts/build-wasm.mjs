// Builds the verifier's WebAssembly module from its readable source (scripts/build-wasm) and writes it as text, so that
// browsers load it without fetching and reviewers can rebuild it. A test checks that what is committed is what this
// writes.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(root, "node_modules", ".build-wasm-"));
try {
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      extends: "../../tsconfig.build.json",
      compilerOptions: {
        rootDir: "../..",
        outDir: "out",
        declaration: false,
        isolatedDeclarations: false,
        types: ["node"],
      },
      include: ["../../scripts/build-wasm"],
    }),
  );
  execFileSync(join(root, "node_modules", ".bin", "tsc"), ["-p", folder], { stdio: "inherit" });
  const { kernelModule } = await import(pathToFileURL(join(folder, "out/scripts/build-wasm/module.js")).href);
  const { moduleText } = await import(pathToFileURL(join(folder, "out/scripts/build-wasm/module-text.js")).href);
  const bytes = kernelModule();
  writeFileSync(join(root, "src/akd/kernel/module-bytes.ts"), moduleText(bytes));
  console.log(`src/akd/kernel/module-bytes.ts: ${bytes.length} bytes of WebAssembly`);
} finally {
  rmSync(folder, { recursive: true });
}
