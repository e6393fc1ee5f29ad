/** Each lie about keys: told by a real directory over HTTP, to the SDK in an app and to the command. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KeyClient } from "../../../src/client/keys/key-client.ts";
import type { ContactResult, OwnKeyResult } from "../../../src/client/keys/key-results.ts";
import { reverifyContacts } from "../../../src/client/keys/reverify-contacts.ts";
import { fromHex, toHex, utf8 } from "../../../src/core/bytes.ts";
import type { Certificate } from "../../../src/core/certificate.ts";
import { systemClock } from "../../../src/platform/system.ts";
import { DirectoryLog } from "../../../src/provider/keys/directory-log.ts";
import { type RunningProvider, startProvider } from "../../../src/provider/server.ts";
import { coaudit } from "../../cli/captured.ts";
import { Bench } from "../../cli/served.ts";
import { AUDITORS, certificateOf, client, Liars, policyOf } from "../../client/lying-nodes.ts";
import { NAMESPACE, ORIGIN } from "../../support/auditors.ts";
import { SeededRandom } from "../../support/virtual-clock.ts";

const random = new SeededRandom(21);
const [bob, carol] = [utf8("bob"), utf8("carol")];
const bobKeys = Array.from({ length: 5 }, () => random.bytes(32));
const [carolKey, theirs] = [random.bytes(32), random.bytes(32)];
const currentKey = bobKeys[4]!;
/** About whom is asked, and the keys that this person published. */
let subject = { name: "bob", label: bob, keys: bobKeys };

let log: DirectoryLog;
let provider: RunningProvider;
let node: string;
const liars = new Liars();
const bench = new Bench();
const certificates: Certificate[] = [];

/** The epoch is signed by four of five auditors, who see the main history. */
async function publish(body: object = {}): Promise<void> {
  await post("keys", body);
  await provider.publishNext();
  const { epoch, digest } = log.directory("main");
  certificates.push(
    certificateOf(AUDITORS.slice(0, 4).map((auditor) => auditor.head(epoch, digest, systemClock.now()))),
  );
}

async function post(path: string, body: object): Promise<void> {
  const response = await fetch(provider.url + path, { method: "POST", body: JSON.stringify(body) });
  expect(response.ok).toBe(true);
}

/** Bob has five versions; then nothing happens to him for 30 epochs. */
beforeAll(async () => {
  log = await DirectoryLog.open({ entriesPerEpoch: 3 }, { random });
  provider = await startProvider({ startEpoch: 0 }, { log, keys: log, clock: systemClock });
  node = await liars.holdingAll(certificates);
  for (const value of bobKeys) await publish({ entries: [{ label: toHex(bob), value: toHex(value) }] });
  await publish({ entries: [{ label: toHex(carol), value: toHex(carolKey) }] });
  for (let epoch = 0; epoch < 30; epoch++) await publish();
});
afterAll(async () => {
  await provider.stop();
  await liars.close();
  bench.close();
});

interface Answer {
  readonly epoch: number;
  readonly digest: string;
  readonly vrfKey: string;
  readonly proof: string;
}

type Kind = "lookup" | "most-recent" | "complete";

async function ask(label: Uint8Array, kind: Kind, name = "alice"): Promise<Answer | number> {
  const params = kind === "complete" ? "complete" : "most-recent:1";
  const path = kind === "lookup" ? "lookup" : `history?params=${params}`;
  const response = await fetch(`${provider.urlFor(name)}keys/${toHex(label)}/${path}`);
  return response.ok ? ((await response.json()) as Answer) : response.status;
}

function app(): KeyClient {
  const directories = { [NAMESPACE]: { configuration: "whatsapp_v1", vrfKey: log.directory("main").vrfKey } } as const;
  return new KeyClient({ quorum: client([node], {}, systemClock), directories });
}

function given({ epoch, digest, vrfKey }: Answer) {
  return { namespace: NAMESPACE, epoch, digest: fromHex(digest), vrfKey: fromHex(vrfKey) };
}

/** What Alice's app finds about this person. */
async function contact(kind: "lookup" | "most-recent", value = currentKey, keys = app()): Promise<ContactResult> {
  const { label } = subject;
  const answer = await ask(label, kind);
  if (typeof answer === "number") {
    expect(answer).toBe(404);
    const none = { epoch: 0, digest: new Uint8Array(32), proof: { kind: "none" } } as const;
    return keys.verifyContact({ namespace: NAMESPACE, label, value, ...none });
  }
  const proof = { kind, bytes: fromHex(answer.proof) };
  return keys.verifyContact({ ...given(answer), label, value, proof });
}

