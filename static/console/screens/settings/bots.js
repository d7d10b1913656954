// Bots: who answers while nobody does.

import { api } from "../../api/client.js";
import { may } from "../../api/session.js";
import { html, useState } from "../../lib.js";
import { Button, ChannelIcon, Chip, Dialog, Empty, Icon, Loaded, Select, Table, Tabs, TextField, Time, confirmDialog, openDialog, useAction, useLoad } from "../../components/index.js";
import { navigate, setQuery } from "../../shell/router.js";
import { toast, toastProblem } from "../../shell/toasts.js";
import { LOCALES, loadTexts, locale, t } from "../../text.js";
import { Failures, RunsByItself } from "./botruns.js";
import { useForm } from "./form.js";
import { KeyFields } from "./keyfields.js";
import { Card, SaveBar, Section, useFresh } from "./parts.js";
import { Script } from "./script.js";

/** @import { Bot, Channel } from "../../api/types" */
/** @import { Brief } from "./failures.js" */

/** @type {readonly Bot["engine"][]} */
const ENGINES = ["reply", "basic", "agent", "journey", "off"];

/** @param {{rest: string[], query: Record<string, string>}} props */
export default function Bots({ rest: [id, part, name], query }) {
  if (id && part === "scripts" && name) return html`<${Script} key=${`${id} ${name}`} bot=${id} name=${name} line=${Number(query.line) || null} />`;
  return id ? html`<${One} key=${id} id=${id} tab=${query.tab ?? "texts"} />` : html`<${List} />`;
}

const channelsOf = (/** @type {AbortSignal} */ signal) => (may("view_channels") ? api.all("/api/channels", {}, { signal }) : Promise.resolve([]));

function List() {
  const bots = useLoad((signal) => api.all("/api/bots", {}, { signal }), [], ["bot"]);
  const channels = useLoad(channelsOf, []);
  useFresh(bots.reload);
  const create = async () => {
    const id = await openDialog((/** @type {(id?: string) => void} */ close) => html`<${Maker} onClose=${close} />`);
    if (id) navigate(`/settings/bots/${id}`);
  };
  const add = may("manage_bots") && html`<${Button} kind="primary" icon="plus" onClick=${create}>${t("settings.bots.new")}<//>`;
  return html`<${Section} title=${t("settings.section.bots")} text=${t("settings.bots.text")} actions=${add}>
    <${Loaded} of=${bots} empty=${html`<${Empty} icon="bot" title=${t("settings.bots.empty.title")} text=${t("settings.bots.empty.text")}>${add}<//>`}>
      ${(/** @type {Bot[]} */ rows) =>
        html`<ul class="set-cards">
          ${rows.map((bot) => {
            const own = (channels.data ?? []).filter((/** @type {Channel} */ { bot_id }) => bot_id === bot.id);
            return html`<li key=${bot.id}>
              <a class="set-tile" href=${`/settings/bots/${bot.id}`}>
                <span class="set-mark"><${Icon} name="bot" /></span>
                <span class="grow"><strong class="cut">${bot.name}</strong><span class="faint small cut">${t(`engine.${bot.engine}`)} · ${t(`language.${bot.locale}`)}</span></span>
                <span class="row">${own.slice(0, 4).map((/** @type {Channel} */ { id, kind, name }) => html`<${ChannelIcon} key=${id} kind=${kind} label=${name} />`)}${!own.length && html`<${Chip}>${t("settings.bots.no_channels")}<//>`}</span>
              </a>
            </li>`;
          })}
        </ul>`}
    <//>
  <//>`;
}

/** @param {{onClose: (id?: string) => void}} props */
function Maker({ onClose }) {
  const [name, setName] = useState("");
  const [engine, setEngine] = useState("basic");
  const [language, setLanguage] = useState("pt-BR");
  const making = useAction();
  const make = async (/** @type {Event} */ event) => {
    event.preventDefault();
    await making.run(async () => onClose((await api.post("/api/bots", { name, engine, locale: language }, { idempotencyKey: true })).id));
  };
  return html`<${Dialog} title=${t("settings.bots.new")} onClose=${() => onClose()}>
    <form class="stack" onSubmit=${make}>
      <${TextField} label=${t("settings.bots.name")} required maxlength="120" value=${name} error=${making.problem?.of?.("name")} onValue=${setName} />
      <${Select} label=${t("settings.bots.engine")} help=${t(`engine.${engine}.text`)} value=${engine} options=${ENGINES.map((value) => ({ value, label: t(`engine.${value}`) }))} onValue=${setEngine} />
      <${Select} label=${t("language.label")} value=${language} options=${LOCALES.map((value) => ({ value, label: t(`language.${value}`) }))} onValue=${setLanguage} />
      ${making.problem && !making.problem.errors?.length && html`<p class="error" role="alert">${making.problem.message}</p>`}
      <footer class="dialog-foot"><${Button} onClick=${() => onClose()}>${t("cancel")}<//><${Button} type="submit" kind="primary" busy=${making.busy} disabled=${!name.trim()}>${t("settings.create")}<//></footer>
    </form>
  <//>`;
}

