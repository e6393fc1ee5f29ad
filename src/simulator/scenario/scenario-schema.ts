/**
 * What a scenario file may contain. config/scenarios/scenario.schema.json and the reference in docs/simulator.md are
 * made of it.
 */
import Type, { type TSchema } from "typebox";
import { DEFAULT_SCENARIO } from "./defaults.ts";
import {
  BehaviourSchema,
  ClientGroupSchema,
  FaultSchema,
  LieSchema,
  LinkSchema,
  PartitionSchema,
} from "./entry-schemas.ts";
import { KeysSchema } from "./keys-schema.ts";
import {
  closed,
  distribution,
  list,
  MAX_AUDITORS,
  MAX_EPOCHS,
  MAX_OBSERVERS,
  milliseconds,
  oneOf,
  rate,
  wholeNumber,
  yesOrNo,
} from "./schema-parts.ts";

const { costs, network, provider } = DEFAULT_SCENARIO;

const CostsSchema: TSchema = closed(
  {
    verifySignatureMs: Type.Optional(distribution("to check one signature", costs.verifySignatureMs)),
    verifyProofMs: Type.Optional(distribution("to verify one audit proof", costs.verifyProofMs)),
    signMs: Type.Optional(distribution("to sign", costs.signMs)),
    readMs: Type.Optional(distribution("to read from the store", costs.readMs)),
    writeMs: Type.Optional(distribution("to write without a sync", costs.writeMs)),
    syncMs: Type.Optional(distribution("to write and sync to disk", costs.syncMs)),
  },
  "how long a node's work takes; what takes 0 is instantaneous, and nothing can happen in between",
);

const NetworkSchema: TSchema = closed(
  {
    gossip: Type.Optional(oneOf(["mesh", "none"], "gossipsub's mesh, or no gossip", network.gossip)),
    headSync: Type.Optional(yesOrNo("whether nodes compare ledgers", network.headSync)),
    observerDegree: Type.Optional(
      wholeNumber(1, 1_000, "how many other nodes an observer connects to", network.observerDegree),
    ),
    latencyMs: Type.Optional(distribution("one-way latency of a message on a link", network.latencyMs)),
    lossRate: Type.Optional(rate("the share of gossip messages that are lost", network.lossRate)),
    duplicateRate: Type.Optional(rate("the share of gossip messages that arrive twice", network.duplicateRate)),
    bandwidthBytesPerSecond: Type.Optional(
      wholeNumber(1, 100_000_000_000, "the uplink of one node, in bytes per second (left out: unlimited)"),
    ),
    partitions: Type.Optional(list(PartitionSchema, "a list of partitions")),
    links: Type.Optional(list(LinkSchema, "a list of link schedules")),
  },
  "the network between the nodes",
);

const ProviderSchema: TSchema = closed(
  {
    publicationDelayMs: Type.Optional(
      distribution("how long after its start an epoch appears, drawn for each auditor", provider.publicationDelayMs),
    ),
    latencyMs: Type.Optional(distribution("one-way latency of a request to the provider", provider.latencyMs)),
    failureRate: Type.Optional(rate("the share of requests that fail", provider.failureRate)),
    lies: Type.Optional(list(LieSchema, "a list of lies")),
  },
  "the provider of the key directory",
);

export const ScenarioSchema: TSchema = closed(
  {
    title: Type.String({ minLength: 1, maxLength: 200, description: "a title, 1 to 200 characters" }),
    about: Type.Optional(
      Type.String({ maxLength: 4_000, description: "what it shows, up to 4,000 characters", default: "" }),
    ),
    sources: Type.Optional(
      Type.Record(Type.String(), Type.String({ maxLength: 1_000, description: "where it comes from, in words" }), {
        description: "where parameters come from, by their path in the file",
        default: {},
      }),
    ),
    epochs: Type.Optional(wholeNumber(1, MAX_EPOCHS, "how many epochs are published", DEFAULT_SCENARIO.epochs)),
    epochIntervalMs: Type.Optional(
      Type.Integer({
        minimum: 10,
        maximum: 24 * 3_600_000,
        description: "the time from one epoch to the next, whole milliseconds from 10 to a day",
        default: DEFAULT_SCENARIO.epochIntervalMs,
      }),
    ),
    settleMs: Type.Optional(
      milliseconds("how long the world continues after its last epoch", DEFAULT_SCENARIO.settleMs),
    ),
    auditors: Type.Optional(wholeNumber(1, MAX_AUDITORS, "how many auditors there are", DEFAULT_SCENARIO.auditors)),
    observers: Type.Optional(
      wholeNumber(0, MAX_OBSERVERS, "how many nodes there are besides the auditors", DEFAULT_SCENARIO.observers),
    ),
    faultBound: Type.Optional(
      wholeNumber(0, MAX_AUDITORS, "f, how many auditors may lie (left out: floor((n - 1) / 3))"),
    ),
    crypto: Type.Optional(
      oneOf(["symbolic", "real"], "the signatures, the two histories and their proofs", DEFAULT_SCENARIO.crypto),
    ),
    costs: Type.Optional(CostsSchema),
    network: Type.Optional(NetworkSchema),
    provider: Type.Optional(ProviderSchema),
    behaviours: Type.Optional(list(BehaviourSchema, "a list of what dishonest auditors do")),
    faults: Type.Optional(list(FaultSchema, "a list of what breaks")),
    clients: Type.Optional(list(ClientGroupSchema, "a list of groups of clients")),
    keys: Type.Optional(KeysSchema),
  },
  "a scenario",
);
