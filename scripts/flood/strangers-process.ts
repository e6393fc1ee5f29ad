/** The attacker and the sink as processes of their own. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Attack, Target } from "./attack.ts";
import type { AttackReport } from "./attacker.ts";
import { OTHER_CORE, pin } from "./cores.ts";
import type { SinkWord } from "./sink.ts";

const START_PATIENCE_MS = 30_000;

export class AttackProcess {
  readonly #child: ChildProcess;
  #report: AttackReport = { connections: 0, units: 0, bytes: 0, cpuMs: 0 };

  constructor(attack: Attack, strangers: number, target: Target) {
    this.#child = start("attacker", [attack.name, String(strangers), JSON.stringify(target)]);
    this.#child.on("message", (report: AttackReport) => {
      this.#report = report;
    });
  }

  /** At most a quarter of a second old. */
  get report(): AttackReport {
    return this.#report;
  }

  async end(): Promise<void> {
    await ended(this.#child);
  }
}

export class SinkProcess {
  readonly word: SinkWord;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, word: SinkWord) {
    this.#child = child;
    this.word = word;
  }

  static async start(): Promise<SinkProcess> {
    const child = start("sink", []);
    const [word] = (await once(child, "message", { signal: AbortSignal.timeout(START_PATIENCE_MS) })) as [SinkWord];
    return new SinkProcess(child, word);
  }

  async end(): Promise<void> {
    await ended(this.#child);
  }
}

function start(program: string, args: readonly string[]): ChildProcess {
  const child = fork(fileURLToPath(new URL(`${program}.js`, import.meta.url)), [...args]);
  if (child.pid !== undefined) pin(child.pid, OTHER_CORE);
  return child;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}
