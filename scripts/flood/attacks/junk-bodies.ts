/** A provider of one namespace that lists an epoch and hands out a GiB of junk for it, as fast as it is read. */
import { createServer, type ServerResponse } from "node:http";
import { treeHashing } from "../../../src/akd/configuration.ts";
import { toHex } from "../../../src/core/bytes.ts";
import type { Attack, AttackContext } from "../attack.ts";

const JUNK_BYTES = 1024 ** 3;
const CHUNK: Buffer = Buffer.alloc(64 * 1024);

export const junkBodies: Attack = {
  name: "junk-bodies",
  title: "a provider of another namespace hands out 1 GiB of zeros for each epoch",
  mostStrangers: 1,
  needs: "junk namespace",
  async run(context) {
    const server = createServer((request, response) => {
      context.tally.connections++;
      const url = new URL(request.url ?? "/", "http://junk");
      if (url.pathname === "/") list(url.searchParams.get("prefix") ?? "", response);
      else handOut(context, response);
    });
    await new Promise<void>((resolve) => server.listen(context.target.junkPort, "127.0.0.1", resolve));
    await new Promise<void>((resolve) => context.signal.addEventListener("abort", () => resolve(), { once: true }));
    server.closeAllConnections();
    server.close();
  },
};

function list(prefix: string, response: ServerResponse): void {
  const epoch = Number.parseInt(prefix, 10) || 1;
  const hashing = treeHashing("whatsapp_v1");
  const key = `${epoch}/${toHex(hashing.digest(hashing.emptyRootValue))}/${"11".repeat(32)}`;
  const contents = epoch > 1 ? "" : `<Contents><Key>${key}</Key></Contents>`;
  response.setHeader("content-type", "application/xml");
  response.end(
    `<?xml version="1.0"?><ListBucketResult><Prefix>${prefix}</Prefix><KeyCount>1</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>${contents}</ListBucketResult>`,
  );
}

function handOut({ tally, signal }: AttackContext, response: ServerResponse): void {
  response.writeHead(200, { "content-length": JUNK_BYTES, etag: '"junk"' });
  let leftBytes = JUNK_BYTES;
  const more = (): void => {
    while (leftBytes > 0 && !signal.aborted && !response.destroyed) {
      leftBytes -= CHUNK.length;
      tally.units++;
      tally.bytes += CHUNK.length;
      if (!response.write(CHUNK)) {
        response.once("drain", more);
        return;
      }
    }
    response.end();
  };
  more();
}
