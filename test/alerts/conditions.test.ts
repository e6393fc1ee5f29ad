import { describe, expect, it } from "vitest";
import { conditionsOf, type Seen } from "../../src/alerts/conditions.ts";
import type { AlertThresholds } from "../../src/node/config/config-alerts.ts";
import type { NamespaceStatus, NodeStatus } from "../../src/node/view.ts";
import { FakeNode } from "../api/fake-node.ts";
import { digestOf, makeAuditors, NAMESPACE, T0 } from "../support/auditors.ts";

const THRESHOLDS: AlertThresholds = { behindMinutes: 30, notSigningMinutes: 45, peerHours: 24, diskFreeMib: 1_024 };
const GIB = 1024 ** 3;
const auditors = makeAuditors(5);
const [a, b, c, d, e] = auditors;

interface Changes {
  readonly namespace?: Partial<NamespaceStatus>;
  readonly status?: Partial<NodeStatus>;
  readonly freeBytes?: number;
  readonly node?: FakeNode;
}

function look({ namespace, status, freeBytes = GIB, node = new FakeNode(auditors) }: Changes): Seen[] {
  node.namespace = { ...node.namespace, ...namespace };
  const well = { ...node.status(), peers: { connected: 4, roster: [] } };
  const sight = { configFile: "node/coaudit.yaml", status: { ...well, ...status }, cases: node.cases(), freeBytes };
  return conditionsOf(sight, THRESHOLDS);
}

const behind = (reason: "transport" | "storage" | "clock" | "source") => ({
  behind: { reason, code: "SOURCE_TIMEOUT", message: "no\u001b[2J answer\nat all", sinceMs: T0, nextAttemptMs: T0 },
});

describe("what somebody is told of", () => {
  it("is nothing while all is well", () => {
    expect(look({})).toEqual([]);
  });

  it.each<[string, Changes, { key: string; severity: string; afterMs: number }]>([
    [
      "a halt, at once",
      { namespace: { state: "halted", halt: { reason: "invalid-proof", detail: "epoch 18", atMs: T0 } } },
      { key: `halted:${NAMESPACE}`, severity: "critical", afterMs: 0 },
    ],
    [
      "somebody else's use of the own key",
      { namespace: { state: "halted", halt: { reason: "own-key-conflict", detail: "a head", atMs: T0 } } },
      { key: `own-key-conflict:${NAMESPACE}`, severity: "critical", afterMs: 0 },
    ],
    [
      "a lag that lasts, by day",
      { namespace: behind("transport") },
      { key: `behind:${NAMESPACE}`, severity: "warning", afterMs: 1_800_000 },
    ],
    [
      "a lag that only this operator can end",
      { namespace: behind("storage") },
      { key: `behind:${NAMESPACE}`, severity: "critical", afterMs: 1_800_000 },
    ],
    [
      "a guard that does not open",
      { namespace: { unguarded: true, guard: { needed: 2, answered: [], missing: ["b.example"] } } },
      { key: `not-signing:${NAMESPACE}`, severity: "warning", afterMs: 2_700_000 },
    ],
    [
      "a mark far ahead",
      { namespace: { unsigned: { kind: "mark", mark: 900 } } },
      { key: `not-signing:${NAMESPACE}`, severity: "warning", afterMs: 2_700_000 },
    ],
    ["a disk that fills", { freeBytes: GIB - 1 }, { key: "disk", severity: "warning", afterMs: 0 }],
    ["a disk that is about to be full", { freeBytes: 1 }, { key: "disk", severity: "critical", afterMs: 0 }],
    [
      "a peer that is gone for a day",
      {
        status: { peers: { connected: 0, roster: [{ auditor: "c.example", connected: false, lastError: "refused" }] } },
      },
      { key: "peer-gone:c.example", severity: "warning", afterMs: 86_400_000 },
    ],
    [
      "a roster with more liars than was believed",
      { status: { boundBroken: true, convicted: ["b.example", "c.example"] } },
      { key: "bound-broken", severity: "critical", afterMs: 0 },
    ],
  ])("is %s", (_what, changes, { key, severity, afterMs }) => {
    const seen = look(changes);
    expect(seen).toMatchObject([{ condition: { key, severity }, afterMs }]);
    const [{ condition }] = seen as [Seen];
    expect(condition.act).toMatch(severity === "critical" ? /^Act now: / : /^Have a look by day: /);
    expect(condition.how.some((line) => line.includes("--config node/coaudit.yaml"))).toBe(true);
    expect(condition.how.some((line) => line.startsWith("docs/operations.md, "))).toBe(true);
  });

  it("is a case, once, until somebody acknowledges it; a lead by day", () => {
    const node = new FakeNode(auditors);
    for (const auditor of [a, b, c]) node.statements.push(auditor!.head(17, digestOf(1, 17)));
    for (const auditor of [d, e]) node.statements.push(auditor!.head(17, digestOf(2, 17)));
    const [{ condition }, ...others] = look({ node }) as [Seen];
    expect(others).toEqual([]);
    expect(condition).toMatchObject({
      kind: "case",
      severity: "critical",
      namespace: NAMESPACE,
      summary: expect.stringMatching(/^split-view: .*from epoch 17 \(convicts the provider/),
    });
    node.notes.set(condition.case!, "seen");
    expect(look({ node })).toEqual([]);

    const lead = new FakeNode(auditors);
    for (const auditor of [a, b, c, d]) lead.statements.push(auditor!.head(17, digestOf(1, 17)));
    lead.statements.push(e!.head(17, digestOf(2, 17)));
    expect(look({ node: lead })).toMatchObject([{ condition: { kind: "lead", severity: "warning" }, afterMs: 0 }]);
  });

  it("shows what others wrote as one line of text", () => {
    const [{ condition }] = look({ namespace: behind("source") }) as [Seen];
    expect(condition.what).toMatch(/^no \[2J answer at all Verified up to epoch 17, listed up to 17\.$/);
    const long = look({ namespace: { state: "halted", halt: { reason: "x", detail: "y".repeat(100_000), atMs: T0 } } });
    expect(long[0]?.condition.what.length).toBeLessThan(1_000);
  });
});
