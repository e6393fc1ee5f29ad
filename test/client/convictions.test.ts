/** What convicted somebody once is known for good: one node may have shown it to this reader once. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { memoryTrust, type TrustStorage } from "../../src/client/trust-state.ts";
import { toBase64, toHex } from "../../src/core/bytes.ts";
import { encodeStatement } from "../../src/core/statement-codec.ts";
import { digestOf, NAMESPACE } from "../support/auditors.ts";
import { AUDITORS, casesOf, certificateOf, client, headsOf, Liars } from "./lying-nodes.ts";

let liars: Liars;
let trustState: TrustStorage;
beforeEach(() => {
  liars = new Liars();
  trustState = memoryTrust();
});
afterEach(() => liars.close());

const honest = certificateOf(headsOf([0, 1, 2, 3], 18));
const fork = casesOf([...headsOf([0, 1, 2], 16), ...headsOf([3, 4], 16, 2)]);
const convicting = certificateOf(headsOf([0, 1, 2, 3], 18), fork);

const PROVIDER = expect.objectContaining({ convicts: "provider" });
const equivocation = (index: number, epoch: number) => [...headsOf([index], epoch), ...headsOf([index], epoch, 2)];

describe("a conviction", () => {
  it("is known to the next program with the same trust state, though no node shows it any more", async () => {
    expect(await client([await liars.certificate(convicting)], { trustState }).latest(NAMESPACE)).toMatchObject({
      result: "conflict",
    });
    const later = client([await liars.certificate(honest)], { trustState });
    const found = await later.latest(NAMESPACE);
    expect(found).toMatchObject({ result: "conflict", cases: [{ convicts: "provider" }] });
    expect(found.result === "conflict" && found.files).toHaveLength(1);
    // Offline, too; and what lies below it is answered, with a warning.
    expect(await later.verify(honest)).toMatchObject({ result: "conflict" });
    const below = certificateOf(headsOf([0, 1, 2, 3], 15));
    expect(await client([], { trustState }).verify(below, 15)).toMatchObject({ messageId: "satisfied.warned" });
  });

  it("stays when newer epochs are accepted, and ends with what people settle", async () => {
    await client([await liars.certificate(convicting)], { trustState }).latest(NAMESPACE);
    const side = (branch: number, indexes: readonly number[]): [string, string[]] => [
      toHex(digestOf(branch, 16)),
      indexes.map((index) => AUDITORS[index]!.name),
    ];
    const sides = Object.fromEntries([side(1, [0, 1, 2]), side(2, [3, 4])]);
    const settlement = { namespace: NAMESPACE, first: 16, last: 16, sides, trust: toHex(digestOf(1, 16)), note: "" };
    const settled = client([await liars.certificate(honest)], { trustState, settlements: [settlement] });
    expect(await settled.latest(NAMESPACE)).toMatchObject({ result: "satisfied", head: { epoch: 18 } });
    // Who withdraws the settlement is warned again.
    expect(await client([await liars.certificate(honest)], { trustState }).latest(NAMESPACE)).toMatchObject({
      result: "conflict",
    });
  });

  it("is not pushed out by any number of lesser cases", async () => {
    await client([await liars.certificate(convicting)], { trustState }).latest(NAMESPACE);
    for (const first of [20, 36, 52]) {
      const leads = Array.from({ length: 16 }, (_, i) => first + i).flatMap((epoch) =>
        casesOf([...headsOf([0, 1, 2], epoch), ...headsOf([3], epoch, 2)]),
      );
      expect(leads).toHaveLength(16);
      const node = await liars.certificate(certificateOf(headsOf([0, 1, 2, 3], 18), leads));
      expect(await client([node], { trustState }).latest(NAMESPACE)).toMatchObject({ result: "conflict" });
    }
    expect(await client([await liars.certificate(honest)], { trustState }).latest(NAMESPACE)).toMatchObject({
      result: "conflict",
    });
  });

  it("of the provider is not pushed out by an auditor that lies in any number of epochs", async () => {
    await client([await liars.certificate(convicting)], { trustState }).latest(NAMESPACE);
    const lies = Array.from({ length: 16 }, (_, i) => casesOf(equivocation(4, 20 + i))).flat();
    expect(lies).toHaveLength(16);
    const node = await liars.certificate(certificateOf(headsOf([0, 1, 2, 3], 18), lies));
    const flooded = await client([node], { trustState }).latest(NAMESPACE);
    expect(flooded).toMatchObject({ result: "conflict", cases: expect.arrayContaining([PROVIDER]) });
    const later = await client([await liars.certificate(honest)], { trustState }).latest(NAMESPACE);
    expect(later).toMatchObject({ result: "conflict", cases: expect.arrayContaining([PROVIDER]) });
  });

  it("of one auditor is not pushed out by another's, which are more", async () => {
    const first = certificateOf(headsOf([0, 1, 2, 3], 18), casesOf(equivocation(3, 17)));
    await client([await liars.certificate(first)], { trustState }).latest(NAMESPACE);
    const lies = Array.from({ length: 16 }, (_, i) => casesOf(equivocation(4, 20 + i))).flat();
    const node = await liars.certificate(certificateOf(headsOf([0, 1, 2, 3], 18), lies));
    await client([node], { trustState }).latest(NAMESPACE);
    const { cases } = await client([await liars.certificate(honest)], { trustState }).verify(honest);
    for (const index of [3, 4]) {
      expect(cases).toContainEqual(expect.objectContaining({ convicts: { auditor: AUDITORS[index]!.name } }));
    }
  });

  it("is told though it can't be stored, and that is a field of the result", async () => {
    const full: TrustStorage = {
      read: async () => undefined,
      write: async () => {
        throw new Error("quota exceeded");
      },
    };
    const found = await client([await liars.certificate(convicting)], { trustState: full }).latest(NAMESPACE);
    expect(found).toMatchObject({ result: "conflict", notStored: expect.stringContaining("quota exceeded") });
  });

  it("takes no more room than a page has", async () => {
    const large = { ...fork[0]!, exhibits: fork[0]!.exhibits.concat(Array(100).fill("A".repeat(4_000))) };
    const node = await liars.certificate({ ...convicting, cases: [large] });
    await client([node], { trustState }).latest(NAMESPACE);
    expect(((await trustState.read()) ?? "").length).toBeLessThan(300_000);
  });

  it("that is damaged in the state makes the state unusable, not empty", async () => {
    await trustState.write(
      JSON.stringify({ format: "coaudit/trust/v1", namespaces: {}, convictions: { [NAMESPACE]: [7] } }),
    );
    await expect(client([await liars.certificate(honest)], { trustState }).latest(NAMESPACE)).rejects.toMatchObject({
      code: "TRUST_STATE_INVALID",
    });
  });
});

describe("an accusation that heads took back", () => {
  it("is forgotten: a certificate is not refused offline for it", async () => {
    const blob = `17/${toHex(digestOf(1, 16))}/${toHex(digestOf(1, 17))}`;
    const observed = [3, 4].map((index) => AUDITORS[index]!.observation(17, "invalid-proof", [blob], [digestOf(1, 7)]));
    const accused = certificateOf(headsOf([0, 1, 2, 3], 18), casesOf(observed));
    expect(await client([await liars.certificate(accused)], { trustState }).latest(NAMESPACE)).toMatchObject({
      result: "conflict",
    });
    const heads = headsOf([4], 17).map((head) => ({ statement: toBase64(encodeStatement(head)) }));
    const speaksForIt = await liars.listening((request, response) => {
      response.end(JSON.stringify(request.url?.includes("/heads/") ? { heads } : { certificate: honest }));
    });
    const later = client([speaksForIt], { trustState });
    expect(await later.latest(NAMESPACE)).toMatchObject({ result: "satisfied" });
    expect(await later.verify(honest)).toMatchObject({ result: "satisfied" });
    expect(await client([], { trustState }).verify(honest)).toMatchObject({ result: "satisfied" });
  });
  it("alone is forgotten, when as many are known as a certificate holds", async () => {
    const blobs = (epoch: number) => [`${epoch}/${toHex(digestOf(1, epoch - 1))}/${toHex(digestOf(1, epoch))}`];
    const accusation = (epoch: number) =>
      casesOf(
        [3, 4].map((index) => AUDITORS[index]!.observation(epoch, "invalid-proof", blobs(epoch), [digestOf(1, 7)])),
      );
    const all = Array.from({ length: 16 }, (_, i) => accusation(2 + 2 * i)).flat();
    expect(all).toHaveLength(16);
    const accused = await liars.certificate(certificateOf(headsOf([0, 1, 2, 3], 18), all));
    await client([accused], { trustState }).latest(NAMESPACE);
    const speaksForOne = await liars.listening(({ url = "" }, response) => {
      const epoch = Number(/heads\/(\d+)/.exec(url)?.[1] ?? 18);
      const heads = headsOf([4], epoch).map((head) => ({ statement: toBase64(encodeStatement(head)) }));
      response.end(JSON.stringify(url.includes("/heads/") ? { heads } : { certificate: honest }));
    });
    await client([speaksForOne], { trustState }).latest(NAMESPACE);
    const { convictions } = JSON.parse((await trustState.read())!) as { convictions: Record<string, unknown[]> };
    expect(convictions[NAMESPACE]).toHaveLength(15);
  });
});
