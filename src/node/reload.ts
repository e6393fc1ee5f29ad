/** A running node takes over its changed configuration. A file that cannot be used changes nothing. */
import { CoauditError, errorMessage, isCoauditError } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import { Serial } from "../core/serial.ts";
import { loadConfig, type NodeConfig } from "./config/config.ts";
import { type ConfigChanges, configChanges } from "./config/config-changes.ts";

export interface ReloadReport extends ConfigChanges {
  /** The file that was read. */
  readonly file: string;
  /** What in it is not wrong and probably not meant. */
  readonly warnings: readonly string[];
}

export interface ReloadModules {
  /** May refuse with an error of its own; then nothing has changed. */
  readonly node: { reconfigure(next: NodeConfig): Promise<void> };
  /** Asked afterwards, in this order; none of them refuses. */
  readonly others: readonly ((next: NodeConfig) => void)[];
  readonly log: Logger;
}

export class Reload {
  readonly #started: NodeConfig;
  readonly #modules: ReloadModules;
  readonly #serial = new Serial();
  #now: NodeConfig;

  constructor(started: NodeConfig, modules: ReloadModules) {
    this.#started = started;
    this.#now = started;
    this.#modules = modules;
  }

  /** Throws RELOAD_REFUSED, after which the node goes on as before, and errors of the disk. */
  reload(): Promise<ReloadReport> {
    return this.#serial.run(async () => {
      const { node, others, log } = this.#modules;
      const { file } = this.#started;
      const next = await this.#orRefuse(loadConfig(file));
      await this.#orRefuse(node.reconfigure(next));
      for (const use of others) use(next);
      const report = { file, ...configChanges(this.#started, this.#now, next), warnings: next.warnings };
      this.#now = next;
      for (const warning of next.warnings) log.warn({ config: file }, warning);
      log.info({ live: report.live, restart: report.restart }, "the configuration was reloaded");
      if (report.restart.length > 0) log.warn({ settings: report.restart }, "these settings change with a restart");
      return report;
    });
  }

  async #orRefuse<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (cause) {
      if (!isRefusal(cause)) throw cause;
      const reason = errorMessage(cause);
      this.#modules.log.error({ reason }, "the configuration was not reloaded; the node goes on with the one it had");
      const message = `nothing was changed, the node goes on with the configuration it had: ${reason}`;
      throw new CoauditError("RELOAD_REFUSED", message, { file: this.#started.file, reason }, { cause });
    }
  }
}

function isRefusal(error: unknown): boolean {
  return isCoauditError(
    error,
    "CONFIG_UNREADABLE",
    "CONFIG_INVALID",
    "NAME_INVALID",
    "NETWORK_ADDRESS_INVALID",
    "ROSTER_INVALID",
    "LEDGER_AUDITOR_MISSING",
  );
}
