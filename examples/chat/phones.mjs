// The page: two phones, the server between them, and five auditors. story.mjs says what happens.
import { QuorumClient } from "coaudit-client";
import { isKeyProofError, KeyClient, verifyLookupProof } from "coaudit-client/keys";
import { bytesOfHex, bytesOfText, ChatApp, hex, hexOfText } from "./chat-app.mjs";
import { providerActs } from "./provider.mjs";
import { CHAPTERS, INTRODUCTION, NOTICED, TEXT } from "./story.mjs";

const BOBS_PHONES = 4;
/** How each result looks, and its one word. */
const LOOKS = {
  verified: ["good", "✓ Verified"],
  changed: ["warn", "New key"],
  unconfirmed: ["warn", "Not confirmed"],
  pending: ["warn", "Checking…"],
  outdated: ["warn", "Old answer"],
  "not-in-directory": ["warn", "Unknown"],
  alarm: ["bad", "⚠ Alarm"],
};
const TRUE_KEY = "#1a8f6b";
const FALSE_KEY = "#c2185b";
const TREES = ["#3f6fd8", "#d8832b", "#8e5bd0"];
const WHO = { alice: "Alice’s app", bob: "Bob’s app", auditors: "The auditors" };

const $ = (selector) => document.querySelector(selector);

function h(tag, { style, ...properties } = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  if (style !== undefined) element.setAttribute("style", style);
  element.append(...children);
  return element;
}

/** What an app is delivered with, and the controls of the demonstration. */
class World {
  #delivered;

  static async begin() {
    const world = new World();
    world.#delivered = await command("begin");
    return world;
  }

