/** What `coaudit roster check` does: reads the roster as a node or a reader would, and tells what is worth a look. */
import { SeedSigner } from "../../auditor/signer.ts";
import { subjectText } from "../../core/case-words.ts";
import { CoauditError, isCoauditError } from "../../core/errors.ts";
import { parseNumber } from "../../core/numbers.ts";
import { peerIdOfSeed } from "../../gossip/libp2p/network-key.ts";
import { peerIdIn } from "../../gossip/peer-address.ts";
import { loadConfig, type NodeConfig } from "../../node/config/config.ts";
import { readKeyFile } from "../../node/config/key-file.ts";
import { loadRosterFile, namespacesIn } from "../../node/config/roster-file.ts";
import { type NamespaceSize, type RosterFinding, reviewRoster, sizesOf } from "../../node/config/roster-review.ts";
import { checkOwnKey } from "../../node/own-key.ts";
import { ed25519KeyFromSeed } from "../../platform/native-ed25519.ts";
import type { CliContext } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { type Colors, colorsOf, table } from "../table.ts";
import { counted, printable, shortHex } from "../text.ts";
import { type ChangedCase, effectsOf } from "./roster-effects.ts";

export interface RosterCheckFlags {
  readonly config?: string;
  readonly faultBound?: string;
  readonly json?: true;
}

interface Checked {
  readonly auditors: number;
  readonly namespaces: readonly NamespaceSize[];
  readonly findings: readonly RosterFinding[];
  readonly cases: readonly ChangedCase[];
}

/**
 * Sets the exit code. Throws USAGE, CONFIG_UNREADABLE, CONFIG_INVALID, NUMBER_OUT_OF_RANGE, KEY_FILE_UNREADABLE,
 * KEY_FILE_EXPOSED; STORE_LOCKED while the node runs.
 */
export async function checkRoster(
  file: string | undefined,
  flags: RosterCheckFlags,
  context: CliContext,
): Promise<void> {
  const faultBound =
    flags.faultBound === undefined ? undefined : parseNumber(flags.faultBound, "--fault-bound", 0, 255);
  const checked =
    flags.config === undefined
      ? await asReader(file, faultBound)
      : await asNode(
          withBound(await loadConfig(flags.config, file === undefined ? {} : { rosterFile: file }), faultBound),
        );
  const result = resultOf(checked);
  if (flags.json === true) context.out(JSON.stringify({ result: result.word, ...checked }));
  else context.out(textOf(checked, colorsOf(context)));
  context.exitCode = result.exitCode;
}

async function asReader(file: string | undefined, faultBound: number | undefined): Promise<Checked> {
  if (file === undefined) throw new CoauditError("USAGE", "name the roster file, or a node's --config FILE", {});
  const read = await loadRosterFile(file);
  const { roster, settlements } = read;
  const namespaces = namespacesIn(read);
  const reader = { namespaces, faultBound };
  return {
    auditors: roster.size,
    namespaces: sizesOf(roster, reader),
    findings: reviewRoster({ roster, settlements }, reader),
    cases: [],
  };
}

async function asNode(config: NodeConfig): Promise<Checked> {
  const { roster, faultBound, name: ownName } = config;
  const namespaces = config.namespaces.map(({ namespace }) => namespace);
  const reader = { namespaces, faultBound, ownName };
  const own = await ownFindings(config);
  const effects = await effectsOf(config);
  const strays = config.warnings.map(
    (message): RosterFinding => ({ level: "warning", kind: "stray-namespace", message }),
  );
  return {
    auditors: roster.roster.size,
    namespaces: sizesOf(roster.roster, reader),
    findings: [...own, ...effects.findings, ...strays, ...reviewRoster(roster, reader)],
    cases: effects.cases,
  };
}

/** What a node finds out about its own entry when it starts. */
async function ownFindings(config: NodeConfig): Promise<RosterFinding[]> {
  const { publicKey } = new SeedSigner(ed25519KeyFromSeed(await readKeyFile(config.signingKeyFile)));
  try {
    checkOwnKey(config, publicKey);
  } catch (error) {
    if (!isCoauditError(error, "ROSTER_INVALID")) throw error;
    return [{ level: "error", kind: "own-key-missing", message: error.metadata.reason }];
  }
  const listed = peerIdIn(config.roster.roster.byName(config.name)?.addresses ?? []);
  const held = await peerIdOfSeed(await readKeyFile(config.networkKeyFile));
  if (listed === undefined || listed === held) return [];
  const message = `the roster lists this node with the peer id ${listed}, and its network key is ${held}: the others would not reach it`;
  return [{ level: "warning", kind: "other-peer-id", message }];
}

function withBound(config: NodeConfig, faultBound: number | undefined): NodeConfig {
  return faultBound === undefined ? config : { ...config, faultBound };
}

function resultOf({ findings, cases }: Checked): { readonly word: string; readonly exitCode: number } {
  if (findings.some(({ level }) => level === "error")) return { word: "unusable", exitCode: EXIT.usage };
  const isQuiet = cases.length === 0 && findings.every(({ level }) => level === "note");
  return isQuiet ? { word: "fine", exitCode: EXIT.yes } : { word: "look", exitCode: EXIT.no };
}

const LEVELS: readonly RosterFinding["level"][] = ["error", "warning", "note"];

function textOf(checked: Checked, colors: Colors): string {
  const { auditors, namespaces, findings, cases } = checked;
  const lines = [
    counted(auditors, "auditor"),
    ...namespaces.map((one) => {
      const quorum = one.auditors === 0 ? "" : `; f = ${one.faultBound}, a quorum is ${one.quorum} by default`;
      return `${one.namespace}: ${one.auditors} count now${quorum}`;
    }),
  ];
  for (const level of LEVELS) {
    const color = { error: colors.red, warning: colors.yellow, note: colors.dim }[level];
    for (const finding of findings) {
      if (finding.level === level) lines.push(`${color(level)}: ${printable(finding.message)}`);
    }
  }
  if (cases.length > 0) lines.push("", "Cases that change:", casesText(cases, colors));
  const { word } = resultOf(checked);
  if (word === "unusable") lines.push("", colors.red("a node does not start with this roster"));
  if (word === "fine") lines.push("", colors.green("nothing to look at"));
  return lines.join("\n");
}

function casesText(cases: readonly ChangedCase[], colors: Colors): string {
  const rows = cases.map(({ id, subject, before, after, convictsProvider }) => [
    shortHex(id),
    subjectText(subject),
    before ?? "-",
    after ?? "-",
    convictsProvider ? colors.red("refuses quorums") : "",
  ]);
  return table(["case", "about", "is", "becomes", ""], rows, colors);
}
