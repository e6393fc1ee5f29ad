/**
 * What is installed with coaudit, what of it `coaudit run` loads, and how much of a disk both take in blocks of 4 KiB.
 * `npm run loaded` prints it as a table; needs a build.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const BLOCK_BYTES = 4096;

/**
 * Each package that `npm install coaudit --omit=optional` installs, itself among them: its name, bytes on disk, and
 * whether `coaudit run` loads any of it.
 */
export function installed() {
  const loaded = loadedFiles();
  const { packages } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8"));
  const folders = Object.entries(packages)
    .filter(([path, { dev, peer, optional, devOptional }]) => path !== "" && !(dev || peer || optional || devOptional))
    .map(([path]) => path)
    .filter((path) => existsSync(join(ROOT, path)));
  const rows = folders.map((path) => ({
    name: path.slice(path.indexOf("node_modules/") + "node_modules/".length),
    bytes: bytesUnder(join(ROOT, path)),
    isLoaded: loaded.some((file) => file.startsWith(join(ROOT, path) + sep)),
  }));
  const own = ["bin", "config", "dist", "docs"].reduce((sum, folder) => sum + bytesUnder(join(ROOT, folder)), 0);
  return [{ name: "coaudit", bytes: own, isLoaded: true }, ...rows].sort((a, b) => b.bytes - a.bytes);
}

/** Names of packages that `coaudit run` loads and that are not installed without the optional ones. */
export function loadedBeside(rows) {
  const names = new Set(rows.map(({ name }) => name));
  const packages = loadedFiles().flatMap((file) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []);
  return [...new Set(packages)].filter((name) => ![...names].some((one) => one === name || one.endsWith(`/${name}`)));
}

function loadedFiles() {
  const folder = mkdtempSync(join(tmpdir(), "coaudit-loaded-"));
  try {
    const file = join(folder, "urls");
    const program = join(ROOT, "scripts/loaded/program.mjs");
    execFileSync(process.execPath, [program], { env: { ...process.env, LOADED_FILE: file }, stdio: "pipe" });
    const urls = readFileSync(file, "utf8").split("\n");
    return urls.filter((url) => url.startsWith("file:")).map((url) => fileURLToPath(url));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Packages inside it count for themselves. */
function bytesUnder(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !relative(folder, entry.parentPath).split(sep).includes("node_modules"))
    .map((entry) => statSync(join(entry.parentPath, entry.name)).size)
    .reduce((sum, bytes) => sum + Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES, 0);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const rows = installed();
  const megabytes = (some) => (some.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6).toFixed(1).padStart(6);
  for (const row of rows) console.log(`${megabytes([row])} MB  ${row.isLoaded ? "loaded  " : "        "}  ${row.name}`);
  const loaded = rows.filter(({ isLoaded }) => isLoaded);
  console.log(
    `${megabytes(rows)} MB in ${rows.length} packages; \`coaudit run\` loads of ${loaded.length}:${megabytes(loaded)} MB`,
  );
}
