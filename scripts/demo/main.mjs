// `npm run demo`: a provider shows two of five auditors another history, and is caught. Real processes, sockets, disks
// and proofs; nothing leaves this machine, and nothing stays on it. Exits with 0 only if everything happened as told.
import { strict as assert } from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../dist/platform/system.js";
import { openRecordedLog } from "../../dist/provider/recorded-log.js";
import { startProvider } from "../../dist/provider/server.js";
import { coaudit, makeGroup, startNode } from "./group.mjs";
import { HeadTable } from "./table.mjs";

const NAMESPACE = "demo.key-transparency.v1";
const ORIGIN = "demo.kt/v1";
const NAMES = ["alpha", "bravo", "charlie", "delta", "echo"].map((name) => `${name}.example`);
const VICTIMS = NAMES.slice(3);
const FORK_AT = 17;
const LAST_EPOCH = 24;
const PATIENCE_MS = 45_000;

const fixture = (name) => fileURLToPath(new URL(`../../test/fixtures/akd/${name}`, import.meta.url));
const say = (text) => console.log(`\n${text}`);
const startedAt = performance.now();

const folder = await mkdtemp(join(tmpdir(), "coaudit-demo-"));
const nodes = [];
let provider;
try {
  await tell();
} catch (error) {
  console.error(`\nThe demo failed: ${error.message}`);
  for (const node of nodes) console.error(`\n--- the end of ${node.name}'s log\n${node.logTail()}`);
  process.exitCode = 1;
} finally {
  const exits = await Promise.all(nodes.map((node) => node.stop()));
  await provider?.stop();
  await rm(folder, { recursive: true, force: true });
  if (process.exitCode !== 1 && exits.some((code) => code !== 0)) {
    console.error(`\nA node did not stop cleanly: exit codes ${exits.join(", ")}`);
    process.exitCode = 1;
  }
}

async function tell() {
  say(`A provider publishes a key directory: real AKD trees, ${LAST_EPOCH} epochs, recorded with the akd crate.
From epoch ${FORK_AT} on it shows ${VICTIMS.join(" and ")} another history. Both histories are valid: every proof verifies.`);
  const log = await openRecordedLog({
    directory: fixture("whatsapp_v1-main"),
    fork: { directory: fixture("whatsapp_v1-fork"), atEpoch: FORK_AT },
  });
  provider = await startProvider({ lies: [{ kind: "fork", to: VICTIMS }] }, { log, clock: systemClock });

  say("Five auditors start: each its own process, configuration, keys and LevelDB, connected over TCP.");
  const group = await makeGroup({
    folder,
    names: NAMES,
    namespace: NAMESPACE,
    origin: ORIGIN,
    sourceOf: (name) => provider.urlFor(name),
  });
  for (const member of group) nodes.push(startNode(member));
  const table = new HeadTable(nodes, NAMESPACE);
  await table.until(
    "every auditor audits",
    async () => (await statuses()).every((status) => status?.namespaces[0]?.state === "auditing"),
    PATIENCE_MS,
  );
  table.show();

  say(`Epochs 1 to ${FORK_AT - 1}: each auditor verifies every proof itself, signs, and hears what the others signed.`);
  await publishTo(FORK_AT - 1);
  await table.until(
    `five signatures on epoch ${FORK_AT - 1} everywhere`,
    () => everyNodeHolds(FORK_AT - 1),
    PATIENCE_MS,
  );
  table.show();

  say("A client asks one node, and checks the answer itself with the auditors' public keys:");
  const before = await askQuorum();
  assert.equal(before.exitCode, 0, `the client should have got its quorum, but: ${before.text}`);

  say(`Epoch ${FORK_AT}: the provider shows two histories.`);
  await publishTo(FORK_AT);
  await table.until("every node holds the case, classed split-view", everyNodeConvicts, PATIENCE_MS);
  const latency = await detectionLatency();
  table.show();
  const [caseId] = await openCaseIds(nodes[0]);

  say(`The fork goes on to epoch ${LAST_EPOCH}: the same case, no further alert.`);
  await publishTo(LAST_EPOCH);
  await table.until(`five heads for epoch ${LAST_EPOCH} everywhere`, () => everyNodeHolds(LAST_EPOCH), PATIENCE_MS);
  for (const node of nodes) assert.deepEqual(await openCaseIds(node), [caseId], `${node.name} holds other cases`);
  table.show();

  say("The client asks again:");
  const after = await askQuorum();
  assert.equal(after.exitCode, 3, `the client should have been refused for a conflict, but: ${after.text}`);
  assert.match(after.text, /split-view/);

  say("The case as a file, checked offline with public keys alone:");
  const caseFile = join(folder, "case.json");
  const saved = await coaudit(["evidence", "show", caseId, "--node", nodes[0].url, "--out", caseFile]);
  assert.equal(saved.exitCode, 0, saved.text);
  const verified = await coaudit([
    "evidence",
    "verify",
    caseFile,
    "--roster",
    nodes[0].rosterFile,
    "--fault-bound",
    "1",
  ]);
  console.log(indent(verified.text));
  assert.equal(verified.exitCode, 0, `the case file should verify, but: ${verified.text}`);
  assert.match(verified.text, /split-view/);

  say(`Caught. One case, the same on five nodes: ${caseId.slice(0, 16)}, class split-view (f = 1): no single lying auditor explains it.
Detection latency, from the second conflicting head being signed:
  ${String(latency.opened).padStart(5)} ms until the last node held the case
  ${String(latency.convicted).padStart(5)} ms until the last node had enough heads to convict the provider
The demo took ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
}

async function publishTo(epoch) {
  while (provider.log.newest < epoch) {
    await provider.publishNext();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function statuses() {
  return Promise.all(nodes.map((node) => node.get("/v1/status")));
}

async function everyNodeHolds(epoch) {
  const held = await Promise.all(nodes.map((node) => node.get(`/v1/namespaces/${NAMESPACE}/heads/${epoch}`)));
  return held.every((answer) => answer?.heads?.length === NAMES.length);
}

async function everyNodeConvicts() {
  const cases = await Promise.all(nodes.map((node) => node.get("/v1/evidence")));
  return cases.every((answer) => answer?.cases?.length === 1 && answer.cases[0].class === "split-view");
}

async function openCaseIds(node) {
  return (await node.get("/v1/evidence")).cases.map(({ id }) => id);
}

/** All processes share this machine's clock, so their times can be compared. */
async function detectionLatency() {
  const { heads } = await nodes[0].get(`/v1/namespaces/${NAMESPACE}/heads/${FORK_AT}`);
  const firstOfSide = new Map();
  for (const { digest, timestampMs } of heads) {
    firstOfSide.set(digest, Math.min(timestampMs, firstOfSide.get(digest) ?? Infinity));
  }
  const conflictMs = Math.max(...firstOfSide.values());
  const cases = await Promise.all(nodes.map(async (node) => (await node.get("/v1/evidence")).cases[0]));
  return {
    opened: Math.max(...cases.map(({ openedAtMs }) => openedAtMs)) - conflictMs,
    convicted: Math.max(...cases.map(({ changedAtMs }) => changedAtMs)) - conflictMs,
  };
}

async function askQuorum() {
  const command = [
    "quorum",
    "--node",
    nodes[0].url,
    "--namespace",
    NAMESPACE,
    "--min",
    "4",
    "--roster",
    nodes[0].rosterFile,
  ];
  console.log(`  $ coaudit ${command.join(" ").replace(folder, "DEMO")}`);
  const answer = await coaudit(command);
  console.log(indent(answer.text));
  return answer;
}

function indent(text) {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
}
