/** The fast verifier in a page, under content security policies as strict as they come. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { toHex } from "../../../src/core/bytes.ts";
import { compiled } from "../../akd/support/compiled.ts";
import { recordedEpochs } from "../../akd/support/fixtures.ts";

const CHROMIUM = ["chromium", "chromium-browser", "google-chrome"].find(
  (name) => spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0,
);
const title = CHROMIUM ? "a page" : "a page (SKIPPED: no Chromium is installed, try apt-get install chromium)";
if (!CHROMIUM) console.warn(title);

const noble = fileURLToPath(new URL("../../../node_modules/@noble/hashes/", import.meta.url));
const epochs = recordedEpochs("whatsapp_v1-60k");

const PAGE = `
import { FastVerifier } from "/src/akd/fast/fast-verifier.js";
const results = [];
let kernel;
try {
  const verifier = new FastVerifier();
  kernel = verifier.kernelKind;
  for (const { epoch, from, to, path } of await (await fetch("/epochs")).json()) {
    const bytes = (hex) => Uint8Array.from(hex.match(/../g), (digits) => parseInt(digits, 16));
    const body = (await fetch(path)).body.getReader();
    async function* chunks() {
      for (let next = await body.read(); !next.done; next = await body.read()) yield next.value;
    }
    const request = { configuration: "whatsapp_v1", epoch, from: bytes(from), to: bytes(to) };
    results.push(await verifier.verify(request, chunks(), new AbortController().signal));
    const broken = { ...request, to: request.from };
    async function* again() { yield new Uint8Array(await (await fetch(path)).arrayBuffer()); }
    results.push(await verifier.verify(broken, again(), new AbortController().signal).catch((error) => error.code));
  }
} catch (error) {
  results.push(String(error.stack));
}
await fetch("/result", { method: "POST", body: JSON.stringify({ kernel, results }) });
`;

describe.skipIf(CHROMIUM === undefined)(title, () => {
  let build: { folder: string; remove(): void };
  let server: Server;
  let browser: ChildProcess | undefined;
  let profile: string;
  let policy = "";
  let report: (result: unknown) => void = () => {};

  beforeAll(async () => {
    build = compiled("akd/fast/fast-verifier.ts");
    profile = mkdtempSync(join(tmpdir(), "coaudit-browser-"));
    server = createServer((request, response) => {
      const path = normalize(new URL(request.url ?? "/", "http://page").pathname);
      const send = (type: string, body: string | Uint8Array): void => {
        response.writeHead(200, { "content-type": type, "content-security-policy": policy }).end(body);
      };
      // bare imports need an import map, which a strict policy does not allow
      const script = (file: string): string =>
        readFileSync(file, "utf8").replaceAll(/(from\s*")@noble\/hashes\//g, "$1/noble/");
      if (path === "/") send("text/html", '<!doctype html><script type="module" src="/page.js"></script>');
      else if (path === "/page.js") send("text/javascript", PAGE);
      else if (path.startsWith("/src/")) send("text/javascript", script(join(build.folder, path.slice(5))));
      else if (path.startsWith("/noble/")) send("text/javascript", script(join(noble, path.slice(7))));
      else if (path === "/epochs") {
        const list = epochs.map(({ request: { epoch, from, to } }, index) => {
          return { epoch, from: toHex(from), to: toHex(to), path: `/proof/${index}` };
        });
        send("application/json", JSON.stringify(list));
      } else if (path.startsWith("/proof/")) send("application/octet-stream", epochs[Number(path.slice(7))]!.proof);
      else if (path === "/result") {
        let body = "";
        request.on("data", (chunk: Buffer) => {
          body += chunk.toString();
        });
        request.on("end", () => {
          send("text/plain", "");
          report(JSON.parse(body));
        });
      } else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });

  afterEach(async () => {
    const ended = new Promise((resolve) => browser?.once("close", resolve));
    // With all of its processes, which are a group of their own: one that is left writes to the profile while that is
    // removed.
    if (browser?.pid !== undefined) process.kill(-browser.pid, "SIGKILL");
    await ended;
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
    build.remove();
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  });

  it.each([
    ["wasm-simd", "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"],
    ["javascript", "default-src 'none'; script-src 'self'; connect-src 'self'"],
  ])("verifies real proofs with the kernel %s under the policy %s", async (kernel, csp) => {
    policy = csp;
    const result = new Promise((resolve) => {
      report = resolve;
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const flags = [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      `--user-data-dir=${join(profile, kernel)}`,
    ];
    browser = spawn(CHROMIUM as string, [...flags, url], { stdio: "ignore", detached: true });
    const expected = epochs.flatMap(({ inserted, unchanged }) => [{ inserted, unchanged }, "PROOF_END_MISMATCH"]);
    expect(await result).toEqual({ kernel, results: expected });
  });
});
