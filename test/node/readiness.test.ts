import { describe, expect, it } from "vitest";
import { readinessOf } from "../../src/node/readiness.ts";
import type { NamespaceStatus, NodeStatus } from "../../src/node/view.ts";
import { FakeNode } from "../api/fake-node.ts";
import { makeAuditors, NAMESPACE, T0 } from "../support/auditors.ts";

const base = new FakeNode(makeAuditors(3)).status();
const withNamespace = (changes: Partial<NamespaceStatus>): NodeStatus => ({
  ...base,
  namespaces: base.namespaces.map((namespace) => ({ ...namespace, ...changes })),
});
const behind = { reason: "transport", code: "X", message: "no answer", sinceMs: T0, nextAttemptMs: T0 } as const;
const conviction = { case: "ab", namespace: NAMESPACE, class: "split-view", epoch: 40, acknowledged: true } as const;

describe("what a provider or other auditors can cause", () => {
  it.each<[string, NodeStatus, RegExp]>([
    ["a source that does not answer", withNamespace({ behind }), /behind \(transport\): no answer/],
    ["a halt", withNamespace({ state: "halted", halt: { reason: "invalid-proof", detail: "", atMs: 1 } }), /halted/],
    ["nothing listed yet", withNamespace({ state: "initializing" }), /initializing/],
    ["peers who are down", withNamespace({ unguarded: true }), /unguarded, not signing/],
    ["a mark", withNamespace({ unsigned: { kind: "mark", mark: 7 } }), /signs nothing up to epoch 7/],
    ["no mark", withNamespace({ unsigned: { kind: "unmarked" } }), /no mark/],
    ["a conviction", { ...base, convictions: [conviction] }, /^PROVIDER CONVICTED: split-view from epoch 40 of/],
    ["liars", { ...base, boundBroken: true }, /more auditors are convicted than the fault bound/],
    ["a partition", { ...base, peers: { connected: 0, roster: [{ auditor: "b", connected: false }] } }, /no auditor/],
  ])("leaves the node on the network, and is told to people: %s", (_name, status, warning) => {
    const { ready, reasons, warnings } = readinessOf(status, undefined);
    expect([ready, reasons]).toEqual([true, []]);
    expect(warnings).toEqual([expect.stringMatching(warning)]);
  });

  it("is nothing where all is well", () => {
    expect(readinessOf(base, undefined)).toEqual({ ready: true, reasons: [], warnings: [] });
  });
});

it("is not ready only while what it stores cannot be read", () => {
  expect(readinessOf(base, "closed")).toMatchObject({ ready: false, reasons: ["the ledger cannot be read: closed"] });
});
