/** The lines of a file, one after the other, however long the file is. */
import { createReadStream } from "node:fs";
import { CoauditError } from "../../core/errors.ts";

/** A partition's line names every node: 1,000 of them are 20 kB. */
const MAX_LINE_CHARACTERS = 4_000_000;

/** Batches of lines, without their newlines; one await a batch, since a trace has a million lines. */
export async function* lineBatches(file: string): AsyncGenerator<string[]> {
  let rest = "";
  try {
    for await (const chunk of createReadStream(file, { encoding: "utf8", highWaterMark: 1 << 18 })) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      if (rest.length > MAX_LINE_CHARACTERS) {
        throw invalidResult(file, `a line is longer than ${MAX_LINE_CHARACTERS} characters`);
      }
      yield lines;
    }
  } catch (error) {
    if (error instanceof CoauditError) throw error;
    throw invalidResult(
      file,
      "it cannot be read; is this the folder that `coaudit sim run` or `sim sweep` wrote?",
      error,
    );
  }
  if (rest !== "") yield [rest];
}

export function invalidResult(file: string, reason: string, cause?: unknown): CoauditError {
  return new CoauditError("SIMULATION_RESULT_INVALID", `${file}: ${reason}`, { file, reason }, { cause });
}
