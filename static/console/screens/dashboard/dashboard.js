// The floor at a glance: what waits, who is there, how fast we answer.

import { api } from "../../api/client.js";
import { html } from "../../lib.js";
import { Loaded, Page, useLoad } from "../../components/index.js";
import { duration, number, percent, t } from "../../text.js";

/** @import { Insights } from "../../api/types" */

export default function Dashboard() {
  const insights = useLoad((signal) => /** @type {Promise<Insights>} */ (api.get("/api/attendance/insights", { signal })), []);
  return html`<${Page} title=${t("dashboard.title")} text=${t("dashboard.text")} wide>
    <${Loaded} of=${insights}>
      ${(/** @type {Insights} */ { now, total }) =>
        html`<dl class="figures">
          ${[
            ["waiting", number(now.waiting)],
            ["active", number(now.active_conversations)],
            ["online", number(now.attendants_online)],
            ["utilisation", percent(now.utilisation)],
            ["wait", duration(total.wait.mean_seconds)],
            ["first_response", duration(total.first_response.mean_seconds)],
            ["resolved", number(total.resolved)],
            ["csat", total.csat === null ? "–" : number(total.csat, { maximumFractionDigits: 1 })],
          ].map(([name, value]) => html`<div class="figure" key=${name}><dt>${t(`dashboard.${name}`)}</dt><dd class="tabular">${value}</dd></div>`)}
        </dl>`}
    <//>
  <//>`;
}
