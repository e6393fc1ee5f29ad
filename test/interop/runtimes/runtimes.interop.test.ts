/** The SDK in Deno and Bun, and in Node as they would run it, with real nodes. */
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundled, ReadersWorld } from "../readers/readers-world.ts";

interface Runtime {
  readonly name: string;
  /** Up to the script. */
  readonly command: readonly string[];
  readonly why?: string;
}

/** As packages of npm, so that one exact version of each is tried everywhere. */
function fromNpm(name: string, version: string, args: readonly string[]): Runtime {
  const command = ["npx", "-y", "-p", `${name}@${version}`, name];
  const { status } = spawnSync(command[0] ?? "", [...command.slice(1), "--version"], { timeout: 180_000 });
  return {
    name: `${name} ${version}`,
    command: [...command, ...args],
    ...(status === 0 ? {} : { why: `npm could not bring ${name}@${version} to this machine` }),
  };
}

const runtimes: readonly Runtime[] = [
  { name: "Node", command: [process.execPath] },
  fromNpm("deno", "2.9.6", ["run", "--no-config", "--allow-net=127.0.0.1"]),
  fromNpm("bun", "1.4.5", ["run"]),
];

describe("the SDK in another runtime", () => {
  let world: ReadersWorld;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "coaudit-runtimes-"));
    writeFileSync(join(folder, "program.mjs"), await bundled("program.mjs"));
    world = await ReadersWorld.open(["a.example", "b.example", "c.example"]);
  });
  afterAll(async () => {
    await world?.close();
    rmSync(folder, { recursive: true });
  });

  for (const { name, command, why } of runtimes) {
    if (why !== undefined) console.warn(`SKIPPED: ${name}: ${why}`);
    it.skipIf(why !== undefined)(`${name} reads, watches and ends by itself`, async () => {
      const [program = "", ...args] = [...command, join(folder, "program.mjs"), `http://127.0.0.1:${world.pages.port}`];
      await world.ask(3, async (follow) => {
        const ended = promisify(execFile)(program, args, { timeout: 120_000, cwd: folder });
        // An early end says why; else it ends when it has told everything.
        await Promise.all([follow(), ended]);
        expect((await ended).stderr).toBe("");
      });
    });
  }
});
