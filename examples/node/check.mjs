// Is the digest that I was shown the one that the auditors saw?
// node check.mjs POLICY-FILE NAMESPACE EPOCH DIGEST NODE-URL...
import { readFileSync } from "node:fs";
import { QuorumClient } from "coaudit-client";
import { fileTrust } from "coaudit-client/file";

const [policyFile, namespace, epoch, digest, ...nodes] = process.argv.slice(2);
const client = new QuorumClient({
  nodes,
  policy: readFileSync(policyFile, "utf8"),
  trustState: fileTrust(`${policyFile}.trust.json`),
});
const found = await client.check(namespace, Number(epoch), digest);
console.log(`${found.result}: ${found.explanation}`);
if (found.result === "wrong-digest") console.log(JSON.stringify(found.report));
process.exitCode = found.result === "satisfied" ? 0 : 1;
