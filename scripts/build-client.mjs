// Builds the package coaudit-client: the SDK and the parts of core that it needs, from the same source, for those who
// do not run a node. Its ES modules are compiled file by file; dist/cjs serves require(), Jest and older TypeScript.
// node scripts/build-client.mjs FOLDER    (default: packages/coaudit-client, which git ignores), then npm pack FOLDER
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = resolve(process.argv[2] ?? join(root, "packages/coaudit-client"));
const { version, license, engines, dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** The entry points of the package, and the file behind each. */
const DOORS = {
  ".": "client/index",
  "./file": "client/node/file-trust",
  "./keys": "client/keys/index",
  "./policy": "client/policy/index",
  "./keys/file": "client/node/file-keys",
};

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
compile();
await bundleForRequire();
describePackage();
recordBuild();

function compile() {
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
}

/** One file for each entry point, the files they share, and declarations that TypeScript reads as CommonJS. */
async function bundleForRequire() {
  const dist = join(folder, "dist");
  const cjs = join(dist, "cjs");
  const build = await rolldown({
    input: Object.fromEntries(Object.values(DOORS).map((path) => [path, join(dist, `${path}.js`)])),
    platform: "neutral",
    external: /^node:/,
    resolve: { modules: [join(root, "node_modules")] },
    logLevel: "silent",
  });
  await build.write({ dir: cjs, format: "cjs", entryFileNames: "[name].js", chunkFileNames: "shared-[name].js" });
  await build.close();
  for (const file of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".d.ts") || file.startsWith("cjs")) continue;
    mkdirSync(dirname(join(cjs, file)), { recursive: true });
    cpSync(join(dist, file), join(cjs, file));
  }
  writeFileSync(join(cjs, "package.json"), `${JSON.stringify({ type: "commonjs" })}\n`);
}

function describePackage() {
  const files = (path, kind) => ({ types: `./dist/${kind}${path}.d.ts`, default: `./dist/${kind}${path}.js` });
  const doors = Object.entries(DOORS).map(([name, path]) => [
    name,
    { import: files(path, ""), require: files(path, "cjs/") },
  ]);
  const description = {
    name: "coaudit-client",
    version,
    description: "Which digest of a key directory do enough auditors stand behind, and is it the one that I was shown?",
    license,
    type: "module",
    sideEffects: false,
    engines,
    main: "./dist/cjs/client/index.js",
    module: "./dist/client/index.js",
    types: "./dist/cjs/client/index.d.ts",
    exports: { ...Object.fromEntries(doors), "./package.json": "./package.json" },
    files: ["dist", "file", "keys", "policy", "BUILD.json", "README.md", "LICENSE"],
    dependencies: Object.fromEntries(
      ["@noble/curves", "@noble/ed25519", "@noble/hashes"].map((name) => [name, dependencies[name]]),
    ),
    // A release is built in public, and the registry says from which commit.
    publishConfig: { access: "public", provenance: true },
  };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(description, null, 2)}\n`);
  // TypeScript with moduleResolution "node10" and old bundlers look for a folder, not for exports.
  for (const [name, path] of Object.entries(DOORS)) {
    if (name === ".") continue;
    const here = join(folder, name);
    mkdirSync(here, { recursive: true });
    const to = (end) => relative(here, join(folder, `dist/cjs/${path}${end}`));
    writeFileSync(join(here, "package.json"), `${JSON.stringify({ main: to(".js"), types: to(".d.ts") })}\n`);
  }
  cpSync(join(root, "LICENSE"), join(folder, "LICENSE"));
  cpSync(join(root, "src/client/README.md"), join(folder, "README.md"));
}

/** The commit it was built from, so that anybody can build it again and compare. */
function recordBuild() {
  const git = (...args) => {
    try {
      return execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    } catch {
      return undefined; // not a checkout
    }
  };
  const status = git("status", "--porcelain");
  const hash = (file) => createHash("sha256").update(readFileSync(file)).digest("hex");
  const files = readdirSync(join(folder, "dist"), { recursive: true, encoding: "utf8", withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .sort();
  const build = {
    commit: git("rev-parse", "HEAD") ?? "unknown",
    clean: status === undefined ? "unknown" : status === "",
    node: process.version,
    lockFile: hash(join(root, "package-lock.json")),
    files: Object.fromEntries(files.map((file) => [file, hash(join(folder, file))])),
  };
  writeFileSync(join(folder, "BUILD.json"), `${JSON.stringify(build, null, 2)}\n`);
}
