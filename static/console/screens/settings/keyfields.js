// Settings by their names, of the organization or of a bot: searched, in groups, each with what it does, its unit and where its
// value comes from. What a setting is called, does and may be is the server's to tell.

import { api } from "../../api/client.js";
import { html, useId, useState } from "../../lib.js";
import { Button, Chip, Empty, Icon, IconButton, Tabs, useAction } from "../../components/index.js";
import { toast } from "../../shell/toasts.js";
import { LOCALES, t } from "../../text.js";
import { useForm } from "./form.js";
import { beyond, grouped, isSecret, misfit, readReplies, writeReplies } from "./keys.js";
import { SaveBar, SearchField, SecretField } from "./parts.js";
import { matches } from "./values.js";

/** @import { Form } from "./form.js" */
/** @import { Key } from "./keys.js" */
/** @typedef {{bot_id: string | null, values: Record<string, any>, keys: Key[]}} View */

/** A value as people say it. @param {Key} key @param {string | undefined} value @returns {string} */
function said(key, value) {
  if (!value) return t("settings.nothing");
  if (key.kind === "bool") return value === "true" ? t("settings.yes") : t("settings.no");
  if (key.kind === "choice") return key.choices?.find((choice) => choice.value === value)?.label ?? value;
  return key.unit ? `${value} ${t(`unit.${key.unit}`)}` : value;
}

/**
 * @param {{view: View, onStored: (view: View) => void, onReload: () => void, editable: boolean, only?: readonly string[], first?: readonly string[]}} props
 *   only: groups that are shown; first: those that are open at first
 */
export function KeyFields({ view, onStored, onReload, editable, only, first = [] }) {
  const form = useForm(`settings/${view.bot_id ?? ""}`, view.values);
  const saving = useAction();
  const [sought, setSought] = useState("");
  const [own, setOwn] = useState(false);
  const isOwn = (/** @type {Key} */ key) => Object.keys(form.values).some((name) => form.values[name] != null && (name === key.name || (key.kind === "spoken" && name.startsWith(`${key.name}-`))));
  const keys = view.keys.filter(
    (key) => (!only || only.includes(key.group)) && (!own || isOwn(key)) && matches(sought, [key.name, key.label, key.help, key.group_label]),
  );
  const save = () =>
    saving.run(async () => {
      const values = Object.fromEntries(
        Object.entries(form.changes).filter(([name, value]) => value !== "" || !view.keys.some((key) => key.name === name && isSecret(key))),
      );
      const stored = await api.put("/api/settings", { values }, { query: { bot_id: view.bot_id }, ifMatch: view });
      form.reset();
      onStored(stored);
      toast({ text: t("settings.saved"), kind: "good" });
    });
  const groups = grouped(keys);
  const narrowed = Boolean(sought) || own;
  return html`<div class="row set-tools">
      <${SearchField} label=${t("settings.keys.search")} value=${sought} onValue=${setSought} />
      <${Tabs} kind="segments" label=${t("settings.keys.which")} current=${own ? "own" : "all"} onSelect=${(/** @type {string} */ id) => setOwn(id === "own")} tabs=${[{ id: "all", label: t("settings.keys.all") }, { id: "own", label: t("settings.keys.own") }]} />
    </div>
    ${!groups.length && html`<${Empty} icon="search" title=${t("settings.none")} text=${t("settings.none.text")} />`}
    ${groups.map(([group, of]) => {
      const set = of.filter(isOwn).length;
      return html`<details class="set-card set-keys" key=${`${group} ${narrowed}`} open=${narrowed || first.includes(group) || of.some(({ name }) => name in form.changes)}>
        <summary><${Icon} name="chevron_right" /><h2 class="grow">${of[0].group_label}</h2>${set > 0 && html`<${Chip}>${t("settings.keys.set", { n: set })}<//>`}</summary>
        ${of.map((key) => html`<${Row} key=${key.name} of=${key} form=${form} isOwn=${isOwn(key)} ofBot=${Boolean(view.bot_id)} editable=${editable} problem=${saving.problem} stored=${view.values} />`)}
      </details>`;
    })}
    ${editable && html`<${SaveBar} form=${form} action=${saving} onSave=${save} onReload=${onReload} shown=${view.keys.flatMap(({ name }) => [name, `${name}-en`, `${name}-pt-br`]).map((name) => `values.${name}`)} />`}`;
}

