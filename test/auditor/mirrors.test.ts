import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BlobMirror } from "../../src/auditor/ports.ts";
import { toHex, utf8 } from "../../src/core/bytes.ts";
import { type BlobName, formatBlobName } from "../../src/source/source.ts";
import { blob, digestOf, HOST, transportError } from "./stub-log.ts";
import { World } from "./world.ts";

/** Another auditor's node that holds what it is given. */
class StubMirror implements BlobMirror {
  readonly host: string;
  readonly asked: string[] = [];
  body: (name: BlobName) => Uint8Array | undefined = () => undefined;

  constructor(host: string) {
    this.host = host;
  }

  async fetch(name: BlobName): ReturnType<BlobMirror["fetch"]> {
    this.asked.push(formatBlobName(name));
    const body = this.body(name);
    if (body === undefined) throw transportError("SOURCE_NOT_FOUND");
    return {
      headers: {},
      host: this.host,
      body: (async function* () {
        yield body;
      })(),
    };
  }
}

const right = ({ previous, current }: BlobName): Uint8Array => utf8(`${toHex(previous)}>${toHex(current)}`);

let world: World;
let first: StubMirror;
let second: StubMirror;
beforeEach(() => {
  world = new World();
  [first, second] = [new StubMirror("first.example"), new StubMirror("second.example")];
  world.source.publishUpTo(2);
});
afterEach(() => world.stopAll());

const start = () => world.start({}, { mirrors: [first, second] });

/** The provider lists everything and hands out nothing. */
function breakSource(): void {
  world.source.before = (call) => {
    if (call === "fetch") throw transportError("SOURCE_NOT_FOUND");
  };
}

describe("mirrors", () => {
  it("are not asked while the provider hands its blobs out", async () => {
    await start();
    await world.clock.advance(60_000);
    expect(world.heads.epochs()).toEqual([1, 2]);
    expect([first.asked, second.asked]).toEqual([[], []]);
  });

  it("have what the provider lists and does not hand out, one after the other", async () => {
    breakSource();
    second.body = right;
    const auditor = await start();
    await world.clock.advance(60_000);
    expect(world.heads.epochs()).toEqual([1, 2]);
    expect(first.asked).toEqual([1, 2].map((epoch) => formatBlobName(blob(epoch).name)));
    expect(auditor.status().behind).toBeUndefined();
  });

  it("help where the provider's body breaks off in the middle", async () => {
    world.source.body = () => transportError("SOURCE_TRUNCATED");
    first.body = right;
    await start();
    await world.clock.advance(60_000);
    expect(world.heads.epochs()).toEqual([1, 2]);
  });

  it("that send rubbish make no fact: the auditor is behind for the provider's sake, and never halts", async () => {
    breakSource();
    first.body = () => utf8("garbage");
    second.body = ({ current }) => right({ epoch: 1, previous: digestOf(0, "fork"), current });
    const auditor = await start();
    for (let minute = 0; minute < 60; minute++) await world.clock.advance(60_000);
    expect(first.asked.length).toBeGreaterThan(3);
    expect(auditor.status()).toMatchObject({ state: "auditing", behind: { code: "SOURCE_NOT_FOUND" } });
    expect(world.observations.said.map(({ kind, host }) => [kind, host])).toEqual([["withheld", HOST]]);
    expect(world.quarantine.bodies).toEqual([]);
  });

  it("are never asked for what the provider does not list", async () => {
    world.source.listed = () => [];
    first.body = right;
    await start();
    for (let minute = 0; minute < 20; minute++) await world.clock.advance(60_000);
    expect(first.asked).toEqual([]);
    expect(world.heads.epochs()).toEqual([]);
  });

  it("are asked once the provider's own bytes are wrong for a fact, and not before", async () => {
    world.source.body = (asked) => (asked.name.epoch === 1 ? utf8("garbage") : asked.body);
    first.body = right;
    await start();
    for (let minute = 0; minute < 9; minute++) await world.clock.advance(60_000);
    expect(first.asked).toEqual([]);
    for (let minute = 0; minute < 5; minute++) await world.clock.advance(60_000);
    expect(first.asked).toEqual([formatBlobName(blob(1).name)]);
    expect(world.heads.epochs()).toEqual([1, 2]);
  });

  it("do not decide between two blobs that the provider lists", async () => {
    world.source.publish(blob(1, digestOf(0), digestOf(1, "fork")));
    breakSource();
    first.body = right;
    const auditor = await start();
    for (let minute = 0; minute < 20; minute++) await world.clock.advance(60_000);
    expect(first.asked).toEqual([]);
    expect(auditor.status().state).toBe("auditing");
    expect(world.heads.epochs()).toEqual([]);
  });
});
