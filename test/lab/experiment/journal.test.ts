import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type FinishedWorld, Journal } from "../../../src/lab/experiment/journal.ts";
import { worldsOf } from "../../../src/lab/experiment/sweep-plan.ts";
import { standInPlan } from "../../jobs/support/stand-in-plan.ts";
import { madeUpMeasures } from "../../support/simulated-run.ts";

const plan = standInPlan(2);
const worlds = [...worldsOf(plan)].map(
  (world): FinishedWorld => ({ ...world, measures: madeUpMeasures(), traceHash: "ab".repeat(32) }),
);
const NO_SPACE = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });

let folder: string;
let handles: FileHandle;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-journal-"));
  const handle = await open(join(folder, "any"), "w");
  handles = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  rmSync(join(folder, "any"));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const openJournal = (): Promise<Journal> => Journal.open({ folder, plan, version: "1.0.0", run: "x" });
const written = (): string => readFileSync(join(folder, "journal.jsonl"), "utf8");

/**
 * The next write takes half of what it is given; what comes later finds room again. Gives the handle that was written
 * to.
 */
function fillDisk(): () => FileHandle {
  let handle: FileHandle | undefined;
  vi.spyOn(handles, "appendFile").mockImplementationOnce(async function (this: FileHandle, data) {
    handle = this;
    const bytes = Buffer.from(data as Uint8Array);
    await this.write(bytes.subarray(0, bytes.length / 2));
    throw NO_SPACE;
  });
  return () => handle!;
}

describe("a journal on a disk that is full for a moment", () => {
  it("takes no world behind a line that was not wholly written, and goes on when it is opened again", async () => {
    const journal = await openJournal();
    await journal.add(worlds[0]!);
    const before = written();
    fillDisk();
    const failed = { code: "SIMULATION_RESULT_NOT_WRITTEN", metadata: { file: join(folder, "journal.jsonl") } };
    const underWay = [1, 2].map((place) => journal.add(worlds[place]!));
    for (const add of underWay) await expect(add).rejects.toMatchObject(failed);
    await expect(journal.add(worlds[3]!)).rejects.toMatchObject({ message: expect.stringMatching(/free space/) });
    await journal.close();
    expect(written()).toBe(before);
    const again = await openJournal();
    expect(worlds.map((world) => again.get(world) !== undefined)).toEqual([true, false, false, false, false, false]);
    await again.add(worlds[1]!);
    await again.close();
  });

  it("cuts the line off when it is opened again, where it could not be cut off at once", async () => {
    const journal = await openJournal();
    await journal.add(worlds[0]!);
    const before = written();
    fillDisk();
    vi.spyOn(handles, "truncate").mockRejectedValueOnce(NO_SPACE);
    await expect(journal.add(worlds[1]!)).rejects.toMatchObject({ code: "SIMULATION_RESULT_NOT_WRITTEN" });
    await expect(journal.add(worlds[2]!)).rejects.toMatchObject({ code: "SIMULATION_RESULT_NOT_WRITTEN" });
    await journal.close();
    expect(written().length).toBeGreaterThan(before.length);
    const again = await openJournal();
    expect(again.size).toBe(1);
    expect(written()).toBe(before);
    await again.close();
  });

  it("is closed all the same, while the write that fails is under way too", async () => {
    const journal = await openJournal();
    const handle = fillDisk();
    const told = expect(journal.add(worlds[0]!)).rejects.toMatchObject({ code: "SIMULATION_RESULT_NOT_WRITTEN" });
    await journal.close();
    await told;
    expect(handle().fd).toBe(-1);
  });

  it("is closed where not even its first line can be written, and begins anew", async () => {
    const handle = fillDisk();
    await expect(openJournal()).rejects.toMatchObject({ code: "SIMULATION_RESULT_NOT_WRITTEN" });
    expect(handle().fd).toBe(-1);
    const again = await openJournal();
    expect(again.size).toBe(0);
    await again.close();
  });
});

describe("a journal of a sweep that is there", () => {
  const openWith = (repeats: number): Promise<Journal> =>
    Journal.open({ folder, plan: standInPlan(repeats), version: "1.0.0", run: "y" });

  it("takes more repeats, keeps what it has, and remembers them", async () => {
    const journal = await openJournal();
    for (const world of worlds) await journal.add(world);
    await journal.close();
    const more = await openWith(5);
    expect([more.size, more.run]).toEqual([worlds.length, "x"]);
    await more.add({ ...worlds[0]!, repeat: 4 });
    await more.close();
    await expect(openWith(2)).rejects.toMatchObject({
      code: "SWEEP_DIFFERS",
      message: expect.stringMatching(/--repeats \(there 5, here 2\).*more --repeats/),
    });
    const again = await openWith(5);
    expect(again.size).toBe(worlds.length + 1);
    await again.close();
  });

  it("is refused while another one is open, and left alone", async () => {
    const journal = await openJournal();
    const before = written();
    await expect(openJournal()).rejects.toMatchObject({ code: "RUN_FOLDER_BUSY" });
    await expect(openWith(9)).rejects.toMatchObject({ code: "RUN_FOLDER_BUSY" });
    await journal.add(worlds[0]!);
    await journal.close();
    expect(written().startsWith(before)).toBe(true);
    const again = await openJournal();
    expect(again.size).toBe(1);
    await again.close();
  });
});
