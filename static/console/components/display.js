// What shows things: people, states, times, tables, and the four states every screen has besides its content.

import { classes, html, useComputed } from "../lib.js";
import { clock } from "../clock.js";
import { problemText } from "../shell/toasts.js";
import { ago, dateTime, duration, fromNow, t } from "../text.js";
import { Button } from "./controls.js";
import { Icon } from "./icon.js";

/** The first letters of somebody's first and last name. @param {string} name */
export function initials(name) {
  const parts = name.trim().split(/\s+/).filter((part) => /^\p{L}/u.test(part));
  const letters = parts.length > 1 ? [parts[0], parts[parts.length - 1]] : parts;
  return letters.map((part) => [...part][0]).join("").toLocaleUpperCase();
}

/** One of twelve hues, the same for a name everywhere. @param {string} name */
const hue = (name) => [...name].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 360, 7);

/**
 * Somebody's initials; the colour only helps to tell people apart.
 * @param {{name: string, size?: "small" | "large", status?: string}} props status: of an attendant
 */
export function Avatar({ name, size, status }) {
  const letters = initials(name);
  return html`<span class=${classes("avatar", size)} style=${{ "--hue": Math.floor(hue(name) / 30) * 30 }} aria-hidden="true">
    ${letters || html`<${Icon} name="user" />`}${status && html`<${Presence} status=${status} />`}
  </span>`;
}

/** The dot of an attendant's status. @param {{status: string, label?: boolean}} props label: with the word beside it */
export function Presence({ status, label }) {
  return html`<span class="presence" data-status=${status}>${label && t(`status.${status}`)}</span>`;
}

/** A number that asks for attention. @param {{value: number, label?: string, max?: number}} props */
export function Badge({ value, label, max = 99 }) {
  return value > 0 ? html`<span class="count" aria-label=${label}>${value > max ? `${max}+` : value}</span>` : null;
}

/**
 * A small word: a tag, a state.
 * @param {{tone?: "plain" | "accent" | "good" | "warn" | "bad", icon?: string, onRemove?: () => void, remove?: string, children?: any, [attribute: string]: any}} props
 *   remove: what its button is called
 */
export function Chip({ tone = "plain", icon, onRemove, remove, children, ...rest }) {
  return html`<span class="chip" data-tone=${tone} ...${rest}>
    ${icon && html`<${Icon} name=${icon} />`}<span>${children}</span>
    ${
      onRemove &&
      html`<button type="button" aria-label=${remove ?? t("remove")} onClick=${onRemove}><${Icon} name="x" /></button>`
    }
  </span>`;
}

/** How urgent a conversation is; normal is not worth a mark. @param {{priority: number}} props */
export function Priority({ priority }) {
  const label = t(`priority.${priority}`);
  return priority === 1 ? null : html`<span class="priority" data-priority=${priority} title=${label}><${Icon} name="flag" label=${label} /></span>`;
}

/**
 * When something was, relative to now and ticking.
 * @param {{at: string | null | undefined, long?: boolean}} props long: as one says it in a sentence, of what is to come too
 */
export function Time({ at, long }) {
  const text = useComputed(() => (at ? (long ? fromNow : ago)(at, clock.value) : ""));
  return at ? html`<time datetime=${at} title=${dateTime(at)}>${text}</time>` : null;
}

/**
 * How long something has gone on, ticking.
 * @param {{since: string | null | undefined, warn?: number, bad?: number}} props seconds after which it is coloured
 */
export function Elapsed({ since, warn = Infinity, bad = Infinity }) {
  const seconds = useComputed(() => (since ? Math.max(0, Math.floor((clock.value - Date.parse(since)) / 1000)) : 0));
  const text = useComputed(() => duration(seconds.value));
  const tone = useComputed(() => (seconds.value >= bad ? "bad" : seconds.value >= warn ? "warn" : "plain"));
  return since ? html`<time class="tabular tone" data-tone=${tone} datetime=${since} title=${dateTime(since)}>${text}</time>` : null;
}

/**
 * Nothing is here, and that is right.
 * @param {{icon?: string, title: string, text?: any, children?: any}} props children: what to do about it
 */
export function Empty({ icon = "inbox", title, text, children }) {
  return html`<div class="state">
    <span class="state-icon"><${Icon} name=${icon} /></span>
    <h2>${title}</h2>
    ${text && html`<p>${text}</p>`} ${children}
  </div>`;
}

