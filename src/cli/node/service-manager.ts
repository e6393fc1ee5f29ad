/**
 * Tells systemd how the service is (sd_notify(3), systemd.service(5)): ready, alive, stopping. Node has no datagram
 * sockets of the file system, so systemd's own `systemd-notify` says it, as a child: the unit needs `NotifyAccess=all`.
 */
import { execFile } from "node:child_process";
import type { Clock } from "../../core/clock.ts";
import { errorMessage } from "../../core/errors.ts";
import type { Logger } from "../../core/log.ts";
import { Serial } from "../../core/serial.ts";

/** Where a service manager listens, and how often it wants to hear: what systemd sets for a service. */
export interface ServiceEnvironment {
  readonly NOTIFY_SOCKET?: string | undefined;
  readonly WATCHDOG_USEC?: string | undefined;
  readonly WATCHDOG_PID?: string | undefined;
}

export interface ServiceManagerModules {
  readonly environment: ServiceEnvironment;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The service manager reads it within milliseconds, or it hangs. */
const TIMEOUT_MS = 10_000;

export class ServiceManager {
  readonly #modules: ServiceManagerModules;
  readonly #life = new AbortController();
  /** Each is a child of its own: what was said first is to be heard first. */
  readonly #turns = new Serial();
  #hasFailed = false;

  constructor(modules: ServiceManagerModules) {
    this.#modules = modules;
  }

  /** What is on the disk is opened, which takes minutes after years. */
  starting(): void {
    void this.#say("STATUS=opens what is on its disk");
    void this.#beAlive();
  }

  ready(status: string): void {
    void this.#say("READY=1", `STATUS=${oneLine(status)}`);
  }

  /** Resolves when it was said. Never throws; idempotent. */
  async stopping(): Promise<void> {
    if (this.#life.signal.aborted) return;
    this.#life.abort();
    await this.#say("STOPPING=1", "STATUS=stops");
  }

  /** Twice in the time that is given. A loop that does not turn says nothing, and is started anew. */
  async #beAlive(): Promise<void> {
    const { clock, environment } = this.#modules;
    const { WATCHDOG_USEC, WATCHDOG_PID = String(process.pid) } = environment;
    const everyMs = Number(WATCHDOG_USEC) / 2_000;
    if (!(everyMs > 0) || WATCHDOG_PID !== String(process.pid)) return;
    const { signal } = this.#life;
    while (!signal.aborted) {
      await this.#say("WATCHDOG=1");
      await clock.sleep(everyMs, signal);
    }
  }

  async #say(...lines: readonly string[]): Promise<void> {
    const { environment, log } = this.#modules;
    if (!environment.NOTIFY_SOCKET) return;
    try {
      await this.#turns.run(() => notify(lines, environment));
    } catch (error) {
      // A unit without it waits for "ready" and is ended: once is enough to find out why.
      if (!this.#hasFailed) {
        log.warn({ error: errorMessage(error) }, "systemd was not told how the node is: systemd-notify failed");
      }
      this.#hasFailed = true;
    }
  }
}

function notify(lines: readonly string[], environment: ServiceEnvironment): Promise<void> {
  const env = { ...process.env, ...environment };
  return new Promise((resolve, reject) => {
    execFile("systemd-notify", [...lines], { timeout: TIMEOUT_MS, env }, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, " ");
}
