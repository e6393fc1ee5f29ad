/** A node's ledger as tables. */
import { escapeText } from "./escape.js";
import { ledgerAt } from "./ledger-at.js";
import { table } from "./table.js";
import { clockText } from "./time-text.js";

/** @import { Timeline } from "../timeline.ts" */
/** @import { Ledger } from "./ledger-at.d.ts" */

/** Epochs that are shown at once, the newest first. */
const MAX_EPOCHS = 25;
const STATE_WORDS = [
  "knows the main history alone",
  "holds a head of the other history",
  "holds a case",
  "convicts",
  "satisfied, rightly",
  "satisfied with the other history",
  "warned",
  "has no answer to rely on",
];

/**
 * @param {Timeline} timeline
 * @param {number} place of the node
 * @param {number} atUs
 * @returns {string} HTML
 */
export function ledgerPanel(timeline, place, atUs) {
  const node = timeline.nodes[place];
  if (node === undefined) return "";
  if (node.role === "client") return answersTable(timeline, place, atUs);
  const ledger = ledgerAt(timeline, place, atUs);
  const lamp = ledger.down === undefined ? "up" : `down (${ledger.down})`;
  const halted = ledger.halted === undefined ? "" : `; halted: ${ledger.halted}`;
  const knows = STATE_WORDS[ledger.state ?? 0] ?? "";
  const status = `${lamp}; ${knows}; has signed ${ledger.signed} head${ledger.signed === 1 ? "" : "s"}${halted}`;
  return `<p class="status">${escapeText(status)}.</p>${casesTable(ledger)}${headsTable(timeline, ledger)}`;
}

/** @param {Ledger} ledger */
function casesTable({ cases }) {
  if (cases.length === 0) return "<p>It holds no case.</p>";
  const rows = cases.map((one) => [
    `<code>${escapeText(one.id.slice(0, 16))}</code>`,
    escapeText(one.class),
    escapeText(one.about),
    clockText(one.sinceUs),
  ]);
  return table("Cases that it holds", ["case", "class", "about", "since"], rows);
}

/**
 * @param {Timeline} timeline
 * @param {Ledger} ledger
 */
function headsTable(timeline, { heads }) {
  if (heads.length === 0) return "<p>It holds no head.</p>";
  /** @type {Map<number, Map<number, Ledger["heads"][number][]>>} By epoch and auditor. */
  const byEpoch = new Map();
  const columns = new Set();
  for (const head of heads) {
    const row = byEpoch.get(head.epoch) ?? new Map();
    byEpoch.set(head.epoch, row);
    row.set(head.of, [...(row.get(head.of) ?? []), head]);
    columns.add(head.of);
  }
  const auditors = [...columns].sort((a, b) => a - b);
  const epochs = [...byEpoch.keys()].sort((a, b) => b - a);
  const shown = epochs.slice(0, MAX_EPOCHS);
  const names = auditors.map((of) => shortName(timeline.nodes[of]?.name ?? "?"));
  const rows = shown.map((epoch) => [
    String(epoch),
    ...auditors.map((of) => headCell(byEpoch.get(epoch)?.get(of) ?? [])),
  ]);
  const older = epochs.length > shown.length ? `; ${epochs.length - shown.length} older epochs are not shown` : "";
  return table(`Heads that it heard, of whom for which epoch${older}`, ["epoch", ...names], rows);
}

/** @param {Ledger["heads"][number][]} heads of one auditor for one epoch */
function headCell(heads) {
  const cells = heads.map(({ branch, atUs, way }) => {
    const side = branch === 1 ? "other" : "main";
    return `<span class="${side}"><span aria-hidden="true">${branch === 1 ? "◆" : "●"}</span> ${side}</span> <small>${clockText(atUs)}, ${way}</small>`;
  });
  return cells.join("<br>") || '<span class="none">–</span>';
}

/**
 * @param {Timeline} timeline
 * @param {number} place
 * @param {number} atUs
 */
function answersTable(timeline, place, atUs) {
  const answers = timeline.nodes[place]?.answers.filter(([when]) => when <= atUs) ?? [];
  if (answers.length === 0) return "<p>It has not asked yet.</p>";
  const rows = answers
    .slice(-MAX_EPOCHS)
    .reverse()
    .map(([when, result, epoch, branch, asked, times]) => [
      clockText(when),
      escapeText(result),
      epoch < 0 ? "–" : String(epoch),
      branch < 0 ? "–" : branch === 1 ? "◆ other" : "● main",
      escapeText(asked),
      String(times),
    ]);
  const heads = ["time", "result", "epoch", "history", "asked", "alike, all in all"];
  return table("Answers that it got, the newest first; answers alike are joined", heads, rows);
}

/**
 * `auditor-03` of `auditor-03.example`
 * @param {string} name
 */
function shortName(name) {
  return name.replace(/\.example$/, "");
}
