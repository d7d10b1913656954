// Choosing an approved template and filling it in: the way to write when the provider's window is closed.

import { api, Problem } from "../../api/client.js";
import { html, useEffect, useRef, useState } from "../../lib.js";
import { Button, Chip, Dialog, Empty, Loaded, TextField, openDialog, useLoad } from "../../components/index.js";
import { send } from "../../store/outbox.js";
import { hasText, t } from "../../text.js";
import { found, keyOf, missing, said, shaped } from "./templates.js";
import { fold } from "./views.js";

/** @import { Conversation } from "../../store/types" */
/** @import { Field, Template } from "./templates.js" */

/** @param {Field} field */
function labelOf({ part, index, name, value }) {
  if (value !== "text") return t(`inbox.template.file.${value}`);
  if (part === "button") return t("inbox.template.button", { n: String((index ?? 0) + 1) });
  return /^\d+$/.test(name) ? t(`inbox.template.${part}`, { n: name }) : name.replaceAll("_", " ");
}

/** @param {{one: Conversation, channel: string, onClose: () => void}} props */
function Chooser({ one, channel, onClose }) {
  const templates = useLoad((signal) => api.all(`/api/channels/${channel}/templates`, {}, { signal }), [channel]);
  const [query, setQuery] = useState("");
  const [chosen, setChosen] = useState(/** @type {Template | null} */ (null));
  const [values, setValues] = useState(/** @type {Record<string, string>} */ ({}));
  const choose = (/** @type {Template} */ template) => {
    const [first = ""] = one.contact.name.split(/\s+/);
    // The first place is nearly always the name.
    const name = template.fields.find(({ part, name }) => part === "body" && (name === "1" || /^(first_)?name$|^nome$/.test(name)));
    setValues(name ? { [keyOf(name)]: first } : {});
    setChosen(template);
  };
  // The search at first, then what is to be filled in.
  const body = useRef(/** @type {HTMLDivElement | null} */ (null));
  useEffect(() => body.current?.querySelector("input")?.focus(), [chosen]);
  const ready = chosen && !missing(chosen, values).length;
  const submit = () => {
    if (!chosen || !ready) return;
    send(one.session_id, { text: said(chosen, values), template: shaped(chosen, values) });
    onClose();
  };
  return html`<${Dialog}
    title=${t("inbox.template.title", { name: one.contact.name })}
    onClose=${onClose}
    footer=${
      chosen
        ? html`<${Button} icon="arrow_left" onClick=${() => setChosen(null)}>${t("inbox.template.others")}<//>
            <${Button} kind="primary" icon="send" disabled=${!ready} onClick=${submit}>${t("inbox.send")}<//>`
        : html`<${Button} onClick=${onClose}>${t("cancel")}<//>`
    }
  >
    <div class="stack" ref=${body}>${
      chosen
        ? html`<div class="bubble template-said"><p class="text" dir="auto">${said(chosen, values)}</p>
              ${chosen.buttons.length > 0 && html`<ul class="message-choices">${chosen.buttons.map((label, at) => html`<li key=${at}>${label}</li>`)}</ul>`}</div>
            ${chosen.fields.map(
              (field) => html`<${TextField}
                key=${keyOf(field)}
                label=${labelOf(field)}
                type=${field.value === "text" ? "text" : "url"}
                placeholder=${field.value === "text" ? (field.example ?? "") : "https://"}
                maxlength="1024"
                value=${values[keyOf(field)] ?? ""}
                onValue=${(/** @type {string} */ value) => setValues((before) => ({ ...before, [keyOf(field)]: value }))}
              />`,
            )}`
        : templates.problem instanceof Problem && templates.problem.code === "feature_disabled"
          ? html`<${Empty} icon="lock" title=${t("inbox.template.off.title")} text=${t("inbox.template.off.text")} />`
          : html`<${TextField} hide type="search" label=${t("inbox.template.search")} placeholder=${t("inbox.template.search")} value=${query} onValue=${setQuery} />
          <${Loaded} of=${templates} empty=${html`<${Empty} icon="copy" title=${t("inbox.template.none.title")} text=${t("inbox.template.none.text")} />`}>
            ${(/** @type {Template[]} */ all) => {
              const rows = found(all, query, fold);
              return html`<ul class="targets" aria-label=${t("inbox.template.list")}>
                  ${rows.map(
                    (template) => html`<li key=${`${template.name} ${template.language}`}>
                      <button type="button" class="target template-row" onClick=${() => choose(template)}>
                        <span class="row"><strong class="grow cut">${template.name.replaceAll("_", " ")}</strong><span class="faint small">${template.language.replace("_", "-")}</span>
                          ${hasText(`inbox.template.category.${template.category}`) && html`<${Chip}>${t(`inbox.template.category.${template.category}`)}<//>`}</span>
                        <span class="faint small">${template.body}</span>
                      </button>
                    </li>`,
                  )}
                </ul>
                ${!rows.length && html`<p class="faint small">${t("inbox.template.no_match")}</p>`}`;
            }}
          <//>`
    }</div>
  <//>`;
}

/** @param {Conversation} one @param {string} channel */
export const chooseTemplate = (one, channel) =>
  openDialog((/** @type {() => void} */ close) => html`<${Chooser} one=${one} channel=${channel} onClose=${close} />`);
