/** Nodes that answer as a test says, over real HTTP, and a reader of five auditors. */
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { QuorumClientOptions } from "../../src/client/options.ts";
import { QuorumClient } from "../../src/client/quorum-client.ts";
import { memoryTrust } from "../../src/client/trust-state.ts";
import { type CaseFile, formatCaseFile } from "../../src/core/case-file.ts";
import { type Certificate, formatCertificate } from "../../src/core/certificate.ts";
import { formatVkey } from "../../src/core/checkpoint.ts";
import type { Clock } from "../../src/core/clock.ts";
import { deriveCases } from "../../src/core/derive-cases.ts";
import type { SignedHead } from "../../src/core/head.ts";
import type { Statement } from "../../src/core/statement.ts";
import { encodeStatement } from "../../src/core/statement-codec.ts";
import { NativeVerifier } from "../../src/platform/native-ed25519.ts";
import { systemClock } from "../../src/platform/system.ts";
import { assumptionsOf, digestOf, makeAuditors, NAMESPACE, ORIGIN, T0, type TestAuditor } from "../support/auditors.ts";

export const AUDITORS: readonly TestAuditor[] = makeAuditors(5);
/** When the tests take place: a minute after the heads. */
export const NOW_MS: number = T0 + 60_000;

/** `K of the five`, each auditor one witness. */
export function policyOf(threshold: number, auditors: readonly TestAuditor[] = AUDITORS): string {
  const names = auditors.map((_, i) => `w${i}`);
  const witnesses = auditors.map(
    ({ name, key }, i) => `witness w${i} ${formatVkey({ name, publicKey: key.publicKey })}`,
  );
  return [...witnesses, `group all-of-us ${threshold} ${names.join(" ")}`, "quorum all-of-us", ""].join("\n");
}

export function headsOf(indexes: readonly number[], epoch = 17, branch = 1): SignedHead[] {
  return indexes.map((index) => AUDITORS[index]!.head(epoch, digestOf(branch, epoch)));
}

export function certificateOf(heads: readonly SignedHead[], cases: readonly CaseFile[] = []): Certificate {
  const [first] = heads;
  const named = heads.map((head) => ({ auditor: "as the node says", head }));
  return formatCertificate(first!, named, cases, cases.length);
}

export function casesOf(statements: readonly Exclude<Statement, { type: "evidence" }>[]): CaseFile[] {
  const exhibits = statements.map(encodeStatement);
  return deriveCases(statements, assumptionsOf(AUDITORS)).map((derived) => formatCaseFile(derived, exhibits));
}

export class Liars {
  readonly asked: string[] = [];
  readonly #servers: Server[] = [];

  /** A node that answers every question alike; its URL. */
  answering(body: unknown): Promise<string> {
    return this.listening((_request, response) => response.end(JSON.stringify(body)));
  }

  certificate(certificate: unknown): Promise<string> {
    return this.answering({ certificate });
  }

  /** A node that has a certificate for these epochs, the last of them being its newest. */
  holding(...certificates: readonly Certificate[]): Promise<string> {
    return this.holdingAll(certificates);
  }

  /** The same for a list that grows. */
  holdingAll(certificates: readonly Certificate[]): Promise<string> {
    return this.listening((request, response) => {
      const epoch = new URL(request.url ?? "", "http://x").searchParams.get("epoch");
      const found = epoch === "latest" ? certificates.at(-1) : certificates.find((one) => String(one.epoch) === epoch);
      if (found !== undefined) return response.end(JSON.stringify({ certificate: found }));
      response.statusCode = 404;
      response.end(JSON.stringify({ type: "urn:coaudit:problem:head-unknown", detail: "ask later" }));
    });
  }

  async listening(listener: RequestListener): Promise<string> {
    const server = createServer((request, response) => {
      this.asked.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
      listener(request, response);
    });
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Connections that carry a question or a stream; a client keeps idle ones for a while. */
  async busy(): Promise<number> {
    let count = 0;
    for (const server of this.#servers) {
      server.closeIdleConnections();
      count += await new Promise<number>((resolve) => server.getConnections((_error, found) => resolve(found)));
    }
    return count;
  }

  async close(): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }
}

/** A reader who wants four of the five, unless told otherwise. */
export function client(
  nodes: readonly string[],
  options: Partial<QuorumClientOptions> = {},
  clock: Clock = { ...systemClock, now: () => NOW_MS },
): QuorumClient {
  return new QuorumClient(
    { nodes, policy: policyOf(4), origins: { [NAMESPACE]: ORIGIN }, trustState: memoryTrust(), ...options },
    { clock, verifier: new NativeVerifier() },
  );
}
