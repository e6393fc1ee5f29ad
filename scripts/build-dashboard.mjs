// Builds src/dashboard to dist/dashboard/built: one page, its script in parts that are loaded when they are needed, its
// styles. Vite and Preact are needed here alone: what is built holds what it needs.
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const root = fileURLToPath(new URL("../src/dashboard", import.meta.url));
const outDir = fileURLToPath(new URL("../dist/dashboard/built", import.meta.url));

/** Whoever reads a message of the node finds it here too. */
export async function buildDashboard() {
  rmSync(outDir, { recursive: true, force: true });
  await build({
    configFile: false,
    root,
    base: "/dashboard/",
    logLevel: "warn",
    build: {
      outDir,
      emptyOutDir: true,
      assetsDir: ".",
      // The policy of the page loads no data: URLs.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      target: "es2022",
      reportCompressedSize: false,
    },
  });
}
