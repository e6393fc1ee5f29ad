/** What `coaudit evidence show` does: fetches one case of a node, and says who stands on which side. */
import { invalidAnswer } from "../../client/node-client.ts";
import { fromBase64, toHex } from "../../core/bytes.ts";
import { checkCaseFile } from "../../core/case-file.ts";
import { classWords, convictsWords, subjectText } from "../../core/case-words.ts";
import { CoauditError, errorMessage, isCoauditError } from "../../core/errors.ts";
import { isAboutEpoch, type Statement } from "../../core/statement.ts";
import { decodeStatement } from "../../core/statement-codec.ts";
import { replaceFile } from "../../platform/replace-file.ts";
import type { CliContext } from "../context.ts";
import { checkEvidence, checkHeads } from "../node/answers.ts";
import { ask, type NodeTarget, nodeTarget, type TargetFlags } from "../node/node-target.ts";
import { colorsOf } from "../table.ts";
import { shortHex, timeText } from "../text.ts";
import { fullCaseId } from "./case-id.ts";
import { caseSides, type NameOf } from "./case-sides.ts";
import { stateText } from "./case-state.ts";

export interface ShowFlags extends TargetFlags {
  readonly out?: string;
  readonly json?: true;
}

/** Epochs whose heads are fetched to learn who signs with which key; a fork has the same signers in all of them. */
const MAX_ASKED_EPOCHS = 4;

export async function showCase(id: string, flags: ShowFlags, context: CliContext): Promise<void> {
  const target = await nodeTarget(flags);
  const { client } = target;
  const path = `/v1/evidence/${await fullCaseId(id, client, flags.config)}`;
  const answer = checkEvidence(await ask(client.get(path), flags.config), client.url);
  if (flags.out !== undefined) await save(flags.out, checkCaseFile(answer.file));
  if (flags.json === true) return context.out(JSON.stringify(answer));
  const statements = decodeExhibits(answer.file.exhibits, client.url);
  const { case: view } = answer;
  const saved = flags.out ?? "case.json";
  context.out(
    [
      `${colorsOf(context).bold(`case ${view.id}`)}`,
      `${view.class}: ${subjectText(view.subject)}`,
      `opened ${timeText(view.openedAtMs)}, changed ${timeText(view.changedAtMs)}, ${stateText(view)}`,
      "",
      classWords(view.class),
      `In this node's judgement it convicts ${convictsWords(view.convicts)}.`,
      "",
      ...caseSides(statements, await namesFor(statements, target)),
      "",
      "Verify it yourself, offline, with your own roster:",
      ...(flags.out === undefined ? [`  coaudit evidence show ${shortHex(view.id)} ... --out ${saved}`] : []),
      `  coaudit evidence verify ${saved} --roster roster.yaml`,
    ].join("\n"),
  );
}

/** From the operator's roster, else from the node's heads of the epochs in question. */
async function namesFor(statements: readonly Statement[], { client, config }: NodeTarget): Promise<NameOf> {
  if (config !== undefined) return (publicKey) => config.roster.roster.byKey(publicKey)?.auditor.name;
  const slots = new Set(
    statements
      .filter(isAboutEpoch)
      .map(({ namespace, epoch }) => `/v1/namespaces/${encodeURIComponent(namespace)}/heads/${epoch}`),
  );
  const names = new Map<string, string>();
  for (const path of [...slots].slice(0, MAX_ASKED_EPOCHS)) {
    try {
      const { heads } = checkHeads(await client.get(path), client.url);
      for (const { publicKey, auditor } of heads) names.set(publicKey, auditor);
    } catch (error) {
      // Names are a courtesy: a case may be about a namespace that the node no longer audits.
      if (!isCoauditError(error, "NODE_REFUSED")) throw error;
    }
  }
  return (publicKey) => names.get(toHex(publicKey));
}

function decodeExhibits(exhibits: readonly string[], url: string): Statement[] {
  try {
    return exhibits.map((exhibit) => decodeStatement(fromBase64(exhibit, "exhibit")));
  } catch (cause) {
    throw invalidAnswer(url, `an exhibit is not a statement: ${errorMessage(cause)}`, cause);
  }
}

async function save(file: string, content: object): Promise<void> {
  try {
    await replaceFile(file, `${JSON.stringify(content, undefined, 2)}\n`);
  } catch (cause) {
    throw new CoauditError("USAGE", `--out: ${errorMessage(cause)}`, { option: "--out" }, { cause });
  }
}
