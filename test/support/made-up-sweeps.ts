/** Folders of made-up sweeps and the reports of them, for the tests of one file. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { makeReport } from "../../src/lab/report/report.ts";
import type { Report } from "../../src/lab/report/report-shape.ts";
import { type MadeUpSweepOptions, writeMadeUpSweep } from "./simulated-run.ts";

export interface MadeUpSweeps {
  /** Where a sweep of this name is, or another file of the test. */
  path(name: string): string;
  /** Its folder, written. */
  made(name: string, options: MadeUpSweepOptions): string;
  /** A report without what its tables say on a phone. */
  reportOf(...folders: readonly string[]): Promise<Report>;
}

/** To be called where a test file begins: the folder comes before its tests and goes after them. */
export function madeUpSweeps(): MadeUpSweeps {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "coaudit-report-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  return {
    path: (name) => join(folder, name),
    made(name, options) {
      const path = join(folder, name);
      writeMadeUpSweep(path, options);
      return path;
    },
    async reportOf(...folders) {
      const { html, figures } = await makeReport(folders);
      return { html: html.replaceAll(/ data-head="[^"]*"/g, ""), figures };
    },
  };
}

export const AUDITORS: Varied = { path: "auditors", values: [3, 5, 10] };
export const LOSS: Varied = { path: "network.lossRate", values: [0, 0.5] };

interface Varied {
  readonly path: string;
  readonly values: readonly number[];
}
