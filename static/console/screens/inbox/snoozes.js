// Until when a conversation is usually put aside. Pure.

const MORNING = 9;

/**
 * @param {Date} now
 * @returns {{id: "hour" | "hours" | "tomorrow" | "monday", until: Date}[]}
 */
export function snoozes(now) {
  const after = (/** @type {number} */ hours) => new Date(now.getTime() + hours * 3_600_000);
  const morning = (/** @type {number} */ days) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, MORNING);
  // From Sunday on, tomorrow is Monday already.
  const monday = (8 - now.getDay()) % 7 || 7;
  return [
    { id: "hour", until: after(1) },
    { id: "hours", until: after(3) },
    { id: "tomorrow", until: morning(1) },
    ...(monday > 1 ? [/** @type {const} */ ({ id: "monday", until: morning(monday) })] : []),
  ];
}
