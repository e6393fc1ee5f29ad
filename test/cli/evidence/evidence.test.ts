import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { toHex } from "../../../src/core/bytes.ts";
import { formatCaseFile } from "../../../src/core/case-file.ts";
import { deriveCases } from "../../../src/core/derive-cases.ts";
import { encodeStatement } from "../../../src/core/statement-codec.ts";
import { FakeNode } from "../../api/fake-node.ts";
import { assumptionsOf, digestOf, makeAuditors, NAMESPACE } from "../../support/auditors.ts";
import { coaudit } from "../captured.ts";
import { Bench } from "../served.ts";

const auditors = makeAuditors(5);
let bench: Bench;
let node: FakeNode;
let url: string;
beforeEach(async () => {
  bench = new Bench();
  node = new FakeNode(auditors);
  for (const [i, auditor] of auditors.entries()) node.statements.push(auditor.head(17, digestOf(i < 3 ? 1 : 2, 17)));
  url = await bench.serve(node);
});
afterEach(() => bench.close());

const caseId = (): string => node.cases()[0]?.id ?? "";

async function saved(): Promise<string> {
  const file = join(bench.folder, "case.json");
  expect((await coaudit("evidence", "show", caseId(), "--node", url, "--out", file)).exitCode).toBe(0);
  return file;
}

describe("coaudit evidence list", () => {
  it("shows each case, what it is about and whom it convicts", async () => {
    const { exitCode, out } = await coaudit("evidence", "list", "--node", url);
    expect(exitCode).toBe(3);
    expect(out).toMatch(
      new RegExp(`^${caseId().slice(0, 16)} +split-view +${NAMESPACE}, from epoch 17 +provider .*open$`, "m"),
    );
  });

  it("says when there is none", async () => {
    node.statements.length = 0;
    expect((await coaudit("evidence", "list", "--node", url)).out).toBe("No open cases.");
    expect(JSON.parse((await coaudit("evidence", "list", "--json", "--node", url)).out)).toEqual({
      total: 0,
      cases: [],
    });
  });
});

describe("coaudit evidence show", () => {
  it("says in words what happened, who stands on which side since when, and how to check it", async () => {
    const { exitCode, out } = await coaudit("evidence", "show", caseId().slice(0, 6), "--node", url);
    expect(exitCode).toBe(0);
    expect(out).toContain(`case ${caseId()}`);
    expect(out).toContain("Auditors signed different digests for the same epoch");
    expect(out).toContain("convicts the provider, or its publication channel");
    const side = (branch: number, names: string[]): string =>
      [`  ${toHex(digestOf(branch, 17))}`, ...names.map((name) => `    ${name}.example  2023-11-14 22:13:37Z`)].join(
        "\n",
      );
    expect(out).toContain(`${NAMESPACE} epoch 17\n${side(1, ["a", "b", "c"])}\n${side(2, ["d", "e"])}`);
    expect(out).toContain("coaudit evidence verify case.json --roster roster.yaml");
  });

  it("names signers by the roster of the configuration", async () => {
    const { config } = await bench.serveOperated(node, auditors.slice(0, 4));
    const { out } = await coaudit("evidence", "show", caseId(), "--config", config);
    expect(out).toContain("d.example");
    expect(out).toContain(`unknown key ${toHex(auditors[4]!.key.publicKey).slice(0, 16)}`);
  });

  it("writes half heads, observations and rotations out as well", async () => {
    const [a, b, c] = auditors as [(typeof auditors)[0], (typeof auditors)[0], (typeof auditors)[0]];
    node.statements.push(a.halfHead(17, digestOf(2, 17)), b.observation(18, "invalid-proof", ["E/aa/bb"]));
    node.statements.push(c.rotation(auditors[3]!, 20));
    const { out } = await coaudit("evidence", "show", caseId(), "--node", url);
    expect(out).toContain("(cosignature alone)");
    expect(out).toContain(
      "b.example saw invalid-proof at test.key-transparency.v1 epoch 18, log.example.org (PROOF_END_MISMATCH)",
    );
    expect(out).toContain("named ca93ac1705187071 its next key");
  });

  it("ends with 2 when no case or more than one begins like that", async () => {
    expect(await coaudit("evidence", "show", "zz", "--node", url)).toMatchObject({ exitCode: 2 });
    const other = caseId().startsWith("0") ? "1" : "0";
    const { exitCode, err } = await coaudit("evidence", "show", other, "--node", url);
    expect([exitCode, err]).toEqual([2, expect.stringContaining(`this node has no case that begins with ${other}`)]);
    expect((await coaudit("evidence", "show", "0".repeat(64), "--node", url)).exitCode).toBe(1);
  });
});

