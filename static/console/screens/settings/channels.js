// Channels: the connections to where customers write.

import { api } from "../../api/client.js";
import { may } from "../../api/session.js";
import { html } from "../../lib.js";
import { ChannelIcon, Empty, Icon, Loaded, Time, useLoad } from "../../components/index.js";
import { locale, t } from "../../text.js";
import { Editor } from "./channel.js";
import { HealthChip, useHealth } from "./health.js";
import { Section, useFresh } from "./parts.js";

/** @import { Bot, Channel, ChannelKind } from "../../api/types" */

/** @param {{rest: string[], query: Record<string, string>}} props */
export default function Channels({ rest: [id], query }) {
  const bots = useLoad((signal) => api.all("/api/bots", {}, { signal }), [], ["bot"]);
  const kinds = useLoad(async (signal) => (await api.get("/api/channels/kinds", { signal })).items, [locale.value]);
  if (!id) return html`<${List} bots=${bots.data ?? []} />`;
  return html`<${Loaded} of=${kinds}>
    ${(/** @type {ChannelKind[]} */ known) =>
      id === "new" && !known.some(({ kind }) => kind === query.kind)
        ? html`<${Gallery} kinds=${known} />`
        : html`<${Loaded} of=${bots}>${(/** @type {Bot[]} */ all) => html`<${One} key=${`${id} ${query.kind}`} id=${id} kind=${query.kind} kinds=${known} bots=${all} />`}<//>`}
  <//>`;
}

/** @param {{bots: Bot[]}} props */
function List({ bots }) {
  const channels = useLoad((signal) => api.all("/api/channels", {}, { signal }), [], ["channel"]);
  useFresh(channels.reload);
  useHealth(channels.reload);
  const add = may("manage_channels") && html`<a class="button" data-kind="primary" href="/settings/channels/new"><${Icon} name="plus" />${t("settings.channels.new")}</a>`;
  return html`<${Section} title=${t("settings.section.channels")} text=${t("settings.channels.text")} actions=${add}>
    <${Loaded} of=${channels} empty=${html`<${Empty} icon="chat" title=${t("settings.channels.empty.title")} text=${t("settings.channels.empty.text")}>${add}<//>`}>
      ${(/** @type {Channel[]} */ rows) =>
        html`<ul class="set-cards">
          ${rows.map(
            (channel) =>
              html`<li key=${channel.id}>
                <a class="set-tile" href=${`/settings/channels/${channel.id}`}>
                  <span class="set-mark"><${ChannelIcon} kind=${channel.kind} /></span>
                  <span class="grow">
                    <strong class="cut">${channel.name}</strong>
                    <span class="faint small cut">${t(`settings.channel.${channel.kind}`)} · ${bots.find(({ id }) => id === channel.bot_id)?.name ?? ""}</span>
                    ${channel.health !== "ok" && channel.is_active && html`<span class="small set-reason">${channel.health_reason} · <${Time} at=${channel.health_since} /></span>`}
                  </span>
                  <${HealthChip} channel=${channel} />
                </a>
              </li>`,
          )}
        </ul>`}
    <//>
  <//>`;
}

/** @param {{kinds: readonly ChannelKind[]}} props */
function Gallery({ kinds }) {
  if (!may("manage_channels")) return html`<${Empty} icon="lock" title=${t("problem.forbidden.title")} text=${t("problem.forbidden.text")} />`;
  return html`<${Section} back=${{ href: "/settings/channels", label: t("settings.section.channels") }} title=${t("settings.channels.new")} text=${t("settings.channels.choose")}>
    <ul class="set-cards set-gallery">
      ${kinds.map(
        ({ kind, label, text }) =>
          html`<li key=${kind}>
            <a class="set-tile" href=${`/settings/channels/new?kind=${kind}`}>
              <span class="set-mark"><${ChannelIcon} kind=${kind} /></span>
              <span class="grow"><strong>${label}</strong><span class="faint small">${text}</span></span>
              <${Icon} name="chevron_right" />
            </a>
          </li>`,
      )}
    </ul>
  <//>`;
}

/** @param {{id: string, kind: string, kinds: readonly ChannelKind[], bots: Bot[]}} props */
function One({ id, kind, kinds, bots }) {
  const channel = useLoad(
    (signal) =>
      id === "new"
        ? Promise.resolve({ kind, provider: kinds.find((one) => one.kind === kind)?.provider, name: "", bot_id: bots[0]?.id ?? "", credentials: {}, settings: {}, is_active: true })
        : api.get(`/api/channels/${id}`, { signal }),
    [id],
  );
  useHealth(channel.reload);
  return html`<${Loaded} of=${channel}>
    ${(/** @type {Channel} */ stored) => html`<${Editor} stored=${stored} provider=${kinds.find((one) => one.kind === stored.kind && one.provider === stored.provider)} bots=${bots} onStored=${channel.set} onReload=${channel.reload} />`}
  <//>`;
}
