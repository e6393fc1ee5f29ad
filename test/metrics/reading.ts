/** What a scrape is made of, for a made-up node that a test changes. */
import type { Reading } from "../../src/metrics/series.ts";
import type { NodeMeasures } from "../../src/node/measures.ts";
import { FakeNode } from "../api/fake-node.ts";
import { digestOf, makeAuditors } from "../support/auditors.ts";

const FOUR = makeAuditors(4);

export class MadeUpNode {
  readonly node: FakeNode = new FakeNode(FOUR);
  readonly refusals: Map<string, number> = new Map([["too-many-requests", 3]]);
  measures: NodeMeasures = {
    heads: [
      { auditor: "a.example", outcome: "accepted", verdict: "accept", count: 5 },
      { auditor: "", outcome: "unknown-key", verdict: "ignore", count: 2 },
    ],
    sync: {
      rounds: [{ peers: "roster", end: "complete", count: 4 }],
      bytes: { asking: { sent: 10, received: 20 }, answering: { sent: 30, received: 40 } },
    },
    budget: { roster: { spentUs: 1_500_000, refused: 0 }, strangers: { spentUs: 250_000, refused: 7 } },
    peers: { roster: 3, strangers: 1 },
  };

  /** Two auditors against two. */
  fork(): void {
    for (const [index, auditor] of FOUR.entries()) this.node.take(auditor.head(17, digestOf(index < 2 ? 1 : 2, 17)));
  }

  reading(): Reading {
    return {
      status: this.node.status(),
      cases: this.node.cases(),
      measures: this.measures,
      defaultMin: () => 3,
      refusals: this.refusals,
      disk: { bytes: new Map([["ledger", 1000]]), freeBytes: 5000 },
    };
  }
}
