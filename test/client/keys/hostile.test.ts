/** A directory that answers with whatever may hurt: it is wrong, at once, and nothing is kept of it. */
import { beforeEach, describe, expect, it } from "vitest";
import { encodeHistoryProof, encodeLookupProof } from "../../../src/akd/keys/encode-key-proofs.ts";
import { decodeHistoryProof, decodeLookupProof } from "../../../src/akd/keys/key-proofs.ts";
import type { ContactAnswer } from "../../../src/client/keys/answers.ts";
import { memoryKeys } from "../../../src/client/keys/key-storage.ts";
import { utf8 } from "../../../src/core/bytes.ts";
import { KeyDirectory } from "../../../src/provider/keys/key-directory.ts";
import { SeededRandom } from "../../support/virtual-clock.ts";
import { App, Auditors, answerOf } from "./app.ts";

const random = new SeededRandom(13);
const bob = utf8("bob");
const key = random.bytes(32);

let directory: KeyDirectory;
let app: App;
let answer: Omit<ContactAnswer, "namespace">;

beforeEach(() => {
  directory = new KeyDirectory("whatsapp_v1", new SeededRandom(8).bytes(32));
  const auditors = new Auditors();
  app = new App(directory, auditors, memoryKeys());
  directory.publish([[bob, key]]);
  auditors.sign(directory);
  answer = answerOf(directory, bob, key);
});

const lookupBytes = () => directory.lookup(bob)!;
const historyBytes = () => directory.history(bob, { kind: "most-recent", count: 1 })!;

function found(proof: ContactAnswer["proof"], change: Partial<typeof answer> = {}) {
  return app.verify({ ...answer, ...change, proof });
}

async function keptText(): Promise<string> {
  let text = "";
  await app.storage.update((kept) => {
    text = kept ?? "";
    return undefined;
  });
  return text;
}

describe("a hostile answer", () => {
  it.each([
    ["one byte", new Uint8Array(1), "KEY_PROOF_ENCODING"],
    ["more than a MiB", new Uint8Array(2 ** 20 + 1), "KEY_PROOF_TOO_LARGE"],
    ["a web page", utf8("<!doctype html><title>404</title>"), "KEY_PROOF_ENCODING"],
    ["JSON", utf8('{"error":"not found"}'), "KEY_PROOF_ENCODING"],
    ["a MiB of one byte", new Uint8Array(2 ** 20).fill(10), "KEY_PROOF_ENCODING"],
  ])("of %s is a wrong proof", async (_what, bytes, code) => {
    for (const kind of ["lookup", "most-recent"] as const)
      expect(await found({ kind, bytes })).toMatchObject({ reason: "proof-invalid", complaint: { code } });
    expect(await keptText()).not.toContain("626f62");
  });

  it("with numbers up to 2^53-1, and past it, is a wrong proof", async () => {
    const huge = Number.MAX_SAFE_INTEGER;
    const right = decodeLookupProof(lookupBytes());
    const shown = decodeHistoryProof(historyBytes());
    const codes: string[] = [];
    for (const change of [{ version: huge }, { epoch: huge }, { version: huge, epoch: huge }, { version: 2 ** 20 }]) {
      const updates = [{ ...shown.updates[0]!, ...change }];
      for (const proof of [
        { kind: "lookup", bytes: encodeLookupProof({ ...right, ...change }) },
        { kind: "most-recent", bytes: encodeHistoryProof({ ...shown, updates }) },
      ] as const) {
        for (const epoch of [1, 2 ** 30, huge]) {
          const result = await found(proof, { epoch });
          codes.push(result.result === "alarm" ? (result.complaint.code ?? "none") : result.result);
        }
      }
    }
    expect([...new Set(codes)].sort()).toEqual([
      ...["KEY_PROOF_EPOCH", "KEY_PROOF_MARKERS", "KEY_PROOF_VALUE", "KEY_PROOF_VERSION"],
    ]);
    for (const epoch of [huge + 1, Number.NaN, -1, Number.POSITIVE_INFINITY])
      expect(await found(answer.proof, { epoch })).toMatchObject({ reason: "proof-invalid" });
    // A right proof, said to be of an epoch that nobody will come to: pending, and never more.
    expect(await found({ kind: "lookup", bytes: lookupBytes() }, { epoch: huge })).toMatchObject({ result: "pending" });
  });

  it("with a history as deep as fits is refused by what was asked for, before anything costs", async () => {
    const { updates, ...markers } = decodeHistoryProof(historyBytes());
    const one = updates[0]!;
    const many = Array.from({ length: 2000 }, (_, index) => ({ ...one, version: 2000 - index, epoch: 4000 - index }));
    const bytes = encodeHistoryProof({ ...markers, updates: many });
    expect(bytes.length).toBeLessThan(2 ** 20);
    expect(await found({ kind: "most-recent", bytes }, { epoch: 5000 })).toMatchObject({
      complaint: { code: "KEY_PROOF_EXTENT" },
    });
  });

  it("with a path of thousands of siblings is refused at the first that does not lead up", async () => {
    directory.publish([[utf8("somebody"), key]]);
    const { updates, ...markers } = decodeHistoryProof(historyBytes());
    const { existence, ...one } = updates[0]!;
    const steps = Array.from({ length: 8000 }, () => existence.proof.steps[0]!);
    const deep = { ...one, existence: { ...existence, proof: { ...existence.proof, steps } } };
    const bytes = encodeHistoryProof({ ...markers, updates: [deep] });
    const { epoch, digest } = directory;
    expect(await found({ kind: "most-recent", bytes }, { epoch, digest })).toMatchObject({
      complaint: { code: "KEY_PROOF_PATH" },
    });
  });
});