/** The shape of what is being loaded. @param {{rows?: number, kind?: "rows" | "text"}} props */
export function Skeleton({ rows = 6, kind = "rows" }) {
  return html`<div class="skeleton" data-kind=${kind} role="status" aria-label=${t("loading")}>
    ${Array.from({ length: rows }, (_, row) => html`<div key=${row}><i /><span><b /><b /></span></div>`)}
  </div>`;
}

/**
 * It did not work, and how to go on.
 * @param {{problem: unknown, onRetry?: () => void}} props
 */
export function ProblemState({ problem, onRetry }) {
  const { status, requestId } = /** @type {import("../api/client.js").Problem} */ (problem);
  if (status === 403) return html`<${Empty} icon="lock" title=${t("problem.forbidden.title")} text=${t("problem.forbidden.text")} />`;
  if (status === 404) return html`<${Empty} icon="search" title=${t("problem.missing.title")} text=${t("problem.missing.text")} />`;
  return html`<div class="state" role="alert">
    <span class="state-icon" data-tone="bad"><${Icon} name=${status === 0 ? "wifi_off" : "alert"} /></span>
    <h2>${t("problem.title")}</h2>
    <p>${problemText(problem)}</p>
    ${onRetry && html`<${Button} icon="refresh" onClick=${onRetry}>${t("retry")}<//>`}
    ${status >= 500 && requestId && html`<p class="faint small">${t("problem.reference")} <code>${requestId}</code></p>`}
  </div>`;
}

/**
 * What was asked of the server: its shape while it loads, why it failed, nothing, or itself.
 * @template T
 * @param {{of: {data: T | undefined, problem: unknown, reload: () => void}, empty?: any, skeleton?: any, children: (data: T) => any}} props
 *   empty: drawn when the data is an empty list
 */
export function Loaded({ of: { data, problem, reload }, empty, skeleton, children }) {
  if (data === undefined) return problem ? html`<${ProblemState} problem=${problem} onRetry=${reload} />` : (skeleton ?? html`<${Skeleton} />`);
  if (empty && Array.isArray(data) && !data.length) return empty;
  return children(data);
}

/**
 * A screen with a title and its actions above its content.
 * @param {{title: string, text?: any, actions?: any, wide?: boolean, children?: any}} props
 */
export function Page({ title, text, actions, wide, children }) {
  return html`<div class=${classes("page", wide && "wide")}>
    <header class="page-head">
      <div class="grow">
        <h1>${title}</h1>
        ${text && html`<p class="faint">${text}</p>`}
      </div>
      ${actions && html`<div class="row">${actions}</div>`}
    </header>
    ${children}
  </div>`;
}

/** Arrows go from row to row. @param {any} event */
function betweenRows(event) {
  if (event.target !== event.currentTarget) return;
  const { parentElement: body } = event.currentTarget;
  const to = { ArrowDown: event.currentTarget.nextElementSibling, ArrowUp: event.currentTarget.previousElementSibling, Home: body.firstElementChild, End: body.lastElementChild }[
    /** @type {"Home"} */ (event.key)
  ];
  if (!to) return;
  event.preventDefault();
  to.focus();
}

/**
 * Rows with columns; on a phone each row becomes a card. A row can be opened by click and by Enter.
 * @template T
 * @param {{label: string, columns: readonly {id: string, title: string, cell: (row: T) => any, align?: "end", primary?: boolean}[],
 *   rows: readonly T[], rowKey: (row: T) => string, onOpen?: (row: T) => void}} props primary: the card's title on a phone
 */
export function Table({ label, columns, rows, rowKey, onOpen }) {
  return html`<div class="table-frame">
    <table class="table" aria-label=${label}>
      <thead>
        <tr>
          ${columns.map(({ id, title, align }) => html`<th key=${id} scope="col" data-align=${align}>${title}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr
              key=${rowKey(row)}
              class=${onOpen ? "opens" : ""}
              tabindex=${onOpen ? 0 : undefined}
              onClick=${onOpen && ((/** @type {any} */ event) => event.target.closest("a, button, input, select") || onOpen(row))}
              onKeyDown=${onOpen && ((/** @type {any} */ event) => (event.key === "Enter" && event.target === event.currentTarget ? onOpen(row) : betweenRows(event)))}
            >
              ${columns.map(
                ({ id, title, cell, align, primary }) =>
                  html`<td key=${id} data-label=${title} data-align=${align} data-primary=${primary}>${cell(row)}</td>`,
              )}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
