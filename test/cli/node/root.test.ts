/** Going on from another root, as an operator types it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { emptyDigest } from "../../../src/akd/configuration.ts";
import { SeedSigner } from "../../../src/auditor/signer.ts";
import { toHex } from "../../../src/core/bytes.ts";
import { formatVkey } from "../../../src/core/checkpoint.ts";
import type { RecordedRoot } from "../../../src/core/statement.ts";
import { encodeStatement } from "../../../src/core/statement-codec.ts";
import { ClaimBook } from "../../../src/ledger/claims/claim-book.ts";
import { encodeSlot } from "../../../src/ledger/slot.ts";
import { headKey } from "../../../src/ledger/store/keyspace.ts";
import { LevelStore } from "../../../src/ledger/store/level-store.ts";
import { StoredRoots } from "../../../src/ledger/stored-roots.ts";
import { initNode } from "../../../src/node/config/init.ts";
import { readKeyFile } from "../../../src/node/config/key-file.ts";
import { rootStore } from "../../../src/node/root-store.ts";
import { ed25519KeyFromSeed } from "../../../src/platform/native-ed25519.ts";
import { systemRandom } from "../../../src/platform/system.ts";
import { type Captured, coaudit } from "../captured.ts";

const NAME = "a.example";
const N = "practice.v1";
const ORIGIN = "practice/v1";
const digest = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const RIGHT = toHex(digest(9));

let folder: string;
let config: string;
let signer: SeedSigner;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-root-"));
  const listen = "/ip4/127.0.0.1/tcp/0";
  const made = await initNode({ name: NAME, folder, listen, apiPort: 0 }, { random: systemRandom });
  config = made.configFile;
  configured("");
  signer = new SeedSigner(ed25519KeyFromSeed(await readKeyFile(join(folder, "signing.key"))));
  list(12, digest(8), digest(9));
});
afterEach(() => rmSync(folder, { recursive: true }));

function configured(more: string): void {
  const entry = `\n  - { namespace: ${N}, origin: ${ORIGIN}, configuration: experimental, source: ./bucket${more} }`;
  writeFileSync(config, readFileSync(config, "utf8").replace(/namespaces:.*/s, `namespaces:${entry}\n`));
}

/** The source's folder lists this blob. */
function list(epoch: number, previous: Uint8Array, current: Uint8Array): void {
  const at = join(folder, "bucket", String(epoch), toHex(previous));
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, toHex(current)), "a proof");
}

const CHECKED = ["--i-have-checked", "asked b and c"];
const root = (epoch: number, hex: string, ...args: string[]): Promise<Captured> =>
  coaudit("root", N, String(epoch), hex, "--config", config, ...CHECKED, ...args);

async function withBook<T>(use: (book: ClaimBook) => Promise<T>): Promise<T> {
  const at = join(folder, "data", "claims");
  const book = await ClaimBook.open({ folder: at, publicKeys: [signer.publicKey] }, { random: systemRandom });
  try {
    return await use(book);
  } finally {
    await book.close();
  }
}

const claim = (epoch: number, fill: number) => ({
  ...{ namespace: N, origin: ORIGIN, epoch, digest: digest(fill), timestampMs: 1_700_000_000_000 + epoch },
  ...{ suite: 1 as const, late: false, publicKey: signer.publicKey },
});

