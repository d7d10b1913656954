// The board: who waits, who is served, who is to answer, what is done.

import { html } from "../../lib.js";
import { Page } from "../../components/index.js";
import { conversations } from "../../store/conversations.js";
import { t } from "../../text.js";

/** @import { Status } from "../../api/types" */

/** @type {readonly {id: string, holds: readonly Status[]}[]} */
const COLUMNS = [
  { id: "new", holds: ["waiting", "assigned"] },
  { id: "active", holds: ["active"] },
  { id: "pending", holds: ["pending"] },
  { id: "resolved", holds: ["resolved"] },
];

export default function Kanban() {
  const all = [...conversations.value.values()];
  return html`<${Page} title=${t("kanban.title")} wide>
    <div class="board">
      ${COLUMNS.map(({ id, holds }) => {
        const cards = all.filter(({ status }) => holds.includes(status));
        return html`<section key=${id} aria-label=${t(`column.${id}`)}>
          <h2>${t(`column.${id}`)} <span class="faint tabular">${cards.length}</span></h2>
          ${cards.map(({ session_id, contact, last_message }) => html`<article class="card" key=${session_id}><strong>${contact.name}</strong><p class="faint cut">${last_message}</p></article>`)}
        </section>`;
      })}
    </div>
  <//>`;
}
