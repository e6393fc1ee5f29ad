// What a page measures: a contact checked from its history to the signatures of a quorum, by clients that know nothing
// yet.
import { QuorumClient } from "coaudit-client";
import { KeyClient } from "coaudit-client/keys";

const RUNS = 20;
const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => Number.parseInt(pair, 16));

/** Calls itself back as often as the page's thread lets it; returns how long it once had to wait. */
function heartbeat() {
  const { port1, port2 } = new MessageChannel();
  let lastMs = performance.now();
  let longestMs = 0;
  let isOn = true;
  port1.onmessage = () => {
    const nowMs = performance.now();
    longestMs = Math.max(longestMs, nowMs - lastMs);
    lastMs = nowMs;
    if (isOn) port2.postMessage(0);
  };
  port2.postMessage(0);
  return () => {
    isOn = false;
    return longestMs;
  };
}

async function measure() {
  const { policy, namespace, origin, vrfKey, contact } = await (await fetch("/given.json")).json();
  const { label, value, digest, proof } = contact;
  const answer = { namespace, epoch: contact.epoch, label: bytes(label), value: bytes(value), digest: bytes(digest) };
  const times = [];
  const pauses = [];
  for (let run = 0; run < RUNS; run++) {
    const quorum = new QuorumClient({ nodes: [location.origin], policy, origins: { [namespace]: origin } });
    const directories = { [namespace]: { configuration: "whatsapp_v1", vrfKey: bytes(vrfKey) } };
    const keys = new KeyClient({ quorum, directories });
    const stop = heartbeat();
    const startMs = performance.now();
    const { result } = await keys.verifyContact({ ...answer, proof: { kind: "most-recent", bytes: bytes(proof) } });
    times.push(performance.now() - startMs);
    pauses.push(stop());
    if (result !== "verified") throw new Error(`the contact is ${result}`);
  }
  return { times, pauses };
}

const report = await measure().catch((error) => ({ error: error.message }));
await fetch("/report", { method: "POST", body: JSON.stringify(report) });
