import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { processContext } from "../../../src/cli/context.ts";
import { createProgram } from "../../../src/cli/main.ts";
import { commandTree, everyCommand } from "../../../src/cli/manual/command-tree.ts";
import { manPage } from "../../../src/cli/manual/man-page.ts";

const RELEASE = { version: "1.2.3", date: "2026-11-30" };
const hasMan = spawnSync("man", ["--version"]).status === 0;
if (!hasMan) console.warn("man is not installed: the manual page is not rendered here");

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-man-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What a person sees, and what the formatter warns of. */
function rendered(page: string): { text: string; warnings: string } {
  const file = join(folder, "page.1");
  writeFileSync(file, page);
  const env = { ...process.env, MANWIDTH: "200", LC_ALL: "C.UTF-8" };
  const { stdout, stderr } = spawnSync("man", ["--warnings", "-l", file], { env, encoding: "utf8" });
  return { text: stdout, warnings: stderr };
}

describe("The manual page", () => {
  it.skipIf(!hasMan)("shows every command with its options and examples, and the formatter has nothing to say", () => {
    const tree = commandTree(createProgram(processContext()));
    const { text, warnings } = rendered(manPage(tree, RELEASE));
    expect(warnings).toBe("");
    for (const node of everyCommand(tree)) {
      expect(text).toContain(node.path);
      for (const { names } of node.options) for (const name of names) expect(text).toContain(name);
    }
    expect(text).toContain("$ coaudit run --config node/coaudit.yaml");
    expect(text).toContain("coaudit 1.2.3");
  });

  it.skipIf(!hasMan)("shows text as it is, whatever characters it has", () => {
    const odd = '.SH not a heading, \\fBnot bold\\fR, "quoted", it\'s -- 1-2';
    const program = new Command("coaudit").description(odd).addHelpText("after", `\n'nf\n.nf\n${odd}`);
    const { text, warnings } = rendered(manPage(commandTree(program), RELEASE));
    expect(warnings).toBe("");
    expect(text.split(odd)).toHaveLength(3);
    expect(text).toMatch(/^ +'nf$/m);
  });
});
