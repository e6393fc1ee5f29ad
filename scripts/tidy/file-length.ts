/** A file does one thing on a few screens. One that is longer says in a comment why: "Longer than 350 lines: ...". */
import type { Problem, Rule } from "./rule.ts";

const MOST_LINES = 350;
const REASON = /\bLonger than 350 lines: \S+/;

/** `known`: files that may be longer for now; one that no longer is leaves the list. */
export function fileLength(known: readonly string[]): Rule {
  return {
    name: "file-length",
    check: ({ code }) => {
      const long = code.filter(
        ({ lines, scanned }) => lines.length - 1 > MOST_LINES && !scanned.some(({ comment }) => REASON.test(comment)),
      );
      const problems: Problem[] = long
        .filter(({ path }) => !known.includes(path))
        .map(({ path, lines }) => ({
          path,
          line: 1,
          message: `${lines.length - 1} lines: split it, or say why not ("Longer than ${MOST_LINES} lines: ...")`,
        }));
      for (const path of known) {
        if (long.some((file) => file.path === path)) continue;
        problems.push({
          path: "scripts/tidy/known.ts",
          line: 1,
          message: `${path} is short now: take it off the list`,
        });
      }
      return problems;
    },
  };
}
