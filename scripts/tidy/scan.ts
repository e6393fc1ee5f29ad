/**
 * Separates code from comments, line by line: rules look for words, and a word in a comment is not a name in code. Own
 * code because TypeScript 7 offers its parser to no program.
 */

export interface CodeLine {
  /** The line without comments and without the contents of strings and regular expressions. */
  readonly code: string;
  /** The text of the comments on this line, without their marks; empty when there are none. */
  readonly comment: string;
}

type Mode = "code" | "line comment" | "block comment" | "template" | "'" | '"' | "regex";

/** After these a slash begins a regular expression; elsewhere it divides. */
const BEFORE_REGEX = /(^|[(,=:[!&|?{};+<>~*%-]|\breturn|\btypeof|\bcase)\s*$/;

export function scan(text: string): CodeLine[] {
  const lines: CodeLine[] = [];
  let code = "";
  let comment = "";
  let mode: Mode = "code";
  let isClass = false;
  // Depth of braces inside each `${` that is open.
  const holes: number[] = [];
  for (let index = 0; index <= text.length; index++) {
    const character = text[index];
    if (character === undefined || character === "\n") {
      lines.push({ code, comment: comment.replace(/^\s*\*+ ?/, "").trim() });
      code = "";
      comment = "";
      if (mode === "line comment" || mode === "'" || mode === '"' || mode === "regex") mode = "code";
      continue;
    }
    const pair = character + (text[index + 1] ?? "");
    if (mode === "line comment") comment += character;
    else if (mode === "block comment") {
      if (pair === "*/") {
        mode = "code";
        index++;
      } else comment += character;
    } else if (mode === "code") {
      if (pair === "//" || pair === "/*") {
        mode = pair === "//" ? "line comment" : "block comment";
        comment += " ";
        index++;
        continue;
      }
      code += character;
      const hole = holes.at(-1);
      if (character === "'" || character === '"') mode = character;
      else if (character === "`") mode = "template";
      else if (character === "/" && BEFORE_REGEX.test(code.slice(0, -1))) {
        mode = "regex";
        isClass = false;
      } else if (hole !== undefined && character === "{") holes[holes.length - 1] = hole + 1;
      else if (hole !== undefined && character === "}") {
        if (hole > 0) holes[holes.length - 1] = hole - 1;
        else {
          holes.pop();
          mode = "template";
        }
      }
    } else if (character === "\\") index++;
    else if (mode === "template" && pair === "${") {
      holes.push(0);
      code += pair;
      mode = "code";
      index++;
    } else if (mode === "regex" && (character === "[" || character === "]")) isClass = character === "[";
    else if (ends(mode, character) && !(mode === "regex" && isClass)) {
      code += character;
      mode = "code";
    }
  }
  return lines;
}

function ends(mode: Mode, character: string): boolean {
  return mode === "template" ? character === "`" : mode === "regex" ? character === "/" : character === mode;
}
