/** What one run of an experiment showed, real or modelled. */
export interface Observation {
  /** For each delivery, the number of hops from the publisher. */
  readonly hops: readonly number[];
  /** For each delivery, how long it took, ms. */
  readonly latenciesMs: readonly number[];
  readonly expectedDeliveries: number;
  /** Copies of one message that arrived at one node, the first one included. */
  readonly copiesPerNode: number;
  /** At the first publication, by node. */
  readonly meshDegrees: readonly number[];
}

export interface Delivery {
  readonly message: number;
  readonly node: number;
  readonly from: number;
  readonly latencyMs: number;
}

/** The hops of each delivery, in order. */
export function hopsOf(deliveries: readonly Delivery[]): number[] {
  const sources = new Map(deliveries.map((delivery) => [`${delivery.message} ${delivery.node}`, delivery.from]));
  return deliveries.map(({ message, node }) => {
    let hops = 0;
    for (let at: number | undefined = node; at !== undefined; at = sources.get(`${message} ${at}`)) hops++;
    return hops - 1;
  });
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
