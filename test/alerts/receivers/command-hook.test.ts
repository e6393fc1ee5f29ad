import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { receiverOf } from "../../../src/alerts/receivers/receiver-of.ts";
import { systemClock } from "../../../src/platform/system.ts";
import { makeAlert } from "../support.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-hook-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string): string => join(folder, name);

function run(
  command: readonly [string, ...string[]],
  { timeoutMs = 20_000, signal = new AbortController().signal } = {},
  alert = makeAlert(),
): Promise<void> {
  const config = { kind: "command", name: "script", severity: "warning", timeoutMs, command } as const;
  return receiverOf(config, { clock: systemClock }).send([alert], signal);
}

/** A script of node's, so that the test does not depend on what else is installed. */
function script(text: string): [string, ...string[]] {
  writeFileSync(file("hook.mjs"), text);
  return [process.execPath, file("hook.mjs"), folder];
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie that nobody waits for is dead.
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}

describe("a command", () => {
  it("reads the alert as JSON, and what others wrote in it reaches no command line and no shell", async () => {
    const words = '$(touch pwned) `touch pwned` "; touch pwned #';
    const save = script(
      `import { writeFileSync } from "node:fs"; let t = ""; process.stdin.on("data", (c) => (t += c)); ` +
        `process.stdin.on("end", () => writeFileSync(process.argv[2] + "/told", JSON.stringify({ t, argv: process.argv.slice(2), env: process.env })));`,
    );
    process.env["COAUDIT_TEST_SECRET"] = "secret";
    try {
      await run(save, {}, makeAlert({ what: words }));
    } finally {
      delete process.env["COAUDIT_TEST_SECRET"];
    }
    const { t, argv, env } = JSON.parse(readFileSync(file("told"), "utf8"));
    expect(JSON.parse(t)).toMatchObject({ format: "coaudit/alert/v1", what: words });
    expect(argv).toEqual([folder]);
    expect(env).not.toHaveProperty("COAUDIT_TEST_SECRET");
    expect(existsSync(file("pwned"))).toBe(false);
  });

  it("that fails was not told, and the reason is what it said, on one line", async () => {
    await expect(
      run(script(`console.error("no \\u001b[31mtoken\\nat all"); process.exitCode = 3;`)),
    ).rejects.toMatchObject({
      code: "ALERT_NOT_DELIVERED",
      message: "script was not told: it ended with 3: no  [31mtoken at all",
    });
    await expect(run([file("missing")])).rejects.toMatchObject({ message: expect.stringContaining("ENOENT") });
  });

  it("that does not end in time is ended, with everything that it started", async () => {
    const hang = script(
      `import { spawn } from "node:child_process"; import { writeFileSync } from "node:fs"; ` +
        `const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" }); ` +
        `writeFileSync(process.argv[2] + "/pids", [process.pid, child.pid].join(" ")); setInterval(() => {}, 1000);`,
    );
    await expect(run(hang, { timeoutMs: 3_000 })).rejects.toMatchObject({
      message: "script was not told: it did not end in 3 s, and was ended",
    });
    const pids = readFileSync(file("pids"), "utf8").split(" ").map(Number);
    expect(pids).toHaveLength(2);
    await expect.poll(() => pids.filter(isAlive)).toEqual([]);
  });

  it("that ends and leaves something running, with its pipes, is done at once, and what it left is ended", async () => {
    const leave = script(
      `import { spawn } from "node:child_process"; import { writeFileSync } from "node:fs"; ` +
        `const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" }); ` +
        `child.unref(); writeFileSync(process.argv[2] + "/pid", String(child.pid)); process.exit(0);`,
    );
    await run(leave);
    await expect.poll(() => isAlive(Number(readFileSync(file("pid"), "utf8")))).toBe(false);
  });

  it("may write without end and read nothing", async () => {
    await run(
      script(`for (let i = 0; i < 2000; i++) process.stdout.write("x".repeat(10_000)); process.stdin.destroy();`),
    );
  });

  it("is ended when the node stops", async () => {
    const stop = new AbortController();
    const hang = script(
      `import { writeFileSync } from "node:fs"; writeFileSync(process.argv[2] + "/pid", String(process.pid)); setInterval(() => {}, 1000);`,
    );
    const sent = run(hang, { signal: stop.signal });
    await expect.poll(() => existsSync(file("pid")), { timeout: 20_000 }).toBe(true);
    stop.abort();
    await expect(sent).rejects.toMatchObject({ code: "ALERT_NOT_DELIVERED" });
    await expect.poll(() => isAlive(Number(readFileSync(file("pid"), "utf8")))).toBe(false);
  });

  it("is not delivered where there are no descriptors left, and ends nothing", async () => {
    const held: number[] = [];
    try {
      for (;;) held.push(openSync("/dev/null", "r"));
    } catch (error) {
      expect(error).toMatchObject({ code: "EMFILE" });
    }
    try {
      await expect(run(["/bin/true"])).rejects.toMatchObject({ code: "ALERT_NOT_DELIVERED" });
    } finally {
      for (const descriptor of held) closeSync(descriptor);
    }
  });
});
