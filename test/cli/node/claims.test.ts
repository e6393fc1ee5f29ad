/** Repairing and marking claims, as an operator types it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SeedSigner } from "../../../src/auditor/signer.ts";
import { toBase64 } from "../../../src/core/bytes.ts";
import type { SignedHead } from "../../../src/core/head.ts";
import { encodeStatement } from "../../../src/core/statement-codec.ts";
import { ClaimBook } from "../../../src/ledger/claims/claim-book.ts";
import type { ClaimBookOptions } from "../../../src/ledger/claims/claim-open.ts";
import type { Claim } from "../../../src/ledger/claims/claim-record.ts";
import { encodeSlot } from "../../../src/ledger/slot.ts";
import { headKey } from "../../../src/ledger/store/keyspace.ts";
import { LevelStore } from "../../../src/ledger/store/level-store.ts";
import { initNode } from "../../../src/node/config/init.ts";
import { readKeyFile } from "../../../src/node/config/key-file.ts";
import { ed25519KeyFromSeed } from "../../../src/platform/native-ed25519.ts";
import { systemRandom } from "../../../src/platform/system.ts";
import { type Captured, coaudit } from "../captured.ts";

const NAME = "a.example";
const N = "practice.v1";
let folder: string;
let config: string;
let signer: SeedSigner;
const servers: Server[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-claims-"));
  const listen = "/ip4/127.0.0.1/tcp/0";
  const made = await initNode({ name: NAME, folder, listen, apiPort: 0 }, { random: systemRandom });
  config = made.configFile;
  const entry = `\n  - { namespace: ${N}, origin: practice/v1, configuration: experimental, source: ./bucket }`;
  writeFileSync(config, readFileSync(config, "utf8").replace("namespaces: []", `namespaces:${entry}`));
  signer = new SeedSigner(ed25519KeyFromSeed(await readKeyFile(join(folder, "signing.key"))));
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  rmSync(folder, { recursive: true });
});

const claims = (): string => join(folder, "data", "claims");
const repair = (...args: string[]): Promise<Captured> => coaudit("claims", "repair", "--config", config, ...args);
const marked = (namespace: string, epoch: number): string[] => ["--watermark", `${namespace}=${epoch}`];

function headAt(epoch: number): Promise<SignedHead> {
  const { publicKey } = signer;
  const digest = new Uint8Array(32).fill(epoch % 256);
  const slot = { namespace: N, origin: "practice/v1", epoch, digest, publicKey };
  return signer.signHead({ ...slot, timestampMs: 1_700_000_000_000, suite: 1, late: false });
}

async function held(epoch: number): Promise<void> {
  const store = await LevelStore.open({ folder: join(folder, "data", "ledger") });
  const value = encodeSlot([encodeStatement(await headAt(epoch))]);
  await store.batch([{ type: "put", key: headKey(N, NAME, epoch), value }], { sync: true });
  await store.close();
}

/** Another auditor's node: what it says that it holds, and what it can show. */
async function nodeThat(says: number, shows: number | undefined): Promise<string> {
  const statement = shows === undefined ? undefined : toBase64(encodeStatement(await headAt(shows)));
  const server = createServer((request, response) => {
    const isStatus = request.url === "/v1/status";
    const status = { namespaces: [{ namespace: N, heights: [{ auditor: NAME, epoch: says }] }] };
    const heads = { heads: statement === undefined ? [] : [{ auditor: NAME, statement }] };
    response.setHeader("content-type", "application/json").end(JSON.stringify(isStatus ? status : heads));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function markOf(namespace: string): Promise<number> {
  const book = await ClaimBook.open({ folder: claims(), publicKeys: [signer.publicKey] }, { random: systemRandom });
  await book.close();
  return book.mark(namespace);
}

describe("coaudit claims repair", () => {
  beforeEach(() => rmSync(claims(), { recursive: true }));

  it("makes a book of marks alone where there is none, without which the node does not start", async () => {
    const { exitCode, err } = await coaudit("run", "--config", config);
    expect({ exitCode, err }).toEqual({ exitCode: 1, err: expect.stringMatching(/lost, not new.*claims repair/s) });
    expect((await repair()).err).toMatch(/give --watermark/);
    expect(await repair(...marked(N, 7))).toMatchObject({
      exitCode: 0,
      out: expect.stringMatching(/0 claims.*up to epoch 7/),
    });
    expect(await markOf(N)).toBe(7);
  });

  it("takes the highest of repeated watermarks", async () => {
    await repair(...marked(N, 7), ...marked(N, 30), ...marked(N, 9));
    expect(await markOf(N)).toBe(30);
  });

  it("refuses a mark below a head of this auditor that its ledger holds", async () => {
    await held(40);
    const refused = await repair(...marked(N, 39));
    expect(refused).toMatchObject({ exitCode: 1, err: /epoch 40 of practice\.v1.*give 40 or more/ });
    expect(await repair(...marked(N, 40))).toMatchObject({ exitCode: 0 });
  });

  it("refuses a mark below a head that a node shows, signed, and doesn't take a node's word", async () => {
    const honest = await nodeThat(50, 50);
    expect(await repair(...marked(N, 49), "--node", honest)).toMatchObject({
      exitCode: 1,
      err: expect.stringMatching(/give 50 or more/),
    });
    for (const liar of [await nodeThat(9_000, undefined), await nodeThat(9_000, 50)]) {
      const taken = await repair(...marked(N, 50), "--node", liar);
      expect(taken).toMatchObject({
        exitCode: 0,
        out: expect.stringMatching(/shows no signed head of it: not counted/),
      });
    }
  });

  it("asks again before it takes a mark far above everything that is known", async () => {
    await held(40);
    const refused = await repair(...marked(N, 40 + 4_097));
    expect(refused).toMatchObject({
      exitCode: 1,
      err: expect.stringMatching(/above everything that is known.*--yes-really/),
    });
    expect(await repair(...marked(N, 40 + 4_096))).toMatchObject({ exitCode: 0 });
    expect(await repair(...marked(N, 70_000), "--yes-really")).toMatchObject({ exitCode: 0 });
    expect(await markOf(N)).toBe(70_000);
  });

  it("keeps the mark of a namespace that is not configured, and says so", async () => {
    const { out } = await repair(...marked(N, 1), ...marked("dropped.v1", 12));
    expect(out).toMatch(/dropped\.v1 is not configured here: its mark is kept/);
    expect(await markOf("dropped.v1")).toBe(12);
  });
});

describe("coaudit claims mark", () => {
  const mark = (epoch: number, ...args: string[]): Promise<Captured> =>
    coaudit("claims", "mark", N, String(epoch), "--config", config, "--i-have-checked", "asked b", ...args);

  it("sets a person's mark in a book that is whole, and never lowers one", async () => {
    expect(await mark(20)).toMatchObject({ exitCode: 0, out: expect.stringMatching(/up to epoch 20/) });
    expect(await mark(3)).toMatchObject({ exitCode: 0, out: expect.stringMatching(/up to epoch 20/) });
    const book = await ClaimBook.open({ folder: claims(), publicKeys: [signer.publicKey] }, { random: systemRandom });
    await book.close();
    expect([book.mark(N), book.isMarkedByPerson(N), book.made]).toEqual([20, true, "init"]);
  });

  it("refuses what a repair refuses", async () => {
    await held(40);
    expect(await mark(39)).toMatchObject({ exitCode: 1, err: expect.stringMatching(/give 40 or more/) });
    expect(await mark(9_000)).toMatchObject({ exitCode: 1, err: expect.stringMatching(/--yes-really/) });
  });
});

describe("coaudit claims clock", () => {
  it("lets a node sign again after claims of 2038, in every namespace, over a restart and a repair", async () => {
    const options: ClaimBookOptions = { folder: claims(), publicKeys: [signer.publicKey] };
    const { publicKey } = signer;
    const claimAt = (epoch: number, timestampMs: number): Claim => ({
      ...{ namespace: N, origin: "practice/v1", epoch, digest: new Uint8Array(32).fill(epoch) },
      ...{ timestampMs, suite: 1, late: false, publicKey },
    });
    let book = await ClaimBook.open(options, { random: systemRandom });
    const future = claimAt(1, Date.parse("2038-01-19"));
    await book.claim(future);
    await book.close();
    const { exitCode, out } = await coaudit("claims", "clock", "--config", config, "--i-have-checked", "ntp");
    expect(exitCode, out).toBe(0);
    expect(out).toMatch(/practice\.v1: signs from .*; its newest claim is dated 2038-01-19/);
    book = await ClaimBook.open(options, { random: systemRandom });
    const said = book.clockWord(N)?.atMs ?? 0;
    await expect(book.claim(claimAt(2, said - 1))).rejects.toMatchObject({ code: "CLAIM_CLOCK_BEHIND" });
    await book.claim(claimAt(2, said));
    expect(await book.claim({ ...claimAt(1, said), late: true })).toEqual(future);
    await book.close();
    rmSync(join(claims(), "claims.level"), { recursive: true });
    expect(await repair(...marked(N, 2))).toMatchObject({ exitCode: 0 });
    book = await ClaimBook.open(options, { random: systemRandom });
    expect([book.clockWord(N)?.atMs, book.notBeforeMs(N)]).toEqual([said, said]);
    await book.close();
  });
});

describe("coaudit init", () => {
  it("makes no empty book beside another one, and no key for it", async () => {
    for (const name of ["signing.key", "network.key", "coaudit.yaml", "roster.yaml"]) rmSync(join(folder, name));
    const again = await coaudit("init", "--name", NAME, "--folder", folder);
    expect(again).toMatchObject({ exitCode: 2, err: expect.stringMatching(/holds claims, which are never replaced/) });
    expect(() => readFileSync(join(folder, "signing.key"))).toThrow(/ENOENT/);
  });
});
