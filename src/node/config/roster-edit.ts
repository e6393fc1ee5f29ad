/** Changes to a roster file that keep what people wrote in it: its comments, its order, its other entries. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Document, isMap, isSeq, parseDocument } from "yaml";
import { CoauditError, errorMessage } from "../../core/errors.ts";
import { replaceFile } from "../../platform/replace-file.ts";
import { readTextFile } from "../../platform/text-file.ts";
import { loadConfig } from "./config.ts";
import type { AuditorDraft } from "./init-texts.ts";
import { loadRosterFile } from "./roster-file.ts";

/** A roster file, and the configuration of the node that uses it where it is one's own. */
export interface RosterPlace {
  readonly file: string;
  readonly config?: { readonly file: string };
}

/** Throws CONFIG_UNREADABLE, CONFIG_INVALID for a file that was no roster, ROSTER_INVALID, FILE_NOT_WRITTEN. */
export function addAuditors(place: RosterPlace, added: readonly AuditorDraft[]): Promise<void> {
  return edited(place, (document) => {
    for (const auditor of added) document.addIn(["auditors"], document.createNode(auditor));
  });
}

/** Throws the same, and ROSTER_INVALID for a name that is not listed. */
export function retireAuditor(
  place: RosterPlace,
  name: string,
  lastEpochs: ReadonlyMap<string, number>,
): Promise<void> {
  return edited(place, (document) => {
    const list = document.get("auditors");
    const index = isSeq(list) ? list.items.findIndex((item) => isMap(item) && item.get("name") === name) : -1;
    if (index < 0) throw unusable(place.file, `it lists no auditor ${name}`);
    const path = ["auditors", index, "retired"];
    if (!isMap(document.getIn(path))) document.setIn(path, document.createNode({}));
    for (const [namespace, epoch] of lastEpochs) document.setIn([...path, namespace], epoch);
  });
}

/** Nothing is written that the node, or no node at all, would start with. */
async function edited({ file, config }: RosterPlace, edit: (document: Document) => void): Promise<void> {
  await loadRosterFile(file);
  const before = await readTextFile(file);
  const document = parseDocument(before) as Document;
  edit(document);
  const text = document.toString({ lineWidth: 0 });
  const folder = await mkdtemp(join(tmpdir(), "coaudit-roster-"));
  try {
    const candidate = join(folder, "roster.yaml");
    await writeFile(candidate, text);
    const load = config === undefined ? loadRosterFile(candidate) : loadConfig(config.file, { rosterFile: candidate });
    await load.catch((cause: unknown) => {
      throw unusable(file, `the change would make it unusable: ${errorMessage(cause).replaceAll(candidate, file)}`);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  if ((await readTextFile(file)) !== before) throw unusable(file, "somebody else changed it meanwhile; try again");
  await replaceFile(file, text);
}

function unusable(file: string, reason: string): CoauditError<"ROSTER_INVALID"> {
  return new CoauditError("ROSTER_INVALID", `${file}: ${reason}`, { reason, auditor: "" });
}