/** @param {{id: string, tab: string}} props */
function One({ id, tab }) {
  const bot = useLoad((signal) => api.get(`/api/bots/${id}`, { signal }), [id]);
  const tabs = ["texts", "scripts", "settings"];
  return html`<${Loaded} of=${bot}>
    ${(/** @type {Bot} */ stored) => {
      const remove = async () => {
        if (!(await confirmDialog({ title: t("settings.bots.delete", { name: stored.name }), text: t("settings.bots.delete.text"), confirm: t("settings.delete"), danger: true }))) return;
        try {
          await api.del(`/api/bots/${id}`, undefined, { ifMatch: stored });
          navigate("/settings/bots");
        } catch (problem) {
          toastProblem(problem);
        }
      };
      return html`<${Section}
        back=${{ href: "/settings/bots", label: t("settings.section.bots") }}
        title=${html`<span class="row"><${Icon} name="bot" />${stored.name}</span>`}
        actions=${may("manage_bots") && html`<${Button} icon="trash" onClick=${remove}>${t("settings.delete")}<//>`}
      >
        <${Tabs} label=${stored.name} current=${tab} onSelect=${(/** @type {string} */ next) => setQuery({ tab: next })} tabs=${["general", ...tabs].map((one) => ({ id: one, label: t(`settings.bots.tab.${one}`) }))} />
        ${
          tab === "general"
            ? html`<${General} stored=${stored} onStored=${bot.set} onReload=${bot.reload} />`
            : tab === "scripts"
              ? html`<${Scripts} bot=${stored} />`
              : html`<${Settings} key=${tab} id=${id} only=${tab === "texts" ? ["bot"] : null} onChanged=${bot.reload} />`
        }
      <//>`;
    }}
  <//>`;
}

/** @param {{stored: Bot, onStored: (bot: any) => void, onReload: () => void}} props */
function General({ stored, onStored, onReload }) {
  const form = useForm(`bots/${stored.id}`, { name: stored.name, engine: stored.engine, locale: stored.locale });
  const saving = useAction();
  const channels = useLoad(channelsOf, []);
  const editable = may("manage_bots");
  const { values, set } = form;
  const save = () =>
    saving.run(async () => {
      onStored(await api.put(`/api/bots/${stored.id}`, form.changes, { ifMatch: stored }));
      form.reset();
      toast({ text: t("settings.saved"), kind: "good" });
    });
  const own = (channels.data ?? []).filter((/** @type {Channel} */ { bot_id }) => bot_id === stored.id);
  return html`<${Card} title=${t("settings.bots.general")}>
      <div class="set-grid">
        <${TextField} label=${t("settings.bots.name")} required maxlength="120" value=${values.name} error=${saving.problem?.of?.("name")} disabled=${!editable} onValue=${(/** @type {string} */ name) => set({ name })} />
        <${Select} label=${t("language.label")} value=${values.locale} disabled=${!editable} options=${LOCALES.map((value) => ({ value, label: t(`language.${value}`) }))} onValue=${(/** @type {string} */ next) => set({ locale: next })} />
      </div>
      <div class="set-choices" role="radiogroup" aria-label=${t("settings.bots.engine")}>
        ${ENGINES.map(
          (engine) =>
            html`<label class="set-choice" key=${engine}>
              <input type="radio" name="engine" value=${engine} checked=${values.engine === engine} disabled=${!editable} onChange=${() => set({ engine })} />
              <span><strong>${t(`engine.${engine}`)}</strong><span class="faint small">${t(`engine.${engine}.text`)}</span></span>
            </label>`,
        )}
      </div>
    <//>
    <${Card} title=${t("settings.section.channels")} text=${t("settings.bots.channels.text")}>
      ${own.length ? html`<ul class="set-links">${own.map((/** @type {Channel} */ { id, kind, name }) => html`<li key=${id}><a class="row" href=${`/settings/channels/${id}`}><${ChannelIcon} kind=${kind} />${name}</a></li>`)}</ul>` : html`<p class="faint">${t("settings.bots.no_channels")}</p>`}
    <//>
    ${editable && html`<${SaveBar} form=${form} action=${saving} onSave=${save} onReload=${onReload} shown=${["name"]} />`}`;
}

