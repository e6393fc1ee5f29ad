/** Checkpoints of a node, opened with golang.org/x/mod/sumdb/note and github.com/transparency-dev/formats. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Api, createApi } from "../../../src/api/api.ts";
import { toHex } from "../../../src/core/bytes.ts";
import { silentLogger } from "../../../src/core/log.ts";
import { systemClock } from "../../../src/platform/system.ts";
import { FakeNode } from "../../api/fake-node.ts";
import { digestOf, makeAuditors, NAMESPACE, ORIGIN, T0 } from "../../support/auditors.ts";
import { buildOpener, isGoInstalled, open } from "./opener.ts";

const auditors = makeAuditors(5);
const hasGo = isGoInstalled();
const title = `the C2SP libraries in Go${hasGo ? "" : " (SKIPPED: go is not installed, see https://go.dev/dl)"}`;
if (!hasGo) console.warn(title);

describe.skipIf(!hasGo)(title, () => {
  const node = new FakeNode(auditors);
  let program: string;
  let api: Api;
  let url: string;
  const get = async (path: string): Promise<string> => (await fetch(`${url}${path}`)).text();
  const vkeys = async (): Promise<string[]> => JSON.parse(await get("/distributor/v0/witnesses")) as string[];

  beforeAll(async () => {
    program = buildOpener();
    for (const auditor of auditors.slice(0, 4)) node.statements.push(auditor.head(17, digestOf(1, 17), T0 + 999));
    api = createApi({}, { node, log: silentLogger, clock: systemClock });
    ({ url } = await api.start());
  }, 300_000);
  afterAll(() => api?.stop());

  it("open a checkpoint, count its cosignatures and read their times", async () => {
    const note = await get(`/v1/namespaces/${NAMESPACE}/checkpoint`);
    const found = await open(program, note, ORIGIN, await vkeys());
    expect(found).toEqual({
      logId: (JSON.parse(await get("/distributor/v0/logs")) as string[])[0],
      epoch: 17,
      digest: toHex(digestOf(1, 17)),
      cosigners: auditors.slice(0, 4).map(({ name }) => ({ name, time: T0 / 1000 })),
      unverified: 0,
    });
  });

  it("find it under the log id that they compute, with at least N cosignatures", async () => {
    const note = await get(`/v1/namespaces/${NAMESPACE}/checkpoint`);
    const { logId } = await open(program, note, ORIGIN, await vkeys());
    const three = await open(program, await get(`/distributor/v0/logs/${logId}/checkpoint.3`), ORIGIN, await vkeys());
    expect(three.cosigners.length).toBeGreaterThanOrEqual(3);
    const one = await get(`/distributor/v0/logs/${logId}/byWitness/b.example/checkpoint`);
    expect((await open(program, one, ORIGIN, await vkeys())).cosigners.map(({ name }) => name)).toEqual(["b.example"]);
  });

  it("count only the witnesses that they were told of", async () => {
    const note = await get(`/v1/namespaces/${NAMESPACE}/checkpoint`);
    const found = await open(program, note, ORIGIN, (await vkeys()).slice(0, 2));
    expect([found.cosigners.length, found.unverified]).toEqual([2, 2]);
  });

  it("refuse a checkpoint whose epoch somebody changed", async () => {
    const note = await get(`/v1/namespaces/${NAMESPACE}/checkpoint`);
    await expect(open(program, note.replace("\n17\n", "\n18\n"), ORIGIN, await vkeys())).rejects.toThrow(
      /invalid signature/,
    );
  });
});
