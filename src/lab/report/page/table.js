/** A table that a wide screen shows in rows, and a phone as a card for each row (report.css). */
import { escapeText } from "./escape.js";

/**
 * @param {string} caption
 * @param {readonly string[]} heads
 * @param {readonly (readonly string[])[]} rows cells of HTML, the first of which names its row
 * @returns {string} HTML
 */
export function table(caption, heads, rows) {
  const names = heads.map(escapeText);
  const head = names.map((name) => `<th scope="col">${name}</th>`).join("");
  const body = rows
    .map(([first = "", ...rest]) => {
      const cells = rest.map((cell, i) => `<td data-head="${names[i + 1] ?? ""}">${cell}</td>`).join("");
      return `<tr><th scope="row" data-head="${names[0] ?? ""}">${first}</th>${cells}</tr>`;
    })
    .join("\n");
  const name = escapeText(caption);
  return `<div class="scroll" tabindex="0" role="region" aria-label="${name}"><table><caption>${name}</caption><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}
