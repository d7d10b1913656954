// Short words about what just happened, at the edge of the screen; read out by screen readers.

import { html, signal } from "../lib.js";
import { Icon } from "../components/icon.js";
import { t } from "../text.js";

/**
 * @typedef {object} Toast
 * @property {string} text
 * @property {"plain" | "good" | "bad"} [kind]
 * @property {{label: string, run: () => unknown}} [action]
 * @property {number} [timeout] milliseconds; 0: stays until closed
 */

const shown = signal(/** @type {readonly (Toast & {id: number})[]} */ ([]));
let last = 0;

/** @param {number} id */
const close = (id) => {
  shown.value = shown.value.filter((toast) => toast.id !== id);
};

/**
 * Says something. Returns the way to take it back.
 * @param {string | Toast} what
 */
export function toast(what) {
  const id = ++last;
  const given = typeof what === "string" ? { text: what } : what;
  const timeout = given.timeout ?? (given.action || given.kind === "bad" ? 8_000 : 4_000);
  shown.value = [...shown.value.slice(-3), { ...given, id }];
  if (timeout) setTimeout(() => close(id), timeout);
  return () => close(id);
}

/**
 * Says why something did not work.
 * @param {unknown} problem
 */
export function toastProblem(problem) {
  toast({ text: problemText(problem), kind: "bad" });
}

/**
 * One sentence about a failure: the server's own, which is in the person's language, or ours.
 * @param {unknown} problem
 * @returns {string}
 */
export function problemText(problem) {
  const { status, detail, title } = /** @type {import("../api/client.js").Problem} */ (problem);
  if (status === 0) return t("problem.unreachable");
  return detail || title || t("problem.unknown");
}

const ICONS = { good: "check", bad: "alert", plain: "" };

export function Toasts() {
  return html`<div class="toasts" role="status" aria-live="polite">
    ${shown.value.map(
      ({ id, text, kind = "plain", action }) =>
        html`<div class="toast" data-kind=${kind} key=${id}>
          ${ICONS[kind] && html`<${Icon} name=${ICONS[kind]} />`}
          <span>${text}</span>
          ${
            action &&
            html`<button
              class="link"
              onClick=${() => {
                close(id);
                action.run();
              }}
            >
              ${action.label}
            </button>`
          }
          <button class="icon-button small" aria-label=${t("close")} onClick=${() => close(id)}><${Icon} name="x" /></button>
        </div>`,
    )}
  </div>`;
}
