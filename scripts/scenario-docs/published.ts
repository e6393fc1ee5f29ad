/** The scenario schema as it is published: as JSON Schema for editors, as a reference for people. */
import { DEFAULT_REASONS } from "../../src/simulator/scenario/defaults.ts";
import { ScenarioSchema } from "../../src/simulator/scenario/scenario-schema.ts";

export const SCHEMA_FILE = "config/scenarios/scenario.schema.json";
export const DOCS_FILE = "docs/simulator.md";
const BEGIN = "<!-- scenario reference: made by `npm run scenario-docs` -->";
const END = "<!-- end of the scenario reference -->";

interface SchemaNode {
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
}

export function schemaFileText(): string {
  const head = { $schema: "http://json-schema.org/draft-07/schema#", title: "A coaudit scenario" };
  return `${JSON.stringify({ ...head, ...ScenarioSchema }, undefined, 2)}\n`;
}

/** The document with its reference brought up to date. */
export function withReference(document: string): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`${DOCS_FILE} lacks the lines ${BEGIN} and ${END}`);
  return `${document.slice(0, begin)}${BEGIN}\n\n${reference()}\n${document.slice(end)}`;
}

function reference(): string {
  const root = ScenarioSchema as SchemaNode;
  const { costs, network, provider, behaviours, faults, clients, keys } = root.properties ?? {};
  return [
    section("The file", root, "", "All but the title may be left out."),
    section("`costs`", costs, "costs."),
    section("`network`", network, "network."),
    section("`network.partitions`, each", network?.properties?.["partitions"]?.items),
    section("`network.links`, each", network?.properties?.["links"]?.items),
    section("`provider`", provider, "provider."),
    kindsSection("`provider.lies`, each", provider?.properties?.["lies"]?.items),
    kindsSection("`behaviours`, each", behaviours?.items),
    kindsSection("`faults`, each", faults?.items),
    section("`clients`, each group", clients?.items),
    section("`keys`", keys, "keys."),
    kindsSection("`keys.lies`, each", keys?.properties?.["lies"]?.items),
  ].join("\n");
}

function section(title: string, schema: SchemaNode | undefined, prefix = "", about = schema?.description): string {
  const rows = Object.entries(schema?.properties ?? {}).map(([key, value]) =>
    row(key, value, schema?.required?.includes(key) ?? false, DEFAULT_REASONS[prefix + key]),
  );
  return [`### ${title}`, "", sentence(about ?? ""), "", ...HEAD, ...rows, ""].join("\n");
}

function kindsSection(title: string, schema: SchemaNode | undefined): string {
  const kinds = (schema?.anyOf ?? []).map(({ properties = {}, required = [] }) => ({
    kind: String(properties["kind"]?.const),
    properties,
    required,
  }));
  const keys = new Map<string, SchemaNode>();
  for (const { properties } of kinds) {
    for (const [key, value] of Object.entries(properties)) if (key !== "kind") keys.set(key, value);
  }
  const rows = [...keys].map(([key, value]) => {
    const having = kinds.filter(({ properties }) => properties[key] !== undefined);
    const isRequired = having.every(({ required }) => required.includes(key));
    const only = having.length === kinds.length ? undefined : `with ${having.map(({ kind }) => kind).join(", ")}`;
    return row(key, value, isRequired, only);
  });
  const names = kinds.map(({ kind }) => `\`${kind}\``).join(", ");
  return [`### ${title}`, "", sentence(schema?.description ?? ""), `Kinds: ${names}.`, "", ...HEAD, ...rows, ""].join(
    "\n",
  );
}

const HEAD = ["| key | what | left out | |", "| --- | --- | --- | --- |"];

function row(key: string, value: SchemaNode, isRequired: boolean, remark = ""): string {
  const absent = isRequired ? "**needed**" : value.default === undefined ? "" : `\`${JSON.stringify(value.default)}\``;
  return `| \`${key}\` | ${value.description ?? ""} | ${absent} | ${remark} |`;
}

function sentence(text: string): string {
  return text === "" ? "" : `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;
}
