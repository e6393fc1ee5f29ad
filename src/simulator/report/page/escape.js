/** @type {Readonly<Record<string, string>>} */
const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/**
 * Text for an element or a quoted attribute, of HTML or SVG.
 * @param {string} text
 * @returns {string}
 */
export function escapeText(text) {
  // Control characters are no XML, whatever they are written as.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "\ufffd").replace(/[&<>"']/g, (one) => ENTITIES[one] ?? one);
}
