/**
 * Whether somebody who asks several nodes meets the other side of a split: the arithmetic that a world without gossip
 * must follow.
 */
import { hypergeometric, hypergeometricAtLeast, logBinomialAtLeast } from "../statistics/discrete.ts";

export interface Questions {
  readonly nodes: number;
  /** Of the nodes, those that show another history than the one that the client was shown. */
  readonly others: number;
  /** Different nodes that one client asks. */
  readonly ask: number;
}

/** At least one of the nodes that a client asks shows another history than its own. */
export function meetsOther({ nodes, others, ask }: Questions): number {
  return hypergeometricAtLeast(1, { population: nodes, marked: others, drawn: ask });
}

/** It happens to at least one of `clients` that draw independently. */
export function anyOf(clients: number, probability: number): number {
  return -Math.expm1(clients * Math.log1p(-probability));
}

/**
 * At least `least` of the asked show the other history, where `others` of the nodes have two faces and show each reader
 * one of them, either as likely. Asking one of them is asking it once: it is drawn as one node, not as two.
 */
export function meetsOtherFaces({ nodes, others, ask }: Questions, least: number): number {
  let probability = 0;
  for (let drawn = 0; drawn <= Math.min(others, ask); drawn++) {
    const share = hypergeometric(drawn, { population: nodes, marked: others, drawn: ask });
    probability += share * Math.exp(logBinomialAtLeast(least, drawn, 0.5));
  }
  return probability;
}
