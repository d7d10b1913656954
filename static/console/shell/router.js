// Where we are: the address, and the screen that owns it.

import { may } from "../api/session.js";
import { computed, signal } from "../lib.js";

/** @import { ComponentType } from "preact" */

/**
 * @typedef {object} Screen
 * @property {string} path `/inbox`; everything below it is the screen's too
 * @property {string} title key of its text, of the module `shell`
 * @property {string} icon
 * @property {string} [permission] without it the screen is not offered
 * @property {{keys: string, does: string}[]} [keys] shown by the help; `does` is the key of a text of the screen's own module
 * @property {string} [style] its style sheet in `styles/`, without ending
 * @property {string} [texts] its module in `text/{locale}/`
 * @property {() => Promise<{default: ComponentType<any>}>} load
 */

/** @type {Screen[]} */
const screens = [];

/** Adds a screen; its order is that of the navigation. @param {Screen} definition */
export const screen = (definition) => void screens.push(definition);

/** The screens that this person may open. */
export const offered = computed(() => screens.filter(({ permission }) => !permission || may(permission)));

const read = () => ({ path: location.pathname, query: Object.fromEntries(new URLSearchParams(location.search)), hash: location.hash });

const address = signal(read());

/**
 * `screen`: the one that owns the path, if any. `rest`: the parts of the path below it (`/inbox/42` -> `["42"]`).
 * `query`: the parameters.
 */
export const route = computed(() => {
  const { path, query, hash } = address.value;
  const owner = screens.find((candidate) => path === candidate.path || path.startsWith(`${candidate.path}/`));
  const rest = owner ? path.slice(owner.path.length).split("/").filter(Boolean).map(decodeURIComponent) : [];
  return { path, query, hash, screen: owner, rest };
});

/**
 * @param {string} to path with query
 * @param {{replace?: boolean}} [options] replace: the way back skips where we are
 */
export function navigate(to, { replace = false } = {}) {
  const here = location.pathname + location.search + location.hash;
  if (to !== here) history[replace ? "replaceState" : "pushState"](null, "", to);
  address.value = read();
}

/** Changes parameters of the address in place; null removes one. @param {Record<string, string | null>} change */
export function setQuery(change) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(change)) {
    if (value === null || value === "") query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  navigate(location.pathname + (text ? `?${text}` : ""), { replace: true });
}

addEventListener("popstate", () => {
  address.value = read();
});

/** Links within the console change the screen without loading the page. */
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const url = new URL(link.href, location.href);
  const ours = url.origin === location.origin && screens.some(({ path }) => `${url.pathname}/`.startsWith(`${path}/`));
  if (!ours || link.target || link.hasAttribute("download")) return;
  event.preventDefault();
  navigate(url.pathname + url.search + url.hash);
});
