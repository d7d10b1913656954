// When a queue is open, from its weekly hours: the server decides, this explains it and previews what is being edited.
// An interval that ends at or before its start ends the next day and belongs to the day it starts on; a holiday closes
// what starts on it. Pure.

/** @typedef {[string, string]} Interval `HH:MM`; `24:00` may end one */
/** @typedef {{timezone: string, week?: Record<string, Interval[]>, holidays?: string[]}} Hours */

export const DAYS = /** @type {const} */ (["mon", "tue", "wed", "thu", "fri", "sat", "sun"]);
export const MINUTES = 24 * 60;
const DAY = 86_400_000;
/** How far ahead an opening is looked for. */
const HORIZON = 370;
/** What stays open for longer than this is open "always" to whoever reads it. */
const LONG = 8 * DAY;

/** Minutes after midnight; NaN when it is no time. @param {string} text */
export function minutes(text) {
  const parts = /^(\d{1,2}):(\d{2})$/.exec(text);
  const value = parts ? Number(parts[1]) * 60 + Number(parts[2]) : NaN;
  return value <= MINUTES && Number(parts?.[2]) < 60 ? value : NaN;
}

/** @type {Map<string, Intl.DateTimeFormat | null>} */
const zones = new Map();

/** @param {string} zone */
function formatOf(zone) {
  if (!zones.has(zone)) {
    /** @type {Intl.DateTimeFormat | null} */
    let made = null;
    try {
      made = new Intl.DateTimeFormat("en-US", {
        timeZone: zone,
        hourCycle: "h23",
        year: "numeric",
        month: "2-digit",
        day: "2-digit",
        hour: "2-digit",
        minute: "2-digit",
      });
    } catch {
      // Not a zone that this browser knows.
    }
    zones.set(zone, made);
  }
  return zones.get(zone) ?? null;
}

/** @param {string} zone */
export const isZone = (zone) => Boolean(zone) && formatOf(zone) !== null;

/** What the clock on the wall shows, as if that were UTC. @param {string} zone @param {number} at */
function wall(zone, at) {
  const parts = Object.fromEntries((formatOf(zone)?.formatToParts(at) ?? []).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute);
}

/** The instant at which the wall shows `shown`. @param {string} zone @param {number} shown */
function instant(zone, shown) {
  const first = shown - (wall(zone, shown) - shown);
  return first - (wall(zone, first) - shown);
}

/** @param {number} midnight of a day, as if the wall were UTC @param {readonly string[]} holidays */
function isHoliday(midnight, holidays) {
  const date = new Date(midnight).toISOString().slice(0, 10);
  return holidays.some((holiday) => holiday === date || holiday === date.slice(5));
}

/** The openings of one day: from and until in minutes after its midnight, until may be past 24:00. @param {readonly Interval[]} intervals */
export function spans(intervals) {
  return intervals
    .map(([from, until]) => ({ from: minutes(from), until: minutes(until) }))
    .filter(({ from, until }) => from < MINUTES && !Number.isNaN(until) && from !== until)
    .map(({ from, until }) => ({ from, until: until > from ? until : until + MINUTES }))
    .sort((one, other) => one.from - other.from);
}

/**
 * Whether it is open, and when that changes; null: not within a year, or always.
 * @param {Hours | null} hours null: always open
 * @param {number} at
 * @returns {{open: boolean, until: number | null}}
 */
export function openness(hours, at) {
  if (!hours) return { open: true, until: null };
  const week = DAYS.map((day) => spans(hours.week?.[day] ?? []));
  if (!isZone(hours.timezone) || week.every((day) => !day.length)) return { open: false, until: null };
  const shown = wall(hours.timezone, at);
  const today = shown - (((shown % DAY) + DAY) % DAY);
  /** @type {number | null} */
  let end = null;
  for (let offset = -1; offset < HORIZON; offset += 1) {
    const midnight = today + offset * DAY;
    if (end !== null && (midnight > end + 2 * DAY || end > at + LONG)) break;
    if (isHoliday(midnight, hours.holidays ?? [])) continue;
    const weekday = (new Date(midnight).getUTCDay() + 6) % 7;
    for (const span of week[weekday]) {
      const from = instant(hours.timezone, midnight + span.from * 60_000);
      const until = instant(hours.timezone, midnight + span.until * 60_000);
      if (until <= at) continue;
      if (end === null && from > at) return { open: false, until: from };
      if (end === null || (from <= end && until > end)) end = until;
    }
  }
  return end === null ? { open: false, until: null } : { open: true, until: end > at + LONG ? null : end };
}

/**
 * The pieces of each day's 24 hours that are open, for the picture of a week: what runs past midnight goes on in the next day.
 * @param {Record<string, Interval[]> | undefined} week
 * @returns {{from: number, until: number}[][]} Monday first, in minutes
 */
export function picture(week) {
  /** @type {{from: number, until: number}[][]} */
  const days = DAYS.map(() => []);
  DAYS.forEach((day, at) => {
    for (const { from, until } of spans(week?.[day] ?? [])) {
      days[at].push({ from, until: Math.min(until, MINUTES) });
      if (until > MINUTES) days[(at + 1) % 7].unshift({ from: 0, until: until - MINUTES });
    }
  });
  return days;
}

/**
 * Days with the same intervals together, in the order of the week: for a summary in words.
 * @param {Record<string, Interval[]> | undefined} week
 * @returns {{from: number, to: number, intervals: Interval[]}[]} indexes of days
 */
export function runs(week) {
  /** @type {{from: number, to: number, intervals: Interval[]}[]} */
  const found = [];
  DAYS.forEach((day, at) => {
    const intervals = week?.[day] ?? [];
    const last = found[found.length - 1];
    if (!intervals.length) return;
    if (last && last.to === at - 1 && JSON.stringify(last.intervals) === JSON.stringify(intervals)) last.to = at;
    else found.push({ from: at, to: at, intervals });
  });
  return found;
}
