// The queues: what waits in each, and how each works.

import { html } from "../../lib.js";
import { Chip, Elapsed, Empty, Page, Skeleton, Table } from "../../components/index.js";
import { list, loaded } from "../../store/queues.js";
import { duration, t } from "../../text.js";

/** @import { Queue } from "../../api/types" */

/** @type {(queue: Queue) => any} */
const state = (queue) =>
  queue.is_active ? html`<${Chip} tone=${queue.is_open ? "good" : "plain"}>${queue.is_open ? t("queues.open") : t("queues.closed")}<//>` : html`<${Chip}>${t("queues.off")}<//>`;

export default function Queues() {
  if (!loaded.value) return html`<${Skeleton} />`;
  return html`<${Page} title=${t("queues.title")} text=${t("queues.text")}>
    ${
      list.value.length
        ? html`<${Table}
            label=${t("queues.title")}
            rows=${list.value}
            rowKey=${(/** @type {Queue} */ { id }) => id}
            columns=${[
              { id: "name", title: t("queues.name"), primary: true, cell: (/** @type {Queue} */ { name }) => html`<strong>${name}</strong>` },
              { id: "state", title: t("queues.state"), cell: state },
              { id: "length", title: t("queues.length"), align: "end", cell: (/** @type {Queue} */ { length }) => length },
              { id: "oldest", title: t("queues.oldest"), align: "end", cell: (/** @type {Queue} */ queue) => html`<${Elapsed} since=${queue.oldest_waiting_since} bad=${queue.max_wait_seconds || Infinity} />` },
              { id: "wait", title: t("queues.wait"), align: "end", cell: (/** @type {Queue} */ queue) => duration(queue.estimated_wait_seconds) },
              { id: "online", title: t("queues.online"), align: "end", cell: (/** @type {Queue} */ queue) => `${queue.attendants_online}/${queue.members.length}` },
            ]}
          />`
        : html`<${Empty} icon="queue" title=${t("queues.empty.title")} text=${t("queues.empty.text")} />`
    }
  <//>`;
}
