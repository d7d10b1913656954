// One channel: how it is doing, its credentials, what to enter at the provider, how its widget looks.

import { api } from "../../api/client.js";
import { may } from "../../api/session.js";
import { html, useState } from "../../lib.js";
import { Button, ChannelIcon, Field, Icon, Loaded, Select, Switch, TextField, Time, confirmDialog, useAction, useLoad } from "../../components/index.js";
import { navigate } from "../../shell/router.js";
import { toast, toastProblem } from "../../shell/toasts.js";
import { t } from "../../text.js";
import { useForm } from "./form.js";
import { HealthChip, useHealth } from "./health.js";
import { Card, CopyField, ListField, Note, SaveBar, Section, SecretField } from "./parts.js";
import { Appearance } from "./webchat.js";
import { secret } from "./values.js";

/** @import { Bot, Channel, ChannelField, ChannelKind } from "../../api/types" */

/** The tag of the widget for a site's pages. @param {string} origin @param {string} channel */
const snippet = (origin, channel) => `<script async src="${origin}/widget.js" data-channel="${channel}"></script>`;

/** @param {{stored: Channel, provider: ChannelKind | undefined, bots: Bot[], onStored: (channel: any) => void, onReload: () => void}} props */
export function Editor({ stored, provider, bots, onStored, onReload }) {
  const fresh = !stored.id;
  const form = useForm(`channels/${stored.id ?? `new ${stored.kind}`}`, stored);
  const saving = useAction();
  const editable = may("manage_channels");
  const { values, set } = form;
  const given = form.changes.credentials ?? {};
  const error = (/** @type {string} */ field) => saving.problem?.of?.(field);
  const setting = (/** @type {string} */ name, /** @type {any} */ value) => {
    const { [name]: _, ...others } = values.settings;
    set({ settings: value === undefined || value === "" ? others : { ...others, [name]: value } });
  };
  const credential = (/** @type {string} */ name, /** @type {any} */ value) => {
    const { [name]: _, ...others } = given;
    const next = value === undefined ? others : { ...others, [name]: value };
    set({ credentials: Object.keys(next).length ? next : stored.credentials });
  };
  const save = () =>
    saving.run(async () => {
      const credentials = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ""));
      const changes = { ...form.changes, credentials: Object.keys(credentials).length ? credentials : undefined };
      const answer = fresh
        ? await api.post("/api/channels", { ...changes, kind: stored.kind, provider: stored.provider, name: values.name, bot_id: values.bot_id }, { idempotencyKey: true })
        : await api.put(`/api/channels/${stored.id}`, changes, { ifMatch: stored });
      form.reset();
      toast({ text: t("settings.saved"), kind: "good" });
      if (fresh) navigate(`/settings/channels/${answer.id}`, { replace: true });
      else onStored(answer);
    });
  const remove = async () => {
    if (!(await confirmDialog({ title: t("settings.channels.delete", { name: stored.name }), text: t("settings.channels.delete.text"), confirm: t("settings.delete"), danger: true }))) return;
    try {
      await api.del(`/api/channels/${stored.id}`, undefined, { ifMatch: stored });
      form.reset();
      toast({ text: t("settings.deleted"), kind: "good" });
      navigate("/settings/channels");
    } catch (problem) {
      toastProblem(problem);
    }
  };
  const shown = ["name", "bot_id", ...(provider?.credentials ?? []).map(({ name }) => `credentials.${name}`), ...(provider?.settings ?? []).map(({ name }) => `settings.${name}`)];
  return html`<${Section}
    back=${{ href: "/settings/channels", label: t("settings.section.channels") }}
    title=${html`<span class="row"><${ChannelIcon} kind=${stored.kind} />${fresh ? provider?.label : stored.name}</span>`}
    text=${fresh ? provider?.text : provider?.label}
    actions=${!fresh && editable && html`<${Button} icon="trash" onClick=${remove}>${t("settings.delete")}<//>`}
    wide=${stored.kind === "web"}
  >
    ${!fresh && html`<${HealthCard} channel=${stored} unsaved=${form.dirty} />`}
    <${Card} title=${t("settings.channels.general")}>
      <div class="set-grid">
        <${TextField} label=${t("settings.channels.name")} help=${t("settings.channels.name.help")} required maxlength="120" value=${values.name} error=${error("name")} disabled=${!editable} onValue=${(/** @type {string} */ name) => set({ name })} />
        <${Select} label=${t("settings.channels.bot")} help=${t("settings.channels.bot.help")} value=${values.bot_id} error=${error("bot_id")} disabled=${!editable} options=${bots.map(({ id, name }) => ({ value: id, label: name }))} onValue=${(/** @type {string} */ bot_id) => set({ bot_id })} />
      </div>
      ${!fresh && html`<${Switch} label=${t("settings.channels.is_active")} help=${t("settings.channels.is_active.help")} checked=${values.is_active} disabled=${!editable} onValue=${(/** @type {boolean} */ is_active) => set({ is_active })} />`}
    <//>
    ${
      provider &&
      html`<${Card} title=${t(`settings.credentials.${stored.kind}`)} text=${t(`settings.credentials.${stored.kind}.text`)}>
        <div class="stack">
          ${
            stored.kind === "web" &&
            html`<${Origins} of=${provider.credentials.find(({ name }) => name === "allowed_origins")} hidden=${Boolean(stored.credentials.allowed_origins?.set) && given.allowed_origins !== null} values=${values.settings.allowed_origins ?? []} editable=${editable}
              onReplace=${() => credential("allowed_origins", null)} onValue=${(/** @type {string[]} */ next) => setting("allowed_origins", next.length ? next : undefined)} />`
          }
          ${provider.credentials.filter(({ form: shape }) => shape !== "list").map((one) => html`<${CredentialField} key=${one.name} of=${one} kind=${stored.kind} stored=${stored.credentials[one.name]} value=${given[one.name]} error=${error(`credentials.${one.name}`)} editable=${editable} onValue=${(/** @type {any} */ value) => credential(one.name, value)} />`)}
        </div>
        ${
          provider.settings.length > 0 &&
          html`<details class="set-more-settings" open=${provider.settings.some(({ name }) => values.settings[name] || error(`settings.${name}`))}>
            <summary>${t("settings.channels.advanced")}</summary>
            <div class="set-grid">
              ${provider.settings.map(({ name, label, help }) => html`<${TextField} key=${name} label=${label} help=${help || undefined} optional=${t("settings.optional")} value=${values.settings[name] ?? ""} error=${error(`settings.${name}`)} disabled=${!editable} onValue=${(/** @type {string} */ value) => setting(name, value.trim())} />`)}
            </div>
          </details>`
        }
      <//>`
    }
    ${!fresh && html`<${Steps} channel=${stored} />`}
    ${stored.kind === "web" && html`<${Appearance} settings=${values.settings} name=${values.name} editable=${editable} onValue=${setting} />`}
    ${editable && html`<${SaveBar} form=${form} action=${saving} onSave=${save} onReload=${onReload} fresh=${fresh} label=${fresh ? t("settings.channels.create") : undefined} shown=${shown} />`}
  <//>`;
}

