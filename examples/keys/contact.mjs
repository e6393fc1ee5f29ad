// Is this contact's key right? Asks a directory for the proof, and the auditors' nodes for the digest.
// node contact.mjs POLICY_FILE NAMESPACE DIRECTORY_URL VRF_KEY CONTACT KEY_IN_USE STATE_FILE NODE_URL...
//
// The directory is any server that answers as `coaudit provider serve --live` does; keys are in hex.
import { readFile } from "node:fs/promises";
import { QuorumClient } from "coaudit-client";
import { KeyClient } from "coaudit-client/keys";
import { fileKeys } from "coaudit-client/keys/file";

const [policyFile, namespace, directory, vrfKey, contact, keyInUse, stateFile, ...nodes] = process.argv.slice(2);
const bytes = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));
const label = new TextEncoder().encode(contact);

const keys = new KeyClient({
  quorum: new QuorumClient({ nodes, policy: await readFile(policyFile, "utf8") }),
  // Delivered with the app, as the policy is: never what the directory answers with.
  directories: { [namespace]: { configuration: "whatsapp_v1", vrfKey: bytes(vrfKey) } },
  storage: fileKeys(stateFile),
});

const answer = await fetch(`${directory}keys/${Buffer.from(label).toString("hex")}/history?params=most-recent:1`);
const { epoch, digest, vrfKey: theirs, proof } = answer.status === 404 ? {} : await answer.json();
const found =
  answer.status === 404
    ? await keys.verifyContact({
        ...{ namespace, label, value: bytes(keyInUse), epoch: 0, digest: new Uint8Array(32) },
        proof: { kind: "none" },
      })
    : await keys.verifyContact({
        ...{ namespace, label, value: bytes(keyInUse), epoch, digest: bytes(digest), vrfKey: bytes(theirs) },
        proof: { kind: "most-recent", bytes: bytes(proof) },
      });

console.log(`${found.result}: ${found.title}. ${found.advice}`);
if (found.result === "alarm") console.log(`complaint: ${JSON.stringify(found.complaint)}`);
process.exitCode = found.result === "verified" || found.result === "changed" ? 0 : 1;
