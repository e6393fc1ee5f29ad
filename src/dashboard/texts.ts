/**
 * Every text of the page, for whoever translates it; index.html has one more, for browsers that run no script. What
 * cases mean is said in src/core/case-words.ts, since the command says it too. Texts in square brackets are
 * placeholders nowhere: what varies is a parameter.
 */
import { classWords, convictsWords, subjectText } from "../core/case-words.ts";

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
    epoch: (epoch: number) => `Epoch ${epoch}`,
    unknown: "There is no such page",
  },
  unknownPage: "The address names no page of this node.",
  toNow: "What the node does now",
  loading: "Asking the node …",
  line: {
    opening: "Connecting",
    live: "Live",
    polled: "Every 10 s",
    lost: "Node out of reach",
  },
  lineHints: {
    opening: "The page opens the node's stream of events.",
    live: "The node tells this page of each change at once.",
    polled: "The node gives this page no stream of events; it asks every 10 s instead.",
    lost: "The node does not answer. What is shown is what it said last; the page keeps trying.",
  },
  foot: (node: string, version: string) =>
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
  unsignedReasons: {
    guard: (missing: readonly string[]) =>
      missing.length === 0
        ? "Too few other auditors have said yet what they hold of this node's key."
        : `These auditors have not said yet what they hold of this node's key: ${missing.join(", ")}.`,
    mark: "The newest epoch is not above what this key may have signed before.",
  },
  now: {
    verdictWell: "All is well",
    verdictWellText: "This node audits and signs, and it holds no case that convicts anybody.",
    verdictLook: "Worth a look",
    verdictAlarm: "Evidence of a lie",
    provider: (namespace: string, epoch: number) =>
      `The provider of ${namespace} is convicted from epoch ${epoch} on: auditors were shown different directories.`,
    auditors: (names: readonly string[]) => `Convicted of signing two contradicting statements: ${names.join(", ")}.`,
    boundBroken:
      "More auditors are convicted than may be at fault. No quorum means anything until people have found out why.",
    seeCase: "See the evidence",
    epoch: "Signed by this node",
    epochNone: "nothing yet",
    provider_: "Newest at the provider",
    quorum: "Newest with a quorum",
    next: "Next epoch expected",
    behindProvider: (epochs: number) =>
      epochs === 0 ? "this node is up to date" : `this node is ${count(epochs, "epoch", "epochs")} behind`,
    behindQuorum: (epochs: number) =>
      epochs === 0 ? "this node is not behind it" : `this node is ${count(epochs, "epoch", "epochs")} behind it`,
    unlisted: "not known yet",
    signers: (signers: number, min: number) => `${signers} signed, ${min} are enough`,
    quorumResults: {
      satisfied: "Quorum",
      "not-enough": "Not enough",
      stale: "Too old",
      conflict: "Conflict",
    },
    nextUnknown: "not known yet",
    nextUnknownHint: "told from the times of the epochs before",
    nextEvery: (interval: string) => `one about every ${interval}`,
    nextEnded: "none, the log has ended",
    overdue: (time: string) => `${time} overdue`,
    signedAt: (time: string) => `signed ${time}`,
    recent: "Newest epochs",
    throughput: "Audit throughput",
    allSignatures: "All signatures",
    openCases: (open: number) => (open === 0 ? "No open case" : count(open, "open case", "open cases")),
  },
  ago: (time: string) => `${time} ago`,
  in: (time: string) => `in ${time}`,
  justNow: "just now",
  units: { ms: "ms", s: "s", min: "min", h: "h", d: "d" },
  epochLink: (epoch: number) => `Epoch ${epoch}`,
  thisNode: "this node",
  caseClass: classWords,
  caseConvicts: convictsWords,
  caseSubject: subjectText,
};
