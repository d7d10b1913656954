// Which people a list shows, and in which order. Pure.

/** @import { Attendant, AttendantStatus } from "../../api/types" */

export const STATUSES = /** @type {const} */ (["online", "busy", "away", "offline"]);

/** @param {string} text */
const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/**
 * @param {readonly Attendant[]} people
 * @param {{q?: string, status?: string, queue?: string}} wanted q: words of name, alias, department or skill
 */
export function matching(people, { q = "", status, queue }) {
  const words = fold(q).split(/\s+/).filter(Boolean);
  return people.filter((one) => {
    if (status && one.status !== status) return false;
    if (queue && !one.queues.includes(queue)) return false;
    const text = fold([one.name, ...one.aliases, one.department ?? "", ...one.skills.map(({ name }) => name)].join(" "));
    return words.every((word) => text.includes(word));
  });
}

/** Those who receive first, then by name. @param {readonly Attendant[]} people */
export const ordered = (people) =>
  [...people].sort((one, other) => STATUSES.indexOf(one.status) - STATUSES.indexOf(other.status) || one.name.localeCompare(other.name));

/** @param {readonly Attendant[]} people @returns {Record<AttendantStatus, number>} */
export function counts(people) {
  const found = { online: 0, busy: 0, away: 0, offline: 0 };
  for (const { status } of people) found[status] += 1;
  return found;
}
