// What people press and fill in. Each control is the browser's own underneath, so that keyboard, forms and screen readers
// work as everywhere; properties that are not named here go to it.

import { classes, html, useId, useRef, useState } from "../lib.js";
import { Icon } from "./icon.js";

/**
 * @param {{kind?: "primary" | "plain" | "quiet" | "danger", size?: "small" | "large", icon?: string, busy?: boolean, children?: any,
 *   class?: string, disabled?: boolean, [attribute: string]: any}} props busy: shows that it works and takes no press
 */
export function Button({ kind = "plain", size, icon, busy, children, class: extra, disabled, ...rest }) {
  return html`<button
    type="button"
    class=${classes("button", size, extra)}
    data-kind=${kind}
    aria-busy=${busy ? "true" : undefined}
    disabled=${disabled || busy}
    ...${rest}
  >
    ${busy ? html`<span class="spinner" />` : icon && html`<${Icon} name=${icon} />`} ${children}
  </button>`;
}

/**
 * A button that is only an icon.
 * @param {{icon: string, label: string, size?: "small", pressed?: boolean, badge?: number, class?: string, [attribute: string]: any}} props
 */
export function IconButton({ icon, label, size, pressed, badge, class: extra, ...rest }) {
  return html`<button
    type="button"
    class=${classes("icon-button", size, extra)}
    aria-label=${label}
    title=${label}
    aria-pressed=${pressed === undefined ? undefined : String(pressed)}
    ...${rest}
  >
    <${Icon} name=${icon} />${badge ? html`<span class="count">${badge}</span>` : null}
  </button>`;
}

/**
 * A label with its control, help and error. The control is the child, a function of the attributes it must take.
 * @param {{label: string, help?: any, error?: string | null, optional?: string, hide?: boolean, children: (attributes: Record<string, any>) => any}} props
 */
export function Field({ label, help, error, optional, hide, children }) {
  const id = useId();
  const notes = [help && `${id}-help`, error && `${id}-error`].filter(Boolean).join(" ");
  const attributes = { id, "aria-invalid": error ? "true" : undefined, "aria-describedby": notes || undefined };
  return html`<div class="field">
    <label for=${id} class=${hide ? "hidden-text" : ""}>${label}${optional && html` <span class="faint">${optional}</span>`}</label>
    ${children(attributes)} ${help && html`<p class="help" id=${`${id}-help`}>${help}</p>`}
    ${error && html`<p class="error" id=${`${id}-error`}>${error}</p>`}
  </div>`;
}

/** @typedef {{label: string, help?: any, error?: string | null, optional?: string, hide?: boolean, value: any, onValue: (value: string) => void, [attribute: string]: any}} TextProps */

/** One line of text. @param {TextProps} props */
export function TextField({ label, help, error, optional, hide, onValue, ...rest }) {
  return html`<${Field} ...${{ label, help, error, optional, hide }}>
    ${(/** @type {any} */ attributes) =>
      html`<input
        class="input"
        ...${attributes}
        ...${rest}
        onInput=${(/** @type {any} */ event) => onValue(event.target.value)}
      />`}
  <//>`;
}

/** Several lines. @param {TextProps} props */
export function TextArea({ label, help, error, optional, hide, onValue, ...rest }) {
  return html`<${Field} ...${{ label, help, error, optional, hide }}>
    ${(/** @type {any} */ attributes) =>
      html`<textarea
        class="input"
        rows="4"
        ...${attributes}
        ...${rest}
        onInput=${(/** @type {any} */ event) => onValue(event.target.value)}
      />`}
  <//>`;
}

/** A password that can be looked at. @param {TextProps & {show: string}} props show: what the eye is called */
export function PasswordField({ label, help, error, optional, onValue, show, ...rest }) {
  const [visible, setVisible] = useState(false);
  return html`<${Field} ...${{ label, help, error, optional }}>
    ${(/** @type {any} */ attributes) =>
      html`<div class="with-button">
        <input
          class="input"
          type=${visible ? "text" : "password"}
          ...${attributes}
          ...${rest}
          onInput=${(/** @type {any} */ event) => onValue(event.target.value)}
        />
        <${IconButton} icon="eye" label=${show} pressed=${visible} onClick=${() => setVisible(!visible)} />
      </div>`}
  <//>`;
}

/**
 * One of several.
 * @param {Omit<TextProps, "onValue"> & {options: readonly {value: string, label: string}[], onValue: (value: string) => void}} props
 */
export function Select({ label, help, error, optional, hide, options, value, onValue, ...rest }) {
  return html`<${Field} ...${{ label, help, error, optional, hide }}>
    ${(/** @type {any} */ attributes) =>
      html`<span class="select"
        ><select
          class="input"
          ...${attributes}
          ...${rest}
          value=${value}
          onChange=${(/** @type {any} */ event) => onValue(event.target.value)}
        >
          ${options.map((option) => html`<option value=${option.value}>${option.label}</option>`)}</select
        ><${Icon} name="chevron_down"
      /></span>`}
  <//>`;
}

/**
 * @param {{label: any, help?: any, checked: boolean, onValue: (checked: boolean) => void, kind?: "checkbox" | "switch", [attribute: string]: any}} props
 */
export function Checkbox({ label, help, checked, onValue, kind = "checkbox", ...rest }) {
  const id = useId();
  return html`<div class="check">
    <input
      type="checkbox"
      id=${id}
      class=${kind}
      role=${kind === "switch" ? "switch" : undefined}
      checked=${checked}
      aria-describedby=${help ? `${id}-help` : undefined}
      ...${rest}
      onChange=${(/** @type {any} */ event) => onValue(event.target.checked)}
    />
    <div>
      <label for=${id}>${label}</label>
      ${help && html`<p class="help" id=${`${id}-help`}>${help}</p>`}
    </div>
  </div>`;
}

/** @param {any} props a Checkbox that takes effect at once */
export const Switch = (props) => html`<${Checkbox} ...${props} kind="switch" />`;

/**
 * Views of one thing; arrows move between them.
 * @param {{label: string, tabs: readonly {id: string, label: any, count?: number}[], current: string, onSelect: (id: string) => void, kind?: "tabs" | "segments"}} props
 */
export function Tabs({ label, tabs, current, onSelect, kind = "tabs" }) {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  /** @param {KeyboardEvent} event */
  const move = (event) => {
    const at = tabs.findIndex(({ id }) => id === current);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const index = (to + tabs.length) % tabs.length;
    onSelect(tabs[index].id);
    /** @type {HTMLElement | undefined} */ (list.current?.children[index])?.focus();
  };
  return html`<div class=${kind} role="tablist" aria-label=${label} ref=${list} onKeyDown=${move}>
    ${tabs.map(
      ({ id, label: name, count }) =>
        html`<button
          type="button"
          role="tab"
          key=${id}
          aria-selected=${String(id === current)}
          tabindex=${id === current ? 0 : -1}
          onClick=${() => onSelect(id)}
        >
          ${name}${count ? html` <span class="faint tabular">${count}</span>` : null}
        </button>`,
    )}
  </div>`;
}
