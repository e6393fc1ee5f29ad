// What happens on the page, chapter by chapter: the act, and what it leads to. Everything is asked and verified as in
// an app; nothing here says what the result will be.

export const TEXT = "Dinner at eight? The usual place.";
export const NOTICED = "noticed";
const UNSEEN = "could not see it";
const HIDDEN_VERSION = 7;
const MISLED_AUDITORS = ["delta.example", "echo.example"];

export const INTRODUCTION = [
  "When Alice writes to Bob, her phone locks the message with Bob’s key. It gets that key from the messenger’s own server. A server that hands out a key of its own instead can read along, and the chat looks as it always does.",
  "Comparing codes in person would show it. Hardly anybody does that.",
  "There is a way without codes: the server keeps all keys in one public directory, independent auditors watch over it, and the phones ask them. Here are two phones, and a server that tries four ways to cheat.",
];

/** Each has what is told before the act, the act, and what is told after it with what was found. */
export const CHAPTERS = [
  {
    title: "Alice writes to Bob",
    before: [
      "Her app locks the message with Bob’s public key, so that only Bob’s phone can open it. It has that key from the messenger’s own server, and a proof with it: this is what stands in our public directory of keys.",
      "Five independent organisations audit that directory. Alice’s app asks them, too.",
    ],
    button: "Send the message",
    async act({ alice, bob, view }) {
      await send({ alice, bob, view });
    },
    after: ({ milliseconds }) => [
      `The proof fits the directory that the auditors signed. Alice’s app found out by itself, in ${milliseconds} ms. Nobody compared a code.`,
    ],
    noticed: undefined,
  },
  {
    title: "The server cheats: another key, for Alice alone",
    before: [
      "To read along, the server puts a key of its own in Bob’s place. It makes a second directory for that, and shows it to Alice only. Bob and everybody else still see the true one.",
    ],
    button: "Let the server cheat",
    async act({ acts, world, alice, bob, view }) {
      await acts.swap();
      await world.publish();
      await send({ alice, bob, view });
    },
    after: () => [
      "The proof that Alice got is right, but for a directory that no auditor has ever seen. Her app did not send the message.",
      "Without the check it would have been sent, and Bob’s chat would have looked as always.",
    ],
    noticed: { alice: NOTICED, bob: UNSEEN, auditors: UNSEEN },
  },
  {
    title: "It hides a key where everybody can see it",
    before: [
      "Now without a second directory. Into the one that everybody audits, the server slips another key for Bob, as version 7. Bob has had four phones and four keys: he has no reason to ask about a seventh.",
    ],
    button: "Let the server hide a key",
    async act({ acts, world, alice, bob, view }) {
      await acts.honest();
      await acts.hide(HIDDEN_VERSION);
      await world.publish();
      view.lookup(await alice.lookupAlone("bob"));
      await checkOwn({ bob, view });
      await send({ alice, bob, view });
    },
    after: ({ lookup }) => [
      `The simple proof of version ${lookup.version} is ${lookup.valid ? "valid" : "wrong"}, and Bob’s app, going through his own history, does not come across it.`,
      "But Alice’s app asks for more than the simple proof: one that shows that Bob would come across this key. There is none.",
    ],
    noticed: { alice: NOTICED, bob: UNSEEN, auditors: UNSEEN },
  },
  {
    title: "It lies to everybody alike",
    before: [
      "The server enters a false key for Bob for all to see, as if he had bought a new phone. The auditors find nothing wrong with it. They do not know Bob.",
    ],
    button: "Let the server enter a false key",
    async act({ acts, world, alice, bob, view }) {
      await acts.honest();
      await acts.insert();
      await world.publish();
      view.contact(await alice.check("bob"));
      await checkOwn({ bob, view });
    },
    after: () => [
      "Alice’s app says that the key is new, as it would for any new phone. Bob’s app knows which keys are Bob’s, looks into the directory every hour, and finds one that is not.",
      "Nobody else could tell. Bob did not have to do anything for it.",
    ],
    noticed: { alice: "sees a new key", bob: NOTICED, auditors: UNSEEN },
  },
  {
    title: "It shows the auditors two directories",
    before: ["One way is left: the auditors themselves. Two of them are shown another directory than the other three."],
    button: "Let the server split the auditors",
    async act({ acts, world, alice, bob, view }) {
      await acts.honest();
      await acts.split(MISLED_AUDITORS, (await world.newest()) + 1);
      await world.publishSplit();
      await send({ alice, bob, view });
    },
    after: () => [
      "The auditors tell one another what they have signed. Two digests for one epoch are evidence that anybody can check, for ever, and no app relies on this directory any more.",
      "Four ways to cheat, and each was noticed. Nobody had to trust the server, or any single auditor.",
    ],
    noticed: { alice: NOTICED, bob: "had noticed before", auditors: NOTICED },
  },
];

/** As Alice's app does it: asks, verifies, and only then encrypts. */
async function send({ alice, bob, view }) {
  const startedAt = performance.now();
  const outcome = await alice.send("bob", TEXT);
  view.sent(outcome, Math.round(performance.now() - startedAt));
  if (outcome.kind === "sent") view.arrived(await bob.open(outcome.message));
}

async function checkOwn({ bob, view }) {
  view.own(await bob.checkMyKey());
}
