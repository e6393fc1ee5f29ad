/** What `coaudit sim report` does: makes the report, and writes it and its figures. */
import { dirname, join } from "node:path";
import { CoauditError, errorMessage } from "../../core/errors.ts";
import { makeFolder } from "../../lab/experiment/make-folder.ts";
import { makeReport } from "../../lab/report/report.ts";
import { replaceFile } from "../../platform/replace-file.ts";
import type { CliContext } from "../context.ts";

export interface ReportFlags {
  out?: string;
  figures?: string;
  png?: true;
  json?: true;
}

export async function simReport(folders: readonly string[], flags: ReportFlags, context: CliContext): Promise<void> {
  if (flags.png === true && flags.figures === undefined)
    throw new CoauditError("USAGE", "--png: name the folder with --figures <folder>", { option: "--png" });
  const isTalking = process.stderr.isTTY === true && flags.json !== true;
  const { html, figures } = await makeReport(folders, {
    onProgress: (done) => {
      if (isTalking) process.stderr.write(`\r\u001b[K${done}`);
    },
  });
  if (isTalking) process.stderr.write("\r\u001b[K");
  const out = flags.out ?? join(folders[0] as string, "report.html");
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
