/** `coaudit init`: keys, a configuration and a roster for a new node. */
import { Command } from "commander";
import type { InitOptions } from "./init-action.ts";

const HELP = `
Creates a folder with everything a node needs: two private keys (mode 0600), a commented coaudit.yaml and a roster.yaml that
lists this auditor. Existing files are never overwritten. Prints the vkey and the peer id, which the other auditors add to their
rosters.

Examples:
  $ coaudit init --name auditor.example.org --folder /etc/coaudit
  $ coaudit init --network-key-only --folder /etc/coaudit
  $ coaudit init --name auditor.example.org --folder ./node --announce /dns4/auditor.example.org/tcp/7600`;

export function initCommand(): Command {
  return new Command("init")
    .description("create keys, a commented configuration and a roster")
    .option(
      "--name <name>",
      "required: the auditor's name, as others will see it (a C2SP key name, e.g. auditor.example.org)",
    )
    .option("--folder <folder>", "folder for the files", ".")
    .option("--listen <multiaddr>", "address to listen on for other auditors", "/ip4/0.0.0.0/tcp/7600")
    .option("--announce <multiaddr>", "address that other auditors dial")
    .option("--api-port <port>", "port of the HTTP API on 127.0.0.1", "7680")
    .option("--network-key-only", "make only a network.key, where the old one was lost: the peer id changes")
    .option("--json", "print one line of JSON")
    .addHelpText("after", HELP)
    .action(async (options: InitOptions) => (await import("./init-action.ts")).makeNode(options));
}
