// Builds the package coaudit-client: the SDK and what it needs of core, from the same source, for whoever wants no
// node.
// node scripts/build-client.mjs FOLDER    (default: packages/coaudit-client, which git ignores)
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = resolve(process.argv[2] ?? join(root, "packages/coaudit-client"));
const { version, license, engines, dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const settings = join(folder, "tsconfig.json");
writeFileSync(
  settings,
  JSON.stringify({
    extends: join(root, "tsconfig.build.json"),
    compilerOptions: {
      rootDir: join(root, "src"),
      outDir: join(folder, "dist"),
      typeRoots: [join(root, "node_modules/@types")],
    },
    include: [join(root, "src/client")],
  }),
);
execFileSync(join(root, "node_modules/.bin/tsc"), ["-p", settings], { cwd: root, stdio: "inherit" });
rmSync(settings);

const door = (path) => ({ types: `./dist/client/${path}.d.ts`, default: `./dist/client/${path}.js` });
const description = {
  name: "coaudit-client",
  version,
  description: "Which digest of a key directory do enough auditors stand behind, and is it the one that I was shown?",
  license,
  type: "module",
  sideEffects: false,
  engines,
  exports: {
    ".": door("index"),
    "./keys": door("keys/index"),
    "./keys/file": door("node/file-keys"),
    "./file": door("node/file-trust"),
    "./package.json": "./package.json",
  },
  files: ["dist", "README.md", "LICENSE"],
  dependencies: Object.fromEntries(
    ["@noble/curves", "@noble/ed25519", "@noble/hashes"].map((name) => [name, dependencies[name]]),
  ),
};
writeFileSync(join(folder, "package.json"), `${JSON.stringify(description, null, 2)}\n`);
cpSync(join(root, "LICENSE"), join(folder, "LICENSE"));
cpSync(join(root, "docs/clients.md"), join(folder, "README.md"));
