/**
 * The SDK where an app runs it: a context with what ECMAScript has and nothing else, and a fetch as React Native's. No
 * URL, TextEncoder, TextDecoder, atob, performance, crypto, Response; a body only as text; AbortSignal without reason.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createContext, runInContext } from "node:vm";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { bundle } from "../../scripts/bundle.mjs";
import { toHex } from "../../src/core/bytes.ts";
import { digestOf, NAMESPACE } from "../support/auditors.ts";
import { ABORT_CONTROLLER } from "./abort-controller.ts";
import { certificateOf, headsOf, Liars, NOW_MS, policyOf } from "./lying-nodes.ts";

let code: string;
let liars: Liars;
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "coaudit-engine-"));
  const entry = join(folder, "entry.ts");
  writeFileSync(entry, `import * as sdk from ${JSON.stringify(resolve("src/client/index.ts"))}; globalThis.sdk = sdk;`);
  code = await bundle(entry);
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  liars = new Liars();
});
afterEach(() => liars.close());
afterAll(() => undefined);

const honest = certificateOf(headsOf([0, 1, 2, 3]));

/** What happens in the engine, as JSON. */
async function inEngine(nodes: readonly string[], calls: string): Promise<unknown> {
  const engine = createContext({
    setTimeout,
    clearTimeout,
    fetch: async (url: string, { signal: _other, ...init }: RequestInit) => {
      const response = await fetch(url, init as RequestInit);
      return { status: response.status, headers: response.headers, text: () => response.text() };
    },
  });
  runInContext(ABORT_CONTROLLER, engine);
  runInContext(code, engine);
  const script = `(async () => {
    const { QuorumClient, isCoauditError } = globalThis.sdk;
    const clock = { now: () => ${NOW_MS}, elapsedMs: () => Date.now(), sleep: (ms, signal) => new Promise((wake) => {
      const timer = setTimeout(wake, ms);
      if (signal) signal.addEventListener("abort", () => { clearTimeout(timer); wake(); });
    }) };
    const client = new QuorumClient(${JSON.stringify({ nodes, policy: policyOf(4) })}, { clock });
    ${calls}
  })().then((value) => JSON.stringify(value))`;
  return JSON.parse((await runInContext(script, engine)) as string);
}

describe("an engine without what browsers have", () => {
  it("loads the SDK, which asks for nothing then", () => {
    const engine = createContext({});
    runInContext(code, engine);
    expect(runInContext("typeof sdk.QuorumClient", engine)).toBe("function");
  });

  it("checks a digest, and accuses who showed a wrong one", async () => {
    const node = await liars.certificate(honest);
    const check = (digest: Uint8Array) =>
      inEngine([node], `return await client.check(${JSON.stringify(NAMESPACE)}, 17, ${JSON.stringify(toHex(digest))})`);
    expect(await check(digestOf(1, 17))).toMatchObject({ result: "satisfied", title: expect.any(String) });
    expect(await check(digestOf(2, 17))).toMatchObject({ result: "wrong-digest", report: { epoch: 17 } });
  });

  it("keeps the caps: by what the node says of the length, and by what came", async () => {
    const text = JSON.stringify({ certificate: honest, more: "x".repeat(5_000_000) });
    const said = await liars.listening((_request, response) => {
      response.writeHead(200, { "content-length": String(text.length) });
      response.end(text);
    });
    const unsaid = await liars.answering(JSON.parse(text));
    const found = await inEngine([said, unsaid], `return await client.latest(${JSON.stringify(NAMESPACE)})`);
    expect(found).toMatchObject({ nodes: [{ problem: { kind: "oversized" } }, { problem: { kind: "oversized" } }] });
  });

  it("polls where it can't follow events", async () => {
    const node = await liars.certificate(honest);
    const found = await inEngine(
      [node],
      `for await (const found of client.watch(${JSON.stringify(NAMESPACE)}, { intervalMs: 10 })) return found.result;`,
    );
    expect(found).toBe("satisfied");
  });
});
