// What the dashboard counts. Pure: the stretch of time that is looked at, the floor as it is, and how figures compare.

/** @import { Attendant, AttendantStatus, FigureGroup, Queue } from "../../api/types" */
/** @import { Conversation } from "../../store/types" */

/** @typedef {"today" | "week" | "month" | "custom"} Period */
/** @type {readonly Period[]} */
export const PERIODS = ["today", "week", "month", "custom"];

const DAYS = { today: 1, week: 7, month: 30 };
/** Days the server looks at in one call. */
const MOST_DAYS = 93;
/** Days of which single hours can still be told apart. */
const HOURLY_DAYS = 2;

/**
 * @param {number | Date} at
 * @param {number} [days] later; the clock's changes in spring and autumn are the calendar's matter
 */
function midnight(at, days = 0) {
  const day = new Date(at);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + days);
}

/** A day as date fields write it, in local time. @param {Date} day */
export const dayText = (day) =>
  `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, "0")}-${String(day.getDate()).padStart(2, "0")}`;

/** @param {string | undefined} text */
const dayOf = (text) => {
  const parts = text?.match(/^(\d{4})-(\d{2})-(\d{2})$/);
  return parts ? new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3])) : null;
};

/** @typedef {{from: Date, to: Date, before: {from: Date, to: Date}, step: "hour" | "day"}} Stretch */

/**
 * From midnight of the first day until now, or the end of the last day; `before` is as long and ends as many days
 * earlier.
 * @param {{period?: string, from?: string, to?: string}} query dates are local, as date fields write them
 * @param {number} now
 * @returns {Stretch}
 */
export function stretchOf({ period, from, to }, now) {
  const today = midnight(now);
  let [first, last] = [today, today];
  if (period === "custom") {
    last = dayOf(to) ?? today;
    if (last > today) last = today;
    first = dayOf(from) ?? last;
    if (first > last) [first, last] = [last, first];
    const earliest = midnight(last, 1 - MOST_DAYS);
    if (first < earliest) first = earliest;
  } else {
    first = midnight(now, 1 - DAYS[/** @type {keyof typeof DAYS} */ (period)] || 0);
  }
  const days = Math.round((last.getTime() - first.getTime()) / 86_400_000) + 1;
  const end = midnight(last, 1).getTime() > now ? new Date(now) : midnight(last, 1);
  const shift = (/** @type {Date} */ at) =>
    new Date(at.getFullYear(), at.getMonth(), at.getDate() - days, at.getHours(), at.getMinutes(), at.getSeconds());
  return {
    from: first,
    to: end,
    before: { from: shift(first), to: shift(end) },
    step: days <= HOURLY_DAYS ? "hour" : "day",
  };
}

/**
 * Every hour or day of a stretch with its figures; those in which nothing began are null.
 * @param {Stretch} stretch
 * @param {readonly FigureGroup[]} groups by hour or day
 */
export function timeline({ from, to, step }, groups) {
  const known = new Map(groups.map((group) => [Date.parse(group.key), group.figures]));
  const steps = [];
  for (let at = from; at < to; at = step === "hour" ? new Date(at.getTime() + 3_600_000) : midnight(at, 1)) {
    steps.push({ at: at.getTime(), figures: known.get(at.getTime()) ?? null });
  }
  return steps;
}

/**
 * The floor now.
 * @param {Iterable<Conversation>} conversations
 * @param {Iterable<Attendant>} attendants
 * @param {{queue?: string, channel?: string}} only
 */
export function floorOf(conversations, attendants, { queue, channel }) {
  /** @type {Record<AttendantStatus, number>} */
  const people = { online: 0, busy: 0, away: 0, offline: 0 };
  const now = {
    waiting: 0,
    active: 0,
    pending: 0,
    oldest: /** @type {string | null} */ (null),
    people,
    load: 0,
    capacity: 0,
  };
  for (const conversation of conversations) {
    if ((queue && conversation.queue?.id !== queue) || (channel && conversation.channel !== channel)) continue;
    const { status, waiting_since } = conversation;
    if (status === "waiting" || status === "assigned") {
      now.waiting += 1;
      if (waiting_since && (!now.oldest || waiting_since < now.oldest)) now.oldest = waiting_since;
    } else if (status === "active") now.active += 1;
    else if (status === "pending") now.pending += 1;
  }
  for (const { status, queues, active_conversations, max_conversations } of attendants) {
    if (queue && !queues.includes(queue)) continue;
    people[status] += 1;
    if (status !== "online" && status !== "busy") continue;
    now.load += active_conversations;
    now.capacity += max_conversations;
  }
  return { ...now, utilisation: now.capacity ? now.load / now.capacity : null };
}

/**
 * How much a figure changed against the period before, as a share of it; null when there is nothing to compare.
 * @param {number | null | undefined} now
 * @param {number | null | undefined} before
 */
export const change = (now, before) => (now == null || !before ? null : (now - before) / before);

/**
 * How far a share moved: 0.1 is ten percentage points. Of a share of a share nobody could say what it means.
 * @param {number | null | undefined} now
 * @param {number | null | undefined} before
 */
export const moved = (now, before) => (now == null || before == null ? null : now - before);

/**
 * @param {number | null | undefined} value
 * @param {number | undefined} target
 * @param {"more" | "less"} better
 * @returns {"good" | "warn" | "bad" | "plain"} warn: missed by less than a fifth
 */
export function against(value, target, better) {
  if (value == null || !target) return "plain";
  const missed = better === "less" ? value / target - 1 : 1 - value / target;
  return missed <= 0 ? "good" : missed < 0.2 ? "warn" : "bad";
}

/** Queues in which somebody waits longer than they may. @param {readonly Queue[]} queues @param {number} now */
export const overdue = (queues, now) =>
  queues.filter(
    ({ oldest_waiting_since: since, max_wait_seconds: limit }) =>
      since && limit && now - Date.parse(since) > limit * 1000,
  );
