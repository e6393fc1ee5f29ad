/** An app renews which auditors it trusts without a new app, and nobody but its signers decides that. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RenewalOptions, renewPolicy } from "../../../src/client/policy/renew-policy.ts";
import { QuorumClient } from "../../../src/client/quorum-client.ts";
import { memoryTrust, type TrustStorage } from "../../../src/client/trust-state.ts";
import { utf8 } from "../../../src/core/bytes.ts";
import { parsePolicy } from "../../../src/core/policy.ts";
import { formatBundle, type PolicyBundle } from "../../../src/core/policy-bundle.ts";
import { formatNoteKey, parseNote, withSignature } from "../../../src/core/signed-note.ts";
import { ed25519KeyFromSeed, NativeVerifier } from "../../../src/platform/native-ed25519.ts";
import { systemClock } from "../../../src/platform/system.ts";
import { NAMESPACE, ORIGIN } from "../../support/auditors.ts";
import { certificateOf, headsOf, Liars, NOW_MS, policyOf } from "../lying-nodes.ts";

let liars: Liars;
beforeEach(() => {
  liars = new Liars();
});
afterEach(() => liars.close());

const DAY_MS = 86_400_000;
const signers = ["alice", "bob", "carol"].map((name, i) => {
  const key = ed25519KeyFromSeed(new Uint8Array(32).fill(0xa0 + i));
  return { name, ...key };
});

interface Change extends Partial<PolicyBundle> {
  readonly by?: readonly number[];
}

/** A bundle of this version. */
function note(version: number, { by = [0, 1], ...change }: Change = {}): string {
  const text = formatBundle({
    ...{
      app: "messenger.example",
      version,
      issuedMs: NOW_MS - (NOW_MS % 1000),
      expiresMs: NOW_MS - (NOW_MS % 1000) + DAY_MS,
    },
    ...{
      policy: parsePolicy(policyOf(4)),
      origins: new Map([[NAMESPACE, ORIGIN]]),
      vrfKeys: new Map(),
      settlements: [],
    },
    ...change,
  });
  return by.reduce((signed, index) => {
    const signer = signers[index]!;
    return withSignature(parseNote(signed), signer, signer.sign(utf8(text)));
  }, `${text}\n`);
}

const at = (text: string | Buffer, status = 200): Promise<string> =>
  liars.listening((_request, response) => response.writeHead(status).end(text));

function renew(options: Partial<RenewalOptions> = {}): ReturnType<typeof renewPolicy> {
  const vkeys = signers.map(({ name, publicKey }) => formatNoteKey({ name, publicKey }));
  const all = { app: "messenger.example", signers: vkeys, threshold: 2, builtIn: note(3), urls: [], ...options };
  return renewPolicy(all, { verifier: new NativeVerifier() });
}

