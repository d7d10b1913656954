// What an administrator arranges.

import { api } from "../../api/client.js";
import { html } from "../../lib.js";
import { ChannelIcon, Chip, Empty, Loaded, Page, Table, useLoad } from "../../components/index.js";
import { may } from "../../api/session.js";
import { t } from "../../text.js";

/** @import { Channel } from "../../api/types" */

export default function Settings() {
  const channels = useLoad(async (signal) => (may("view_channels") ? /** @type {Promise<Channel[]>} */ (api.all("/api/channels", {}, { signal })) : []), []);
  return html`<${Page} title=${t("settings.title")} text=${t("settings.text")}>
    <${Loaded} of=${channels} empty=${html`<${Empty} icon="globe" title=${t("settings.channels.empty.title")} text=${t("settings.channels.empty.text")} />`}>
      ${(/** @type {Channel[]} */ rows) =>
        html`<${Table}
          label=${t("settings.channels")}
          rows=${rows}
          rowKey=${(/** @type {Channel} */ { id }) => id}
          columns=${[
            { id: "name", title: t("settings.channels"), primary: true, cell: (/** @type {Channel} */ { kind, name }) => html`<span class="row"><${ChannelIcon} kind=${kind} /><strong>${name}</strong></span>` },
            { id: "health", title: t("settings.health"), cell: (/** @type {Channel} */ { health }) => html`<${Chip} tone=${health === "ok" ? "good" : health === "down" ? "bad" : "warn"}>${t(`health.${health}`)}<//>` },
          ]}
        />`}
    <//>
  <//>`;
}
