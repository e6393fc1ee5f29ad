/**
 * Every text of the page, for whoever translates it; index.html has one more, for browsers that run no script. What
 * cases mean is said in src/core/case-words.ts, since the command says it too. Longer than 350 lines: it is one list.
 */
import type { HeldCase } from "../core/case-file.ts";
import { classWords, convictsWords, subjectText } from "../core/case-words.ts";
import type { CaseClass, CaseSubject } from "../core/evidence.ts";

export const LOCALE = "en";

const count = (number: number, one: string, many: string): string =>
  `${number.toLocaleString(LOCALE)} ${number === 1 ? one : many}`;

export const TEXTS = {
  product: "coaudit",
  skip: "Skip to the content",
  menu: "Pages",
  pages: { now: "Now", signatures: "Signatures", cases: "Cases", peers: "Auditors", check: "Check it yourself" },
  titles: {
    case: "Case",
    epoch: (epoch: number): string => `Epoch ${epoch}`,
    unknown: "There is no such page",
  },
  unknownPage: "The address names no page of this node.",
  toNow: "What the node does now",
  loading: "Asking the node …",
  line: { opening: "Connecting", live: "Live", polled: "Every 10 s", lost: "Out of reach", paused: "Paused" },
  lineHints: {
    opening: "The page opens the node's stream of events.",
    live: "The node tells this page of each change at once.",
    polled: "The node gives this page no stream of events; it asks every 10 s instead.",
    paused: "The page rests while nobody looks at it.",
    lost: "The node does not answer. What is shown is what it said last; the page keeps trying.",
  },
  foot: (node: string, version: string): string =>
    `This page comes from ${node} (coaudit ${version}), the node that it shows. It cannot prove that the node says everything:`,
  footLink: "check it yourself",
  states: {
    auditing: "Auditing",
    behind: "Behind",
    initializing: "Starting",
    halted: "Halted",
    ended: "Ended",
    unsigned: "Not signing",
  },
  stateHints: {
    auditing: "It verifies every epoch that the provider lists, and signs it.",
    behind: "It cannot go on at the moment, and keeps trying.",
    initializing: "It looks for the epoch to begin with.",
    halted: "It found something that a person has to look at, and signs nothing until then.",
    ended: "The provider ended this log.",
    unsigned: "It verifies epochs and does not sign them yet.",
  },
  stateReasons: {
    halted: (reason: string): string => `What it found: ${reason}.`,
    behind: (reason: string, code: string): string => `The reason: ${reason} (${code}).`,
    unguarded: (missing: readonly string[]): string =>
      missing.length === 0
        ? "Too few other auditors have said yet what they hold of this node's key."
        : `It waits until these auditors have said what they hold of its key: ${missing.join(", ")}.`,
    mark: "The newest epoch is not above what its key may have signed before.",
  },
  now: {
    verdictWell: "All is well",
    verdictWellText: "This node audits and signs, and it holds no case that convicts anybody.",
    verdictLook: "Worth a look",
    verdictAlarm: "Evidence of a lie",
    provider: (namespace: string, epoch: number): string =>
      `The provider of ${namespace} is convicted from epoch ${epoch} on: what its auditors signed cannot all be true of one directory.`,
    auditors: (names: readonly string[]): string =>
      `Convicted of signing two contradicting statements: ${names.join(", ")}.`,
    boundBroken:
      "More auditors are convicted than may be at fault. No quorum means anything until people have found out why.",
    seeCase: "See the evidence",
    epoch: "Signed by this node",
    epochNone: "nothing yet",
    listed: "Newest at the provider",
    quorum: "Newest with a quorum",
    next: "Next epoch expected",
    behindProvider: (epochs: number): string =>
      epochs === 0 ? "this node has verified it" : `this node is ${count(epochs, "epoch", "epochs")} behind`,
    behindQuorum: (epochs: number): string =>
      epochs === 0 ? "this node is not behind it" : `this node is ${count(epochs, "epoch", "epochs")} behind it`,
    unlisted: "not known yet",
    signers: (signers: number, min: number): string => `${signers} signed, ${min} are enough`,
    quorumResults: {
      satisfied: "Accepted",
      "not-enough": "Not enough",
      stale: "Too old",
      conflict: "Evidence stands against it",
    },
    nextUnknown: "not known yet",
    nextUnknownHint: "it is told from the times between epochs",
    nextEvery: (interval: string): string => `one about every ${interval}`,
    nextEnded: "none",
    nextEndedHint: "the log has ended",
    overdue: (time: string): string => `${time} overdue`,
    signedAt: (time: string): string => `signed ${time}`,
    recent: "Newest epochs",
    allSignatures: "All signatures",
    throughput: "Audit throughput",
    signedLately: (rate: string): string => `It signed ${rate}.`,
    perMinute: (rate: number): string =>
      `${rate.toLocaleString(LOCALE, { maximumFractionDigits: rate < 10 ? 1 : 0 })} epochs a minute lately`,
    verified: (proofs: number, bytes: string, time: string): string =>
      `${count(proofs, "proof", "proofs")} since the start, on average ${bytes} in ${time}`,
  },
  bytes: (bytes: number): string => {
    const [size, unit] =
      bytes < 1e6 ? [bytes / 1e3, "kB"] : bytes < 1e9 ? [bytes / 1e6, "MB"] : ([bytes / 1e9, "GB"] as const);
    return `${size.toLocaleString(LOCALE, { maximumSignificantDigits: 3 })} ${unit}`;
  },
  ago: (time: string): string => `${time} ago`,
  in: (time: string): string => `in ${time}`,
  justNow: "just now",
  units: { ms: "ms", s: "s", min: "min", h: "h", d: "d" },
  thisNode: "this node",
  marks: {
    legend: "What the marks mean",
    words: {
      signed: "signed",
      late: "signed late, counts for old epochs only",
      half: "a cosignature alone, does not count",
      both: "signed two digests",
      none: "nothing heard",
    },
    signedSide: (side: string): string => `signed digest ${side}`,
    at: (time: string, delay: string): string => `at ${time}, ${delay} after the first`,
  },
  matrix: {
    lead: "Who signed what, and how long after the first. Where auditors signed different digests for one epoch, letters name them: A is the one that most signed.",
    caption: (namespace: string): string => `Signatures of the newest epochs of ${namespace}, by auditor`,
    auditor: "Auditor",
    epoch: "Epoch",
    epochNumber: (epoch: number): string => String(epoch),
    delay: (time: string): string => `+${time}`,
    first: "first",
    unread: "…",
    nothing: "No epoch has been signed yet.",
  },
  cases: {
    lead: "A case is made of signed statements that contradict each other. It convicts whoever must have lied, and nobody else; anybody can check it.",
    none: "There is no open case.",
    closed: "Closed cases",
    titles: {
      "auditor-equivocation": "An auditor signed two statements",
      "provider-equivocation": "The provider signed two digests",
      "split-view": "Auditors were shown different directories",
      "provider-contradiction": "The provider signed another digest than auditors verified",
      "forked-listing": "Two proofs were listed for one epoch",
      "invalid-epoch": "A published proof is not valid",
      disagreement: "An auditor contradicts the others",
    },
    advice: {
      "auditor-equivocation":
        "The key of this auditor was misused, or its node lost its memory. It does not count any more, and the others go on. Ask its operators.",
      "provider-equivocation":
        "There is no innocent explanation but a stolen key of the provider. Keep the file, and trust no epoch from here on.",
      "split-view":
        "Whoever was shown one of these directories did not see what the others saw, for example a false key for a contact. Keep the file, compare the digests with what your app was shown, and ask the provider.",
      "provider-contradiction": "Keep the file, compare it with what your app was shown, and ask the provider.",
      "forked-listing":
        "A provider publishes one proof for an epoch. Keep the file, and ask the provider which it stands by.",
      "invalid-epoch":
        "Keys may have been removed or replaced without a trace. Nothing above this epoch is audited until the provider has explained it.",
      disagreement:
        "As long as so few contradict the others, one mistaken auditor is the simplest explanation. The operators of both sides should compare what they were shown.",
    },
    convictsLabel: "It convicts",
    convictsShort: (convicts: "provider" | "nobody" | { readonly auditor: string }): string =>
      typeof convicts === "object" ? `Convicts ${convicts.auditor}` : "Convicts the provider",
    noProof: "A lead, no proof",
    states: { explained: "Explained", settled: "Settled by people", merged: "Part of another case" },
    openedAt: (time: string): string => `opened ${time}`,
    exhibits: (exhibits: number): string => count(exhibits, "signed statement", "signed statements"),
    unknown: "This node holds no such case.",
    seeEpoch: (epoch: number): string => `Who signed what at epoch ${epoch}`,
    seen: "the operator of this node has seen it",
    unseen: "the operator of this node has not acknowledged it yet",
    statements: "The statements",
    statementsLead: "Each was signed by whom it names. Together they cannot all be true.",
    columns: { who: "Who", what: "What", digest: "Digest", when: "When", raw: "As signed" },
    kinds: {
      "signed-head": (epoch: number): string => `signed epoch ${epoch}`,
      "half-head": (epoch: number): string => `cosigned epoch ${epoch}`,
      "provider-head": (epoch: number): string => `published epoch ${epoch}`,
      observation: (epoch: number): string => `observed epoch ${epoch}`,
      "key-rotation": (): string => "named a new key",
      "auditor-record": (): string => "name and addresses",
      evidence: (): string => "evidence",
      damaged: (): string => "not readable",
    },
    provider: "the provider",
    stranger: "a key that is not in the roster",
    raw: "Download",
    rawLabel: (index: number): string => `Download statement ${index} as it was signed`,
    download: "Download the case with all its statements",
    offline: "It verifies offline, with the auditors' public keys alone:",
    command: (id: string): string => `coaudit evidence verify ${id}.case.json --roster roster.yaml`,
  },
  epoch: {
    unknownNamespace: (namespace: string): string => `This node does not audit ${namespace}.`,
    beside: "Neighbouring epochs",
    nothing: "This node holds no signature for this epoch.",
    results: {
      satisfied: "A quorum signed it",
      "not-enough": "Not enough auditors signed it",
      stale: "Its signatures are too old",
      conflict: "Evidence stands against it",
    },
    digest: "Digest",
    certificate: "Download the certificate",
    heads: "Who signed it",
    columns: {
      auditor: "Auditor",
      mark: "Mark",
      digest: "Digest",
      time: "Time",
      delay: "After the first",
      raw: "As signed",
    },
    raw: "Download",
    rawLabel: (auditor: string): string => `Download what ${auditor} signed`,
    silent: "nothing heard",
  },
  auditor: {
    unknown: "Nobody in this node's roster has this name.",
    self: "This is the auditor whose node shows this page.",
    connected: "This node is connected to it.",
    apart: "This node is not connected to it at the moment; what it signs may come through others.",
    convicted: "It is convicted, and does not count.",
    height: (epoch: number): string =>
      epoch === 0 ? "It has signed nothing yet." : `The newest epoch that it signed is ${epoch}.`,
    doesNotCount: "It does not count here (retired, or yet to join).",
    keys: "Keys",
    keysLead: "As this node's roster has them. Compare them with what the auditor publishes itself.",
    cases: "Cases against it",
  },
  peers: {
    lead: (here: number, all: number, strangers: number): string =>
      `${here} of ${count(all, "other auditor", "other auditors")} connected${strangers > 0 ? `, and ${count(strangers, "peer", "peers")} beside them` : ""}.`,
    roster: "Roster",
    columns: { auditor: "Auditor", connection: "Connection", height: "Newest signed epoch" },
    connected: "Connected",
    apart: "Not connected",
    self: "This node",
    facts: { up: "Runs for", bound: "Fault bound", vkey: "Key (vkey)", peerId: "Peer id", addresses: "Addresses" },
    boundText: (bound: number): string =>
      bound === 0
        ? "0: one mistaken auditor, or one stolen key, is enough to stop everybody"
        : `${bound}: so many auditors may lie or fail together`,
    messages: "Messages",
    messagesLead: "What became of the statements that arrived since it started.",
  },
  check: {
    caveat: (node: string): string =>
      `Your browser does the checking here, with signatures and proofs, and takes no result on the word of ${node}. But this page itself comes from ${node}, the node that it checks: a lying node could send a page that always says yes. For an independent answer use the command line and other nodes; both are named below.`,
    nothing: "This node audits nothing yet.",
    what: "What to check",
    namespace: "Namespace",
    epoch: "Epoch",
    running: "Checking …",
    progress: "How much of the proof is verified",
    kinds: { good: "Right", look: "Look", bad: "Wrong" },
    policy: {
      title: "Whom you believe",
      nodes:
        "So far the auditors are those that this node names. A node could name auditors that do not exist: paste your own policy, as your messenger or somebody you trust gives it to you.",
      yours: "Your own policy is in use until you close or reload this page.",
      open: "The policy",
      label: "In C2SP's tlog-policy grammar",
      use: "Use this policy",
      reset: "Back to the node's roster",
    },
    certificate: {
      title: "The certificate",
      lead: "Your browser asks for the signatures of this epoch, verifies each, verifies every case that stands against it, and counts.",
      button: "Verify the certificate",
      satisfied: (epoch: number, digest: string, signers: number, names: string): string =>
        `Epoch ${epoch} has the digest ${digest}: ${count(signers, "signature is", "signatures are")} valid (${names}), and nothing stands against it.`,
    },
    case: {
      title: "Check it yourself",
      titleAll: "The cases",
      lead: "Your browser verifies every signature in the evidence, and works out by itself whom it convicts.",
      button: "Verify this case",
      buttonAll: "Verify all open cases",
      none: "The node names no open case.",
      read: (id: string): string => `Case ${id} is read.`,
      signatures: (statements: number): string =>
        `${count(statements, "statement has", "statements have")} a valid signature.`,
      unknown: (signers: number): string =>
        `${count(signers, "statement is", "statements are")} by keys that are not in the policy, and prove nothing to you.`,
      holds: (title: string, convicts: string): string => `${title}. It convicts ${convicts}.`,
      wrong: (reason: string): string => `It does not hold for you: ${reason}`,
    },
    proof: {
      title: "The audit proof",
      lead: "Your browser downloads the proof from this node and verifies that this epoch only adds to the one before. At WhatsApp a proof has 44 MB.",
      button: "Download and verify the proof",
      kernels: { "wasm-simd": "WebAssembly", javascript: "JavaScript" },
      valid: (bytes: string, time: string, kernel: string): string =>
        `The proof is valid: ${bytes} verified in ${time} by ${kernel}.`,
      elements: (inserted: number, unchanged: number): string =>
        `It adds ${count(inserted, "entry", "entries")} and leaves everything else as it was (${count(unchanged, "part", "parts")} of the tree).`,
      invalid: (reason: string): string => `The proof is not valid: ${reason}`,
      fromEmpty: "It begins with the empty directory.",
      same: (epoch: number): string => `What the proof says of epoch ${epoch} is what the auditors signed.`,
      other: (epoch: number): string => `What the proof says of epoch ${epoch} is not what the auditors signed.`,
      unsigned: (epoch: number): string =>
        `The digest of epoch ${epoch} could not be compared with what auditors signed.`,
    },
    key: {
      title: "Somebody's key",
      lead: "If your app can export a lookup proof, your browser verifies it against the digest that the auditors signed for the epoch above. Nothing of it is sent anywhere.",
      label: "Label, as the directory names the person",
      vrfKey: "VRF key of the provider, 64 hexadecimal digits",
      file: "File with the lookup proof",
      button: "Verify the lookup",
      tooLarge: "The file is too large for a lookup proof.",
      valid: (label: string, version: number, epoch: number): string =>
        `The directory holds version ${version} of the key of ${label}, published in epoch ${epoch}.`,
      value: (value: string): string => `Value: ${value}`,
      tombstone: "the provider no longer keeps it",
      invalid: (reason: string): string => `The lookup proof is not valid: ${reason}`,
      unsigned: (epoch: number): string => `There is no digest of epoch ${epoch} to check the lookup against.`,
      limits: "A lookup does not show that this is the newest version, nor one that its owner knows of.",
    },
    elsewhere: {
      title: "Independently of this page",
      lead: "The command line decides on your machine, with the program that you installed, and asks as many nodes as you like: what one hides, another shows.",
      commands: (node: string, namespace: string, epoch: string): string =>
        [
          `coaudit policy new --from ${node} --from https://ANOTHER-NODE --out reader.policy`,
          `coaudit quorum --node ${node} --node https://ANOTHER-NODE \\`,
          `  --namespace ${namespace} --epoch ${epoch} --policy reader.policy`,
          "coaudit evidence list --node https://ANOTHER-NODE",
        ].join("\n"),
      others: (names: readonly string[]): string =>
        `The other auditors of this network run nodes of their own; their web pages name the addresses: ${names.join(", ")}.`,
      log: "The provider publishes its proofs at",
    },
  },
  caseClass: (caseClass: CaseClass): string => classWords(caseClass),
  caseConvicts: (convicts: HeldCase["convicts"]): string => convictsWords(convicts),
  caseSubject: (subject: CaseSubject): string => subjectText(subject),
};
