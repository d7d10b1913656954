// What everybody sets for themselves.

import { html } from "../../lib.js";
import { PreferenceFields } from "../../shell/preferencefields.js";
import { t } from "../../text.js";
import { Card, Section } from "./parts.js";

export default function Preferences() {
  return html`<${Section} title=${t("settings.section.preferences")} text=${t("settings.preferences.text")}>
    <${Card} title=${t("settings.preferences.console")}><${PreferenceFields} /><//>
  <//>`;
}
