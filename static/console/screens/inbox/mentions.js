// The conversations in which a note names me: asked of the server once, and live from then on.

import { api } from "../../api/client.js";
import { me } from "../../api/session.js";
import { signal } from "../../lib.js";
import { remember } from "../../store/conversations.js";
import { feed } from "../../store/live.js";
import { mentions } from "./views.js";

/** @import { SessionItem } from "../../api/types" */

export const mentioned = signal(/** @type {ReadonlySet<string>} */ (new Set()));

/** @param {Iterable<string>} sessions */
const add = (sessions) => {
  mentioned.value = new Set([...mentioned.value, ...sessions]);
};

export async function loadMentions() {
  /** @type {{items: SessionItem[]}} */
  const { items } = await api.get("/api/sessions", { query: { mentions: "me", limit: 200 } }).catch(() => ({ items: [] }));
  remember(items);
  add(items.map(({ session_id }) => session_id));
}

feed((events) => {
  const mine = me.value;
  if (!mine) return;
  const names = [mine.name.split(/\s+/)[0], ...mine.aliases];
  const named = events.flatMap((event) =>
    event.type === "message_created" && event.message.private && event.message.sender.id !== mine.id && mentions(event.message.text, names) ? [event.session_id] : [],
  );
  if (named.length) add(named);
});
