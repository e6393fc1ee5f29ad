/**
 * How fast news reaches everybody: bounds that head delays in a world of constant latency, counted in hops, must keep.
 */

/**
 * Push gossip on a complete graph: in each round, everybody who knows tells one random other. Pittel (On Spreading a
 * Rumor, SIAM J. Appl. Math. 47, 1987): the rounds until all of n know are log2(n) + ln(n) + O(1), in probability.
 */
export function pushRounds(nodes: number): number {
  return Math.log2(nodes) + Math.log(nodes);
}

/**
 * Flooding over links of at most `degree` a node can't be faster (Moore): its publisher reaches `first` nodes, each of
 * these degree - 1 others, and so on. `first`: gossipsub's publisher sends to everybody it is connected to, not to its
 * mesh alone.
 */
export function fewestHops(nodes: number, degree: number, first: number = degree): number {
  let reached = 1;
  let shell = first;
  let hops = 0;
  while (reached < nodes) {
    reached += shell;
    shell *= degree - 1;
    hops++;
  }
  return hops;
}

/**
 * In a random graph in which everybody has `degree` links, all but a vanishing part of such graphs: nobody is farther
 * than this from anybody (Bollobas and Fernandez de la Vega, The diameter of random regular graphs, Combinatorica 2,
 * 1982): the smallest d with (degree - 1)^(d - 1) >= (2 + e) degree n ln n.
 */
export function mostHops(nodes: number, degree: number): number {
  const enough = 2 * degree * nodes * Math.log(nodes);
  let hops = 1;
  for (let power = 1; power <= enough; power *= degree - 1) hops++;
  return hops;
}
