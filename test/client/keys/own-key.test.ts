import { beforeEach, describe, expect, it } from "vitest";
import type { HistoryExtent } from "../../../src/akd/keys/verify-history.ts";
import type { OwnAnswer } from "../../../src/client/keys/answers.ts";
import type { OwnKeyResult } from "../../../src/client/keys/key-results.ts";
import { type OwnHistory, watchOwnKey } from "../../../src/client/keys/watch-own-key.ts";
import { utf8 } from "../../../src/core/bytes.ts";
import { KeyDirectory } from "../../../src/provider/keys/key-directory.ts";
import { NAMESPACE } from "../../support/auditors.ts";
import { SeededRandom } from "../../support/virtual-clock.ts";
import { App, Auditors, answerOf } from "./app.ts";

const random = new SeededRandom(4);
const me = utf8("me");
const keys = Array.from({ length: 6 }, () => random.bytes(32));
const theirs = random.bytes(32);

let directory: KeyDirectory;
let auditors: Auditors;
let app: App;
let mine: Map<number, Uint8Array>;

/** I publish my next key. */
function publishMine(): void {
  const version = mine.size + 1;
  const key = keys[version - 1]!;
  mine.set(version, key);
  directory.publish([[me, key]]);
  auditors.sign(directory);
}

function answer(from: KeyDirectory = directory, count?: number): Pick<OwnAnswer, "epoch" | "digest" | "proof"> {
  const bytes = from.history(me, count === undefined ? { kind: "complete" } : { kind: "most-recent", count })!;
  return {
    epoch: from.epoch,
    digest: from.digest,
    proof: { kind: "history", bytes, ...(count === undefined ? {} : { count }) },
  };
}

function verify(given = answer(), withdrawn = new Set<number>()): Promise<OwnKeyResult> {
  return app.client.verifyHistory({ namespace: NAMESPACE, label: me, mine, withdrawn, ...given });
}

beforeEach(() => {
  directory = new KeyDirectory("experimental", new SeededRandom(9).bytes(32));
  auditors = new Auditors();
  app = new App(directory, auditors);
  mine = new Map();
  publishMine();
});

describe("the own key", () => {
  it("is verified where every version is one of the owner's", async () => {
    expect(await verify()).toMatchObject({ result: "verified", shown: { version: 1 } });
    publishMine();
    publishMine();
    expect(await verify()).toMatchObject({ result: "verified", shown: { version: 3 } });
  });

  it("alarms for a version that the owner never published, also when the true key follows, or a tombstone covers it", async () => {
    await verify();
    directory.publish([[me, theirs]]);
    auditors.sign(directory);
    expect(await verify()).toMatchObject({ result: "alarm", reason: "unknown-own-version", complaint: { epoch: 2 } });
    directory.publish([[me, keys[0]!]]);
    auditors.sign(directory);
    expect(await verify()).toMatchObject({ result: "alarm", reason: "unknown-own-version" });
    directory.publish([], { tombstones: [[me, 2]] });
    auditors.sign(directory);
    expect(await verify()).toMatchObject({ result: "alarm", reason: "unknown-own-version" });
  });

  it("alarms for a tombstone that the owner did not ask for, and not for one that it did", async () => {
    publishMine();
    directory.publish([], { tombstones: [[me, 1]] });
    auditors.sign(directory);
    expect(await verify()).toMatchObject({ result: "alarm", reason: "value-removed" });
    expect((await verify(answer(), new Set([1]))).result).toBe("verified");
  });

  it("is read from where it was last seen: fewer versions, and no gap", async () => {
    publishMine();
    await verify();
    publishMine();
    publishMine();
    expect((await verify(answer(directory, 2))).result).toBe("verified");
    publishMine();
    publishMine();
    expect(await verify(answer(directory, 1))).toMatchObject({ result: "unconfirmed", reason: "history-gap" });
    expect(await verify(answer(directory, 2))).toMatchObject({ result: "verified", shown: { version: 6 } });
  });

  it("is not verified on a device that has never seen the beginning, however the history ends", async () => {
    publishMine();
    expect(await verify(answer(directory, 1))).toMatchObject({ result: "unconfirmed", reason: "history-gap" });
    expect(await app.client.historyToAsk({ namespace: NAMESPACE, label: me, mine })).toEqual({ kind: "complete" });
    expect((await verify()).result).toBe("verified");
    publishMine();
    const extent = { kind: "most-recent", count: 2 };
    expect(await app.client.historyToAsk({ namespace: NAMESPACE, label: me, mine })).toEqual(extent);
  });

  it("is outdated below an epoch that was accepted about anybody", async () => {
    const old = answer();
    directory.publish([[utf8("carol"), theirs]]);
    auditors.sign(directory);
    expect((await app.verify(answerOf(directory, utf8("carol"), theirs))).result).toBe("verified");
    expect(await verify(old)).toMatchObject({ result: "outdated", newestEpoch: 2 });
  });

  it("alarms when a version is forgotten, and is outdated when the answer is older than the last", async () => {
    const forgetful = directory.fork();
    const old = answer();
    publishMine();
    await verify();
    expect(await verify(old)).toMatchObject({ result: "outdated", newestEpoch: 2 });
    forgetful.publish([]);
    forgetful.publish([]);
    auditors.sign(forgetful);
    expect(await verify(answer(forgetful))).toMatchObject({ result: "alarm", reason: "version-went-back" });
  });

  it("is not confirmed while the directory does not show the newest key, and an alarm when it denies it all", async () => {
    mine.set(2, keys[1]!);
    expect(await verify()).toMatchObject({ result: "unconfirmed", reason: "own-key-missing" });
    const none = { ...answer(), proof: { kind: "none" } as const };
    expect(await verify(none)).toMatchObject({ result: "alarm", reason: "left-directory" });
  });

  it("alarms for another tree than the auditors', at once where it is signed and later where it is not yet", async () => {
    const fork = directory.fork();
    fork.publish([[utf8("somebody"), theirs]]);
    expect((await verify(answer(fork))).result).toBe("pending");
    directory.publish([]);
    auditors.sign(directory);
    expect(await verify(answer(fork))).toMatchObject({ result: "alarm", reason: "wrong-digest" });
    expect(await app.client.settle(NAMESPACE)).toMatchObject([{ result: { reason: "wrong-digest" } }]);
  });
});

describe("watching it", () => {
  it("tells of the first result, of each change, and of every alarm", async () => {
    const stop = new AbortController();
    let round = 0;
    const extents: unknown[] = [];
    const ask = async (extent: HistoryExtent): Promise<OwnHistory> => {
      extents.push(extent);
      round++;
      if (round === 2) throw new Error("offline");
      if (round === 3) await new Promise(() => {}); // A directory that hangs.
      if (round === 5) {
        directory.publish([[me, theirs]]);
        auditors.sign(directory);
      }
      if (round === 7) stop.abort();
      const { epoch, digest } = directory;
      return { epoch, digest, proof: directory.history(me, extent) };
    };
    const found: string[] = [];
    const options = { namespace: NAMESPACE, label: me, mine: () => ({ mine }), ask, signal: stop.signal };
    for await (const result of watchOwnKey(app.client, options, { clock: app.clock }))
      found.push("reason" in result ? `${result.result} ${result.reason}` : result.result);
    expect(found).toEqual([
      "verified",
      "unconfirmed no-answer",
      "verified",
      "alarm unknown-own-version",
      "alarm unknown-own-version",
    ]);
    expect(extents.slice(0, 2)).toEqual([{ kind: "complete" }, { kind: "most-recent", count: 1 }]);
  });
});