/** What this person's own app finds. */
async function owner(): Promise<OwnKeyResult> {
  const { name, label, keys } = subject;
  const answer = (await ask(label, "complete", name)) as Answer;
  const mine = new Map(keys.map((key, index) => [index + 1, key]));
  const proof = { kind: "history", bytes: fromHex(answer.proof) } as const;
  return app().verifyHistory({ ...given(answer), label, mine, proof });
}

/** What the command says of the same answer, with the digest that the quorum signed. */
async function command(kind: Kind, name = "alice"): Promise<Record<string, unknown>> {
  const answer = (await ask(subject.label, kind, name)) as Answer;
  const file = bench.file("answer.bin", fromHex(answer.proof));
  const params = { lookup: [], "most-recent": ["--params", "most-recent:1"], complete: ["--params", "complete"] }[kind];
  const vrfKey = toHex(log.directory("main").vrfKey);
  const asked = ["--vrf-key", vrfKey, "--label", subject.name, "--epoch", String(answer.epoch), "--json"];
  const quorum = ["--node", node, "--namespace", NAMESPACE, "--policy", bench.file("policy", policyOf(4))];
  const words = ["verify", kind === "lookup" ? "lookup" : "history", file, ...params, ...asked, ...quorum];
  const { out } = await coaudit(...words, "--origin", `${NAMESPACE}=${ORIGIN}`);
  return JSON.parse(out) as Record<string, unknown>;
}

function lies(...told: object[]): Promise<void> {
  return post("keys/lies", { lies: told.map((lie) => ({ to: ["alice"], label: toHex(bob), ...lie })) });
}

describe("a directory that lies to nobody", () => {
  it("is verified by the app, its owner and the command", async () => {
    await lies();
    expect(await contact("most-recent")).toMatchObject({ result: "verified", shown: { version: 5 } });
    expect(await owner()).toMatchObject({ result: "verified", shown: { version: 5 } });
    expect(await command("lookup")).toMatchObject({ valid: true, version: 5, value: toHex(currentKey) });
    expect(await command("most-recent")).toMatchObject({ valid: true, versions: [{ version: 5 }] });
  });
});

describe("a directory that lies to Alice alone", () => {
  it("from an old epoch: outdated, although the proof holds and a quorum signed that epoch", async () => {
    await lies({ kind: "old-epoch", behind: 30 });
    for (const kind of ["lookup", "most-recent"] as const)
      expect(await contact(kind)).toMatchObject({ result: "outdated", epoch: 6, newestEpoch: 36 });
    expect(await command("lookup")).toMatchObject({ valid: true, newestEpoch: 36, outdated: true });
    await lies({ kind: "old-epoch", behind: 20 });
    expect(await contact("most-recent")).toMatchObject({ result: "verified" });
    expect(await command("lookup")).toMatchObject({ valid: true, newestEpoch: 36 });
  });

  it("from an epoch before one that was accepted: outdated, however near it is", async () => {
    const keys = app();
    await lies();
    expect((await contact("most-recent", currentKey, keys)).result).toBe("verified");
    await lies({ kind: "old-epoch", behind: 1 });
    expect(await contact("most-recent", currentKey, keys)).toMatchObject({ result: "outdated", newestEpoch: 36 });
  });

  it("with a version forgotten: the proof that the one before is not retired is wrong", async () => {
    await lies({ kind: "forgotten-version" });
    for (const kind of ["lookup", "most-recent"] as const) {
      expect(await contact(kind, bobKeys[3])).toMatchObject({
        ...{ result: "alarm", reason: "proof-invalid", complaint: { code: "KEY_PROOF_ABSENCE" } },
      });
      expect(await command(kind)).toMatchObject({ valid: false, code: "KEY_PROOF_ABSENCE" });
    }
  });

  it("with the answer about somebody else: the VRF proofs are for another label", async () => {
    await lies({ kind: "other-label", instead: toHex(carol) });
    for (const kind of ["lookup", "most-recent"] as const) {
      expect(await contact(kind, carolKey)).toMatchObject({
        reason: "proof-invalid",
        complaint: { code: "KEY_PROOF_VRF" },
      });
      expect(await command(kind)).toMatchObject({ valid: false, code: "KEY_PROOF_VRF" });
    }
  });

  it("by denying a contact: its word alone, and an alarm where the contact was verified before", async () => {
    const keys = app();
    await lies({ kind: "denied" });
    expect(await contact("lookup", currentKey, keys)).toMatchObject({ result: "not-in-directory" });
    await lies();
    await contact("most-recent", currentKey, keys);
    await lies({ kind: "denied" });
    expect(await contact("lookup", currentKey, keys)).toMatchObject({ result: "alarm", reason: "left-directory" });
  });

  it("by withholding the answer: unconfirmed, never verified", async () => {
    await lies({ kind: "withheld" });
    expect(await ask(bob, "lookup")).toBe(503);
    const failing = async (): Promise<never> => {
      throw new Error(String(await ask(bob, "lookup")));
    };
    const contacts = [{ label: bob, value: currentKey }];
    for await (const { result } of reverifyContacts(app(), { namespace: NAMESPACE, contacts, ask: failing }))
      expect(result).toMatchObject({ result: "unconfirmed", reason: "no-answer" });
  });

  it("in a private fork of a signed epoch: another digest than the auditors'", async () => {
    await post("keys", { branch: "fork", entries: [{ label: toHex(bob), value: toHex(theirs) }] });
    await publish();
    await post("keys/lies", { lies: [{ kind: "fork", to: ["alice"] }] });
    expect(await contact("most-recent", theirs)).toMatchObject({ result: "alarm", reason: "wrong-digest" });
    expect(await command("most-recent")).toMatchObject({ valid: false, code: "KEY_PROOF_DIGEST" });
    expect(await owner()).toMatchObject({ result: "verified" });
  });
});

