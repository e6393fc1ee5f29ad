/** What `coaudit init` does: makes the files and says what to do next. */
import { CoauditError } from "../../core/errors.ts";
import { parseNumber } from "../../core/numbers.ts";
import { ZERO_BOUND } from "../../core/roster.ts";
import { initNetworkKey, initNode } from "../../node/config/init.ts";
import { systemRandom } from "../../platform/system.ts";
import { shellText } from "../text.ts";

export interface InitOptions {
  name?: string;
  networkKeyOnly?: true;
  folder: string;
  listen: string;
  announce?: string;
  apiPort: string;
  json?: true;
}

/** Throws USAGE, and what initNode throws. */
export async function makeNode({ name, ...options }: InitOptions): Promise<void> {
  if (options.networkKeyOnly) return makeNetworkKey(options);
  if (name === undefined) {
    throw new CoauditError("USAGE", "--name: say how others will see this auditor, e.g. auditor.example.org", {
      option: "--name",
    });
  }
  const made = await initNode(
    { ...options, name, apiPort: parseNumber(options.apiPort, "--api-port", 0, 65_535) },
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

  coaudit run --config ${shellText(made.configFile)}

With fewer than four auditors in the roster ${ZERO_BOUND}`);
}

async function makeNetworkKey({ folder, json }: InitOptions): Promise<void> {
  const peerId = await initNetworkKey(folder, { random: systemRandom });
  console.log(
    json
      ? JSON.stringify({ peerId })
      : `peer id:  ${peerId}\n\nReplace the old one in this node's addresses in roster.yaml, and tell it to the other auditors.`,
  );
}
