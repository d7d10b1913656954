// What can be done from the keyboard: one registry behind the shortcuts, the command bar and the help.

import { computed, signal, useLayoutEffect, useRef } from "../lib.js";

/**
 * @typedef {object} Command
 * @property {string} id
 * @property {string | (() => string)} label as people read it; a function follows the language
 * @property {string} [keys] `mod+k`, `g i` (one after the other), `?`, `shift+a`
 * @property {string} [icon]
 * @property {string | (() => string)} [group] heading in command bar and help
 * @property {() => boolean} [when] offered only then
 * @property {boolean} [typing] its keys also work in a field; those with `mod` always do
 * @property {boolean} [hidden] works by its keys, is not listed in the command bar
 * @property {() => unknown} run
 */

/** @typedef {{id: string, label: string, detail?: string, icon?: string, run: () => unknown}} Found */
/** @typedef {(query: string, signal: AbortSignal) => Promise<Found[]>} Source */

const registered = signal(/** @type {ReadonlyMap<string, Command>} */ (new Map()));
const sources = signal(/** @type {ReadonlyMap<string, {title: () => string, find: Source}>} */ (new Map()));

/** Adds a command, or replaces the one of that id. Returns the way to remove it. @param {Command} definition */
export function command(definition) {
  registered.value = new Map(registered.peek()).set(definition.id, definition);
  return () => {
    if (registered.peek().get(definition.id) !== definition) return;
    const next = new Map(registered.peek());
    next.delete(definition.id);
    registered.value = next;
  };
}

/**
 * Commands of a component, there as long as it is shown; `run` and `when` may use its current values.
 * @param {Command[]} definitions
 */
export function useCommands(definitions) {
  const current = useRef(definitions);
  current.current = definitions;
  // With the drawing, not after it: the keys of what somebody sees work.
  useLayoutEffect(() => {
    const latest = (/** @type {string} */ id) => current.current.find((definition) => definition.id === id);
    const removals = definitions.map((definition) =>
      command({
        ...definition,
        run: () => latest(definition.id)?.run(),
        when: () => latest(definition.id)?.when?.() ?? true,
      }),
    );
    return () => removals.forEach((remove) => remove());
  }, [definitions.map(({ id }) => id).join(" ")]);
}

/**
 * Something the command bar searches: contacts, conversations.
 * @param {string} id
 * @param {() => string} title
 * @param {Source} find
 */
export function commandSource(id, title, find) {
  sources.value = new Map(sources.value).set(id, { title, find });
}

export const commandSources = computed(() => [...sources.value.values()]);

/** @param {string | (() => string) | undefined} text */
export const words = (text) => (typeof text === "function" ? text() : (text ?? ""));

/** Those that can be run now. */
export const available = () => [...registered.value.values()].filter((one) => one.when?.() ?? true);

/** For `when` of commands on Escape: a menu that is open is closed by it first. */
export const nothingOpen = () => !document.querySelector(":popover-open");

const mac = /Mac|iPhone|iPad/.test(navigator.platform);

/** Keys as this machine writes them: `Ctrl K`, `⌘ K`, `G I`. @param {string} keys @returns {string[][]} */
export function keyCaps(keys) {
  const names = { mod: mac ? "⌘" : "Ctrl", shift: "⇧", alt: mac ? "⌥" : "Alt", enter: "↵", escape: "Esc", arrowup: "↑", arrowdown: "↓" };
  return keys
    .split(" ")
    .map((chord) => chord.split("+").map((key) => /** @type {Record<string, string>} */ (names)[key] ?? key.toUpperCase()));
}

/** How long the second key of a pair may take. */
const PAIR = 1_000;
let first = "";
let firstAt = 0;

/** @param {KeyboardEvent} event */
function chord(event) {
  const key = event.key.toLowerCase();
  // Shift is part of what "?" or "#" are, but not of what "A" is.
  const shift = event.shiftKey && (key.length > 1 || key !== key.toUpperCase());
  return [(mac ? event.metaKey : event.ctrlKey) && "mod", event.altKey && "alt", shift && "shift", key].filter(Boolean).join("+");
}

/** @param {EventTarget | null} target */
const isField = (target) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button])"));

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || ["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
  const pressed = chord(event);
  const pair = first && Date.now() - firstAt < PAIR ? `${first} ${pressed}` : "";
  const typing = isField(event.target);
  // A dialog is a world of its own.
  if (document.querySelector("dialog[open]") && !pressed.startsWith("mod+")) return;
  const fits = (/** @type {Command} */ one) => !typing || one.typing || one.keys?.startsWith("mod+");
  const candidates = available().filter((one) => one.keys && fits(one)).reverse();
  const found = candidates.find(({ keys }) => pair && keys === pair) ?? candidates.find(({ keys }) => keys === pressed);
  first = "";
  if (found) {
    event.preventDefault();
    found.run();
  } else if (candidates.some(({ keys }) => keys?.startsWith(`${pressed} `))) {
    first = pressed;
    firstAt = Date.now();
  }
});
