import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { toHex } from "../../../src/core/bytes.ts";
import { historyFixtures, type LookupFixture, lookupFixtures } from "../../akd/keys/fixtures.ts";
import { FakeNode } from "../../api/fake-node.ts";
import { digestOf, makeAuditors, NAMESPACE } from "../../support/auditors.ts";
import { coaudit } from "../captured.ts";
import { Bench } from "../served.ts";

const auditors = makeAuditors(5);
let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.close());

const lookup = lookupFixtures("whatsapp_v1-main").at(-1)!;

function saved(proof: Uint8Array): string {
  return bench.file("answer.bin", proof);
}

/** All that is asked, but for the digest. */
function question({ request }: Pick<LookupFixture, "request">): string[] {
  const { configuration, vrfKey, label, epoch } = request;
  const asked = ["--configuration", configuration, "--vrf-key", toHex(vrfKey), "--label-hex", toHex(label)];
  return [...asked, "--epoch", String(epoch)];
}

function digest({ request }: Pick<LookupFixture, "request">): string[] {
  return ["--root", toHex(request.digest)];
}

describe("coaudit verify lookup", () => {
  it("says which version and value the directory holds, and what a lookup does not show", async () => {
    const file = saved(lookup.proof);
    const { version, epoch, value } = lookup.result;
    const json = await coaudit("verify", "lookup", file, ...question(lookup), ...digest(lookup), "--json");
    expect(json).toEqual({ exitCode: 0, out: JSON.stringify({ valid: true, version, epoch, value }), err: "" });
    const text = await coaudit("verify", "lookup", file, ...question(lookup), ...digest(lookup));
    expect(text.out).toContain(`valid\nversion ${version}, published in epoch ${epoch}: ${value}`);
    expect(text.out).toContain("A lookup alone does not show that this is the newest version");
  });

  it("takes the label as text", async () => {
    const [label, ...others] = [new TextDecoder().decode(lookup.request.label), ...question(lookup).slice(4)];
    const asked = ["--vrf-key", toHex(lookup.request.vrfKey), "--label", label!, ...others.slice(2)];
    expect((await coaudit("verify", "lookup", saved(lookup.proof), ...asked, ...digest(lookup))).exitCode).toBe(0);
  });

  it("says by a code what is wrong with a proof, and exits with 1", async () => {
    const file = saved(lookup.proof);
    const wrong = ["--root", "ab".repeat(32)];
    const { exitCode, out } = await coaudit("verify", "lookup", file, ...question(lookup), ...wrong, "--json");
    expect([exitCode, JSON.parse(out)]).toEqual([
      1,
      expect.objectContaining({ valid: false, code: "KEY_PROOF_DIGEST" }),
    ]);
    const cut = saved(lookup.proof.subarray(1));
    expect((await coaudit("verify", "lookup", cut, ...question(lookup), ...digest(lookup))).out).toMatch(
      /^not valid: .+ \(KEY_PROOF_ENCODING\)$/,
    );
    const large = saved(new Uint8Array(2 ** 20 + 1));
    expect((await coaudit("verify", "lookup", large, ...question(lookup), ...digest(lookup), "--json")).out).toContain(
      '"KEY_PROOF_TOO_LARGE"',
    );
  });

  it("exits with 2 for whatever is wrong with the question or the file", async () => {
    const file = saved(lookup.proof);
    const asked = question(lookup);
    const withOption = (option: string, value: string) => asked.with(asked.indexOf(option) + 1, value);
    const all = [...asked, ...digest(lookup)];
    const questions: string[][] = [
      [file, ...asked],
      [file, ...all, "--label", "both"],
      [file, ...all, "--node", "http://127.0.0.1:1"],
      [file, ...asked, "--node", "http://127.0.0.1:1"],
      [file, ...withOption("--vrf-key", "ab"), ...digest(lookup)],
      [file, ...withOption("--vrf-key", "00".repeat(32)), ...digest(lookup)],
      [file, ...withOption("--label-hex", ""), ...digest(lookup)],
      [file, ...withOption("--epoch", "0"), ...digest(lookup)],
      [file, ...asked, "--root", "xyz"],
      ["/nowhere/answer.bin", ...all],
    ];
    for (const words of questions) {
      const { exitCode, err } = await coaudit("verify", "lookup", ...words);
      expect([words.slice(1).join(" "), exitCode, err.length > 0]).toEqual([words.slice(1).join(" "), 2, true]);
    }
    expect((await coaudit("verify", "lookup", file)).exitCode).toBe(2);
  });
});

