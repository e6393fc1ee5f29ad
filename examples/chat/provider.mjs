// What the provider of a directory can do to somebody's key: each act hands something in for the next epoch, or says
// what is answered from then on (docs/key-verification.md, Its lies). `post` sends it to a practice directory.
import { hex, hexOfText } from "./chat-app.mjs";

export function providerActs(post, { victim, contact, value }) {
  const label = hexOfText(contact);
  const entry = { label, value: hex(value) };
  return {
    /** From now on everybody is told the truth. */
    honest: () => post("keys/lies", { lies: [] }),

    /** A directory for the victim alone, with another key in one place. */
    async swap() {
      await post("keys", { branch: "new-fork", entries: [entry] });
      await post("keys/lies", { lies: [{ kind: "fork", to: [victim] }] });
    },

    /** A version that nobody made, in everybody's directory; only the victim is shown it. */
    async hide(version) {
      await post("keys", { hidden: [{ ...entry, version }] });
      await post("keys/lies", { lies: [{ kind: "hidden-version", to: [victim], label }] });
    },

    /** A new version for everybody, as if the contact had a new phone. */
    insert: () => post("keys", { entries: [entry] }),

    /** Another directory for some of the auditors. */
    async split(auditors, from) {
      await post("keys", { branch: "new-fork" });
      await post("keys/lies", { lies: [{ kind: "fork", to: auditors, from }] });
    },
  };
}