describe("a directory that puts a lie into everybody's tree", () => {
  it("under another VRF key: the answer is right under that key, and the pinned one refuses it", async () => {
    await publish({ otherKey: [{ label: toHex(bob), value: toHex(theirs) }] });
    await lies({ kind: "other-vrf-key" });
    expect(await contact("most-recent", theirs)).toMatchObject({ result: "alarm", reason: "other-vrf-key" });
    expect(await command("most-recent")).toMatchObject({ valid: false, code: "KEY_PROOF_VRF" });
    // An app that took the VRF key from the answer would have believed it.
    const answer = (await ask(bob, "most-recent")) as Answer;
    const directories = { [NAMESPACE]: { configuration: "whatsapp_v1", vrfKey: fromHex(answer.vrfKey) } } as const;
    const careless = new KeyClient({ quorum: client([node], {}, systemClock), directories });
    expect(await contact("most-recent", theirs, careless)).toMatchObject({ result: "verified" });
  });

  it("as a hidden version: a lookup shows it, its owner does not see it, and no history of it holds", async () => {
    await publish({ hidden: [{ label: toHex(bob), value: toHex(theirs), version: 7, retires: true }] });
    await lies({ kind: "hidden-version" });
    expect(await contact("lookup", theirs)).toMatchObject({ result: "unconfirmed", reason: "lookup-only" });
    expect(await command("lookup")).toMatchObject({ valid: true, version: 7, value: toHex(theirs) });
    expect(await owner()).toMatchObject({ result: "verified", shown: { version: 5 } });
    expect(await contact("most-recent", theirs)).toMatchObject({
      ...{ result: "alarm", reason: "proof-invalid", complaint: { code: "KEY_PROOF_PATH" } },
    });
    expect(await command("most-recent")).toMatchObject({ valid: false, code: "KEY_PROOF_PATH" });
  });

  it("as a version that its owner never made, with the true key after it, and a tombstone over it", async () => {
    await lies();
    subject = { name: "dave", label: utf8("dave"), keys: [bobKeys[0]!] };
    const publishOwn = (value: Uint8Array) =>
      publish({ entries: [{ label: toHex(subject.label), value: toHex(value) }] });
    await publishOwn(subject.keys[0]!);
    expect(await owner()).toMatchObject({ result: "verified" });
    await publishOwn(theirs);
    expect(await contact("most-recent", theirs)).toMatchObject({ result: "verified", shown: { version: 2 } });
    expect(await owner()).toMatchObject({ result: "alarm", reason: "unknown-own-version" });
    await publish({ tombstones: [{ label: toHex(subject.label), version: 2 }] });
    for (const kind of ["lookup", "most-recent"] as const)
      expect(await contact(kind, theirs)).toMatchObject({ result: "alarm", reason: "value-removed" });
    expect(await command("lookup")).toMatchObject({ valid: false, code: "KEY_PROOF_TOMBSTONE" });
    await publishOwn(subject.keys[0]!);
    expect(await contact("most-recent", subject.keys[0])).toMatchObject({ result: "verified", shown: { version: 3 } });
    expect(await owner()).toMatchObject({ result: "alarm", reason: "unknown-own-version" });
    const versions = [{ version: 3 }, { version: 2, tombstone: true }, { version: 1 }];
    expect(await command("complete", "dave")).toMatchObject({ valid: true, versions });
  });
});
