/** A YAML text as plain values that know their position, so that an error points into what a person wrote. */
import { isMap, isScalar, LineCounter, type Node, type ParsedNode, parseDocument } from "yaml";
import { CoauditError, errorMessage } from "../../core/errors.ts";
import { yamlWords } from "./yaml-words.ts";

/** Keys and indexes from the top. */
export type TreePath = readonly (string | number)[];

export interface Place {
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
}

export class YamlTree {
  /** What errors call it. */
  readonly file: string;
  readonly value: unknown;
  readonly #root: ParsedNode | null;
  readonly #lines: LineCounter;

  /** Throws CONFIG_UNREADABLE for a text that is not one YAML document. */
  constructor(text: string, file: string) {
    const lineCounter = new LineCounter();
    const document = parseDocument(text, { uniqueKeys: true, lineCounter, prettyErrors: false });
    const [problem] = document.errors;
    if (problem !== undefined) {
      const { line, col } = lineCounter.linePos(problem.pos[0]);
      const words = yamlWords(problem, text.split("\n")[line - 1] ?? "");
      throw notYaml(file, `${file}:${line}:${col}`, words, problem);
    }
    this.file = file;
    this.#root = document.contents;
    this.#lines = lineCounter;
    try {
      this.value = document.toJS();
    } catch (cause) {
      // More aliases than a text of this size can honestly have.
      throw notYaml(file, file, errorMessage(cause), cause);
    }
  }

  /**
   * The position of the value at this path, of its key in a map; if there is none, of the innermost thing around it.
   */
  placeOf(path: TreePath): Place | undefined {
    let node: Node | null = this.#root;
    let shown: Node | null = node;
    for (const step of path) {
      const next: { value: Node | null; at: Node | null } | undefined = childOf(node, step);
      if (next === undefined) break;
      node = next.value;
      shown = next.at ?? shown;
    }
    const offset = shown?.range?.[0];
    if (offset === undefined) return undefined;
    const { line, col } = this.#lines.linePos(offset);
    return { line, column: col };
  }
}

function childOf(node: Node | null, step: string | number): { value: Node | null; at: Node | null } | undefined {
  if (isMap<Node, Node | null>(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
    return pair === undefined ? undefined : { value: pair.value, at: pair.key };
  }
  const items = (node as { items?: readonly Node[] } | null)?.items;
  const item = items?.[Number(step)];
  return item === undefined ? undefined : { value: item, at: item };
}

function notYaml(file: string, place: string, words: string, cause: unknown): CoauditError<"CONFIG_UNREADABLE"> {
  return new CoauditError("CONFIG_UNREADABLE", `${place}: not YAML: ${words}`, { file }, { cause });
}

/** ["namespaces", 0, "root"] -> namespaces[0].root */
export function pathText(path: TreePath): string {
  return path.map((step, i) => (typeof step === "number" ? `[${step}]` : i === 0 ? step : `.${step}`)).join("");
}
