/** A node's ledger as tables. */
import { escapeText } from "./escape.js";
import { ledgerAt } from "./ledger-at.js";
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
  const rows = cases
    .map(
      (one) =>
        `<tr><th scope="row"><code>${escapeText(one.id.slice(0, 16))}</code></th><td>${escapeText(one.class)}</td><td>${escapeText(one.about)}</td><td>${clockText(one.sinceUs)}</td></tr>`,
    )
    .join("");
  return `<table><caption>Cases that it holds</caption><thead><tr><th scope="col">case</th><th scope="col">class</th><th scope="col">about</th><th scope="col">since</th></tr></thead><tbody>${rows}</tbody></table>`;
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
  const head = auditors
    .map((of) => `<th scope="col">${escapeText(shortName(timeline.nodes[of]?.name ?? "?"))}</th>`)
    .join("");
  const rows = shown
    .map(
      (epoch) =>
        `<tr><th scope="row">${epoch}</th>${auditors.map((of) => headCell(byEpoch.get(epoch)?.get(of) ?? [])).join("")}</tr>`,
    )
    .join("");
  const older = epochs.length > shown.length ? `; ${epochs.length - shown.length} older epochs are not shown` : "";
  return `<div class="scroll" tabindex="0" role="region" aria-label="Heads"><table class="heads"><caption>Heads that it heard, of whom for which epoch${older}</caption><thead><tr><th scope="col">epoch</th>${head}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** @param {Ledger["heads"][number][]} heads of one auditor for one epoch */
function headCell(heads) {
  const cells = heads.map(({ branch, atUs, way }) => {
    const side = branch === 1 ? "other" : "main";
    return `<span class="${side}"><span aria-hidden="true">${branch === 1 ? "◆" : "●"}</span> ${side}</span> <small>${clockText(atUs)}, ${way}</small>`;
  });
  return `<td>${cells.join("<br>") || '<span class="none">–</span>'}</td>`;
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
    .map(([when, result, epoch, branch, asked, times]) => {
      const side = branch < 0 ? "–" : branch === 1 ? "◆ other" : "● main";
      return `<tr><th scope="row">${clockText(when)}</th><td>${escapeText(result)}</td><td>${epoch < 0 ? "–" : epoch}</td><td>${side}</td><td>${escapeText(asked)}</td><td>${times}</td></tr>`;
    })
    .join("");
  return `<div class="scroll" tabindex="0" role="region" aria-label="Answers"><table><caption>Answers that it got, the newest first; answers alike are joined</caption><thead><tr><th scope="col">time</th><th scope="col">result</th><th scope="col">epoch</th><th scope="col">history</th><th scope="col">asked</th><th scope="col">alike, all in all</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

/**
 * `auditor-03` of `auditor-03.example`
 * @param {string} name
 */
function shortName(name) {
  return name.replace(/\.example$/, "");
}
