/** The walk-through of three organisations, as it stands in the document: every command of it, on free ports. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { freePort } from "../support/ports.ts";
import { NodeProcess, requireBuild } from "../support/processes.ts";

const COMMAND = fileURLToPath(new URL("../../bin/coaudit.js", import.meta.url));
const DOCUMENT = fileURLToPath(new URL("../../docs/operations/three-organisations.md", import.meta.url));
const PORTS = ["8400", "7601", "7602", "7603", "7681", "7682", "7683"];
const COMMANDS_OF_EACH = 5;

let folder: string;
let provider: ChildProcess | undefined;
let nodes: NodeProcess[];
beforeEach(() => {
  requireBuild();
  folder = mkdtempSync(join(tmpdir(), "coaudit-three-"));
  nodes = [];
});
afterEach(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  provider?.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

async function onFreePorts(text: string): Promise<string> {
  const ports = new Map<string, string>();
  for (const port of PORTS) ports.set(port, String(await freePort()));
  return text.replace(new RegExp(`\\b(${PORTS.join("|")})\\b`, "g"), (port) => ports.get(port) ?? port);
}

function blocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms"))].map(([, block = ""]) => block);
}

function run(words: readonly string[]): Promise<{ code: number; text: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: "1" };
    execFile(process.execPath, [COMMAND, ...words], { cwd: folder, env, timeout: 60_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ code, text: stdout + stderr });
    });
  });
}

/** Asked again until it ends with 0: what three nodes have yet to do takes the time that it takes. */
async function untilYes(words: readonly string[]): Promise<string> {
  const until = Date.now() + 180_000;
  for (;;) {
    const { code, text } = await run(words);
    if (code === 0) return text;
    if (Date.now() > until) {
      throw new Error(
        [`coaudit ${words.join(" ")} ends with ${code}`, text, ...nodes.map((n) => n.logTail())].join("\n"),
      );
    }
    await sleep(500);
  }
}

it("brings three organisations from nothing to a quorum with five commands each", async () => {
  const text = await onFreePorts(readFileSync(DOCUMENT, "utf8"));
  writeFileSync(join(folder, "practice.yaml"), blocks(text, "yaml")[0] ?? "");
  const commands = blocks(text, "sh").flatMap((block) => block.trim().split("\n"));
  const said: string[] = [];
  for (const command of commands) {
    const [name, ...words] = command.split(" ");
    expect(name).toBe("coaudit");
    if (words[0] === "provider") {
      provider = spawn(process.execPath, [COMMAND, ...words], { cwd: folder, stdio: "ignore" });
    } else if (words[0] === "run") {
      const configFile = join(folder, words.at(-1) ?? "");
      nodes.push(new NodeProcess({ name: words.at(-1) ?? "", configFile, url: "" }));
    } else if (nodes.length > 0) {
      said.push(await untilYes(words));
    } else {
      const { code, text: output } = await run(words);
      expect([command, code, output]).toEqual([command, 0, output]);
    }
  }
  expect(nodes).toHaveLength(3);
  expect(commands).toHaveLength(1 + 3 * COMMANDS_OF_EACH);
  const [diff, , quorum] = said;
  expect(diff).toContain("the rosters are the same");
  expect(quorum).toContain("c.example");
}, 400_000);