describe("a renewed policy", () => {
  it("is the newest that enough signers stand behind, wherever it is", async () => {
    const urls = [await at(note(4)), await at(note(6, { by: [1, 2] })), await at(note(5)), await at(note(2))];
    const found = await renew({ urls });
    expect(found).toMatchObject({ bundle: { version: 6 }, source: urls[1], problems: [] });
    expect(found.alarm).toBeUndefined();
  });

  it("is that of the app where nothing newer is right, and each URL says why", async () => {
    const forged = note(9).replace("version 9", "version 8");
    const urls = await Promise.all([
      at(note(9, { by: [0] })),
      at(forged),
      at(note(9, { app: "another.example" })),
      at("hello"),
      at(Buffer.from([0xff, 0xfe])),
      at(note(9), 404),
      at("x".repeat(5_000_000)),
    ]);
    const found = await renew({ urls: [...urls, "http://127.0.0.1:1"] });
    expect(found).toMatchObject({ bundle: { version: 3 }, source: "app" });
    expect(found.problems.map(({ source }) => source).sort()).toEqual([...urls, "http://127.0.0.1:1"].sort());
    const reasons = found.problems.map(({ reason }) => reason).join("\n");
    expect(reasons).toContain("1 of the app's 3 keys signed it, 2 are needed");
    expect(reasons).toContain("0 of the app's 3 keys signed it, 2 are needed");
  });

  it("is kept, and never older than the one held or the one in the app", async () => {
    const storage = memoryTrust();
    await renew({ storage, urls: [await at(note(7))] });
    expect(await renew({ storage, urls: [await at(note(6))] })).toMatchObject({
      bundle: { version: 7 },
      source: "held",
    });
    expect(await renew({ storage, builtIn: note(8) })).toMatchObject({ bundle: { version: 8 }, source: "app" });
    // A held one that the new app's signers did not sign says nothing; the app's own is the floor.
    await storage.write(note(99, { by: [2] }));
    expect(await renew({ storage })).toMatchObject({ bundle: { version: 3 }, problems: [{ source: "held" }] });
  });

  it("takes what another page kept while this one verified", async () => {
    const kept: string[] = [];
    const looks = [undefined, note(6), note(6)];
    const storage: TrustStorage = {
      read: async () => (looks.length > 1 ? looks.shift() : looks[0]),
      write: async (text) => void kept.push(text),
    };
    expect(await renew({ storage, urls: [await at(note(5))] })).toMatchObject({
      bundle: { version: 6 },
      source: "held",
      problems: [],
    });
    expect(kept).toEqual([]);
  });

  it("is kept in the end, though a storage changes at each look", async () => {
    let looks = 0;
    const storage: TrustStorage = { read: async () => note(100, { by: [looks++ % 3] }), write: async () => undefined };
    const found = await renew({ storage, urls: [await at(note(5))] });
    expect(found).toMatchObject({ bundle: { version: 5 }, problems: [{ source: "held" }] });
    expect(looks).toBeLessThan(10);
  });

  it("alarms for other bytes of the held version, and keeps what was held", async () => {
    const storage = memoryTrust();
    await renew({ storage, urls: [await at(note(7))] });
    const other = note(7, { policy: parsePolicy(policyOf(3)), by: [1, 2] });
    const found = await renew({ storage, urls: [await at(other)] });
    expect(found).toMatchObject({ source: "held", alarm: { version: 7, notes: [note(7), other] } });
    expect(found.bundle.policy.groups[0]?.threshold).toBe(4);
    // Two new ones of one version: neither is believed; a newer sound one is.
    const forked = [await at(note(8)), await at(note(8, { expiresMs: NOW_MS - (NOW_MS % 1000) + 2 * DAY_MS }))];
    expect(await renew({ storage, urls: forked })).toMatchObject({ bundle: { version: 7 }, alarm: { version: 8 } });
    expect(await renew({ storage, urls: [...forked, await at(note(9))] })).toMatchObject({
      bundle: { version: 9 },
      alarm: { version: 8 },
    });
  });

  it("takes another set of signatures over the same text for the same", async () => {
    const storage = memoryTrust();
    await renew({ storage, urls: [await at(note(7))] });
    const found = await renew({ storage, urls: [await at(note(7, { by: [1, 2] }))] });
    expect(found.alarm).toBeUndefined();
  });

  it("is used though it can't be kept, and says so", async () => {
    const full: TrustStorage = {
      read: async () => undefined,
      write: async () => {
        throw new Error("quota exceeded");
      },
    };
    expect(await renew({ storage: full, urls: [await at(note(4))] })).toMatchObject({
      bundle: { version: 4 },
      notStored: "quota exceeded",
    });
  });

  it("becomes the options of a client; past its end every result says so, and is not changed by it", async () => {
    const node = await liars.certificate(certificateOf(headsOf([0, 1, 2, 3])));
    const { options } = await renew();
    const atTime = (nowMs: number) =>
      new QuorumClient(
        { nodes: [node], ...options, maxAgeMs: 1e15 },
        { clock: { ...systemClock, now: () => nowMs }, verifier: new NativeVerifier() },
      );
    const before = await atTime(NOW_MS).latest(NAMESPACE);
    expect(before).toMatchObject({ result: "satisfied", head: { origin: ORIGIN } });
    expect(before).not.toHaveProperty("policyExpiredMs");
    const after = atTime(NOW_MS + 2 * DAY_MS);
    const found = [
      await after.latest(NAMESPACE),
      await after.at(NAMESPACE, 17),
      await after.check(NAMESPACE, 17, "ab".repeat(32)),
      await after.verify(certificateOf(headsOf([0, 1, 2, 3])), 17),
    ];
    expect(found.map(({ result }) => result)).toEqual(["satisfied", "satisfied", "wrong-digest", "satisfied"]);
    for (const one of found) {
      expect(one.policyExpiredMs).toBe(options.policyExpiresMs);
      expect(one.details.map(({ id }) => id)).toContain("policy-expired");
    }
  });

  it.each<[string, Partial<RenewalOptions>, string]>([
    ["a bundle of the app that is not signed", { builtIn: note(3, { by: [0] }) }, "BUNDLE_INVALID"],
    ["no signers", { signers: [] }, "USAGE"],
    ["a signer twice", { signers: Array(2).fill(formatNoteKey(signers[0]!)) as string[] }, "USAGE"],
    ["more than there are", { threshold: 4 }, "USAGE"],
    ["a signer that is none", { signers: ["alice"] }, "VKEY_INVALID"],
    ["a URL that is none", { urls: ["policy.note"] }, "USAGE"],
    ["an option that is none", { url: "https://a.example" } as object, "USAGE"],
    ["a bundle that is none", { builtIn: 7 as unknown as string }, "ENCODING_INVALID"],
  ])("is refused for %s", async (_what, options, code) => {
    await expect(renew(options)).rejects.toMatchObject({ code });
  });
});
