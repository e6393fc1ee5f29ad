import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CommanderError } from "commander";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { auditRangeCommand } from "../../../src/cli/proofs/audit-range.ts";
import { toHex } from "../../../src/core/bytes.ts";
import { recordedEpochs } from "../../akd/support/fixtures.ts";

const epochs = recordedEpochs("whatsapp_v1-main");
const fixture = fileURLToPath(new URL("../../fixtures/akd/whatsapp_v1-main/audits", import.meta.url));
const digestOf = (epoch: number): string => toHex(epochs[epoch - 1]!.request.to);
const nameOf = (epoch: number): string => `${epoch}/${toHex(epochs[epoch - 1]!.request.from)}/${digestOf(epoch)}`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-audit-range-"));
  cpSync(fixture, join(folder, "audits"), { recursive: true });
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

async function run(...args: string[]): Promise<{ exitCode: unknown; out: string; err: string }> {
  const lines: string[] = [];
  const errors: string[] = [];
  vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
  vi.spyOn(console, "error").mockImplementation((line: string) => void errors.push(line));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => errors.push(String(text)) > 0);
  process.exitCode = undefined;
  let exitCode: unknown;
  try {
    await auditRangeCommand().parseAsync(["--log", folder, "--state", join(folder, "state.json"), ...args], {
      from: "user",
    });
    exitCode = process.exitCode;
  } catch (error) {
    exitCode = (error as CommanderError).exitCode;
    expect(error).toBeInstanceOf(CommanderError);
  }
  return { exitCode, out: lines.join("\n"), err: errors.join("\n") };
}

async function report(...args: string[]): Promise<Record<string, unknown> & { exitCode: unknown }> {
  const { exitCode, out } = await run(...args, "--json");
  return { exitCode, ...(JSON.parse(out) as Record<string, unknown>) };
}

describe("coaudit audit-range", () => {
  it("verifies a chain from the empty tree on", async () => {
    const count = (kind: "inserted" | "unchanged"): number => epochs.reduce((sum, epoch) => sum + epoch[kind], 0);
    expect(await report("--from", "1", "--to", "24", "--jobs", "3")).toMatchObject({
      exitCode: 0,
      complete: true,
      verifiedTo: 24,
      digest: digestOf(24),
      rootChosen: "empty-tree",
      epochs: 24,
      inserted: count("inserted"),
      unchanged: count("unchanged"),
      bytes: epochs.reduce((sum, { proof }) => sum + proof.length, 0),
    });
  });

  it("verifies up to the newest epoch from a digest taken as listed, and says that it was", async () => {
    const { exitCode, out } = await run("--from", "20");
    expect(exitCode).toBe(0);
    expect(out).toContain(`valid: epochs 20 to 24, digest ${digestOf(24)}`);
    expect(out).toContain("epoch 19 is trusted as the log names it");
  });

  it("goes on where it was stopped, and further than it was asked to at first", async () => {
    await report("--from", "5", "--to", "9", "--root", digestOf(4));
    expect(JSON.parse(readFileSync(join(folder, "state.json"), "utf8"))).toMatchObject({
      epoch: 9,
      digest: digestOf(9),
    });
    expect(await report("--from", "5", "--to", "12", "--root", digestOf(4))).toMatchObject({
      exitCode: 0,
      resumedFrom: 9,
      epochs: 3,
      verifiedTo: 12,
    });
  });

  it("goes on after an epoch that could not be read", async () => {
    const path = join(folder, "audits", "6");
    renameSync(path, join(folder, "6"));
    expect(await report("--from", "4", "--to", "8")).toMatchObject({
      exitCode: 2,
      complete: false,
      verifiedTo: 5,
      failure: { epoch: 6, code: "SOURCE_NOT_FOUND", isFact: false },
    });
    renameSync(join(folder, "6"), path);
    expect(await report("--from", "4", "--to", "8")).toMatchObject({ exitCode: 0, resumedFrom: 5, epochs: 3 });
  });

  it.each(["1", "5"])("stops at an invalid epoch and counts what is before it, with %s at a time", async (jobs) => {
    const path = join(folder, "audits", nameOf(7));
    const proof = readFileSync(path);
    proof[proof.length - 1]! ^= 1;
    writeFileSync(path, proof);
    expect(await report("--from", "4", "--to", "12", "--jobs", jobs)).toMatchObject({
      exitCode: 1,
      verifiedTo: 6,
      digest: digestOf(6),
      failure: { epoch: 7, code: "PROOF_START_MISMATCH", isFact: true, blob: nameOf(7) },
    });
  });

  it("stops where the chain is broken", async () => {
    expect(await report("--from", "4", "--to", "6", "--root", digestOf(5))).toMatchObject({
      exitCode: 1,
      verifiedTo: null,
      failure: { epoch: 4, code: "CHAIN_MISMATCH", isFact: true },
    });
  });

  it("stops at two listed blobs that start from the same digest", async () => {
    const path = join(folder, "audits", nameOf(9));
    cpSync(
      path,
      path.replace(/.$/, (digit) => (digit === "0" ? "1" : "0")),
    );
    expect(await report("--from", "8", "--to", "10")).toMatchObject({
      exitCode: 1,
      verifiedTo: 8,
      failure: { epoch: 9, code: "CHAIN_MISMATCH" },
    });
  });

  it("takes the first look's word only when told to", async () => {
    for (const looks of ["0", "1", "5"]) {
      expect(await report("--from", "4", "--to", "6", "--root", digestOf(5), "--look-again", looks)).toMatchObject({
        exitCode: 1,
        failure: { epoch: 4, code: "CHAIN_MISMATCH", isFact: true },
      });
    }
    for (const looks of ["-1", "101", "often"]) {
      expect((await run("--from", "4", "--to", "6", `--look-again=${looks}`)).exitCode).toBe(2);
    }
  });

  it("refuses the state of another audit", async () => {
    await report("--from", "5", "--to", "6");
    expect(await report("--from", "6", "--to", "7")).toMatchObject({ exitCode: 2, code: "USAGE" });
  });

  it("ends with 2 for wrong usage and for a log that is not there", async () => {
    expect((await run("--from", "0")).exitCode).toBe(2);
    expect((await run("--from", "3", "--to", "2")).exitCode).toBe(2);
    expect((await run("--from", "3", "--jobs", "0")).exitCode).toBe(2);
    expect((await run("--from", "3", "--root", "abcd")).exitCode).toBe(2);
    expect((await run("--from", "3", "--to", "4", "--log", join(folder, "nowhere"))).exitCode).toBe(2);
    expect((await run()).exitCode).toBe(2);
  });

  it("shows nothing but a line on standard error unless asked for JSON", async () => {
    const { out, err } = await run("--from", "1", "--to", "2");
    expect([out.split("\n").length, err]).toEqual([1, ""]);
  });
});
