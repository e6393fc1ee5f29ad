/** The tree as rules see it: read from the disk, or made of texts by a test. */
import { readdirSync, readFileSync } from "node:fs";
import { join, posix, relative, sep } from "node:path";
import type { CodeFile, Import, Tree } from "./rule.ts";
import { type CodeLine, scan } from "./scan.ts";

const FOLDERS = ["src", "test", "scripts", "bin", "examples", "config", "docs", ".ci", ".github"];
/** Made by programs or by other people. */
const NOT_OURS = /(^|\/)(node_modules|dist|target|coverage|fixtures)(\/|$)|^packages\//;
const CODE = /\.(ts|tsx|mts|js|mjs|cjs)$/;
const TARGET = /(?:\bfrom\s*|\bimport\s*\(\s*|^\s*import\s+|\bnew URL\(\s*)"([^"]+)"/gm;

export function readTree(root: string): Tree {
  const texts = new Map<string, string>();
  const others: string[] = [];
  const visit = (path: string): void => {
    if (/\.(ts|tsx|mts|js|mjs|cjs|md)$/.test(path) && !NOT_OURS.test(path)) {
      texts.set(path, readFileSync(join(root, path), "utf8"));
    } else others.push(path);
  };
  for (const folder of FOLDERS) {
    for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
      const path = relative(root, join(entry.parentPath, entry.name)).split(sep).join("/");
      if (entry.isFile() && !/(^|\/)(node_modules|target)\//.test(path)) visit(path);
    }
  }
  for (const entry of readdirSync(root, { withFileTypes: true })) if (entry.isFile()) visit(entry.name);
  return treeOf(texts, others);
}

/** `others`: paths of files that no rule reads. */
export function treeOf(texts: ReadonlyMap<string, string>, others: readonly string[] = []): Tree {
  const paths = new Set<string>();
  for (const path of [...texts.keys(), ...others]) {
    for (let folder = path; folder !== "."; folder = posix.dirname(folder)) paths.add(folder);
  }
  const code: CodeFile[] = [];
  const documents = [];
  for (const [path, text] of texts) {
    const lines = text.split("\n");
    if (!CODE.test(path)) documents.push({ path, lines });
    else {
      const scanned = scan(text);
      code.push({ path, lines, scanned, imports: importsOf(path, text, scanned, paths) });
    }
  }
  return { code, documents, paths };
}

function importsOf(path: string, text: string, scanned: readonly CodeLine[], paths: ReadonlySet<string>): Import[] {
  return [...text.matchAll(TARGET)].flatMap((match) => {
    const [whole, target = ""] = match;
    const line = text.slice(0, match.index + whole.length - whole.trimStart().length).split("\n").length;
    // Not what a comment or a string says.
    if (!/\b(from|import|URL)\b/.test(scanned[line - 1]?.code ?? "")) return [];
    const joined = target.startsWith(".") ? posix.join(posix.dirname(path), target) : undefined;
    return [{ target, path: joined === undefined ? undefined : sourceOf(joined, paths), line }];
  });
}

/** What is compiled is named by what it is compiled to. */
function sourceOf(path: string, paths: ReadonlySet<string>): string {
  return !paths.has(path) && paths.has(path.replace(/\.js$/, ".ts")) ? path.replace(/\.js$/, ".ts") : path;
}
