/** The metrics of a node that runs, where its configuration has them. */
import type { Api } from "../../api/api.ts";
import type { Clock } from "../../core/clock.ts";
import type { Logger } from "../../core/log.ts";
import { DiskWatch } from "../../metrics/disk-use.ts";
import { MetricsServer } from "../../metrics/metrics-server.ts";
import { NodeMetrics } from "../../metrics/node-metrics.ts";
import type { NodeConfig } from "../../node/config/config.ts";
import type { CoauditNode } from "../../node/node.ts";
import type { NodeMeters } from "../../node/open-node.ts";

export interface RunMetrics {
  /** For the node when it is opened. */
  readonly meters: NodeMeters;
  /** Once the node runs. Throws METRICS_LISTEN_FAILED. */
  serve(node: CoauditNode, api: Api | undefined): Promise<{ readonly url: string; stop(): Promise<void> }>;
}

export function runMetrics(
  listen: NonNullable<NodeConfig["metrics"]>,
  { dataFolder }: Pick<NodeConfig, "dataFolder">,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): RunMetrics {
  const metrics = new NodeMetrics();
  const disk = new DiskWatch({ folder: dataFolder }, { clock });
  return {
    meters: metrics.meters,
    async serve(node, api) {
      const server = new MetricsServer(listen, {
        contentType: metrics.contentType,
        read: async () =>
          metrics.text({
            status: node.status(),
            cases: node.cases(),
            measures: node.measures(),
            defaultMin: (namespace) => node.defaultMin(namespace, "latest"),
            refusals: api?.refusals() ?? new Map(),
            disk: await disk.look(),
          }),
        log,
      });
      return { url: await server.start(), stop: () => server.stop() };
    },
  };
}
