// From the socket to the signals. Events are gathered for a frame and applied together: a hundred a second cost a few
// drawings. A list that is being loaded gets the events of meanwhile once more on top of what the server answered.

import { batch } from "../lib.js";
import { listen, onReload, state } from "../api/socket.js";

/** @import { ServerEvent } from "../api/types" */

/** @typedef {(events: readonly ServerEvent[]) => void} Apply */

/** @type {Set<Apply>} */
const stores = new Set();
/** @type {Set<() => Promise<unknown>>} */
const loaders = new Set();
/** @type {ServerEvent[]} */
let gathered = [];
/** @type {Set<ServerEvent[]>} */
const recordings = new Set();

function apply() {
  if (!gathered.length) return;
  const events = gathered;
  gathered = [];
  batch(() => stores.forEach((store) => store(events)));
}

listen((event) => {
  if (gathered.push(event) === 1) {
    // A hidden tab has no frames, and its badge and sounds must not wait for one.
    if (document.hidden) setTimeout(apply, 50);
    else requestAnimationFrame(apply);
  }
  recordings.forEach((recording) => recording.push(event));
});

// The frame that was asked for does not come once the tab is hidden.
document.addEventListener("visibilitychange", apply);

/**
 * Feeds a store with events.
 * @param {Apply} store
 */
export function feed(store) {
  stores.add(store);
  return () => void stores.delete(store);
}

/**
 * What `fetch` answers, and the events that came until then. The answer may be older than they are: they are applied to it
 * again.
 * @template T
 * @param {() => Promise<T>} fetch
 * @returns {Promise<{answer: T, meanwhile: readonly ServerEvent[]}>}
 */
export async function recorded(fetch) {
  /** @type {ServerEvent[]} */
  const meanwhile = [];
  recordings.add(meanwhile);
  try {
    return { answer: await fetch(), meanwhile };
  } finally {
    recordings.delete(meanwhile);
  }
}

/**
 * Loads now and whenever what was missed cannot be replayed. Of several calls under way the last one counts.
 *
 * @template T
 * @param {() => Promise<T>} fetch
 * @param {(loaded: T, meanwhile: readonly ServerEvent[]) => void} set gets what happened while it was fetched, to be applied again
 */
export function loader(fetch, set) {
  let turn = 0;
  return async () => {
    const mine = ++turn;
    const { answer, meanwhile } = await recorded(fetch);
    if (mine === turn) batch(() => set(answer, meanwhile));
  };
}

/**
 * Calls `load` at the first connection (now, for a store that comes after it) and at each resync.
 * @param {() => Promise<unknown>} load
 */
export function reloads(load) {
  loaders.add(load);
  if (state.peek() === "live") void load().catch(() => {});
  return () => void loaders.delete(load);
}

/**
 * Calls `load` soon after anybody changed a thing of one of these kinds (`user`, `queue`, `contact` ...); several changes at
 * once make one call.
 * @param {readonly string[]} kinds
 * @param {() => unknown} load
 */
export function changes(kinds, load) {
  let due = 0;
  return feed((events) => {
    const about = (/** @type {ServerEvent} */ event) =>
      (event.type === "configuration_updated" || event.type === "contact_updated") && kinds.includes(event.subject.kind);
    if (due || !events.some(about)) return;
    due = setTimeout(() => {
      due = 0;
      void load();
    }, 250);
  });
}

onReload(() => loaders.forEach((load) => void load().catch(() => {})));
