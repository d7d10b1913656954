// localStorage that never throws: a private window may refuse it, and a full one must not stop a screen.

const PREFIX = "attendance.";

/**
 * @param {string} key
 * @returns {any} undefined when there is nothing, or nothing readable
 */
export function load(key) {
  try {
    const text = localStorage.getItem(PREFIX + key);
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * @param {string} key
 * @param {unknown} value undefined removes it
 * @returns {boolean} whether it is kept
 */
export function save(key, value) {
  try {
    if (value === undefined) localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

/**
 * Keys that begin with `start`, without our prefix.
 * @param {string} start
 * @returns {string[]}
 */
export function keys(start) {
  try {
    return Object.keys(localStorage)
      .filter((key) => key.startsWith(PREFIX + start))
      .map((key) => key.slice(PREFIX.length));
  } catch {
    return [];
  }
}

/**
 * Calls `listener` when another tab changed a key that begins with `start`.
 * @param {string} start
 * @param {(key: string) => void} listener
 */
export function watch(start, listener) {
  addEventListener("storage", (event) => {
    if (event.key?.startsWith(PREFIX + start)) listener(event.key.slice(PREFIX.length));
  });
}
