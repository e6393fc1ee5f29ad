/** A real Redis server of a test's own: a free port, no persistence, ended by its process id. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { freePort } from "../../support/ports.ts";

/** Why tests with Redis cannot run here; said aloud, since what is skipped in silence is forgotten. */
export const noRedis: string | undefined = hasRedis()
  ? undefined
  : "SKIPPED: redis-server is missing; install it (Debian: apt-get install redis-server) to test --queue";
if (noRedis !== undefined) console.warn(noRedis);

export class RedisServer {
  readonly port: number;
  readonly url: string;
  readonly #folder: string;
  readonly #process: ChildProcess;

  /** `options`: as on the command line of redis-server, such as --requirepass. */
  static async start(
    options: { readonly port?: number; readonly args?: readonly string[] } = {},
  ): Promise<RedisServer> {
    const server = new RedisServer(options.port ?? (await freePort()), options.args ?? []);
    await vi.waitFor(() => canConnect(server.port), { timeout: 20_000, interval: 50 });
    return server;
  }

  private constructor(port: number, args: readonly string[]) {
    this.port = port;
    this.url = `redis://127.0.0.1:${port}`;
    this.#folder = mkdtempSync(join(tmpdir(), "coaudit-redis-"));
    const own = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
    this.#process = spawn("redis-server", [...own, "--dir", this.#folder, ...args], { stdio: "ignore" });
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const exited = once(this.#process, "exit");
      this.#process.kill("SIGKILL");
      await exited;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function hasRedis(): boolean {
  try {
    execFileSync("redis-server", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function canConnect(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve();
    });
    socket.on("error", reject);
  });
}
