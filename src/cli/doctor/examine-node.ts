/** The node itself, if it runs, and how other auditors' nodes see it. */
import { AlertBook, alertsFile } from "../../alerts/alert-book.ts";
import { NodeClient } from "../../client/node-client.ts";
import { counted } from "../../core/counted.ts";
import { errorMessage, isCoauditError } from "../../core/errors.ts";
import { silentLogger } from "../../core/log.ts";
import type { NodeConfig } from "../../node/config/config.ts";
import { systemClock } from "../../platform/system.ts";
import { checkStatus, type StatusOf } from "../node/answers.ts";
import { nodeTarget, nodeUrl } from "../node/node-target.ts";
import { type Finding, failure, note, ok, warning } from "./finding.ts";

export async function examineNode(config: NodeConfig, file: string): Promise<Finding[]> {
  if (config.api === undefined) return [note("node", "it has no API, so it cannot be asked")];
  const { client } = await nodeTarget({ config: file });
  let status: StatusOf;
  try {
    status = checkStatus(await client.get("/v1/status"), client.url);
  } catch (error) {
    if (isCoauditError(error, "NODE_UNREACHABLE")) return [note("node", "it does not run")];
    return [failure("node", errorMessage(error), "look at its log")];
  }
  const { name, ready, reasons, warnings, peers } = status;
  if (name !== config.name) {
    const message = `${client.url} is the node of ${name}, not of ${config.name}, which does not run there`;
    return [failure("node", message, "give the two nodes different api.port, and start it")];
  }
  const connected = peers.roster.filter((peer) => peer.connected).length;
  const fix = "`coaudit status` shows it in full; docs/operations.md, States, says what to do";
  return [
    ready ? ok("node", "it runs and answers readers") : failure("node", reasons.join("; "), fix),
    ...warnings.map((text) => warning("node", text, fix)),
    ...status.namespaces.map(({ namespace, guard }) =>
      guard.missing.length === 0
        ? ok(`guard of ${namespace}`, "open")
        : note(`guard of ${namespace}`, `${guard.answered.length} of ${guard.needed} have answered`),
    ),
    ok("peers", `${connected} of ${counted(peers.roster.length, "auditor")} connected`),
    ...(await untold(config)),
  ];
}

async function untold({ alerts, dataFolder }: NodeConfig): Promise<Finding[]> {
  const book = await AlertBook.open({ file: alertsFile(dataFolder) }, { log: silentLogger });
  return (alerts?.receivers ?? []).flatMap((receiver) => {
    const owed = book.owed(receiver).length;
    if (owed === 0) return [];
    const message = `${receiver.name} was not told of ${counted(owed, "alert")}`;
    return [failure("alerts", message, `coaudit alert test --receiver ${receiver.name} says why`)];
  });
}

/**
 * Whether those whom this node's operator asks are connected to it, which the node itself cannot know of a firewall.
 */
export function peersViews(urls: readonly string[], { name }: NodeConfig): Promise<Finding[]> {
  return Promise.all(
    urls.map(async (given) => {
      const url = nodeUrl(given);
      const check = `as ${url} sees it`;
      try {
        const status = checkStatus(await new NodeClient({ url }, { clock: systemClock }).get("/v1/status"), url);
        const peer = status.peers.roster.find(({ auditor }) => auditor === name);
        if (peer === undefined) {
          return failure(
            check,
            `its roster has no ${name}`,
            `give ${status.name} your vkey and address (\`coaudit init\` printed both)`,
          );
        }
        if (peer.connected) return ok(check, "connected");
        const fix =
          "see that the port under listen is open to it, and that its roster has the right address and peer id";
        return failure(check, "not connected", fix);
      } catch (error) {
        if (!isCoauditError(error)) throw error;
        return warning(check, error.message, "correct the URL, or ask another auditor");
      }
    }),
  );
}
