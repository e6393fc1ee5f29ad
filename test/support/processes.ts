/** The built command as real processes: what an operator would start, stop, freeze and kill. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { CaseView, HeadView, NodeStatus } from "../../src/node/view.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const COMMAND = join(ROOT, "bin/coaudit.js");
/**
 * A node promises to stop within two seconds. A busy machine may take longer to get round to it; a node that hangs
 * takes for ever.
 */
const KILL_AFTER_MS = 10_000;

/** Throws when what would be run is not what stands in src. */
export function requireBuild(): void {
  const built = join(ROOT, "dist/cli/main.js");
  if (!existsSync(built)) throw new Error("dist is missing: run npm run build first");
  if (newestMs(join(ROOT, "src")) > newestMs(join(ROOT, "dist"))) {
    throw new Error("dist is older than src: run npm run build first");
  }
}

function newestMs(folder: string): number {
  let newest = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) newest = Math.max(newest, statSync(join(entry.parentPath, entry.name)).mtimeMs);
  }
  return newest;
}

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  /** Both streams. */
  readonly text: string;
}

/** Runs the command to its end. */
export function coaudit(...args: string[]): Promise<CommandResult> {
  return coauditIn({}, ...args);
}

/** The same, with these variables in its environment. */
export function coauditIn(variables: Readonly<Record<string, string>>, ...args: string[]): Promise<CommandResult> {
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: "1", ...variables };
    execFile(process.execPath, [COMMAND, ...args], { env, timeout: 60_000 }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ exitCode, stdout, text: stdout + stderr });
    });
  });
}

export interface LogLine {
  readonly level?: number | string;
  readonly msg?: string;
  readonly [field: string]: unknown;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface NodeProcessOptions {
  readonly name: string;
  readonly configFile: string;
  readonly url: string;
  readonly env?: Readonly<Record<string, string>>;
  /** For whoever is compiled to another place than this checkout. Default: the checkout's own. */
  readonly command?: string;
}

const running: Set<ChildProcess> = new Set();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** One life of `coaudit run`. */
export class NodeProcess {
  readonly name: string;
  readonly url: string;
  readonly configFile: string;
  readonly exited: Promise<Exit>;
  /** What it logged, line by line; lines that are no JSON as `{ msg }`. */
  readonly log: LogLine[] = [];
  readonly #child: ChildProcess;

  constructor({ name, configFile, url, env = {}, command = COMMAND }: NodeProcessOptions) {
    this.name = name;
    this.url = url;
    this.configFile = configFile;
    const child = spawn(process.execPath, [command, "run", "--config", configFile], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1", ...env },
    });
    this.#child = child;
    running.add(child);
    for (const stream of [child.stdout, child.stderr]) this.#read(stream);
    this.exited = new Promise((resolve) => {
      child.once("close", (code, signal) => {
        running.delete(child);
        resolve({ code, signal });
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? Number.NaN;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Freezes the process until `thaw`: it hears and says nothing, its connections stay for a while. */
  freeze(): void {
    this.signal("SIGSTOP");
  }

  thaw(): void {
    this.signal("SIGCONT");
  }

  /** SIGTERM; SIGKILL when it does not stop by itself, which its exit shows. */
  async stop(): Promise<Exit> {
    this.signal("SIGTERM");
    const timer = setTimeout(() => this.signal("SIGKILL"), KILL_AFTER_MS);
    const exit = await this.exited;
    clearTimeout(timer);
    return exit;
  }

  async kill(): Promise<Exit> {
    this.signal("SIGKILL");
    return this.exited;
  }

  /** Log lines with this message. */
  logged(message: string): LogLine[] {
    return this.log.filter(({ msg }) => msg === message);
  }

  logTail(): string {
    const lines = this.log.slice(-15).map((line) => JSON.stringify(line));
    return [`--- the end of ${this.name}'s log`, ...lines].join("\n");
  }

  /** The JSON answer; undefined while the node does not answer, or says no. */
  async get<T>(path: string): Promise<T | undefined> {
    try {
      const response = await fetch(this.url + path, { signal: AbortSignal.timeout(5_000) });
      return response.ok ? ((await response.json()) as T) : undefined;
    } catch {
      return undefined;
    }
  }

  status(): Promise<NodeStatus | undefined> {
    return this.get("/v1/status");
  }

  /** Undefined while the node does not answer. */
  async namespaceStatus(): Promise<NodeStatus["namespaces"][number] | undefined> {
    return (await this.status())?.namespaces[0];
  }

  async heads(namespace: string, epoch: number): Promise<readonly HeadView[]> {
    const answer = await this.get<{ heads: HeadView[] }>(`/v1/namespaces/${namespace}/heads/${epoch}`);
    return answer?.heads ?? [];
  }

  /** Open cases. */
  async cases(): Promise<readonly CaseView[]> {
    return (await this.get<{ cases: CaseView[] }>("/v1/evidence"))?.cases ?? [];
  }

  #read(stream: Readable | null): void {
    if (stream === null) return;
    createInterface({ input: stream }).on("line", (text) => {
      let line: unknown;
      try {
        line = JSON.parse(text);
      } catch {
        line = undefined;
      }
      this.log.push(typeof line === "object" && line !== null ? (line as LogLine) : { msg: text });
    });
  }
}
