/** The commands of a reader with a policy: quorum, watch, verify. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { main } from "../../../src/cli/main.ts";
import { toBase64, toHex } from "../../../src/core/bytes.ts";
import { formatSignedNote } from "../../../src/core/checkpoint.ts";
import { plexiSignatureResponse } from "../../../src/core/plexi.ts";
import { encodeStatement } from "../../../src/core/statement-codec.ts";
import { FakeNode } from "../../api/fake-node.ts";
import { AUDITORS, casesOf, certificateOf, headsOf, Liars, policyOf } from "../../client/lying-nodes.ts";
import { digestOf, NAMESPACE, ORIGIN, TestAuditor } from "../../support/auditors.ts";
import { CapturedContext, coaudit } from "../captured.ts";
import { Bench } from "../served.ts";

let bench: Bench;
let liars: Liars;
let policy: string;
beforeEach(() => {
  [bench, liars] = [new Bench(), new Liars()];
  policy = bench.file("reader.policy", policyOf(4));
});
afterEach(async () => {
  await liars.close();
  await bench.close();
});

const honest = certificateOf(headsOf([0, 1, 2, 3]));
const shown = toHex(digestOf(1, 17));

/** The heads of these tests are of 2023. */
const ANY_AGE = ["--max-age", "2000000000"];

async function ask(node: string, ...args: string[]): ReturnType<typeof coaudit> {
  return coaudit("quorum", "--node", node, "--namespace", NAMESPACE, "--policy", policy, ...ANY_AGE, ...args);
}

