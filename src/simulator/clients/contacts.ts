/**
 * Whom a client may ask. It chooses auditors, as its policy counts them, and observers: each once, however many
 * machines speak in its name. A copy of an auditor's machine and a thief are at no address that anybody published.
 */
import type { RandomStreams } from "../engine/random-streams.ts";
import type { Directory } from "../machines/directory.ts";
import type { Machine } from "../machines/surroundings.ts";
import type { ClientGroup } from "../scenario/scenario.ts";

export interface ContactsModules {
  readonly directory: Directory;
  readonly streams: RandomStreams;
  readonly machineAt: (place: string) => Machine | undefined;
}

/**
 * Of an auditor with two faces a client sees one, always the same one, each as likely: an auditor that shows both to
 * one reader is caught by that reader alone.
 */
export function contactsOf(client: string, of: ClientGroup["of"], modules: ContactsModules): Machine[] {
  const { directory, streams, machineAt } = modules;
  const auditors = directory.auditors.map((name) => {
    const faces = directory.facesOf(name);
    return faces.length === 1 ? name : streams.stream("face", `${client} ${name}`).sample(faces, 1)[0];
  });
  return [...auditors, ...(of === "all" ? directory.observers : [])].flatMap((place) => machineAt(place ?? "") ?? []);
}
