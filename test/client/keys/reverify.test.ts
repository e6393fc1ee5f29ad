import { beforeEach, expect, it } from "vitest";
import { reverifyContacts } from "../../../src/client/keys/reverify-contacts.ts";
import { utf8 } from "../../../src/core/bytes.ts";
import { KeyDirectory } from "../../../src/provider/keys/key-directory.ts";
import { NAMESPACE } from "../../support/auditors.ts";
import { SeededRandom } from "../../support/virtual-clock.ts";
import { App, Auditors, answerOf } from "./app.ts";

const random = new SeededRandom(3);
const bob = utf8("bob");
const carol = utf8("carol");
const [key1, key2] = [random.bytes(32), random.bytes(32)];

let directory: KeyDirectory;
let auditors: Auditors;
let app: App;
beforeEach(() => {
  directory = new KeyDirectory("whatsapp_v1", new SeededRandom(8).bytes(32));
  auditors = new Auditors();
  app = new App(directory, auditors);
  directory.publish([
    [bob, key1],
    [carol, key2],
  ]);
  auditors.sign(directory);
});

it("goes on to the next contact where the directory hangs, or refuses", async () => {
  const contacts = [bob, carol].map((label) => ({ label, value: key2 }));
  const ask = async (label: Uint8Array) => {
    if (label === bob) return new Promise<never>(() => {});
    return answerOf(directory, label, key2);
  };
  const results: string[] = [];
  const options = { namespace: NAMESPACE, contacts, ask: stripped(ask) };
  for await (const { result } of reverifyContacts(app.client, options, { clock: app.clock }))
    results.push("reason" in result ? result.reason : result.result);
  expect(results).toEqual(["no-answer", "verified"]);
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
