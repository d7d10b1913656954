// Text of people with the addresses in it. Pure. Only addresses of the web, of mail and of telephones become links, and
// what is shown is what is opened.

/** @typedef {string | {text: string, href: string}} Part */

const ADDRESS = /\bhttps?:\/\/[^\s<>"]+|\bwww\.[^\s<>"]+\.[^\s<>"]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+/giu;
/** What ends a sentence is not part of the address. */
const TAIL = /[.,;:!?'’”»]+$/u;

/** @param {string} found */
function trimmed(found) {
  let text = found.replace(TAIL, "");
  // A closing bracket belongs to the address when it was opened in it.
  while (text.endsWith(")") && text.split(")").length > text.split("(").length) text = text.slice(0, -1).replace(TAIL, "");
  return text;
}

/** @param {string} text */
function target(text) {
  const address = /^https?:/i.test(text) ? text : /^www\./i.test(text) ? `https://${text}` : `mailto:${text}`;
  return URL.canParse(address) ? address : null;
}

/**
 * @param {string} text
 * @returns {Part[]}
 */
export function linkify(text) {
  /** @type {Part[]} */
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const shown = trimmed(match[0]);
    const href = shown && target(shown);
    if (!href) continue;
    if (match.index > end) parts.push(text.slice(end, match.index));
    parts.push({ text: shown, href });
    end = match.index + shown.length;
  }
  if (end < text.length) parts.push(text.slice(end));
  return parts;
}
