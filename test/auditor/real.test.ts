/**
 * The auditor on real proofs: the practice provider over HTTP, the real verifier, the claim book on disk, the machine's
 * clock.
 */
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { ReferenceVerifier } from "../../src/akd/proof-verifier.ts";
import { FolderQuarantine } from "../../src/auditor/bodies/quarantine-folder.ts";
import { NamespaceAuditor } from "../../src/auditor/namespace-auditor.ts";
import type { AuditorOptions, VerifiedEpoch } from "../../src/auditor/options.ts";
import { SeedSigner } from "../../src/auditor/signer.ts";
import { toHex } from "../../src/core/bytes.ts";
import { sha256 } from "../../src/core/hash.ts";
import { ClaimBook } from "../../src/ledger/claims/claim-book.ts";
import type { ClaimBookOptions } from "../../src/ledger/claims/claim-open.ts";
import { systemClock, systemRandom } from "../../src/platform/system.ts";
import type { Lie } from "../../src/provider/lies.ts";
import { openRecordedLog } from "../../src/provider/recorded-log.ts";
import { type RunningProvider, startProvider } from "../../src/provider/server.ts";
import { BucketSource } from "../../src/source/bucket.ts";
import { FolderSource } from "../../src/source/folder.ts";
import type { EpochSource } from "../../src/source/source.ts";
import { FORK, MAIN, namesIn } from "../source/fixtures.ts";
import { MemoryHeads, MemoryLogger, MemoryObservations, MemoryRoots } from "./memory-ports.ts";
import { NAMESPACE, ORIGIN, ROOT } from "./stub-log.ts";
import { signingKey } from "./world.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Minutes of the rules become tenths of seconds. */
const FAST = { pollIntervalMs: 20, factSpanMs: 200, withheldAfterMs: 200, retryBaseMs: 10, retryCapMs: 50 };

class Node {
  readonly folder: string;
  readonly heads = new MemoryHeads();
  readonly observations = new MemoryObservations();
  readonly roots = new MemoryRoots();
  readonly log = new MemoryLogger();

  constructor(folder: string) {
    this.folder = folder;
  }

  /** One life of the node; `stop` ends it. */
  async live(
    source: EpochSource,
    { root = ROOT, ...options }: Partial<Omit<AuditorOptions, "root">> & { root?: VerifiedEpoch | "first-sight" } = {},
  ): Promise<Life> {
    const book: ClaimBookOptions = { folder: join(this.folder, "claims"), publicKeys: [signingKey.publicKey] };
    const isNew = !existsSync(book.folder);
    const claims = await ClaimBook[isNew ? "create" : "open"](book, { random: systemRandom });
    const auditor = new NamespaceAuditor(
      {
        namespace: NAMESPACE,
        origin: ORIGIN,
        configuration: "whatsapp_v1",
        ...(root === "first-sight" ? {} : { root }),
        ...FAST,
        ...options,
      },
      {
        source,
        proofVerifier: new ReferenceVerifier(),
        claims,
        roots: this.roots,
        signer: new SeedSigner(signingKey),
        heads: this.heads,
        observations: this.observations,
        others: { highestSignedByOthers: () => 0, highestOwnShown: () => 0, recentHeadTimesMs: () => [] },
        guard: { state: () => "open" },
        quarantine: new FolderQuarantine({ folder: join(this.folder, "quarantine") }),
        clock: systemClock,
        random: systemRandom,
        log: this.log,
      },
    );
    let isOver = false;
    const stop = async (): Promise<void> => {
      if (isOver) return;
      isOver = true;
      await auditor.stop();
      await claims.close();
    };
    cleanups.push(stop);
    auditor.start(new AbortController().signal);
    return { auditor, claims, stop };
  }
}

interface Life {
  readonly auditor: NamespaceAuditor;
  readonly claims: ClaimBook;
  stop(): Promise<void>;
}

async function makeNode(): Promise<Node> {
  const folder = await mkdtemp(join(tmpdir(), "coaudit-auditor-"));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  return new Node(folder);
}

async function serve(lies: readonly Lie[] = [], startEpoch = 24): Promise<RunningProvider> {
  const log = await openRecordedLog({ directory: MAIN, fork: { directory: FORK, atEpoch: 17 } });
  const provider = await startProvider({ lies, startEpoch }, { log, clock: systemClock });
  cleanups.push(() => provider.stop());
  return provider;
}

const bucket = (provider: RunningProvider): BucketSource =>
  new BucketSource(
    { url: provider.urlFor("alice"), backoffBaseMs: 5, backoffCapMs: 20 },
    {
      clock: systemClock,
      random: systemRandom,
    },
  );

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await systemClock.sleep(10);
}

async function digestsIn(directory: string): Promise<(string | undefined)[]> {
  return [...(await namesIn(directory)).values()].map((name) => name.split("/")[2]);
}

