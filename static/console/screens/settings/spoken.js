// Texts of the widget: one for all languages, or one per language. Pure.

/** A text of the widget in a language: one for all, or one per language. @param {unknown} text @param {string} language @returns {string} */
export function spoken(text, language) {
  if (typeof text === "string") return text;
  const by = /** @type {Record<string, string> | null} */ (text && typeof text === "object" ? text : null);
  return by?.[language] ?? by?.["pt-BR"] ?? by?.en ?? "";
}

/**
 * The same with the text of one language changed; the same in every language is one text, none is nothing.
 * @param {unknown} text @param {string} language @param {string} written @param {readonly string[]} languages
 */
export function rephrased(text, language, written, languages) {
  const all = Object.fromEntries(languages.map((one) => [one, one === language ? written : spoken(text, one)]));
  if (!Object.values(all).some(Boolean)) return undefined;
  return all;
}
