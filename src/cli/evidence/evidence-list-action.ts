/** What `coaudit evidence list` does: asks a node for its cases, and shows them as a table. */

import { subjectText } from "../../core/case-words.ts";
import type { CliContext } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { checkEvidenceList } from "../node/answers.ts";
import { ask, nodeTarget, type TargetFlags } from "../node/node-target.ts";
import { colorsOf, table } from "../table.ts";
import { shortHex, timeText } from "../text.ts";
import { stateText } from "./case-state.ts";

export interface ListFlags extends TargetFlags {
  readonly all?: true;
  readonly json?: true;
}

export async function listCases(flags: ListFlags, context: CliContext): Promise<void> {
  const { client } = await nodeTarget(flags);
  const path = `/v1/evidence?state=${flags.all === true ? "all" : "open"}`;
  const answer = checkEvidenceList(await ask(client.get(path), flags.config), client.url);
  const convictsProvider = answer.cases.some(({ convicts, state }) => state === "open" && convicts === "provider");
  if (convictsProvider) context.exitCode = EXIT.conflict;
  if (flags.json === true) return context.out(JSON.stringify(answer));
  if (answer.cases.length === 0) return context.out(flags.all === true ? "No cases." : "No open cases.");
  const rows = answer.cases.map((view) => [
    shortHex(view.id),
    view.class,
    subjectText(view.subject),
    typeof view.convicts === "string" ? view.convicts : view.convicts.auditor,
    timeText(view.openedAtMs),
    stateText(view),
  ]);
  context.out(table(["case", "class", "about", "convicts", "opened", "state"], rows, colorsOf(context)));
  if (answer.total > answer.cases.length) context.out(`and ${answer.total - answer.cases.length} older`);
}
