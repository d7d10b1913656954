// The organization's settings.

import { api } from "../../api/client.js";
import { may, me } from "../../api/session.js";
import { html } from "../../lib.js";
import { Loaded, useLoad } from "../../components/index.js";
import { locale, t } from "../../text.js";
import { KeyFields } from "./keyfields.js";
import { Section, useFresh } from "./parts.js";

/** @import { View } from "./keyfields.js" */

export default function Organization() {
  const settings = useLoad((signal) => api.get("/api/settings", { signal }), [locale.value]);
  useFresh(settings.reload);
  return html`<${Section} title=${t("settings.section.organization")} text=${t("settings.organization.text", { name: me.value?.organization.name ?? "" })}>
    <${Loaded} of=${settings}>
      ${(/** @type {View} */ view) =>
        html`<${KeyFields} view=${view} onStored=${settings.set} onReload=${settings.reload} editable=${may("manage_settings")} first=${["modules", "attendance", "business hours"]} />`}
    <//>
  <//>`;
}
