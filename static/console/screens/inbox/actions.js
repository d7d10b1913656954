// What can be done with a conversation: asked of the server, shown at once where a refusal can be taken back, and never
// silently refused.

import { api } from "../../api/client.js";
import { may, me } from "../../api/session.js";
import { toast, toastProblem } from "../../shell/toasts.js";
import { conversations } from "../../store/conversations.js";
import { t } from "../../text.js";

/** @import { Priority } from "../../api/types" */
/** @import { Conversation } from "../../store/types" */

/** @param {string} session @param {Partial<Conversation>} change */
function patch(session, change) {
  const before = conversations.value.get(session);
  if (before) conversations.value = new Map(conversations.value).set(session, { ...before, ...change });
  return before;
}

/**
 * Does it, and says why when it was refused: what had been shown already snaps back.
 * @param {string} session
 * @param {Partial<Conversation>} change what it will lead to
 * @param {() => Promise<unknown>} work
 * @returns {Promise<boolean>} whether it was done
 */
async function act(session, change, work) {
  const before = patch(session, change);
  try {
    await work();
    return true;
  } catch (problem) {
    if (before) {
      const names = /** @type {(keyof Conversation)[]} */ (Object.keys(change));
      const now = conversations.value.get(session);
      // Only what is still as we showed it: an event may have told the truth meanwhile.
      const kept = names.filter((name) => now?.[name] === change[name]);
      patch(session, Object.fromEntries(kept.map((name) => [name, before[name]])));
    }
    toastProblem(problem);
    return false;
  }
}

/** Accepts what is offered or waits. @param {string} session */
export const take = (session) => act(session, {}, () => api.post("/api/attendance/take", { session_id: session }));

/** @param {string} session */
export const decline = (session) =>
  act(session, { status: "waiting", assigned_to: null, assigned_to_name: null, offer_until: null }, () =>
    api.post("/api/attendance/decline", { session_id: session }),
  );

/** A conversation that nobody has, or that another has: in my hands. @param {Conversation} one */
export const takeOver = ({ session_id, status }) =>
  act(session_id, {}, async () => {
    if (status === "bot" || status === "resolved") await api.post("/api/attendance/handoff", { session_id });
    else await api.post("/api/attendance/assign", { session_id, attendant_id: me.value?.id });
    await api.post("/api/attendance/take", { session_id });
  });

/** @param {string} session */
export const makePending = (session) => act(session, { status: "pending" }, () => api.post(`/api/attendance/pending/${session}`));

/** @param {string} session @param {{note?: string, outcome?: string}} how */
export const resolve = (session, how) => api.post(`/api/attendance/resolve/${session}`, how);

/** @param {string} session @param {{attendant_id?: string, queue_id?: string, reason?: string}} to */
export const transfer = (session, to) => api.post("/api/attendance/transfer", { session_id: session, ...to });

/** @param {string} session @param {Priority} priority */
export const prioritise = (session, priority) => act(session, { priority }, () => api.post(`/api/sessions/${session}/priority`, { priority }));

/** @param {string} session @param {readonly string[]} tags */
export const retag = (session, tags) => act(session, { tags: [...tags] }, () => api.post(`/api/sessions/${session}/tags`, { tags }));

/** @param {string} session @param {string | null} subject */
export const rename = (session, subject) => act(session, { subject }, () => api.post(`/api/sessions/${session}/subject`, { subject }));

/** @param {string} session @param {Date | null} until null: back at once */
export async function snooze(session, until) {
  const at = until?.toISOString() ?? null;
  const done = await act(session, { snoozed_until: at }, () => api.post(`/api/sessions/${session}/snooze`, { until: at }));
  if (done && at) toast({ text: t("inbox.snoozed"), action: { label: t("inbox.undo"), run: () => snooze(session, null) } });
}

/** @param {string} session */
export const markRead = (session) => void api.post(`/api/sessions/${session}/read`).catch(() => {});

/** @param {string} session @param {string} message */
export const retryMessage = (session, message) => act(session, {}, () => api.post(`/api/sessions/${session}/messages/${message}/retry`));

/**
 * What this person may do with it now.
 * @param {Conversation} one
 */
export function rights(one) {
  const mine = one.assigned_to === me.value?.id;
  const serve = may("serve_conversations");
  const held = one.status === "active" || one.status === "pending";
  const open = held || one.status === "waiting" || one.status === "assigned";
  const lead = may("assign_conversations");
  return {
    accept: serve && one.status === "assigned" && mine,
    take: serve && one.status === "waiting",
    takeOver: serve && ((may("request_handoff") && (one.status === "bot" || one.status === "resolved")) || (lead && !mine && (held || one.status === "assigned"))),
    reply: may("converse") && mine && (held || one.status === "assigned"),
    note: may("converse"),
    pending: serve && one.status === "active" && (mine || lead),
    transfer: serve && open && (mine || lead) && (one.status !== "waiting" || lead),
    resolve: serve && open && (mine || lead),
    edit: may("converse"),
  };
}