/** @param {{of: Key, form: Form, isOwn: boolean, ofBot: boolean, editable: boolean, problem: any, stored: Record<string, any>}} props */
function Row({ of: key, form, isOwn, ofBot, editable, problem, stored }) {
  const id = useId();
  const [lang, setLang] = useState("");
  const name = lang ? `${key.name}-${lang.toLowerCase()}` : key.name;
  const value = form.values[name];
  const wrong = misfit(key.kind, value);
  const range = beyond(key, value);
  const error = wrong ? t(`settings.misfit.${wrong}`) : range ? t("settings.misfit.range", range) : problem?.of?.(`values.${name}`);
  const set = (/** @type {string | null} */ next) => form.set({ [name]: next === "" ? null : next });
  const clear = () => form.set(Object.fromEntries(Object.keys(form.values).filter((one) => one === key.name || (key.kind === "spoken" && one.startsWith(`${key.name}-`))).map((one) => [one, null])));
  const source = isOwn ? null : key.source === "organization" && ofBot ? t("settings.keys.inherited") : null;
  // What holds without a value here; a bot's view does not tell what it hides of the organization's.
  const fallback = key.source === (ofBot ? "bot" : "organization") ? (ofBot ? "" : key.default) : (key.value ?? key.default);
  const wide = ["spoken", "replies", "intents"].includes(key.kind) || key.name === "attendance-email-template";
  return html`<div class="set-key" data-wide=${wide ? "" : undefined} data-own=${isOwn ? "" : undefined}>
    <div class="set-key-name">
      ${isSecret(key) ? html`<span class="set-label">${key.label}</span>` : html`<label class="set-label" for=${id}>${key.label}</label>`}
      ${key.help && html`<p class="help" id=${`${id}-help`}>${key.help}</p>`}
      <code class="faint set-key-id">${key.name}</code>
    </div>
    <div class="set-key-value">
      <div class="row">
        <div class="grow"><${Control} ...${{ of: key, id, value, fallback, error, editable, set, stored: stored[name], changes: form.changes, hasHelp: Boolean(key.help), lang, setLang, form }} /></div>
        ${isOwn && editable && !isSecret(key) && html`<${IconButton} size="small" icon="undo" label=${`${t("settings.keys.reset")}: ${key.label}`} onClick=${clear} />`}
      </div>
      ${error && html`<p class="error small" id=${`${id}-error`} role="alert">${error}</p>`}
      ${source && html`<p class="faint small">${source}</p>`}
      ${isOwn && !ofBot && !isSecret(key) && !wide && key.default && html`<p class="faint small">${t("settings.keys.default", { value: said(key, key.default) })}</p>`}
    </div>
  </div>`;
}

