/**
 * The commands as data: what the manual and the completions are made from, so that neither knows more than `--help`.
 */
import type { Argument, Command, Option } from "commander";

export interface CommandNode {
  /** As typed: `coaudit verify key`. */
  readonly path: string;
  readonly name: string;
  readonly description: string;
  /** Hidden ones are left out. */
  readonly options: readonly OptionNode[];
  readonly arguments: readonly ArgumentNode[];
  /** The text below the options in its help: explanations, exit codes, examples. */
  readonly notes: string;
  readonly commands: readonly CommandNode[];
}

export interface OptionNode {
  /** As help shows it: `-V, --version`, `--config <file>`. */
  readonly flags: string;
  readonly names: readonly string[];
  readonly takesValue: boolean;
  readonly description: string;
  /** Undefined where any value will do. */
  readonly choices?: readonly string[];
}

export interface ArgumentNode {
  /** `<file>`, `[epoch]`, `<file...>`. */
  readonly usage: string;
  readonly description: string;
  readonly choices?: readonly string[];
}

export function commandTree(command: Command, parents: readonly string[] = []): CommandNode {
  const path = [...parents, command.name()];
  const help = command.createHelp();
  return {
    path: path.join(" "),
    name: command.name(),
    description: command.description(),
    options: help.visibleOptions(command).map((option) => optionNode(option, help.optionDescription(option))),
    arguments: command.registeredArguments.map(argumentNode),
    notes: notesOf(command),
    commands: help
      .visibleCommands(command)
      .filter((child) => child.name() !== "help")
      .map((child) => commandTree(child, path)),
  };
}

/** All of them, each before its own. */
export function* everyCommand(node: CommandNode): Generator<CommandNode> {
  yield node;
  for (const child of node.commands) yield* everyCommand(child);
}

function optionNode(option: Option, description: string): OptionNode {
  const { flags, short, long, required, optional, argChoices } = option;
  const names = [short, long].filter((name) => name !== undefined);
  const choices = argChoices === undefined ? {} : { choices: argChoices };
  return { flags, names, takesValue: required || optional, description, ...choices };
}

function argumentNode(argument: Argument): ArgumentNode {
  const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
  const choices = argument.argChoices === undefined ? {} : { choices: argument.argChoices };
  return {
    usage: argument.required ? `<${name}>` : `[${name}]`,
    description: argument.description,
    ...choices,
  };
}

/** commander keeps the text that was added to a help as a listener: it is written to be seen. */
function notesOf(command: Command): string {
  let text = "";
  const before = command.configureOutput();
  command.configureOutput({ writeOut: (part) => (text += part), getOutHasColors: () => false });
  try {
    const width = command.helpInformation().length;
    command.outputHelp();
    return text.slice(width).trim();
  } finally {
    command.configureOutput(before);
  }
}
