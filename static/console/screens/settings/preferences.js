// What everybody sets for themselves.

import { may, me } from "../../api/session.js";
import { html } from "../../lib.js";
import { Avatar, Chip } from "../../components/index.js";
import { PreferenceFields } from "../../shell/preferencefields.js";
import { t } from "../../text.js";
import { Card, Section } from "./parts.js";

export default function Preferences() {
  const person = me.value;
  return html`<${Section} title=${t("settings.section.preferences")} text=${t("settings.preferences.text")}>
    <${Card} title=${t("settings.preferences.console")}><${PreferenceFields} /><//>
    <${Card} title=${t("settings.preferences.account")}>
      <div class="row">
        <${Avatar} name=${person?.name ?? ""} size="large" />
        <div class="grow">
          <p class="cut"><strong>${person?.name}</strong></p>
          <p class="faint small cut">${person?.email} · ${person?.organization.name}</p>
        </div>
        <${Chip}>${t(`role.${person?.role}`)}<//>
      </div>
      ${
        may("manage_users")
          ? html`<p><a class="link" href=${`/settings/users/${person?.id}`}>${t("settings.preferences.edit")}</a></p>`
          : html`<p class="faint small">${t("settings.preferences.ask")}</p>`
      }
    <//>
  <//>`;
}
