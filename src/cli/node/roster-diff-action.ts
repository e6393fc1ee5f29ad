/** What `coaudit roster diff` and `coaudit roster verify` do: they compare what auditors publish with each other. */
import { equalBytes } from "../../core/bytes.ts";
import { CoauditError } from "../../core/errors.ts";
import type { RosterAuditor } from "../../core/roster.ts";
import { peerIdIn } from "../../gossip/peer-address.ts";
import type { Invitation } from "../../node/published/invitation.ts";
import { auditorEntry } from "../../node/published/published.ts";
import type { CliContext } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { colorsOf, table } from "../table.ts";
import { counted, printable } from "../text.ts";
import { keyLine, keyLines, readAllPublished, sourceText } from "./published-source.ts";
import { type NamedRoster, namedRoster, type RosterFileFlags } from "./roster-file-flags.ts";

export interface RosterCompareFlags extends RosterFileFlags {
  readonly json?: true;
}

/** One roster, and whose it is. */
interface Side {
  readonly name: string;
  readonly auditors: readonly RosterAuditor[];
}

interface Difference {
  readonly auditor: string;
  readonly about: (typeof ABOUT)[number];
  /** What each side says, by its name. */
  readonly says: Readonly<Record<string, string>>;
}

/** Addresses may differ: each dials the others by its own way. */
const ABOUT = ["listed", "keys", "next-key-hash", "joined", "retired"] as const;

/** Sets the exit code: 0 they are the same, 1 they differ or one was not to be had, 4 none was. Throws USAGE. */
export async function diffRosters(
  sources: readonly string[],
  flags: RosterCompareFlags,
  context: CliContext,
): Promise<void> {
  const hasOwn = flags.config !== undefined || flags.roster !== undefined;
  if (sources.length + Number(hasOwn) < 2) {
    throw new CoauditError(
      "USAGE",
      "name two rosters at least: URLs of nodes, invitations, --config FILE or --roster FILE",
      {},
    );
  }
  const own = hasOwn ? [ownSide(await namedRoster(flags))] : [];
  const { read, failed } = await readAllPublished(sources);
  const sides = named([
    ...own,
    ...read.map(({ source, published }) => ({
      name: published.record.name,
      source: sourceText(source),
      auditors: published.auditors,
    })),
  ]);
  const differences = differencesOf(sides);
  const code = read.length === 0 ? EXIT.unreachable : differences.length + failed.length > 0 ? EXIT.no : EXIT.yes;
  context.exitCode = code ?? 1;
  if (flags.json === true) {
    context.out(JSON.stringify({ compared: sides.map(({ name }) => name), differences, failed }));
    return;
  }
  context.out(diffText(sides, differences, failed, context));
}

/** Sets the exit code: 0 all are as the roster says, 1 one is not, 4 none was to be had. Throws USAGE. */
export async function verifyRoster(
  sources: readonly string[],
  flags: RosterCompareFlags,
  context: CliContext,
): Promise<void> {
  const roster = await namedRoster(flags);
  const { read, failed } = await readAllPublished(sources);
  const results = read.map(({ source, published }) => ({
    source: sourceText(source),
    auditor: published.record.name,
    wrong: wrongWith(published, roster),
  }));
  const isFine = failed.length === 0 && results.every(({ wrong }) => wrong.length === 0);
  context.exitCode = (read.length === 0 ? EXIT.unreachable : isFine ? EXIT.yes : EXIT.no) ?? 1;
  if (flags.json === true) {
    context.out(JSON.stringify({ results, failed }));
    return;
  }
  const colors = colorsOf(context);
  const lines = read.flatMap(({ published }, index) => {
    const { source = "", wrong = [] } = results[index] ?? {};
    const word = wrong.length === 0 ? colors.green("as listed") : colors.red("not as listed");
    return [
      `${word}: ${printable(published.record.name)}, from ${source}`,
      keyLine(published.record),
      ...wrong.map((one) => `  ${one}`),
    ];
  });
  lines.push(...failed.map((one) => colors.yellow(`not compared: ${one}`)));
  if (results.length > 0)
    lines.push(
      "Who holds a key is proven; whose it is, its operator has to tell you: compare the fingerprints by voice.",
    );
  context.out(lines.join("\n"));
}

