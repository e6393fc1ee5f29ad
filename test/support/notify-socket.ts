/** What systemd would hear: a socket of datagrams, which Node cannot make, and the real systemd-notify. */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Prints each datagram as a line of JSON, and closes the file descriptors that systemd-notify waits for. */
const LISTENER = `
import json, os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print(json.dumps("listening"), flush=True)
while True:
    data, fds, flags, address = socket.recv_fds(s, 4096, 8)
    for fd in fds:
        os.close(fd)
    if not data.startswith(b"BARRIER="):
        print(json.dumps(data.decode()), flush=True)
`;

export interface NotifySocket {
  readonly path: string;
  /** In the order in which it came. */
  readonly heard: string[];
  close(): void;
}

/** Programs that are not installed and without which nothing can be heard. */
export function missingForNotify(): string[] {
  return ["systemd-notify", "python3"].filter((command) => !isThere(command));
}

export async function notifySocket(): Promise<NotifySocket> {
  const folder = mkdtempSync(join(tmpdir(), "coaudit-notify-"));
  const path = join(folder, "notify");
  const heard: string[] = [];
  const listener = spawn("python3", ["-c", LISTENER, path], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: listener.stdout });
  await new Promise((resolve) => lines.once("line", resolve));
  lines.on("line", (line) => heard.push(JSON.parse(line) as string));
  return {
    path,
    heard,
    close() {
      listener.kill();
      rmSync(folder, { recursive: true });
    },
  };
}

function isThere(command: string): boolean {
  try {
    execFileSync(command, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
