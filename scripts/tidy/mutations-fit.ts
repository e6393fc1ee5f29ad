/** Each edit of a mutation finds its text exactly once: code that was rewritten takes its mutations along. */
import type { Mutation } from "../mutations/mutations.ts";
import type { Problem, Rule } from "./rule.ts";

export function mutationsFit(mutations: readonly Mutation[]): Rule {
  return {
    name: "mutations-fit",
    check: ({ code }) => mutations.flatMap((mutation) => complaints(mutation, (path) => textOf(path, code))),
  };
}

function textOf(path: string, code: readonly { path: string; lines: readonly string[] }[]): string | undefined {
  return code.find((file) => file.path === path)?.lines.join("\n");
}

/** Edits of one file follow one another, as scripts/mutations/mutant.ts applies them. */
function complaints({ name, edits }: Mutation, textAt: (path: string) => string | undefined): Problem[] {
  const problems: Problem[] = [];
  const edited = new Map<string, string>();
  for (const { file, find, replace } of edits) {
    const path = `src/${file}`;
    const text = edited.get(path) ?? textAt(path);
    if (text === undefined) {
      problems.push({ path, line: 1, message: `the mutation ${name} changes it, and it does not exist` });
      continue;
    }
    const parts = text.split(find);
    edited.set(path, parts.join(replace));
    if (parts.length === 2) continue;
    const message = `the mutation ${name} finds this text ${parts.length - 1} times, not once: ${JSON.stringify(find)}`;
    problems.push({ path, line: 1, message });
  }
  return problems;
}
