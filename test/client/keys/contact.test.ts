import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { memoryKeys, webKeys } from "../../../src/client/keys/key-storage.ts";
import { reverifyContacts } from "../../../src/client/keys/reverify-contacts.ts";
import { fileKeys } from "../../../src/client/node/file-keys.ts";
import { utf8 } from "../../../src/core/bytes.ts";
import { Serial } from "../../../src/core/serial.ts";
import { KeyDirectory } from "../../../src/provider/keys/key-directory.ts";
import { hiddenVersion } from "../../akd/keys/hidden-version.ts";
import { NAMESPACE } from "../../support/auditors.ts";
import { SeededRandom } from "../../support/virtual-clock.ts";
import { AUDITORS, certificateOf, client, Liars } from "../lying-nodes.ts";
import { App, Auditors, answerOf } from "./app.ts";

const random = new SeededRandom(3);
const bob = utf8("bob");
const carol = utf8("carol");
const [key1, key2, theirs] = [random.bytes(32), random.bytes(32), random.bytes(32)];

let directory: KeyDirectory;
let auditors: Auditors;
let app: App;

/** Another epoch; enough auditors sign it. */
function publish(...entries: [Uint8Array, Uint8Array][]): void {
  directory.publish(entries);
  auditors.sign(directory);
}

beforeEach(() => {
  directory = new KeyDirectory("whatsapp_v1", new SeededRandom(8).bytes(32));
  auditors = new Auditors();
  app = new App(directory, auditors);
  publish([bob, key1], [carol, key2]);
});

describe("a contact's key", () => {
  it("is verified by a history of the most recent version, and from then on by lookups alone", async () => {
    expect(await app.verify(answerOf(directory, bob, key1, "lookup"))).toMatchObject({
      result: "unconfirmed",
      reason: "lookup-only",
    });
    const verified = await app.verify(answerOf(directory, bob, key1));
    expect(verified).toMatchObject({ result: "verified", shown: { version: 1, value: key1 }, epoch: 1 });
    expect(verified.title).toBe("Key verified");
    publish([carol, key1]);
    expect((await app.verify(answerOf(directory, bob, key1, "lookup"))).result).toBe("verified");
  });

  it("is reported as changed when a history shows a new version, and unconfirmed while only a lookup does", async () => {
    await app.verify(answerOf(directory, bob, key1));
    publish([bob, key2]);
    expect((await app.verify(answerOf(directory, bob, key2, "lookup"))).result).toBe("unconfirmed");
    expect(await app.verify(answerOf(directory, bob, key2))).toMatchObject({ result: "changed", previousVersion: 1 });
    expect((await app.verify(answerOf(directory, bob, key2))).result).toBe("verified");
  });

  it("alarms when another key is in use than the one that is proven", async () => {
    expect(await app.verify(answerOf(directory, bob, theirs))).toMatchObject({ result: "alarm", reason: "other-key" });
  });

  it("alarms for a key swapped for this person alone, on a private fork of a signed epoch, with a report", async () => {
    const honest = directory.fork();
    publish([carol, key1]);
    honest.publish([[bob, theirs]]);
    const result = await app.verify(answerOf(honest, bob, theirs));
    expect(result).toMatchObject({ result: "alarm", reason: "wrong-digest", complaint: { report: { epoch: 2 } } });
    if (result.result !== "alarm") return;
    const leaves = JSON.stringify(result.complaint);
    for (const secret of ["bob", Buffer.from(bob).toString("hex"), Buffer.from(theirs).toString("hex")])
      expect(leaves).not.toContain(secret);
    expect(result.evidence.label).toEqual(bob);
  });

  it("never verifies a version that is hidden from its owner, whatever the provider shows", async () => {
    const { request, lookup, theirs: value } = hiddenVersion("whatsapp_v1");
    const signed = new Auditors();
    signed.signed.set(request.epoch, Buffer.from(request.digest).toString("hex"));
    const victim = new App({ configuration: "whatsapp_v1", vrfKey: request.vrfKey } as KeyDirectory, signed);
    const { label, epoch, digest } = request;
    const shown = await victim.verify({ label, value, epoch, digest, proof: { kind: "lookup", bytes: lookup } });
    expect(shown).toMatchObject({ result: "unconfirmed", reason: "lookup-only" });
  });

  it("alarms for a wrong proof, another VRF key, and answers about somebody else", async () => {
    const answer = answerOf(directory, bob, key1);
    const wrongKey = await app.verify({ ...answer, vrfKey: random.bytes(32) });
    expect(wrongKey).toMatchObject({ result: "alarm", reason: "other-vrf-key" });
    expect((await app.verify({ ...answer, vrfKey: directory.vrfKey })).result).toBe("verified");
    const ofCarol = answerOf(directory, carol, key2);
    expect(await app.verify({ ...ofCarol, label: bob })).toMatchObject({
      result: "alarm",
      reason: "proof-invalid",
      complaint: { code: "KEY_PROOF_VRF" },
    });
    for (const wrong of [{ epoch: 0 }, { epoch: 1.5 }, { digest: new Uint8Array(3) }])
      expect(await app.verify({ ...answer, ...wrong })).toMatchObject({ result: "alarm", reason: "proof-invalid" });
  });

  it("is not in the directory by the directory's word alone, and alarms where it was verified before", async () => {
    const none = { ...answerOf(directory, bob, key1), proof: { kind: "none" } as const };
    expect((await app.verify(none)).result).toBe("not-in-directory");
    await app.verify(answerOf(directory, bob, key1));
    expect(await app.verify(none)).toMatchObject({ result: "alarm", reason: "left-directory" });
  });
});

