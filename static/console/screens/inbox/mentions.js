// The conversations in which a note names me: asked of the server, and live from then on.

import { api } from "../../api/client.js";
import { me } from "../../api/session.js";
import { signal } from "../../lib.js";
import { remember } from "../../store/conversations.js";
import { feed, loader, reloads } from "../../store/live.js";
import { mentions } from "./views.js";

/** @import { ServerEvent, SessionItem } from "../../api/types" */

export const mentioned = signal(/** @type {ReadonlySet<string>} */ (new Set()));

/** Conversations whose notes of others name me. @param {readonly ServerEvent[]} events */
function named(events) {
  const mine = me.value;
  if (!mine) return [];
  const names = [mine.name.split(/\s+/)[0], ...mine.aliases];
  return events.flatMap((event) =>
    event.type === "message_created" && event.message.private && event.message.sender.id !== mine.id && mentions(event.message.text, names) ? [event.session_id] : [],
  );
}

reloads(
  loader(
    () => remember(() => api.get("/api/sessions", { query: { mentions: "me", limit: 200 } }), ({ items }) => items),
    (/** @type {{items: SessionItem[]}} */ { items }, meanwhile) => {
      mentioned.value = new Set([...items.map(({ session_id }) => session_id), ...named(meanwhile)]);
    },
  ),
);
feed((events) => {
  const more = named(events);
  if (more.length) mentioned.value = new Set([...mentioned.value, ...more]);
});
