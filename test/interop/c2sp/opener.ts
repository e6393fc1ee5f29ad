/**
 * Builds and asks the small Go program in opener/, which reads checkpoints with the libraries of the transparency-dev
 * project.
 */
import { spawn, spawnSync } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface Finding {
  readonly logId: string;
  readonly epoch: number;
  readonly digest: string;
  readonly cosigners: readonly { readonly name: string; readonly time: number }[];
  /** Cosignatures of keys that were not named. */
  readonly unverified: number;
}

export function isGoInstalled(): boolean {
  return spawnSync("go", ["version"]).status === 0;
}

/** What it builds stays outside the checkout. Returns the path of the program. */
export function buildOpener(): string {
  const cache = process.env["COAUDIT_INTEROP_CACHE"] ?? join(homedir(), ".cache", "coaudit-interop");
  const program = join(cache, "c2sp", "opener");
  const build = spawnSync("go", ["build", "-o", program, "."], {
    cwd: fileURLToPath(new URL("opener", import.meta.url)),
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (build.status !== 0) throw new Error("go could not build test/interop/c2sp/opener; its output is above");
  return program;
}

/** Throws what the program says when it can't open the checkpoint. */
export async function open(
  program: string,
  checkpoint: string,
  origin: string,
  vkeys: readonly string[],
): Promise<Finding> {
  const child = spawn(program, [origin, ...vkeys], { stdio: "pipe" });
  let output = "";
  let complaint = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  child.stdin.end(checkpoint);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (status !== 0) throw new Error(complaint.trim());
  return JSON.parse(output) as Finding;
}