  app(me) {
    const { namespace, policy, nodes, directory, vrfKey } = this.#delivered;
    const keys = new KeyClient({
      quorum: new QuorumClient({ nodes, policy }),
      directories: { [namespace]: { configuration: "whatsapp_v1", vrfKey: bytesOfHex(vrfKey) } },
    });
    const app = new ChatApp({ me, namespace, directory: `${directory}${me}/`, keys });
    return Object.assign(app, { lookupAlone: (contact) => this.#lookupAlone(me, contact) });
  }

  async post(path, body) {
    const response = await fetch(this.#delivered.directory + path, { method: "POST", body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`the directory refuses it: ${await response.text()}`);
  }

  publish = () => command("publish");
  publishSplit = () => command("publish-split");

  async newest() {
    return (await (await fetch(`${this.#delivered.directory}keys`)).json()).epoch;
  }

  /** What each auditor signed for the newest epoch. */
  async heads() {
    const { namespace, nodes } = this.#delivered;
    const epoch = await this.newest();
    const response = await fetch(`${nodes[0]}/v1/namespaces/${namespace}/heads/${epoch}`);
    return { epoch, heads: response.ok ? (await response.json()).heads : [] };
  }

  /** The key that the server hands out, whatever an app makes of it. */
  async handedOut(me, contact) {
    const response = await fetch(`${this.#delivered.directory}${me}/keys/${hexOfText(contact)}/lookup`);
    return (await response.json()).value ?? "";
  }

  /** What an app would know that leaves it at a lookup. */
  async #lookupAlone(me, contact) {
    const { directory, vrfKey } = this.#delivered;
    const response = await fetch(`${directory}${me}/keys/${hexOfText(contact)}/lookup`);
    const { epoch, digest, proof } = await response.json();
    const about = { configuration: "whatsapp_v1", vrfKey: bytesOfHex(vrfKey), label: bytesOfText(contact), epoch };
    try {
      const { version } = verifyLookupProof({ ...about, digest: bytesOfHex(digest) }, bytesOfHex(proof));
      return { valid: true, version };
    } catch (error) {
      if (isKeyProofError(error)) return { valid: false, version: 0 };
      throw error;
    }
  }
}

async function command(name) {
  const response = await fetch(`./${name}`, { method: "POST" });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

/** What the page shows, and the facts that the story tells. */
class View {
  facts = {};
  #alice = { pill: undefined, banner: undefined, messages: [] };
  #bob = { pill: undefined, banner: undefined, messages: [] };
  #keys = { bob: "", spy: "" };
  #server = { alice: "", others: "" };
  #attempt = "none";

  begin(bobsKey, serversKey) {
    this.#keys = { bob: hex(bobsKey), spy: hex(serversKey) };
    this.#server = { alice: this.#keys.bob, others: this.#keys.bob };
  }

  /** A new chapter: what was found before is no news. */
  clear() {
    for (const phone of [this.#alice, this.#bob]) phone.banner = undefined;
    this.#attempt = "none";
  }

  /** What the directory answers, whatever the apps make of it. */
  shown(keys) {
    this.#server = keys;
  }

  sent({ kind, result }, milliseconds) {
    this.facts.milliseconds = milliseconds;
    this.contact({ result });
    this.#attempt = kind;
    this.#alice.messages.push({ side: "out", text: TEXT, isBlocked: kind !== "sent" });
  }

  arrived(text) {
    this.#bob.messages.push({ side: "in", text: text ?? "(cannot be opened)", isBlocked: false });
  }

  contact({ result }) {
    this.#alice.pill = result;
    if (result.result !== "verified") this.#alice.banner = result;
  }

  own(result) {
    this.#bob.pill = result;
    this.#bob.banner = result;
  }

  lookup(found) {
    this.facts.lookup = found;
  }

  async draw(world) {
    drawPhone($("#alice"), { owner: "Alice", contact: "Bob", colour: "#0f766e", ...this.#alice });
    drawPhone($("#bob"), { owner: "Bob", contact: "Alice", colour: "#7c3aed", ...this.#bob });
    this.#drawServer();
    drawAuditors(world === undefined ? { epoch: 0, heads: [] } : await world.heads());
  }

  #drawServer() {
    const { alice, others } = this.#server;
    const isFalse = alice !== "" && alice === this.#keys.spy;
    const [when, what] =
      this.#attempt === "refused"
        ? ["Without the check it could read", `“${TEXT}”`]
        : ["Until Bob’s app warns, it could read", "what Alice sends him now"];
    $(".server").replaceChildren(
      h("h3", {}, "The server hands out, as Bob’s key"),
      h(
        "dl",
        {},
        ...[h("dt", {}, "to Alice"), h("dd", {}, this.#chip(alice))],
        ...[h("dt", {}, "to Bob"), h("dd", {}, this.#chip(others))],
      ),
      h("p", { className: "reads" }, h("strong", {}, "What it can read"), "nothing"),
      ...(isFalse ? [h("p", { className: "reads warn" }, h("strong", {}, when), what)] : []),
    );
  }

  #chip(key) {
    if (key === "") return h("span", { className: "key" }, "nothing yet");
    const colour = key === this.#keys.spy ? FALSE_KEY : TRUE_KEY;
    const whose = key === this.#keys.spy ? "its own" : "Bob’s";
    return h("span", { className: "key", style: `--of: ${colour}` }, `${key.slice(2, 8)} ${whose}`);
  }
}

function drawPhone(phone, { owner, contact, colour, pill, banner, messages }) {
  const isOwn = owner === "Bob";
  const [look, word] = pill === undefined ? ["", "Not checked yet"] : LOOKS[pill.result];
  const status = h("span", { className: `pill ${look}` }, word);
  const name = h("div", {}, h("div", { className: "name" }, contact), isOwn ? "" : status);
  phone.replaceChildren(
    h("div", { className: "bar" }, `${owner}’s phone`),
    h(
      "div",
      { className: "contact" },
      h("span", { className: "avatar", style: `background: ${colour}` }, contact[0]),
      name,
    ),
    ...(banner === undefined
      ? []
      : [
          h(
            "div",
            { className: `banner ${LOOKS[banner.result][0]}`, role: "alert" },
            h("strong", {}, banner.title),
            banner.advice,
          ),
        ]),
    h(
      "div",
      { className: "messages" },
      ...(messages.length === 0 ? [h("p", { className: "note" }, "No messages yet")] : messages.slice(-3).map(bubble)),
    ),
    h("div", { className: "foot" }, isOwn ? "My own key" : "Messages are encrypted", isOwn ? status : ""),
  );
}

function bubble({ side, text, isBlocked }) {
  const note = isBlocked ? "Not sent" : side === "out" ? "Sent, encrypted" : "Decrypted on this phone";
  return h("div", { className: `bubble ${side} ${isBlocked ? "blocked" : ""}` }, text, h("small", {}, note));
}

/** One colour for each digest: auditors who saw the same directory look the same. */
function drawAuditors({ epoch, heads }) {
  const digests = [...new Set(heads.map(({ digest }) => digest))];
  const rows = heads.map(({ auditor, digest }) =>
    h(
      "li",
      {},
      auditor.replace(".example", ""),
      h("span", { className: "key", style: `--of: ${TREES[digests.indexOf(digest)]}` }, digest.slice(0, 6)),
    ),
  );
  const isSplit = digests.length > 1;
  const waiting = h("p", { className: "note" }, "Independent organisations that check the directory and sign it.");
  const same = h("p", { className: "note" }, "The same colour: they saw the same directory.");
  const split = h("p", { className: "bad banner" }, "Two directories for one epoch: evidence against the server.");
  $(".auditors").replaceChildren(
    h("h3", {}, epoch === 0 ? "Five auditors" : `What the auditors signed: epoch ${epoch}`),
    h("ul", {}, ...rows),
    epoch === 0 ? waiting : isSplit ? split : same,
  );
}

function tell(chapter, index, after) {
  $(".steps").replaceChildren(
    ...CHAPTERS.map((_, at) => h("li", { className: at < index || (at === index && after) ? "done" : "" })),
  );
  $("#title").textContent = chapter.title;
  const paragraphs = (texts) => texts.map((text) => h("p", {}, text));
  $("#before").replaceChildren(...paragraphs(chapter.before));
  $("#after").replaceChildren(...paragraphs(after ?? []));
  const noticed = after === undefined ? undefined : chapter.noticed;
  $("#noticed").hidden = noticed === undefined;
  $("#noticed tbody").replaceChildren(
    ...Object.entries(noticed ?? {}).map(([who, what]) =>
      h("tr", {}, h("td", {}, WHO[who]), h("td", { className: what === NOTICED ? "yes" : "no" }, what)),
    ),
  );
}

/** Resolves when the button is pressed. */
function pressed(label) {
  const button = $("#next");
  button.textContent = label;
  button.disabled = false;
  $("#working").textContent = "";
  return new Promise((resolve) => {
    button.onclick = () => {
      button.disabled = true;
      resolve();
    };
  });
}

async function play() {
  const view = new View();
  await view.draw();
  tell({ title: "Before it begins", before: INTRODUCTION }, -1);
  await pressed("Begin");
  $("#working").textContent = "Five auditors are starting, each a program of its own…";
  const world = await World.begin();
  const [alice, bob, spy] = ["alice", "bob", "spy"].map((me) => world.app(me));
  for (const app of [alice, spy]) await app.newPhone();
  await world.publish();
  for (let phone = 1; phone <= BOBS_PHONES; phone++) {
    $("#working").textContent = `Bob gets phone ${phone} of ${BOBS_PHONES}, and the auditors sign its key…`;
    await bob.newPhone();
    await world.publish();
  }
  const [bobsKey, serversKey] = [bob.mine.get(BOBS_PHONES), spy.mine.get(1)];
  view.begin(bobsKey, serversKey);
  view.own(await bob.checkMyKey());
  const acts = providerActs((path, body) => world.post(path, body), {
    victim: "alice",
    contact: "bob",
    value: serversKey,
  });
  for (const [index, chapter] of CHAPTERS.entries()) {
    view.clear();
    tell(chapter, index);
    await view.draw(world);
    await pressed(chapter.button);
    $("#working").textContent = "The directory publishes an epoch, and the auditors verify and sign it…";
    await chapter.act({ world, acts, alice, bob, view });
    view.shown({ alice: await world.handedOut("alice", "bob"), others: await world.handedOut("bob", "bob") });
    await view.draw(world);
    tell(chapter, index, chapter.after(view.facts));
    $(".stage").scrollIntoView({ block: "nearest" });
    document.body.dataset.chapter = String(index + 1);
    await pressed(index + 1 < CHAPTERS.length ? "Go on" : "Begin again");
  }
  location.reload();
}

play().catch((error) => {
  $("#working").textContent = `Something went wrong: ${error.message}. Start the demonstration again.`;
});