/** @param {{of: ChannelField, kind: string, stored: any, value: any, error?: string, editable: boolean, onValue: (value: any) => void}} props */
function CredentialField({ of: { label, help: said, required, secret: hidden, generate, form }, kind, stored, value, error, editable, onValue }) {
  const help = said || undefined;
  const optional = required ? undefined : t("settings.optional");
  if (hidden || stored?.set) {
    return html`<${SecretField} ...${{ label, help, error, optional, stored, value, onValue, disabled: !editable, removable: !required, generate: generate ? () => secret(kind === "web" ? 40 : 32) : undefined }} />`;
  }
  return html`<${TextField} ...${{ label, help, error, optional }} value=${value ?? ""} disabled=${!editable} inputmode=${form === "digits" ? "numeric" : form === "url" ? "url" : undefined} spellcheck="false" autocomplete="off" onValue=${(/** @type {string} */ text) => onValue(text.trim() || undefined)} />`;
}

/**
 * Sites that may show the widget. A list that was given as a credential is not told: a new one takes its place.
 * @param {{of: ChannelField | undefined, hidden: boolean, values: string[], editable: boolean, onReplace: () => void, onValue: (values: string[]) => void}} props
 */
function Origins({ of, hidden, values, editable, onReplace, onValue }) {
  const label = of?.label ?? "";
  if (!hidden) return html`<${ListField} label=${label} help=${of?.help} values=${values} disabled=${!editable} placeholder="https://www.loja.com.br" onValue=${onValue} />`;
  return html`<${Field} label=${label}>
    ${(/** @type {any} */ attributes) =>
      html`<div class="row set-secret">
        <output class="input grow" ...${attributes}><${Icon} name="shield" /> ${t("settings.origins.set")}</output>
        ${editable && html`<${Button} onClick=${onReplace}>${t("settings.secret.replace")}<//>`}
      </div>`}
  <//>`;
}

