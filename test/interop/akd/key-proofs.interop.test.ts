/** Lookups and histories: our verdicts against those of the akd crate 0.13.0, on proofs of its own server. */
import { beforeAll, describe, expect, it } from "vitest";
import { CONFIGURATION_NAMES, type ConfigurationName } from "../../../src/akd/configuration.ts";
import { encodeHistoryProof, encodeLookupProof } from "../../../src/akd/keys/encode-key-proofs.ts";
import { isKeyProofError } from "../../../src/akd/keys/key-check.ts";
import { keyHashing } from "../../../src/akd/keys/key-hashing.ts";
import { decodeHistoryProof, decodeLookupProof } from "../../../src/akd/keys/key-proofs.ts";
import { verifyHistoryProof } from "../../../src/akd/keys/verify-history.ts";
import { verifyLookupProof } from "../../../src/akd/keys/verify-lookup.ts";
import { toHex, utf8 } from "../../../src/core/bytes.ts";
import { randomBelow } from "../../../src/core/clock.ts";
import { absenceAtTheRoot, emptyPath } from "../../../src/provider/keys/forged-proofs.ts";
import { KeyDirectory } from "../../../src/provider/keys/key-directory.ts";
import { fieldMutations } from "../../akd/keys/field-mutations.ts";
import { historyFixtures, lookupFixtures, type PlainVersion, plain } from "../../akd/keys/fixtures.ts";
import { hiddenVersion } from "../../akd/keys/hidden-version.ts";
import { rootChildren } from "../../akd/keys/root-children.ts";
import { SeededRandom } from "../../support/virtual-clock.ts";
import {
  askCrate,
  buildKeyOracle,
  crateDirectories,
  type DirectoryPlan,
  type KeyAnswer,
  type KeyQuestion,
} from "./key-oracle.ts";
import { isCargoInstalled } from "./oracle.ts";

const BUILD_TIMEOUT_MS = 15 * 60_000;
/** COAUDIT_KEY_DIRECTORIES=1000 for a long run; another COAUDIT_KEY_SEED makes others. */
const DIRECTORIES = Number(process.env["COAUDIT_KEY_DIRECTORIES"] ?? 12);
const SEED = Number(process.env["COAUDIT_KEY_SEED"] ?? 77);
const MUTATIONS = 20 * DIRECTORIES;

type Verdict = { kind: "valid"; versions: PlainVersion[] } | { kind: "invalid"; code: string };

function ours({ request, proof, extent, tombstones }: KeyQuestion): Verdict {
  try {
    const versions =
      extent === undefined
        ? [verifyLookupProof(request, proof)]
        : verifyHistoryProof(request, proof, { extent, tombstones: tombstones ?? "refuse" });
    return { kind: "valid", versions: versions.map(plain) };
  } catch (error) {
    if (isKeyProofError(error)) return { kind: "invalid", code: error.code };
    throw error;
  }
}

/** From directories of one leaf to some of a few dozen labels with many versions. */
function plans(configuration: ConfigurationName): DirectoryPlan[] {
  const random = new SeededRandom(SEED);
  return Array.from({ length: DIRECTORIES }, (_, index) => {
    const labels = Array.from({ length: 1 + randomBelow(random, 1 + (index % 24)) }, (_, at) => utf8(`label ${at}`));
    const first = labels[0]!;
    const epochs = Array.from({ length: 1 + randomBelow(random, 1 + (index % 40)) }, () => {
      const chosen = labels.filter((label) => label === first || randomBelow(random, 3) === 0);
      return chosen.map((label): [Uint8Array, Uint8Array] => [label, random.bytes(randomBelow(random, 40))]);
    });
    return { configuration, vrfSecret: random.bytes(32), epochs, ask: [first], recent: [1, 2, 5] };
  });
}

