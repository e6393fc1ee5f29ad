/** What one node had in its ledger at a time. */

/** @import { Timeline } from "../timeline.ts" */

/**
 * @typedef {{ epoch: number, branch: 0 | 1, of: number, atUs: number, way: string }} LedgerHead
 * @typedef {{ id: string, about: string, class: string, sinceUs: number }} LedgerCase
 * @typedef {{ heads: LedgerHead[], cases: LedgerCase[], down: string | undefined, state: number | undefined, halted:
 * string | undefined, signed: number }} Ledger
 */

/** As in head-column.ts. */
const HEAD_STEP_US = 100;
const WAYS = ["gossip", "sync", "own"];

/**
 * @param {Timeline} timeline
 * @param {number} place of the node
 * @param {number} atUs
 * @returns {Ledger}
 */
export function ledgerAt(timeline, place, atUs) {
  const node = timeline.nodes[place];
  if (node === undefined) throw new Error(`no node ${place}`);
  /** @type {LedgerHead[]} */
  const heads = [];
  for (const head of unpackedHeads(node.heads)) {
    if (head.atUs > atUs) break;
    const claim = timeline.claims[head.claim];
    if (claim !== undefined)
      heads.push({ of: claim[0], epoch: claim[1], branch: claim[2], atUs: head.atUs, way: head.way });
  }
  /** @type {Map<number, LedgerCase>} */
  const cases = new Map();
  for (const [sinceUs, casePlace, caseClass] of node.cases) {
    if (sinceUs > atUs) break;
    if (caseClass === null) cases.delete(casePlace);
    else cases.set(casePlace, { id: "", about: "", ...timeline.cases[casePlace], class: caseClass, sinceUs });
  }
  return {
    heads,
    cases: [...cases.values()],
    down: node.down.find(([from, to]) => from <= atUs && (atUs < to || to === timeline.endUs))?.[2],
    state: node.states.findLast(([from]) => from <= atUs)?.[1],
    halted: node.halted.findLast(([from]) => from <= atUs)?.[1],
    signed: node.signed.filter(([when]) => when <= atUs).length,
  };
}

/**
 * The bytes of head-column.ts. Rounded to 100 us, a head may seem to be heard up to 50 us before its time.
 * @param {string} packed
 * @returns {Generator<{ atUs: number, claim: number, way: string }>}
 */
function* unpackedHeads(packed) {
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  let at = 0;
  let step = 0;
  const number = () => {
    let value = 0;
    for (let scale = 1; at < bytes.length; scale *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte % 128) * scale;
      if (byte < 128) break;
    }
    return value;
  };
  while (at < bytes.length) {
    step += number();
    const head = number();
    yield { atUs: step * HEAD_STEP_US, claim: Math.floor(head / WAYS.length), way: WAYS[head % WAYS.length] ?? "" };
  }
}

/**
 * Times at which something happened to somebody, ascending, for stepping from one to the next.
 * @param {Timeline} timeline
 * @returns {number[]}
 */
export function eventTimes(timeline) {
  const times = new Set([0, timeline.endUs]);
  for (const [atUs] of timeline.epochs) times.add(atUs);
  for (const { fromUs, toUs } of timeline.partitions) times.add(fromUs).add(toUs);
  for (const node of timeline.nodes) {
    for (const [from, to] of node.down) times.add(from).add(to);
    for (const [atUs] of [...node.states, ...node.signed, ...node.cases, ...node.halted]) times.add(atUs);
    for (const [atUs] of node.answers) times.add(atUs);
  }
  return [...times].sort((a, b) => a - b);
}