describe("the age of an answer", () => {
  it("is outdated more than 20 epochs below the quorum's newest, and below one that was accepted before", async () => {
    const atOne = answerOf(directory, bob, key1);
    for (let epoch = 2; epoch <= 21; epoch++) publish();
    expect((await app.verify(atOne)).result).toBe("verified");
    publish();
    expect(await app.verify(atOne)).toMatchObject({ result: "verified" });
    app.clock.nowMs += 61_000;
    expect(await app.verify(atOne)).toMatchObject({ result: "outdated", newestEpoch: 22 });
    expect((await app.verify(answerOf(directory, carol, key2))).result).toBe("verified");
    expect(await app.verify(atOne)).toMatchObject({ result: "outdated", newestEpoch: 22 });
  });

  it("makes no alarm of an older version in an older answer", async () => {
    const old = answerOf(directory, bob, key1);
    publish([bob, key2]);
    await app.verify(answerOf(directory, bob, key2));
    expect((await app.verify(old)).result).toBe("outdated");
  });

  it("does not hide that versions went back", async () => {
    const fork = directory.fork();
    publish([bob, key2]);
    await app.verify(answerOf(directory, bob, key2));
    fork.publish([]);
    fork.publish([]);
    auditors.sign(fork);
    expect(await app.verify(answerOf(fork, bob, key1))).toMatchObject({ result: "alarm", reason: "version-went-back" });
  });
});

describe("an answer from an epoch that nobody has signed yet", () => {
  it("is pending, and verified when the auditors have come to it", async () => {
    directory.publish([[carol, key1]]);
    expect(await app.verify(answerOf(directory, bob, key1))).toMatchObject({ result: "pending", epoch: 2 });
    expect(await app.client.settle(NAMESPACE)).toMatchObject([{ label: bob, result: { result: "pending" } }]);
    auditors.sign(directory);
    expect(await app.client.settle(NAMESPACE)).toMatchObject([{ label: bob, result: { result: "verified" } }]);
    expect(await app.client.settle(NAMESPACE)).toEqual([]);
  });

  it("is an alarm when they sign another digest there, whatever was verified in between", async () => {
    const fork = directory.fork();
    fork.publish([[bob, theirs]]);
    expect((await app.verify(answerOf(fork, bob, theirs))).result).toBe("pending");
    publish([carol, key1]);
    expect((await app.verify(answerOf(directory, bob, key1))).result).toBe("verified");
    for (let times = 0; times < 2; times++) {
      expect(await app.client.settle(NAMESPACE)).toMatchObject([
        { label: bob, epoch: 2, result: { result: "alarm", reason: "wrong-digest" } },
      ]);
    }
    await app.client.dismiss(NAMESPACE, bob);
    expect(await app.client.settle(NAMESPACE)).toEqual([]);
  });

  it("does not stay pending: after ten minutes it is unconfirmed, however often the fork is ahead again", async () => {
    const fork = directory.fork();
    fork.publish([[bob, theirs]]);
    expect((await app.verify(answerOf(fork, bob, theirs))).result).toBe("pending");
    app.clock.nowMs += 600_001;
    fork.publish([]);
    expect(await app.verify(answerOf(fork, bob, theirs))).toMatchObject({
      result: "unconfirmed",
      reason: "not-signed",
    });
    const settled = await app.client.settle(NAMESPACE);
    expect(settled.map(({ result }) => result.result)).toEqual(["unconfirmed", "pending"]);
  });

  it("fills no memory, and not that of other contacts", async () => {
    const fork = directory.fork();
    const results: string[] = [];
    for (let times = 0; times < 10; times++) {
      fork.publish([]);
      results.push((await app.verify(answerOf(fork, bob, key1))).result);
    }
    expect(results.slice(8)).toEqual(["unconfirmed", "unconfirmed"]);
    expect((await app.verify(answerOf(fork, carol, key2))).result).toBe("pending");
  });
});

