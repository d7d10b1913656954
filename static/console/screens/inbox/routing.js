// Why somebody was chosen, from what the server stored with the choice to what a person reads. Pure.

/**
 * @typedef {object} Considered
 * @property {string} attendant
 * @property {string} name
 * @property {({rule: string} & Record<string, any>) | null} ruled_out_by
 * @property {{sticky: boolean, department: boolean, topic: boolean, active: number, capacity: number, member_priority: number, last_assigned_at: string | null, idle_seconds: number} | null} score
 */
/** @typedef {{strategy: string, candidates: Considered[], winner: string | null, decided_by: string | null}} Explanation */

/**
 * What the server stored, when it is an explanation.
 * @param {any} routing
 * @returns {Explanation | null}
 */
export function explanation(routing) {
  const found = routing?.explanation ?? routing;
  return found && Array.isArray(found.candidates) ? found : null;
}

/**
 * The winner, those who could have had it, then those ruled out.
 * @param {Explanation} explained
 */
export function ranking({ candidates, winner }) {
  const place = (/** @type {Considered} */ one) => (one.attendant === winner ? 0 : one.ruled_out_by ? 2 : 1);
  return candidates.map((one, index) => ({ one, index })).sort((a, b) => place(a.one) - place(b.one) || a.index - b.index).map(({ one }) => one);
}
