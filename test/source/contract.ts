/** What every EpochSource promises, run against each of them. */
import { afterEach, describe, expect, it } from "vitest";
import { concat } from "../../src/core/bytes.ts";
import { type CoauditError, isCoauditError } from "../../src/core/errors.ts";
import { type EpochSource, formatBlobName, isTransportError, parseBlobName } from "../../src/source/source.ts";
import { blobBytes, MAIN, namesIn } from "./fixtures.ts";

/** Which log the source under test is to show. */
export type ContractLog =
  /** All 24 epochs of whatsapp_v1-main. */
  | "main"
  /** Epochs 2..4 of whatsapp_v1-60k: nothing at 1. */
  | "later"
  | "empty"
  /** Epoch 5 of whatsapp_v1-main with a second name beside it. */
  | "two-names";

export interface SourceUnderTest {
  readonly source: EpochSource;
  close(): Promise<void>;
}

export type OpenSource = (log: ContractLog, limits?: { maxBlobBytes: number }) => Promise<SourceUnderTest>;

export function describeEpochSource(name: string, open: OpenSource): void {
  describe(`${name} as an epoch source`, () => {
    const opened: SourceUnderTest[] = [];
    const never = new AbortController().signal;
    const use: (...args: Parameters<OpenSource>) => Promise<EpochSource> = async (...args) => {
      const underTest = await open(...args);
      opened.push(underTest);
      return underTest.source;
    };
    afterEach(async () => {
      for (const underTest of opened.splice(0)) await underTest.close();
    });

    it("lists the one name of an epoch", async () => {
      const source = await use("main");
      const names = await namesIn(MAIN);
      for (const epoch of [1, 2, 10, 24]) {
        const listing = await source.listing(epoch, never);
        expect(listing.names.map(formatBlobName)).toEqual([names.get(epoch)]);
        expect(listing.foreignKeys).toBe(0);
        expect(listing.host).not.toBe("");
      }
    });

    it("lists nothing for an epoch that is not there, also when another begins with its digits", async () => {
      const source = await use("later");
      for (const epoch of [1, 5, 20, 40]) expect((await source.listing(epoch, never)).names).toEqual([]);
    });

    it("lists both names of a fork, sorted", async () => {
      const source = await use("two-names");
      const names = (await source.listing(5, never)).names.map(formatBlobName);
      expect(names).toHaveLength(2);
      expect(names).toEqual([...names].sort());
      expect(names).toContain((await namesIn(MAIN)).get(5));
    });

    it("finds the newest epoch from wherever it starts", async () => {
      const source = await use("main");
      for (const from of [undefined, 1, 7, 23, 24, 25, 40, 5000]) expect(await source.latest(never, from)).toBe(24);
    });

    it("finds the newest epoch of a log that does not begin at 1", async () => {
      expect(await (await use("later")).latest(never)).toBe(4);
    });

    it("says of an empty log that nothing is listed", async () => {
      expect(await (await use("empty")).latest(never)).toBeUndefined();
      expect(await (await use("empty")).latest(never, 1000)).toBeUndefined();
    });

    it("hands out the bytes of a blob, and their number", async () => {
      const source = await use("main");
      const expected = await blobBytes(MAIN, 1);
      for (const fresh of [false, true]) {
        const [name] = (await source.listing(1, never)).names;
        const blob = await source.fetch(name!, never, { fresh });
        expect(blob.sizeBytes).toBe(expected.length);
        expect(await collect(blob.body)).toEqual(expected);
      }
    });

    it("says of a blob that is not there that it is not found", async () => {
      const source = await use("main");
      const name = parseBlobName(`3/${"00".repeat(32)}/${"11".repeat(32)}`);
      await expectCode(() => fetchAll(source, name, never), "SOURCE_NOT_FOUND");
    });

    it("refuses a blob over the cap, and takes one exactly at it", async () => {
      const sizeBytes = (await blobBytes(MAIN, 1)).length;
      const name = parseBlobName((await namesIn(MAIN)).get(1)!);
      expect(await fetchAll(await use("main", { maxBlobBytes: sizeBytes }), name, never)).toHaveLength(sizeBytes);
      const source = await use("main", { maxBlobBytes: sizeBytes - 1 });
      const error = await expectCode(() => fetchAll(source, name, never), "SOURCE_TOO_LARGE");
      expect(error.metadata).toMatchObject({ capBytes: sizeBytes - 1, sizeBytes });
    });

    it("stops when it is cancelled, before and while it reads", async () => {
      const source = await use("main");
      const name = parseBlobName((await namesIn(MAIN)).get(1)!);
      const over = AbortSignal.abort();
      await expectCode(() => source.latest(over), "SOURCE_ABORTED");
      await expectCode(() => source.listing(1, over), "SOURCE_ABORTED");
      await expectCode(() => fetchAll(source, name, over), "SOURCE_ABORTED");
      const stop = new AbortController();
      const { body } = await source.fetch(name, stop.signal);
      stop.abort();
      await expectCode(() => collect(body), "SOURCE_ABORTED");
    });

    it("lets a body be left before it began and in the middle", async () => {
      const source = await use("main");
      const name = parseBlobName((await namesIn(MAIN)).get(1)!);
      for (let round = 0; round < 30; round++) {
        const { body } = await source.fetch(name, never);
        if (round % 2 === 0) await body[Symbol.asyncIterator]().return?.();
        else for await (const _ of body) break;
      }
      expect(await fetchAll(source, name, never)).toEqual(await blobBytes(MAIN, 1));
    });
  });
}

export async function collect(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return concat(...chunks);
}

export async function fetchAll(
  source: EpochSource,
  name: Parameters<EpochSource["fetch"]>[0],
  signal: AbortSignal,
): Promise<Uint8Array> {
  return collect((await source.fetch(name, signal)).body);
}

/** Runs `work`, which must fail with a transport error of that code, and returns the error. */
export async function expectCode(work: () => Promise<unknown>, code: CoauditError["code"]): Promise<CoauditError> {
  const error = await work().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isCoauditError(error)) throw new Error(`expected ${code}`, { cause: error });
  expect(error.code).toBe(code);
  expect(isTransportError(error)).toBe(true);
  return error;
}
