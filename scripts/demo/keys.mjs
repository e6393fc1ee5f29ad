// `npm run demo:keys`: a provider tries to read what Alice writes to Bob, four times, and is caught each time. Real
// processes, sockets and proofs; nothing leaves this machine, and nothing stays on it. Exit code 0 only if everything
// happened as it is told.
import { strict as assert } from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { verifyLookupProof } from "../../dist/client/keys/index.js";
import { ChatApp, hexOfText, seal } from "../../examples/chat/chat-app.mjs";
import { providerActs } from "../../examples/chat/provider.mjs";
import { servePage } from "./keys-page.mjs";
import { NAMES, NAMESPACE, openKeysWorld } from "./keys-world.mjs";

const TEXT = "Dinner at eight? The usual place.";
const say = (text) => console.log(`\n${text}`);
const tell = (who, { result, title, advice }) =>
  console.log(`  ${who.padEnd(12)} ${result.padEnd(12)} ${title}. ${advice}`);
const bytes = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));
const startedAt = performance.now();

const { values: options } = parseArgs({
  options: {
    page: { type: "boolean", default: false },
    port: { type: "string", default: "8410" },
    help: { type: "boolean", default: false },
  },
});
if (options.help)
  console.log("npm run demo:keys [-- --page [--port 8410]]; --page: the story with two phones, in a browser");
else if (options.page) await servePage(Number(options.port));
else await tellStory();

async function tellStory() {
  const folder = await mkdtemp(join(tmpdir(), "coaudit-keys-demo-"));
  let world;
  try {
    say(
      "A messenger's provider runs a key directory. Five auditors, each its own process, verify and sign every epoch of it.",
    );
    world = await openKeysWorld({ folder });
    await story(world);
  } catch (error) {
    console.error(`\nThe demo failed: ${error.message}`);
    for (const node of world?.nodes ?? []) console.error(`\n--- the end of ${node.name}'s log\n${node.logTail()}`);
    process.exitCode = 1;
  } finally {
    const exits = (await world?.stop()) ?? [];
    await rm(folder, { recursive: true, force: true });
    if (process.exitCode !== 1 && exits.some((code) => code !== 0)) {
      console.error(`\nA node did not stop cleanly: exit codes ${exits.join(", ")}`);
      process.exitCode = 1;
    }
  }
}

async function story(world) {
  const [alice, bob] = [world.app("alice"), world.app("bob")];
  await world.ready();
  say("Alice has one phone. Bob has had four, and each of them made a new key.");
  await alice.newPhone();
  await world.publish();
  for (let phone = 1; phone <= 4; phone++) {
    await bob.newPhone();
    await world.publish();
  }

  say("1. Alice writes to Bob. Her app gets Bob's key with a proof, and the auditors' signatures from their nodes.");
  const first = await alice.send("bob", TEXT);
  tell("Alice's app", first.result);
  assert.equal(first.kind, "sent");
  assert.equal(first.result.result, "verified");
  const read = await bob.open(first.message);
  assert.equal(read, TEXT);
  console.log(`  Bob reads    "${read}"  Nobody compared a code.`);

  const spy = await spyOf(world);
  const acts = providerActs((path, body) => world.post(path, body), {
    victim: "alice",
    contact: "bob",
    value: spy.value,
  });
  say(
    "2. The provider gives Alice, and nobody else, a key of its own for Bob: a private directory that differs in one place.",
  );
  await acts.swap();
  await world.publish();
  const swapped = await alice.send("bob", TEXT);
  tell("Alice's app", swapped.result);
  expectAlarm(swapped, "wrong-digest");
  const careless = await spy.open(await seal(bytes((await askedByAlice(world)).value), TEXT));
  assert.equal(careless, TEXT);
  console.log(`  An app that does not check would have sent it, and the provider would read "${careless}"`);
  console.log(`  complaint    ${JSON.stringify(swapped.result.complaint).slice(0, 150)}…`);

  say("3. It hides a seventh version in the one directory that all auditors see. Nothing forks; they sign it.");
  await acts.hide(7);
  await world.publish();
  const lookup = await hiddenLookup(world);
  assert.equal(lookup.version, 7);
  console.log(`  a lookup     valid        "Bob's key is version ${lookup.version}": a lookup alone is taken in`);
  const unseen = await bob.checkMyKey();
  tell("Bob's app", unseen);
  assert.equal(unseen.result, "verified");
  console.log("               …since a history of four versions proves the absence of 5 and 6, and not of 7.");
  const hidden = await alice.send("bob", TEXT);
  tell("Alice's app", hidden.result);
  expectAlarm(hidden, "proof-invalid");
  console.log(
    "               …since it asks for a history, which must show that version 6 was retired: what Bob would see.",
  );

  say("4. It gives everybody the same false key for Bob. There is nothing that auditors or Alice could notice.");
  await acts.honest();
  await acts.insert();
  await world.publish();
  const changed = await alice.check("bob");
  tell("Alice's app", changed.result);
  assert.equal(changed.result.result, "changed");
  const mine = await bob.checkMyKey();
  tell("Bob's app", mine);
  expectAlarm({ kind: "refused", result: mine }, "unknown-own-version");
  console.log("               …Bob's own watch finds it, and nobody else can.");

  say(`5. It shows ${NAMES.slice(3).join(" and ")} another directory than the other three.`);
  await acts.split(NAMES.slice(3), world.newest + 1);
  await world.publishSplit();
  const after = await alice.send("bob", TEXT);
  tell("Alice's app", after.result);
  expectAlarm(after, "auditors-conflict");
  const { cases } = await world.nodes[0].get("/v1/evidence");
  console.log(`  auditors     case ${cases[0].id.slice(0, 16)}, ${cases[0].class}, held by all five`);

  say(`Four lies, four refusals. The demo took ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
}

/** The provider as somebody who can decrypt. */
async function spyOf({ delivered: { directory } }) {
  const spy = new ChatApp({ me: "the provider", namespace: NAMESPACE, directory });
  await spy.newPhone();
  const [value] = spy.mine.values();
  return { value, open: (message) => spy.open(message) };
}

async function hiddenLookup(world) {
  const { epoch, digest, proof } = await askedByAlice(world);
  const request = { configuration: "whatsapp_v1", vrfKey: bytes(world.delivered.vrfKey), label: Buffer.from("bob") };
  return verifyLookupProof({ ...request, epoch, digest: bytes(digest) }, bytes(proof));
}

async function askedByAlice(world) {
  return (await fetch(`${world.delivered.directory}alice/keys/${hexOfText("bob")}/lookup`)).json();
}

function expectAlarm({ kind, result }, reason) {
  assert.equal(kind, "refused", "the message should not have been sent");
  assert.deepEqual([result.result, result.reason], ["alarm", reason]);
}
