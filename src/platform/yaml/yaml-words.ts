/** What is wrong with a text that is not YAML, in the words of somebody who writes such files now and then. */
import type { YAMLParseError } from "yaml";

const COLUMNS = "keys of one map begin in the same column, and entries of one list too";

/** `line`: the one that the problem points to. */
export function yamlWords({ code, message }: Pick<YAMLParseError, "code" | "message">, line: string): string {
  switch (code) {
    case "TAB_AS_INDENT":
      return "a tab at the beginning of the line; indent with spaces";
    case "BAD_INDENT":
      return message.startsWith("Flow")
        ? "a { or [ that is not closed by the bracket that belongs to it"
        : `the line begins in a column of its own; ${COLUMNS}`;
    case "BLOCK_AS_IMPLICIT_KEY":
      if (message.includes("sequence")) return `the entry begins in another column than the one before; ${COLUMNS}`;
      return /:\s.*:\s/.test(line)
        ? 'two ": " in one line; put quotes around the value'
        : `the line has a value, and the next one is indented below it; ${COLUMNS}`;
    case "MULTILINE_IMPLICIT_KEY":
      return 'no ": " with a space behind the key, as in epochs: 20';
    case "MISSING_CHAR":
      if (message.includes("quote")) return "a quote that is not closed";
      return message.startsWith("Sequence")
        ? `the line is neither an entry of the list, with "- ", nor indented like the rest of one; ${COLUMNS}`
        : 'the line has no ": "; lines of a longer text are indented';
    case "DUPLICATE_KEY":
      return "the key stands twice";
    case "BAD_SCALAR_START":
      return "the value begins with a character that means something to YAML; put it in quotes";
    case "MULTIPLE_DOCS":
      return "a second document begins here; a file is one document";
    default:
      return message;
  }
}
