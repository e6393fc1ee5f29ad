/** A real Prometheus of this machine, in a folder of its own. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "../../support/ports.ts";

const run = promisify(execFile);

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** Whether this machine has both programs (Debian: apt-get install prometheus). */
export async function hasPrometheus(): Promise<boolean> {
  const found = await Promise.all(["prometheus", "promtool"].map((name) => run(name, ["--version"]).then(yes, no)));
  return found.every((one) => one);
}

/** Resolves with what it printed; throws with it when it complains. */
export async function promtool(...words: string[]): Promise<string> {
  return run("promtool", words).then(
    ({ stdout, stderr }) => stdout + stderr,
    (error: { stdout?: string; stderr?: string }) => {
      throw new Error(`promtool ${words.join(" ")}: ${error.stdout ?? ""}${error.stderr ?? ""}`);
    },
  );
}

export class Prometheus {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #url: string;

  private constructor(setup: { child: ChildProcess; folder: string; url: string }) {
    this.#child = setup.child;
    this.#folder = setup.folder;
    this.#url = setup.url;
  }

  /** `files`: by name, prometheus.yml among them. */
  static async start(files: Readonly<Record<string, string>>): Promise<Prometheus> {
    const folder = await mkdtemp(join(tmpdir(), "coaudit-prometheus-"));
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const port = await freePort();
    const words = ["--config.file", "prometheus.yml", "--storage.tsdb.path", "data"];
    const child = spawn("prometheus", [...words, `--web.listen-address=127.0.0.1:${port}`], {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    child.stderr?.resume();
    process.on("exit", () => child.kill("SIGKILL"));
    return new Prometheus({ child, folder, url: `http://127.0.0.1:${port}` });
  }

  /** Empty until it is up. */
  async query(expression: string): Promise<readonly Sample[]> {
    const url = `${this.#url}/api/v1/query?query=${encodeURIComponent(expression)}`;
    const answer = await fetch(url).catch(() => undefined);
    if (answer === undefined || answer.status === 503) return [];
    const body = (await answer.json()) as { status: string; error?: string; data?: { result: Sample[] } };
    if (body.status !== "success") throw new Error(`${expression}: ${body.error}`);
    return body.data?.result ?? [];
  }

  /** Names of the alerts that fire, each once, with the instance. */
  async firing(): Promise<string[]> {
    const found = await this.query('ALERTS{alertstate="firing"}');
    return [...new Set(found.map(({ metric }) => `${metric.alertname} ${metric.instance}`))].sort();
  }

  async stop(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#child.once("exit", () => resolve()));
    this.#child.kill("SIGTERM");
    await ended;
    await rm(this.#folder, { recursive: true, force: true });
  }
}

const yes = (): boolean => true;
const no = (): boolean => false;
