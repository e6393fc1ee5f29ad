/** What an app asks of the SDK in a bare engine, and what it must be told, as a script that needs no module. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { bundle } from "../../../scripts/bundle.mjs";
import { toHex } from "../../../src/core/bytes.ts";
import { ABORT_CONTROLLER } from "../../client/abort-controller.ts";
import { certificateOf, headsOf, NOW_MS, policyOf } from "../../client/lying-nodes.ts";
import { digestOf, NAMESPACE } from "../../support/auditors.ts";

/** Results of: the right digest, a wrong one, an honest certificate, a damaged one, and a digest in base64. */
export const EXPECTED: readonly string[] = ["satisfied", "wrong-digest", "satisfied", "not-enough", "ENCODING_INVALID"];

export function engineFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `coaudit-${name}-`));
}

/** `say` is the name of a function of the engine that takes the answer, as JSON. */
export async function engineScript(folder: string, say: string): Promise<string> {
  const entry = join(folder, "entry.ts");
  writeFileSync(entry, `import * as sdk from ${JSON.stringify(resolve("src/client/index.ts"))}; globalThis.sdk = sdk;`);
  const honest = certificateOf(headsOf([0, 1, 2, 3]));
  const options = { nodes: ["https://a.example", "https://b.example"], policy: policyOf(4) };
  const shown = digestOf(1, 17);
  return `${ABORT_CONTROLLER}
${await bundle(entry)}
(async () => {
  const clock = { now: () => ${NOW_MS}, elapsedMs: () => 0, sleep: () => new Promise(() => {}) };
  const certificate = ${JSON.stringify(honest)};
  const fetch = async () => ({ status: 200, headers: { get: () => null }, text: async () => JSON.stringify({ certificate }) });
  const client = new sdk.QuorumClient(${JSON.stringify(options)}, { clock, fetch });
  const right = await client.check("${NAMESPACE}", 17, "${toHex(shown)}");
  const wrong = await client.check("${NAMESPACE}", 17, "${"ab".repeat(32)}");
  const offline = await client.verify(certificate, 17);
  const damaged = await client.verify({ ...certificate, digest: "${"cd".repeat(32)}" }, 17)
    .then((found) => found.result, (error) => error.code);
  const base64 = await client.check("${NAMESPACE}", 17, "${Buffer.from(shown).toString("base64")}").catch((error) => error.code);
  return [right.result, wrong.result, offline.result, damaged, base64];
})().then((value) => ${say}(JSON.stringify(value)), (error) => ${say}(JSON.stringify(String(error))));`;
}
