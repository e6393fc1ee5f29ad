/** The manual page coaudit(1), in the macros of man(7). */
import { type CommandNode, everyCommand } from "./command-tree.ts";

/** `date`: of the release, as 2026-11-30. */
export function manPage(
  root: CommandNode,
  { version, date }: { readonly version: string; readonly date: string },
): string {
  const lines = [
    `.TH COAUDIT 1 "${date}" "coaudit ${version}" "User Commands"`,
    ".SH NAME",
    `coaudit \\- ${text(firstPart(root.description))}`,
    ".SH SYNOPSIS",
    ".B coaudit",
    ".I command",
    "[\\fIoption\\fR ...]",
    ".SH DESCRIPTION",
    text(root.description),
    ...options(root),
    ...preformatted(root.notes),
    ".SH COMMANDS",
    ...[...everyCommand(root)].filter((node) => node !== root).flatMap(command),
    ".SH SEE ALSO",
    "The documents in the folder docs of the package: operations.md for who runs a node, clients.md for readers,",
    "simulator.md for researchers, protocol.md for all of it.",
  ];
  return `${lines.join("\n")}\n`;
}

function command(node: CommandNode): string[] {
  const usage = node.arguments.map(({ usage: one }) => one).join(" ");
  const forms = node.commands.length > 0 ? "\\fIcommand\\fR" : text(usage);
  return [
    `.SS "${text(node.path)}${forms === "" ? "" : ` ${forms}`}"`,
    text(node.description),
    ...node.arguments.flatMap(({ usage: one, description }) =>
      description === "" ? [] : [".TP", `\\fI${text(one)}\\fR`, text(description)],
    ),
    ...options(node),
    ...preformatted(node.notes),
  ];
}

function options(node: CommandNode): string[] {
  return node.options.flatMap(({ flags, description }) => [".TP", `\\fB${text(flags)}\\fR`, text(description)]);
}

/** As it stands in the help: tables and examples have their columns. */
function preformatted(notes: string): string[] {
  return notes === "" ? [] : [".PP", ".nf", ...notes.split("\n").map(text), ".fi"];
}

/** A line's first character may be a control character of roff, and every hyphen is one that can be copied. */
function text(plain: string): string {
  const escaped = plain
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll('"', "\\(dq")
    .replace(/\s*\n\s*/g, " ");
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}

function firstPart(description: string): string {
  return description.split(/[:.]/, 1)[0] ?? "";
}
