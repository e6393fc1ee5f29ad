/** The SDK as a client of a world runs it: its own clock, and nodes that answer over the world's network. */
import { QuorumClient } from "../../client/quorum-client.ts";
import type { Clock } from "../../core/clock.ts";
import type { SignatureVerifier } from "../../core/ed25519.ts";
import type { Policy } from "../../core/policy.ts";
import type { Roster } from "../../core/roster.ts";
import { NAMESPACE, ORIGIN } from "../actors/histories.ts";
import type { Incarnation } from "../engine/incarnation.ts";
import type { RandomStreams } from "../engine/random-streams.ts";
import type { Machine } from "../machines/surroundings.ts";
import type { ClientGroup, NetworkScenario } from "../scenario/scenario.ts";
import { nodeAnswers, urlOf } from "./node-answers.ts";

export interface ClientOptions {
  readonly name: string;
  readonly group: ClientGroup;
  readonly policy: Policy;
  readonly roster: Roster;
  readonly faultBound: number | undefined;
  readonly latencyMs: NetworkScenario["latencyMs"];
}

export interface QuorumClientModules {
  readonly streams: RandomStreams;
  readonly verifier: SignatureVerifier;
  readonly machineAt: (host: string) => Machine | undefined;
  readonly incarnation: Incarnation;
  readonly clock: Clock;
}

/** `machines`: whom it asks. */
export function quorumClient(
  { name, policy, roster, faultBound, latencyMs }: ClientOptions,
  machines: readonly Machine[],
  { streams, verifier, machineAt, incarnation, clock }: QuorumClientModules,
): QuorumClient {
  const random = streams.stream("client-network", name);
  return new QuorumClient(
    {
      nodes: machines.map(({ place }) => urlOf(place)),
      ...{ policy, roster },
      ...(faultBound === undefined ? {} : { faultBound }),
      origins: { [NAMESPACE]: ORIGIN },
    },
    { clock, verifier, fetch: nodeAnswers({ incarnation, random, latencyMs, machineAt }) },
  );
}
