import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { CommanderError } from "commander";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { verifyProofCommand } from "../../../src/cli/proofs/verify-proof.ts";
import { toHex } from "../../../src/core/bytes.ts";
import { recordedEpochs } from "../../akd/support/fixtures.ts";

const { path, request, proof, inserted, unchanged } = recordedEpochs("whatsapp_v1-main")[16]!;
const digests = ["--epoch", "17", "--from", toHex(request.from), "--to", toHex(request.to)];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-verify-proof-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

function file(bytes: Uint8Array): string {
  const name = join(folder, "proof");
  writeFileSync(name, bytes);
  return name;
}

async function run(...args: string[]): Promise<{ exitCode: unknown; out: string; err: string }> {
  const out = vi
    .spyOn(console, "log")
    .mockReset()
    .mockImplementation(() => {});
  const err = vi
    .spyOn(console, "error")
    .mockReset()
    .mockImplementation(() => {});
  const written = vi.spyOn(process.stderr, "write").mockReset().mockReturnValue(true);
  process.exitCode = undefined;
  let exitCode: unknown;
  try {
    await verifyProofCommand().parseAsync(args, { from: "user" });
    exitCode = process.exitCode;
  } catch (error) {
    exitCode = (error as CommanderError).exitCode;
    expect(error).toBeInstanceOf(CommanderError);
  }
  const text = (spy: { mock: { calls: unknown[][] } }) => spy.mock.calls.map((call) => String(call[0])).join("\n");
  return { exitCode, out: text(out), err: text(err) + text(written) };
}

describe("coaudit verify-proof", () => {
  it("accepts a right proof and says so as JSON", async () => {
    const { exitCode, out } = await run("--configuration", "whatsapp_v1", ...digests, file(proof), "--json");
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toEqual({ valid: true, inserted, unchanged, ms: expect.any(Number) });
  });

  it("takes epoch and digests from a path like EPOCH/FROM/TO", async () => {
    const { exitCode, out } = await run(path);
    expect(exitCode).toBe(0);
    expect(out).toContain(`${inserted} inserted, ${unchanged} unchanged`);
  });

  it("prefers what is given to what the path claims", async () => {
    const { exitCode, out } = await run(path, "--epoch", "18", "--json");
    expect(exitCode).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ valid: false, code: "PROOF_END_MISMATCH" });
  });

  it("reads standard input", async () => {
    vi.spyOn(process, "stdin", "get").mockReturnValue(
      Readable.from([proof.subarray(0, 99), proof.subarray(99)]) as never,
    );
    expect((await run(...digests, "-")).exitCode).toBe(0);
  });

  it("verifies the same proof again and shows the time of each run", async () => {
    const { exitCode, out } = await run(...digests, file(proof), "--repeat", "3", "--threads", "0", "--json");
    expect(exitCode).toBe(0);
    const number = expect.any(Number);
    expect(JSON.parse(out)).toEqual({ valid: true, inserted, unchanged, ms: number, runs: [number, number, number] });
  });

  it("verifies standard input again", async () => {
    vi.spyOn(process, "stdin", "get").mockReturnValue(
      Readable.from([proof.subarray(0, 99), proof.subarray(99)]) as never,
    );
    const { out } = await run(...digests, "-", "--repeat", "2", "--json");
    expect(JSON.parse(out).runs).toHaveLength(2);
  });

  it("says what is wrong with a wrong proof and where", async () => {
    const cut = file(proof.subarray(0, 1000));
    const json = await run(...digests, cut, "--json");
    expect(json.exitCode).toBe(1);
    expect(JSON.parse(json.out)).toEqual({
      valid: false,
      code: "PROOF_TRUNCATED",
      message: expect.stringMatching(/^byte \d+ \(element \d+\)/),
    });
    expect((await run(...digests, cut)).out).toMatch(/^invalid: .*\[PROOF_TRUNCATED\]$/);
  });

  it("rejects a proof of the other configuration", async () => {
    expect((await run("--configuration", "experimental", path)).exitCode).toBe(1);
  });

  it("ends with 2 and no verdict for what it cannot read", async () => {
    for (const name of [join(folder, "missing"), folder]) {
      const { exitCode, out } = await run(...digests, name, "--json");
      expect(exitCode).toBe(2);
      expect(JSON.parse(out)).not.toHaveProperty("valid");
    }
  });

  it.each([
    ["no file", digests, "missing required argument 'file'"],
    ["an unknown option", ["--speed", "9", path], "unknown option '--speed'"],
    ["an unknown configuration", ["--configuration", "x", path], "Allowed choices are whatsapp_v1, experimental"],
    ["an epoch of 0", [path, "--epoch", "0"], '--epoch "0" is not a whole number from 1 to 2^53-1'],
    ["half a thread", [path, "--threads", "0.5"], '--threads "0.5" is not a whole number from 0 to 256'],
    ["no run at all", [path, "--repeat", "0"], '--repeat "0" is not a whole number from 1 to 10000'],
    ["a digest that is not hex", [path, "--from", "zz"], "--from: expected an even number of hexadecimal digits"],
    ["a short digest", [path, "--to", "abcd"], "--to: a digest has 64 hex digits, not 4"],
  ])("ends with 2 for wrong usage: %s", async (_name, args, message) => {
    const { exitCode, err } = await run(...args);
    expect(exitCode).toBe(2);
    expect(err).toContain(message);
  });

  it("asks for what neither an option nor the path says", async () => {
    const { exitCode, err } = await run("--epoch", "17", file(proof));
    expect(exitCode).toBe(2);
    expect(err).toContain("--from is missing");
  });

  it("explains itself", () => {
    const help = verifyProofCommand().helpInformation();
    expect(help).toContain("EPOCH/FROM/TO");
    expect(help).toContain("--configuration <name>");
  });
});
