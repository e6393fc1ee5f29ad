import { readFileSync, writeFileSync } from "node:fs";
import { DOCS_FILE, SCHEMA_FILE, schemaFileText, withReference } from "./published.ts";

writeFileSync(SCHEMA_FILE, schemaFileText());
writeFileSync(DOCS_FILE, withReference(readFileSync(DOCS_FILE, "utf8")));
console.log(`${SCHEMA_FILE}\n${DOCS_FILE}`);
