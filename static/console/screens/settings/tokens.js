// API tokens: what programs use instead of a login. Their text is shown once.

import { api } from "../../api/client.js";
import { html, useState } from "../../lib.js";
import { Button, Checkbox, Chip, Dialog, Empty, IconButton, Loaded, Select, Table, TextField, Time, confirmDialog, openDialog, useAction, useLoad } from "../../components/index.js";
import { toastProblem } from "../../shell/toasts.js";
import { date, t } from "../../text.js";
import { CopyField, Note, Section, useFresh } from "./parts.js";

/** @typedef {{id: string, name: string, user_id: string, last4: string, scopes: string[], created_at: string, expires_at: string | null, last_used_at: string | null, revoked_at: string | null}} Token */

const AREAS = ["conversations", "attendants", "queues", "crm", "tickets", "knowledge", "assist", "meetings", "reports", "campaigns", "bots", "channels", "users", "settings", "account", "organizations"];

export default function Tokens() {
  const [ended, setEnded] = useState(false);
  const tokens = useLoad((signal) => api.all("/api/tokens", { ended: ended || null }, { signal }), [ended], ["token"]);
  useFresh(tokens.reload);
  const create = async () => {
    const made = await openDialog((/** @type {(made?: any) => void} */ close) => html`<${Maker} onClose=${close} />`);
    if (!made) return;
    tokens.reload();
    await openDialog((/** @type {() => void} */ close) => html`<${Made} token=${made} onClose=${close} />`);
  };
  const revoke = async (/** @type {Token} */ token) => {
    if (!(await confirmDialog({ title: t("settings.tokens.revoke.title", { name: token.name }), text: t("settings.tokens.revoke.text"), confirm: t("settings.tokens.revoke"), danger: true }))) return;
    await api.del(`/api/tokens/${token.id}`).catch(toastProblem);
    tokens.reload();
  };
  const over = (/** @type {Token} */ token) => token.revoked_at || (token.expires_at && Date.parse(token.expires_at) < Date.now());
  const add = html`<${Button} kind="primary" icon="plus" onClick=${create}>${t("settings.tokens.new")}<//>`;
  return html`<${Section} title=${t("settings.section.tokens")} text=${t("settings.tokens.text")} actions=${add}>
    <div class="row set-tools"><${Checkbox} label=${t("settings.tokens.ended")} checked=${ended} onValue=${setEnded} /></div>
    <${Loaded} of=${tokens} empty=${html`<${Empty} icon="lock" title=${t("settings.tokens.empty.title")} text=${t("settings.tokens.empty.text")}>${add}<//>`}>
      ${(/** @type {Token[]} */ rows) =>
        html`<${Table}
          label=${t("settings.section.tokens")}
          rows=${[...rows].reverse()}
          rowKey=${(/** @type {Token} */ { id }) => id}
          columns=${[
            { id: "name", title: t("settings.tokens.name"), primary: true, cell: (/** @type {Token} */ token) => html`<span class="set-name"><strong>${token.name}</strong> <code class="faint small">…${token.last4}</code></span>` },
            { id: "scopes", title: t("settings.tokens.scopes"), cell: (/** @type {Token} */ { scopes }) => html`<span class="set-chips">${scopes.slice(0, 3).map((scope) => html`<${Chip} key=${scope}>${scope}<//>`)}${scopes.length > 3 && html`<${Chip} title=${scopes.join(", ")}>+${scopes.length - 3}<//>`}</span>` },
            { id: "used", title: t("settings.tokens.used"), cell: (/** @type {Token} */ token) => (token.last_used_at ? html`<${Time} at=${token.last_used_at} />` : html`<span class="faint">${t("settings.never")}</span>`) },
            {
              id: "expires",
              title: t("settings.tokens.expires"),
              cell: (/** @type {Token} */ token) =>
                over(token) ? html`<${Chip} tone="warn">${token.revoked_at ? t("settings.tokens.revoked") : t("settings.tokens.over")}<//>` : token.expires_at ? date(token.expires_at) : html`<span class="faint">${t("settings.tokens.forever")}</span>`,
            },
            { id: "revoke", title: "", align: "end", cell: (/** @type {Token} */ token) => !over(token) && html`<${IconButton} icon="trash" label=${`${t("settings.tokens.revoke")}: ${token.name}`} onClick=${() => revoke(token)} />` },
          ]}
        />`}
    <//>
  <//>`;
}

/** Days until a token ends, by choice; empty: never. */
const LIVES = ["30", "90", "365", ""];

/** @param {{onClose: (made?: any) => void}} props */
function Maker({ onClose }) {
  const [name, setName] = useState("");
  const [life, setLife] = useState("365");
  const [access, setAccess] = useState(/** @type {Record<string, string>} */ ({}));
  const making = useAction();
  const scopes = Object.entries(access).filter(([, level]) => level).map(([area, level]) => `${area}:${level}`);
  const make = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const expires_at = life ? new Date(Date.now() + Number(life) * 86_400_000).toISOString() : null;
    await making.run(async () => onClose(await api.post("/api/tokens", { name, scopes, expires_at })));
  };
  return html`<${Dialog} title=${t("settings.tokens.new")} size="large" onClose=${() => onClose()}>
    <form class="stack" onSubmit=${make}>
      <div class="set-grid">
        <${TextField} label=${t("settings.tokens.name")} help=${t("settings.tokens.name.help")} required maxlength="120" value=${name} error=${making.problem?.of?.("name")} onValue=${setName} />
        <${Select} label=${t("settings.tokens.expires")} value=${life} options=${LIVES.map((days) => ({ value: days, label: days ? t("settings.days", { n: Number(days) }) : t("settings.tokens.forever") }))} onValue=${setLife} />
      </div>
      <fieldset class="set-scopes">
        <legend class="set-label">${t("settings.tokens.scopes")}</legend>
        <p class="faint small">${t("settings.tokens.scopes.help")}</p>
        ${AREAS.map(
          (area) =>
            html`<div class="set-scope" key=${area}>
              <span class="grow">${t(`scope.${area}`)} <code class="faint small">${area}</code></span>
              <${Select} hide label=${t(`scope.${area}`)} value=${access[area] ?? ""} options=${["", "read", "write"].map((value) => ({ value, label: t(`scope.access.${value || "none"}`) }))} onValue=${(/** @type {string} */ level) => setAccess({ ...access, [area]: level })} />
            </div>`,
        )}
      </fieldset>
      ${making.problem && html`<p class="error" role="alert">${making.problem.errors?.[0]?.message ?? making.problem.message}</p>`}
      <footer class="dialog-foot">
        <${Button} onClick=${() => onClose()}>${t("cancel")}<//>
        <${Button} type="submit" kind="primary" busy=${making.busy} disabled=${!scopes.length || !name.trim()}>${t("settings.tokens.create")}<//>
      </footer>
    </form>
  <//>`;
}

/** @param {{token: {name: string, token: string}, onClose: () => void}} props */
function Made({ token, onClose }) {
  return html`<${Dialog} title=${t("settings.tokens.made", { name: token.name })} required onClose=${onClose} footer=${html`<${Button} kind="primary" onClick=${onClose}>${t("settings.tokens.kept")}<//>`}>
    <${Note} tone="warn" icon="alert">${t("settings.tokens.once")}<//>
    <${CopyField} label=${t("settings.tokens.token")} value=${token.token} />
    <${CopyField} label=${t("settings.tokens.try")} value=${`curl -H "Authorization: Bearer ${token.token}" ${location.origin}/api/auth/me`} lines=${2} />
  <//>`;
}