describe("auditors", () => {
  it("who cannot be asked confirm nothing, and evidence among them is an alarm", async () => {
    auditors.trouble = "unreachable";
    const answer = answerOf(directory, bob, key1);
    expect(await app.verify(answer)).toMatchObject({ result: "unconfirmed", reason: "no-answer" });
    auditors.trouble = "conflict";
    expect(await app.verify(answer)).toMatchObject({ result: "alarm", reason: "auditors-conflict" });
    auditors.trouble = "none";
    expect((await app.verify(answer)).result).toBe("verified");
  });
});

describe("the whole chain", () => {
  it("goes from a contact's key to signatures of auditors, asked of real nodes", async () => {
    const liars = new Liars();
    try {
      const heads = AUDITORS.slice(0, 4).map((auditor) => auditor.head(directory.epoch, directory.digest));
      const quorum = client([await liars.holding(certificateOf(heads))]);
      const real = new App(directory, quorum);
      expect((await real.verify(answerOf(directory, bob, key1))).result).toBe("verified");
      const fork = new KeyDirectory("whatsapp_v1", new SeededRandom(8).bytes(32));
      fork.publish([[bob, theirs]]);
      const shown = await real.verify(answerOf(fork, bob, theirs));
      expect(shown).toMatchObject({ result: "alarm", reason: "wrong-digest" });
    } finally {
      await liars.close();
    }
  });
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
      await apps[0]!.verify(answerOf(directory, bob, key1));
      expect((await apps[1]!.verify(answerOf(directory, bob, key1, "lookup"))).result).toBe("verified");
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
    await Promise.all([one.verify(answerOf(directory, bob, key1)), other.verify(answerOf(directory, carol, key2))]);
    expect((await one.verify(answerOf(directory, carol, key2, "lookup"))).result).toBe("verified");
    expect((await other.verify(answerOf(directory, bob, key1, "lookup"))).result).toBe("verified");
  });

  it("is never taken for empty when it cannot be read", async () => {
    for (const text of ["{}", '{"format":"coaudit/keys/v1","namespaces":{"a":{}}}', "null"]) {
      const storage = memoryKeys();
      await storage.update(() => text);
      const broken = new App(directory, auditors, storage);
      await expect(broken.verify(answerOf(directory, bob, key1))).rejects.toMatchObject({ code: "KEY_STATE_INVALID" });
    }
  });

  it("knows only the namespaces that the app was delivered with", async () => {
    const answer = { ...answerOf(directory, bob, key1), namespace: "another.v1" };
    await expect(app.client.verifyContact(answer)).rejects.toMatchObject({ code: "NAMESPACE_UNKNOWN" });
  });
});

it("reverifies all contacts with a lookup each, and a history where something is new", async () => {
  await app.verify(answerOf(directory, bob, key1));
  const asked: string[] = [];
  const contacts = [
    { label: bob, value: key1 },
    { label: carol, value: key2 },
  ];
  const ask = async (label: Uint8Array, kind: "lookup" | "most-recent") => {
    asked.push(`${Buffer.from(label)} ${kind}`);
    return answerOf(directory, label, new Uint8Array(), kind);
  };
  const results: string[] = [];
  const startMs = app.clock.nowMs;
  const options = { namespace: NAMESPACE, contacts, ask: stripped(ask), overMs: 1000 };
  for await (const { result } of reverifyContacts(app.client, options, { clock: app.clock }))
    results.push(result.result);
  expect(results).toEqual(["verified", "verified"]);
  expect(asked).toEqual(["bob lookup", "carol lookup", "carol most-recent"]);
  expect(app.clock.nowMs - startMs).toBe(500);
});

/** The directory answers; the value in use is the app's. */
function stripped<A extends unknown[], R extends { value: Uint8Array; label: Uint8Array }>(
  ask: (...words: A) => Promise<R>,
): (...words: A) => Promise<Omit<R, "value" | "label">> {
  return async (...words) => {
    const { value: _value, label: _label, ...answer } = await ask(...words);
    return answer;
  };
}