describe("coaudit quorum --policy", () => {
  it("needs no roster, and says where the origin comes from", async () => {
    const { exitCode, out } = await ask(await liars.holding(honest));
    expect(exitCode).toBe(0);
    expect(out).toContain("satisfied: 4 of 5 auditors signed this digest, 4 are enough");
    expect(out).toContain(`pin it with --origin ${NAMESPACE}=${ORIGIN}`);
  });

  it("ends with 0 for the digest that was shown, and with 3 for another, with a report to keep", async () => {
    const node = await liars.holding(honest);
    expect((await ask(node, "--epoch", "17", "--digest", shown)).exitCode).toBe(0);
    const kept = join(bench.folder, "report.json");
    const wrong = "ab".repeat(32);
    const { exitCode, out } = await ask(node, "--epoch", "17", "--digest", wrong, "--save", kept);
    expect([exitCode, out]).toEqual([3, expect.stringContaining(`shown  ${wrong}`)]);
    expect(out).toMatch(/^wrong-digest: 4 auditors signed a different digest/m);
    expect(JSON.parse(readFileSync(kept, "utf8"))).toMatchObject({ format: "coaudit/wrong-digest/v1" });
    expect(liars.asked.join("")).not.toContain(wrong);
    const judged = await coaudit("verify", "report", kept, "--policy", policy);
    expect(judged.exitCode).toBe(0);
    expect(judged.out).toContain(`not proven: that somebody was shown ${wrong}`);
    // It is no answer to "is this satisfied?".
    const certificate = await coaudit("verify", "certificate", kept, "--policy", policy);
    expect([certificate.exitCode, certificate.out]).toEqual([2, ""]);
    expect(certificate.err).toContain("the report of a wrong digest, not a certificate: try coaudit verify report");
  });

  it("ends with 1 for what is pending or too old, 3 for a conflict, 4 for no answer", async () => {
    const node = await liars.holding(honest);
    expect((await ask(node, "--epoch", "18")).exitCode).toBe(1);
    expect((await ask(node, "--max-age", "60")).exitCode).toBe(1);
    const cases = casesOf([...headsOf([0, 1, 2], 16), ...headsOf([3, 4], 16, 2)]);
    expect((await ask(await liars.holding(certificateOf(headsOf([0, 1, 2, 3]), cases)))).exitCode).toBe(3);
    expect((await ask("http://127.0.0.1:1")).exitCode).toBe(4);
  });

  it("shows two digests between which nothing decides, who signed which, and of which epoch", async () => {
    const one = await liars.holding(certificateOf(headsOf([0, 1])));
    const other = await liars.holding(certificateOf(headsOf([2, 3], 17, 2)));
    const both = ["--node", other, "--fault-bound", "2"];
    const { exitCode, out } = await ask(one, ...both);
    expect(exitCode).toBe(3);
    expect(out).toContain(`${NAMESPACE} epoch 17\ndigest ${shown}  a.example, b.example\n`);
    expect(out).toMatch(/^c\.example +- +signed another digest$/m);
    expect(out).not.toContain("other epoch");
    expect(JSON.parse((await ask(one, ...both, "--json")).out)).toMatchObject({ result: "nodes-disagree", epoch: 17 });
  });

  it.each([
    [["--digest", shown], "--digest: name its epoch"],
    [["--epoch", "17", "--digest", "zz"], "--digest"],
    [["--epoch", "17", "--digest", "00"], "--digest: expected 64"],
    [["--min", "3"], "--min: the policy already says"],
  ])("ends with 2 for %j", async (args, message) => {
    expect(await ask("http://127.0.0.1:1", ...args)).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining(message),
    });
  });

  it("ends with 2 for a policy that can't be used, naming the place, and without any policy or roster", async () => {
    const broken = bench.file("broken.policy", "quorum nobody\n");
    const asked = ["quorum", "--node", "http://127.0.0.1:1", "--namespace", NAMESPACE];
    const { exitCode, err } = await coaudit(...asked, "--policy", broken);
    expect([exitCode, err]).toEqual([2, expect.stringContaining("broken.policy:1:8: nobody is not defined")]);
    expect(await coaudit(...asked)).toMatchObject({ exitCode: 2, err: expect.stringContaining("--policy FILE") });
  });

  it("says what a file is that is no head", async () => {
    const file = bench.file("answer.json", JSON.stringify(honest));
    expect(await coaudit("verify", "head", file, "--policy", policy)).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining("coaudit verify certificate"),
    });
  });

  it("remembers what it accepted, and is not taken back", async () => {
    const state = join(bench.folder, "trust.json");
    const newer = certificateOf(headsOf([0, 1, 2, 3], 18));
    expect((await ask(await liars.holding(newer), "--trust-state", state)).exitCode).toBe(0);
    expect(existsSync(state)).toBe(true);
    const { out } = await ask(await liars.holding(honest), "--trust-state", state);
    expect(out).toContain("epoch 18");
    expect(out).toContain("answers with epoch 17, older than one accepted before");
  });
});

describe("coaudit watch", () => {
  it("prints a line for each result that differs", async () => {
    const node = await liars.holding(honest);
    const args = ["--node", node, "--namespace", NAMESPACE, "--policy", policy, "--count", "1"];
    const { exitCode, out } = await coaudit("watch", ...ANY_AGE, ...args);
    expect([exitCode, out]).toEqual([0, expect.stringMatching(`satisfied  epoch 17  ${shown}  4 signed$`)]);
    const json = await coaudit("watch", ...ANY_AGE, ...args, "--json");
    expect(JSON.parse(json.out)).toMatchObject({ result: "satisfied", epoch: 17 });
    expect((await coaudit("watch", ...ANY_AGE, ...args, "--interval", "0")).exitCode).toBe(2);
  });

  it("prints the next line as soon as a node tells, and ends with the last result's code at a signal", async () => {
    const node = new FakeNode(AUDITORS);
    for (const head of headsOf([0, 1, 2, 3])) node.take(head);
    const context = new CapturedContext();
    const args = [
      "--node",
      await bench.serve(node),
      "--namespace",
      NAMESPACE,
      "--policy",
      policy,
      "--interval",
      "86400",
    ];
    const ended = main(["node", "coaudit", "watch", ...ANY_AGE, ...args], context);
    await expect.poll(() => context.outLines.length, { timeout: 20_000 }).toBe(1);
    for (const head of headsOf([0, 1, 2, 3], 18)) node.take(head);
    await expect.poll(() => context.outLines.at(-1), { timeout: 20_000 }).toContain("epoch 18");
    context.signal("SIGINT");
    expect(await ended).toBe(0);
  });
});

