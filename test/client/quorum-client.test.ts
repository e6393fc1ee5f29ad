import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fileTrust } from "../../src/client/node/file-trust.ts";
import { memoryTrust, TrustState, webStorageTrust } from "../../src/client/trust-state.ts";
import { toHex } from "../../src/core/bytes.ts";
import { digestOf, NAMESPACE } from "../support/auditors.ts";
import { AUDITORS, certificateOf, client, headsOf, Liars, policyOf } from "./lying-nodes.ts";

let liars: Liars;
beforeEach(() => {
  liars = new Liars();
});
afterEach(() => liars.close());

const ofEpoch = (epoch: number, ...indexes: number[]) => certificateOf(headsOf(indexes, epoch));
const shown = toHex(digestOf(1, 17));

describe("a reader of heads", () => {
  it("learns the newest epoch that its policy accepts, from the signatures of all nodes together", async () => {
    const nodes = [await liars.holding(ofEpoch(17, 0, 1)), await liars.holding(ofEpoch(17, 1, 2, 3))];
    const result = await client(nodes).latest(NAMESPACE);
    expect(result).toMatchObject({
      result: "satisfied",
      head: { epoch: 17, digest: shown },
      signers: ["a", "b", "c", "d"].map((letter) => ({ auditor: `${letter}.example` })),
      missing: [{ auditor: "e.example", flaw: "absent" }],
      explanation: "4 of 5 auditors signed this digest, 4 are enough",
    });
  });

  it("asks again for an older epoch where the newest has signatures, but not those that the policy asks for", async () => {
    const node = await liars.listening((request, response) => {
      const min = Number(new URL(request.url ?? "", "http://x").searchParams.get("min"));
      const certificate = min <= 2 ? ofEpoch(18, 1, 2, 3) : ofEpoch(17, 0, 1, 2, 3);
      response.end(JSON.stringify({ certificate }));
    });
    const witnesses = policyOf(4).split("\n").slice(0, 5).join("\n");
    const policy = `${witnesses}\ngroup others 1 w1 w2 w3 w4\ngroup both all w0 others\nquorum both\n`;
    expect(await client([node], { policy }).latest(NAMESPACE)).toMatchObject({
      result: "satisfied",
      head: { epoch: 17 },
    });
  });

  it("tells an epoch that is not audited yet from one that too few signed", async () => {
    const node = await liars.holding(ofEpoch(15, 0), ofEpoch(18, 0, 1), ofEpoch(17, 0, 1, 2, 3));
    const assumptions = client([node]);
    expect(await assumptions.at(NAMESPACE, 15)).toMatchObject({ result: "not-enough", signers: [{}] });
    expect(await assumptions.at(NAMESPACE, 18)).toMatchObject({
      result: "pending",
      acceptedEpoch: 17,
      signers: [{}, {}],
    });
    expect(await assumptions.at(NAMESPACE, 19)).toMatchObject({ result: "pending", acceptedEpoch: 17, signers: [] });
    expect(await assumptions.at(NAMESPACE, 17)).toMatchObject({ result: "satisfied" });
  });

  it("accepts an old epoch that it asks for by number, late heads included", async () => {
    const late = certificateOf(AUDITORS.map((auditor) => auditor.lateHead(17, digestOf(1, 17))));
    const assumptions = client([await liars.holding(late)], { maxAgeMs: 1000 });
    expect(await assumptions.at(NAMESPACE, 17)).toMatchObject({
      result: "satisfied",
      signers: [{ late: true }, {}, {}, {}, {}],
    });
    expect((await assumptions.latest(NAMESPACE)).result).not.toBe("satisfied");
  });

  it("verifies a certificate from anywhere, offline", async () => {
    const assumptions = client([]);
    expect(await assumptions.verify(ofEpoch(17, 0, 1, 2, 3))).toMatchObject({ result: "satisfied", nodes: [] });
    expect(await assumptions.verify(ofEpoch(17, 0, 1, 2))).toMatchObject({ result: "not-enough" });
    await expect(assumptions.verify(JSON.parse("null"))).rejects.toMatchObject({ code: "CERTIFICATE_INVALID" });
    await expect(assumptions.verify({ ...ofEpoch(17, 0), digest: "0" })).rejects.toMatchObject({
      code: "CERTIFICATE_INVALID",
    });
    expect(await assumptions.latest(NAMESPACE)).toMatchObject({
      result: "no-answer",
      explanation: "no node was asked: `nodes` is empty",
    });
  });

  it("refuses a policy that it can't use, and text that is no URL", () => {
    expect(() => client([], { policy: "quorum none\n" })).toThrow("accepts every head");
    expect(() => client(["ftp://x"])).toThrow("neither http:// nor https://");
    expect(() => client(Array(17).fill("http://x"))).toThrow("at most 16");
  });
});

