// What happened to a conversation, in words.

import { attendants } from "../../store/attendants.js";
import { queues } from "../../store/queues.js";
import { hasText, t } from "../../text.js";

/** @import { HistoryLine } from "../../api/types" */

/** @param {HistoryLine} line */
export function lineText({ cause, to, actor_name, actor_kind, detail }) {
  const { queue_id, attendant_id, attendant, explanation } = /** @type {any} */ (detail) ?? {};
  const who = actor_name ?? t(`inbox.actor.${actor_kind}`);
  const queue = queues.value.get(queue_id)?.name ?? t("inbox.line.queue");
  const given = attendant_id ?? attendant ?? explanation?.winner;
  const person = attendants.value.get(given)?.name ?? explanation?.candidates?.find((/** @type {any} */ one) => one.attendant === given)?.name ?? t("inbox.line.somebody");
  const what = cause === "transfer" ? (queue_id ? "transfer_queue" : "transfer_person") : cause;
  const words = { who, queue, person };
  return hasText(`inbox.line.${what}`) ? t(`inbox.line.${what}`, words) : t(`inbox.to.${to}`, words);
}

/** The words somebody gave with it. @param {HistoryLine} line */
export function lineReason({ detail }) {
  const { reason, note } = /** @type {any} */ (detail) ?? {};
  return /** @type {string} */ (reason || note || "");
}
