/**
 * What a release consists of, into a folder: the package as it would be published, a list of everything it brings
 * (CycloneDX), and the checksums of both. `node scripts/release-files.mjs FOLDER`; needs a build.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Returns the names of the files. */
export function writeReleaseFiles(folder) {
  mkdirSync(folder, { recursive: true });
  const npm = (...args) => execFileSync("npm", args, { cwd: ROOT, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  const [{ filename }] = JSON.parse(npm("pack", "--json", "--ignore-scripts", "--pack-destination", resolve(folder)));
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const sbom = `coaudit-${version}.cdx.json`;
  // From the lock file: what is checked out need not be installed.
  writeFileSync(join(folder, sbom), npm("sbom", "--sbom-format", "cyclonedx", "--omit", "dev", "--package-lock-only"));
  const files = [filename, sbom];
  // As `sha256sum --check` reads it.
  writeFileSync(join(folder, "SHA256SUMS"), files.map((name) => `${sha256(join(folder, name))}  ${name}\n`).join(""));
  return [...files, "SHA256SUMS"];
}

function sha256(file) {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , folder] = process.argv;
  if (folder === undefined) {
    console.error("release-files: name the folder, as in `node scripts/release-files.mjs release`");
    process.exit(2);
  }
  for (const name of writeReleaseFiles(folder)) console.log(join(folder, name));
}
