/** The entries of a scenario's lists: lies, behaviours, faults, partitions, links, groups of clients. */
import Type, { type TSchema } from "typebox";
import { DEFAULT_ENTRIES } from "./defaults.ts";
import {
  closed,
  distribution,
  kinds,
  MAX_AUDITORS,
  MAX_CLIENTS,
  MAX_EPOCHS,
  MAX_MS,
  milliseconds,
  nodeName,
  oneOf,
  oneOrMoreNodes,
  rate,
  selection,
  wholeNumber,
  yesOrNo,
} from "./schema-parts.ts";

const { lie, fault, client } = DEFAULT_ENTRIES;

const epochs = {
  fromEpoch: Type.Optional(wholeNumber(1, MAX_EPOCHS, "the first epoch", DEFAULT_ENTRIES.fromEpoch)),
  toEpoch: Type.Optional(wholeNumber(1, MAX_EPOCHS, "the last epoch (left out: it never ends)")),
};

const times = {
  fromMs: Type.Optional(milliseconds("when it begins", DEFAULT_ENTRIES.fromMs)),
  toMs: Type.Optional(milliseconds("when it ends (left out: with the world)")),
};

const victims = closed(
  {
    auditors: Type.Optional(selection("which auditors", "auditor-04.example")),
    clients: Type.Optional(selection("which clients", "client-02")),
  },
  "to whom it lies: {auditors: ...}, {clients: ...} or both",
);

const told = { to: victims, ...epochs };

export const LieSchema: TSchema = kinds(
  {
    split: told,
    "split-by-time": {
      ...told,
      windowMs: Type.Optional(
        milliseconds("how long after an epoch appears it is shown on the other history", lie.windowMs),
      ),
    },
    rewind: {
      ...told,
      epochs: Type.Optional(wholeNumber(1, MAX_EPOCHS, "by how many epochs the newest one goes back", lie.epochs)),
    },
    "invalid-proof": told,
    withhold: told,
    slow: { ...told, delayMs: Type.Optional(distribution("how much later an answer arrives", lie.delayMs)) },
    "list-both": told,
  },
  "a lie: a kind, to whom (to: ...), and from when to when",
);

const honestNoMore = { auditors: selection("which auditors", "auditor-04.example"), ...epochs };

export const BehaviourSchema: TSchema = kinds(
  {
    silent: honestNoMore,
    lagging: {
      ...honestNoMore,
      epochsBehind: Type.Optional(
        wholeNumber(1, MAX_EPOCHS, "how many epochs late it signs", DEFAULT_ENTRIES.epochsBehind),
      ),
    },
    lying: honestNoMore,
    equivocating: honestNoMore,
    "half-heads": honestNoMore,
    colluding: honestNoMore,
  },
  "a behaviour: a kind, which auditors, and from when to when",
);

const broken = { node: nodeName("which node"), atMs: milliseconds("when it happens") };
const down = { ...broken, downMs: Type.Optional(milliseconds("how long it is down", fault.downMs)) };
const lasting = { ...broken, forMs: Type.Optional(milliseconds("how long it lasts", fault.forMs)) };

export const FaultSchema: TSchema = kinds(
  {
    kill: down,
    "power-cut": down,
    stop: down,
    "restore-backup": {
      ...down,
      ageMs: Type.Optional(milliseconds("how old the backup is", fault.ageMs)),
    },
    "second-machine": {
      ...lasting,
      shown: Type.Optional(oneOf(["main", "fork"], "which history the provider shows it", fault.shown)),
    },
    "stolen-key": {
      ...broken,
      epochs: Type.Optional(wholeNumber(1, MAX_EPOCHS, "for how many epochs the thief signs", fault.epochs)),
    },
    "disk-full": lasting,
    "disk-error": lasting,
    "lost-claims": {
      ...down,
      records: Type.Optional(wholeNumber(1, MAX_EPOCHS, "how many of its newest claims LevelDB loses", fault.records)),
    },
    "clock-jump": {
      ...lasting,
      byMs: Type.Integer({
        minimum: -MAX_MS,
        maximum: MAX_MS,
        description: "how far the clock is ahead, whole milliseconds, below 0 for behind",
      }),
    },
    "wrong-configuration": lasting,
    "spoiled-proofs": lasting,
    retire: {
      ...broken,
      epoch: Type.Optional(wholeNumber(0, MAX_EPOCHS, "up to which epoch it counts; 0: never", fault.epoch)),
    },
    settle: {
      ...broken,
      trust: Type.Optional(oneOf(["main", "none"], "which side of a fork people believe", fault.trust)),
    },
    "join-late": broken,
  },
  "a fault: a kind, which node, and when (atMs: ...)",
);

export const PartitionSchema: TSchema = closed(
  {
    ...times,
    groups: Type.Array(selection("which nodes and clients", "observer-0001"), {
      minItems: 1,
      maxItems: 1_000,
      description: "a list of groups, such as [[1, 2], [observer-0001]]; the others are one more group",
    }),
  },
  "a partition: groups, fromMs, toMs",
);

export const LinkSchema: TSchema = closed(
  {
    from: oneOrMoreNodes("from which nodes"),
    to: oneOrMoreNodes("to which nodes"),
    ...times,
    oneWay: Type.Optional(yesOrNo("whether the opposite direction is left as it is", DEFAULT_ENTRIES.oneWay)),
    latencyMs: Type.Optional(distribution("one-way latency of a message")),
    lossRate: Type.Optional(rate("the share of messages that are lost; 1 cuts the link")),
  },
  "a link schedule: from, to, fromMs, toMs, and latencyMs or lossRate",
);

export const ClientGroupSchema: TSchema = closed(
  {
    count: Type.Optional(wholeNumber(1, MAX_CLIENTS, "how many clients", client.count)),
    ask: Type.Optional(wholeNumber(1, MAX_AUDITORS, "how many of them one question goes to", client.ask)),
    everyMs: Type.Optional(
      Type.Integer({
        minimum: 10,
        maximum: MAX_MS,
        description: "the time from one question of a client to its next, whole milliseconds from 10 to 31 days",
        default: client.everyMs,
      }),
    ),
    choice: Type.Optional(
      oneOf(["pinned", "random"], "whom it asks, always the same or drawn anew each time", client.choice),
    ),
    of: Type.Optional(oneOf(["auditors", "all"], "who may be asked", client.of)),
    quorum: Type.Optional(
      wholeNumber(1, MAX_AUDITORS, "how many auditors must have signed a digest (left out: floor(2n / 3) + 1)"),
    ),
    gossipWith: Type.Optional(
      wholeNumber(0, MAX_CLIENTS, "how many other clients it tells what it accepted", client.gossipWith),
    ),
  },
  "a group of clients",
);
