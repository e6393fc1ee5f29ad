/** What is published: what runs, what a reader needs, and nothing that only tests or scripts use. Needs a build. */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { requireBuild } from "../support/processes.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

function filesUnder(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
}

/** Where Vite builds the dashboard. */
const PAGE = "dist/dashboard/built/";

/** What a source becomes: TypeScript is compiled, a page's files are copied. */
function compiled(path: string): string[] {
  const target = path.replace(/^src\//, "dist/");
  if (path.endsWith(".d.ts") || path.endsWith("tsconfig.json") || path.endsWith(".md")) return [];
  if (!path.endsWith(".ts")) return [target];
  return [target.replace(/\.ts$/, ".js")];
}

describe("The package", () => {
  let packed: readonly string[] = [];

  beforeAll(() => {
    requireBuild();
    const options = ["pack", "--dry-run", "--json", "--ignore-scripts"];
    const [report] = JSON.parse(execFileSync("npm", options, { cwd: ROOT, encoding: "utf8", stdio: "pipe" })) as [
      { files: { path: string }[] },
    ];
    packed = report.files.map(({ path }) => path).sort();
  });

  it("holds every source compiled, the manual page, and nothing else that was", () => {
    const inDist = packed.filter((path) => path.startsWith("dist/") && !path.endsWith(".d.ts"));
    const sources = filesUnder("src").filter((path) => !path.startsWith("src/dashboard/"));
    const expected = [...sources.flatMap(compiled), "dist/coaudit.1"].sort();
    expect(inDist.filter((path) => !path.startsWith(PAGE))).toEqual(expected);
  });

  it("holds the declarations that its doors lead to, and no others", () => {
    const declarations = packed.filter((path) => path.endsWith(".d.ts"));
    expect(declarations).toContain("dist/client/index.d.ts");
    expect(declarations).toContain("dist/core/errors.d.ts");
    // Commands and routes are nobody's to import.
    expect(declarations.filter((path) => /^dist\/(cli|api|alerts|metrics|dashboard)\//.test(path))).toEqual([]);
  });

  it("holds the dashboard as one page, with its scripts and styles", () => {
    const files = packed.filter((path) => path.startsWith(PAGE)).map((path) => path.slice(PAGE.length));
    expect(files).toContain("index.html");
    const others = files.filter((name) => name !== "index.html");
    expect(others.map((name) => name.replace(/^[\w-]+?-[\w-]{8}\./, ""))).toEqual(
      others.map((name) => name.slice(name.lastIndexOf(".") + 1)),
    );
    expect(new Set(others.map((name) => name.slice(name.lastIndexOf("."))))).toEqual(new Set([".js", ".css", ".svg"]));
  });

  it("holds the command, the documents, scenarios and policies", () => {
    const folders = ["docs", "config"].flatMap(filesUnder);
    const files = ["CHANGELOG.md", "LICENSE", "README.md", "package.json", "bin/coaudit.js"];
    expect(packed.filter((path) => !path.startsWith("dist/"))).toEqual([...folders, ...files].sort());
  });

  it("holds no test support, no assembler, no script and no key", () => {
    const wrong = /(^|\/)(test|tests|support|scripts|fixtures|vectors|node_modules)\/|assembler|memory-(network|store)/;
    expect(packed.filter((path) => wrong.test(path) || /\.(pem|key|map|log|tgz)$|\.test\./.test(path))).toEqual([]);
  });
});