describe("coaudit evidence verify", () => {
  it("accepts a saved case with public keys alone and says what it proves to this reader", async () => {
    const file = await saved();
    const { exitCode, out } = await coaudit("evidence", "verify", file, "--roster", bench.roster(auditors));
    expect(exitCode).toBe(0);
    expect(out).toContain(`valid: case ${caseId()}`);
    expect(out).toContain("For this roster of 5 with fault bound 1 it convicts the provider");
    expect(out).toContain("a.example  2023-11-14 22:13:37Z");
  });

  it("judges by the reader's fault bound, not by the class in the file", async () => {
    const file = await saved();
    const roster = bench.roster(auditors);
    const args = ["evidence", "verify", file, "--roster", roster, "--json"];
    expect(JSON.parse((await coaudit(...args)).out)).toMatchObject({
      valid: true,
      class: "split-view",
      convicts: "provider",
    });
    const lenient = await coaudit(...args, "--fault-bound", "2");
    expect(JSON.parse(lenient.out)).toMatchObject({ valid: true, class: "disagreement", convicts: "nobody" });
  });

  it("says of a wrong proof that heads outside the file may take it back, and does not call it proven", async () => {
    const blobs = [`17/${toHex(digestOf(1, 16))}/${toHex(digestOf(1, 17))}`];
    const seen = auditors
      .slice(0, 2)
      .map((auditor) => auditor.observation(17, "invalid-proof", blobs, [digestOf(9, 9)]));
    const [derived] = deriveCases(seen, assumptionsOf(auditors));
    const file = bench.file("proof.json", JSON.stringify(formatCaseFile(derived!, seen.map(encodeStatement))));
    const args = ["evidence", "verify", file, "--roster", bench.roster(auditors)];
    const { exitCode, out } = await coaudit(...args);
    expect([exitCode, out]).toEqual([
      1,
      expect.stringMatching(/unless auditors hold heads for [0-9a-f]{64}: none in this/),
    ]);
    expect(JSON.parse((await coaudit(...args, "--json")).out)).toMatchObject({
      ...{ valid: true, class: "invalid-epoch", unlessHeadsFor: [toHex(digestOf(1, 17))], headsForThem: 0 },
    });
  });

  it("counts nothing by keys outside the roster", async () => {
    const file = await saved();
    const { exitCode, out } = await coaudit("evidence", "verify", file, "--roster", bench.roster(auditors.slice(0, 3)));
    expect([exitCode, out]).toEqual([1, expect.stringMatching(/^not valid: .*2 exhibits are by keys/)]);
  });

  it("refuses a case with one bit changed in a signature", async () => {
    const file = await saved();
    const content = JSON.parse(readFileSync(file, "utf8")) as { exhibits: string[] };
    const bytes = Buffer.from(content.exhibits[0] ?? "", "base64");
    bytes[bytes.length - 1]! ^= 1;
    content.exhibits[0] = bytes.toString("base64");
    const changed = bench.file("changed.json", JSON.stringify(content));
    const { exitCode, out } = await coaudit(
      "evidence",
      "verify",
      changed,
      "--roster",
      bench.roster(auditors),
      "--json",
    );
    expect([exitCode, JSON.parse(out)]).toEqual([
      1,
      { valid: false, code: "CASE_INVALID", message: expect.any(String) },
    ]);
  });

  it("takes the origin of a namespace from the command line", async () => {
    const file = await saved();
    const roster = bench.roster(auditors);
    const origin = ["--origin", `${NAMESPACE}=another/v1`];
    expect((await coaudit("evidence", "verify", file, "--roster", roster, ...origin)).exitCode).toBe(1);
    expect(await coaudit("evidence", "verify", file, "--roster", roster, "--origin", "nonsense")).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining("is not NAMESPACE=ORIGIN"),
    });
  });

  it("ends with 2 for files that cannot be read, with 1 for one that is not a case", async () => {
    const roster = bench.roster(auditors);
    expect((await coaudit("evidence", "verify", "/nowhere/case.json", "--roster", roster)).exitCode).toBe(2);
    expect((await coaudit("evidence", "verify", roster, "--roster", "/nowhere/roster.yaml")).exitCode).toBe(2);
    expect((await coaudit("evidence", "verify", roster, "--roster", roster)).exitCode).toBe(1);
  });
});

