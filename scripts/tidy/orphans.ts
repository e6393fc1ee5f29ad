/** Every file of src/ is reached from an entry point: of the package, the command, a thread or a page. */
import type { Rule } from "./rule.ts";

const DOORS = [
  "src/index.ts",
  "src/verify.ts",
  "src/client/index.ts",
  "src/client/keys/index.ts",
  "src/client/policy/index.ts",
  "src/client/node/file-keys.ts",
  "src/client/node/file-trust.ts",
  "src/lab/index.ts",
  "src/cli/main.ts",
  // Written by the build, from what it compiled.
  "src/cli/manual/man-page.ts",
  // Scripts of threads, named by a URL that depends on whether they are compiled.
  "src/jobs/job-thread.ts",
  "src/akd/threads/range-thread.ts",
  // A page in a browser, named by its HTML.
  "src/dashboard/main.tsx",
  // A report's page, bundled by the name of the file.
  "src/lab/report/page/run-page.js",
  "src/lab/report/page/copy.js",
];

/** `known`: files that may stay for now because what will import them is being written. */
export function orphans(known: readonly string[]): Rule {
  return {
    name: "orphans",
    check: ({ code }) => {
      const byPath = new Map(code.map((file) => [file.path, file]));
      // Scripts count too: what a bench needs is in use.
      const waiting = [...DOORS, ...code.map(({ path }) => path).filter((path) => path.startsWith("scripts/"))];
      const reached = new Set<string>();
      for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
        if (reached.has(path)) continue;
        reached.add(path);
        for (const { path: next } of byPath.get(path)?.imports ?? []) if (next !== undefined) waiting.push(next);
        // The types of a page's module stand beside it.
        const types = path.replace(/\.js$/, ".d.ts");
        if (types !== path && byPath.has(types)) waiting.push(types);
      }
      return [
        ...DOORS.filter((path) => code.length > 0 && !byPath.has(path)).map((path) => ({
          path: "scripts/tidy/orphans.ts",
          line: 1,
          message: `the door ${path} does not exist`,
        })),
        ...known
          .filter((path) => reached.has(path) || !byPath.has(path))
          .map((path) => ({
            path: "scripts/tidy/known.ts",
            line: 1,
            message: `${path} is in use, or gone: take it off the list`,
          })),
        ...code
          .filter(({ path }) => path.startsWith("src/") && !reached.has(path) && !known.includes(path))
          .map(({ path }) => ({
            path,
            line: 1,
            message: "nothing but tests leads here: remove it, or move it to test/",
          })),
      ];
    },
  };
}
