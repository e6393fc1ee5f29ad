/** Decisions have one form, numbers without gaps, and names that say what was decided. */
import type { Problem, Rule, TextFile } from "./rule.ts";

const FOLDER = "docs/decisions/";
const SECTIONS = ["## Context", "## Decision", "## Consequences"];
const STATUS = /^(Accepted|Superseded by \[\d{4}\]\(\d{4}-[\w-]+\.md\)), \d{4}-\d{2}-\d{2}$/;
const MOST_LINES = 60;

export const decisions: Rule = {
  name: "decisions",
  check: ({ documents }) => {
    const files = documents
      .filter(({ path }) => path.startsWith(FOLDER))
      .sort((left, right) => (left.path < right.path ? -1 : 1));
    return files.flatMap((file, index) => complaints(file, String(index + 1).padStart(4, "0")));
  },
};

function complaints({ path, lines }: TextFile, number: string): Problem[] {
  const problems: Problem[] = [];
  const wrong = (line: number, message: string): void => {
    problems.push({ path, line, message });
  };
  if (!path.slice(FOLDER.length).startsWith(`${number}-`)) wrong(1, `the next decision's number is ${number}`);
  if (!/^# \d{4} \S/.test(lines[0] ?? "") || !lines[0]?.startsWith(`# ${number} `)) {
    wrong(1, `the first line is "# ${number} What was decided"`);
  }
  if (!STATUS.test(lines[2] ?? ""))
    wrong(3, 'the third line is "Accepted, YYYY-MM-DD" or "Superseded by [NNNN](file), YYYY-MM-DD"');
  const headings = lines.filter((line) => line.startsWith("## "));
  if (headings.join() !== SECTIONS.join()) wrong(1, `its sections are ${SECTIONS.join(", ")}, in this order`);
  if (lines.length > MOST_LINES) wrong(1, `a decision fits on a screen: at most ${MOST_LINES} lines`);
  return problems;
}
