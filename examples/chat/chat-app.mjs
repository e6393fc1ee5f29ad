// A small messenger that verifies the key of whoever it writes to, by itself, before it sends: what
// docs/key-verification.md describes, in an app. It runs in Node and in a page; `keys` is a KeyClient of
// coaudit-client/keys.
//
// The directory is any server that answers as `coaudit provider serve --live` does. The cipher is a toy that fits on a
// screen; your messenger has a better one.

const CURVE = { name: "ECDH", namedCurve: "P-256" };
const CIPHER = { name: "AES-GCM", length: 256 };
const ANSWER_MS = 30_000;

export class ChatApp {
  /** All public keys that this person ever published, by version: what the directory may show in this name. */
  mine = new Map();
  #privateKeys = [];
  #me;
  #namespace;
  #directory;
  #keys;

  constructor({ me, namespace, directory, keys }) {
    this.#me = me;
    this.#namespace = namespace;
    this.#directory = directory;
    this.#keys = keys;
  }

  /** A new phone has a new key. It is in the directory with its next epoch. */
  async newPhone() {
    const pair = await crypto.subtle.generateKey(CURVE, true, ["deriveKey"]);
    const value = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
    const entries = [{ label: hexOfText(this.#me), value: hex(value) }];
    const response = await fetch(`${this.#directory}keys`, { method: "POST", body: JSON.stringify({ entries }) });
    if (!response.ok) throw new Error(`the directory refuses the key: ${await response.text()}`);
    this.mine.set(this.mine.size + 1, value);
    this.#privateKeys.push(pair.privateKey);
  }

  /** Is the key that the server gives for this contact the contact's? `value` is that key. */
  async check(contact) {
    const byLookup = await this.#checkBy(contact, "lookup");
    const { result } = byLookup;
    // A new contact, or a new key: only a history shows that the contact can see it too.
    const isNew = result.result === "unconfirmed" && result.reason === "lookup-only";
    return isNew ? this.#checkBy(contact, "most-recent") : byLookup;
  }

  /**
   * Sends nothing unless the key is verified. `changed` is verified too: the app says so, once. `waiting` until the
   * auditors have come to the directory's newest epoch: a few seconds, and then it is sent.
   */
  async send(contact, text) {
    const { result, value } = await this.check(contact);
    switch (result.result) {
      case "verified":
      case "changed":
        return { kind: "sent", result, message: await seal(value, text) };
      case "pending":
        return { kind: "waiting", result };
      default:
        return { kind: "refused", result };
    }
  }

  /** Decrypts with whichever of the own keys it was meant for. */
  async open(message) {
    for (const privateKey of this.#privateKeys) {
      const text = await unseal(privateKey, message).catch(() => undefined);
      if (text !== undefined) return text;
    }
    return undefined;
  }

  /** What nobody else can do for this person: are all versions in the directory ones that I published? */
  async checkMyKey() {
    const label = bytesOfText(this.#me);
    const answer = await this.#ask(this.#me, "history?params=complete");
    const proof = answer.proof === undefined ? { kind: "none" } : { kind: "history", bytes: answer.proof };
    const { epoch, digest, vrfKey } = answer;
    return this.#keys.verifyHistory({
      ...{ namespace: this.#namespace, label, epoch, digest, vrfKey, proof },
      mine: this.mine,
    });
  }

  async #checkBy(contact, kind) {
    const answer = await this.#ask(contact, kind === "lookup" ? "lookup" : "history?params=most-recent:1");
    const { epoch, digest, vrfKey, value } = answer;
    const proof = answer.proof === undefined ? { kind: "none" } : { kind, bytes: answer.proof };
    const result = await this.#keys.verifyContact({
      ...{ namespace: this.#namespace, label: bytesOfText(contact), value, epoch, digest, vrfKey, proof },
    });
    return { result, value };
  }

  async #ask(person, question) {
    // A redirect would tell somebody else whom this person writes to.
    const limits = { redirect: "error", signal: AbortSignal.timeout(ANSWER_MS) };
    const response = await fetch(`${this.#directory}keys/${hexOfText(person)}/${question}`, limits);
    if (response.status === 404) return { epoch: 0, digest: new Uint8Array(32), value: new Uint8Array() };
    if (!response.ok) throw new Error(`the directory does not answer: ${response.status}`);
    const { epoch, digest, vrfKey, value, proof } = await response.json();
    const [digestBytes, vrfKeyBytes, valueBytes, proofBytes] = [digest, vrfKey, value, proof].map(bytesOfHex);
    return { epoch, digest: digestBytes, vrfKey: vrfKeyBytes, value: valueBytes, proof: proofBytes };
  }
}

/** To whom belongs the private key behind `publicKey`, and nobody else. */
export async function seal(publicKey, text) {
  const once = await crypto.subtle.generateKey(CURVE, true, ["deriveKey"]);
  const recipient = await crypto.subtle.importKey("raw", publicKey, CURVE, false, []);
  const secret = await crypto.subtle.deriveKey({ ...CURVE, public: recipient }, once.privateKey, CIPHER, false, [
    "encrypt",
  ]);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const bytes = await crypto.subtle.encrypt({ name: CIPHER.name, iv }, secret, bytesOfText(text));
  return { from: await crypto.subtle.exportKey("raw", once.publicKey), iv, bytes };
}

async function unseal(privateKey, { from, iv, bytes }) {
  const sender = await crypto.subtle.importKey("raw", from, CURVE, false, []);
  const secret = await crypto.subtle.deriveKey({ ...CURVE, public: sender }, privateKey, CIPHER, false, ["decrypt"]);
  return new TextDecoder().decode(await crypto.subtle.decrypt({ name: CIPHER.name, iv }, secret, bytes));
}

export const bytesOfText = (text) => new TextEncoder().encode(text);
export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
export const hexOfText = (text) => hex(bytesOfText(text));

export function bytesOfHex(text) {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
