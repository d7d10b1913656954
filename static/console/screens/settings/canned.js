// Canned responses: what is said often, under a short name.

import { api } from "../../api/client.js";
import { may, me } from "../../api/session.js";
import { html, useRef, useState } from "../../lib.js";
import { Button, Dialog, Empty, Loaded, Table, TextArea, TextField, confirmDialog, openDialog, useAction, useLoad } from "../../components/index.js";
import { useCommands } from "../../shell/commands.js";
import { toastProblem } from "../../shell/toasts.js";
import { t } from "../../text.js";
import { SearchField, Section, useFresh } from "./parts.js";
import { matches } from "./values.js";

/** @typedef {{id: string, name: string, text: string}} Canned */

/** Those the server fills in; an unknown one disappears. */
const VARIABLES = ["name", "full_name", "attendant", "queue", "company"];

/** What a customer would read. @param {string} text */
function filled(text) {
  /** @type {Record<string, string>} */
  const given = {
    name: t("settings.canned.sample.name"),
    full_name: t("settings.canned.sample.full_name"),
    attendant: me.value?.name.split(" ")[0] ?? "",
    queue: t("settings.canned.sample.queue"),
    company: me.value?.organization.name ?? "",
  };
  return text.replace(/\{\{\s*([^{}]*?)\s*\}\}/g, (_, name) => given[name.toLowerCase()] ?? "");
}

export default function CannedResponses() {
  const responses = useLoad((signal) => api.all("/api/canned-responses", {}, { signal }), [], ["canned_response"]);
  useFresh(responses.reload);
  const [sought, setSought] = useState("");
  const editable = may("manage_canned_responses");
  const open = async (/** @type {Canned | null} */ row) => {
    const stored = row && (await api.get(`/api/canned-responses/${row.id}`).catch(toastProblem));
    if (row && !stored) return responses.reload();
    if (await openDialog((/** @type {(done?: boolean) => void} */ close) => html`<${Editor} stored=${stored} onClose=${close} />`)) responses.reload();
  };
  useCommands([{ id: "canned new", label: () => t("settings.canned.new"), keys: "n", group: () => t("settings.title"), icon: "plus", when: () => editable, run: () => open(null) }]);
  const add = editable && html`<${Button} kind="primary" icon="plus" onClick=${() => open(null)}>${t("settings.canned.new")}<//>`;
  return html`<${Section} title=${t("settings.section.canned")} text=${t("settings.canned.text")} actions=${add}>
    <${Loaded} of=${responses} empty=${html`<${Empty} icon="bolt" title=${t("settings.canned.empty.title")} text=${t("settings.canned.empty.text")}>${add}<//>`}>
      ${(/** @type {Canned[]} */ all) => {
        const rows = all.filter(({ name, text }) => matches(sought, [name, text]));
        return html`<div class="row set-tools"><${SearchField} label=${t("settings.canned.search")} value=${sought} onValue=${setSought} /></div>
          ${
            rows.length
              ? html`<${Table}
                  label=${t("settings.section.canned")}
                  rows=${rows}
                  rowKey=${(/** @type {Canned} */ { id }) => id}
                  onOpen=${editable ? open : undefined}
                  columns=${[
                    { id: "name", title: t("settings.canned.name"), primary: true, cell: (/** @type {Canned} */ { name }) => html`<code class="set-code">/${name}</code>` },
                    { id: "text", title: t("settings.canned.content"), cell: (/** @type {Canned} */ { text }) => html`<span class="set-two">${text}</span>` },
                  ]}
                />`
              : html`<${Empty} icon="search" title=${t("settings.none")} text=${t("settings.none.text")} />`
          }`;
      }}
    <//>
  <//>`;
}

/** @param {{stored: Canned | null | undefined, onClose: (done?: boolean) => void}} props */
function Editor({ stored, onClose }) {
  const [name, setName] = useState(stored?.name ?? "");
  const [text, setText] = useState(stored?.text ?? "");
  const saving = useAction();
  const area = useRef(/** @type {HTMLElement | null} */ (null));
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const body = { name: name.trim().replace(/^\//, ""), text };
    const done = await saving.run(() => (stored ? api.put(`/api/canned-responses/${stored.id}`, body, { ifMatch: stored }) : api.post("/api/canned-responses", body, { idempotencyKey: true })));
    if (done) onClose(true);
  };
  const remove = async () => {
    if (!stored || !(await confirmDialog({ title: t("settings.canned.delete", { name: stored.name }), confirm: t("settings.delete"), danger: true }))) return;
    if (await saving.run(() => api.del(`/api/canned-responses/${stored.id}`, undefined, { ifMatch: stored }))) onClose(true);
  };
  const insert = (/** @type {string} */ variable) => {
    const field = area.current?.querySelector("textarea");
    const [from, to] = [field?.selectionStart ?? text.length, field?.selectionEnd ?? text.length];
    setText(`${text.slice(0, from)}{{${variable}}}${text.slice(to)}`);
    field?.focus();
  };
  return html`<${Dialog} title=${stored ? t("settings.canned.edit") : t("settings.canned.new")} size="large" onClose=${() => onClose()}>
    <form class="stack" onSubmit=${save}>
      <${TextField} label=${t("settings.canned.name")} help=${t("settings.canned.name.help")} required maxlength="120" value=${name} error=${saving.problem?.of?.("name")} onValue=${setName} placeholder="boas-vindas" />
      <div class="set-split">
        <div ref=${area}>
          <${TextArea} label=${t("settings.canned.content")} required maxlength="4096" rows="8" value=${text} error=${saving.problem?.of?.("text")} onValue=${setText} />
          <div class="set-chips" role="group" aria-label=${t("settings.canned.variables")}>
            ${VARIABLES.map((variable) => html`<${Button} key=${variable} size="small" onClick=${() => insert(variable)}>${t(`settings.canned.variable.${variable}`)}<//>`)}
          </div>
        </div>
        <div class="field">
          <span class="set-label">${t("settings.canned.preview")}</span>
          <div class="set-preview"><p class="set-bubble">${filled(text) || html`<span class="faint">${t("settings.canned.preview.empty")}</span>`}</p></div>
        </div>
      </div>
      ${saving.problem && !saving.problem.errors?.length && html`<p class="error" role="alert">${saving.problem.status === 412 ? t("settings.conflict") : saving.problem.message}</p>`}
      <footer class="dialog-foot">
        ${stored && html`<${Button} kind="quiet" icon="trash" onClick=${remove}>${t("settings.delete")}<//>`}<span class="grow" />
        <${Button} onClick=${() => onClose()}>${t("cancel")}<//>
        <${Button} type="submit" kind="primary" busy=${saving.busy}>${t("settings.save")}<//>
      </footer>
    </form>
  <//>`;
}
