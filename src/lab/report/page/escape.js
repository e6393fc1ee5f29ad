/** @type {Readonly<Record<string, string>>} */
const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

// Control characters are no XML, whatever they are written as.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
const NO_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g;

/**
 * Text for an element or a quoted attribute, of HTML or SVG.
 * @param {string} text
 * @returns {string}
 */
export function escapeText(text) {
  return text.replace(/[&<>"']/g, (one) => ENTITIES[one] ?? one).replace(NO_XML, "\ufffd");
}
