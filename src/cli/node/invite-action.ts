/** What `coaudit invite` does: signs this auditor's record with both of its keys, and writes it as one line. */
import { SeedSigner } from "../../auditor/signer.ts";
import { auditorRecordMessage } from "../../core/statement-signature.ts";
import { peerIdOfSeed } from "../../gossip/libp2p/network-key.ts";
import { loadConfig, type NodeConfig } from "../../node/config/config.ts";
import { readKeyFile } from "../../node/config/key-file.ts";
import { isDialable } from "../../node/config/roster-checks.ts";
import { checkOwnKey } from "../../node/own-key.ts";
import { checksumOf, invitationLine } from "../../node/published/invitation.ts";
import { publishedDocument } from "../../node/published/published.ts";
import { ed25519KeyFromSeed } from "../../platform/native-ed25519.ts";
import { systemClock } from "../../platform/system.ts";
import type { CliContext } from "../context.ts";
import { writeResult } from "../reader/write-result.ts";
import { counted, printable } from "../text.ts";
import { keyLine } from "./published-source.ts";

export interface InviteFlags {
  readonly config: string;
  readonly out?: string;
}

/** Throws CONFIG_UNREADABLE, CONFIG_INVALID, KEY_FILE_UNREADABLE, KEY_FILE_EXPOSED, ROSTER_INVALID, USAGE. */
export async function invite({ config: file, out }: InviteFlags, context: CliContext): Promise<void> {
  const config = await loadConfig(file);
  const signer = new SeedSigner(ed25519KeyFromSeed(await readKeyFile(config.signingKeyFile)));
  checkOwnKey(config, signer.publicKey);
  const networkSeed = await readKeyFile(config.networkKeyFile);
  const networkKey = ed25519KeyFromSeed(networkSeed);
  const addresses = addressesOf(config, await peerIdOfSeed(networkSeed));
  const unsigned = {
    type: "auditor-record" as const,
    name: config.name,
    sequence: systemClock.now(),
    multiaddrs: addresses,
    roots: [],
    publicKey: signer.publicKey,
    peerPublicKey: networkKey.publicKey,
  };
  const { signature } = await signer.signRecord(unsigned);
  const record = { ...unsigned, signature, peerSignature: networkKey.sign(auditorRecordMessage(unsigned)) };
  const document = publishedDocument(record, config);
  const own = { name: config.name, publicKey: signer.publicKey };
  const said = [
    `An invitation of ${printable(config.name)} to audit ${counted(config.namespaces.length, "log")} with ${counted(config.roster.roster.size, "auditor")}. It holds no secret.`,
    "Read both lines to whoever uses it, by voice or another way that you trust:",
    `  checksum  ${checksumOf(document)}`,
    keyLine(own),
  ];
  const hidden = config.namespaces.filter(({ logDirectory }) => logDirectory === undefined);
  for (const { namespace } of hidden) {
    said.push(`${namespace} has no public source, so they have to name one in coaudit.yaml themselves.`);
  }
  if (addresses.length === 0) {
    said.push("It names no address at which others reach this node: set `announce` in coaudit.yaml, and invite again.");
  }
  context.err(said.join("\n"));
  await writeResult(`${invitationLine(document)}\n`, out, context);
}

/** What the node will tell others when it runs, as far as that is known before. */
function addressesOf({ announce, listen, roster, name }: NodeConfig, peerId: string): string[] {
  const known = [announce, listen.filter(isDialable), roster.roster.byName(name)?.addresses ?? []];
  const first = known.find((addresses) => addresses.some(isDialable)) ?? [];
  const whole = first
    .filter(isDialable)
    .map((address) => (address.includes("/p2p/") ? address : `${address}/p2p/${peerId}`));
  return [...new Set(whole)].sort();
}
