/** What `coaudit init` takes from another auditor's invitation, and what it says of it. */
import { formatVkey } from "../../core/checkpoint.ts";
import { CoauditError } from "../../core/errors.ts";
import type { AuditorDraft, NamespaceDraft } from "../../node/config/init-texts.ts";
import type { Network } from "../../node/config/networks.ts";
import type { Invitation } from "../../node/published/invitation.ts";
import { auditorEntry } from "../../node/published/published.ts";
import { printable } from "../text.ts";
import { keyLine, keyLines } from "./published-source.ts";

/** Its logs, but those that the operator named. Throws USAGE. */
export function invitedNamespaces({ namespaces, record }: Invitation, named: readonly Network[]): NamespaceDraft[] {
  const others = namespaces.filter(({ namespace }) => !named.some((network) => network.namespace === namespace));
  return others.map(({ source, "last-epoch": lastEpoch, namespace, origin, configuration }) => {
    const network = named.find((one) => one.origin === origin);
    if (network !== undefined)
      throw usage(`it has another namespace than ${network.name} for the origin ${origin}: ${namespace}`);
    if (source === undefined) {
      throw usage(
        `it names no public source for ${namespace}; name the log with --network FILE, as its maker audits it`,
      );
    }
    return {
      namespace,
      origin,
      configuration,
      source,
      ...(lastEpoch === undefined ? {} : { lastEpoch }),
      comments: [
        `from the invitation of ${record.name}, which does not prove it: check the source and the origin elsewhere`,
        "without a root the audit begins at the newest epoch at first sight",
      ],
    };
  });
}

/** Itself, with what its record proves, and the others of its roster. Throws USAGE. */
export function invitedAuditors({ record, auditors, addresses }: Invitation, ownName: string): AuditorDraft[] {
  if (auditors.some(({ name }) => name === ownName)) {
    throw usage(`its roster lists an auditor ${ownName} already: choose another name, or ask its maker who that is`);
  }
  return auditors.map((auditor) => {
    const entry = auditorEntry(auditor);
    if (auditor.name !== record.name) return entry;
    return { ...entry, addresses: addresses.length > 0 ? addresses : entry.addresses };
  });
}

export function invitationText({ record, auditors, namespaces, checksum, peerId }: Invitation): string {
  const others = auditors.filter(({ name }) => name !== record.name);
  return [
    `Invitation of ${printable(record.name)}`,
    `  checksum  ${checksum}`,
    keyLine(record),
    `Proven: whoever made it holds this key (${formatVkey(record)})`,
    `  and the network key of the peer id ${peerId}.`,
    "Not proven: that they are the organisation of that name, and all else in it:",
    ...namespaces.map(
      ({ namespace, origin, source }) =>
        `  log      ${namespace}, origin ${origin}, from ${source ?? "no public source"}`,
    ),
    ...others.flatMap((one) => keyLines(one).map((line) => `  auditor${line}`)),
    "Call its maker, and compare the checksum, which covers everything; then compare each fingerprint with its owner.",
  ].join("\n");
}

function usage(message: string): CoauditError<"USAGE"> {
  return new CoauditError("USAGE", `--invite: ${message}`, { option: "--invite" });
}
