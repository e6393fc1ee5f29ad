/** `coaudit sim report`: pictures and tables of what `sim run` and `sim sweep` wrote. */
import { Command } from "commander";
import type { CliContext } from "../context.ts";
import type { ReportFlags } from "./sim-report-action.ts";

const HELP = `
One HTML file that needs no network: for a run a timeline to step through, for a sweep its curves and tables. Several sweeps are
compared: their curves are overlaid. docs/simulator-report.md explains each figure.

Examples:
  $ coaudit sim report out/run
  $ coaudit sim report out/sweep --out report.html --figures figures --png
  $ coaudit sim report out/with-gossip out/no-gossip out/clients-only --out compared.html`;

export function simReportCommand(context: CliContext): Command {
  return new Command("report")
    .summary("make one HTML file of a run or of sweeps, and figures for papers")
    .description("Make one HTML file of a run, of a sweep, or of sweeps to compare, and figures for papers.")
    .argument("<folder...>", "what `sim run --out` or `sim sweep --out` wrote")
    .option("--out <file>", "the HTML file (default: report.html in the first folder)")
    .option("--figures <folder>", "write each figure as SVG into this folder")
    .option("--png", "with --figures: also as PNG")
    .option("--json", "print the names of the written files as one line of JSON")
    .addHelpText("after", HELP)
    .action(async (folders: string[], flags: ReportFlags) =>
      (await import("./sim-report-action.ts")).simReport(folders, flags, context),
    );
}
