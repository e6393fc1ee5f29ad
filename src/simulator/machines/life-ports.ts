/** The ports of one life of a machine. */

import { CoauditError } from "../../core/errors.ts";
import { silentLogger } from "../../core/log.ts";
import type { Network } from "../../gossip/network.ts";
import { HEAD_SYNC_PROTOCOL } from "../../gossip/sync/sync-frames.ts";
import { namespaceTopic, RECORDS_TOPIC } from "../../gossip/topics.ts";
import type { ListeningPorts } from "../../node/parts.ts";
import { NAMESPACE } from "../actors/histories.ts";
import type { Incarnation } from "../engine/incarnation.ts";
import type { RandomStream } from "../engine/random-streams.ts";
import { SimNetwork } from "../network/sim-network.ts";
import { slowHeadVerifier, slowVerifier } from "../ports/signatures.ts";
import { SimClock } from "../ports/sim-clock.ts";
import { type SimDisk, SimStorage } from "../ports/sim-disk.ts";
import type { Surroundings } from "./surroundings.ts";

export interface LifePorts extends ListeningPorts {
  readonly storage: SimStorage;
  readonly random: RandomStream;
}

export interface LifeOptions {
  readonly disk: SimDisk;
  readonly skewMs?: () => number;
}

export function lifePorts(
  incarnation: Incarnation,
  { disk, skewMs }: LifeOptions,
  { scenario, scheduler, streams, hub, verifier, statements, directory }: Surroundings,
): LifePorts {
  const { entity, life } = incarnation;
  const stream = (purpose: string): RandomStream => streams.stream(purpose, entity, life);
  const clock = new SimClock({ scheduler, incarnation, ...(skewMs === undefined ? {} : { skewMs }) });
  const storage = new SimStorage(scenario.costs, { disk, incarnation, scheduler, random: stream("disk") });
  const network = new SimNetwork(
    { peerId: directory.peerId(entity), topics: [namespaceTopic(NAMESPACE), RECORDS_TOPIC] },
    { hub, incarnation, clock, random: stream("network") },
  );
  const verifying = { incarnation, random: stream("verify") };
  const { verifySignatureMs } = scenario.costs;
  return {
    clock,
    random: stream("node"),
    log: silentLogger,
    verifier: slowVerifier(verifier, verifySignatureMs, verifying),
    decode: (bytes) => statements.decode(bytes),
    verifyHead: slowHeadVerifier((head) => statements.verifyHead(head), verifySignatureMs, verifying),
    store: storage.ledgerStore(),
    network: scenario.network.headSync ? network : withoutHeadSync(network),
    storage,
  };
}

/** Neither asks nor answers: a world in which gossip alone must do. */
function withoutHeadSync(network: Network): Network {
  return new Proxy(network, {
    get(target, property) {
      if (property === "handle") return (): void => {};
      if (property === "request") {
        return async (peer: string): Promise<never> => {
          const context = { peer, protocol: HEAD_SYNC_PROTOCOL };
          throw new CoauditError("REQUEST_PROTOCOL_UNKNOWN", `${peer} does not sync heads in this world`, context);
        };
      }
      const member: unknown = Reflect.get(target, property, target);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}
