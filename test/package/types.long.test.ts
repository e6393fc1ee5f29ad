/** The doors of the package as somebody else's strict compiler sees them. Needs a build. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requireBuild } from "../support/processes.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Fails to compile where a door is missing, or a type is not what the documents say. */
const PROGRAMS: Readonly<Record<string, string>> = {
  coaudit: `
    import { CoauditError, decodeStatement, encodeStatement, isCoauditError } from "coaudit";
    import { type Certificate, type ErrorCode, type QuorumVerdict, type Statement, VERSION, verifyCertificate } from "coaudit";
    is<string>()(VERSION);
    is<(statement: Statement) => Uint8Array>()(encodeStatement);
    is<(bytes: Uint8Array) => Statement>()(decodeStatement);
    export async function quorum(certificate: Certificate): Promise<QuorumVerdict["result"]> {
      const [, request, modules] = undefined as unknown as Parameters<typeof verifyCertificate>;
      return (await verifyCertificate(certificate, request, modules)).result;
    }
    export function codeOf(error: unknown): ErrorCode | undefined {
      return isCoauditError(error) ? error.code : undefined;
    }
    // @ts-expect-error codes are a closed list
    export const none: ErrorCode = "NO_SUCH_CODE";
    export const wrong = new CoauditError("USAGE", "a message that says what to do", { option: "--x" });`,
  "coaudit/client": `
    import { type CheckResult, memoryTrust, QuorumClient, type TrustStorage } from "coaudit/client";
    const client = new QuorumClient({ nodes: ["https://a.example"], policy: "", trustState: memoryTrust() });
    export async function check(digest: string): Promise<string> {
      const found: CheckResult = await client.check("a.v1", 7, digest);
      if (found.result === "wrong-digest") return found.report.auditedDigest;
      if (found.result === "satisfied") return found.head.digest;
      // @ts-expect-error only an accepted answer has a certificate
      found.certificate;
      return found.explanation;
    }
    export const storage: TrustStorage = { read: async () => undefined, write: async (_text: string) => {} };
    // @ts-expect-error nodes are URLs
    new QuorumClient({ nodes: [1], policy: "" });`,
  "coaudit/client/policy": `
    import { QuorumClient } from "coaudit/client";
    import { type PolicyBundle, type RenewalOptions, type RenewedPolicy, renewPolicy } from "coaudit/client/policy";
    export async function renewed(options: RenewalOptions): Promise<QuorumClient> {
      const found: RenewedPolicy = await renewPolicy(options);
      is<(bundle: PolicyBundle) => void>()((bundle: typeof found.bundle) => void bundle.version);
      if (found.alarm !== undefined) throw new Error(found.alarm.notes.join());
      return new QuorumClient({ nodes: ["https://a.example"], ...found.options });
    }
    // @ts-expect-error signers are a list of vkeys
    export const wrong: RenewalOptions = { app: "a", signers: "alice", threshold: 1, builtIn: "", urls: [] };`,
  "coaudit/client/keys": `
    import type { QuorumClient } from "coaudit/client";
    import { type Contact, type ContactResult, KeyClient, type KeyClientOptions, memoryKeys } from "coaudit/client/keys";
    is<new (options: KeyClientOptions) => KeyClient>()(KeyClient);
    export type Asked = [Contact, QuorumClient, ReturnType<typeof memoryKeys>];
    export function text(result: ContactResult): string {
      // @ts-expect-error results are a closed list
      if (result.result === "no-such-result") return "";
      return result.title;
    }`,
  "coaudit/client/keys/file": `
    import type { KeyStorage } from "coaudit/client/keys";
    import { fileKeys } from "coaudit/client/keys/file";
    is<(file: string) => KeyStorage>()(fileKeys);`,
  "coaudit/client/file": `
    import type { TrustStorage } from "coaudit/client";
    import { fileTrust } from "coaudit/client/file";
    is<(file: string) => TrustStorage>()(fileTrust);`,
  "coaudit/verify": `
    import { FastVerifier, isProofError, type ProofRequest, type ProofVerifier, verifyAppendOnlyProof } from "coaudit/verify";
    is<new () => ProofVerifier>()(FastVerifier);
    is<(error: unknown) => boolean>()(isProofError);
    is<Function>()(verifyAppendOnlyProof);
    export const request: ProofRequest = { configuration: "whatsapp_v1", epoch: 1, from: new Uint8Array(32), to: new Uint8Array(32) };
    // @ts-expect-error configurations are a closed list
    export const unknown: ProofRequest = { ...request, configuration: "other" };`,
  "coaudit/simulator": `
    import { type Interval, loadScenarioFile, runWorld, wilsonInterval, type WorldResult } from "coaudit/simulator";
    is<(happened: number, trials: number) => Interval>()(wilsonInterval);
    export async function hashOf(file: string): Promise<string> {
      const result: WorldResult = await runWorld({ scenario: await loadScenarioFile(file), seed: 1 });
      return result.traceHash;
    }`,
};

const PAGE_DOORS = ["coaudit/client", "coaudit/client/policy", "coaudit/client/keys"];

const COMPILER_OPTIONS = {
  target: "ES2023",
  lib: ["ES2023", "DOM", "ESNext.Disposable"],
  module: "nodenext",
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noEmit: true,
  typeRoots: [join(ROOT, "node_modules/@types")],
};

describe("The types of", () => {
  let folder = "";

  beforeAll(async () => {
    requireBuild();
    folder = await mkdtemp(join(tmpdir(), "coaudit-types-"));
    await mkdir(join(folder, "node_modules"));
    await symlink(ROOT, join(folder, "node_modules/coaudit"), "dir");
    await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function compile(name: string, program: string, types: readonly string[]): Promise<string> {
    const text = `${program}\nfunction is<Expected>(): (value: Expected) => void {\n  return () => {};\n}\nis;\n`;
    await writeFile(join(folder, `${name}.ts`), text);
    const project = { compilerOptions: { ...COMPILER_OPTIONS, types }, files: [`${name}.ts`] };
    await writeFile(join(folder, `tsconfig.${name}.json`), JSON.stringify(project));
    const tsc = join(ROOT, "node_modules/.bin/tsc");
    try {
      await promisify(execFile)(tsc, ["-p", `tsconfig.${name}.json`], { cwd: folder });
      return "";
    } catch (error) {
      return (error as { stdout: string }).stdout;
    }
  }

  it.each(Object.entries(PROGRAMS))("%s are what a program of others relies on", async (door, program) => {
    // A page has no types of Node.
    const types = PAGE_DOORS.includes(door) ? [] : ["node"];
    expect(await compile(door.replaceAll("/", "-"), program, types)).toBe("");
  });

  it("every door are looked at", () => {
    const { exports } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { exports: object };
    const doors = Object.keys(exports).map((path) => path.replace(/^\./, "coaudit"));
    expect(doors.filter((door) => door !== "coaudit/package.json").sort()).toEqual(Object.keys(PROGRAMS).sort());
  });

  it("no other door", async () => {
    expect(await compile("inside", 'import "coaudit/dist/node/node.js";', ["node"])).toContain(
      "coaudit/dist/node/node.js",
    );
  });
});
