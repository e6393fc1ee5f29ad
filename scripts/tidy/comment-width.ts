/** A comment is no wider than code (biome.json, lineWidth). A single word that is wider, such as a URL, may stay. */
import type { Rule } from "./rule.ts";
import { COMMENT_WIDTH } from "./wrap-comments.ts";

export const commentWidth: Rule = {
  name: "comment-width",
  check: ({ code }) =>
    code.flatMap(({ path, lines, scanned }) =>
      lines.flatMap((line, index) => {
        const { comment = "", code: rest = "" } = scanned[index] ?? {};
        const isWide = line.length > COMMENT_WIDTH && comment.includes(" ");
        if (!isWide || (rest.trim() !== "" && rest.length > COMMENT_WIDTH)) return [];
        const message = `this comment is ${line.length} columns wide; code has ${COMMENT_WIDTH} (npm run format)`;
        return [{ path, line: index + 1, message }];
      }),
    ),
};
