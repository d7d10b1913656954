// Several people or words at once: who is there, how loaded they are, lists that are typed.

import { html, useId, useState } from "../lib.js";
import { number, t } from "../text.js";
import { Field } from "./controls.js";
import { Avatar, Chip } from "./display.js";

/**
 * The first of several people, overlapping, and how many more there are.
 * @param {{people: readonly {id: string, name: string}[], max?: number, label: string}} props label: read out instead
 */
export function Avatars({ people, max = 4, label }) {
  const shown = people.length > max + 1 ? people.slice(0, max) : people;
  return html`<span class="avatars" role="img" aria-label=${label} title=${people.map(({ name }) => name).join(", ")}>
    ${shown.map(({ id, name }) => html`<${Avatar} key=${id} name=${name} size="small" />`)}
    ${people.length > shown.length && html`<span class="avatar small more">+${people.length - shown.length}</span>`}
  </span>`;
}

/** How full something is; the numbers beside it say it too. @param {{value: number, max: number, label: string}} props */
export function Meter({ value, max, label }) {
  const share = max > 0 ? Math.min(1, value / max) : 0;
  const tone = share >= 1 ? "bad" : share >= 0.8 ? "warn" : "good";
  return html`<span class="meter" role="meter" aria-label=${label} aria-valuenow=${value} aria-valuemin="0" aria-valuemax=${max} data-tone=${tone}>
    <span class="meter-bar"><i style=${{ width: `${share * 100}%` }} /></span>
    <span class="tabular">${number(value)}/${number(max)}</span>
  </span>`;
}

/**
 * Short words in a list: Enter or a comma adds what is typed, Backspace in the empty field takes the last.
 * @param {{label: string, help?: any, error?: string | null, values: readonly string[], onValues: (values: string[]) => void,
 *   suggestions?: readonly string[], placeholder?: string, read?: (typed: string) => string | null, draw?: (value: string) => any}} props
 *   read: what is kept of the typed text, null refuses it
 */
export function ListField({ label, help, error, values, onValues, suggestions = [], placeholder, read = (typed) => typed.trim() || null, draw }) {
  const [typed, setTyped] = useState("");
  const [refused, setRefused] = useState(false);
  const id = useId();
  const add = () => {
    const words = typed.split(",").filter((word) => word.trim());
    const kept = words.map(read);
    setRefused(kept.includes(null));
    if (kept.includes(null)) return;
    setTyped("");
    onValues([...new Set([...values, .../** @type {string[]} */ (kept)])]);
  };
  /** @param {any} event */
  const pressed = (event) => {
    if ((event.key === "Enter" || event.key === ",") && typed.trim()) {
      event.preventDefault();
      add();
    } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) event.preventDefault();
    else if (event.key === "Backspace" && !typed && values.length) onValues(values.slice(0, -1));
  };
  return html`<${Field} label=${label} help=${help} error=${refused ? t("list.refused") : error}>
    ${(/** @type {any} */ attributes) =>
      html`<div class="input list-field">
        ${values.map(
          (value) =>
            html`<${Chip} key=${value} remove=${t("list.remove", { name: value })} onRemove=${() => onValues(values.filter((other) => other !== value))}>
              ${draw ? draw(value) : value}
            <//>`,
        )}
        <input
          ...${attributes}
          value=${typed}
          list=${suggestions.length ? id : undefined}
          autocomplete="off"
          placeholder=${values.length ? "" : placeholder}
          onKeyDown=${pressed}
          onInput=${(/** @type {any} */ event) => {
            setTyped(event.target.value);
            setRefused(false);
          }}
          onBlur=${() => typed.trim() && add()}
        />
        ${
          suggestions.length > 0 &&
          html`<datalist id=${id}>${suggestions.filter((word) => !values.includes(word)).map((word) => html`<option key=${word} value=${word} />`)}</datalist>`
        }
      </div>`}
  <//>`;
}
