/** `coaudit completion`: what a shell needs to complete commands and options. */
import { Argument, Command } from "commander";
import type { CliContext } from "../context.ts";
import { completionScript, SHELLS, type Shell } from "./completion-script.ts";

const HELP = `
Examples:
  $ coaudit completion bash > /etc/bash_completion.d/coaudit
  $ coaudit completion zsh > "\${fpath[1]}/_coaudit"
  $ coaudit completion fish > ~/.config/fish/completions/coaudit.fish`;

export function completionCommand(context: CliContext, program: () => Command): Command {
  return new Command("completion")
    .description("print what a shell needs to complete commands and options")
    .addArgument(new Argument("<shell>", "which shell reads it").choices(SHELLS))
    .addHelpText("after", HELP)
    .action(async (shell: Shell) => {
      const { commandTree } = await import("./command-tree.ts");
      context.out(completionScript(shell, commandTree(program())).trimEnd());
    });
}
