/** Scenario files: a person's own, and those that ship with the package, which are called by name. */
import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { CoauditError } from "../../core/errors.ts";
import { suggestion } from "../../platform/yaml/schema-complaint.ts";

const SHIPPED_FOLDER = fileURLToPath(new URL("../../../config/scenarios/", import.meta.url));
const NAME = /^[A-Za-z0-9_-]+$/;

/** A path as it is; the file of a name. Throws CONFIG_UNREADABLE for a name that no scenario has. */
export async function scenarioFile(path: string): Promise<string> {
  return NAME.test(path) ? await shippedFile(path) : path;
}

/** Their names, in the order of the alphabet. */
export async function shippedScenarios(): Promise<string[]> {
  const files = await readdir(SHIPPED_FOLDER);
  return files
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => file.slice(0, -".yaml".length))
    .sort();
}

async function shippedFile(name: string): Promise<string> {
  const names = await shippedScenarios();
  if (names.includes(name)) return join(relative(process.cwd(), SHIPPED_FOLDER), `${name}.yaml`);
  const message = `${name}: no scenario of this name ships with coaudit${suggestion(name, names)} (\`coaudit sim list\` shows all; a file of your own: ./${name}, or with its ending)`;
  throw new CoauditError("CONFIG_UNREADABLE", message, { file: name });
}
