/** Reports of readers: kept by themselves, bounded, and never in the way of the node. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentLogger } from "../../src/core/log.ts";
import { ReportBook } from "../../src/node/report-book.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

let folder: string;
let file: string;
let clock: VirtualClock;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-reports-"));
  file = join(folder, "reports.json");
  clock = new VirtualClock();
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (): Promise<ReportBook> => ReportBook.open(file, { clock, log: silentLogger });
const said = (epoch: number, shown = "ab") => ({
  ...{ namespace: "test.v1", epoch, shownDigest: shown.repeat(32) },
  auditedDigest: "cd".repeat(32),
});

describe("the book of reports", () => {
  it("has one entry for each namespace, epoch and digest, with a count, the newest first", async () => {
    const book = await open();
    const firstMs = clock.now();
    expect([book.add(said(1)), book.add(said(2)), book.add(said(1, "ef"))]).toEqual(["new", "new", "new"]);
    await clock.advance(1_000);
    expect(book.add(said(1))).toBe("repeated");
    expect(book.list()[0]).toEqual({ ...said(1), count: 2, firstMs, lastMs: firstMs + 1_000 });
    expect(book.list()).toHaveLength(3);
    await book.close();
  });

  it("keeps it across lives, for its owner only, and writes seldom", async () => {
    const book = await open();
    book.add(said(1));
    await clock.advance(10_000);
    await expect.poll(() => readFileSync(file, "utf8")).toContain('"epoch":1');
    book.add(said(2));
    expect(readFileSync(file, "utf8")).not.toContain('"epoch":2');
    await book.close();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const again = await open();
    expect(
      again
        .list()
        .map(({ epoch }) => epoch)
        .sort(),
    ).toEqual([1, 2]);
    expect(again.add(said(2))).toBe("repeated");
    await again.close();
  });

  it("is bounded: what was repeated longest ago gives way", async () => {
    const book = await open();
    for (let epoch = 1; epoch <= 1_000; epoch++) book.add(said(epoch));
    book.add(said(1));
    book.add(said(1_001));
    const epochs = new Set(book.list().map(({ epoch }) => epoch));
    expect([epochs.size, epochs.has(1), epochs.has(2), epochs.has(1_001)]).toEqual([1_000, true, false, true]);
    await book.close();
  });

  it.each(["", "{", '{"format":"coaudit/reports/v1","reports":[7]}', '{"format":"other","reports":[]}'])(
    "is begun anew where the file holds %j",
    async (text) => {
      writeFileSync(file, text);
      const book = await open();
      expect(book.list()).toEqual([]);
      book.add(said(1));
      await book.close();
      expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ reports: [{ epoch: 1 }] });
    },
  );

  it("says no more than info when it can't be written, and takes reports all the same", async () => {
    const levels: string[] = [];
    const note = (level: string) => () => void levels.push(level);
    const log = { debug: note("debug"), info: note("info"), warn: note("warn"), error: note("error") };
    const book = await ReportBook.open(join(folder, "none", "reports.json"), { clock, log });
    expect(book.add(said(1))).toBe("new");
    await book.close();
    expect(levels).toEqual(["info"]);
    expect(book.list()).toHaveLength(1);
  });
});