/** How the channel is doing, live, and whether the provider takes its credentials. @param {{channel: Channel, unsaved: boolean}} props */
function HealthCard({ channel, unsaved }) {
  const health = useLoad((signal) => api.get(`/api/channels/${channel.id}/health`, { signal }), [channel.id, channel.updated_at]);
  useHealth(health.reload);
  const testing = useAction();
  const [answer, setAnswer] = useState(/** @type {{ok: boolean, text: string, detail?: string} | null} */ (null));
  const test = () => testing.run(async () => setAnswer(await api.post(`/api/channels/${channel.id}/test`)));
  return html`<${Card}
    title=${html`<span class="row">${t("settings.health")} <${HealthChip} channel=${channel} /></span>`}
    actions=${may("manage_channels") && html`<${Button} icon="bolt" busy=${testing.busy} onClick=${test}>${t("settings.channels.test")}<//>`}
  >
    ${channel.health !== "ok" && channel.health_reason && html`<${Note} tone=${channel.health === "down" ? "bad" : "warn"} icon="alert">${channel.health_reason}<//>`}
    <div role="status">
      ${testing.problem && html`<${Note} tone="bad" icon="alert">${testing.problem.message}<//>`}
      ${answer && html`<${Note} tone=${answer.ok ? "good" : "bad"} icon=${answer.ok ? "check" : "alert"} title=${answer.text}>${answer.detail && html`<p class="small">${answer.detail}</p>`}${unsaved && html`<p class="small">${t("settings.channels.test.unsaved")}</p>`}<//>`}
    </div>
    <${Loaded} of=${health} skeleton=${html`<p class="faint">${t("loading")}</p>`}>
      ${(/** @type {any} */ { since, outbox, inbox_failed: failed }) =>
        html`<dl class="set-facts">
            <div><dt>${t("settings.channels.since")}</dt><dd><${Time} at=${since} /></dd></div>
            <div><dt>${t("settings.channels.queued")}</dt><dd class="tabular">${outbox.queued}${outbox.oldest_at && html` <span class="faint small"><${Time} at=${outbox.oldest_at} /></span>`}</dd></div>
            <div data-tone=${outbox.dead ? "bad" : undefined}><dt>${t("settings.channels.dead")}</dt><dd class="tabular">${outbox.dead}</dd></div>
            <div data-tone=${failed ? "bad" : undefined}><dt>${t("settings.channels.unread")}</dt><dd class="tabular">${failed}</dd></div>
          </dl>
          ${outbox.last_error && html`<p class="faint small">${t("settings.channels.last_error")} <${Time} at=${outbox.last_error_at} />: ${outbox.last_error}</p>`}`}
    <//>
  <//>`;
}

/** What is to be done on the other side. @param {{channel: Channel}} props */
function Steps({ channel }) {
  if (channel.kind === "web") {
    return html`<${Card} title=${t("settings.steps.web")} text=${t("settings.steps.web.text")}>
      <${CopyField} label=${t("settings.steps.snippet")} lines=${2} value=${snippet(new URL(channel.webhook_url).origin, channel.id)} />
      <p class="faint small">${t("settings.steps.csp")}</p>
    <//>`;
  }
  if (channel.kind === "api") {
    const base = new URL(channel.webhook_url).origin;
    return html`<${Card} title=${t("settings.steps.api")} text=${t("settings.steps.api.text")}>
      <${CopyField} label=${t("settings.steps.api.url")} value=${`${base}/api/channels/${channel.id}/messages`} />
      <${CopyField}
        label=${t("settings.steps.api.example")}
        lines=${4}
        value=${`curl ${base}/api/channels/${channel.id}/messages \\\n  -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\\n  -d '{"external_id": "m-1", "from": {"id": "42", "name": "Maria"}, "text": "Olá"}'`}
      />
      <p class="faint small"><a href="/settings/tokens">${t("settings.steps.api.token")}</a></p>
    <//>`;
  }
  return html`<${Card} title=${t("settings.steps.whatsapp")} text=${t("settings.steps.whatsapp.text")}>
    <${CopyField} label=${t("settings.steps.webhook")} value=${channel.webhook_url} />
    ${channel.webhook_url.startsWith("http:") && html`<${Note} tone="warn" icon="alert">${t("settings.steps.https")}<//>`}
    <ol class="set-steps">
      ${[1, 2, 3, 4].map((step) => html`<li key=${step}>${t(`settings.steps.whatsapp.${step}`)}</li>`)}
    </ol>
    <a class="link" href="https://developers.facebook.com/apps/" target="_blank" rel="noreferrer">${t("settings.steps.open")} <${Icon} name="external" /></a>
  <//>`;
}
