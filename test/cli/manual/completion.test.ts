/** Completions as a shell runs them. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { processContext } from "../../../src/cli/context.ts";
import { createProgram } from "../../../src/cli/main.ts";
import { commandTree } from "../../../src/cli/manual/command-tree.ts";
import { completionScript, SHELLS } from "../../../src/cli/manual/completion-script.ts";

const tree = commandTree(createProgram(processContext()));

function isInstalled(shell: string): boolean {
  return spawnSync(shell, ["-c", "exit 0"]).status === 0;
}

/** What bash offers behind these words, the last of which is being typed. */
function offered(...words: readonly string[]): string[] {
  const script = `${completionScript("bash", tree)}
COMP_WORDS=(coaudit "$@"); COMP_CWORD=$#
_coaudit
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync("bash", ["-c", script, "bash", ...words], { encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout.split("\n").filter((line) => line !== "");
}

describe("bash", () => {
  it("completes commands, the commands of a command, and its options", () => {
    expect(offered("ver")).toEqual(["verify", "verify-proof"]);
    expect(offered("claims", "")).toEqual(expect.arrayContaining(["mark", "repair", "clock"]));
    expect(offered("claims", "")).not.toContain("quorum");
    expect(offered("run", "--con")).toEqual(["--config"]);
    expect(offered("quorum", "--po")).toContain("--policy");
    expect(offered("completion", "")).toEqual(expect.arrayContaining([...SHELLS]));
    // Options that stand before do not hide where one is.
    expect(offered("run", "--config", "node/coaudit.yaml", "--ver")).toEqual(["--verbose"]);
  });

  it("leaves a value to files, and completes no option of another command", () => {
    expect(offered("run", "--config", "")).toEqual([]);
    expect(offered("status", "--ver")).not.toContain("--version");
  });
});

describe.each(SHELLS)("%s", (shell) => {
  it.skipIf(!isInstalled(shell))("reads its script without a complaint", () => {
    const folder = mkdtempSync(join(tmpdir(), "coaudit-completion-"));
    const file = join(folder, "script");
    writeFileSync(file, completionScript(shell, tree));
    const { status, stderr } = spawnSync(shell, ["-n", file], { encoding: "utf8" });
    rmSync(folder, { recursive: true });
    expect([status, stderr]).toEqual([0, ""]);
  });
});

describe("fish", () => {
  it("is told of each command below its parents alone", () => {
    const lines = completionScript("fish", tree).split("\n");
    expect(lines.filter((line) => line.includes(" -a repair "))).toEqual([
      expect.stringContaining("-n '__fish_seen_subcommand_from claims; and not __fish_seen_subcommand_from "),
    ]);
    expect(lines.filter((line) => line.includes(" -a quorum "))).toEqual([
      expect.stringContaining("-n 'not __fish_seen_subcommand_from init invite run "),
    ]);
  });
});