async function crateQuestions(program: string, configuration: ConfigurationName): Promise<KeyQuestion[]> {
  const planned = plans(configuration);
  const directories = await crateDirectories(program, planned);
  return directories.flatMap(({ request, lookups, histories }, index) =>
    planned[index]!.ask.flatMap((label, at): KeyQuestion[] => [
      { name: `lookup ${index}`, request: { ...request, label }, proof: lookups[at]! },
      ...histories[at]!.map(({ extent, proof }) => ({
        name: `history ${index}`,
        request: { ...request, label },
        extent,
        proof,
      })),
    ]),
  );
}

function mutated({ extent, proof, ...question }: KeyQuestion, random: SeededRandom): KeyQuestion {
  const oneOf = <T>(all: readonly T[]): T => all[randomBelow(random, all.length)]!;
  if (extent === undefined)
    return { ...question, proof: encodeLookupProof(oneOf(fieldMutations(decodeLookupProof(proof)))) };
  return { ...question, extent, proof: encodeHistoryProof(oneOf(fieldMutations(decodeHistoryProof(proof)))) };
}

const hasCargo = isCargoInstalled();
const title = hasCargo ? "the akd crate" : "the akd crate (SKIPPED: cargo is not installed, see https://rustup.rs)";

describe.skipIf(!hasCargo)(title, () => {
  let program: string;
  beforeAll(() => {
    program = buildKeyOracle();
  }, BUILD_TIMEOUT_MS);

  describe.each(CONFIGURATION_NAMES)("in configuration %s", (configuration) => {
    it("makes proofs that we accept, with its own results, whatever the shape of its directory", async () => {
      const questions = await crateQuestions(program, configuration);
      expect(questions.length).toBe(5 * DIRECTORIES);
      const answers = await askCrate(program, questions);
      for (const [index, question] of questions.entries()) {
        const { valid, versions } = answers[index] as Extract<KeyAnswer, { valid: true }>;
        expect([question.name, valid, ours(question)]).toEqual([question.name, true, { kind: "valid", versions }]);
      }
    });

    it("refuses what we refuse of thousands of mutated proofs, but for what it does not look at", async () => {
      const random = new SeededRandom(SEED + 1);
      const originals = (await crateQuestions(program, configuration)).filter(({ proof }) => proof.length < 20_000);
      const questions = Array.from({ length: MUTATIONS }, () =>
        mutated(originals[randomBelow(random, originals.length)]!, random),
      );
      const answers = await askCrate(program, questions);
      const differences = questions.flatMap((question, index) => {
        const verdict = ours(question);
        const answer = answers[index]!;
        if (verdict.kind === "valid") return answer.valid ? [] : [`crate refuses: ${answer.reason}`];
        return answer.valid ? [verdict.code] : [];
      });
      // A label of a path that hashes do not bind (the parent of the first step, in "experimental" also its bits past
      // the length), and a proof about the version before the first one.
      expect([...new Set(differences)].sort()).toEqual(
        expect.arrayContaining(differences.length === 0 ? [] : ["KEY_PROOF_PATH"]),
      );
      for (const code of differences) expect(["KEY_PROOF_PATH", "KEY_PROOF_EPOCH"]).toContain(code);
    });

    it("accepts a marker with an empty path, and absence shown at the root, which we refuse", async () => {
      const folder = configuration === "experimental" ? "experimental" : "whatsapp_v1-main";
      const hashing = keyHashing(configuration);
      const lookup = lookupFixtures(folder).at(-1)!;
      const { request } = lookup;
      const right = decodeLookupProof(lookup.proof);
      const { marker, freshness, existence } = right;
      const absence = absenceAtTheRoot(hashing, rootChildren(hashing, existence.proof), freshness.proof.label);
      const forged: [string, Uint8Array][] = [
        [
          "KEY_PROOF_PATH",
          encodeLookupProof({
            ...right,
            marker: { ...marker, proof: emptyPath(hashing, rootChildren(hashing, marker.proof), marker.proof.label) },
          }),
        ],
        ["KEY_PROOF_ABSENCE", encodeLookupProof({ ...right, freshness: { ...freshness, proof: absence } })],
      ];
      const questions = forged.map(([name, proof]): KeyQuestion => ({ name, request, proof }));
      expect((await askCrate(program, questions)).map(({ valid }) => valid)).toEqual([true, true]);
      expect(questions.map(ours)).toEqual(forged.map(([code]) => ({ kind: "invalid", code })));
    });

    it("accepts a hidden version and the owner's complete history without it, and a forged history of it too", async () => {
      const { request, lookup, ownersHistory, theirs, mostRecent } = hiddenVersion(configuration);
      const questions: KeyQuestion[] = [
        { name: "lookup", request, proof: lookup },
        { name: "history", request, proof: ownersHistory, extent: { kind: "complete" } },
        { name: "forged", request, proof: mostRecent("forge"), extent: { kind: "most-recent", count: 1 } },
      ];
      const [shown, owned, forged] = await askCrate(program, questions);
      expect(shown).toMatchObject({ valid: true, versions: [{ version: 7, value: toHex(theirs) }] });
      expect(owned).toMatchObject({ valid: true, versions: [5, 4, 3, 2, 1].map((version) => ({ version })) });
      // With an empty path for the marker that the owner would see; we do not.
      expect(forged).toMatchObject({ valid: true, versions: [{ version: 7, value: toHex(theirs) }] });
      expect(questions.map((question) => ours(question).kind)).toEqual(["valid", "valid", "invalid"]);
    });

    it("verifies what the practice directory answers, from its first leaf on", async () => {
      const random = new SeededRandom(31);
      const directory = new KeyDirectory(configuration, random.bytes(32));
      const labels = Array.from({ length: 4 }, (_, index) => utf8(`label ${index}`));
      const questions: KeyQuestion[] = [];
      for (let epoch = 1; epoch <= 9; epoch++) {
        const published = labels.filter((_, index) => epoch > index && (index === 0 || randomBelow(random, 2) === 0));
        directory.publish(published.map((label) => [label, random.bytes(20)]));
        const { vrfKey, digest } = directory;
        for (const label of published) {
          const request = { configuration, vrfKey, label, epoch, digest };
          questions.push({ name: "lookup", request, proof: directory.lookup(label)! });
          for (const extent of [{ kind: "complete" }, { kind: "most-recent", count: 1 }] as const)
            questions.push({ name: "history", request, proof: directory.history(label, extent)!, extent });
        }
      }
      const answers = await askCrate(program, questions);
      expect(answers.filter(({ valid }) => !valid)).toEqual([]);
      for (const [index, question] of questions.entries()) {
        const { versions } = answers[index] as Extract<KeyAnswer, { valid: true }>;
        expect(ours(question)).toEqual({ kind: "valid", versions });
      }
    });

    it("shows a version that was retired as the current one, where its owner's history shows the newer one", async () => {
      const folder = configuration === "experimental" ? "experimental" : "whatsapp_v1-main";
      const history = historyFixtures(folder).find(({ results }) => results.length > 1);
      if (history === undefined) return;
      const hashing = keyHashing(configuration);
      const [newer, older] = decodeHistoryProof(history.proof).updates;
      const retired = newer!.previous!;
      const lookup = encodeLookupProof({
        ...older!,
        marker: older!.existence,
        freshness: {
          vrfProof: retired.vrfProof,
          proof: absenceAtTheRoot(hashing, rootChildren(hashing, retired.proof), retired.proof.label),
        },
      });
      const question = { name: "a retired version", request: history.request, proof: lookup };
      const [answer] = await askCrate(program, [question]);
      expect(answer).toMatchObject({ valid: true, versions: [history.results[1]] });
      expect(ours(question)).toEqual({ kind: "invalid", code: "KEY_PROOF_ABSENCE" });
    });
  });
});
