/**
 * Removes the declarations that no door of the package leads to: 600 files, each a block of 4 KiB on the disk of
 * whoever installs it.
 */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** Returns how many are left. */
export function pruneDeclarations(root) {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const doors = Object.values(exports).flatMap(({ types }) => (types === undefined ? [] : [resolve(root, types)]));
  const reached = reachedFrom(doors);
  for (const name of readdirSync(join(root, "dist"), { recursive: true })) {
    const file = resolve(root, "dist", name);
    if (file.endsWith(".d.ts") && !reached.has(file)) rmSync(file);
  }
  return reached.size;
}

function reachedFrom(doors) {
  const reached = new Set(doors);
  for (const file of reached) {
    // A declaration names another one in an import, an export, or import("...") inside a type.
    for (const [, name] of readFileSync(file, "utf8").matchAll(/(?:from |import\(|import )"(\.{1,2}\/[^"]+)"/g)) {
      reached.add(resolve(dirname(file), name.replace(/\.(js|ts)$/, ".d.ts")));
    }
  }
  return reached;
}
