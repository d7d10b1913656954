// What is known about contacts: Brazilian numbers as they are typed, who may be the same person, and what merging two makes.
// Pure.

/** @import { Contact } from "../../api/types" */

/**
 * A Brazilian number the way it is written, while it is being typed; another country's stays as it is.
 * @param {string} typed
 */
export function formatPhone(typed) {
  if (/^\s*\+(?!55)/.test(typed) || /[^\d\s()+.-]/.test(typed)) return typed;
  const all = typed.replace(/\D/g, "");
  const digits = (/^\s*\+?55/.test(typed) && all.length > 11) || /^\s*\+55/.test(typed) ? all.slice(2) : all;
  if (digits.length > 11) return typed;
  if (digits.length <= 2) return typed.trim().startsWith("+") ? typed : digits;
  const [area, rest] = [digits.slice(0, 2), digits.slice(2)];
  const cut = rest.length > 8 ? 5 : 4;
  return rest.length > cut ? `(${area}) ${rest.slice(0, cut)}-${rest.slice(cut)}` : `(${area}) ${rest}`;
}

/** Digits that tell two Brazilian numbers apart, the ninth one aside. @param {string | null} phone */
export function phoneKey(phone) {
  const digits = (phone ?? "").replace(/\D/g, "");
  const mobile = /^55(\d{2})9(\d{8})$/.exec(digits);
  return mobile ? `55${mobile[1]}${mobile[2]}` : digits;
}

/** @param {string} text */
export const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim().replace(/\s+/g, " ");

/** A name only tells who somebody is with a surname. @param {Pick<Contact, "name">} contact */
const nameKey = ({ name }) => (fold(name).includes(" ") ? fold(name) : "");

/** @typedef {"phone" | "email" | "name"} Reason */

/** Why two may be one person. @param {Contact} one @param {Contact} other @returns {Reason[]} */
export function reasons(one, other) {
  /** @type {Reason[]} */
  const found = [];
  if (one.phone && phoneKey(one.phone) === phoneKey(other.phone)) found.push("phone");
  if (one.email && fold(one.email) === fold(other.email ?? "")) found.push("email");
  if (nameKey(one) && nameKey(one) === nameKey(other)) found.push("name");
  return found;
}

export const CHOICES = /** @type {const} */ (["first_name", "last_name", "email", "phone", "tier", "ltv"]);
/** @typedef {typeof CHOICES[number]} Choice */

/** The fields in which two differ and a choice must be made. @param {Contact} winner @param {Contact} loser @returns {Choice[]} */
export const conflicts = (winner, loser) =>
  CHOICES.filter((field) => (winner[field] ?? "") !== (loser[field] ?? "") && (winner[field] ?? "") !== "" && (loser[field] ?? "") !== "");

/**
 * What the one who stays looks like afterwards.
 * @param {Contact} winner
 * @param {Contact} loser
 * @param {ReadonlySet<Choice>} theirs fields taken from the loser
 */
export function merged(winner, loser, theirs) {
  /** @type {Record<Choice, string | null>} */
  const fields = /** @type {any} */ ({});
  for (const field of CHOICES) {
    const filled = field === "last_name" && winner.first_name !== loser.first_name && !theirs.has("first_name") ? winner.last_name : winner[field] || loser[field];
    fields[field] = theirs.has(field) ? loser[field] : (filled ?? null);
  }
  return {
    ...fields,
    tags: [...new Set([...winner.tags, ...loser.tags])],
    custom_fields: { ...loser.custom_fields, ...winner.custom_fields },
  };
}

/** A value of a custom field as people read it. @param {unknown} value */
export const plain = (value) => (typeof value === "string" ? value : JSON.stringify(value));

/** The custom fields in which two differ. @param {Contact} winner @param {Contact} loser @returns {string[]} */
export const clashes = (winner, loser) =>
  Object.keys(winner.custom_fields).filter((name) => name in loser.custom_fields && plain(winner.custom_fields[name]) !== plain(loser.custom_fields[name]));

/** @typedef {{name: string, value: string}} Line a custom field as it is edited */

/** @param {Record<string, unknown>} fields @returns {Line[]} */
export const linesOf = (fields) =>
  Object.entries(fields).map(([name, value]) => ({ name, value: typeof value === "string" ? value : JSON.stringify(value) }));

/**
 * Numbers, flags and lists stay what they were as long as nobody rewrites them.
 * @param {readonly Line[]} lines
 * @param {Record<string, unknown>} before
 * @returns {Record<string, unknown>}
 */
export function fieldsOf(lines, before) {
  return Object.fromEntries(
    lines
      .filter(({ name }) => name.trim())
      .map(({ name, value }) => {
        const old = before[name.trim()];
        return [name.trim(), old !== undefined && typeof old !== "string" && JSON.stringify(old) === value ? old : value];
      }),
  );
}