async function withLedger<T>(use: (store: LevelStore) => Promise<T>): Promise<T> {
  const store = await LevelStore.open({ folder: join(folder, "data", "ledger") });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

const stored = (): Promise<RecordedRoot | undefined> => withLedger((store) => rootStore(new StoredRoots(store)).get(N));

describe("coaudit root", () => {
  it("sets a root at or above the newest claim, and a mark at it, in the words of whoever checked", async () => {
    await withBook((book) => book.claim(claim(12, 5)));
    const moved = await root(12, RIGHT);
    expect(moved).toMatchObject({ exitCode: 0, out: expect.stringContaining(`from epoch 12, digest ${RIGHT}`) });
    expect(await stored()).toMatchObject({ epoch: 12, digest: digest(9), chosen: "pinned" });
    await withBook(async (book) => {
      expect(book.isMarkedByPerson(N)).toBe(true);
      expect(book.mark(N)).toBe(12);
      expect(await book.get(N, 12)).toMatchObject({ digest: digest(5) });
      await expect(book.claim(claim(11, 9))).rejects.toMatchObject({ code: "CLAIM_BELOW_MARK" });
      await expect(book.claim(claim(13, 9))).resolves.toMatchObject({ epoch: 13 });
    });
  });

  it("keeps the configuration that is bound to the namespace", async () => {
    await withLedger((store) => rootStore(new StoredRoots(store)).bindConfiguration(N, "experimental"));
    await root(12, RIGHT);
    await withLedger(async (store) => {
      expect(await rootStore(new StoredRoots(store)).configurationOf(N)).toBe("experimental");
    });
  });

  it("refuses a root below the newest claim, and one below a head of its own that the ledger holds", async () => {
    await withBook((book) => book.claim(claim(13, 5)));
    const below = await root(12, RIGHT, "--yes-really");
    expect(below).toMatchObject({ exitCode: 1, err: expect.stringMatching(/epoch 13 was claimed.*ROOT_REFUSED/s) });
    const { publicKey } = signer;
    const head = await signer.signHead({ ...claim(20, 4), origin: ORIGIN, publicKey });
    await withLedger((store) => {
      const value = encodeSlot([encodeStatement(head)]);
      return store.batch([{ type: "put", key: headKey(N, NAME, 20), value }], { sync: true });
    });
    const held = await root(19, RIGHT, "--yes-really");
    expect(held).toMatchObject({ exitCode: 1, err: expect.stringMatching(/epoch 20 of practice\.v1 is known/) });
    expect(await stored()).toBeUndefined();
  });

  it("asks the source, and refuses what it does not list, before a slip of the hand accuses a provider", async () => {
    for (const [epoch, hex, reason] of [
      [12, toHex(digest(7)), /lists another digest \(0909090909090909\) for epoch 12/],
      [13, RIGHT, /lists nothing for epoch 13/],
    ] as const) {
      const refused = await root(epoch, hex);
      expect(refused).toMatchObject({ exitCode: 1, err: expect.stringMatching(reason) });
      expect(refused.err).toContain("--yes-really");
    }
    expect(await stored()).toBeUndefined();
    expect(await root(13, RIGHT, "--yes-really")).toMatchObject({ exitCode: 0, out: expect.stringMatching(/nothing/) });
    rmSync(join(folder, "bucket"), { recursive: true });
    expect(await root(13, RIGHT)).toMatchObject({ exitCode: 1 });
  });

  it("refuses a digest that none of the others signed, when some signed another", async () => {
    const other = new SeedSigner(ed25519KeyFromSeed(new Uint8Array(32).fill(7)));
    const vkey = formatVkey({ name: "b.example", publicKey: other.publicKey });
    const roster = readFileSync(join(folder, "roster.yaml"), "utf8");
    writeFileSync(join(folder, "roster.yaml"), `${roster}  - { name: b.example, keys: [{ vkey: "${vkey}" }] }\n`);
    const keep = async (name: string, by: SeedSigner, fill: number): Promise<void> => {
      const head = await by.signHead({ ...claim(12, fill), publicKey: by.publicKey });
      const value = encodeSlot([encodeStatement(head)]);
      await withLedger((store) => store.batch([{ type: "put", key: headKey(N, name, 12), value }], { sync: true }));
    };
    await keep("b.example", other, 5);
    await keep(NAME, signer, 9);
    await withBook((book) => book.setHalt(N, { reason: "chain-mismatch", detail: "d", atMs: 1 }));
    const refused = await root(12, RIGHT);
    expect(refused).toMatchObject({
      exitCode: 1,
      err: expect.stringMatching(/b\.example signed another digest for epoch 12.*--yes-really.*ROOT_REFUSED/s),
    });
    expect(await stored()).toBeUndefined();
    await withBook(async (book) => {
      expect(book.mark(N)).toBe(0);
      expect(book.haltOf(N)).toMatchObject({ reason: "chain-mismatch" });
    });
    const sure = await root(12, RIGHT, "--yes-really");
    expect(sure).toMatchObject({
      exitCode: 0,
      out: expect.stringContaining("signed another digest for epoch 12: b.ex"),
    });
    // Where one of the others signed it, too, they are of two minds, and the person has said which is right.
    await keep("b.example", other, 9);
    expect(await root(12, RIGHT)).toMatchObject({ exitCode: 0 });
  });

  it("halts on where the root is not stored, signs no less than the mark says, and does the rest when run again", async () => {
    await withBook((book) => book.setHalt(N, { reason: "chain-mismatch", detail: "d", atMs: 1 }));
    const write = vi.spyOn(StoredRoots.prototype, "set").mockRejectedValueOnce(new Error("no space left"));
    expect(await root(12, RIGHT)).toMatchObject({ exitCode: 1, err: expect.stringContaining("no space left") });
    write.mockRestore();
    expect(await stored()).toBeUndefined();
    await withBook(async (book) => {
      expect(book.mark(N)).toBe(12);
      expect(book.haltOf(N)).toMatchObject({ reason: "chain-mismatch" });
    });
    expect(await root(12, RIGHT)).toMatchObject({ exitCode: 0, out: expect.stringContaining("is lifted") });
    expect(await stored()).toMatchObject({ epoch: 12, digest: digest(9) });
  });

  it("says who signed that digest, and who signed another", async () => {
    const { publicKey } = signer;
    const head = await signer.signHead({ ...claim(12, 5), origin: ORIGIN, publicKey });
    await withLedger((store) => {
      const value = encodeSlot([encodeStatement(head)]);
      return store.batch([{ type: "put", key: headKey(N, NAME, 12), value }], { sync: true });
    });
    expect((await root(12, RIGHT)).out).toContain(`signed another digest for epoch 12: ${NAME}`);
  });

  it("lifts a halt about the provider and leaves one about the own key", async () => {
    const halt = (reason: string) => ({ reason, detail: "d", atMs: 1 });
    await withBook((book) => book.setHalt(N, halt("chain-mismatch")));
    expect((await root(12, RIGHT)).out).toContain("the halt (chain-mismatch) is lifted");
    await withBook(async (book) => {
      expect(book.haltOf(N)).toBeUndefined();
      await book.setHalt(N, halt("own-key-conflict"));
    });
    const json = await root(12, RIGHT, "--json");
    expect(JSON.parse(json.out)).toEqual({
      namespace: N,
      root: { epoch: 12, digest: RIGHT },
      mark: 12,
      halt: { reason: "own-key-conflict", isLifted: false },
      notes: [],
    });
    await withBook(async (book) => expect(book.haltOf(N)).toMatchObject({ reason: "own-key-conflict" }));
  });

  it("refuses what the configuration overrules, does not have, or what cannot be a root", async () => {
    configured(", root: { epoch: 0 }");
    expect(await root(12, RIGHT)).toMatchObject({
      exitCode: 1,
      err: expect.stringMatching(/pins the root at epoch 0/),
    });
    await withBook((book) => book.claim(claim(1, 5)));
    expect(await root(12, RIGHT)).toMatchObject({ exitCode: 0 });
    configured("");
    const other = await coaudit("root", "practice.v2", "12", RIGHT, "--config", config, ...CHECKED);
    expect(other).toMatchObject({ exitCode: 2, err: expect.stringContaining("it has: practice.v1") });
    for (const [epoch, hex] of [
      [12, "8c41"],
      [12, "x".repeat(64)],
      [0, RIGHT],
      [-1, RIGHT],
      [2 ** 53, RIGHT],
    ] as const) {
      const refused = await coaudit("root", "--config", config, ...CHECKED, "--", N, String(epoch), hex);
      expect(refused.exitCode, `${epoch} ${hex}`).not.toBe(0);
      expect(refused.err).toMatch(/^coaudit: /);
    }
    const unchecked = await coaudit("root", N, "12", RIGHT, "--config", config);
    expect(unchecked).toMatchObject({ exitCode: 2, err: expect.stringContaining("--i-have-checked") });
  });

  it("begins an audit without claims elsewhere, also below a root of first sight", async () => {
    await withLedger((store) =>
      rootStore(new StoredRoots(store)).set({ namespace: N, epoch: 30, digest: digest(1), chosen: "first-sight" }),
    );
    expect(await root(0, toHex(emptyDigest("experimental")))).toMatchObject({ exitCode: 0 });
    expect(await stored()).toMatchObject({ epoch: 0 });
  });

  it("needs a node that is not running", async () => {
    await withBook(async () => {
      expect(await root(12, RIGHT)).toMatchObject({ exitCode: 1, err: expect.stringContaining("STORE_LOCKED") });
    });
  });
});
