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
    verifySignatureMs: Type.Optional(distribution("of checking one signature", costs.verifySignatureMs)),
    verifyProofMs: Type.Optional(distribution("of verifying one audit proof", costs.verifyProofMs)),
    signMs: Type.Optional(distribution("of signing", costs.signMs)),
    readMs: Type.Optional(distribution("of a read from the store", costs.readMs)),
    writeMs: Type.Optional(distribution("of a write that is not synced", costs.writeMs)),
    syncMs: Type.Optional(distribution("of a write that is synced to disk", costs.syncMs)),
  },
  "how long a node takes for what it does; with 0 it is done at once, and nothing can come between",
);

const NetworkSchema: TSchema = closed(
  {
    gossip: Type.Optional(oneOf(["mesh", "none"], "gossipsub's mesh, or no gossip", network.gossip)),
    headSync: Type.Optional(yesOrNo("whether nodes compare ledgers", network.headSync)),
    observerDegree: Type.Optional(
      wholeNumber(1, 1_000, "to how many others an observer connects", network.observerDegree),
    ),
    latencyMs: Type.Optional(distribution("one way, of one message on one link", network.latencyMs)),
    lossRate: Type.Optional(rate("the part of gossip messages that is lost", network.lossRate)),
    duplicateRate: Type.Optional(rate("the part of gossip messages that comes twice", network.duplicateRate)),
    bandwidthBytesPerSecond: Type.Optional(
      wholeNumber(1, 100_000_000_000, "bytes a second of one node's uplink (left out: no limit)"),
    ),
    partitions: Type.Optional(list(PartitionSchema, "a list of partitions")),
    links: Type.Optional(list(LinkSchema, "a list of link schedules")),
  },
  "the network between the nodes",
);

const ProviderSchema: TSchema = closed(
  {
    publicationDelayMs: Type.Optional(
      distribution("how late an epoch appears, to each auditor", provider.publicationDelayMs),
    ),
    latencyMs: Type.Optional(distribution("of each request to the provider", provider.latencyMs)),
    failureRate: Type.Optional(rate("the part of requests that fails", provider.failureRate)),
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
        description: "from one epoch to the next, whole milliseconds from 10 to a day",
        default: DEFAULT_SCENARIO.epochIntervalMs,
      }),
    ),
    settleMs: Type.Optional(milliseconds("how long the world goes on after its last epoch", DEFAULT_SCENARIO.settleMs)),
    auditors: Type.Optional(wholeNumber(1, MAX_AUDITORS, "how many auditors there are", DEFAULT_SCENARIO.auditors)),
    observers: Type.Optional(
      wholeNumber(0, MAX_OBSERVERS, "how many nodes there are beside the auditors", DEFAULT_SCENARIO.observers),
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
    behaviours: Type.Optional(list(BehaviourSchema, "a list of what auditors do that is not honest")),
    faults: Type.Optional(list(FaultSchema, "a list of what breaks")),
    clients: Type.Optional(list(ClientGroupSchema, "a list of groups of clients")),
  },
  "a scenario",
);
