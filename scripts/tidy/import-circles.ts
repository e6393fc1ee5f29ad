/** No file imports itself through others, not even for types: what two files need from each other goes into a third. */
import type { CodeFile, Problem, Rule } from "./rule.ts";

/** `known`: circles that may stay for now. Part of one may stay too; one that is gone must leave the list. */
export function importCircles(known: readonly (readonly string[])[]): Rule {
  return {
    name: "import-circles",
    check: ({ code }) => {
      const found = circles(code.filter(({ path }) => path.startsWith("src/")));
      const standing = new Set<readonly string[]>();
      const problems: Problem[] = [];
      for (const paths of found) {
        const whole = known.find((one) => paths.every((path) => one.includes(path)));
        if (whole !== undefined) standing.add(whole);
        else problems.push({ path: paths[0] ?? "", line: 1, message: `imports itself by way of ${others(paths)}` });
      }
      for (const circle of known) {
        if (standing.has(circle)) continue;
        const message = `this circle is gone, take it off the list: ${circle.join(", ")}`;
        problems.push({ path: "scripts/tidy/known.ts", line: 1, message });
      }
      return problems;
    },
  };
}

function others(paths: readonly string[]): string {
  return paths.length === 1 ? "nothing else" : paths.slice(1).join(", ");
}

/** Strongly connected components of more than one file (Tarjan's algorithm), each sorted. */
function circles(files: readonly CodeFile[]): string[][] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (path: string): number => {
    const place = order.size;
    order.set(path, place);
    let low = place;
    stack.push(path);
    for (const { path: next } of byPath.get(path)?.imports ?? []) {
      if (next === undefined || !byPath.has(next)) continue;
      if (!order.has(next)) low = Math.min(low, visit(next));
      else if (stack.includes(next)) low = Math.min(low, lowest.get(next) ?? order.get(next) ?? low);
      if (next === path) found.push([path]);
    }
    lowest.set(path, low);
    if (low === place) {
      const circle = stack.splice(stack.indexOf(path));
      if (circle.length > 1) found.push(circle.sort());
    }
    return low;
  };
  for (const path of byPath.keys()) if (!order.has(path)) visit(path);
  return found;
}
