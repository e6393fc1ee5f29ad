// node examples/browser/build.mjs FOLDER: the page in one folder, to be served by anything.
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "../../scripts/bundle.mjs";

const folder = process.argv[2] ?? "page";
mkdirSync(folder, { recursive: true });
const sdk = fileURLToPath(new URL("../../src/client/index.ts", import.meta.url));
const page = fileURLToPath(new URL("page.mjs", import.meta.url));
writeFileSync(join(folder, "page.js"), await bundle(page, { "coaudit-client": sdk }));
cpSync(fileURLToPath(new URL("index.html", import.meta.url)), join(folder, "index.html"));