describe("the digest that a reader was shown", () => {
  it("is the one that the auditors saw", async () => {
    const assumptions = client([await liars.holding(ofEpoch(17, 0, 1, 2, 3))]);
    expect(await assumptions.check(NAMESPACE, 17, shown.toUpperCase())).toMatchObject({ result: "satisfied" });
    expect(await assumptions.check(NAMESPACE, 17, digestOf(1, 17))).toMatchObject({ result: "satisfied" });
  });

  it("is another: there is a report to keep, which proves by itself what the auditors saw", async () => {
    const assumptions = client([await liars.holding(ofEpoch(17, 0, 1, 2, 3))]);
    const wrong = toHex(digestOf(2, 17));
    const result = await assumptions.check(NAMESPACE, 17, wrong);
    expect(result).toMatchObject({ result: "wrong-digest", shownDigest: wrong, head: { digest: shown } });
    if (result.result !== "wrong-digest") throw new Error();
    expect(result.report).toMatchObject({ format: "coaudit/wrong-digest/v1", epoch: 17, shownDigest: wrong });
    const kept = JSON.parse(JSON.stringify(result.report));
    expect(await client([]).verify(kept.certificate, 17)).toMatchObject({ result: "satisfied" });
  });

  it("is neither right nor wrong where too few have audited its epoch", async () => {
    const assumptions = client([await liars.holding(ofEpoch(17, 0, 1))]);
    expect(await assumptions.check(NAMESPACE, 17, digestOf(2, 17))).toMatchObject({ result: "pending" });
  });

  it("never leaves the reader, in whatever form", async () => {
    const wrong = digestOf(0x5a, 17);
    const assumptions = client([await liars.holding(ofEpoch(17, 0, 1, 2, 3))]);
    await assumptions.check(NAMESPACE, 17, wrong);
    await assumptions.check(NAMESPACE, 17, toHex(wrong));
    expect(liars.asked.length).toBeGreaterThan(0);
    for (const question of liars.asked) {
      expect(question.toLowerCase()).not.toContain("5a5a5a");
      expect(question).not.toContain(Buffer.from(wrong).toString("base64").slice(4, 20));
    }
  });

  it("has 32 bytes", async () => {
    await expect(client([]).check(NAMESPACE, 17, "00")).rejects.toMatchObject({ code: "ENCODING_INVALID" });
  });
});

describe("what a reader has accepted", () => {
  it("outlives the program in a file, readable by its owner only, and in a page's storage", async () => {
    const folder = mkdtempSync(join(tmpdir(), "coaudit-trust-"));
    const file = join(folder, "trust.json");
    const items = new Map<string, string>();
    const page = {
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (k: string, v: string) => items.set(k, v),
    };
    try {
      for (const storage of [() => fileTrust(file), () => webStorageTrust(page)]) {
        const newer = await liars.holding(ofEpoch(18, 0, 1, 2, 3));
        await client([newer], { trustState: storage() }).latest(NAMESPACE);
        expect(await new TrustState(storage()).get(NAMESPACE)).toMatchObject({ entry: { epoch: 18 } });
        const older = await liars.holding(ofEpoch(17, 0, 1, 2, 3));
        const result = await client([older], { trustState: storage() }).latest(NAMESPACE);
        expect(result).toMatchObject({ result: "satisfied", head: { epoch: 18 } });
      }
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(JSON.parse(readFileSync(file, "utf8")).format).toBe("coaudit/trust/v1");
      writeFileSync(file, "{");
      await expect(client([], { trustState: fileTrust(file) }).latest(NAMESPACE)).rejects.toMatchObject({
        code: "TRUST_STATE_INVALID",
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("is refused, never ignored, when it is damaged or about another origin", async () => {
    const node = await liars.holding(ofEpoch(17, 0, 1, 2, 3));
    const trustState = memoryTrust();
    await client([node], { trustState }).latest(NAMESPACE);
    const elsewhere = client([node], { trustState, origins: { [NAMESPACE]: "other.kt/v1" } });
    // Where the nodes are believed about the new origin, the state contradicts it.
    await expect(elsewhere.verify({ ...ofEpoch(17, 0), origin: "other.kt/v1" })).rejects.toMatchObject({
      code: "TRUST_STATE_INVALID",
    });
    for (const text of [
      "",
      "null",
      "{}",
      '{"format":"coaudit/trust/v1"}',
      '{"format":"coaudit/trust/v1","namespaces":{"x":{}}}',
    ]) {
      await trustState.write(text);
      await expect(client([node], { trustState }).latest(NAMESPACE)).rejects.toMatchObject({
        code: "TRUST_STATE_INVALID",
      });
    }
  });

  it("is whole in a file that several write at once, and leaves nothing beside it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "coaudit-trust-"));
    const file = join(folder, "trust.json");
    const entry = { origin: "o", epoch: 3, digest: shown, certificate: ofEpoch(17, 0) };
    try {
      const writers = Array.from({ length: 20 }, () => new TrustState(fileTrust(file)));
      await Promise.all(writers.map((writer) => writer.accept(NAMESPACE, entry)));
      expect((await new TrustState(fileTrust(file)).get(NAMESPACE)).entry?.epoch).toBe(3);
      expect(readdirSync(folder)).toEqual(["trust.json"]);
      await expect(new TrustState(fileTrust(join(folder, "none", "x"))).accept(NAMESPACE, entry)).rejects.toThrow();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("never goes down, though several write at once", async () => {
    const storage = memoryTrust();
    const [one, other] = [new TrustState(storage), new TrustState(storage)];
    const entry = (epoch: number) => ({ origin: "o", epoch, digest: shown, certificate: ofEpoch(17, 0) });
    await Promise.all([3, 9, 5, 7].map((epoch) => one.accept(NAMESPACE, entry(epoch))));
    await other.accept(NAMESPACE, entry(8));
    expect((await one.get(NAMESPACE)).entry?.epoch).toBe(9);
  });
});
