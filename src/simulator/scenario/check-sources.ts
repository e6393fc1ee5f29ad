/** Whether what `sources` speaks of is there to be spoken of: a typo would be copied into every result. */
import { suggestion } from "../../platform/yaml/schema-complaint.ts";
import { ScenarioSchema } from "./scenario-schema.ts";
import type { ScenarioTree } from "./scenario-tree.ts";
import type { WrittenScenario } from "./written-scenario.ts";

/** What of JSON Schema leads from a value to its parts. */
interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode | readonly SchemaNode[];
  readonly anyOf?: readonly SchemaNode[];
}

/** Throws CONFIG_INVALID for a key that is no path of a scenario file. */
export function checkSources({ sources = {} }: WrittenScenario, tree: ScenarioTree): void {
  for (const key of Object.keys(sources)) {
    const meant = alternatives(key);
    if (meant === undefined) continue;
    const expected = `a path of a scenario file, such as network.lossRate or clients.0.ask${suggestion(key, meant)}`;
    throw tree.invalid(["sources", key], key, expected);
  }
}

/** Undefined for a path of the schema; else the paths that differ in the first step that leads nowhere. */
function alternatives(key: string): string[] | undefined {
  const steps = key.split(".");
  let nodes: readonly SchemaNode[] = [ScenarioSchema as SchemaNode];
  for (const [index, step] of steps.entries()) {
    const next = nodes.flatMap((node) => childrenOf(node, step));
    if (next.length === 0) {
      const known = new Set(nodes.flatMap(keysOf));
      return [...known].map((one) => [...steps.slice(0, index), one, ...steps.slice(index + 1)].join("."));
    }
    nodes = next.flatMap((node) => [node, ...(node.anyOf ?? [])]);
  }
  return undefined;
}

function childrenOf({ properties, items }: SchemaNode, step: string): readonly SchemaNode[] {
  if (properties !== undefined) {
    const child = Object.hasOwn(properties, step) ? properties[step] : undefined;
    return child === undefined ? [] : [child];
  }
  return items !== undefined && /^(0|[1-9]\d*)$/.test(step) ? [items].flat() : [];
}

function keysOf({ properties, items }: SchemaNode): string[] {
  return properties === undefined ? (items === undefined ? [] : ["0"]) : Object.keys(properties);
}
