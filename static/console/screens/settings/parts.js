// What the sections of the settings have in common.

import { html, useEffect, useRef, useState } from "../../lib.js";
import { Button, Chip, Field, Icon, IconButton, PasswordField } from "../../components/index.js";
import { onReload } from "../../api/socket.js";
import { useCommands } from "../../shell/commands.js";
import { problemText, toast } from "../../shell/toasts.js";
import { t } from "../../text.js";
import { listed } from "./values.js";

/** @import { Form } from "./form.js" */

/**
 * A section: where it leads back to, its title, what can be done, its content.
 * @param {{title: any, text?: any, back?: {href: string, label: string}, actions?: any, wide?: boolean, children?: any}} props
 */
export function Section({ title, text, back, actions, wide, children }) {
  return html`<div class="set-section" data-wide=${wide ? "" : undefined}>
    <a class="set-back" data-deep=${back ? "" : undefined} href=${back?.href ?? "/settings"}><${Icon} name="arrow_left" />${back?.label ?? t("settings.title")}</a>
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

/**
 * Fields that belong together, with what they are about beside or above them.
 * @param {{title: any, text?: any, actions?: any, children?: any}} props
 */
export function Card({ title, text, actions, children }) {
  return html`<section class="set-card">
    <header class="row">
      <div class="grow">
        <h2>${title}</h2>
        ${text && html`<p class="faint small">${text}</p>`}
      </div>
      ${actions}
    </header>
    ${children}
  </section>`;
}

/** @param {{tone?: "plain" | "good" | "warn" | "bad" | "accent", icon?: string, title?: any, children?: any, [attribute: string]: any}} props */
export function Note({ tone = "plain", icon, title, children, ...rest }) {
  return html`<div class="set-note" data-tone=${tone} ...${rest}>
    ${icon && html`<${Icon} name=${icon} />`}
    <div class="grow">${title && html`<strong>${title}</strong>`}${children}</div>
  </div>`;
}

/** Why saving was refused: by the server's words, and by field where no control shows it. @param {{problem: any, shown?: readonly string[]}} props */
function Refusal({ problem, shown = [] }) {
  const hidden = problem.errors?.filter((/** @type {any} */ error) => !shown.includes(error.field)) ?? [];
  return html`<span class="grow error" role="alert">
    ${problem.status === 412 ? t("settings.conflict") : hidden[0] && problem.status === 422 ? `${hidden[0].field}: ${hidden[0].message}` : problemText(problem)}
  </span>`;
}

/**
 * What was changed is saved or dropped here; it stays in sight while there is something to save. `mod+s` saves.
 * @param {{form: Form, action: {busy: boolean, problem: any, clear: () => void}, onSave: () => unknown, onReload?: () => void, label?: string, fresh?: boolean,
 *   shown?: readonly string[]}} props
 *   fresh: a thing that is being made, which can be saved at once; shown: fields that show their error themselves
 */
export function SaveBar({ form, action, onSave, onReload: again, label, fresh, shown }) {
  const ready = form.dirty || fresh;
  useCommands([{ id: "settings save", label: () => t("settings.save"), keys: "mod+s", group: () => t("settings.title"), icon: "check", when: () => Boolean(ready), run: onSave }]);
  return html`<div class="set-save" hidden=${!ready} role="group" aria-label=${t("settings.save")}>
    ${
      action.problem
        ? html`<${Refusal} problem=${action.problem} shown=${shown} />`
        : html`<span class="grow faint">${fresh ? "" : t("settings.unsaved")}</span>`
    }
    ${
      action.problem?.status === 412 && again
        ? html`<${Button}
            onClick=${() => {
              action.clear();
              again();
            }}
            >${t("settings.reload")}<//
          >`
        : form.dirty &&
          html`<${Button}
            kind="quiet"
            onClick=${() => {
              action.clear();
              form.reset();
            }}
            >${t("settings.discard")}<//
          >`
    }
    <${Button} kind="primary" busy=${action.busy} onClick=${onSave}>${label ?? t("settings.save")}<//>
  </div>`;
}

/** @param {string} text */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast({ text: t("settings.copied"), kind: "good" });
  } catch {
    // Plain-http networks have no clipboard: the text is selected instead.
    toast({ text: t("settings.copy.failed"), kind: "bad" });
  }
}

/** Something to take along: read only, selected at a click, copied by its button. @param {{label: string, value: string, lines?: number, help?: any}} props */
export function CopyField({ label, value, lines = 1, help }) {
  const pick = (/** @type {any} */ event) => event.target.select();
  return html`<${Field} label=${label} help=${help}>
    ${(/** @type {any} */ attributes) =>
      html`<div class="with-button set-copy">
        ${
          lines > 1
            ? html`<textarea class="input" ...${attributes} rows=${lines} readonly value=${value} onFocus=${pick} spellcheck="false" />`
            : html`<input class="input" ...${attributes} readonly value=${value} onFocus=${pick} spellcheck="false" />`
        }
        <${IconButton} icon="copy" label=${`${t("settings.copy")}: ${label}`} onClick=${() => copy(value)} />
      </div>`}
  <//>`;
}

/**
 * Several short texts, each a chip. Enter or a comma ends one; Backspace in the empty field takes the last back.
 * @param {{label: string, help?: any, error?: string | null, optional?: string, values: readonly string[], onValue: (values: string[]) => void,
 *   suggestions?: readonly string[], disabled?: boolean, placeholder?: string}} props
 */
