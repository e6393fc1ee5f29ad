/**
 * Wraps comments that are wider than code, from the first line that is too wide to the end of its paragraph. Lists,
 * tables, commands and lines with columns of their own keep their lines.
 */

export const COMMENT_WIDTH = 120;

const IS_ITEM = /^(-|\*|\d+[.)])\s/;
const BEGINS = /^(-|\*|\d+[.)]|@\w+|#)(\s|$)|^(node|npm|npx) |\S {2,}\S/;
const IS_KEPT = /^$|^\|| {2,}/;
const IS_DIRECTIVE = /biome-ignore|@ts-|^\s*\/\/\//;

export function wrapComments(text: string): string {
  const lines = text.split("\n");
  const wrapped: string[] = [];
  for (let index = 0; index < lines.length; ) {
    const block = lineBlock(lines, index) ?? starBlock(lines, index) ?? oneLineBlock(lines, index);
    if (block === undefined) {
      wrapped.push(lines[index] ?? "");
      index++;
    } else {
      wrapped.push(...block.lines);
      index += block.taken;
    }
  }
  return wrapped.join("\n");
}

interface Block {
  readonly lines: readonly string[];
  /** So many of the text's lines it stands for. */
  readonly taken: number;
}

/** Lines that begin with two slashes, of one indentation. */
function lineBlock(lines: readonly string[], from: number): Block | undefined {
  const indent = /^(\s*)\/\/(?: |$)/.exec(lines[from] ?? "")?.[1];
  if (indent === undefined) return undefined;
  const prefix = `${indent}//`;
  let to = from;
  while (lines[to]?.startsWith(prefix) && !IS_DIRECTIVE.test(lines[to] ?? "")) to++;
  if (to === from) return undefined;
  const texts = lines.slice(from, to).map((line) => line.slice(prefix.length).replace(/^ /, ""));
  return { lines: wrapTexts(texts, `${prefix} `), taken: to - from };
}

function starBlock(lines: readonly string[], from: number): Block | undefined {
  const indent = /^(\s*)\/\*\*$/.exec(lines[from] ?? "")?.[1];
  if (indent === undefined) return undefined;
  let to = from + 1;
  while (/^\s*\*(?!\/)/.test(lines[to] ?? "")) to++;
  if (!/^\s*\*\/$/.test(lines[to] ?? "")) return undefined;
  const texts = lines.slice(from + 1, to).map((line) => line.replace(/^\s*\* ?/, ""));
  const wrapped = wrapTexts(texts, `${indent} * `);
  return { lines: [lines[from] ?? "", ...wrapped, lines[to] ?? ""], taken: to + 1 - from };
}

function oneLineBlock(lines: readonly string[], from: number): Block | undefined {
  const line = lines[from] ?? "";
  const [, indent, text] = /^(\s*)\/\*\* (.*) \*\/$/.exec(line) ?? [];
  if (indent === undefined || text === undefined || line.length <= COMMENT_WIDTH) return undefined;
  return { lines: [`${indent}/**`, ...wrapTexts([text], `${indent} * `), `${indent} */`], taken: 1 };
}

function wrapTexts(texts: readonly string[], prefix: string): string[] {
  const wrapped: string[] = [];
  for (let index = 0; index < texts.length; ) {
    const paragraph = [texts[index] ?? ""];
    index++;
    const isKept = IS_KEPT.test(paragraph[0] ?? "");
    while (!isKept && index < texts.length && continues(texts[index] ?? "")) paragraph.push(texts[index++] ?? "");
    const wide = isKept ? -1 : paragraph.findIndex((text) => prefix.length + text.length > COMMENT_WIDTH);
    const kept = wide < 0 ? paragraph : paragraph.slice(0, wide);
    wrapped.push(...kept.map((text) => (prefix + text).trimEnd()));
    if (wide < 0) continue;
    const hanging = IS_ITEM.test(paragraph[0] ?? "") ? `${prefix}  ` : prefix;
    wrapped.push(...wrapWords(paragraph.slice(wide).join(" "), wide === 0 ? prefix : hanging, hanging));
  }
  return wrapped;
}

function continues(text: string): boolean {
  return text.trim() !== "" && !text.startsWith("|") && !BEGINS.test(text.trim());
}

function wrapWords(text: string, first: string, rest: string): string[] {
  const lines: string[] = [];
  let line = first;
  let count = 0;
  for (const word of text.trim().split(/\s+/)) {
    if (count > 0 && line.length + 1 + word.length > COMMENT_WIDTH) {
      lines.push(line);
      line = rest;
      count = 0;
    }
    line += count === 0 ? word : ` ${word}`;
    count++;
  }
  return [...lines, line];
}
