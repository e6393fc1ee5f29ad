/** The id of a case, of which a person gives the first digits. */
import type { NodeClient } from "../../client/node-client.ts";
import { CoauditError } from "../../core/errors.ts";
import { checkEvidenceList } from "../node/answers.ts";
import { ask } from "../node/node-target.ts";
import { counted } from "../text.ts";

/** Throws USAGE unless exactly one case of the node begins with `id`. */
export async function fullCaseId(id: string, client: NodeClient, config: string | undefined): Promise<string> {
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

function usage(message: string): CoauditError<"USAGE"> {
  return new CoauditError("USAGE", message, {});
}
