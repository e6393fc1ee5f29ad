// The demo's auditors: real configuration files from `coaudit init`, real processes of the built command.
import { execFile, spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../bin/coaudit.js", import.meta.url));
const LOG_TAIL_BYTES = 4_000;
/** A node promises to stop within two seconds; a busy machine may need a little longer to notice. */
const KILL_AFTER_MS = 10_000;

/** Runs the command to its end and returns its exit code and what it printed to both streams. */
export function coaudit(args) {
  return new Promise((resolve) => {
    execFile(process.execPath, [BIN, ...args], { env: { ...process.env, NO_COLOR: "1" } }, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : (error.code ?? 1), stdout, text: stdout + stderr });
    });
  });
}

/** `coaudit init` for each, then what an operator fills in: everybody's vkey and address, and the provider. */
export async function makeGroup({ folder, names, namespace, origin, sourceOf }) {
  const members = [];
  for (const name of names) {
    const [port, apiPort] = [await freePort(), await freePort()];
    const listen = `/ip4/127.0.0.1/tcp/${port}`;
    const made = await coaudit([
      "init",
      "--name",
      name,
      "--folder",
      join(folder, name),
      "--listen",
      listen,
      "--api-port",
      String(apiPort),
      "--json",
    ]);
    if (made.exitCode !== 0) throw new Error(`coaudit init failed: ${made.text}`);
    members.push({ ...JSON.parse(made.stdout), name, listen, url: `http://127.0.0.1:${apiPort}` });
  }
  const auditors = members.map(
    ({ name, vkey, listen, peerId }) =>
      `  - name: ${name}\n    keys: [{ vkey: ${vkey} }]\n    addresses: [${listen}/p2p/${peerId}]\n`,
  );
  const roster = `auditors:\n${auditors.join("")}namespaces:\n  - { namespace: ${namespace}, origin: ${origin} }\n`;
  for (const member of members) {
    member.rosterFile = join(member.folder, "roster.yaml");
    await writeFile(member.rosterFile, roster);
    const config = await readFile(member.configFile, "utf8");
    const namespaces = `namespaces:
  - namespace: ${namespace}
    origin: ${origin}
    configuration: whatsapp_v1
    source: ${sourceOf(member.name)}
    root: { epoch: 0 }
    poll-interval-ms: 200`;
    await writeFile(member.configFile, config.replace("namespaces: []", namespaces));
  }
  return members;
}

export function startNode(member) {
  const child = spawn(process.execPath, [BIN, "run", "--config", member.configFile], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      log = (log + chunk).slice(-LOG_TAIL_BYTES);
    });
  }
  const ended = new Promise((resolve) => child.on("exit", (code, signal) => resolve(code ?? signal)));
  return {
    ...member,
    logTail: () => log,
    /** The JSON answer, or undefined while the node does not answer. */
    async get(path) {
      try {
        const response = await fetch(member.url + path);
        return response.ok ? await response.json() : undefined;
      } catch {
        return undefined;
      }
    },
    async stop() {
      child.kill("SIGTERM");
      const kill = setTimeout(() => child.kill("SIGKILL"), KILL_AFTER_MS);
      const code = await ended;
      clearTimeout(kill);
      return code;
    },
  };
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
