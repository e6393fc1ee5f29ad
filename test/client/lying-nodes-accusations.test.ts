/** What takes an accusation back is asked for at all nodes; and what people settled is settled (docs/protocol.md 7). */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { QuorumClientOptions } from "../../src/client/options.ts";
import { memoryTrust, TrustState } from "../../src/client/trust-state.ts";
import { toBase64, toHex } from "../../src/core/bytes.ts";
import type { Certificate } from "../../src/core/certificate.ts";
import type { SignedHead } from "../../src/core/head.ts";
import type { Settlement } from "../../src/core/settlement.ts";
import { encodeStatement } from "../../src/core/statement-codec.ts";
import { digestOf, NAMESPACE } from "../support/auditors.ts";
import { AUDITORS, casesOf, certificateOf, client, headsOf, Liars } from "./lying-nodes.ts";

let liars: Liars;
beforeEach(() => {
  liars = new Liars();
});
afterEach(() => liars.close());

const blob = `17/${toHex(digestOf(1, 16))}/${toHex(digestOf(1, 17))}`;
const seen = [3, 4].map((index) =>
  AUDITORS[index]!.observation(17, "invalid-proof", [blob], [new Uint8Array(32).fill(7)]),
);
const newest = headsOf([0, 1, 2, 3], 18);

/** A node that shows an accusation, and has heads. */
function holding(certificate: Certificate, heads: readonly SignedHead[]): Promise<string> {
  return liars.listening((request, response) => {
    const [, epoch] = /\/heads\/(\d+)/.exec(request.url ?? "") ?? [];
    if (epoch === undefined) return response.end(JSON.stringify({ certificate }));
    const statements = heads
      .filter((head) => String(head.epoch) === epoch)
      .map((head) => toBase64(encodeStatement(head)));
    response.end(JSON.stringify({ heads: statements.map((statement) => ({ statement })) }));
  });
}

describe("an accusation of a wrong proof", () => {
  const accused = certificateOf(newest, casesOf(seen));

  it("convicts where nobody's heads speak against it", async () => {
    const node = await holding(accused, []);
    expect(await client([node]).latest(NAMESPACE)).toMatchObject({
      result: "conflict",
      cases: [{ class: "invalid-epoch", convicts: "provider" }],
    });
  });

  it("is outweighed by heads for both ends of the proof that another node holds", async () => {
    const nodes = [
      await holding(accused, []),
      await holding(certificateOf(newest), [...headsOf([0, 1, 2], 16), ...headsOf([0, 1, 2], 17)]),
    ];
    expect(await client(nodes).latest(NAMESPACE)).toMatchObject({
      result: "satisfied",
      head: { epoch: 18 },
      cases: [{ class: "disagreement", convicts: "nobody" }],
    });
  });

  it("is taken back by the head of the accuser itself, wherever it is held", async () => {
    const nodes = [await holding(accused, []), await holding(certificateOf(newest), headsOf([4], 17))];
    const found = await client(nodes).latest(NAMESPACE);
    expect(found).toMatchObject({ result: "satisfied", cases: [] });
  });

  it("is not taken back by heads that are forged, of strangers, or of another namespace", async () => {
    const forged = headsOf([0, 1, 2], 17).map((head) => ({ ...head, plexiSignature: new Uint8Array(64) }));
    const nodes = [await holding(accused, []), await holding(certificateOf(newest), forged)];
    expect(await client(nodes).latest(NAMESPACE)).toMatchObject({ result: "conflict" });
  });
});

describe("a fork that its reader settled", () => {
  const fork = [...headsOf([0, 1, 2], 17), ...headsOf([3, 4], 17, 2)];
  const side = (branch: number, indexes: readonly number[]): [string, string[]] => [
    toHex(digestOf(branch, 17)),
    indexes.map((index) => AUDITORS[index]!.name),
  ];
  const settled = (trust: string): Partial<QuorumClientOptions> => {
    const settlement: Settlement = {
      ...{ namespace: NAMESPACE, first: 17, last: 17, trust, note: "looked into" },
      sides: Object.fromEntries([side(1, [0, 1, 2]), side(2, [3, 4])]),
    };
    return { settlements: [settlement] };
  };
  const certificate = certificateOf(newest, casesOf(fork));

  it("does not stop what came after it", async () => {
    const node = await liars.certificate(certificate);
    expect(await client([node]).latest(NAMESPACE)).toMatchObject({ result: "conflict" });
    expect(await client([node], settled(toHex(digestOf(1, 17)))).latest(NAMESPACE)).toMatchObject({
      result: "satisfied",
    });
  });

  it("takes back what was accepted of the other side, which then holds nothing up", async () => {
    const trustState = memoryTrust();
    const policy = { faultBound: 0 };
    const wrong = certificateOf(headsOf([0, 1, 2, 3], 17, 2));
    await client([await liars.certificate(wrong)], { trustState }).latest(NAMESPACE);
    const sides = Object.fromEntries([side(1, [4]), side(2, [0, 1, 2, 3])]);
    const settlement = { namespace: NAMESPACE, first: 17, last: 17, sides, trust: toHex(digestOf(1, 17)), note: "" };
    const reader = client([await liars.certificate(certificateOf(headsOf([0, 1, 2, 3], 16)))], {
      ...policy,
      trustState,
      settlements: [settlement],
    });
    // Without the settlement that would be rolled back.
    expect(await reader.latest(NAMESPACE)).toMatchObject({ result: "satisfied", head: { epoch: 16 } });
    expect(await new TrustState(trustState).get(NAMESPACE)).toMatchObject({ entry: { epoch: 16 } });
  });

  it("refuses the epoch where nobody is trusted", async () => {
    const node = await liars.holding(certificateOf(headsOf([0, 1, 2], 17), casesOf(fork)));
    expect(await client([node], settled("none")).at(NAMESPACE, 17)).toMatchObject({ result: "conflict" });
  });
});
