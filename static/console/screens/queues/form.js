// Between a queue as the server has it and as a form edits it. Pure.

import { DAYS } from "./hours.js";

/** @import { Fallback, Queue, QueueMember, Skill, Strategy } from "../../api/types" */
/** @import { Hours, Interval } from "./hours.js" */

export const STRATEGIES = /** @type {const} */ (["round_robin", "least_loaded", "priority"]);
export const CHANNELS = /** @type {const} */ (["whatsapp", "web", "telegram", "instagram", "messenger", "email", "sms", "teams", "slack", "voice", "api"]);
export const ACTIONS = /** @type {const} */ (["message", "callback", "queue", "bot"]);
/** What a member who is only named gets. */
export const CAPACITY = 5;

/**
 * @typedef {object} Draft
 * @property {string} name
 * @property {string} description
 * @property {string[]} channels empty: all
 * @property {boolean} is_active
 * @property {string} priority_order
 * @property {string} max_wait minutes
 * @property {boolean} auto_assign
 * @property {Strategy} strategy
 * @property {Skill[]} skills
 * @property {string} size_limit
 * @property {string} overflow_queue_id
 * @property {string} department
 * @property {string[]} topics
 * @property {boolean} always open
 * @property {string} timezone
 * @property {Record<string, Interval[]>} week
 * @property {string[]} holidays
 * @property {{out_of_hours: FallbackDraft, nobody_online: FallbackDraft}} fallback
 * @property {QueueMember[]} members
 */
/** @typedef {{action: Fallback["action"] | "", text: string, queue_id: string}} FallbackDraft */

/** @param {Fallback | null | undefined} fallback @returns {FallbackDraft} */
const fallbackDraft = (fallback) => ({ action: fallback?.action ?? "", text: fallback?.text ?? "", queue_id: fallback?.queue_id ?? "" });

/** @returns {Record<string, Interval[]>} Monday to Friday, the hours of an office */
export const officeWeek = () => Object.fromEntries(DAYS.slice(0, 5).map((day) => [day, [["08:00", "18:00"]]]));

/**
 * @param {Queue | null} queue null: a new one
 * @param {string} zone for a queue that has no hours yet
 * @returns {Draft}
 */
export function draftOf(queue, zone) {
  return {
    name: queue?.name ?? "",
    description: queue?.description ?? "",
    channels: queue?.channels.includes("all") ? [] : [...(queue?.channels ?? [])],
    is_active: queue?.is_active ?? true,
    priority_order: String(queue?.priority_order ?? 0),
    max_wait: String((queue?.max_wait_seconds ?? 600) / 60),
    auto_assign: queue?.auto_assign ?? true,
    strategy: queue?.strategy ?? "round_robin",
    skills: (queue?.skills ?? []).map((skill) => ({ ...skill })),
    size_limit: queue?.size_limit == null ? "" : String(queue.size_limit),
    overflow_queue_id: queue?.overflow_queue_id ?? "",
    department: queue?.department ?? "",
    topics: [...(queue?.topics ?? [])],
    always: !queue?.hours,
    timezone: queue?.hours?.timezone ?? zone,
    week: queue?.hours ? structuredClone(queue.hours.week ?? {}) : officeWeek(),
    holidays: [...(queue?.hours?.holidays ?? [])],
    fallback: {
      out_of_hours: fallbackDraft(queue?.fallback.out_of_hours),
      nobody_online: fallbackDraft(queue?.fallback.nobody_online),
    },
    members: (queue?.members ?? []).map((member) => ({ ...member })),
  };
}

/** A number, or what was typed when it is none: the server says what is wrong with it. @param {string} text */
const numeric = (text) => {
  const value = Number(text.trim().replace(",", "."));
  return text.trim() === "" || Number.isNaN(value) ? null : Math.round(value);
};

/** A field of time cannot say 24:00; its 00:00 at an end means that. @param {Draft} draft @returns {Hours | null} */
export function hoursOf({ always, timezone, week, holidays }) {
  if (always) return null;
  const days = DAYS.filter((day) => week[day]?.length);
  /** @type {(interval: Interval) => Interval} */
  const ended = ([from, until]) => [from, until === "00:00" ? "24:00" : until];
  return { timezone, week: Object.fromEntries(days.map((day) => [day, week[day].map(ended)])), holidays };
}

/** @param {FallbackDraft} draft @returns {Fallback | undefined} */
function fallbackOf({ action, text, queue_id }) {
  if (!action) return undefined;
  return { action, ...(text.trim() && { text: text.trim() }), ...(action === "queue" && queue_id && { queue_id }) };
}

