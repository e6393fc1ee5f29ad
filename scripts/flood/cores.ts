/** Pins processes to cores and reads what they used. Linux only: taskset and /proc. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { cpus } from "node:os";

export const NODE_CORE = 0;
export const OTHER_CORE = 1;
const TICKS_PER_SECOND = 100;

/** Undefined when processes can be pinned, otherwise the reason why not. */
export function whyNotPinned(): string | undefined {
  if (process.platform !== "linux") return "this is not Linux";
  if (cpus().length < 2) return "there is one core only";
  const places = (process.env["PATH"] ?? "").split(":");
  return places.some((folder) => existsSync(`${folder}/taskset`)) ? undefined : "taskset is missing (util-linux)";
}

/** Pins all threads of the process; threads and processes that it starts later inherit the core. */
export function pin(pid: number, core: number): void {
  execFileSync("taskset", ["-acp", String(core), String(pid)], { stdio: "ignore" });
}

export function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
}

export function rssBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
}
