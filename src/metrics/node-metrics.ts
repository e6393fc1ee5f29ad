/** A node's metrics in OpenMetrics: what is measured as it happens, and what is read when somebody asks (series.ts). */
import { prometheusMetrics } from "@libp2p/prometheus-metrics";
import { Counter, collectDefaultMetrics, Gauge, Histogram, type OpenMetricsContentType, Registry } from "prom-client";
import type { NodeMeters } from "../node/open-node.ts";
import { type Reading, SERIES, type Series } from "./series.ts";

/** From a glance at a small proof to the largest seen, 200 MB over a slow line. */
const VERIFICATION_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300];

export class NodeMetrics {
  readonly contentType: string = Registry.OPENMETRICS_CONTENT_TYPE;
  /** For the node when it is opened. */
  readonly meters: NodeMeters;
  readonly #registry: Registry<OpenMetricsContentType> = new Registry();
  #reading: Reading | undefined;

  constructor() {
    this.#registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    const seconds = new Histogram({
      name: "coaudit_verification_seconds",
      help: "Time to verify an epoch's audit proof, the download that it waits for included.",
      labelNames: ["namespace"],
      buckets: VERIFICATION_SECONDS,
      registers,
    });
    const bytes = new Counter({
      name: "coaudit_proof_bytes_total",
      help: "Bytes of audit proofs that were read.",
      labelNames: ["namespace"],
      registers,
    });
    const proofs = new Counter({
      name: "coaudit_proofs_total",
      help: "Audit proofs, by what came of them; a valid one is an epoch verified.",
      labelNames: ["namespace", "result"],
      registers,
    });
    this.meters = {
      proofMeter: ({ namespace, result, sizeBytes, elapsedMs }) => {
        proofs.inc({ namespace, result });
        bytes.inc({ namespace }, sizeBytes);
        if (result === "valid") seconds.observe({ namespace }, elapsedMs / 1000);
      },
      // Its clean-up at start is of prom-client's own registry, which is not ours.
      libp2p: prometheusMetrics({
        registry: this.#registry as unknown as Registry,
        collectDefaultMetrics: false,
        preserveExistingMetrics: true,
      }) as NodeMeters["libp2p"],
    };
    for (const series of SERIES) this.#register(series);
  }

  async text(reading: Reading): Promise<string> {
    this.#reading = reading;
    return this.#registry.metrics();
  }

  #register({ kind, name, help, labels, read }: Series): void {
    const values = (): ReturnType<Series["read"]> => (this.#reading === undefined ? [] : read(this.#reading));
    const options = { name, help, labelNames: [...labels], registers: [this.#registry] };
    if (kind === "gauge") {
      new Gauge({
        ...options,
        collect() {
          this.reset();
          for (const [at, value] of values()) this.set({ ...at }, value);
        },
      });
    } else {
      new Counter({
        ...options,
        // The node counts; this is only how what it counted is shown.
        collect() {
          this.reset();
          for (const [at, value] of values()) this.inc({ ...at }, value);
        },
      });
    }
  }
}
