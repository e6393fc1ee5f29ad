/** What `coaudit init` does: asks for what is missing, makes the files, and says what to do next. */
import { CoauditError } from "../../core/errors.ts";
import { parseNumber } from "../../core/numbers.ts";
import { ZERO_BOUND } from "../../core/roster.ts";
import { type InitResult, initNetworkKey, initNode } from "../../node/config/init.ts";
import type { AuditorDraft, ConfigDraft } from "../../node/config/init-texts.ts";
import { loadNetwork } from "../../node/config/networks.ts";
import { systemRandom } from "../../platform/system.ts";
import { shellText } from "../text.ts";
import { Conversation } from "./conversation.ts";
import { invitationText, invitedAuditors, invitedNamespaces } from "./init-invite.ts";
import { namespaceOf, networkText } from "./init-network.ts";
import {
  askFor,
  commandOf,
  DEFAULT_API_PORT,
  DEFAULT_FOLDER,
  DEFAULT_LISTEN,
  type InitAnswers,
} from "./init-questions.ts";
import { readPublished } from "./published-source.ts";

export interface InitFlags extends InitAnswers {
  readonly network: readonly string[];
  readonly networkKeyOnly?: true;
  readonly answers?: string;
  readonly json?: true;
}

/** Throws USAGE, and what loadNetwork, readPublished and initNode throw. */
export async function makeNode(flags: InitFlags): Promise<void> {
  const { networkKeyOnly, answers: file, json, ...given } = flags;
  if (networkKeyOnly) return makeNetworkKey(given.folder ?? DEFAULT_FOLDER, json === true ? "json" : "text");
  const mustAsk = given.name === undefined || file !== undefined;
  const answers = mustAsk ? await answered(given, file) : given;
  const { name = "", folder = DEFAULT_FOLDER, listen = DEFAULT_LISTEN, announce } = answers;
  const networks = await Promise.all((answers.network ?? []).map(loadNetwork));
  const invitation = answers.invite === undefined ? undefined : await readPublished(answers.invite);
  const draft = {
    name,
    folder,
    listen,
    apiPort: parseNumber(answers.apiPort ?? DEFAULT_API_PORT, "--api-port", 0, 65_535),
    ...(announce === undefined ? {} : { announce }),
    namespaces: [
      ...networks.map(namespaceOf),
      ...(invitation === undefined ? [] : invitedNamespaces(invitation, networks)),
    ],
    auditors: invitation === undefined ? [] : invitedAuditors(invitation, name),
  };
  const made = await initNode(draft, { random: systemRandom });
  if (json) {
    console.log(JSON.stringify(made));
    return;
  }
  for (const network of networks) console.log(`${networkText(network)}\n`);
  if (invitation !== undefined) console.log(`${invitationText(invitation)}\n`);
  console.log(madeText(made, draft));
  if (mustAsk) console.log(`\nThe same again, without questions:\n\n  ${commandOf(answers)}`);
}

function madeText(
  { folder, files, vkey, peerId, configFile }: InitResult,
  { namespaces = [], auditors = [] }: ConfigDraft & { readonly auditors?: readonly AuditorDraft[] },
): string {
  const config = shellText(configFile);
  const provider = namespaces.length === 0 ? " Name a provider in\ncoaudit.yaml, then run:" : " Then run:";
  const bound = auditors.length + 1 < 4 ? `\n\nWith fewer than four auditors in the roster ${ZERO_BOUND}` : "";
  return `Created in ${folder}: ${files.join(", ")}

  vkey:     ${vkey}
  peer id:  ${peerId}

Give the other auditors what \`coaudit invite --config ${config}\` prints, and add theirs with \`coaudit roster add\`.${provider}

  coaudit run --config ${config}${bound}`;
}

/** Nobody is asked who is not there. Throws USAGE. */
async function answered(given: InitAnswers, file: string | undefined): Promise<InitAnswers> {
  if (file === undefined && !(process.stdin.isTTY === true && process.stderr.isTTY === true)) {
    throw new CoauditError("USAGE", "--name: say how others will see this auditor, e.g. auditor.example.org", {
      option: "--name",
    });
  }
  const conversation = await Conversation.begin(file, (text) => console.error(text));
  try {
    return await askFor(given, conversation);
  } finally {
    conversation.close();
  }
}

async function makeNetworkKey(folder: string, as: "json" | "text"): Promise<void> {
  const peerId = await initNetworkKey(folder, { random: systemRandom });
  console.log(
    as === "json"
      ? JSON.stringify({ peerId })
      : `peer id:  ${peerId}\n\nReplace the old one in this node's addresses in roster.yaml, and tell it to the other auditors.`,
  );
}