/**
 * What is sent. Members are named here with the queue; their capacities follow (`memberChanges`).
 * @param {Draft} draft
 */
export function writeOf(draft) {
  const minutes = Number(draft.max_wait.trim().replace(",", "."));
  return {
    name: draft.name.trim(),
    description: draft.description.trim(),
    channels: draft.channels.length ? draft.channels : ["all"],
    user_ids: draft.members.map(({ user_id }) => user_id),
    is_active: draft.is_active,
    priority_order: numeric(draft.priority_order) ?? 0,
    max_wait_seconds: Number.isNaN(minutes) ? 0 : Math.round(minutes * 60),
    auto_assign: draft.auto_assign,
    strategy: draft.strategy,
    skills: draft.skills.filter(({ name }) => name.trim()),
    hours: hoursOf(draft),
    size_limit: numeric(draft.size_limit),
    overflow_queue_id: draft.overflow_queue_id || null,
    fallback: { out_of_hours: fallbackOf(draft.fallback.out_of_hours), nobody_online: fallbackOf(draft.fallback.nobody_online) },
    department: draft.department.trim() || null,
    topics: draft.topics,
  };
}

/**
 * The members whose settings are not what the server has after the queue itself was written.
 * @param {readonly QueueMember[]} wanted
 * @param {readonly QueueMember[]} stored
 */
export function memberChanges(wanted, stored) {
  const known = new Map(stored.map((member) => [member.user_id, member]));
  return wanted.filter((member) => {
    const now = known.get(member.user_id);
    return !now || now.max_conversations !== member.max_conversations || now.priority !== member.priority || now.is_active !== member.is_active;
  });
}

/** @typedef {"name" | "description" | "channels" | "is_active" | "priority_order" | "max_wait_seconds" | "auto_assign" | "strategy" | "skills" | "hours" | "size_limit" | "overflow_queue_id" | "fallback" | "department" | "topics" | "user_ids"} Written */
const WRITTEN = /** @type {const} */ (["name", "description", "channels", "is_active", "user_ids", "strategy", "auto_assign", "skills", "max_wait_seconds", "size_limit", "overflow_queue_id", "hours", "fallback", "priority_order", "department", "topics"]);

/**
 * What somebody else changed meanwhile.
 * @param {Queue} before
 * @param {Queue} now
 * @returns {Written[]}
 */
export const changedBetween = (before, now) => WRITTEN.filter((field) => JSON.stringify(before[field]) !== JSON.stringify(now[field]));

/**
 * Mine on top of theirs: what I did not touch is as they left it.
 * @param {Draft} mine
 * @param {Draft} before
 * @param {Draft} theirs
 * @returns {Draft}
 */
export function rebase(mine, before, theirs) {
  const result = /** @type {any} */ ({ ...theirs });
  for (const field of /** @type {(keyof Draft)[]} */ (Object.keys(mine))) {
    if (JSON.stringify(mine[field]) !== JSON.stringify(before[field])) result[field] = mine[field];
  }
  return result;
}

/** Hours and days of one: what a copy to the other weekdays makes of a week. @param {Record<string, Interval[]>} week @param {string} day */
export const copyToWeekdays = (week, day) => ({ ...week, ...Object.fromEntries(DAYS.slice(0, 5).map((other) => [other, structuredClone(week[day] ?? [])])) });

/**
 * Queues that send their customers to this one, by its id.
 * @param {readonly Queue[]} queues
 * @param {string} id
 */
export const leadHere = (queues, id) =>
  queues.filter(
    (queue) =>
      queue.id !== id &&
      (queue.overflow_queue_id === id || queue.fallback.out_of_hours?.queue_id === id || queue.fallback.nobody_online?.queue_id === id),
  );

/** @param {string} text `YYYY-MM-DD`, `MM-DD`, or as people write it: `25/12`, `25/12/2026` @returns {string | null} as the server keeps it */
export function holiday(text) {
  const typed = text.trim();
  const local = /^(\d{1,2})\/(\d{1,2})(?:\/(\d{4}))?$/.exec(typed);
  const iso = /^(?:(\d{4})-)?(\d{2})-(\d{2})$/.exec(typed);
  if (!local && !iso) return null;
  const [year, month, day] = local ? [local[3], local[2], local[1]] : [iso?.[1], iso?.[2] ?? "", iso?.[3] ?? ""];
  const [m, d] = [month.padStart(2, "0"), day.padStart(2, "0")];
  const date = new Date(`${year ?? "2024"}-${m}-${d}T00:00:00Z`);
  if (Number.isNaN(date.getTime()) || date.getUTCDate() !== Number(d)) return null;
  return year ? `${year}-${m}-${d}` : `${m}-${d}`;
}
