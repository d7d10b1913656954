// A form keeps only what was changed, until it is saved: leaving the section loses nothing, and what somebody else changed in
// other fields meanwhile stays as they left it.

import { me } from "../../api/session.js";
import { effect, signal } from "../../lib.js";
import { changed } from "./values.js";

/** Changes that are not saved yet, by person and form. */
const kept = signal(/** @type {ReadonlyMap<string, Record<string, any>>} */ (new Map()));

/** @param {string} key @param {Record<string, any>} changes */
function keep(key, changes) {
  const next = new Map(kept.peek());
  if (Object.keys(changes).length) next.set(key, changes);
  else next.delete(key);
  kept.value = next;
}

/**
 * @typedef {object} Form
 * @property {any} values what is stored with the changes on top
 * @property {Record<string, any>} changes
 * @property {boolean} dirty
 * @property {(change: Record<string, any>) => void} set
 * @property {() => void} reset
 */

/**
 * @param {string} name one form, one name: `users/42`
 * @param {Record<string, any>} stored
 * @returns {Form}
 */
export function useForm(name, stored) {
  const key = `${me.peek()?.id} ${name}`;
  const changes = kept.value.get(key) ?? {};
  return {
    values: { ...stored, ...changes },
    changes,
    dirty: Object.keys(changes).length > 0,
    set: (change) => keep(key, changed(stored, { ...kept.peek().get(key), ...change })),
    reset: () => keep(key, {}),
  };
}

/** @param {BeforeUnloadEvent} event */
const ask = (event) => event.preventDefault();

effect(() => {
  if (kept.value.size) addEventListener("beforeunload", ask);
  else removeEventListener("beforeunload", ask);
});
