import { beforeEach, expect, it } from "vitest";
import { reverifyContacts } from "../../../src/client/keys/reverify-contacts.ts";
import { NAMESPACE } from "../../support/auditors.ts";
import { answerOf, bobAndCarol } from "./app.ts";

let { bob, carol, bobsKey, carolsKey, directory, app } = bobAndCarol();
beforeEach(() => {
  ({ bob, carol, bobsKey, carolsKey, directory, app } = bobAndCarol());
});

it("goes on to the next contact where the directory hangs, or refuses", async () => {
  const contacts = [bob, carol].map((label) => ({ label, value: carolsKey }));
  const ask = async (label: Uint8Array) => {
    if (label === bob) return new Promise<never>(() => {});
    return answerOf(directory, label, carolsKey);
  };
  const results: string[] = [];
  const options = { namespace: NAMESPACE, contacts, ask: stripped(ask) };
  for await (const { result } of reverifyContacts(app.client, options, { clock: app.clock }))
    results.push("reason" in result ? result.reason : result.result);
  expect(results).toEqual(["no-answer", "verified"]);
});

it("reverifies all contacts with a lookup each, and a history where something is new", async () => {
  await app.verify(answerOf(directory, bob, bobsKey));
  const asked: string[] = [];
  const contacts = [
    { label: bob, value: bobsKey },
    { label: carol, value: carolsKey },
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
