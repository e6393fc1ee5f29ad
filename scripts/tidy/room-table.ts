/** CONTRIBUTING's table has a row for each room, which names every folder in it and the rooms that it may import. */
import { MAY_IMPORT } from "./rooms.ts";
import type { Problem, Rule } from "./rule.ts";

const TABLE = "CONTRIBUTING.md";

export const roomTable: Rule = {
  name: "room-table",
  check: ({ documents, paths }) => {
    const rows = new Map<string, { readonly text: string; readonly line: number }>();
    const lines = documents.find(({ path }) => path === TABLE)?.lines ?? [];
    for (const [index, text] of lines.entries()) {
      const room = /^\| `src\/([\w-]+)` \|/.exec(text)?.[1];
      if (room !== undefined) rows.set(room, { text, line: index + 1 });
    }
    const rooms = new Set([...paths].flatMap((path) => /^src\/([\w-]+)\//.exec(path)?.[1] ?? []));
    const problems: Problem[] = [];
    for (const room of new Set([...rooms, ...Object.keys(MAY_IMPORT), ...rows.keys()])) {
      const row = rows.get(room);
      const line = row?.line ?? 1;
      const wrong = (message: string): void => {
        problems.push({ path: TABLE, line, message });
      };
      if (!rooms.has(room)) wrong(`there is no room src/${room}`);
      if (row === undefined) {
        wrong(`the table of rooms has no row for src/${room}`);
        continue;
      }
      const folders = [...paths].filter((path) => path.startsWith(`src/${room}/`) && isFolder(path, paths));
      for (const folder of folders) {
        const name = folder.slice(`src/${room}/`.length);
        if (!name.includes("/") && !row.text.includes(`\`${name}/\``))
          wrong(`the row of src/${room} does not name ${name}/`);
      }
    }
    return problems;
  },
};

function isFolder(path: string, paths: ReadonlySet<string>): boolean {
  return !path.slice(path.lastIndexOf("/")).includes(".") && [...paths].some((one) => one.startsWith(`${path}/`));
}
