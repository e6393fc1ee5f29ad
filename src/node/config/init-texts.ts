/** The files that `coaudit init` writes, as text. */
import { stringify } from "yaml";
import type { KeyWindow } from "../../core/roster.ts";

/** A namespace as it goes into a new configuration. */
export interface NamespaceDraft {
  readonly namespace: string;
  readonly origin: string;
  readonly configuration: "whatsapp_v1" | "experimental";
  readonly source: string;
  readonly lastEpoch?: number;
  /** Lines above it. */
  readonly comments: readonly string[];
}

/** An auditor as it stands in a roster file. */
export interface AuditorDraft {
  readonly name: string;
  readonly keys: readonly { readonly vkey: string; readonly windows?: Readonly<Record<string, KeyWindow>> }[];
  readonly addresses: readonly string[];
  readonly "next-key-hash"?: string;
  readonly joined?: Readonly<Record<string, number>>;
  readonly retired?: Readonly<Record<string, number>>;
}

export interface ConfigDraft {
  readonly name: string;
  readonly listen: string;
  readonly announce?: string;
  readonly apiPort: number;
  readonly namespaces?: readonly NamespaceDraft[];
}

/** As a YAML reader takes it for the same text: `null`, `1e3` and `- a` are names, too. */
export function yamlText(text: string): string {
  return stringify(text, { lineWidth: 0 }).trimEnd();
}

const OTHER = `#  - name: other.example.org
#    keys:
#      - vkey: other.example.org+xxxxxxxx+...
#        # windows: { whatsapp.key-transparency.v2: { from: 722607, until: 900000 } }
#    addresses:
#      - /dns4/coaudit.other.example.org/tcp/7600/p2p/12D3Koo...
`;

const EXAMPLE = `namespaces: []
#  - namespace: whatsapp.key-transparency.v2
#    origin: whatsapp.kt/v2
#    configuration: whatsapp_v1
#    source: https://provider.example.org/      # the bucket that lists <epoch>/<previous digest>/<digest>
#    # Other auditors' nodes, for a blob that the provider lists and does not hand out.
#    # mirrors: [{ url: https://auditor.example.net/, token-file: ./auditor.example.net.token }]
#    # Where the audit begins; left out, the newest epoch at first sight. Epoch 0 is the empty directory.
#    # root: { epoch: 722606, digest: "${"0".repeat(64)}" }`;

export function configText({ name, listen, announce, apiPort, namespaces = [] }: ConfigDraft): string {
  return `# The configuration of one coaudit node. Relative paths start at this file's folder.

# Who this auditor is; the same name stands in its vkey and in the others' rosters.
name: ${yamlText(name)}

# Claims, statements and cases are kept here. Back it up as a whole or not at all: a node that is put back to an older copy
# would sign what it signed before, and halts when it notices.
data: ./data

# Made by \`coaudit init\`, readable by the owner only, used by nothing else.
signing-key: ./signing.key
network-key: ./network.key

# Where other auditors reach this node, and what to tell them if that differs (behind a forwarded port).
listen: [${listen}]
${announce === undefined ? "# announce: [/dns4/auditor.example.org/tcp/7600]" : `announce: [${announce}]`}

# HTTP for clients. Put a TLS proxy in front of it for the public.
api:
  host: 127.0.0.1
  port: ${apiPort}
  # Who sees the page at / of this address: this machine alone (local, as if left out), everybody (open), or nobody (off).
  # dashboard: open
  # Keep the audit proofs of the newest epochs (44 MB each 30 s at WhatsApp, on a disk of this machine) and serve them: to this machine's
  # operator alone (access: operator), to peers with the token (token), or to anybody (open). Left out, none is kept or served.
  # proofs: { access: token, token-file: ./proofs.token, epochs: 10, max-mib: 1024 }

# Who is told of cases, halts, a lag, a disk that fills; docs/operations.md, Alerts. \`coaudit alert test\` tries it.
# alerts:
#   receivers:
#     - { name: on-call, webhook: https://pager.example.org/hook, severity: critical }

# The auditors that this node believes exist, itself included.
roster: ./roster.yaml

# How many of them may lie or share one failure. Default: a third of the roster less one, rounded down.
# fault-bound: 1

# Sign although no other auditor answered what it holds of this key. Only for a node that has no peers yet.
# allow-alone: false

# Threads that verify proofs. Default: one per core, at most 8. 0 verifies on the main thread, in short sections.
# verify-threads: 2

# debug, info, warn or error
log-level: info

# What to audit. A live WhatsApp directory is 110-130 GB of downloads a day.
${namespaces.length === 0 ? EXAMPLE : `namespaces:\n${namespaces.map(namespaceText).join("\n")}`}
`;
}

export function rosterText(
  { name, vkey, address }: { readonly name: string; readonly vkey: string; readonly address: string },
  others: readonly AuditorDraft[] = [],
): string {
  const isAnywhere = /^\/(ip4\/0\.0\.0\.0|ip6\/::)\//.test(address);
  const note = isAnywhere ? "  # for the others: a name or address of this machine instead of the zeros" : "";
  return `# The auditors of this roster. All keys of an organisation are one auditor. Entries are closed with a window, never deleted:
# what an auditor signed while its key was in use keeps counting.
auditors:
  - name: ${yamlText(name)}
    keys:
      - vkey: ${yamlText(vkey)}
    addresses:
      - ${address}${note}
${others.length === 0 ? OTHER : others.map(auditorText).join("")}`;
}

/** One entry of the list under `auditors:`. */
export function auditorText(auditor: AuditorDraft): string {
  return indented(stringify([auditor], { lineWidth: 0 }));
}

function namespaceText({ comments, lastEpoch, ...draft }: NamespaceDraft): string {
  const entry = { ...draft, ...(lastEpoch === undefined ? {} : { "last-epoch": lastEpoch }) };
  const lines = comments.map((line) => `  # ${line}\n`).join("");
  return `${lines}${indented(stringify([entry], { lineWidth: 0 })).trimEnd()}`;
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}
