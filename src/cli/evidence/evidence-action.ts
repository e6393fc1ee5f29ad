/** The subcommands of `coaudit evidence` that ask a node. */
import type { SentCase } from "../../api/answers/redact.ts";
import { invalidAnswer, type NodeClient } from "../../client/node-client.ts";
import { fromBase64, toHex } from "../../core/bytes.ts";
import { checkCaseFile } from "../../core/case-file.ts";
import { CoauditError, errorMessage, isCoauditError } from "../../core/errors.ts";
import type { Statement } from "../../core/statement.ts";
import { decodeStatement } from "../../core/statement-codec.ts";
import { replaceFile } from "../../platform/replace-file.ts";
import type { CliContext } from "../context.ts";
import { checkEvidence, checkEvidenceList, checkHeads } from "../node/answers.ts";
import { ask, type NodeTarget, nodeTarget, operatorClient, type TargetFlags } from "../node/node-target.ts";
import { colorsOf, table } from "../table.ts";
import { counted, shortHex, timeText } from "../text.ts";
import { caseSides, type NameOf } from "./case-sides.ts";
import { classWords, convictsWords, subjectText } from "./case-words.ts";

export interface ListFlags extends TargetFlags {
  readonly all?: true;
  readonly json?: true;
}

export interface ShowFlags extends TargetFlags {
  readonly out?: string;
  readonly json?: true;
}

export interface AcknowledgeFlags {
  readonly config: string;
  readonly note: string;
  readonly json?: true;
}

/** Epochs whose heads are fetched to learn who signs with which key; a fork has the same signers in all of them. */
const MAX_ASKED_EPOCHS = 4;

export async function listCases(flags: ListFlags, context: CliContext): Promise<void> {
  const { client } = await nodeTarget(flags);
  const path = `/v1/evidence?state=${flags.all === true ? "all" : "open"}`;
  const answer = checkEvidenceList(await ask(client.get(path), flags.config), client.url);
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

export async function showCase(id: string, flags: ShowFlags, context: CliContext): Promise<void> {
  const target = await nodeTarget(flags);
  const { client } = target;
  const path = `/v1/evidence/${await fullId(id, client, flags.config)}`;
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

export async function acknowledgeCase(id: string, flags: AcknowledgeFlags, context: CliContext): Promise<void> {
  const client = await operatorClient(flags.config);
  const full = await fullId(id, client, flags.config);
  await ask(client.post(`/v1/evidence/${full}/acknowledge`, { note: flags.note }), flags.config);
  context.out(flags.json === true ? JSON.stringify({ acknowledged: full }) : `case ${shortHex(full)} acknowledged`);
}

function stateText({ state, acknowledged }: SentCase): string {
  if (acknowledged === undefined) return state;
  const note = acknowledged.note === undefined ? "" : `: ${acknowledged.note}`;
  return `${state}, acknowledged ${timeText(acknowledged.atMs)}${note}`;
}

/** Throws USAGE unless exactly one case of the node begins with `id`. */
async function fullId(id: string, client: NodeClient, config: string | undefined): Promise<string> {
  if (!/^[0-9a-f]{1,64}$/.test(id))
    throw usage(`"${id}" is neither a case id nor the beginning of one: expected hexadecimal digits`);
  if (id.length === 64) return id;
  const { cases } = checkEvidenceList(await ask(client.get("/v1/evidence?state=all"), config), client.url);
  const matching = cases.filter((view) => view.id.startsWith(id));
  const [only] = matching;
  if (only !== undefined && matching.length === 1) return only.id;
  if (only === undefined)
    throw usage(`this node has no case that begins with ${id}; \`coaudit evidence list --all\` lists them`);
  throw usage(`${counted(matching.length, "case")} begin with ${id}; give more digits`);
}

/** From the operator's roster, else from the node's heads of the epochs in question. */
async function namesFor(statements: readonly Statement[], { client, config }: NodeTarget): Promise<NameOf> {
  if (config !== undefined) return (publicKey) => config.roster.roster.byKey(publicKey)?.auditor.name;
  const slots = new Set(
    statements.flatMap((statement) =>
      "namespace" in statement
        ? [`/v1/namespaces/${encodeURIComponent(statement.namespace)}/heads/${statement.epoch}`]
        : [],
    ),
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

function usage(message: string): CoauditError<"USAGE"> {
  return new CoauditError("USAGE", message, {});
}
