// What opens over the screen: dialogs and menus. The browser's own <dialog> and popovers do the focus and the stacking.

import { classes, html, signal, useEffect, useId, useLayoutEffect, useRef, useState } from "../lib.js";
import { t } from "../text.js";
import { Button, IconButton } from "./controls.js";
import { Icon } from "./icon.js";

/**
 * A dialog that is open as long as it is drawn.
 * @param {{title: any, onClose: () => void, size?: "small" | "large", children?: any, footer?: any, required?: boolean, class?: string}} props
 *   required: neither Escape nor a click beside it closes it
 */
export function Dialog({ title, onClose, size, children, footer, required, class: extra }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const pressed = useRef(/** @type {EventTarget | null} */ (null));
  const id = useId();
  // With the drawing, not after it: the next key somebody types belongs to the dialog already.
  useLayoutEffect(() => {
    const shown = dialog.current;
    const before = document.activeElement;
    shown?.showModal();
    // The browser would take the button that closes it.
    /** @type {HTMLElement | null | undefined} */
    const first = shown?.querySelector("[autofocus]") ?? shown?.querySelector("input, textarea, select") ?? shown?.querySelector("h2");
    first?.focus();
    return () => {
      shown?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return html`<dialog
    ref=${dialog}
    class=${classes("dialog", size, extra)}
    aria-labelledby=${id}
    onCancel=${(/** @type {Event} */ event) => {
      event.preventDefault();
      if (!required) onClose();
    }}
    onPointerDown=${(/** @type {Event} */ event) => {
      pressed.current = event.target;
    }}
    onClick=${(/** @type {Event} */ event) => {
      // Both ends of the press on the backdrop: selecting text out of the dialog does not close it.
      if (!required && event.target === dialog.current && pressed.current === dialog.current) onClose();
    }}
  >
    <div class="dialog-body">
      <header class="dialog-head">
        <h2 id=${id} tabindex="-1">${title}</h2>
        ${!required && html`<${IconButton} icon="x" label=${t("close")} onClick=${onClose} />`}
      </header>
      ${children} ${footer && html`<footer class="dialog-foot">${footer}</footer>`}
    </div>
  </dialog>`;
}

const opened = signal(/** @type {readonly {id: number, draw: () => any}[]} */ ([]));
let last = 0;

/** Where `openDialog` shows its dialogs; once, in the shell. */
export const Dialogs = () => opened.value.map(({ id, draw }) => html`<${draw} key=${id} />`);

/**
 * Shows a dialog until `close(result)`; resolves to the result, undefined when it was put away.
 * @template T
 * @param {(close: (result?: T) => void) => any} draw draws a `Dialog` whose `onClose` is `close`
 * @returns {Promise<T | undefined>}
 */
export function openDialog(draw) {
  return new Promise((done) => {
    const id = ++last;
    const close = (/** @type {T | undefined} */ result) => {
      opened.value = opened.value.filter((dialog) => dialog.id !== id);
      done(result);
    };
    // Hooks of `draw` live in this component.
    opened.value = [...opened.value, { id, draw: () => draw(close) }];
  });
}

/**
 * @param {{title: string, text?: any, confirm: string, danger?: boolean}} question
 * @returns {Promise<boolean>}
 */
export async function confirmDialog({ title, text, confirm, danger }) {
  const answer = await openDialog(
    (/** @type {(result?: boolean) => void} */ close) =>
      html`<${Dialog}
        title=${title}
        size="small"
        onClose=${() => close()}
        footer=${html`<${Button} onClick=${() => close()}>${t("cancel")}<//>
          <${Button} kind=${danger ? "danger" : "primary"} autofocus onClick=${() => close(true)}>${confirm}<//>`}
      >
        ${text && html`<div>${text}</div>`}
      <//>`,
  );
  return answer === true;
}

/** Puts a popover beside its button, on the side where there is room. @param {HTMLElement} popover @param {HTMLElement} button */
function place(popover, button) {
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = popover;
  const below = at.bottom + 4 + height <= innerHeight || at.top < height + 4;
  const left = Math.min(at.left, innerWidth - width - 8);
  const ends = at.left + width > innerWidth - 8 ? at.right - width : left;
  popover.style.left = `${Math.max(8, ends)}px`;
  popover.style.top = `${Math.max(8, below ? at.bottom + 4 : at.top - height - 4)}px`;
}

/**
 * A button that opens something small beside it.
 * @param {{label: string, icon?: string, trigger?: any, class?: string, kind?: string, role?: string, disabled?: boolean,
 *   children: (close: () => void) => any}} props trigger: what the button shows, instead of `icon`
 */
export function Popover({ label, icon, trigger, class: extra, kind, role = "dialog", disabled, children }) {
  const id = useId();
  const button = useRef(/** @type {HTMLElement | null} */ (null));
  const popover = useRef(/** @type {HTMLElement | null} */ (null));
  const [open, setOpen] = useState(false);
  useEffect(() => {
    if (open && popover.current && button.current) place(popover.current, button.current);
  });
  const close = () => popover.current?.hidePopover();
  /** @param {any} event */
  const toggled = (event) => {
    setOpen(event.newState === "open");
    if (event.newState === "open") {
      requestAnimationFrame(() => popover.current?.querySelector(/** @type {any} */ ("[autofocus], [role^=menuitem], input, button"))?.focus());
    }
  };
  return html`<button
      type="button"
      ref=${button}
      class=${classes(trigger ? kind && "button" : "icon-button", extra)}
      data-kind=${kind}
      aria-label=${trigger && !icon ? undefined : label}
      title=${label}
      aria-haspopup=${role}
      aria-expanded=${String(open)}
      disabled=${disabled}
      popovertarget=${id}
    >
      ${trigger ?? html`<${Icon} name=${icon} />`}</button
    ><div class="popover" id=${id} ref=${popover} popover="auto" role=${role} aria-label=${label} onToggle=${toggled}>
      ${open && children(close)}
    </div>`;
}

/**
 * @typedef {object} MenuItem
 * @property {string} label
 * @property {string} [icon]
 * @property {any} [mark] drawn instead of the icon
 * @property {string} [detail]
 * @property {boolean} [checked] one of a choice
 * @property {boolean} [danger]
 * @property {boolean} [disabled]
 * @property {() => unknown} run
 */

/**
 * A button with a menu. `"-"` draws a line between groups; a text is a heading.
 * @param {{label: string, items: readonly (MenuItem | "-" | {heading: string} | null | false)[], icon?: string, trigger?: any, class?: string, kind?: string, disabled?: boolean}} props
 */
export function Menu({ items, ...rest }) {
  /** @param {KeyboardEvent} event */
  const move = (event) => {
    const menu = /** @type {HTMLElement} */ (event.currentTarget);
    const choices = /** @type {HTMLElement[]} */ ([...menu.querySelectorAll("[role^=menuitem]:not([disabled])")]);
    const at = choices.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    let to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: choices.length - 1 }[event.key];
    if (to === undefined && event.key.length === 1) {
      const typed = event.key.toLowerCase();
      const order = [...choices.slice(at + 1), ...choices.slice(0, at + 1)];
      const found = order.find((choice) => choice.textContent?.trim().toLowerCase().startsWith(typed));
      if (found) to = choices.indexOf(found);
    }
    if (to === undefined) return;
    event.preventDefault();
    choices[(to + choices.length) % choices.length]?.focus();
  };
  return html`<${Popover} ...${rest} role="menu">
    ${(/** @type {() => void} */ close) =>
      html`<div class="menu" role="none" onKeyDown=${move}>
        ${items.map((item) => {
          if (!item) return null;
          if (item === "-") return html`<hr />`;
          if ("heading" in item) return html`<p class="menu-heading">${item.heading}</p>`;
          const { label, icon, mark, detail, checked, danger, disabled, run } = item;
          return html`<button
            type="button"
            role=${checked === undefined ? "menuitem" : "menuitemradio"}
            aria-checked=${checked === undefined ? undefined : String(checked)}
            class=${danger ? "danger" : ""}
            disabled=${disabled}
            tabindex="-1"
            onClick=${() => {
              close();
              run();
            }}
          >
            ${mark ?? (icon && html`<${Icon} name=${icon} />`)}<span class="grow">${label}</span>
            ${detail && html`<span class="faint">${detail}</span>`} ${checked && html`<${Icon} name="check" />`}
          </button>`;
        })}
      </div>`}
  <//>`;
}
