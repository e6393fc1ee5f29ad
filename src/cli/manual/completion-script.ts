/** Completions that a shell reads once: they start no process when a person presses Tab. */
import { type CommandNode, everyCommand, type OptionNode } from "./command-tree.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

export function completionScript(shell: Shell, root: CommandNode): string {
  switch (shell) {
    case "bash":
      return bash(root);
    case "zsh":
      // zsh runs bash's completions.
      return `#compdef ${root.name}\nautoload -Uz bashcompinit && bashcompinit\n${bash(root)}`;
    case "fish":
      return fish(root);
  }
}

/** One case for each command: what may follow it. Where a value is due, choices or files. */
function bash(root: CommandNode): string {
  const nodes = [...everyCommand(root)];
  const words = (node: CommandNode): string =>
    [
      ...node.commands.map(({ name }) => name),
      ...node.arguments.flatMap(({ choices: values = [] }) => values),
      ...node.options.flatMap(({ names }) => names),
    ].join(" ");
  const isCommand = nodes.filter((node) => node !== root).map(({ path }) => quoted(path));
  const valued = [
    ...new Set(
      nodes.flatMap(({ options }) => options.filter(({ takesValue }) => takesValue).flatMap(({ names }) => names)),
    ),
  ];
  return `_${root.name}() {
  local current previous path word
  current="\${COMP_WORDS[COMP_CWORD]}"
  previous="\${COMP_WORDS[COMP_CWORD-1]}"
  path=${root.name}
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path $word" in
      ${isCommand.join("|")}) path="$path $word" ;;
    esac
  done
  case "$path $previous" in
${nodes.flatMap((node) => choices(node)).join("\n")}
  esac
  case "$previous" in
    ${valued.join("|")}) COMPREPLY=(); return ;;
  esac
  case "$path" in
${nodes.map((node) => `    ${quoted(node.path)}) COMPREPLY=($(compgen -W "${words(node)}" -- "$current")) ;;`).join("\n")}
  esac
}
complete -o default -F _${root.name} ${root.name}
`;
}

function choices({ path, options }: CommandNode): string[] {
  return options.flatMap((option) =>
    option.choices === undefined
      ? []
      : option.names.map(
          (name) =>
            `    ${quoted(`${path} ${name}`)}) COMPREPLY=($(compgen -W "${option.choices?.join(" ")}" -- "$current")); return ;;`,
        ),
  );
}

function fish(root: CommandNode): string {
  const lines: string[] = [];
  for (const node of everyCommand(root)) {
    const seen = node.path.split(" ").slice(1);
    const children = node.commands.map(({ name }) => name);
    const at = [...seen.map((word) => `__fish_seen_subcommand_from ${word}`)];
    const here = [...at, ...(children.length > 0 ? [`not __fish_seen_subcommand_from ${children.join(" ")}`] : [])];
    const condition = (parts: readonly string[]): string => (parts.length === 0 ? "" : ` -n '${parts.join("; and ")}'`);
    for (const child of node.commands) {
      lines.push(`complete -c ${root.name} -f${condition(here)} -a ${child.name} -d ${quoted(child.description)}`);
    }
    for (const { choices: values } of node.arguments) {
      if (values !== undefined)
        lines.push(`complete -c ${root.name} -f${condition(here)} -a ${quoted(values.join(" "))}`);
    }
    for (const option of node.options) lines.push(`complete -c ${root.name}${condition(here)}${fishOption(option)}`);
  }
  return `${lines.join("\n")}\n`;
}

function fishOption({ names, takesValue, description, choices: values }: OptionNode): string {
  const flags = names.map((name) => (name.startsWith("--") ? ` -l ${name.slice(2)}` : ` -s ${name.slice(1)}`)).join("");
  const value = values !== undefined ? ` -x -a ${quoted(values.join(" "))}` : takesValue ? " -r" : " -f";
  return `${flags}${value} -d ${quoted(description)}`;
}

function quoted(plain: string): string {
  return `'${plain.replaceAll("'", "'\\''")}'`;
}
