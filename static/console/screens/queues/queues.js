// The queues: what waits in each now, and the way into each (`/queues/{id}`) and into its settings (`?edit`).

import { may } from "../../api/session.js";
import { Avatars, Button, Elapsed, Empty, IconButton, Page, Skeleton, Table } from "../../components/index.js";
import { html, useEffect } from "../../lib.js";
import { useCommands } from "../../shell/commands.js";
import { navigate, setQuery } from "../../shell/router.js";
import { attendants } from "../../store/attendants.js";
import { list, loaded, queues, reload } from "../../store/queues.js";
import { duration, number, t } from "../../text.js";
import { QueueDetail } from "./detail.js";
import { QueueEditor } from "./editor.js";
import { Channels, State } from "./parts.js";

/** @import { Queue } from "../../api/types" */

/** @param {{rest: string[], query: Record<string, string>}} props `/queues/42`; `?edit=new` or `?edit=42` opens the settings over it */
export default function Queues({ rest: [id], query: { edit } }) {
  const editable = may("manage_queues");
  useCommands([
    { id: "queue-new", label: () => t("queues.new"), group: () => t("nav.queues"), icon: "plus", keys: "n", when: () => editable, run: () => setQuery({ edit: "new" }) },
  ]);
  // How queues work is told by no event: what others changed meanwhile is fetched when the screen opens.
  useEffect(() => void reload().catch(() => {}), []);
  if (!loaded.value) return html`<${Skeleton} />`;
  return html`${id ? html`<${QueueDetail} key=${id} id=${id} />` : html`<${Overview} />`}
  ${edit && editable && (edit === "new" || queues.value.has(edit)) && html`<${QueueEditor} key=${edit} id=${edit === "new" ? null : edit} onClose=${() => setQuery({ edit: null })} />`}`;
}

/** The people who take from it now. @param {Queue} queue */
const serving = (queue) =>
  queue.members
    .filter(({ is_active }) => is_active)
    .map(({ user_id }) => attendants.value.get(user_id))
    .filter((attendant) => attendant !== undefined && (attendant.status === "online" || attendant.status === "busy"))
    .map((attendant) => /** @type {import("../../api/types").Attendant} */ (attendant));

/** @param {{queue: Queue}} props */
function Staff({ queue }) {
  const people = serving(queue);
  if (!queue.members.length) return html`<span class="small faint">${t("queues.nobody")}</span>`;
  return html`<span class="row">
    ${people.length > 0 && html`<${Avatars} people=${people} label=${people.map(({ name }) => name).join(", ")} />`}
    <span class="small faint tabular queue-nowrap">${t("queues.online.of", { n: people.length, all: queue.members.length })}</span>
  </span>`;
}

function Overview() {
  const editable = may("manage_queues");
  const create = html`<${Button} kind="primary" icon="plus" onClick=${() => setQuery({ edit: "new" })}>${t("queues.new")}<//>`;
  /** The longest one fills the bar: where the crowd is meets the eye first. */
  const longest = Math.max(1, ...list.value.map(({ length }) => length));
  const waiting = list.value.reduce((sum, { length }) => sum + length, 0);
  return html`<${Page} title=${t("queues.title")} text=${waiting ? t("queues.waiting", { n: waiting }) : t("queues.text")} actions=${editable && create} wide>
    ${
      list.value.length
        ? html`<div class="queue-list"><${Table}
            label=${t("queues.title")}
            rows=${list.value}
            rowKey=${(/** @type {Queue} */ { id }) => id}
            onOpen=${(/** @type {Queue} */ { id }) => navigate(`/queues/${id}`)}
            columns=${[
              {
                id: "name",
                title: t("queues.name"),
                primary: true,
                cell: (/** @type {Queue} */ { id, name, description }) => html`<div class="queue-name">
                  <a class="queue-link" href=${`/queues/${id}`} tabindex="-1">
                  <strong>${name}</strong></a>${description && html`<span class="small faint cut" title=${description}>${description}</span>`}</div>`,
              },
              { id: "state", title: t("queues.state"), cell: (/** @type {Queue} */ queue) => html`<${State} queue=${queue} />` },
              { id: "channels", title: t("queues.channels"), cell: (/** @type {Queue} */ { channels }) => html`<${Channels} channels=${channels} />` },
              {
                id: "length",
                title: t("queues.length"),
                cell: (/** @type {Queue} */ { length }) => html`<span class="queue-length">
                  <b class="tabular" data-none=${length ? undefined : ""}>${number(length)}</b><span class="queue-bar">
                  <i style=${{ width: `${(length / longest) * 100}%` }} /></span></span>`,
              },
              {
                id: "oldest",
                title: t("queues.oldest"),
                align: "end",
                cell: (/** @type {Queue} */ queue) => {
                  const limit = queue.max_wait_seconds || Infinity;
                  return queue.oldest_waiting_since ? html`<${Elapsed} since=${queue.oldest_waiting_since} warn=${limit / 2} bad=${limit} />` : html`<span class="faint none">–</span>`;
                },
              },
              { id: "wait", title: t("queues.wait"), align: "end", cell: (/** @type {Queue} */ queue) => html`<span class=${queue.estimated_wait_seconds == null ? "faint none" : ""}>${duration(queue.estimated_wait_seconds)}</span>` },
              { id: "online", title: t("queues.online"), cell: (/** @type {Queue} */ queue) => html`<${Staff} queue=${queue} />` },
              { id: "strategy", title: t("queues.strategy"), cell: (/** @type {Queue} */ { strategy, auto_assign }) => html`<span class="queue-nowrap">${auto_assign ? t(`queues.strategy.${strategy}`) : t("queues.strategy.manual")}</span>` },
              editable && {
                id: "edit",
                title: "",
                align: "end",
                cell: (/** @type {Queue} */ { id, name }) => html`<${IconButton} icon="edit" size="small" label=${t("queues.edit.of", { name })} onClick=${() => setQuery({ edit: id })} />`,
              },
            ].filter(Boolean)}
          /></div>`
        : html`<${Empty} icon="queue" title=${t("queues.empty.title")} text=${t("queues.empty.text")}>${editable && create}<//>`
    }
  <//>`;
}
