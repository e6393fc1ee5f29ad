/** What every rule is: it looks at the whole tree, and says where something is wrong and what would be right. */
import type { CodeLine } from "./scan.ts";

export interface TextFile {
  /** From the root of the repository, with forward slashes. */
  readonly path: string;
  readonly lines: readonly string[];
}

export interface CodeFile extends TextFile {
  /** Line by line what is code and what is comment. */
  readonly scanned: readonly CodeLine[];
  readonly imports: readonly Import[];
}

export interface Import {
  /** As written: `./head.ts`, `node:fs`, `libp2p`. */
  readonly target: string;
  /** The path of the file it names; undefined for packages. */
  readonly path: string | undefined;
  /** Counted from 1. */
  readonly line: number;
}

export interface Tree {
  /** TypeScript and JavaScript. */
  readonly code: readonly CodeFile[];
  /** Markdown. */
  readonly documents: readonly TextFile[];
  /** Every path there is, folders too. */
  readonly paths: ReadonlySet<string>;
}

export interface Problem {
  readonly path: string;
  /** Counted from 1. */
  readonly line: number;
  readonly message: string;
}

export interface Rule {
  readonly name: string;
  readonly check: (tree: Tree) => Problem[];
}
