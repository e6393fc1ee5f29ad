import { CoauditError, errorMessage } from "../../core/errors.ts";
import { replaceFile } from "../../platform/replace-file.ts";
import type { CliContext } from "../context.ts";

/** To the file, or to standard output where none is named. Throws USAGE. */
export async function writeResult(text: string, file: string | undefined, context: CliContext): Promise<void> {
  if (file === undefined) {
    context.out(text.replace(/\n$/, ""));
    return;
  }
  await replaceFile(file, text).catch((cause: unknown) => {
    throw new CoauditError("USAGE", `--out: ${errorMessage(cause)}`, { option: "--out" }, { cause });
  });
}
