// What people wrote down about a contact, and a place to write more. Stays as written; kept apart from any conversation.

import { api } from "../api/client.js";
import { may } from "../api/session.js";
import { html, useState } from "../lib.js";
import { problemText } from "../shell/toasts.js";
import { t } from "../text.js";
import { Button, TextArea } from "./controls.js";
import { Time } from "./display.js";
import { useAction, useLoad } from "./load.js";

/** @import { ContactNote, Page } from "../api/types" */

/** How many are shown at once. */
const SHOWN = 20;

/** @param {string} contact its notes, newest first, live */
export const useNotes = (contact) =>
  useLoad(async (signal) => /** @type {Page<ContactNote>} */ (await api.get(`/api/crm/contacts/${contact}/notes`, { query: { limit: SHOWN }, signal })), [contact], ["contact"]);

/** @param {{contact: string, notes: ReturnType<typeof useNotes>, closed?: boolean}} props closed: nothing can be added any more */
export function Notes({ contact, notes, closed }) {
  const [text, setText] = useState("");
  const { busy, problem, run } = useAction();
  /** @param {Event} [event] */
  const add = async (event) => {
    event?.preventDefault();
    if (!text.trim()) return;
    const done = await run(async () => {
      const note = /** @type {ContactNote} */ (await api.post(`/api/crm/contacts/${contact}/notes`, { text }, { idempotencyKey: true }));
      if (notes.data) notes.set({ ...notes.data, items: [note, ...notes.data.items] });
    });
    if (done) setText("");
  };
  const keys = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) void add(event);
  };
  const items = notes.data?.items ?? [];
  return html`<div class="notes">
    ${
      may("edit_contacts") &&
      !closed &&
      html`<form class="stack-small" onSubmit=${add} onKeyDown=${keys}>
        <${TextArea} hide label=${t("notes.new")} placeholder=${t("notes.new")} rows="2" maxlength="10000" value=${text} error=${problem && (problem.of?.("text") ?? problemText(problem))} onValue=${setText} />
        ${text.trim() && html`<div class="row"><span class="grow" /><${Button} size="small" kind="primary" type="submit" busy=${busy}>${t("notes.add")}<//></div>`}
      </form>`
    }
    ${notes.data && !items.length && html`<p class="faint small">${t("notes.none")}</p>`}
    ${notes.problem && !notes.data ? html`<p class="error small" role="alert">${problemText(notes.problem)}</p>` : null}
    ${
      items.length > 0 &&
      html`<ul class="stack-small">
        ${items.map((note) => html`<li class="note-line" key=${note.id}><p class="text">${note.text}</p><p class="small faint">${note.author.name} · <${Time} at=${note.created_at} /></p></li>`)}
      </ul>`
    }
    ${notes.data?.next_cursor && html`<p class="faint small"><a class="link" href=${`/contacts/${contact}`}>${t("notes.older")}</a></p>`}
  </div>`;
}
