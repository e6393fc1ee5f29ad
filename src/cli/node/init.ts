/** `coaudit init`: keys, a configuration and a roster for a new node. */
import { Command } from "commander";
import { repeated } from "../repeated.ts";
import type { InitFlags } from "./init-action.ts";

const HELP = `
Creates a folder with everything a node needs: two private keys (mode 0600), a commented coaudit.yaml and a roster.yaml that
lists this auditor. Existing files are never overwritten. Prints the vkey and the peer id, which the other auditors add to their
rosters.

Without --name it asks on a terminal, and nowhere else; --answers replays answers, one a line, an empty line for the usual one.

An invitation of \`coaudit invite\` brings the logs and the auditors of whoever made it. Compare its checksum with theirs, by voice.

The networks whatsapp, whatsapp-v1 and messenger are known. What is written about them, from which source and of which date, is
printed, with what to check before you trust it; a file of the same form names any other log.

Examples:
  $ coaudit init
  $ coaudit init --name auditor.example.org --folder /etc/coaudit --network whatsapp
  $ coaudit init --name auditor.example.org --folder ./node --network ./practice.yaml --announce /dns4/auditor.example.org/tcp/7600
  $ coaudit init --name b.example --folder ./node --invite a.invite
  $ printf 'auditor.example.org\\n./node\\n\\nwhatsapp\\nauditor.example.org\\n\\n' | coaudit init --answers -
  $ coaudit init --network-key-only --folder /etc/coaudit`;

export function initCommand(): Command {
  return new Command("init")
    .description("create keys, a commented configuration and a roster")
    .option("--name <name>", "the auditor's name, as others will see it (a C2SP key name, e.g. auditor.example.org)")
    .option("--folder <folder>", "folder for the files (default: .)")
    .option("--network <name>", "a log to audit: whatsapp, whatsapp-v1, messenger, or a file; repeatable", repeated, [])
    .option("--invite <file>", "another auditor's invitation: a file, its line, or that node's URL")
    .option("--listen <multiaddr>", "address to listen on for other auditors (default: /ip4/0.0.0.0/tcp/7600)")
    .option("--announce <multiaddr>", "address that other auditors dial")
    .option("--api-port <port>", "port of the HTTP API on 127.0.0.1 (default: 7680)")
    .option("--answers <file>", "answers to the questions, one a line; - for standard input")
    .option("--network-key-only", "make only a network.key, where the old one was lost: the peer id changes")
    .option("--json", "print one line of JSON")
    .addHelpText("after", HELP)
    .action(async (flags: InitFlags) => (await import("./init-action.ts")).makeNode(flags));
}
