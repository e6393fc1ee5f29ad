/**
 * A scenario file with the values that a command line replaces, before any meaning; it knows where everything was
 * written.
 */
import type { TSchema } from "typebox";
import type { CoauditError } from "../../core/errors.ts";
import { firstComplaint, suggestion } from "../../platform/yaml/schema-complaint.ts";
import { invalid } from "../../platform/yaml/yaml-file.ts";
import { type Place, pathText, type TreePath, YamlTree } from "../../platform/yaml/yaml-tree.ts";
import { type Override, overrideScenario } from "./overrides.ts";
import type { ScenarioText } from "./scenario-text.ts";

export class ScenarioTree {
  readonly value: unknown;
  readonly #name: string;
  readonly #overrides: readonly Override[];
  readonly #placeOf: (path: TreePath) => Place | undefined;

  /** Throws CONFIG_UNREADABLE, USAGE. */
  static ofText({ text, file }: ScenarioText, overrides: readonly Override[]): ScenarioTree {
    const yaml = new YamlTree(text, file);
    // An empty file is one that lacks a title.
    return new ScenarioTree(file, overrideScenario(yaml.value ?? {}, overrides), overrides, (path) =>
      yaml.placeOf(path),
    );
  }

  /** Of a program: nothing was written anywhere. */
  static ofValue(value: unknown): ScenarioTree {
    return new ScenarioTree("scenario", value, [], () => undefined);
  }

  private constructor(
    name: string,
    value: unknown,
    overrides: readonly Override[],
    placeOf: (path: TreePath) => Place | undefined,
  ) {
    this.#name = name;
    this.value = value;
    this.#overrides = overrides;
    this.#placeOf = placeOf;
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
      return invalid(this.#name, pathText(path), found, expected, this.#placeOf(path));
    }
    return invalid(`${this.#name} with ${set.path}=${JSON.stringify(set.value)}`, pathText(path), found, expected);
  }

  /** The error for a name that nobody has. */
  unknownName(path: TreePath, found: unknown, expected: string, known: readonly string[]): CoauditError {
    return this.invalid(path, found, `${expected}${suggestion(found, known)}`);
  }
}
