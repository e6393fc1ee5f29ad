/** Nodes with real statements behind a real API, and the files that a command needs. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApi } from "../../src/api/api.ts";
import { writeOperatorToken } from "../../src/api/operator-token.ts";
import { writeApiUrl } from "../../src/cli/node/api-url-file.ts";
import { formatVkey } from "../../src/core/checkpoint.ts";
import { silentLogger } from "../../src/core/log.ts";
import { systemClock } from "../../src/platform/system.ts";
import type { FakeNode } from "../api/fake-node.ts";
import { NAMESPACE, ORIGIN, type TestAuditor } from "../support/auditors.ts";
import { SeededRandom } from "../support/virtual-clock.ts";

export class Bench {
  readonly folder: string = mkdtempSync(join(tmpdir(), "coaudit-cli-"));
  readonly #stops: (() => Promise<void>)[] = [];

  file(name: string, text: string | Uint8Array): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  roster(auditors: readonly TestAuditor[], name = "roster.yaml"): string {
    const entries = auditors.map((auditor) => {
      const vkey = formatVkey({ name: auditor.name, publicKey: auditor.key.publicKey });
      return `  - name: ${auditor.name}\n    keys: [{ vkey: "${vkey}" }]\n`;
    });
    const namespaces = `namespaces:\n  - namespace: ${NAMESPACE}\n    origin: ${ORIGIN}\n`;
    return this.file(name, `auditors:\n${entries.join("")}${namespaces}`);
  }

  /** A configuration whose node listens at `port`; its data folder is this folder. */
  config(auditors: readonly TestAuditor[], port: number): string {
    this.roster(auditors);
    return this.file(
      "coaudit.yaml",
      `name: a.example
data: .
signing-key: signing.key
network-key: network.key
listen: [/ip4/127.0.0.1/tcp/0]
api: { port: ${port} }
roster: roster.yaml
namespaces: []
`,
    );
  }

  async serve(node: FakeNode): Promise<string> {
    const api = createApi({}, { node, log: silentLogger, clock: systemClock });
    this.#stops.push(() => api.stop());
    return (await api.start()).url;
  }

  /** As a running node leaves it: the token and the URL lie in the data folder. */
  async serveOperated(node: FakeNode, auditors: readonly TestAuditor[]): Promise<{ url: string; config: string }> {
    const operatorToken = await writeOperatorToken(this.folder, { random: new SeededRandom() });
    const api = createApi({ operatorToken }, { node, log: silentLogger, clock: systemClock });
    this.#stops.push(() => api.stop());
    const { url } = await api.start();
    await writeApiUrl(this.folder, url);
    return { url, config: this.config(auditors, 0) };
  }

  async close(): Promise<void> {
    for (const stop of this.#stops) await stop();
    rmSync(this.folder, { recursive: true });
  }
}
