/** examples/chat, written from docs/key-verification.md: a messenger that verifies before it sends. */
import { afterEach, beforeEach, expect, it } from "vitest";
// @ts-expect-error It is JavaScript, as an app's own.
import { ChatApp as ExampleApp } from "../../../examples/chat/chat-app.mjs";
// @ts-expect-error It is JavaScript, too.
import { providerActs } from "../../../examples/chat/provider.mjs";
import { KeyClient } from "../../../src/client/keys/key-client.ts";
import type { ContactResult, OwnKeyResult } from "../../../src/client/keys/key-results.ts";
import { systemClock } from "../../../src/platform/system.ts";
import { DirectoryLog } from "../../../src/provider/keys/directory-log.ts";
import { type RunningProvider, startProvider } from "../../../src/provider/server.ts";
import { NAMESPACE } from "../../support/auditors.ts";
import { SeededRandom } from "../../support/virtual-clock.ts";
import { Auditors } from "./app.ts";

interface ChatApp {
  readonly mine: ReadonlyMap<number, Uint8Array>;
  newPhone(): Promise<void>;
  send(contact: string, text: string): Promise<{ kind: string; result: ContactResult; message?: unknown }>;
  open(message: unknown): Promise<string | undefined>;
  checkMyKey(): Promise<OwnKeyResult>;
}

let log: DirectoryLog;
let provider: RunningProvider;
let auditors: Auditors;
beforeEach(async () => {
  log = await DirectoryLog.open({ entriesPerEpoch: 3 }, { random: new SeededRandom(6) });
  provider = await startProvider({ startEpoch: 0 }, { log, keys: log, clock: systemClock });
  auditors = new Auditors();
});
afterEach(() => provider.stop());

function app(me: string): ChatApp {
  const { configuration, vrfKey } = log.directory("main");
  const keys = new KeyClient({ quorum: auditors, directories: { [NAMESPACE]: { configuration, vrfKey } } });
  return new ExampleApp({ me, namespace: NAMESPACE, directory: provider.urlFor(me), keys }) as ChatApp;
}

async function publish(): Promise<void> {
  await provider.publishNext();
  auditors.sign(log.directory("main"));
}

async function post(path: string, body: object): Promise<void> {
  expect((await fetch(provider.url + path, { method: "POST", body: JSON.stringify(body) })).ok).toBe(true);
}

it("sends what only the contact can open, waits for the auditors, and sends nothing to a swapped key", async () => {
  const [alice, bob, spy] = [app("alice"), app("bob"), app("spy")];
  for (const one of [alice, bob, spy]) await one.newPhone();
  expect((await alice.send("bob", "hello")).result.result).toBe("not-in-directory");
  await provider.publishNext();
  expect(await alice.send("bob", "hello")).toMatchObject({ kind: "waiting", result: { result: "pending" } });
  auditors.sign(log.directory("main"));
  const sent = await alice.send("bob", "hello");
  expect(sent).toMatchObject({ kind: "sent", result: { result: "verified" } });
  expect([await bob.open(sent.message), await spy.open(sent.message)]).toEqual(["hello", undefined]);

  const value = spy.mine.get(1);
  const acts = providerActs(post, { victim: "alice", contact: "bob", value });
  await acts.swap();
  await publish();
  expect(await alice.send("bob", "hello")).toMatchObject({ kind: "refused", result: { reason: "wrong-digest" } });
  expect(await bob.checkMyKey()).toMatchObject({ result: "verified" });
});

it("finds a key that somebody entered in its owner's name, and a new phone of one's own is none", async () => {
  const [alice, bob] = [app("alice"), app("bob")];
  await bob.newPhone();
  await publish();
  await bob.newPhone();
  await publish();
  expect(await bob.checkMyKey()).toMatchObject({ result: "verified", shown: { version: 2 } });
  expect((await alice.send("bob", "hello")).kind).toBe("sent");
  await post("keys", { entries: [{ label: "626f62", value: "c0de" }] });
  await publish();
  expect(await bob.checkMyKey()).toMatchObject({ result: "alarm", reason: "unknown-own-version" });
});
