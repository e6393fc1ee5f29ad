import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createProofVerifier, type ProofVerifierOptions } from "../../akd/create-verifier.ts";
import { Alerts } from "../../alerts/alerts.ts";
import { type Api, createApi } from "../../api/api.ts";
import { writeOperatorToken } from "../../api/operator-token.ts";
import { DEFAULT_API_OPTIONS, type OperatedProcess } from "../../api/options.ts";
import { type StartingApi, startingApi } from "../../api/starting-api.ts";
import { errorMessage, isCoauditError } from "../../core/errors.ts";
import type { Logger } from "../../core/log.ts";
import { ZERO_BOUND } from "../../core/roster.ts";
import { LevelStore } from "../../ledger/store/level-store.ts";
import { ledgerFolder, loadConfig, type NodeConfig } from "../../node/config/config.ts";
import type { CoauditNode } from "../../node/node.ts";
import { openNode } from "../../node/open-node.ts";
import { Reload } from "../../node/reload.ts";
import { ReportBook } from "../../node/report-book.ts";
import { makeFolders } from "../../platform/make-folders.ts";
import { systemClock, systemRandom } from "../../platform/system.ts";
import { VERSION } from "../../version.ts";
import type { CliContext } from "../context.ts";
import { removeApiUrl, writeApiUrl } from "./api-url-file.ts";
import { type NodeLog, openLog } from "./node-log.ts";
import { removePid, writePid } from "./pid-file.ts";
import { untilRoomAgain } from "./room-watch.ts";
import type { RunMetrics } from "./run-metrics.ts";
import { ServiceManager } from "./service-manager.ts";

/** Vite puts the page there (scripts/build-dashboard.mjs). */
const DASHBOARD_FOLDER = fileURLToPath(new URL("../../dashboard/built", import.meta.url));

/** libp2p leaves handles open that keep a process alive for about a second after it has stopped. */
const LINGER_MS = 500;

/** After a start that found no room after all, the next one waits so long. */
const START_AGAIN_MS = 10_000;

interface Running {
  readonly name: string;
  stop(): Promise<void>;
}

interface Machine {
  readonly config: NodeConfig;
  readonly levelOf: (config: NodeConfig) => NodeConfig["logLevel"];
  readonly log: NodeLog;
  readonly context: CliContext;
  readonly manager: ServiceManager;
  /** Some part was open. */
  readonly opened: () => void;
}

/**
 * Resolves when `signal` is aborted and everything is stopped, in the reverse order of start. Throws CONFIG_UNREADABLE,
 * CONFIG_INVALID, and what a part throws when it cannot start; the parts that had started are then stopped.
 *
 * A node whose disk was full starts anew in this process once there is room: what was written is read again and
 * compared, as after any start.
 */
export async function runNode(
  flags: { readonly config: string; readonly verbose?: true },
  context: CliContext,
  signal: AbortSignal,
): Promise<void> {
  const config = await loadConfig(flags.config);
  const levelOf = ({ logLevel }: NodeConfig): NodeConfig["logLevel"] => (flags.verbose === true ? "debug" : logLevel);
  const log = openLog(levelOf(config), context);
  let hasOpened = false;
  let hasRun = false;
  const opened = (): void => {
    hasOpened = true;
  };
  const manager = new ServiceManager({ environment: process.env, clock: systemClock, log });
  const machine: Machine = { config, levelOf, log, context, manager, opened };
  manager.starting();
  try {
    for (const warning of config.warnings) log.warn({ config: config.file }, warning);
    await makeFolders(config.dataFolder, 0o700);
    await writePid(config.dataFolder);
    while (!signal.aborted) {
      try {
        await live(hasRun ? { ...machine, config: await reread(flags.config, machine) } : machine, signal);
        hasRun = true;
        if (!signal.aborted) log.warn({}, "the disk has room again: the node starts anew");
      } catch (error) {
        if (!hasRun || !isCoauditError(error, "STORE_FULL", "STORE_IO")) throw error;
        log.error({ code: error.code, error: errorMessage(error) }, "the node cannot start anew yet");
        await systemClock.sleep(START_AGAIN_MS, signal);
      }
    }
  } finally {
    await manager.stopping();
    await removePid(config.dataFolder).catch((error: unknown) => {
      log.error({ part: "run.pid", error: errorMessage(error) }, "a part did not stop cleanly");
    });
    // Everything is stopped and on disk, and the log is written synchronously: ending the process then loses nothing.
    // The exit code is the one that main() has set by then.
    if (hasOpened) void systemClock.sleep(LINGER_MS).then(() => context.exitNow());
  }
  log.info({}, "node stopped");
}

/** Where the port is taken by the node that has this folder, that is what is wrong: throws STORE_LOCKED then. */
async function answerMeanwhile(config: NodeConfig, api: NonNullable<NodeConfig["api"]>): Promise<StartingApi> {
  try {
    return await startingApi(api);
  } catch (error) {
    await LevelStore.checkUnused(ledgerFolder(config));
    throw error;
  }
}

/** A configuration that was changed while the node ran may have been taken over then; one that is unusable was not. */
async function reread(file: string, { config, log }: Machine): Promise<NodeConfig> {
  try {
    return await loadConfig(file);
  } catch (error) {
    log.warn({ error: errorMessage(error) }, "the configuration cannot be used: starting anew with the one before");
    return config;
  }
}

