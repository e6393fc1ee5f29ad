/**
 * `npm run tidy`: what holds of the whole tree and no linter knows of. Exit 1 when something does not.
 * `npm run tidy -- --wrap` wraps comments that are too wide first; `npm run format` does too.
 */
import { writeFileSync } from "node:fs";
import { MUTATIONS } from "../mutations/mutations.ts";
import { citations } from "./citations.ts";
import { clocks } from "./clocks.ts";
import { commentWidth } from "./comment-width.ts";
import { decisions } from "./decisions.ts";
import { fileLength } from "./file-length.ts";
import { glossary } from "./glossary.ts";
import { importCircles } from "./import-circles.ts";
import { importDirection } from "./import-direction.ts";
import { KNOWN_CIRCLES, KNOWN_LONG_FILES, KNOWN_ORPHANS } from "./known.ts";
import { mutationsFit } from "./mutations-fit.ts";
import { orphans } from "./orphans.ts";
import { roomTable } from "./room-table.ts";
import type { Rule } from "./rule.ts";
import { testMirror } from "./test-mirror.ts";
import { readTree } from "./tree.ts";
import { wrapComments } from "./wrap-comments.ts";

const RULES: readonly Rule[] = [
  importDirection,
  importCircles(KNOWN_CIRCLES),
  orphans(KNOWN_ORPHANS),
  clocks,
  citations,
  commentWidth,
  fileLength(KNOWN_LONG_FILES),
  glossary,
  decisions,
  roomTable,
  testMirror,
  mutationsFit(MUTATIONS),
];

if (process.argv.includes("--wrap")) {
  for (const { path, lines } of readTree(process.cwd()).code) {
    const text = lines.join("\n");
    const wrapped = wrapComments(text);
    if (wrapped !== text) writeFileSync(path, wrapped);
  }
}
const tree = readTree(process.cwd());
let count = 0;
for (const { name, check } of RULES) {
  for (const { path, line, message } of check(tree)) {
    console.error(`${path}:${line}: ${message} (${name})`);
    count++;
  }
}
if (count > 0) {
  console.error(`tidy: ${count} to mend`);
  process.exitCode = 1;
} else
  console.log(`tidy: ${RULES.length} rules hold in ${tree.code.length} files and ${tree.documents.length} documents`);
