import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { type AppendFile, type ClaimFiles, diskFiles } from "../../../src/ledger/claims/claim-files.ts";
import { TemporaryFolders } from "../../ledger/claims/claim-support.ts";
import { DiskWorld } from "./disk-world.ts";

const folders = new TemporaryFolders();
afterAll(() => folders.removeAll());

type Step =
  | { readonly does: "append" | "sync" | "open" | "remove" | "read"; readonly name: string }
  | { readonly does: "truncate"; readonly name: string; readonly sizeBytes: number }
  | { readonly does: "names" | "syncFolder" };

const nameOfFile = fc.constantFrom("a", "b", "sub/c");
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ does: fc.constantFrom("append", "append", "sync", "open", "remove", "read"), name: nameOfFile }),
  fc.record({ does: fc.constant("truncate" as const), name: nameOfFile, sizeBytes: fc.nat(6) }),
  fc.record({ does: fc.constantFrom("names" as const, "syncFolder" as const) }),
);

/** What somebody sees who takes these steps: what he reads, and the codes of errors. */
async function story(files: ClaimFiles, folder: string, steps: readonly Step[]): Promise<unknown[]> {
  const handles = new Map<string, AppendFile>();
  const seen: unknown[] = [];
  await files.makeFolder(join(folder, "sub"));
  await (await files.open(join(folder, "sub/there"))).close();
  const open = async (name: string): Promise<AppendFile> => {
    const held = handles.get(name) ?? (await files.open(join(folder, name)));
    handles.set(name, held);
    return held;
  };
  const take = async (step: Step, at: number): Promise<unknown> => {
    switch (step.does) {
      case "append":
        return (await open(step.name)).append(Uint8Array.of(at, at, at));
      case "sync":
        return (await open(step.name)).sync();
      case "open":
        await open(step.name);
        return;
      case "remove":
        await handles.get(step.name)?.close();
        handles.delete(step.name);
        return files.remove(join(folder, step.name));
      case "truncate":
        // Zeros behind the end are nothing that claims ever ask for.
        return (await size(files, join(folder, step.name))) < step.sizeBytes
          ? undefined
          : files.truncate(join(folder, step.name), step.sizeBytes);
      case "read":
        return bytesOf(files, join(folder, step.name));
      case "names":
        return [
          await files.names(folder),
          await files.names(join(folder, "sub")),
          await files.names(join(folder, "x")),
        ];
      case "syncFolder":
        return files.syncFolder(folder);
    }
  };
  for (const [at, step] of steps.entries()) {
    seen.push(await take(step, at).catch(({ code }: { code: string }) => code));
  }
  for (const handle of handles.values()) await handle.close();
  return seen;
}

async function bytesOf(files: ClaimFiles, path: string): Promise<number[]> {
  const found: number[] = [];
  for await (const chunk of files.read(path)) found.push(...chunk);
  return found;
}

async function size(files: ClaimFiles, path: string): Promise<number> {
  return bytesOf(files, path).then(
    (found) => found.length,
    () => 0,
  );
}

describe("the files of a simulated disk", () => {
  it("answer as those of a real one, errors included, whatever is done to them", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 15 }), async (steps) => {
        const real = await story(diskFiles, await folders.make(), steps);
        expect(await story(new DiskWorld().storage.claimFiles, "claims", steps)).toEqual(real);
      }),
      { numRuns: 60 },
    );
  });

  it("remove a folder with all it holds", async () => {
    const { claimFiles } = new DiskWorld().storage;
    for (const path of ["f/a", "f/g/b", "fa"]) await claimFiles.open(path);
    await claimFiles.remove("f");
    expect([await claimFiles.names("f"), await claimFiles.names("f/g")]).toEqual([[], []]);
    expect(await bytesOf(claimFiles, "fa")).toEqual([]);
  });

  it("end after a power cut anywhere behind their synced part", async () => {
    const sizes = new Set<number>();
    for (let seed = 0; seed < 60; seed++) {
      const world = new DiskWorld({ seed });
      const { claimFiles } = world.storage;
      const file = await claimFiles.open("f/a");
      await claimFiles.syncFolder("f");
      await file.append(Uint8Array.of(1, 2));
      await file.sync();
      await file.append(Uint8Array.of(3, 4));
      world.restart("power-cut");
      const found = await bytesOf(world.storage.claimFiles, "f/a");
      expect(found).toEqual([1, 2, 3, 4].slice(0, found.length));
      sizes.add(found.length);
    }
    expect([...sizes].sort()).toEqual([2, 3, 4]);
  });

  it("may be gone after a power cut, or there again, when their folder was not synced", async () => {
    const found = new Set<string>();
    for (let seed = 0; seed < 60; seed++) {
      const world = new DiskWorld({ seed });
      const { claimFiles } = world.storage;
      await claimFiles.open("f/old");
      await claimFiles.open("f/kept");
      await claimFiles.syncFolder("f");
      await claimFiles.remove("f/old");
      await claimFiles.open("f/new");
      world.restart("power-cut");
      found.add((await world.storage.claimFiles.names("f")).join());
    }
    // The changes of one folder happen in their order.
    expect([...found].sort()).toEqual(["kept", "kept,new", "kept,old"]);
  });

  it("take on a full disk no more than a part of what is appended", async () => {
    const sizes = new Set<number>();
    for (let seed = 0; seed < 40; seed++) {
      const world = new DiskWorld({ seed });
      const { claimFiles } = world.storage;
      const file = await claimFiles.open("f/a");
      world.disk.trouble = "full";
      await expect(file.append(Uint8Array.of(1, 2, 3))).rejects.toMatchObject({ code: "STORE_FULL" });
      const found = await bytesOf(claimFiles, "f/a");
      expect(found).toEqual([1, 2, 3].slice(0, found.length));
      sizes.add(found.length);
    }
    expect([...sizes].sort()).toEqual([0, 1, 2]);
  });

  it("answer nothing to the dead", async () => {
    const world = new DiskWorld();
    const { claimFiles } = world.storage;
    const file = await claimFiles.open("f/a");
    world.incarnation.die();
    const ghosts: string[] = [];
    const calls = {
      append: file.append(Uint8Array.of(1)),
      sync: file.sync(),
      close: file.close(),
      names: claimFiles.names("f"),
      read: bytesOf(claimFiles, "f/a"),
      makeFolder: claimFiles.makeFolder("g"),
      remove: claimFiles.remove("f/a"),
    };
    for (const [call, promise] of Object.entries(calls)) void promise.finally(() => ghosts.push(call));
    await world.run(10);
    expect(ghosts).toEqual([]);
    expect(world.disk.files.read("f/a")).toHaveLength(0);
  });
});
