/** What `coaudit init` does: makes the files and says what to do next. */
import { parseNumber } from "../../core/numbers.ts";
import { ZERO_BOUND } from "../../core/roster.ts";
import { initNode } from "../../node/config/init.ts";
import { systemRandom } from "../../platform/system.ts";

export interface InitOptions {
  name: string;
  folder: string;
  listen: string;
  announce?: string;
  apiPort: string;
  json?: true;
}

export async function makeNode(options: InitOptions): Promise<void> {
  const made = await initNode(
    { ...options, apiPort: parseNumber(options.apiPort, "--api-port", 0, 65_535) },
    { random: systemRandom },
  );
  if (options.json) {
    console.log(JSON.stringify(made));
    return;
  }
  console.log(`Created in ${made.folder}: ${made.files.join(", ")}

  vkey:     ${made.vkey}
  peer id:  ${made.peerId}

Give both to the other auditors, with the address at which they reach this node, and add theirs to roster.yaml. Name a provider in
coaudit.yaml, then run:

  coaudit run --config ${made.configFile}

With fewer than four auditors in the roster ${ZERO_BOUND}`);
}
