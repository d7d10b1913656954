// How close a contact is to buying and where they came from, in one line; and the way to change it for whom that is allowed.

import { api } from "../api/client.js";
import { may } from "../api/session.js";
import { html, useEffect } from "../lib.js";
import { toastProblem } from "../shell/toasts.js";
import { feed } from "../store/live.js";
import { channelName, hasText, t } from "../text.js";
import { Button } from "./controls.js";
import { Chip } from "./display.js";
import { ChannelIcon, Icon } from "./icon.js";
import { useAction, useLoad } from "./load.js";
import { Menu } from "./overlays.js";

/** @import { Lead, Page } from "../api/types" */

const STATUSES = /** @type {const} */ (["quente", "morno", "frio", "em_atendimento"]);
const STAGES = /** @type {const} */ (["atracao", "relacionamento", "conversao"]);
const TONES = /** @type {const} */ ({ quente: "warn", morno: "accent", frio: "plain", em_atendimento: "good" });

/** What makes up the score, a line each. @param {Lead} lead */
const why = ({ reasons }) =>
  reasons.map(({ reason, points }) => `${hasText(`lead.reason.${reason}`) ? t(`lead.reason.${reason}`) : reason}: ${points > 0 ? "+" : ""}${points}`).join("\n");

/** @param {{contact: string, closed?: boolean}} props closed: nothing can be changed any more */
export function LeadLine({ contact, closed }) {
  const lead = useLoad(
    async (signal) => /** @type {Page<Lead>} */ (await api.get("/api/crm/leads", { query: { contact_id: contact, limit: 1 }, signal })).items[0] ?? null,
    [contact],
  );
  const { busy, run } = useAction();
  useEffect(() => feed((events) => events.some((event) => event.type === "lead_updated" && event.contact_id === contact) && lead.reload()), [contact, lead.reload]);
  const editable = may("edit_contacts") && !closed;
  if (lead.data === undefined) return html`<span class="faint">${lead.problem ? "–" : "…"}</span>`;
  const save = async (/** @type {() => Promise<Lead>} */ ask) => {
    await run(async () => {
      try {
        lead.set(await ask());
      } catch (problem) {
        toastProblem(problem);
        lead.reload();
      }
    });
  };
  if (!lead.data) {
    const create = () => save(() => api.post("/api/crm/leads", { contact_id: contact }, { idempotencyKey: true }));
    return editable ? html`<${Button} size="small" kind="quiet" icon="plus" busy=${busy} onClick=${create}>${t("lead.create")}<//>` : html`<span class="faint">–</span>`;
  }
  const { id, status, stage, score, source, campaign, ad } = lead.data;
  const put = (/** @type {Partial<Lead>} */ change) => save(() => api.put(`/api/crm/leads/${id}`, change));
  const state = html`<${Chip} tone=${TONES[status]}>${t(`lead.status.${status}`)}<//>`;
  const step = html`<${Chip}>${t(`lead.stage.${stage}`)}<//>`;
  /** @type {(label: string, shown: any, items: readonly any[]) => any} */
  const choice = (label, shown, items) =>
    editable ? html`<${Menu} label=${label} class="lead-choice" disabled=${busy} trigger=${html`${shown}<${Icon} name="chevron_down" />`} items=${items} />` : shown;
  return html`<div class="lead">
    <span class="row wrap">
      ${choice(t("lead.status"), state, STATUSES.map((wanted) => ({ label: t(`lead.status.${wanted}`), checked: wanted === status, run: () => put({ status: wanted }) })))}
      ${choice(t("lead.stage"), step, STAGES.map((wanted) => ({ label: t(`lead.stage.${wanted}`), checked: wanted === stage, run: () => put({ stage: wanted }) })))}
    </span>
    <span class="row wrap small"><span class="tabular" title=${why(lead.data)}>${t("lead.score", { n: score })}</span>
      <span class="row faint"><${ChannelIcon} kind=${source} /><span class="break">${[channelName(source), ad?.title ?? campaign].filter(Boolean).join(" · ")}</span></span></span>
  </div>`;
}
