import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { memoryKeys, webKeys } from "../../../src/client/keys/key-storage.ts";
import { fileKeys } from "../../../src/client/node/file-keys.ts";
import { Serial } from "../../../src/core/serial.ts";
import { App, answerOf, bobAndCarol } from "./app.ts";

let { bob, carol, bobsKey, carolsKey, directory, auditors, app } = bobAndCarol();
beforeEach(() => {
  ({ bob, carol, bobsKey, carolsKey, directory, auditors, app } = bobAndCarol());
});

describe("what is kept", () => {
  it("is shared in a file by programs that write at the same time, and none loses what another wrote", async () => {
    const folder = mkdtempSync(join(tmpdir(), "coaudit-keys-"));
    try {
      const file = join(folder, "keys.json");
      const increments = Array.from({ length: 20 }, () =>
        fileKeys(file).update((text) => String(Number(text ?? "0") + 1)),
      );
      await Promise.all(increments);
      expect(readFileSync(file, "utf8")).toBe("20");
      expect(readdirSync(folder)).toEqual(["keys.json"]);
      const fail = (): never => {
        throw new Error("no");
      };
      await expect(fileKeys(file).update(fail)).rejects.toThrow("no");
      await fileKeys(file).update(() => undefined);
      expect(readFileSync(file, "utf8")).toBe("20");
      const apps = [1, 2].map(() => new App(directory, auditors, fileKeys(join(folder, "other.json"))));
      await apps[0]!.verify(answerOf(directory, bob, bobsKey));
      expect((await apps[1]!.verify(answerOf(directory, bob, bobsKey, "lookup"))).result).toBe("verified");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("takes turns in a page by the browser's locks", async () => {
    const texts = new Map<string, string>();
    const storage = {
      getItem: (key: string) => texts.get(key) ?? null,
      setItem: (key: string, text: string) => void texts.set(key, text),
    };
    const turns = new Serial();
    const locks = { request: (_name: string, work: () => Promise<void>) => turns.run(work) };
    const tabs = [webKeys(storage, locks), webKeys(storage, locks)];
    const both = tabs.flatMap((tab) => Array.from({ length: 5 }, () => tab.update((text) => `${text ?? ""}x`)));
    await Promise.all(both);
    expect(texts.get("coaudit-keys")).toBe("x".repeat(10));
  });

  it("is shared by two programs with one storage, and none loses what the other accepted", async () => {
    const storage = memoryKeys();
    const [one, other] = [new App(directory, auditors, storage), new App(directory, auditors, storage)];
    await Promise.all([
      one.verify(answerOf(directory, bob, bobsKey)),
      other.verify(answerOf(directory, carol, carolsKey)),
    ]);
    expect((await one.verify(answerOf(directory, carol, carolsKey, "lookup"))).result).toBe("verified");
    expect((await other.verify(answerOf(directory, bob, bobsKey, "lookup"))).result).toBe("verified");
  });

  it("is never taken for empty when it cannot be read", async () => {
    for (const text of ["{}", '{"format":"coaudit/keys/v1","namespaces":{"a":{}}}', "null"]) {
      const storage = memoryKeys();
      await storage.update(() => text);
      const broken = new App(directory, auditors, storage);
      await expect(broken.verify(answerOf(directory, bob, bobsKey))).rejects.toMatchObject({
        code: "KEY_STATE_INVALID",
      });
    }
  });

  it("knows only the namespaces that the app was delivered with", async () => {
    const answer = { ...answerOf(directory, bob, bobsKey), namespace: "another.v1" };
    await expect(app.client.verifyContact(answer)).rejects.toMatchObject({ code: "NAMESPACE_UNKNOWN" });
  });
});
