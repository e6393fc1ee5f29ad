// Claims one epoch after the other until it is killed, and says each on standard output once it is promised.
// Arguments: the folder of the compiled sources, the folder of the book, the first epoch.
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync, writeSync } from "node:fs";

const [compiled, folder, first] = process.argv.slice(2);
const { ClaimBook } = await import(`${compiled}/ledger/claims/claim-book.js`);
const modules = { random: { bytes: (length) => new Uint8Array(randomBytes(length)) } };
const options = { folder, publicKeys: [new Uint8Array(createHash("sha256").update("key").digest())] };
// As `coaudit init` would; what it began and did not finish is finished.
const isNew = !existsSync(folder) || readdirSync(folder).length === 0;
const book = await (isNew ? ClaimBook.create(options, modules) : ClaimBook.open(options, modules));
for (let epoch = Math.max(Number(first), book.mark("n") + 1); ; epoch++) {
  const digest = new Uint8Array(createHash("sha256").update(`${process.pid} ${epoch}`).digest());
  await book.claim({
    namespace: "n",
    origin: "o",
    epoch,
    digest,
    timestampMs: epoch,
    suite: 1,
    late: false,
    publicKey: new Uint8Array(32),
  });
  writeSync(1, `${epoch} ${Buffer.from(digest).toString("hex")}\n`);
}
