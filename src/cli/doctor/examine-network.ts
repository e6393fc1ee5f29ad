/** Ports of this machine, and whether the others' are reached from it. */
import { connect, createServer } from "node:net";
import { startTimer } from "../../core/deadline.ts";
import { errorMessage } from "../../core/errors.ts";
import { parseAddress } from "../../gossip/address.ts";
import type { NodeConfig } from "../../node/config/config.ts";
import { systemClock } from "../../platform/system.ts";
import { runningPid } from "../node/pid-file.ts";
import { type Finding, failure, note, ok, warning } from "./finding.ts";

const CONNECT_MS = 5_000;

interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export async function examineNetwork(config: NodeConfig): Promise<Finding[]> {
  const { roster, name, announce } = config;
  const others = roster.roster.auditors.filter((auditor) => auditor.name !== name);
  return [
    ...(await ports(config)),
    ...(await Promise.all(others.map(({ name: other, addresses }) => reached(other, addresses)))),
    ...(announce.length === 0 ? [] : [await announced(announce)]),
  ];
}

async function ports({ listen, api, metrics, dataFolder }: NodeConfig): Promise<Finding[]> {
  const pid = await runningPid(dataFolder);
  if (pid !== undefined) return [note("ports", `the node runs as process ${pid} and has them`)];
  const wanted = [
    ...listen.flatMap(endpointsOf),
    ...(api === undefined ? [] : [api]),
    ...(metrics === undefined ? [] : [metrics]),
  ];
  return Promise.all(
    wanted.map(async ({ host, port }) => {
      const problem = await listenProblem({ host, port });
      if (problem === undefined) return ok("ports", `${host}:${port} is free`);
      return failure(
        "ports",
        `${host}:${port}: ${problem}`,
        "stop the other program, or choose another address or port",
      );
    }),
  );
}

function listenProblem({ host, port }: Endpoint): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => resolve(errorMessage(error)));
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}

async function reached(auditor: string, addresses: readonly string[]): Promise<Finding> {
  const check = `auditor ${auditor}`;
  const endpoints = addresses.flatMap(endpointsOf);
  if (endpoints.length === 0) {
    return note(check, "the roster has no address of it: it has to connect to this node");
  }
  const problems = await Promise.all(endpoints.map(connectProblem));
  if (problems.includes(undefined)) return ok(check, "one of its addresses is reached");
  const fix = "ask its operator whether it runs, and whether its port is open; correct its address in the roster";
  return warning(check, problems.join("; "), fix);
}

async function announced(addresses: readonly string[]): Promise<Finding> {
  const problems = await Promise.all(addresses.flatMap(endpointsOf).map(connectProblem));
  const failed = problems.filter((problem) => problem !== undefined);
  if (failed.length === 0) return ok("announce", "the announced addresses are reached from here");
  return note("announce", `${failed.join("; ")}: nothing listens there, or this network does not lead back to itself`);
}

function connectProblem({ host, port }: Endpoint): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const done = (problem: string | undefined): void => {
      stopTimer();
      socket.destroy();
      resolve(problem === undefined ? undefined : `${host}:${port}: ${problem}`);
    };
    const stopTimer = startTimer(systemClock, CONNECT_MS, () => done(`no answer in ${CONNECT_MS / 1000} s`));
    socket.once("connect", () => done(undefined));
    socket.once("error", (error) => done(errorMessage(error)));
  });
}

function endpointsOf(address: string): Endpoint[] {
  const parts = parseAddress(address).getComponents();
  const host = parts.find(({ name }) => /^(ip4|ip6|dns|dns4|dns6)$/.test(name))?.value;
  const port = parts.find(({ name }) => name === "tcp")?.value;
  return host === undefined || port === undefined ? [] : [{ host, port: Number(port) }];
}
