/** Cloudflare's plexi command against a node that audits a practice provider. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ReferenceVerifier } from "../../../src/akd/proof-verifier.ts";
import { createApi } from "../../../src/api/api.ts";
import { silentLogger } from "../../../src/core/log.ts";
import { loadConfig } from "../../../src/node/config/config.ts";
import { openNode } from "../../../src/node/open-node.ts";
import { systemClock, systemRandom } from "../../../src/platform/system.ts";
import { openRecordedLog } from "../../../src/provider/recorded-log.ts";
import { startProvider } from "../../../src/provider/server.ts";
import { MAIN, namesIn } from "../../source/fixtures.ts";
import { makeGroup, until } from "../../support/node-folders.ts";
import { installPlexi, plexi, whyNoPlexi } from "./plexi.ts";

const INSTALL_TIMEOUT_MS = 30 * 60_000;
const NAMESPACE = "test.key-transparency.v1";
/** The audit begins after this epoch, so the first signature is of the next one. */
const ROOT_EPOCH = 3;
const NEWEST = 8;

const missing = whyNoPlexi();
const title = `the plexi command${missing === undefined ? "" : ` (SKIPPED: ${missing})`}`;
if (missing !== undefined) console.warn(title);

describe.skipIf(missing !== undefined)(title, () => {
  const cleanups: (() => Promise<unknown>)[] = [];
  let program: string;
  let folder: string;
  let url: string;
  let names: ReadonlyMap<number, string>;

  beforeAll(async () => {
    program = installPlexi();
    folder = await mkdtemp(join(tmpdir(), "coaudit-plexi-"));
    cleanups.push(() => rm(folder, { recursive: true, force: true }));
    names = await namesIn(MAIN);
    const log = await openRecordedLog({ directory: MAIN });
    const provider = await startProvider({ startEpoch: NEWEST }, { log, clock: systemClock });
    cleanups.push(() => provider.stop());
    const [made] = await makeGroup({
      folder,
      names: ["a.example"],
      source: () => provider.url,
      namespace: NAMESPACE,
      origin: "test.kt/v1",
      namespaceLines: [`root: { epoch: ${ROOT_EPOCH}, digest: ${digestAt(ROOT_EPOCH)} }`, "poll-interval-ms: 50"],
    });
    const modules = { clock: systemClock, random: systemRandom, log: silentLogger };
    const node = await openNode(await loadConfig(made?.configFile ?? ""), {
      ...modules,
      proofVerifier: new ReferenceVerifier(),
    });
    cleanups.push(() => node.stop());
    await node.start();
    await until("the newest epoch is signed", async () => (await node.heads(NAMESPACE, NEWEST)).length === 1);
    const api = createApi({}, { node, ...modules });
    cleanups.push(() => api.stop());
    ({ url } = await api.start());
  }, INSTALL_TIMEOUT_MS);
  afterAll(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });

  function digestAt(epoch: number): string {
    return names.get(epoch)?.split("/")[2] ?? "";
  }

  const audit = (...args: string[]) => plexi(program, "audit", "-r", url, "-n", NAMESPACE, "-l", ...args);

  it("lists the namespace with its state, root and directory", async () => {
    const { exitCode, text } = await plexi(program, "ls", "-r", url, "-l");
    expect(exitCode).toBe(0);
    expect(text).toContain(NAMESPACE);
    expect(text).toMatch(/Status +: Online/);
    expect(text).toMatch(/Ciphersuite *: ed25519\(protobuf\)/);
    expect(text).toContain(`: ${ROOT_EPOCH + 1}/${digestAt(ROOT_EPOCH + 1)}`);
    expect(text).toMatch(/Directory +: http:\/\/127\.0\.0\.1:\d+\/\n/);
  });

  it.each([
    ["the latest epoch", [], NEWEST],
    ["a chosen epoch", ["--epoch", "6"], 6],
    ["the epoch after the first signed one", ["--epoch", "5"], 5],
    ["the first signed epoch", ["--epoch", "4"], 4],
  ])("audits %s: signature and proof", async (_what, args, epoch) => {
    const { exitCode, text } = await audit(...args);
    expect(exitCode).toBe(0);
    expect(text).toMatch(new RegExp(`Epoch height +: ${epoch}\\n`));
    expect(text).toContain(digestAt(epoch));
    expect(text).toMatch(/Signature verification: success/);
    expect(text).toMatch(/Proof verification +: success/);
  });

  it("is told that the root itself was never signed, and does not fall over", async () => {
    for (const epoch of [ROOT_EPOCH, NEWEST + 1]) {
      const { exitCode, text } = await audit("--epoch", String(epoch));
      expect(exitCode).not.toBe(0);
      expect(text).toContain(`Signature not found for ${NAMESPACE} at epoch ${epoch}`);
      expect(text).not.toContain("panicked");
    }
  });

  it("audits a downloaded answer and proof without the node", async () => {
    const response = await fetch(`${url}/namespaces/${NAMESPACE}/audits/7`);
    const signatureFile = join(folder, "signature.json");
    await writeFile(signatureFile, await response.text());
    const { keys } = (await (await fetch(`${url}/info`)).json()) as { keys: [{ public_key: string }] };
    const key = ["--verifying-key", keys[0].public_key];
    const proof = join(MAIN, "audits", names.get(7) ?? "");
    const whole = await plexi(program, "local-audit", "-l", ...key, "--proof-path", proof, signatureFile);
    expect(whole.text).toMatch(/Signature verification: success/);
    expect(whole.text).toMatch(/Proof verification +: success/);

    const other = (await readFile(signatureFile, "utf8")).replace(
      `"digest":"${digestAt(7)}"`,
      `"digest":"${digestAt(6)}"`,
    );
    await writeFile(signatureFile, other);
    const wrong = await plexi(program, "local-audit", "-l", ...key, "--proof-path", proof, signatureFile);
    expect(wrong.text).toMatch(/Signature verification: failed/);
  });
});
