/**
 * Alerts by a command of the operator's: the alert as JSON on its standard input, never a word of it on a command line,
 * and never a shell: names and messages of others stand in it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { Clock } from "../../core/clock.ts";
import { Deadline } from "../../core/deadline.ts";
import { errorMessage } from "../../core/errors.ts";
import type { ReceiverConfig } from "../../node/config/config-alerts.ts";
import { type Alert, alertJson, plain } from "../alert.ts";
import { notDelivered, type Receiver } from "./receiver.ts";

type CommandConfig = Extract<ReceiverConfig, { kind: "command" }>;

/** Of what the command writes, this much is kept for the reason of a failure; the rest is read and dropped. */
const MAX_KEPT_BYTES = 4_096;
/** The rest of this process's environment is none of its business. */
const PASSED_ON = ["PATH", "HOME", "LANG", "TZ", "TMPDIR"] as const;

export class CommandHook implements Receiver {
  readonly name: string;
  readonly severity: Alert["severity"];
  readonly takes = "one";
  readonly #config: CommandConfig;
  readonly #clock: Clock;

  constructor(config: CommandConfig, { clock }: { readonly clock: Clock }) {
    this.name = config.name;
    this.severity = config.severity;
    this.#config = config;
    this.#clock = clock;
  }

  async send([alert]: readonly Alert[], signal: AbortSignal): Promise<void> {
    if (alert === undefined) return;
    const { timeoutMs } = this.#config;
    const deadline = new Deadline(this.#clock, timeoutMs, signal);
    try {
      const failure = await this.#run(`${JSON.stringify(alertJson(alert))}\n`, deadline.signal);
      if (deadline.expired) throw notDelivered(this.name, `it did not end in ${timeoutMs / 1000} s, and was ended`);
      if (failure !== undefined) throw notDelivered(this.name, failure);
    } finally {
      deadline.cancel();
    }
  }

  /** Why it failed, if it did. It leads a process group, which ends with it or with the signal. */
  #run(input: string, signal: AbortSignal): Promise<string | undefined> {
    const [program, ...words] = this.#config.command;
    const env = Object.fromEntries(PASSED_ON.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
    return new Promise((resolve) => {
      if (signal.aborted) return resolve("it was not started");
      const child = spawn(program, words, { detached: true, shell: false, env, stdio: "pipe" });
      // Where the system has no descriptors left there are none of them.
      const { stdin, stdout, stderr } = child as ChildProcess;
      const end = (): void => endGroup(child);
      const done = (failure: string | undefined): void => {
        signal.removeEventListener("abort", end);
        // What it left running has its pipes, and would keep them open for ever.
        end();
        stdout?.destroy();
        stderr?.destroy();
        resolve(failure);
      };
      child.once("error", (error) => done(errorMessage(error)));
      signal.addEventListener("abort", end, { once: true });
      const kept: Buffer[] = [];
      let keptBytes = 0;
      for (const stream of [stdout, stderr]) {
        stream?.on("data", (chunk: Buffer) => {
          if (keptBytes < MAX_KEPT_BYTES) kept.push(chunk.subarray(0, MAX_KEPT_BYTES - keptBytes));
          keptBytes += chunk.length;
        });
        stream?.on("error", () => undefined);
      }
      // A command that does not read what it is told may succeed all the same.
      stdin?.on("error", () => undefined);
      stdin?.end(input);
      child.once("exit", (code, by) => {
        const said = plain(Buffer.concat(kept).toString("utf8").trim());
        const how = code === null ? `it was ended by ${by}` : `it ended with ${code}`;
        done(code === 0 ? undefined : `${how}${said === "" ? "" : `: ${said}`}`);
      });
    });
  }
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody is left of it.
  }
}
