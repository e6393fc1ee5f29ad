import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RunDirectory, type RunSummary } from "../../../src/lab/experiment/run-directory.ts";
import { madeUpRunSummary } from "../../support/simulated-run.ts";

/** Takes no byte, as a disk that is full. */
const FULL = "/dev/full";
const summary = madeUpRunSummary() as unknown as RunSummary;
/** More than a trace keeps in memory. */
const LONG_LINE = "x".repeat(1 << 20);

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "coaudit-run-")), "run");
});
afterEach(() => rmSync(join(folder, ".."), { recursive: true }));

describe.skipIf(!existsSync(FULL))("a run whose trace the disk does not take", () => {
  async function begun(): Promise<{ directory: RunDirectory; write: (text: string) => void }> {
    const directory = await RunDirectory.open(folder, summary);
    symlinkSync(FULL, directory.traceFilePart);
    const trace = directory.beginTrace();
    return { directory, write: (text) => trace.line(text) };
  }
  const failed = (): object => ({
    code: "SIMULATION_RESULT_NOT_WRITTEN",
    metadata: expect.objectContaining({ file: join(folder, "trace.jsonl.part") }),
    message: expect.stringMatching(/ENOSPC.*free space/),
  });

  it("has no summary, even where nobody minded the line that failed", async () => {
    const { directory, write } = await begun();
    expect(() => write(LONG_LINE)).toThrow(expect.objectContaining(failed()));
    await expect(directory.finish(summary)).rejects.toMatchObject(failed());
    await directory.close();
    await expect(directory.finish(summary)).rejects.toMatchObject(failed());
    expect(readdirSync(folder)).toEqual(["trace.jsonl.part"]);
  });

  it("takes no line after the one that failed", async () => {
    const { directory, write } = await begun();
    expect(() => write(LONG_LINE)).toThrow();
    expect(() => write("short")).toThrow(expect.objectContaining(failed()));
    await directory.close();
  });

  it("has no summary where only its last lines are missing", async () => {
    const { directory, write } = await begun();
    write("short");
    await expect(directory.finish(summary)).rejects.toMatchObject(failed());
    expect(readdirSync(folder)).toEqual(["trace.jsonl.part"]);
  });
});

describe("a run", () => {
  it("leaves its trace and its summary, and names the summary where that cannot be written", async () => {
    const directory = await RunDirectory.open(folder, summary);
    directory.beginTrace().line("{}");
    mkdirSync(join(folder, "summary.json"));
    await expect(directory.finish(summary)).rejects.toMatchObject({
      code: "SIMULATION_RESULT_NOT_WRITTEN",
      message: expect.stringContaining(join(folder, "summary.json")),
    });
    rmSync(join(folder, "summary.json"), { recursive: true });
    // As a power cut in the middle of writing it leaves them.
    writeFileSync(join(folder, "summary.json.17-0-1.new"), "{");
    const again = await RunDirectory.open(folder, summary);
    again.beginTrace().line("{}");
    await again.finish(summary);
    expect(readdirSync(folder).sort()).toEqual(["summary.json", "trace.jsonl"]);
    expect(readFileSync(join(folder, "trace.jsonl"), "utf8")).toBe("{}\n");
    expect(JSON.parse(readFileSync(join(folder, "summary.json"), "utf8"))).toEqual(summary);
  });

  it("makes nothing in a folder that is somebody else's, whose .lock stays as it was", async () => {
    mkdirSync(join(folder, ".lock"), { recursive: true });
    writeFileSync(join(folder, ".lock", "theirs"), "1");
    writeFileSync(join(folder, "notes.txt"), "mine");
    await expect(RunDirectory.open(folder, summary)).rejects.toMatchObject({ code: "RUN_FOLDER_OCCUPIED" });
    expect(readdirSync(folder).sort()).toEqual([".lock", "notes.txt"]);
    expect(readdirSync(join(folder, ".lock"))).toEqual(["theirs"]);
  });

  it("that is finished and closed twice leaves the lock of the next one alone", async () => {
    const directory = await RunDirectory.open(folder, summary);
    directory.beginTrace().line("{}");
    await directory.finish(summary);
    const next = await RunDirectory.open(folder, summary);
    await directory.close();
    expect(existsSync(join(folder, ".lock", "CURRENT"))).toBe(true);
    await next.close();
  });
});
