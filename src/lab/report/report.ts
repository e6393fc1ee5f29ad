/** A report of what `coaudit sim run` and `sim sweep` wrote: one HTML file, and its figures. */
import { CoauditError } from "../../core/errors.ts";
import type { Report, ReportOptions } from "./report-shape.ts";
import { readSummary } from "./summary.ts";

/** One run, or one sweep or more; sweeps are compared. */
export async function makeReport(folders: readonly string[], options: ReportOptions = {}): Promise<Report> {
  const summaries = await Promise.all(folders.map(readSummary));
  const [first] = summaries;
  if (first?.kind === "run") {
    if (summaries.length === 1) return (await import("./run-report.ts")).runReport(first, options);
    throw new CoauditError(
      "USAGE",
      "a report covers one run, or sweeps to compare: name one folder, or folders of `coaudit sim sweep`",
      {},
    );
  }
  const sweeps = summaries.flatMap((summary) => (summary.kind === "sweep" ? [summary] : []));
  if (sweeps.length === summaries.length) return (await import("./sweep-report.ts")).sweepReport(sweeps, options);
  throw new CoauditError("USAGE", "runs and sweeps cannot be compared: name only folders of `coaudit sim sweep`", {});
}
