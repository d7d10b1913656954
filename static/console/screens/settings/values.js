// What forms do with values: comparing, cleaning, checking. Pure.

/** @param {unknown} a @param {unknown} b */
export const same = (a, b) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

/**
 * Those of `wanted` that differ from what is stored.
 * @param {Record<string, any>} stored
 * @param {Record<string, any>} wanted
 */
export const changed = (stored, wanted) => Object.fromEntries(Object.entries(wanted).filter(([name, value]) => !same(value, stored[name])));

/** Lower case without accents, for searching. @param {string} text */
export const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/**
 * Whether every word sought begins or is in one of the texts.
 * @param {string} sought
 * @param {readonly (string | null | undefined)[]} texts
 */
export function matches(sought, texts) {
  const ground = folded(texts.filter(Boolean).join(" "));
  return folded(sought).split(/\s+/).every((word) => ground.includes(word));
}

/** What people paste as a list: separated by commas, semicolons or lines; without empty ones and repetitions. @param {string} text */
export const listed = (text) => [...new Set(text.split(/[,;\n]/).map((item) => item.trim()).filter(Boolean))];

const LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/** A secret that can be read aloud: no letters that look like others. @param {number} length */
export function secret(length) {
  const room = 256 - (256 % LETTERS.length);
  let text = "";
  while (text.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length))) {
      if (byte < room && text.length < length) text += LETTERS[byte % LETTERS.length];
    }
  }
  return text;
}

/**
 * Colour from the picker's `#rrggbb`, or as it was typed.
 * @param {string} text
 */
export const isColour = (text) => /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.test(text);