export function ListField({ label, help, error, optional, values, onValue, suggestions, disabled, placeholder }) {
  const [typed, setTyped] = useState("");
  const add = (/** @type {string} */ text) => {
    const fresh = listed(text).filter((item) => !values.includes(item));
    if (fresh.length) onValue([...values, ...fresh]);
    setTyped("");
  };
  return html`<${Field} ...${{ label, help, error, optional }}>
    ${(/** @type {any} */ attributes) =>
      html`<div class="set-list input" data-disabled=${disabled ? "" : undefined}>
        ${values.map(
          (value) => html`<${Chip} key=${value} tone="accent" onRemove=${disabled ? undefined : () => onValue(values.filter((other) => other !== value))}>${value}<//>`,
        )}
        <input
          ...${attributes}
          value=${typed}
          disabled=${disabled}
          placeholder=${values.length ? "" : placeholder}
          list=${suggestions ? `${attributes.id}-list` : undefined}
          onInput=${(/** @type {any} */ event) => (/[,;\n]/.test(event.target.value) ? add(event.target.value) : setTyped(event.target.value))}
          onChange=${() => add(typed)}
          onKeyDown=${(/** @type {KeyboardEvent} */ event) => {
            if (event.key === "Enter" && typed.trim()) {
              event.preventDefault();
              add(typed);
            } else if (event.key === "Backspace" && !typed && values.length) onValue(values.slice(0, -1));
          }}
        />
        ${suggestions && html`<datalist id=${`${attributes.id}-list`}>${suggestions.map((name) => html`<option value=${name} />`)}</datalist>`}
      </div>`}
  <//>`;
}

/**
 * A secret that was stored: only that it is there and how it ends; it can be replaced or removed, never read.
 * @param {{label: string, help?: any, error?: string | null, optional?: string, stored: {set: boolean, last4?: string | null} | null | undefined, value: any,
 *   onValue: (value: any) => void, removable?: boolean, generate?: () => string, disabled?: boolean}} props value: undefined while unchanged, null: removed
 */
export function SecretField({ label, help, error, optional, stored, value, onValue, removable, generate, disabled }) {
  if (value === undefined && stored?.set) {
    return html`<${Field} ...${{ label, help, error, optional }}>
      ${(/** @type {any} */ attributes) =>
        html`<div class="row set-secret">
          <output class="input tabular grow" ...${attributes}><${Icon} name="lock" /> ••••••••${stored.last4 ?? ""} <span class="faint small">${t("settings.secret.set")}</span></output>
          ${!disabled && html`<${Button} aria-label=${`${t("settings.secret.replace")}: ${label}`} onClick=${() => onValue("")}>${t("settings.secret.replace")}<//>`}
          ${!disabled && removable && html`<${IconButton} icon="trash" label=${`${t("remove")}: ${label}`} onClick=${() => onValue(null)} />`}
        </div>`}
    <//>`;
  }
  if (value === null) {
    return html`<${Field} ...${{ label, help, error, optional }}>
      ${(/** @type {any} */ attributes) =>
        html`<div class="row set-secret">
          <output class="input grow faint" ...${attributes}>${t("settings.secret.removed")}</output>
          <${Button} onClick=${() => onValue(undefined)}>${t("settings.undo")}<//>
        </div>`}
    <//>`;
  }
  return html`<div class="row set-secret">
    <div class="grow">
      <${PasswordField}
        ...${{ label, help, error, optional, disabled }}
        show=${t("settings.secret.show")}
        value=${value ?? ""}
        autocomplete="off"
        spellcheck="false"
        placeholder=${stored?.set ? t("settings.secret.new") : ""}
        onValue=${(/** @type {string} */ text) => onValue(text || (stored?.set ? "" : undefined))}
      />
    </div>
    ${generate && html`<${Button} onClick=${() => onValue(generate())}>${t("settings.secret.generate")}<//>`}
    ${generate && value && html`<${IconButton} icon="copy" label=${`${t("settings.copy")}: ${label}`} onClick=${() => copy(value)} />`}
    ${stored?.set && html`<${IconButton} icon="undo" label=${t("settings.undo")} onClick=${() => onValue(undefined)} />`}
  </div>`;
}

/** Asks again when the connection was lost long enough to have missed something, and when somebody comes back to the tab. @param {() => void} reload */
export function useFresh(reload) {
  const latest = useRef(reload);
  latest.current = reload;
  useEffect(() => {
    const again = () => document.visibilityState === "visible" && latest.current();
    document.addEventListener("visibilitychange", again);
    const stop = onReload(() => latest.current());
    return () => {
      document.removeEventListener("visibilitychange", again);
      stop?.();
    };
  }, []);
}

/** @param {{label: string, value: string, onValue: (value: string) => void}} props */
export function SearchField({ label, value, onValue }) {
  return html`<label class="set-search">
    <${Icon} name="search" />
    <input
      type="search"
      class="input"
      aria-label=${label}
      placeholder=${label}
      value=${value}
      onInput=${(/** @type {any} */ event) => onValue(event.target.value)}
    />
  </label>`;
}

/** A file on this machine. @param {string} name @param {string} text @param {string} type */
export function download(name, text, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1_000);
}
