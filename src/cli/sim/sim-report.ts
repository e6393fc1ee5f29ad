/** `coaudit sim report`: figures and tables of what `sim run` and `sim sweep` wrote. */
import { dirname, join } from "node:path";
import { Command } from "commander";
import { CoauditError, errorMessage } from "../../core/errors.ts";
import { replaceFile } from "../../platform/replace-file.ts";
import type { CliContext } from "../context.ts";

interface ReportFlags {
  out?: string;
  figures?: string;
  png?: true;
  json?: true;
}

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
    .action((folders: string[], flags: ReportFlags) => simReport(folders, flags, context));
}

async function simReport(folders: readonly string[], flags: ReportFlags, context: CliContext): Promise<void> {
  if (flags.png === true && flags.figures === undefined)
    throw new CoauditError("USAGE", "--png: name the folder with --figures <folder>", { option: "--png" });
  const { makeReport } = await import("../../lab/report/report.ts");
  const isTalking = process.stderr.isTTY === true && flags.json !== true;
  const { html, figures } = await makeReport(folders, {
    onProgress: (done) => {
      if (isTalking) process.stderr.write(`\r\u001b[K${done}`);
    },
  });
  if (isTalking) process.stderr.write("\r\u001b[K");
  const out = flags.out ?? join(folders[0] as string, "report.html");
  const { makeFolder } = await import("../../lab/experiment/make-folder.ts");
  const written: string[] = [];
  const write = async (file: string, content: string | Uint8Array): Promise<void> => {
    try {
      await replaceFile(file, content);
    } catch (cause) {
      const message = `${errorMessage(cause)}; fix that or name another file`;
      throw new CoauditError("CONFIG_UNREADABLE", message, { file }, { cause });
    }
    written.push(file);
  };
  await makeFolder(dirname(out));
  await write(out, html);
  if (flags.figures !== undefined) {
    await makeFolder(flags.figures);
    const { toPng } = await import("../../lab/report/figures/png.ts");
    for (const { name, svg } of figures) {
      const file = join(flags.figures, name);
      await write(`${file}.svg`, svg);
      if (flags.png === true) await write(`${file}.png`, await toPng(svg));
    }
  }
  context.out(flags.json === true ? JSON.stringify({ files: written }) : written.join("\n"));
}
