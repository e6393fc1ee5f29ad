/**
 * A scenario file with the values that a command line replaces, before any meaning; it knows where everything was
 * written.
 */
import type { TSchema } from "typebox";
import type { CoauditError } from "../../core/errors.ts";
import { firstComplaint, suggestion } from "../../platform/yaml/schema-complaint.ts";
import { invalid } from "../../platform/yaml/yaml-file.ts";
import { pathText, type TreePath, YamlTree } from "../../platform/yaml/yaml-tree.ts";
import { type Override, overrideScenario } from "./overrides.ts";
import type { ScenarioText } from "./scenario-text.ts";

export class ScenarioTree {
  readonly value: unknown;
  readonly #yaml: YamlTree;
  readonly #overrides: readonly Override[];

  /** Throws CONFIG_UNREADABLE, USAGE. */
  constructor({ text, file }: ScenarioText, overrides: readonly Override[]) {
    this.#yaml = new YamlTree(text, file);
    this.#overrides = overrides;
    // An empty file is one that lacks a title.
    this.value = overrideScenario(this.#yaml.value ?? {}, overrides);
  }

  /** Throws CONFIG_INVALID for the first thing that `schema` does not allow. */
  check(schema: TSchema): void {
    const complaint = firstComplaint(this.value, schema);
    if (complaint === undefined) return;
    const expected = complaint.found === null ? `${complaint.expected}; or leave the key out` : complaint.expected;
    throw this.invalid(complaint.path, complaint.found, expected);
  }

  /** The error for a value that cannot be, where it was written: in the file, or on the command line. */
  invalid(path: TreePath, found: unknown, expected: string): CoauditError<"CONFIG_INVALID"> {
    const dotted = path.join(".");
    const set = this.#overrides.findLast(({ path: over }) => dotted === over || dotted.startsWith(`${over}.`));
    if (set === undefined) {
      return invalid(this.#yaml.file, pathText(path), found, expected, this.#yaml.placeOf(path));
    }
    return invalid(`${this.#yaml.file} with ${set.path}=${JSON.stringify(set.value)}`, pathText(path), found, expected);
  }

  /** The error for a name that nobody has. */
  unknownName(path: TreePath, found: unknown, expected: string, known: readonly string[]): CoauditError {
    return this.invalid(path, found, `${expected}${suggestion(found, known)}`);
  }
}
