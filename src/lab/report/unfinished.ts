/**
 * A folder of a run or a sweep that is under way, or was stopped: there is nothing to report yet, but something to do.
 */
import { access } from "node:fs/promises";
import { join } from "node:path";
import { invalidResult, lineBatches } from "./lines.ts";

/** Throws SIMULATION_RESULT_INVALID for a folder that has the beginning of a result and no summary.json. */
export async function refuseUnfinished(folder: string): Promise<void> {
  if (await exists(join(folder, "summary.json"))) return;
  const journal = join(folder, "journal.jsonl");
  if (await exists(journal)) {
    throw invalidResult(folder, `unfinished: ${await progressOf(journal)}; run the sweep command again to continue`);
  }
  if ((await exists(join(folder, "trace.jsonl.part"))) || (await exists(join(folder, "trace.jsonl")))) {
    throw invalidResult(folder, "unfinished: the run was stopped or is still running; wait for it or run it again");
  }
}

/**
 * `5 of 40 worlds are done`. The sweep itself judges its journal: a torn line is left out here, a first one that is not
 * understood passed over.
 */
async function progressOf(journal: string): Promise<string> {
  let lines = 0;
  let worlds: number | undefined;
  for await (const batch of lineBatches(journal)) {
    for (const line of batch) {
      if (lines === 0) worlds = worldsOf(line);
      if (line.endsWith("}")) lines++;
    }
  }
  const done = Math.max(0, lines - 1);
  return worlds === undefined ? `${done} worlds are done` : `${done} of ${worlds} worlds are done`;
}

function worldsOf(header: string): number | undefined {
  try {
    const { vary, repeats } = JSON.parse(header) as {
      vary: readonly { values: readonly unknown[] }[];
      repeats: number;
    };
    return vary.reduce((product, { values }) => product * values.length, repeats);
  } catch {
    return undefined;
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
