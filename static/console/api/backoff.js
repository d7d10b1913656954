// How long to wait before the next try: doubling, capped, with full jitter so that a thousand consoles do not return at once.

/**
 * @param {number} attempt from 0
 * @param {() => number} [random]
 * @returns {number} milliseconds
 */
export function backoff(attempt, random = Math.random) {
  const ceiling = Math.min(30_000, 500 * 2 ** attempt);
  return Math.round(ceiling / 2 + (random() * ceiling) / 2);
}