describe("coaudit evidence acknowledge and coaudit resume", () => {
  it("note a case with the running node's token", async () => {
    const { config } = await bench.serveOperated(node, auditors);
    const args = ["--config", config, "--note", "reported"];
    const { exitCode, out } = await coaudit("evidence", "acknowledge", caseId().slice(0, 8), ...args);
    expect([exitCode, out]).toEqual([0, `case ${caseId().slice(0, 16)} acknowledged`]);
    expect(node.notes.get(caseId())).toBe("reported");
    expect((await coaudit("evidence", "list", "--config", config)).out).toMatch(/acknowledged .*: reported$/m);
  });

  it("settle a fork, show what was settled, and hand it on to another operator, who looks at it first", async () => {
    const { config } = await bench.serveOperated(node, auditors);
    const file = join(bench.folder, "settled.json");
    const main = toHex(digestOf(1, 17));
    const settle = ["evidence", "settle", caseId().slice(0, 8), "--config", config];
    expect(await coaudit(...settle)).toMatchObject({ exitCode: 2, err: expect.stringContaining("--trust DIGEST") });
    const done = await coaudit(...settle, "--trust", main.slice(0, 12), "--note", "a stale replica", "--out", file);
    expect(done.exitCode).toBe(0);
    expect(done.out).toContain(`trusted: ${main.slice(0, 16)} (a.example, b.example, c.example)`);
    expect(done.out).toContain("settlements:");
    const [settled] = node.settlements;
    expect(settled).toMatchObject({ namespace: NAMESPACE, first: 17, trust: main, note: "a stale replica" });
    const from = ["evidence", "settle", "--from", file, "--config", config];
    const shown = await coaudit(...from);
    expect(shown).toMatchObject({ exitCode: 2, err: expect.stringContaining("nothing was changed") });
    expect(shown.out).toContain("not trusted");
    expect(node.settlements).toHaveLength(1);
    expect((await coaudit(...from, "--yes")).exitCode).toBe(0);
    expect(node.settlements).toEqual([settled, settled]);
    expect((await coaudit(...settle, "--withdraw")).exitCode).toBe(0);
    expect(node.settlements).toEqual([]);
    expect((await coaudit(...settle, "--withdraw")).err).toContain("nothing was settled on this node");
  });

  it("leave a halt with a reason", async () => {
    const { config } = await bench.serveOperated(node, auditors);
    const args = ["resume", NAMESPACE, "--config", config, "--i-have-checked", "the replica was stale"];
    expect(await coaudit(...args)).toMatchObject({ exitCode: 1, err: expect.stringContaining("is not halted") });
    node.namespace = { ...node.namespace, state: "halted" };
    expect(await coaudit(...args)).toMatchObject({ exitCode: 0, out: `${NAMESPACE} resumes.` });
    expect(node.resumed).toEqual([[NAMESPACE, "the replica was stale"]]);
  });

  it("say that the node is not running when nothing answers", async () => {
    const port = Number(new URL(url).port);
    await bench.close();
    bench = new Bench();
    const config = bench.config(auditors, port);
    for (const args of [
      ["resume", NAMESPACE, "--config", config, "--i-have-checked", "x"],
      ["evidence", "acknowledge", "00", "--config", config, "--note", "x"],
    ]) {
      expect(await coaudit(...args)).toMatchObject({
        exitCode: 4,
        err: expect.stringContaining("the node is not running"),
      });
    }
  });

  it("say where the token lies when it cannot be read while a node answers", async () => {
    const config = bench.config(auditors, Number(new URL(url).port));
    const { exitCode, err } = await coaudit("resume", NAMESPACE, "--config", config, "--i-have-checked", "x");
    expect([exitCode, err]).toEqual([1, expect.stringContaining(join(bench.folder, "admin.token"))]);
  });
});