describe("coaudit verify history", () => {
  const history =
    historyFixtures("experimental").find(({ results }) => results.length > 1) ??
    historyFixtures("whatsapp_v1-main").find(({ results }) => results.length > 1)!;

  it("lists the versions, newest first, for what was asked for", async () => {
    const file = saved(history.proof);
    const versions = history.results.map(({ version, epoch, value }) => ({ version, epoch, value }));
    const all = [...question(history), ...digest(history)];
    for (const params of ["complete", "most-recent:2", "most-recent:20"]) {
      const { exitCode, out } = await coaudit("verify", "history", file, ...all, "--params", params, "--json");
      expect([params, exitCode, out]).toEqual([params, 0, JSON.stringify({ valid: true, versions })]);
    }
    const fewer = await coaudit("verify", "history", file, ...all, "--params", "most-recent:1", "--json");
    expect([fewer.exitCode, JSON.parse(fewer.out).code]).toEqual([1, "KEY_PROOF_EXTENT"]);
    const text = await coaudit("verify", "history", file, ...all, "--params", "complete");
    expect(text.out).toContain(`valid\n2 versions, newest first\nversion ${versions[0]!.version}, published in epoch`);
  });

  it("is told what was asked for, in one of two words", async () => {
    const file = saved(history.proof);
    const all = [...question(history), ...digest(history)];
    expect((await coaudit("verify", "history", file, ...all)).exitCode).toBe(2);
    for (const params of ["all", "most-recent", "most-recent:", "most-recent:0", "most-recent:1.5"]) {
      expect([params, (await coaudit("verify", "history", file, ...all, "--params", params)).exitCode]).toEqual([
        params,
        2,
      ]);
    }
  });
});

describe("with nodes in place of a digest", () => {
  async function nodeOf(
    signers: number,
    root: Uint8Array,
    { now = Date.now(), newest = lookup.request.epoch } = {},
  ): Promise<string[]> {
    const { epoch } = lookup.request;
    const node = new FakeNode(auditors);
    for (const auditor of auditors.slice(0, signers)) {
      node.statements.push(auditor.head(epoch, root, now));
      if (newest !== epoch) node.statements.push(auditor.head(newest, digestOf(1, newest), now));
    }
    return ["--node", await bench.serve(node), "--namespace", NAMESPACE, "--roster", bench.roster(auditors)];
  }

  it("verifies against the digest that a quorum signed, and says who", async () => {
    const from = await nodeOf(4, lookup.request.digest);
    const file = saved(lookup.proof);
    const { exitCode, out } = await coaudit("verify", "lookup", file, ...question(lookup), ...from, "--json");
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toEqual({
      valid: true,
      ...lookup.result,
      digest: toHex(lookup.request.digest),
      signers: auditors.slice(0, 4).map(({ name }) => name),
      newestEpoch: lookup.request.epoch,
    });
  });

  it("verifies nothing without the newest epoch, and says of an answer far below it that it is out of date", async () => {
    const { epoch, digest: root } = lookup.request;
    const asked = [saved(lookup.proof), ...question(lookup)];
    const old = await nodeOf(4, root, { now: Date.now() - 30 * 86_400_000 });
    const stale = await coaudit("verify", "lookup", ...asked, ...old, "--json");
    expect([stale.exitCode, JSON.parse(stale.out)]).toEqual([
      1,
      expect.objectContaining({ valid: false, quorum: "stale" }),
    ]);
    for (const [ahead, exitCode] of [
      [20, 0],
      [21, 1],
    ] as const) {
      const far = await nodeOf(4, root, { newest: epoch + ahead });
      const found = await coaudit("verify", "lookup", ...asked, ...far);
      expect([ahead, found.exitCode]).toEqual([ahead, exitCode]);
      expect(found.out.includes(`OUTDATED: the quorum's newest epoch is ${epoch + ahead}`)).toBe(exitCode === 1);
    }
  });

  it("refuses a proof from another tree than the one that the quorum signed", async () => {
    const from = await nodeOf(4, new Uint8Array(32).fill(7));
    const { exitCode, out } = await coaudit("verify", "lookup", saved(lookup.proof), ...question(lookup), ...from);
    expect([exitCode, out]).toEqual([1, expect.stringContaining("KEY_PROOF_DIGEST")]);
  });

  it("verifies nothing where too few have signed, or no node answers", async () => {
    const from = await nodeOf(2, lookup.request.digest);
    const few = await coaudit("verify", "lookup", saved(lookup.proof), ...question(lookup), ...from, "--json");
    expect([few.exitCode, JSON.parse(few.out)]).toEqual([
      1,
      expect.objectContaining({ valid: false, quorum: "pending" }),
    ]);
    const nowhere = from.with(1, "http://127.0.0.1:1");
    expect((await coaudit("verify", "lookup", saved(lookup.proof), ...question(lookup), ...nowhere)).exitCode).toBe(4);
  });
});
