import { beforeEach, describe, expect, it } from "vitest";
import { utf8 } from "../../../src/core/bytes.ts";
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

  it("is outdated as soon as another answer has shown how far the quorum is, whatever was known of its own", async () => {
    const [atOne, other] = [answerOf(directory, bob, key1), answerOf(directory, carol, key2)];
    expect((await app.verify(atOne)).result).toBe("verified");
    for (let epoch = 2; epoch <= 22; epoch++) publish();
    // Pending or not, of whatever epoch: it tells of the newest one.
    expect((await app.verify({ ...other, digest: other.digest.toReversed() })).result).toBe("alarm");
    await app.client.verifyContact({ namespace: NAMESPACE, ...answerOf(directory, carol, key2) });
    expect(await new App(directory, auditors, app.storage).verify(atOne)).toMatchObject({ result: "outdated" });
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

  it("is found however far ahead of the auditors it was shown, and whatever was said of the same digest", async () => {
    const fork = directory.fork();
    fork.publish([[bob, theirs]]);
    for (let epoch = 3; epoch <= 40; epoch++) fork.publish([]);
    for (const kind of ["lookup", "most-recent"] as const)
      expect((await app.verify(answerOf(fork, bob, theirs, kind))).result).toBe("pending");
    app.clock.nowMs += 3 * 86_400_000;
    expect((await app.client.settle(NAMESPACE)).map(({ result }) => result.result)).toEqual([
      "unconfirmed",
      "unconfirmed",
    ]);
    for (let epoch = 2; epoch <= 40; epoch++) publish();
    const settled = await app.client.settle(NAMESPACE, bob);
    expect(settled.map(({ result }) => "reason" in result && result.reason)).toEqual(["wrong-digest", "wrong-digest"]);
    expect(await app.client.settle(NAMESPACE, carol)).toEqual([]);
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
