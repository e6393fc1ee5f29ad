import { Command } from "commander";

const HELP = `
Makes a folder with everything a node needs: two private keys (mode 0600), a commented coaudit.yaml and a roster.yaml that lists this
auditor. Nothing that exists is overwritten. Prints the vkey and the peer id, which the other auditors put into their rosters.

Examples:
  coaudit init --name auditor.example.org --folder /etc/coaudit
  coaudit init --name auditor.example.org --folder ./node --announce /dns4/auditor.example.org/tcp/7600`;

interface InitOptions {
  name: string;
  folder: string;
  listen: string;
  announce?: string;
  apiPort: string;
  json?: true;
}

export function initCommand(): Command {
  return new Command("init")
    .description("make keys, a commented configuration and a roster")
    .requiredOption(
      "--name <name>",
      "the auditor's name, as others will see it (a C2SP key name, e.g. auditor.example.org)",
    )
    .option("--folder <folder>", "where to put the files", ".")
    .option("--listen <multiaddr>", "where to listen for other auditors", "/ip4/0.0.0.0/tcp/7600")
    .option("--announce <multiaddr>", "the address that others should dial")
    .option("--api-port <port>", "port of the HTTP API on 127.0.0.1", "7680")
    .option("--json", "print one JSON object")
    .addHelpText("after", HELP)
    .action(async (options: InitOptions) => {
      const { initNode } = await import("../../node/config/init.ts");
      const { systemRandom } = await import("../../platform/system.ts");
      const { parseNumber } = await import("../../core/numbers.ts");
      const made = await initNode(
        { ...options, apiPort: parseNumber(options.apiPort, "--api-port", 0, 65_535) },
        { random: systemRandom },
      );
      if (options.json) {
        console.log(JSON.stringify(made));
        return;
      }
      console.log(`Made in ${made.folder}: ${made.files.join(", ")}

  vkey:     ${made.vkey}
  peer id:  ${made.peerId}

Give both to the other auditors, with the address where they reach this node, and put theirs into roster.yaml. Name a provider in
coaudit.yaml, then:

  coaudit run --config ${made.configFile}`);
    });
}