function wrongWith({ record, peerId, auditors }: Invitation, { read, config }: NamedRoster): string[] {
  const listed = read.roster.byName(record.name);
  if (listed === undefined) return ["the roster does not list this auditor: coaudit roster add"];
  const wrong: string[] = [];
  if (!listed.keys.some(({ publicKey }) => equalBytes(publicKey, record.publicKey))) {
    wrong.push("it signs with a key that the roster does not list; the roster has:", ...keyLines(listed));
  }
  const dialed = peerIdIn(listed.addresses ?? []);
  if (dialed !== undefined && dialed !== peerId)
    wrong.push(`the roster dials the peer id ${dialed}, and it has ${peerId}`);
  const own = config === undefined ? undefined : read.roster.byName(config.name);
  const theirs = own === undefined ? undefined : auditors.find(({ name }) => name === own.name);
  if (own !== undefined && theirs === undefined)
    wrong.push(`its roster does not list ${printable(own.name)}, this node`);
  if (own !== undefined && theirs !== undefined && saidOf(theirs, "keys") !== saidOf(own, "keys")) {
    wrong.push(`its roster has other keys of ${printable(own.name)}, this node:`, ...keyLines(theirs));
  }
  return wrong;
}

function ownSide({ read, config, file }: NamedRoster): Side & { source: string } {
  return { name: config?.name ?? printable(file), source: printable(file), auditors: read.roster.auditors };
}

/** Two of one name are told apart by where they came from. */
function named(sides: readonly (Side & { readonly source: string })[]): Side[] {
  return sides.map(({ name, source, auditors }, index) => {
    const isTwice = sides.some((other, at) => at !== index && other.name === name);
    return { name: isTwice ? `${printable(name)} (${source})` : printable(name), auditors };
  });
}

function differencesOf(sides: readonly Side[]): Difference[] {
  const names = [...new Set(sides.flatMap(({ auditors }) => auditors.map(({ name }) => name)))].sort();
  return names.flatMap((auditor) => {
    const entries = sides.map((side) => side.auditors.find(({ name }) => name === auditor));
    const differing = ABOUT.filter((about) => new Set(entries.map((entry) => saidOf(entry, about))).size > 1);
    // Whoever does not list it says nothing about its keys either.
    const shown = differing.includes("listed") ? (["listed"] as const) : differing;
    return shown.map((about) => ({
      auditor,
      about,
      says: Object.fromEntries(sides.map(({ name }, index) => [name, saidOf(entries[index], about)])),
    }));
  });
}

function saidOf(entry: RosterAuditor | undefined, about: Difference["about"]): string {
  if (about === "listed") return entry === undefined ? "no" : "yes";
  if (entry === undefined) return "-";
  const value = auditorEntry(entry)[about];
  if (value === undefined) return "-";
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) return sortedText(value);
  return value
    .map(({ vkey, windows }) => (windows === undefined ? vkey : `${vkey} ${sortedText(windows)}`))
    .sort()
    .join("\n");
}

function sortedText(value: object): string {
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, one]) => `${key}: ${typeof one === "object" ? JSON.stringify(one) : one}`).join(", ");
}

function diffText(
  sides: readonly Side[],
  differences: readonly Difference[],
  failed: readonly string[],
  context: CliContext,
): string {
  const colors = colorsOf(context);
  const lines = [
    `compared: ${sides.map(({ name, auditors }) => `${name} (${counted(auditors.length, "auditor")})`).join(", ")}`,
  ];
  if (differences.length > 0) {
    const rows = differences.flatMap(({ auditor, about, says }) =>
      Object.entries(says).map(([side, text], index) => [
        index === 0 ? printable(auditor) : "",
        index === 0 ? about : "",
        side,
        printable(text, "\n"),
      ]),
    );
    lines.push("", table(["auditor", "differs in", "roster of", "says"], rows, colors));
  }
  lines.push(...failed.map((one) => colors.yellow(`not compared: ${one}`)));
  if (differences.length + failed.length === 0) lines.push(colors.green("the rosters are the same"));
  return lines.join("\n");
}
