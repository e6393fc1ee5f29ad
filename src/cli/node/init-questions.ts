/** The questions of `coaudit init`, in their order; what a flag has answered is not asked. */
import { CoauditError } from "../../core/errors.ts";
import { checkAuditorName } from "../../core/names.ts";
import { parseNumber } from "../../core/numbers.ts";
import { parseAddress } from "../../gossip/address.ts";
import { loadNetwork, networkNames } from "../../node/config/networks.ts";
import { isDialable } from "../../node/config/roster-checks.ts";
import { shellText } from "../text.ts";
import type { Conversation } from "./conversation.ts";

/** Of the flags of `coaudit init`, those that may be asked for. */
export interface InitAnswers {
  readonly name?: string;
  readonly folder?: string;
  readonly network?: readonly string[];
  readonly invite?: string;
  readonly listen?: string;
  readonly announce?: string;
  readonly apiPort?: string;
}

export const DEFAULT_FOLDER = ".";
export const DEFAULT_LISTEN = "/ip4/0.0.0.0/tcp/7600";
export const DEFAULT_API_PORT = "7680";

/** Throws what the answers are refused with. */
export async function askFor(given: InitAnswers, conversation: Conversation): Promise<InitAnswers> {
  const name =
    given.name ??
    (await conversation.ask({
      text: "Name of this auditor, as others will see it, e.g. auditor.example.org",
      take: checkAuditorName,
    }));
  const folder =
    given.folder ??
    (await conversation.ask({ text: "Folder for its files", usual: DEFAULT_FOLDER, take: or(DEFAULT_FOLDER) }));
  const invite =
    given.invite ??
    (given.network?.length
      ? ""
      : await conversation.ask({
          text: "Invitation of another auditor: its line, or the file",
          usual: "none",
          take: (answer) => answer,
        }));
  const network = given.network?.length || invite !== "" ? (given.network ?? []) : await askNetworks(conversation);
  const listen = given.listen ?? DEFAULT_LISTEN;
  const announce =
    given.announce ??
    (await conversation.ask({
      text: "How other auditors reach this machine: a host name or an IP address",
      usual: "not known yet",
      take: (answer) => (answer === "" ? "" : announced(answer, listen)),
    }));
  const apiPort =
    given.apiPort ??
    (await conversation.ask({
      text: "Port of the HTTP API on 127.0.0.1",
      usual: DEFAULT_API_PORT,
      take: (answer) => String(parseNumber(answer || DEFAULT_API_PORT, "the port", 0, 65_535)),
    }));
  return {
    name,
    folder,
    network,
    listen,
    apiPort,
    ...(invite === "" ? {} : { invite }),
    ...(announce === "" ? {} : { announce }),
  };
}

/** The command that makes the same without questions. */
export function commandOf({ name = "", network = [], ...rest }: InitAnswers): string {
  const flags: [string, string | undefined][] = [
    ["--name", name],
    ["--folder", rest.folder],
    ...network.map((one): [string, string] => ["--network", one]),
    ["--invite", rest.invite],
    ["--listen", rest.listen],
    ["--announce", rest.announce],
    ["--api-port", rest.apiPort],
  ];
  const words = flags.flatMap(([flag, value]) => (value === undefined ? [] : [flag, shellText(value)]));
  return `coaudit init ${words.join(" ")}`;
}

/** A multiaddr as it is; a host with the port of `listen`. Throws NETWORK_ADDRESS_INVALID. */
export function announced(answer: string, listen: string): string {
  const port = /\/tcp\/(\d+)/.exec(listen)?.[1] ?? "7600";
  const address = answer.startsWith("/") ? answer : `/${kindOf(answer)}/${answer}/tcp/${port}`;
  parseAddress(address);
  if (isDialable(address)) return address;
  const message = `"${answer}" is not an address that others can dial, such as auditor.example.org or /dns4/auditor.example.org/tcp/7600`;
  throw new CoauditError("NETWORK_ADDRESS_INVALID", message, { address });
}

async function askNetworks(conversation: Conversation): Promise<readonly string[]> {
  const names = await networkNames();
  return conversation.ask({
    text: `Which logs it audits: ${names.join(", ")}, or the file of another one; several with commas`,
    usual: "none yet",
    take: async (answer) => {
      const chosen = answer
        .split(",")
        .map((one) => one.trim())
        .filter((one) => one !== "");
      for (const one of chosen) await loadNetwork(one);
      return chosen;
    },
  });
}

function kindOf(host: string): "ip4" | "ip6" | "dns4" {
  if (host.includes(":")) return "ip6";
  return /^\d+\.\d+\.\d+\.\d+$/.test(host) ? "ip4" : "dns4";
}

function or(usual: string): (answer: string) => string {
  return (answer) => answer || usual;
}
