/** Whether somebody who asks several nodes meets both sides of a split: the arithmetic that a world without gossip must follow. */
import { hypergeometric } from "./discrete.ts";

export interface Questions {
  readonly nodes: number;
  /** Of the nodes, those that show the other history. */
  readonly victims: number;
  /** Different nodes that one client asks. */
  readonly ask: number;
}

/** A client that asks `ask` random nodes sees both histories: not all of one side, and not all of the other. */
export function seesBothSides({ nodes, victims, ask }: Questions): number {
  const draw = { population: nodes, marked: victims, drawn: ask };
  return 1 - hypergeometric(0, draw) - (ask === 0 ? 0 : hypergeometric(ask, draw));
}

/** All nodes that it asks show the other history. */
export function seesOtherSideOnly({ nodes, victims, ask }: Questions): number {
  return ask === 0 ? 0 : hypergeometric(ask, { population: nodes, marked: victims, drawn: ask });
}

/** At least one of `clients` that draw independently sees both. */
export function anyOf(clients: number, probability: number): number {
  return -Math.expm1(clients * Math.log1p(-probability));
}
