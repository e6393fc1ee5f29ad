/**
 * Which node a command talks to: one by its URL, or the one on this machine by its configuration, then as its operator.
 */

import { NodeClient, unreachable } from "../../client/node-client.ts";
import { checkNodeUrl } from "../../client/node-url.ts";
import { CoauditError, isCoauditError } from "../../core/errors.ts";
import type { NodeConfig } from "../../node/config/config.ts";
import { systemClock } from "../../platform/system.ts";
import { printable, shellText } from "../text.ts";
import { readApiUrl } from "./api-url-file.ts";
import { isStarting, runningPid } from "./pid-file.ts";

export interface TargetFlags {
  readonly node?: string;
  readonly config?: string;
}

export interface NodeTarget {
  readonly client: NodeClient;
  /** If it was named by its configuration. */
  readonly config?: NodeConfig;
  /** Why it is asked as a stranger although it was named by its configuration. */
  readonly tokenError?: CoauditError;
}

/** Throws USAGE, CONFIG_UNREADABLE, CONFIG_INVALID. */
export async function nodeTarget({ node, config: file }: TargetFlags): Promise<NodeTarget> {
  if (node !== undefined && file !== undefined) throw usage("give --node or --config, not both");
  if (node !== undefined) return { client: new NodeClient({ url: nodeUrl(node) }, { clock: systemClock }) };
  if (file === undefined) throw usage("name the node: --config FILE for the one on this machine, or --node URL");
  const [{ loadConfig }, { readOperatorToken }] = await Promise.all([
    import("../../node/config/config.ts"),
    import("../../api/operator-token.ts"),
  ]);
  const config = await loadConfig(file);
  if (config.api === undefined) throw usage(`${file} has no "api" section, so its node cannot be queried`);
  const url = (await readApiUrl(config.dataFolder)) ?? urlOf(config.api);
  try {
    const token = await readOperatorToken(config.dataFolder);
    return { client: new NodeClient({ url, token }, { clock: systemClock }), config };
  } catch (error) {
    if (!isCoauditError(error, "OPERATOR_TOKEN_UNREADABLE")) throw error;
    return { client: new NodeClient({ url }, { clock: systemClock }), config, tokenError: error };
  }
}

/**
 * For actions. Throws the same, OPERATOR_TOKEN_UNREADABLE, and NODE_UNREACHABLE if there is no token because no node
 * runs.
 */
export async function operatorClient(file: string): Promise<NodeClient> {
  const { client, config, tokenError } = await nodeTarget({ config: file });
  // The token is for this node alone.
  const stranger = new NodeClient({ url: client.url }, { clock: systemClock });
  const { name } = ((await ask(stranger.get("/v1/status"), file)) ?? {}) as { name?: unknown };
  checkName(printable(String(name)), config, client.url);
  if (tokenError === undefined) return client;
  throw tokenError;
}

/** The answer; if nothing answers, an error that says how to start the node of that configuration. */
export async function ask(answer: Promise<unknown>, file: string | undefined): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (file === undefined || !isCoauditError(error, "NODE_UNREACHABLE", "NODE_REFUSED")) throw error;
    const { url } = error.metadata;
    if (isCoauditError(error, "NODE_REFUSED") && error.metadata.type !== "urn:coaudit:problem:starting") throw error;
    throw unreachable(url, await whyNoAnswer(file), error);
  }
}

async function whyNoAnswer(file: string): Promise<string> {
  const { dataFolder } = await (await import("../../node/config/config.ts")).loadConfig(file);
  const pid = await runningPid(dataFolder);
  if (pid === undefined) return `the node is not running; start it with \`coaudit run --config ${shellText(file)}\``;
  if (await isStarting(dataFolder)) {
    return `the node is starting as process ${pid}: it opens what it stored; ask again, or look at its log`;
  }
  return `the node runs as process ${pid} and does not answer: it is frozen or overloaded; look at its log, and end it with \`kill ${pid}\` before you start it again`;
}

/**
 * The URL of a configuration may be another node's, as long as its own does not run: two have the same default port.
 * Throws NODE_UNREACHABLE.
 */
export function checkName(name: string, config: NodeConfig | undefined, url: string): void {
  if (config === undefined || name === config.name) return;
  const reason = `it is the node of ${name}, not of ${config.name}, which is not running there; start it, and give the two nodes different api.port`;
  throw unreachable(url, reason);
}

/** Throws USAGE. */
export function nodeUrl(text: string): string {
  return checkNodeUrl(text, "--node");
}

/** A node that listens on every address is asked over loopback. */
function urlOf({ host, port }: { readonly host: string; readonly port: number }): string {
  const asked = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${asked.includes(":") ? `[${asked}]` : asked}:${port}`;
}

function usage(message: string): CoauditError<"USAGE"> {
  return new CoauditError("USAGE", message, { option: "--node" });
}
