import { describe, expect, it } from "vitest";
import type { ProviderHead } from "../../src/core/head.ts";
import type { Statement } from "../../src/core/statement.ts";
import { OwnStatements } from "../../src/node/own-statements.ts";
import { providerHeads, reportProviderHead } from "../../src/node/provider-heads.ts";
import { FIVE, openBench } from "../ledger/bench.ts";
import { digestOf, NAMESPACE, PROVIDER } from "../support/auditors.ts";

describe("a head that the provider signed, handed in", () => {
  const open = async () => {
    const { ledger } = await openBench();
    ledger.setVerified(NAMESPACE, 17);
    const published: Statement[] = [];
    const gossip = { publish: async (statement: Statement) => void published.push(statement) };
    const report = (head: ProviderHead, keyId?: number) =>
      reportProviderHead(
        { message: head, signature: head.signature, ...(keyId === undefined ? {} : { keyId }) },
        { ledger, ownStatements: new OwnStatements({ ledger, gossip }) },
      );
    return { ledger, published, report };
  };

  it("is stored and passed on once, and listed with the newest first", async () => {
    const { ledger, published, report } = await open();
    const heads = [PROVIDER.providerHead(16, digestOf(1, 16)), PROVIDER.providerHead(17, digestOf(1, 17))] as const;
    for (const head of heads) expect((await report(head, PROVIDER.key.publicKey.at(-1))).outcome).toBe("accepted");
    const again = await report(PROVIDER.providerHead(16, digestOf(1, 16), 5));
    expect(again).toMatchObject({ outcome: "known", held: { message: { timestampMs: heads[0].timestampMs } } });
    expect(published).toEqual(heads);
    const listed = await providerHeads(NAMESPACE, 10, ledger);
    expect(listed.map(({ message }) => message.epoch)).toEqual([17, 16]);
    expect(await providerHeads(NAMESPACE, 1, ledger)).toHaveLength(1);
  });

  it("that contradicts another convicts the provider", async () => {
    const { ledger, published, report } = await open();
    await report(PROVIDER.providerHead(17, digestOf(1, 17)));
    expect((await report(PROVIDER.providerHead(17, digestOf(2, 17)))).outcome).toBe("accepted-conflict");
    expect(ledger.cases()).toMatchObject([{ class: "provider-equivocation", state: "open" }]);
    expect(published).toHaveLength(2);
  });

  it("is refused under a key that is not the provider's, and with a wrong signature", async () => {
    const { published, report } = await open();
    const head = PROVIDER.providerHead(17, digestOf(1, 17));
    const otherId = ((PROVIDER.key.publicKey.at(-1) ?? 0) + 1) % 256;
    expect(await report(head, otherId)).toEqual({ outcome: "unknown-key" });
    const [stranger] = FIVE;
    expect(await report(stranger.providerHead(17, digestOf(1, 17)))).toEqual({ outcome: "bad-signature" });
    expect(published).toEqual([]);
  });
});