const signedDigests = ({ heads }: Node): string[] => heads.epochs().map((epoch) => toHex(heads.get(epoch)!.digest));

describe("An auditor of a real log", () => {
  it("signs all epochs of a bucket, over a restart in the middle", async () => {
    const node = await makeNode();
    const provider = await serve([], 10);
    const first = await node.live(bucket(provider));
    await until(() => first.auditor.status().lastSigned?.epoch === 10);
    await first.stop();
    for (let epoch = 11; epoch <= 24; epoch++) await provider.publishNext();
    const second = await node.live(bucket(provider));
    await until(() => second.auditor.status().lastSigned?.epoch === 24);
    expect(signedDigests(node)).toEqual(await digestsIn(MAIN));
    expect(node.log.alarms).toEqual([]);
  });

  it("signs all epochs of a folder", async () => {
    const node = await makeNode();
    const { auditor } = await node.live(new FolderSource({ directory: FORK }), { lastEpoch: 24 });
    await until(() => auditor.status().state === "ended");
    expect(signedDigests(node)).toEqual(await digestsIn(FORK));
  });

  it("signs the history that it is shown, even where that is a fork: others will tell", async () => {
    const node = await makeNode();
    const { auditor } = await node.live(bucket(await serve([{ kind: "fork", to: ["alice"] }])));
    await until(() => auditor.status().lastSigned?.epoch === 24);
    expect(signedDigests(node)).toEqual(await digestsIn(FORK));
  });

  it("signs neither of two histories that are listed together", async () => {
    const node = await makeNode();
    const { auditor, claims } = await node.live(bucket(await serve([{ kind: "list-both", epoch: 17 }])));
    await until(() => claims.haltOf(NAMESPACE) !== undefined);
    expect(auditor.status()).toMatchObject({ halt: { reason: "conflicting-listing" }, lastSigned: { epoch: 16 } });
    const names = await Promise.all([MAIN, FORK].map(async (directory) => (await namesIn(directory)).get(17)));
    expect(node.observations.said[0]?.blobNames).toEqual(names.sort());
  });

  it("halts on a proof with one wrong bit, keeps it, and goes on after a resume", async () => {
    const node = await makeNode();
    const lies: Lie[] = [{ kind: "invalid-proof", epoch: 5 }];
    const first = await node.live(bucket(await serve(lies)));
    await until(() => first.claims.haltOf(NAMESPACE) !== undefined);
    expect(node.observations.said).toMatchObject([
      { kind: "invalid-proof", epoch: 5, errorCode: "PROOF_END_MISMATCH" },
    ]);
    const [body = ""] = (await readdir(join(node.folder, "quarantine"))).filter((name) => name.endsWith(".body"));
    const kept = await readFile(join(node.folder, "quarantine", body));
    expect(toHex(sha256(new Uint8Array(kept)))).toBe(toHex(node.observations.said[0]!.bodyHashes[0]!));
    await first.stop();

    const second = await node.live(bucket(await serve()));
    await until(() => second.auditor.status().state === "halted");
    await second.auditor.resume("the operator has checked");
    await until(() => second.auditor.status().lastSigned?.epoch === 24);
    expect(signedDigests(node)).toEqual(await digestsIn(MAIN));
  });

  it("takes no harm from replicas that are damaged, cut off, empty, behind or slow at first", async () => {
    const node = await makeNode();
    const lies: Lie[] = [
      { kind: "invalid-proof", epoch: 4, times: 1 },
      { kind: "truncate", epoch: 6, times: 8 },
      { kind: "withhold", epoch: 8, times: 3 },
      { kind: "withhold-listing", epoch: 10, times: 5 },
      { kind: "slow", epoch: 12, delayMs: 50 },
    ];
    const { auditor } = await node.live(bucket(await serve(lies)), { factSpanMs: 60_000, withheldAfterMs: 60_000 });
    await until(() => auditor.status().lastSigned?.epoch === 24);
    expect(signedDigests(node)).toEqual(await digestsIn(MAIN));
    expect(node.observations.said).toEqual([]);
  });

  it("reports what is withheld", async () => {
    const node = await makeNode();
    const { auditor } = await node.live(bucket(await serve([{ kind: "withhold-listing", epoch: 9 }])));
    await until(() => node.observations.said.length > 0);
    expect(node.observations.said).toMatchObject([{ kind: "withheld", epoch: 9 }]);
    expect(auditor.status()).toMatchObject({ state: "auditing", lastSigned: { epoch: 8 }, latestListed: 24 });
  });

  it("takes the newest epoch for its root when none is pinned", async () => {
    const node = await makeNode();
    const provider = await serve([], 12);
    const { auditor } = await node.live(bucket(provider), { root: "first-sight" });
    await until(() => auditor.root !== undefined);
    await provider.publishNext();
    await until(() => auditor.status().lastSigned?.epoch === 13);
    expect(node.heads.epochs()).toEqual([13]);
  });
});
