/** What a scrape says of a node, in the words of Prometheus. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DiskWatch } from "../../src/metrics/disk-use.ts";
import { NodeMetrics } from "../../src/metrics/node-metrics.ts";
import { SERIES } from "../../src/metrics/series.ts";
import { NAMESPACE, T0 } from "../support/auditors.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { MadeUpNode } from "./reading.ts";

const NS = `namespace="${NAMESPACE}"`;

/** `name{labels}` -> value. */
async function scrape(metrics: NodeMetrics, made: MadeUpNode): Promise<Map<string, number>> {
  const lines = (await metrics.text(made.reading())).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]),
  );
}

describe("names", () => {
  it("follow the conventions: a prefix, base units, and _total on counters alone", () => {
    for (const { kind, name, help } of SERIES) {
      expect(name).toMatch(/^coaudit_[a-z][a-z_]*[a-z]$/);
      expect(name.endsWith("_total")).toBe(kind === "counter");
      expect(name).not.toMatch(/_(ms|millis|kb|mb)(_|$)/);
      expect(help).toMatch(/^[A-Z1].*\.$/);
    }
    expect(new Set(SERIES.map(({ name }) => name)).size).toBe(SERIES.length);
  });
});

describe("a scrape", () => {
  it("is OpenMetrics, ends as such, and has no label that the node did not choose", async () => {
    const metrics = new NodeMetrics();
    const text = await metrics.text(new MadeUpNode().reading());
    expect(metrics.contentType).toContain("application/openmetrics-text");
    expect(text.endsWith("\n# EOF\n")).toBe(true);
    const declared = new Map(SERIES.map(({ name, labels }) => [name, [...labels].sort()]));
    for (const [, name = "", labels = ""] of text.matchAll(/^(coaudit_\w+)\{([^}]*)\}/gm)) {
      const named = [...labels.matchAll(/(\w+)="/g)].map(([, label]) => label).sort();
      if (declared.has(name)) expect([name, named]).toEqual([name, declared.get(name)]);
    }
  });

  it("says how far the namespace is, behind the provider and behind the quorum", async () => {
    const made = new MadeUpNode();
    const { heights } = made.node.namespace;
    made.node.namespace = {
      ...made.node.namespace,
      latestListed: 30,
      lastVerified: { epoch: 28, digest: "00" },
      lastSigned: { epoch: 20, timestampMs: T0 },
      heights: heights.map((one, index) => ({ ...one, epoch: [30, 25, 22, 9][index] ?? 0 })),
    };
    const values = await scrape(new NodeMetrics(), made);
    const epoch = (stage: string): number | undefined => values.get(`coaudit_epoch{${NS},stage="${stage}"}`);
    expect(["listed", "verified", "signed", "quorum"].map(epoch)).toEqual([30, 28, 20, 22]);
    expect(values.get(`coaudit_lag_epochs{${NS}}`)).toBe(10);
    expect(values.get(`coaudit_quorum_lag_epochs{${NS}}`)).toBe(8);
    expect(values.get(`coaudit_last_signed_timestamp_seconds{${NS}}`)).toBe(T0 / 1000);
  });

  it("does not count whom the roster has retired", async () => {
    const made = new MadeUpNode();
    const { heights } = made.node.namespace;
    made.node.namespace = {
      ...made.node.namespace,
      latestListed: 30,
      heights: heights.map((one, index) => ({ ...one, epoch: 30, ...(index < 2 ? { counts: false as const } : {}) })),
    };
    const values = await scrape(new NodeMetrics(), made);
    expect(values.get(`coaudit_quorum_lag_epochs{${NS}}`)).toBe(30);
  });

  it("says why nothing is signed, and stops saying so", async () => {
    const made = new MadeUpNode();
    const metrics = new NodeMetrics();
    const blocked = async (): Promise<string[]> =>
      [...(await scrape(metrics, made))].flatMap(([name, value]) =>
        name.startsWith("coaudit_signing_blocked") && value === 1 ? (/reason="([^"]*)"/.exec(name)?.[1] ?? []) : [],
      );
    const well = made.node.namespace;
    expect(await blocked()).toEqual([]);
    made.node.namespace = { ...well, unguarded: true, unsigned: { kind: "mark", mark: 3 } };
    expect(await blocked()).toEqual(["unguarded", "mark"]);
    made.node.namespace = {
      ...well,
      state: "halted",
      halt: { reason: "own-key-conflict", detail: "d", atMs: T0 },
      unguarded: true,
    };
    expect(await blocked()).toEqual(["halted"]);
    expect((await scrape(metrics, made)).get(`coaudit_halted{${NS},reason="own-key-conflict"}`)).toBe(1);
    made.node.namespace = well;
    expect(await blocked()).toEqual([]);
  });

  it("counts cases by class, zero as well, so that an alert has something to compare with", async () => {
    const made = new MadeUpNode();
    const metrics = new NodeMetrics();
    const at = 'coaudit_cases{class="split-view",state="open"}';
    expect((await scrape(metrics, made)).get(at)).toBe(0);
    made.fork();
    const values = await scrape(metrics, made);
    expect(values.get(at)).toBe(1);
    expect(values.get('coaudit_unacknowledged_cases{convicts="provider"}')).toBe(1);
  });

  it("shows what the node counted, as it stands, at every scrape", async () => {
    const made = new MadeUpNode();
    const metrics = new NodeMetrics();
    const at = 'coaudit_heads_received_total{auditor="a.example",verdict="accept",outcome="accepted"}';
    for (let i = 0; i < 3; i++) expect((await scrape(metrics, made)).get(at)).toBe(5);
    const values = await scrape(metrics, made);
    expect(values.get('coaudit_peer_work_refused_total{peers="strangers"}')).toBe(7);
    expect(values.get('coaudit_peer_work_seconds_total{peers="roster"}')).toBe(1.5);
    expect(values.get('coaudit_head_sync_rounds_total{peers="roster",end="complete"}')).toBe(4);
    expect(values.get('coaudit_api_refusals_total{reason="too-many-requests"}')).toBe(3);
  });

  it("measures proofs by namespace; only right ones are epochs verified", async () => {
    const made = new MadeUpNode();
    const metrics = new NodeMetrics();
    const proof = { namespace: NAMESPACE, sizeBytes: 1000, elapsedMs: 400 };
    for (const result of ["valid", "valid", "invalid", "failed"] as const)
      metrics.meters.proofMeter({ ...proof, result });
    const values = await scrape(metrics, made);
    expect(values.get(`coaudit_proofs_total{${NS},result="valid"}`)).toBe(2);
    expect(values.get(`coaudit_proofs_total{${NS},result="invalid"}`)).toBe(1);
    expect(values.get(`coaudit_proof_bytes_total{${NS}}`)).toBe(4000);
    expect(values.get(`coaudit_verification_seconds_count{${NS}}`)).toBe(2);
    expect(values.get(`coaudit_verification_seconds_sum{${NS}}`)).toBeCloseTo(0.8);
  });
});

describe("the disk", () => {
  it("is measured by folder, and not more often than once a minute", async () => {
    const folder = await mkdtemp(join(tmpdir(), "coaudit-metrics-"));
    try {
      const clock = new VirtualClock();
      const disk = new DiskWatch({ folder }, { clock });
      await mkdir(join(folder, "ledger", "deeper"), { recursive: true });
      await writeFile(join(folder, "ledger", "deeper", "a"), new Uint8Array(1000));
      const first = await disk.look();
      expect([...first.bytes]).toEqual([["ledger", 1000]]);
      expect(first.freeBytes).toBeGreaterThan(0);
      await writeFile(join(folder, "ledger", "b"), new Uint8Array(500));
      expect((await disk.look()).bytes.get("ledger")).toBe(1000);
      await clock.advance(60_000);
      expect((await disk.look()).bytes.get("ledger")).toBe(1500);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("that cannot be read counts as nothing", async () => {
    const disk = new DiskWatch({ folder: join(tmpdir(), "coaudit-no-such-folder") }, { clock: new VirtualClock() });
    expect(await disk.look()).toEqual({ bytes: new Map(), freeBytes: 0 });
  });
});