/** @param {any} props */
function Control({ of: key, id, value, fallback, error, editable, set, stored, changes, hasHelp, lang, setLang, form }) {
  const attributes = { id, disabled: !editable, "aria-invalid": error ? "true" : undefined, "aria-describedby": [hasHelp && `${id}-help`, error && `${id}-error`].filter(Boolean).join(" ") || undefined };
  const input = (/** @type {any} */ event) => set(event.target.value);
  if (isSecret(key)) {
    const given = key.name in changes ? changes[key.name] : undefined;
    return html`<${SecretField} label=${key.label} stored=${stored} value=${given} disabled=${!editable} removable onValue=${(/** @type {any} */ next) => form.set({ [key.name]: next === undefined ? stored : next })} />`;
  }
  switch (key.kind) {
    case "bool":
      return html`<input type="checkbox" role="switch" class="switch" ...${attributes} checked=${(value ?? fallback) === "true"} onChange=${(/** @type {any} */ event) => set(String(event.target.checked))} />`;
    case "choice":
      return html`<span class="select"
        ><select class="input" ...${attributes} value=${value ?? fallback} onChange=${input}>
          ${key.choices.map((/** @type {{value: string, label: string}} */ choice) => html`<option value=${choice.value}>${choice.label}</option>`)}</select
        ><${Icon} name="chevron_down"
      /></span>`;
    case "int":
    case "number":
    case "money": {
      return html`<span class="set-number"
        ><input class="input tabular" ...${attributes} inputmode=${key.kind === "int" ? "numeric" : "decimal"} value=${value ?? ""} placeholder=${fallback} onInput=${input} />${key.unit && html`<span class="faint">${t(`unit.${key.unit}`)}</span>`}</span
      >`;
    }
    case "time":
      return html`<input class="input tabular set-time" ...${attributes} placeholder=${fallback} value=${value ?? ""} onInput=${input} inputmode="numeric" />`;
    case "time_zone":
      return html`<input class="input" ...${attributes} list=${`${id}-zones`} placeholder=${fallback} value=${value ?? ""} onInput=${input} /><datalist id=${`${id}-zones`}>${zones().map((zone) => html`<option value=${zone} />`)}</datalist>`;
    case "spoken":
      return html`<div class="stack set-tight">
        <${Tabs} kind="segments" label=${`${t("language.label")}: ${key.label}`} current=${lang} onSelect=${setLang}
          tabs=${["", ...LOCALES].map((one) => ({ id: one, label: one ? t(`language.${one}`) : t("settings.keys.every"), count: form.values[one ? `${key.name}-${one.toLowerCase()}` : key.name] ? "●" : undefined }))} />
        <textarea class="input" ...${attributes} rows="3" placeholder=${lang ? (form.values[key.name] ?? fallback) : fallback} value=${value ?? ""} onInput=${input} />
      </div>`;
    case "replies":
      return html`<${Replies} ...${attributes} value=${value ?? ""} fallback=${fallback} set=${set} editable=${editable} label=${key.label} />`;
    case "intents":
      return html`<textarea class="input" ...${attributes} rows="4" placeholder=${fallback} value=${value ?? ""} onInput=${input} spellcheck="false" />`;
    default:
      return key.name === "attendance-email-template"
        ? html`<textarea class="input" ...${attributes} rows="5" placeholder=${fallback} value=${value ?? ""} onInput=${input} />`
        : html`<input class="input" ...${attributes} type=${key.kind === "url" ? "url" : "text"} placeholder=${fallback} value=${value ?? ""} onInput=${input} spellcheck="false" />`;
  }
}

/** @type {() => string[]} */
const zones = () => /** @type {any} */ (Intl).supportedValuesOf?.("timeZone") ?? [];

/** Keywords and what is answered to them, row by row. @param {any} props */
function Replies({ id, value, fallback, set, editable, label, ...attributes }) {
  const { replies, comments } = readReplies(value || "");
  const write = (/** @type {any[]} */ next) => set(next.length || comments.length ? writeReplies(next, comments) : null);
  const put = (/** @type {number} */ at, /** @type {any} */ change) => write(replies.map((reply, index) => (index === at ? { ...reply, ...change } : reply)));
  return html`<div class="stack set-lines" id=${id} role="group" aria-label=${label} aria-describedby=${attributes["aria-describedby"]}>
    ${!replies.length && fallback && html`<pre class="faint small set-inherited">${fallback}</pre>`}
    ${replies.map(
      ({ keywords, answer }, at) =>
        html`<div class="set-line" key=${at}>
          <input class="input set-keywords" aria-label=${t("settings.replies.keywords")} placeholder=${t("settings.replies.keywords.example")} value=${keywords} disabled=${!editable} onInput=${(/** @type {any} */ event) => put(at, { keywords: event.target.value })} />
          <textarea class="input grow" rows="2" aria-label=${t("settings.replies.answer")} placeholder=${t("settings.replies.answer")} value=${answer} disabled=${!editable} onInput=${(/** @type {any} */ event) => put(at, { answer: event.target.value })} />
          ${editable && html`<${IconButton} icon="x" label=${`${t("remove")}: ${keywords}`} onClick=${() => write(replies.filter((_, index) => index !== at))} />`}
        </div>`,
    )}
    ${editable && html`<div><${Button} icon="plus" size="small" onClick=${() => write([...replies, { keywords: "", answer: "" }])}>${t("settings.replies.add")}<//></div>`}
  </div>`;
}
