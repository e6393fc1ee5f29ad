/** Cloudflare's own command, plexi 0.1.2, as somebody would install it. */
import { execFile, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const VERSION = "0.1.2";

/** Why it cannot be installed on this machine; undefined when it can. */
export function whyNoPlexi(): string | undefined {
  if (existsSync(programPath())) return undefined;
  if (spawnSync("cargo", ["--version"]).status !== 0) return "cargo is not installed, see https://rustup.rs";
  if (spawnSync("protoc", ["--version"]).status !== 0) return "protoc is not installed, see Debian's protobuf-compiler";
  return undefined;
}

/**
 * Takes about five minutes the first time; what it builds stays outside the checkout. Returns the path of the program.
 */
export function installPlexi(): string {
  const program = programPath();
  if (existsSync(program)) return program;
  const install = ["install", "plexi-cli", "--version", VERSION, "--locked", "--root", join(cacheFolder(), "plexi")];
  const { status } = spawnSync("cargo", install, { stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) throw new Error(`cargo could not install plexi-cli ${VERSION}; its output is above`);
  return program;
}

/** What it prints, both streams, without colours. */
export function plexi(program: string, ...args: string[]): Promise<{ exitCode: number; text: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: "1" };
    execFile(program, args, { env, timeout: 60_000 }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ exitCode, text: stdout + stderr });
    });
  });
}

function cacheFolder(): string {
  return process.env["COAUDIT_INTEROP_CACHE"] ?? join(homedir(), ".cache", "coaudit-interop");
}

function programPath(): string {
  return join(cacheFolder(), "plexi", "bin", "plexi");
}