/** @param {{id: string, only: string[] | null, onChanged: () => void}} props */
function Settings({ id, only, onChanged }) {
  const settings = useLoad(async (signal) => {
    const [view] = await Promise.all([api.get("/api/settings", { signal, query: { bot_id: id } }), loadTexts("settings_keys")]);
    return view;
  }, [id, locale.value]);
  const stored = (/** @type {any} */ view) => {
    settings.set(view);
    onChanged(); // its version is another one now
  };
  return html`<${Loaded} of=${settings}>
    ${(/** @type {any} */ view) => html`<p class="faint set-about">${only ? t("settings.bots.texts.text") : t("settings.bots.settings.text")}</p><${KeyFields} view=${view} only=${only ?? undefined} first=${["bot", "attendance"]} onStored=${stored} onReload=${settings.reload} editable=${may("manage_settings")} />`}
  <//>`;
}

/** @param {{bot: Bot}} props */
function Scripts({ bot }) {
  const scripts = useLoad((signal) => api.all(`/api/bots/${bot.id}/scripts`, {}, { signal }), [bot.id], ["bot"]);
  useFresh(scripts.reload);
  const create = async () => {
    const name = await openDialog((/** @type {(name?: string) => void} */ close) => html`<${Namer} taken=${(scripts.data ?? []).map((/** @type {Brief} */ one) => one.name)} onClose=${close} />`);
    if (name) navigate(`/settings/bots/${bot.id}/scripts/${encodeURIComponent(name)}`);
  };
  const add = may("manage_bots") && html`<${Button} kind="primary" icon="plus" onClick=${create}>${t("settings.scripts.new")}<//>`;
  return html`<div class="row set-tools"><p class="faint grow">${t("settings.scripts.text")}</p>${scripts.data?.length ? add : null}</div>
    <${Loaded} of=${scripts} empty=${html`<${Empty} icon="file" title=${t("settings.scripts.empty.title")} text=${t("settings.scripts.empty.text")}>${add}<//>`}>
      ${(/** @type {Brief[]} */ rows) =>
        html`<${Table}
          label=${t("settings.bots.tab.scripts")}
          rows=${rows}
          rowKey=${(/** @type {Brief} */ { name }) => name}
          onOpen=${(/** @type {Brief} */ { name }) => navigate(`/settings/bots/${bot.id}/scripts/${encodeURIComponent(name)}`)}
          columns=${[
            { id: "name", title: t("settings.scripts.name"), primary: true, cell: (/** @type {Brief} */ { name }) => html`<a class="set-plain" href=${`/settings/bots/${bot.id}/scripts/${encodeURIComponent(name)}`}><code class="set-code">${name}</code></a>` },
            {
              id: "published",
              title: t("settings.scripts.state"),
              cell: (/** @type {Brief} */ { version, published_version: published }) =>
                published === version ? html`<${Chip} tone="good">${t("settings.scripts.live", { n: String(version) })}<//>` : published ? html`<${Chip} tone="warn">${t("settings.scripts.ahead", { live: String(published), n: String(version) })}<//>` : html`<${Chip}>${t("settings.scripts.draft")}<//>`,
            },
            { id: "updated", title: t("settings.scripts.updated"), cell: (/** @type {Brief} */ row) => html`<span>${row.updated_by ?? ""} <span class="faint"><${Time} at=${row.updated_at} /></span></span>` },
          ]}
        />
          <div class="set-below"><${Failures} bot=${bot.id} scripts=${rows} /><${RunsByItself} bot=${bot.id} /></div>`}
    <//>`;
}

/** @param {{taken: string[], onClose: (name?: string) => void}} props */
function Namer({ taken, onClose }) {
  const [name, setName] = useState(taken.includes("start") ? "" : "start");
  const fits = /^[\p{L}\p{N}_.-]{1,80}$/u.test(name);
  const error = !name || fits ? (taken.includes(name) ? t("settings.scripts.taken") : null) : t("settings.scripts.name.rule");
  return html`<${Dialog} title=${t("settings.scripts.new")} size="small" onClose=${() => onClose()}>
    <form class="stack" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); if (fits && !error) onClose(name); }}>
      <${TextField} label=${t("settings.scripts.name")} help=${t("settings.scripts.name.help")} value=${name} error=${error} onValue=${setName} />
      <footer class="dialog-foot"><${Button} onClick=${() => onClose()}>${t("cancel")}<//><${Button} type="submit" kind="primary" disabled=${!fits || Boolean(error)}>${t("settings.create")}<//></footer>
    </form>
  <//>`;
}
