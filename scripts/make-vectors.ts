// Writes test/vectors/*.json. Needs a Node that runs TypeScript by itself (22.18 or later):
//   npx -y -p node@24 node scripts/make-vectors.ts
// test/core/vectors.test.ts fails when the files differ from what this writes.
import { writeFileSync } from "node:fs";
import { allVectors, formatVectors } from "../test/support/vectors/all.ts";

for (const [name, vectors] of Object.entries(allVectors())) {
  writeFileSync(new URL(`../test/vectors/${name}`, import.meta.url), formatVectors(vectors));
  console.log(`${name}: ${vectors.length}`);
}
