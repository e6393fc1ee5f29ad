/** Nothing signed covers the origin of a late head: whoever writes another one there decides nothing. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { memoryTrust, TrustState } from "../../src/client/trust-state.ts";
import type { Certificate } from "../../src/core/certificate.ts";
import { digestOf, NAMESPACE, ORIGIN } from "../support/auditors.ts";
import { AUDITORS, certificateOf, client, headsOf, Liars } from "./lying-nodes.ts";

let liars: Liars;
beforeEach(() => {
  liars = new Liars();
});
afterEach(() => liars.close());

const honest = certificateOf(headsOf([0, 1, 2, 3]));
const OTHER = "other/v1";
/** Nothing that a node can say of an origin is known yet. */
const ANY = { origins: {} };

function stripped(certificate: Certificate, origin = OTHER): Certificate {
  const signatures = certificate.signatures.map(({ cosignature: _left, ...late }) => late);
  return { ...certificate, origin, signatures };
}

describe("a node that strips the cosignatures and renames the origin", () => {
  it("is right about the digest, and its origin is neither told nor pinned", async () => {
    const trustState = memoryTrust();
    const node = await liars.certificate(stripped(honest));
    const found = await client([node], { ...ANY, trustState }).at(NAMESPACE, 17);
    expect(found).toMatchObject({ result: "satisfied", head: { epoch: 17 } });
    expect(found.result === "satisfied" && found.head.origin).toBeUndefined();
    expect((await new TrustState(trustState).get(NAMESPACE)).entry?.origin).toBeUndefined();
    // The honest nodes are heard afterwards, and prove the right one.
    const good = await liars.certificate(honest);
    const after = await client([good], { ...ANY, trustState }).at(NAMESPACE, 17);
    expect(after).toMatchObject({ result: "satisfied", head: { origin: ORIGIN } });
    expect(await new TrustState(trustState).get(NAMESPACE)).toMatchObject({ entry: { origin: ORIGIN } });
  });

  it("does not make nodes disagree that agree on the digest", async () => {
    const nodes = await Promise.all(
      [honest, stripped(honest), stripped(honest, "third/v1")].map((one) => liars.certificate(one)),
    );
    const found = await client(nodes, ANY).at(NAMESPACE, 17);
    expect(found).toMatchObject({
      result: "satisfied",
      head: { origin: ORIGIN },
      signers: [{ late: false }, {}, {}, {}],
    });
  });

  it("is remembered without an origin, and the origin that the reader learns later fits", async () => {
    const trustState = memoryTrust();
    await client([await liars.certificate(stripped(honest))], { ...ANY, trustState }).at(NAMESPACE, 17);
    const silent = await liars.holding();
    const found = await client([silent], { trustState, origins: { [NAMESPACE]: ORIGIN } }).at(NAMESPACE, 17);
    expect(found).toMatchObject({ result: "satisfied", head: { origin: ORIGIN } });
  });
});

describe("an auditor whose whole head names another origin", () => {
  const liar = AUDITORS[0]!.head(17, digestOf(1, 17), undefined, NAMESPACE, OTHER);

  it("pins nothing by itself, late heads beside it or not", async () => {
    const trustState = memoryTrust();
    const beside = stripped(certificateOf(headsOf([1, 2, 3])));
    const one = certificateOf([liar]);
    const node = await liars.certificate({ ...one, signatures: [...one.signatures, ...beside.signatures] });
    const found = await client([node], { ...ANY, trustState }).at(NAMESPACE, 17);
    expect(found.result === "satisfied" && found.head.origin).toBeUndefined();
    expect((await new TrustState(trustState).get(NAMESPACE)).entry?.origin).toBeUndefined();
    const good = await liars.certificate(certificateOf(headsOf([1, 2, 3, 4], 18)));
    expect(await client([good], { ...ANY, trustState }).latest(NAMESPACE)).toMatchObject({
      result: "satisfied",
      head: { origin: ORIGIN, epoch: 18 },
    });
  });

  it("counts for the digest, and for no newest head", async () => {
    const nodes = [
      await liars.certificate(certificateOf([liar])),
      await liars.certificate(certificateOf(headsOf([1, 2, 3]))),
    ];
    expect(await client(nodes, ANY).at(NAMESPACE, 17)).toMatchObject({
      result: "satisfied",
      signers: [{ late: true }, {}, {}, {}],
    });
    expect(await client(nodes, ANY).latest(NAMESPACE)).toMatchObject({ result: "not-enough", signers: [{}, {}, {}] });
  });
});