describe("coaudit verify, offline", () => {
  const verify = (kind: string, text: string, ...args: string[]) =>
    coaudit("verify", kind, bench.file("given", text), "--policy", policy, ...args);

  it("a certificate: satisfied, too few, conflict, or none at all", async () => {
    expect(await verify("certificate", JSON.stringify(honest))).toMatchObject({
      exitCode: 0,
      out: expect.stringContaining("satisfied: 4 of 5"),
    });
    expect((await verify("certificate", JSON.stringify({ certificate: honest }), "--json")).exitCode).toBe(0);
    expect((await verify("certificate", JSON.stringify(certificateOf(headsOf([0]))))).exitCode).toBe(1);
    expect((await verify("certificate", JSON.stringify(honest), "--max-age", "60")).exitCode).toBe(1);
    const cases = casesOf([...headsOf([0, 1, 2], 16), ...headsOf([3, 4], 16, 2)]);
    expect((await verify("certificate", JSON.stringify({ ...honest, cases }))).exitCode).toBe(3);
    for (const text of ["", "null", "{}", "[]"]) {
      expect(await verify("certificate", text)).toMatchObject({
        exitCode: 1,
        out: expect.stringContaining("not valid"),
      });
    }
  });

  it("a head: a statement, a signed checkpoint, a Plexi answer", async () => {
    const [a, b] = headsOf([0, 1]);
    const note = formatSignedNote(
      { origin: ORIGIN, epoch: 17, digest: a!.digest },
      [a!, b!].map(({ publicKey, timestampMs, cosignature }, i) => ({
        name: AUDITORS[i]!.name,
        publicKey,
        timeSeconds: Math.floor(timestampMs / 1000),
        signature: cosignature!,
      })),
    );
    const plexi = JSON.stringify(plexiSignatureResponse(a!, a!.publicKey, a!.plexiSignature));
    for (const text of [toBase64(encodeStatement(a!)), note, plexi]) {
      const { exitCode, out } = await verify("head", text);
      expect([exitCode, out]).toEqual([0, expect.stringMatching(/^a\.example +2023-.*valid$/m)]);
    }
    const stranger = new TestAuditor("x.example", 99).head(17, a!.digest);
    const forged = { ...a!, digest: digestOf(2, 17) };
    for (const text of [
      toBase64(encodeStatement(stranger)),
      toBase64(encodeStatement(forged)),
      note.replace("17\n", "18\n"),
      plexi.replaceAll(/"signature":"../g, '"signature":"00'),
      "",
      "nonsense",
      "{",
      "a\n\nb",
    ]) {
      expect(await verify("head", text)).toMatchObject({ exitCode: 1, out: expect.stringContaining("not valid") });
    }
  });

  it("a case, with the policy's auditors", async () => {
    const [file] = casesOf([...headsOf([0, 1, 2], 16), ...headsOf([3, 4], 16, 2)]);
    const { exitCode, out } = await verify("case", JSON.stringify(file), "--origin", `${NAMESPACE}=${ORIGIN}`);
    expect([exitCode, out]).toEqual([0, expect.stringContaining("split-view")]);
    expect((await verify("case", "{}")).exitCode).toBe(1);
  });

  it("nothing else, and no file that is not there", async () => {
    expect((await verify("letter", "")).exitCode).toBe(2);
    expect((await coaudit("verify", "certificate", "/nowhere", "--policy", policy)).exitCode).toBe(2);
  });
});
