// What failed in the scripts of a bot: the same fault many times is one.

/** @typedef {{name: string, version: number, published_version: number | null, updated_at: string, updated_by: string | null}} Brief a script in the list */
/** @typedef {{id: string, at: string, session_id: string | null, script: string, version: number, line: number, code: string, message: string}} Failure */
/** @typedef {Failure & {times: number}} Fault its newest failure, with the newest conversation there is, and how many there were */

/**
 * The newest fault first.
 * @param {readonly Failure[]} failures the newest first
 * @returns {Fault[]}
 */
export function faults(failures) {
  /** @type {Map<string, Fault>} */
  const found = new Map();
  for (const failure of failures) {
    const key = [failure.script, failure.version, failure.line, failure.code].join("\n");
    const known = found.get(key);
    if (!known) found.set(key, { ...failure, times: 1 });
    else {
      known.times += 1;
      known.session_id ??= failure.session_id;
    }
  }
  return [...found.values()];
}

/** @typedef {"live" | "replaced" | "gone"} Standing */

/**
 * Whether customers still meet the version that failed.
 * @param {Fault} fault
 * @param {readonly Brief[]} scripts
 * @returns {Standing}
 */
export function standing({ script, version }, scripts) {
  const now = scripts.find(({ name }) => name === script);
  return !now ? "gone" : now.published_version === version ? "live" : "replaced";
}