/** One life of the node: until the signal is aborted, or the disk that was full has room. */
async function live(machine: Machine, signal: AbortSignal): Promise<void> {
  const { config, levelOf, log, context, manager } = machine;
  const running: Running[] = [];
  try {
    const starting = config.api === undefined ? undefined : await answerMeanwhile(config, config.api);
    if (starting !== undefined) running.push({ name: "starting", stop: () => starting.stop() });
    const proofVerifier = createProofVerifier(verifierOptions(config), { log });
    const metrics = await openMetrics(config, log);
    const meters = metrics === undefined ? {} : { meters: metrics.meters };
    const modules = { clock: systemClock, random: systemRandom, log, proofVerifier, ...meters };
    const node = await openNode(config, modules);
    if (node.status().faultBound === 0) log.warn({}, ZERO_BOUND);
    machine.opened();
    running.push({ name: "node", stop: () => node.stop() });
    await node.start();
    const alerts = await Alerts.open(config, { ...modules, node });
    alerts.start();
    running.push({ name: "alerts", stop: () => alerts.stop() });
    const apis: Api[] = [];
    const reload = new Reload(config, {
      node,
      others: [
        (next) => {
          log.level = levelOf(next);
        },
        (next) => alerts.configure(next),
        ({ api }) => {
          for (const one of apis) one.setRateLimit(api?.rateLimit ?? DEFAULT_API_OPTIONS.rateLimit);
        },
      ],
      log,
    });
    const stopListening = context.onHangup(() => void reloadLogged(reload, log));
    running.push({ name: "reload", stop: async () => void stopListening() });
    await starting?.stop();
    const url =
      config.api === undefined ? undefined : await startApi(config, config.api, { node, reload, log, running, apis });
    const served = await metrics?.serve(node, apis[0]);
    if (served !== undefined) running.push({ name: "metrics", stop: () => served.stop() });
    const { addresses } = node.status();
    log.info({ version: VERSION, name: config.name, addresses, api: url, metrics: served?.url }, "node started");
    manager.ready(`${config.name}; API ${url ?? "off"}`);
    context.out(
      `coaudit ${VERSION}: ${config.name} runs; API ${url ?? "off"}; auditors at ${addresses.join(" ") || "no address"}`,
    );
    const watched = { hasFailed: () => node.storageFailed, clock: systemClock };
    await untilRoomAgain({ folder: config.dataFolder }, watched, signal);
    log.info({}, "node stopping");
    if (signal.aborted) await manager.stopping();
  } finally {
    for (const part of running.reverse()) {
      await part.stop().catch((error: unknown) => {
        log.error({ part: part.name, error: errorMessage(error) }, "a part did not stop cleanly");
      });
    }
  }
}

function verifierOptions({ verifyThreads, namespaces }: NodeConfig): ProofVerifierOptions {
  return {
    ...(verifyThreads === undefined ? {} : { threads: verifyThreads }),
    maxProofBytes: Math.max(0, ...namespaces.map(({ maxBlobBytes }) => maxBlobBytes)),
  };
}

interface ApiSurroundings {
  readonly node: CoauditNode;
  readonly reload: Reload;
  readonly log: NodeLog;
  readonly running: Running[];
  /** Takes up the API that is started. */
  readonly apis: Api[];
}

async function startApi(
  { dataFolder }: NodeConfig,
  listen: NonNullable<NodeConfig["api"]>,
  { node, reload, log, running, apis }: ApiSurroundings,
): Promise<string> {
  const operatorToken = await writeOperatorToken(dataFolder, { random: systemRandom });
  const process: OperatedProcess = {
    reload: () => reload.reload(),
    setLogLevel(level) {
      const before = log.level as NodeConfig["logLevel"];
      log.level = level;
      return before;
    },
  };
  const { reports: mayReport, dashboard: access, ...settings } = listen;
  const reports = mayReport === "open" ? await openReports(dataFolder, log, running) : {};
  const options = { ...settings, ...(access === "off" ? {} : { dashboard: { access, folder: DASHBOARD_FOLDER } }) };
  const api = createApi({ ...options, operatorToken }, { node, log, clock: systemClock, process, ...reports });
  apis.push(api);
  running.push({ name: "api", stop: () => api.stop() });
  const { url } = await api.start();
  running.push({ name: "api.url", stop: () => removeApiUrl(dataFolder) });
  await writeApiUrl(dataFolder, url);
  return url;
}

/** Only where they are wanted: what measures is loaded for nobody else. */
async function openMetrics(config: NodeConfig, log: Logger): Promise<RunMetrics | undefined> {
  if (config.metrics === undefined) return undefined;
  const { runMetrics } = await import("./run-metrics.ts");
  return runMetrics(config.metrics, config, { clock: systemClock, log });
}

async function openReports(
  dataFolder: string,
  log: Logger,
  running: Running[],
): Promise<{ readonly reports: ReportBook }> {
  const reports = await ReportBook.open(join(dataFolder, "reports.json"), { clock: systemClock, log });
  running.push({ name: "reports", stop: () => reports.close() });
  return { reports };
}

/** A refusal stands in the log already. */
async function reloadLogged(reload: Reload, log: Logger): Promise<void> {
  try {
    await reload.reload();
  } catch (error) {
    if (!isCoauditError(error, "RELOAD_REFUSED")) log.error({ error: errorMessage(error) }, "the reload failed");
  }
}
