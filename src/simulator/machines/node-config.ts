/** The configuration of a simulated node, as config.ts would have read it. */
import type { ConfigurationName } from "../../akd/configuration.ts";
import { emptyTreeRoot } from "../../auditor/start-point.ts";
import type { Roster } from "../../core/roster.ts";
import type { LivingConfig } from "../../node/node.ts";
import { NAMESPACE, ORIGIN } from "../actors/histories.ts";
import { CONFIGURATION } from "../ports/proofs.ts";

export interface SimConfigOptions {
  readonly name: string;
  readonly roster: Roster;
  readonly faultBound: number | undefined;
  /** Of an auditor. */
  readonly pollIntervalMs?: number;
  /** Signs after a minute although nobody answered: where nobody can. Default: false. */
  readonly allowAlone?: boolean;
  /** What its operator wrote. Default: the right one. */
  readonly configuration?: ConfigurationName;
  /** When one answer is enough to sign above a mark. Default: the node's. */
  readonly aboveMarkAfterMs?: number;
}

export function simConfig(options: SimConfigOptions): LivingConfig {
  const { name, roster, faultBound, pollIntervalMs, allowAlone = false, configuration = CONFIGURATION } = options;
  return {
    name,
    roster: { roster, origins: new Map([[NAMESPACE, ORIGIN]]), providerKeys: new Map(), settlements: [] },
    faultBound,
    allowAlone,
    ...(options.aboveMarkAfterMs === undefined ? {} : { aboveMarkAfterMs: options.aboveMarkAfterMs }),
    announce: [],
    policies: new Map(),
    providerKeys: new Map(),
    namespaces: [
      {
        namespace: NAMESPACE,
        origin: ORIGIN,
        configuration,
        source: "simulated",
        allowPlainHttp: false,
        mirrors: [],
        root: emptyTreeRoot(configuration),
        maxBlobBytes: 1_000_000,
        settings: pollIntervalMs === undefined ? {} : { pollIntervalMs },
      },
    ],
  };
}
