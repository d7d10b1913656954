// Settings and people as files: config.csv and attendant.csv, in and out.

import { api } from "../../api/client.js";
import { may } from "../../api/session.js";
import { html, useRef, useState } from "../../lib.js";
import { Button, Icon, Select, useAction, useLoad } from "../../components/index.js";
import { toastProblem } from "../../shell/toasts.js";
import { t } from "../../text.js";
import { Card, Note, Section, download } from "./parts.js";

/** @typedef {{kind: "config" | "attendants", accepted: number, created?: number, updated?: number, rejected: {line: number, name?: string, reason: string, nearest?: string}[], notes: string[]}} Outcome */

/** The server takes files of this size. */
const MAX_BYTES = 1024 * 1024;

/** @param {{query: Record<string, string>}} props */
export default function Files({ query }) {
  const bots = useLoad((signal) => (may("view_bots") ? api.all("/api/bots", {}, { signal }) : Promise.resolve([])), [], ["bot"]);
  const [bot, setBot] = useState(query.bot ?? "");
  const scopes = [{ value: "", label: t("settings.files.organization") }, ...(bots.data ?? []).map(({ id, name }) => ({ value: id, label: t("settings.files.bot", { name }) }))];
  const save = async (/** @type {"config" | "attendants"} */ kind) => {
    try {
      const text = await api.get("/api/settings/export", { query: { kind, bot_id: kind === "config" ? bot : null } });
      download(kind === "config" ? "config.csv" : "attendant.csv", text, "text/csv;charset=utf-8");
    } catch (problem) {
      toastProblem(problem);
    }
  };
  return html`<${Section} title=${t("settings.section.files")} text=${t("settings.files.text")}>
    <${Card} title=${t("settings.files.import")} text=${t("settings.files.import.text")}>
      <${Select} label=${t("settings.files.into")} help=${t("settings.files.into.help")} value=${bot} options=${scopes} onValue=${setBot} />
      <${Import} bot=${bot} />
    <//>
    <${Card} title=${t("settings.files.export")} text=${t("settings.files.export.text")}>
      <div class="row set-wrap">
        ${may("view_settings") && html`<${Button} icon="download" onClick=${() => save("config")}>config.csv · ${scopes.find(({ value }) => value === bot)?.label}<//>`}
        ${may("view_users") && may("export_data") && html`<${Button} icon="download" onClick=${() => save("attendants")}>attendant.csv · ${t("settings.section.users")}<//>`}
      </div>
    <//>
  <//>`;
}

/** @param {{bot: string}} props */
function Import({ bot }) {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const [over, setOver] = useState(false);
  const [done, setDone] = useState(/** @type {{file: string, outcome: Outcome} | null} */ (null));
  const importing = useAction();
  const take = (/** @type {File | undefined} */ file) => {
    if (!file) return;
    setDone(null);
    void importing.run(async () => {
      if (file.size > MAX_BYTES) throw new Error(t("settings.files.too_large"));
      setDone({ file: file.name, outcome: await api.post("/api/settings/import", await file.text(), { query: { bot_id: bot } }) });
    });
  };
  return html`<div
      class="set-drop"
      data-over=${over ? "" : undefined}
      onDragOver=${(/** @type {DragEvent} */ event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave=${() => setOver(false)}
      onDrop=${(/** @type {DragEvent} */ event) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer?.files[0]);
      }}
    >
      <${Icon} name="file" />
      <p>${t("settings.files.drop")}</p>
      <${Button} busy=${importing.busy} onClick=${() => input.current?.click()}>${t("settings.files.choose")}<//>
      <input
        ref=${input}
        type="file"
        accept=".csv,text/csv"
        hidden
        aria-label=${t("settings.files.choose")}
        onChange=${(/** @type {any} */ event) => {
          take(event.target.files[0]);
          event.target.value = "";
        }}
      />
    </div>
    <div role="status">
      ${importing.problem && html`<${Note} tone="bad" icon="alert">${importing.problem.message}<//>`}
      ${done && html`<${Result} ...${done} />`}
    </div>`;
}

/** @param {{file: string, outcome: Outcome}} props */
function Result({ file, outcome: { kind, accepted, created, updated, rejected, notes } }) {
  const what = kind === "config" ? t("settings.files.settings", { n: accepted }) : t("settings.files.people", { created: created ?? 0, updated: updated ?? 0 });
  return html`<div class="stack">
    <${Note} tone=${rejected.length ? "warn" : "good"} icon=${rejected.length ? "alert" : "check"} title=${`${file}: ${what}`}>
      ${rejected.length > 0 && html`<p>${t("settings.files.rejected", { n: rejected.length })}</p>`} ${notes.map((note) => html`<p>${note}</p>`)}
    <//>
    ${
      rejected.length > 0 &&
      html`<div class="table-frame">
        <table class="table" aria-label=${t("settings.files.rejected", { n: rejected.length })}>
          <thead><tr><th scope="col" data-align="end">${t("settings.files.line")}</th><th scope="col">${t("settings.files.name")}</th><th scope="col">${t("settings.files.reason")}</th></tr></thead>
          <tbody>
            ${rejected.map(
              ({ line, name, reason, nearest }) =>
                html`<tr key=${line}>
                  <td data-align="end" data-label=${t("settings.files.line")}>${line}</td>
                  <td data-label=${t("settings.files.name")}>${name && html`<code>${name}</code>`}</td>
                  <td data-label=${t("settings.files.reason")}><span>${reason}${nearest && html`<br /><span class="faint">${t("settings.files.nearest")} <code>${nearest}</code></span>`}</span></td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>`
    }
  </div>`;
}
