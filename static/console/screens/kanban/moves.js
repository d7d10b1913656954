// Moving a card: shown at once, asked of the server, and taken back with the reason when it says no.

import { api } from "../../api/client.js";
import { batch, effect, signal } from "../../lib.js";
import { problemText, toast } from "../../shell/toasts.js";
import { conversations } from "../../store/conversations.js";
import { t } from "../../text.js";
import { columnOf } from "./board.js";

/** @import { Column } from "../../api/types" */
/** @import { Conversation } from "../../store/types" */

/** Milliseconds that the event of a move may come after its answer. */
const EVENT_LATE = 3_000;

/** Cards shown where they were put, until the server has said so too. */
export const moves = signal(/** @type {ReadonlyMap<string, Column>} */ (new Map()));
/** The card that was refused last; it shivers where it came from. */
export const refused = signal("");
/** What a screen reader says. */
export const spoken = signal("");

/** @param {string} text */
export const say = (text) => {
  // The same words twice are said twice.
  spoken.value = spoken.value === text ? `${text}\u00a0` : text;
};

/** @param {string} session @param {Column | null} to */
function show(session, to) {
  const next = new Map(moves.value);
  if (to) next.set(session, to);
  else next.delete(session);
  moves.value = next;
}

/** Resolves once the stored conversation is in that column. @param {string} session @param {Column} to */
const arrived = (session, to) =>
  new Promise((/** @type {(value: void) => void} */ done) => {
    const timer = setTimeout(finish, EVENT_LATE);
    const stop = effect(() => {
      const conversation = conversations.value.get(session);
      if (conversation && columnOf(conversation) === to) queueMicrotask(finish);
    });
    function finish() {
      clearTimeout(timer);
      stop();
      done();
    }
  });

/**
 * @param {Conversation} conversation
 * @param {Column} from as the person saw it
 * @param {Column} to
 * @param {string} [queue] another one than it is in
 */
export async function move(conversation, from, to, queue) {
  const { session_id: session, contact } = conversation;
  const name = contact.name;
  if (from !== to) show(session, to);
  try {
    if (queue && to === "new") await api.post("/api/attendance/transfer", { session_id: session, queue_id: queue });
    else await api.put("/api/attendance/kanban/move", { session_id: session, from_status: from, to_status: to });
    say(t("kanban.said.moved", { name, column: t(`column.${to}`) }));
    await arrived(session, to);
    show(session, null);
  } catch (problem) {
    const reason = problemText(problem);
    batch(() => {
      show(session, null);
      refused.value = session;
    });
    toast({ text: t("kanban.refused", { name, reason }), kind: "bad" });
    say(t("kanban.said.back", { name, column: t(`column.${from}`), reason }));
  }
}
