// How the web chat looks and what it asks, with a picture of it beside the fields that follows every change.

import { html, useState } from "../../lib.js";
import { Button, Checkbox, Field, Icon, IconButton, Select, Switch, Tabs, TextArea, TextField } from "../../components/index.js";
import { LOCALES, locale, t } from "../../text.js";
import { Card } from "./parts.js";
import { rephrased, spoken } from "./spoken.js";
import { isColour } from "./values.js";

const COLOUR = "#4338ca";
const COLOURS = ["#4338ca", "#1d4ed8", "#0f766e", "#15803d", "#b45309", "#be123c", "#7e22ce", "#18181b"];
const TYPES = ["text", "email", "phone", "select", "checkbox", "textarea"];

/** Black or white, whichever reads better on a colour (WCAG luminance). @param {string} colour */
function ink(colour) {
  const digits = colour.slice(1).replace(/^(.)(.)(.)$/, "$1$1$2$2$3$3");
  const [r, g, b] = [0, 2, 4].map((at) => (parseInt(digits.slice(at, at + 2), 16) / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#111111" : "#ffffff";
}

/** @param {{settings: Record<string, any>, name: string, editable: boolean, onValue: (name: string, value: any) => void}} props */
export function Appearance({ settings, name, editable, onValue }) {
  const [lang, setLang] = useState(/** @type {string} */ (locale.peek()));
  const text = (/** @type {string} */ field, /** @type {any} */ more = {}) => ({
    label: t(`settings.web.${field}`),
    value: spoken(settings[field], lang),
    disabled: !editable,
    onValue: (/** @type {string} */ written) => onValue(field, rephrased(settings[field], lang, written, LOCALES)),
    ...more,
  });
  const colour = isColour(settings.color ?? "") ? settings.color : COLOUR;
  const prechat = settings.prechat ?? {};
  const privacy = settings.privacy ?? (typeof settings.consent === "object" ? settings.consent : null);
  const setPrivacy = (/** @type {any} */ change) => {
    const next = { ...privacy, ...change };
    onValue("privacy", spoken(next.text, lang) || next.url ? { ...next, version: next.version || "1" } : undefined);
  };
  return html`<${Card}
    title=${t("settings.web.appearance")}
    text=${t("settings.web.appearance.text")}
    actions=${html`<${Tabs} kind="segments" label=${t("language.label")} current=${lang} onSelect=${setLang} tabs=${LOCALES.map((id) => ({ id, label: t(`language.${id}`) }))} />`}
  >
    <div class="set-web">
      <div class="stack">
        <div class="set-grid">
          <${TextField} ...${text("title", { placeholder: name })} />
          <${TextField} ...${text("subtitle", { placeholder: t("settings.web.subtitle.example") })} />
        </div>
        <${TextArea} ...${text("welcome", { rows: 2, help: t("settings.web.welcome.help") })} />
        <${Field} label=${t("settings.web.color")}>
          ${(/** @type {any} */ attributes) =>
            html`<div class="row set-wrap">
              <input type="color" class="set-colour" ...${attributes} value=${colour} disabled=${!editable} onInput=${(/** @type {any} */ event) => onValue("color", event.target.value)} />
              ${COLOURS.map(
                (one) =>
                  html`<button type="button" key=${one} class="set-swatch" disabled=${!editable} aria-label=${one} aria-pressed=${String(one === colour)} style=${{ "--swatch": one }} onClick=${() => onValue("color", one)} />`,
              )}
            </div>`}
        <//>
        <div class="set-grid">
          <${Select} label=${t("settings.web.position")} value=${settings.position ?? "right"} disabled=${!editable} options=${["right", "left"].map((value) => ({ value, label: t(`settings.web.position.${value}`) }))} onValue=${(/** @type {string} */ value) => onValue("position", value)} />
          <${Select} label=${t("theme.label")} value=${settings.theme ?? ""} disabled=${!editable} options=${["", "light", "dark"].map((value) => ({ value, label: t(`theme.${value || "auto"}`) }))} onValue=${(/** @type {string} */ value) => onValue("theme", value)} />
          <${Select} label=${t("settings.web.offline")} help=${t("settings.web.offline.help")} value=${settings.offline ?? "both"} disabled=${!editable} options=${["both", "form", "bot"].map((value) => ({ value, label: t(`settings.web.offline.${value}`) }))} onValue=${(/** @type {string} */ value) => onValue("offline", value)} />
          <${TextField} label=${t("settings.web.logo_url")} help=${t("settings.web.logo_url.help")} optional=${t("settings.optional")} value=${settings.logo_url ?? ""} disabled=${!editable} onValue=${(/** @type {string} */ value) => onValue("logo_url", value)} />
        </div>
        <hr />
        <${Switch} label=${t("settings.web.prechat")} help=${t("settings.web.prechat.help")} checked=${Boolean(prechat.enabled)} disabled=${!editable} onValue=${(/** @type {boolean} */ enabled) => onValue("prechat", { fields: [{ name: "name", type: "text", label: t("settings.web.prechat.name"), required: true }], ...prechat, enabled })} />
        ${prechat.enabled && html`<${PrechatFields} fields=${prechat.fields ?? []} lang=${lang} editable=${editable} onValue=${(/** @type {any[]} */ fields) => onValue("prechat", { ...prechat, fields })} />`}
        <hr />
        <${TextArea} label=${t("settings.web.privacy")} help=${t("settings.web.privacy.help")} optional=${t("settings.optional")} rows="2" value=${spoken(privacy?.text, lang)} disabled=${!editable} onValue=${(/** @type {string} */ written) => setPrivacy({ text: rephrased(privacy?.text, lang, written, LOCALES) })} />
        ${
          privacy &&
          html`<div class="set-grid">
              <${TextField} label=${t("settings.web.privacy.url")} type="url" value=${privacy.url ?? ""} disabled=${!editable} onValue=${(/** @type {string} */ url) => setPrivacy({ url: url || undefined })} />
              <${TextField} label=${t("settings.web.privacy.version")} help=${t("settings.web.privacy.version.help")} value=${String(privacy.version ?? "")} disabled=${!editable} onValue=${(/** @type {string} */ version) => setPrivacy({ version })} />
            </div>
            <${Checkbox} label=${t("settings.web.consent")} checked=${Boolean(settings.consent)} disabled=${!editable} onValue=${(/** @type {boolean} */ on) => onValue("consent", on || undefined)} />`
        }
        <${Checkbox} label=${t("settings.web.identity")} help=${t("settings.web.identity.help")} checked=${settings.identity === "required"} disabled=${!editable} onValue=${(/** @type {boolean} */ on) => onValue("identity", on ? "required" : undefined)} />
      </div>
      <${Picture} ...${{ settings, name, lang, colour, privacy }} />
    </div>
  <//>`;
}

/** What is asked before the chat begins. @param {{fields: any[], lang: string, editable: boolean, onValue: (fields: any[]) => void}} props */
function PrechatFields({ fields, lang, editable, onValue }) {
  const put = (/** @type {number} */ at, /** @type {any} */ change) => onValue(fields.map((field, index) => (index === at ? { ...field, ...change } : field)));
  const retype = (/** @type {number} */ at, /** @type {string} */ type) => {
    const known = ["email", "phone"].includes(type) && !fields.some(({ name }) => name === type);
    put(at, { type, name: known ? type : fields[at].name, options: type === "select" ? (fields[at].options ?? []) : undefined });
  };
  return html`<div class="stack set-lines">
    ${fields.map(
      (field, at) =>
        html`<div class="set-line" key=${at}>
          <div class="grow"><${TextField} hide label=${t("settings.web.prechat.label")} placeholder=${t("settings.web.prechat.label")} value=${spoken(field.label, lang)} disabled=${!editable} onValue=${(/** @type {string} */ label) => put(at, { label: rephrased(field.label, lang, label, LOCALES) ?? "" })} /></div>
          <${Select} hide label=${t("settings.web.prechat.type")} value=${field.type ?? "text"} disabled=${!editable} options=${TYPES.map((value) => ({ value, label: t(`settings.web.type.${value}`) }))} onValue=${(/** @type {string} */ type) => retype(at, type)} />
          <${Checkbox} label=${t("settings.web.prechat.required")} checked=${Boolean(field.required)} disabled=${!editable} onValue=${(/** @type {boolean} */ required) => put(at, { required })} />
          ${editable && html`<${IconButton} icon="x" label=${`${t("remove")}: ${spoken(field.label, lang)}`} onClick=${() => onValue(fields.filter((_, index) => index !== at))} />`}
          ${field.type === "select" && html`<div class="set-options"><${TextField} hide label=${t("settings.web.prechat.options")} placeholder=${t("settings.web.prechat.options")} value=${(field.options ?? []).join(", ")} disabled=${!editable} onValue=${(/** @type {string} */ options) => put(at, { options: options.split(",").map((option) => option.trimStart()) })} /></div>`}
        </div>`,
    )}
    ${editable && html`<div><${Button} icon="plus" size="small" onClick=${() => onValue([...fields, { name: `field_${fields.length + 1}_${Date.now().toString(36)}`, type: "text", label: "", required: false }])}>${t("settings.web.prechat.add")}<//></div>`}
  </div>`;
}

/** The widget as visitors will see it. @param {{settings: Record<string, any>, name: string, lang: string, colour: string, privacy: any}} props */
function Picture({ settings, name, lang, colour, privacy }) {
  const title = spoken(settings.title, lang) || name || t("settings.web.title");
  const asks = settings.prechat?.enabled ? (settings.prechat.fields ?? []) : [];
  return html`<div class="set-picture" role="img" aria-label=${t("settings.web.preview")} data-side=${settings.position ?? "right"} data-theme=${settings.theme} style=${{ "--brand": colour, "--on-brand": ink(colour) }}>
    <div class="set-widget">
      <header>
        <span class="set-widget-logo">${title.slice(0, 1).toUpperCase()}</span>
        <span class="grow"><strong class="cut">${title}</strong><span class="small cut">${spoken(settings.subtitle, lang)}</span></span>
        <${Icon} name="x" />
      </header>
      <div class="set-widget-body">
        ${spoken(settings.welcome, lang) && html`<p class="set-widget-in">${spoken(settings.welcome, lang)}</p>`}
        ${asks.map((/** @type {any} */ field, /** @type {number} */ at) => html`<div key=${at} class="set-widget-field"><span class="small">${spoken(field.label, lang)}${field.required && " *"}</span><i data-type=${field.type} /></div>`)}
        ${privacy && spoken(privacy.text, lang) && html`<p class="small set-widget-privacy">${settings.consent && html`<i />`}${spoken(privacy.text, lang)}</p>`}
        ${asks.length ? html`<span class="set-widget-start">${t("settings.web.start")}</span>` : html`<p class="set-widget-out">${t("settings.web.sample")}</p>`}
      </div>
      ${!asks.length && html`<footer><span class="grow small">${t("settings.web.write")}</span><${Icon} name="send" /></footer>`}
    </div>
    <span class="set-launcher"><${Icon} name="chat" /></span>
  </div>`;
}
