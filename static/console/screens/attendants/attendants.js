// The people who serve, and how loaded they are.

import { html } from "../../lib.js";
import { Avatar, Empty, Page, Presence, Skeleton, Table, Time } from "../../components/index.js";
import { list, loaded } from "../../store/attendants.js";
import { queues } from "../../store/queues.js";
import { t } from "../../text.js";

/** @import { Attendant } from "../../api/types" */

export default function Attendants() {
  if (!loaded.value) return html`<${Skeleton} />`;
  return html`<${Page} title=${t("attendants.title")} text=${t("attendants.text")}>
    ${
      list.value.length
        ? html`<${Table}
            label=${t("attendants.title")}
            rows=${list.value}
            rowKey=${(/** @type {Attendant} */ { id }) => id}
            columns=${[
              { id: "name", title: t("attendants.name"), primary: true, cell: (/** @type {Attendant} */ { name }) => html`<span class="row"><${Avatar} name=${name} size="small" /><strong>${name}</strong></span>` },
              { id: "status", title: t("attendants.status"), cell: (/** @type {Attendant} */ { status }) => html`<${Presence} status=${status} label />` },
              { id: "since", title: t("attendants.since"), cell: (/** @type {Attendant} */ { status_since }) => html`<${Time} at=${status_since} />` },
              { id: "load", title: t("attendants.load"), align: "end", cell: (/** @type {Attendant} */ one) => `${one.active_conversations}/${one.max_conversations}` },
              { id: "queues", title: t("attendants.queues"), cell: (/** @type {Attendant} */ one) => one.queues.map((id) => queues.value.get(id)?.name).filter(Boolean).join(", ") },
            ]}
          />`
        : html`<${Empty} icon="users" title=${t("attendants.empty.title")} text=${t("attendants.empty.text")} />`
    }
  <//>`;
}
