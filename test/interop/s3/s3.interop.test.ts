/** The practice bucket as a real client of S3 sees it. */
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { silentLogger } from "../../../src/core/log.ts";
import { systemClock } from "../../../src/platform/system.ts";
import { openRecordedLog } from "../../../src/provider/recorded-log.ts";
import { type RunningProvider, startProvider } from "../../../src/provider/server.ts";

const VERSION = "3.1175.0";
const MAIN = fileURLToPath(new URL("../../fixtures/akd/whatsapp_v1-main", import.meta.url));
let folder: string;
let why: string | undefined;
let provider: RunningProvider;

const PROGRAM = `
import { GetObjectCommand, ListObjectsV2Command, paginateListObjectsV2, S3Client } from "@aws-sdk/client-s3";
const credentials = { accessKeyId: "none", secretAccessKey: "none" };
const client = new S3Client({ endpoint: process.argv[2], region: "none", forcePathStyle: true, credentials });
const Bucket = "alice";
const keys = [];
for await (const page of paginateListObjectsV2({ client, pageSize: 5 }, { Bucket })) {
  keys.push(...(page.Contents ?? []).map(({ Key }) => Key));
}
const after = await client.send(new ListObjectsV2Command({ Bucket, StartAfter: keys[3], MaxKeys: 2 }));
const epochs = await client.send(new ListObjectsV2Command({ Bucket, Delimiter: "/" }));
const one = await client.send(new ListObjectsV2Command({ Bucket, Prefix: "7/" }));
const blob = await client.send(new GetObjectCommand({ Bucket, Key: one.Contents[0].Key }));
const bytes = await blob.Body.transformToByteArray();
console.log(JSON.stringify({
  keys,
  after: after.Contents.map(({ Key }) => Key),
  epochs: epochs.CommonPrefixes.map(({ Prefix }) => Prefix),
  one: one.Contents.map(({ Key }) => Key),
  sizeBytes: bytes.length,
}));
`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "coaudit-s3-"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  writeFileSync(join(folder, "program.mjs"), PROGRAM);
  const install = ["install", "--no-audit", "--no-fund", `@aws-sdk/client-s3@${VERSION}`];
  if (spawnSync("npm", install, { cwd: folder, timeout: 180_000 }).status !== 0) {
    why = "npm could not bring @aws-sdk/client-s3 to this machine";
  }
  const log = await openRecordedLog({ directory: MAIN });
  provider = await startProvider({ startEpoch: 12 }, { log, clock: systemClock, logger: silentLogger });
}, 240_000);
afterAll(async () => {
  await provider?.stop();
  rmSync(folder, { recursive: true });
});

describe("the practice bucket", () => {
  it("is listed page by page, from a key on and by epochs, and read, by AWS's own client", async ({ skip }) => {
    if (why !== undefined) {
      console.warn(`SKIPPED: S3: ${why}`);
      skip();
    }
    const { stdout } = await promisify(execFile)(process.execPath, ["program.mjs", provider.url], { cwd: folder });
    const said = JSON.parse(stdout) as {
      keys: string[];
      after: string[];
      epochs: string[];
      one: string[];
      sizeBytes: number;
    };
    expect(said.keys).toHaveLength(12);
    expect(said.keys).toEqual([...said.keys].sort());
    expect(said.after).toEqual(said.keys.slice(4, 6));
    expect(said.epochs).toEqual([...new Set(said.keys.map((key) => `${key.split("/")[0]}/`))]);
    expect(said.one).toEqual(said.keys.filter((key) => key.startsWith("7/")));
    expect(said.sizeBytes).toBeGreaterThan(0);
  });
});
