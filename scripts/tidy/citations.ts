/** What a comment or a document points at exists: paths, files, sections and rows of the protocol, headings. */
import { posix } from "node:path";
import type { Problem, Rule, TextFile, Tree } from "./rule.ts";

const ROOTS = "src|test|scripts|docs|config|examples|bin";
const PATH = new RegExp(`(?<![\\w/.@<-])(?:\\.\\./)*(?:${ROOTS})/[\\w./-]*\\w`, "g");
/** A file by its name alone: `(claim-record.ts)`. */
const FILE = /(?<![\w/.*<{-])[a-z][\w-]*(?:\.[\w-]+)*\.(?:ts|mts|mjs)\b(?!\.\w)/g;
const PROTOCOL = "docs/protocol.md";
/** `docs/protocol.md 6.1 row 8`; a title in place of the number is found, and refused: titles change. */
const SECTION = /docs\/protocol\.md,?\s+(?:(\d+(?:\.\d+)*)(?:\s+rows?\s+(\d+))?|([A-Z][a-z]+))/g;
const LINK = /\]\(([^)\s]+)\)/g;
/** Made by a build or by hand while one works, and so not in the repository. */
const MADE = /^(dist|coverage|packages)\b/;

export const citations: Rule = {
  name: "citations",
  check: (tree) => {
    const sections = sectionsOf(tree.documents.find(({ path }) => path === PROTOCOL));
    const comments = tree.code.map((file) => ({
      path: file.path,
      lines: file.scanned.map(({ comment }) => comment),
    }));
    return [
      ...comments.flatMap((file) => [...citedPaths(file, tree), ...citedSections(file, sections)]),
      ...tree.documents.filter(({ path }) => path !== "CHANGELOG.md").flatMap((file) => citedPaths(file, tree)),
      ...tree.documents.flatMap((file) => [...citedSections(file, sections), ...links(file, tree)]),
    ];
  },
};

function citedPaths({ path, lines }: TextFile, { paths }: Tree): Problem[] {
  const names = new Set([...paths].map((one) => posix.basename(one)));
  return lines.flatMap((text, index) => {
    const cited = [...text.matchAll(PATH)].map(([name]) => name.replace(/^(\.\.\/)+/, ""));
    const bare = path.startsWith("docs/") ? [] : [...text.matchAll(FILE)].map(([name]) => name);
    return [
      ...cited.filter((name) => !paths.has(name) && !MADE.test(name) && !hasBeginning(name, paths)),
      ...bare.filter((name) => !names.has(name)),
    ].map((name) => ({ path, line: index + 1, message: `${name} does not exist` }));
  });
}

/** `docs/decisions/0006` names a file by its number. */
function hasBeginning(name: string, paths: ReadonlySet<string>): boolean {
  return /\/\d{4}$/.test(name) && [...paths].some((path) => path.startsWith(`${name}-`));
}

/** The rows of each section's table by its number, `6.1` -> {1, ..., 13}. */
export function sectionsOf(protocol: TextFile | undefined): ReadonlyMap<string, ReadonlySet<string>> {
  const sections = new Map<string, Set<string>>();
  let rows: Set<string> | undefined;
  for (const line of protocol?.lines ?? []) {
    const heading = /^#{2,} (\d+(?:\.\d+)*) /.exec(line)?.[1];
    if (heading !== undefined) {
      rows = new Set();
      sections.set(heading, rows);
    }
    const row = /^\| (\d+) \|/.exec(line)?.[1] ?? /^(\d+)\. /.exec(line)?.[1];
    if (row !== undefined) rows?.add(row);
  }
  return sections;
}

function citedSections({ path, lines }: TextFile, sections: ReadonlyMap<string, ReadonlySet<string>>): Problem[] {
  return lines.flatMap((text, index) => {
    // A citation may end on the next line.
    const next = /docs\/protocol\.md,?$/.test(text) ? ` ${lines[index + 1] ?? ""}` : "";
    return [...`${text}${next}`.matchAll(SECTION)].flatMap(([, section, row, title]) => {
      const message =
        section === undefined
          ? `cite the protocol's sections by number, not as "${title}"`
          : !sections.has(section)
            ? `docs/protocol.md has no section ${section}`
            : row !== undefined && !sections.get(section)?.has(row)
              ? `docs/protocol.md ${section} has no row ${row}`
              : undefined;
      return message === undefined ? [] : [{ path, line: index + 1, message }];
    });
  });
}

function links({ path, lines }: TextFile, tree: Tree): Problem[] {
  let isBlock = false;
  return lines.flatMap((text, index) => {
    if (text.startsWith("```")) isBlock = !isBlock;
    if (isBlock) return [];
    return [...text.matchAll(LINK)].flatMap(([, target = ""]) => {
      if (/^[a-z]+:/.test(target)) return [];
      const [file = "", anchor] = target.split("#");
      const to = file === "" ? path : posix.join(posix.dirname(path), file).replace(/\/$/, "");
      const problem = { path, line: index + 1 };
      if (!tree.paths.has(to)) return [{ ...problem, message: `the link ${target} leads nowhere` }];
      const headings = tree.documents.find((one) => one.path === to)?.lines.filter((line) => line.startsWith("#"));
      const isThere = anchor === undefined || headings?.some((line) => anchorOf(line) === anchor);
      return isThere ? [] : [{ ...problem, message: `${to} has no heading #${anchor}` }];
    });
  });
}

/** As GitHub makes them. */
function anchorOf(heading: string): string {
  return heading
    .replace(/^#+ /, "")
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number}\s_-]/gu, "")
    .replace(/\s/g, "-");
}
