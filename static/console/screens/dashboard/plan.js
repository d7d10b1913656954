// What a forecast of people says in a few words, and where "what if" begins. Pure.

import { dayText } from "./figures.js";

/** @import { Staffing, StaffingHour } from "../../api/types" */

/** @typedef {{attendants: number, arrivals: number, minutes: number, capacity: number}} Supposed minutes: of handling one */

/** Days that are offered beside the next 24 hours. */
const AHEAD = 7;

/** Nobody counts tenths of many customers. @param {number | null} value */
export const about = (value) => (value === null ? 0 : value < 10 ? Math.round(value * 10) / 10 : Math.round(value));

/**
 * The days that can be chosen: from today on, as their names in the address and as times.
 * @param {number} now
 */
export function daysAhead(now) {
  const today = new Date(now);
  return Array.from({ length: AHEAD }, (_, after) => {
    const day = new Date(today.getFullYear(), today.getMonth(), today.getDate() + after);
    return { value: dayText(day), at: day.getTime() };
  });
}

/**
 * The hour that needs most people, the first of equals; null when nothing is known or nobody is needed.
 * @param {readonly StaffingHour[]} hours
 */
export function peakOf(hours) {
  /** @type {StaffingHour | null} */
  let peak = null;
  for (const hour of hours) {
    const more = (hour.needed ?? 0) - (peak?.needed ?? 0);
    if (more > 0 || (more === 0 && peak && (hour.arrivals ?? 0) > (peak.arrivals ?? 0))) peak = hour;
  }
  return peak;
}

/** @param {Staffing} staffing */
export function summaryOf({ hours, team }) {
  return {
    peak: peakOf(hours),
    arrivals: hours.reduce((sum, { arrivals }) => sum + (arrivals ?? 0), 0),
    /** Hours for which the whole team is not enough. */
    short: hours.filter(({ needed }) => needed !== null && needed > team.members).length,
  };
}

/**
 * What is supposed at first: the busiest hour with the people it needs, or a small team where nothing is known yet.
 * @param {Staffing} staffing
 * @returns {Supposed}
 */
export function supposedOf({ hours, team, basis }) {
  const peak = basis.enough ? peakOf(hours) : null;
  return {
    attendants: Math.max(1, peak?.needed ?? team.members),
    arrivals: peak ? Math.max(1, Math.round(peak.arrivals ?? 0)) : 20,
    minutes: Math.max(1, Math.round((peak?.handling_seconds ?? basis.handling_seconds ?? 480) / 60)),
    capacity: team.capacity,
  };
}

/**
 * A number as it was written, kept within what can be asked; null while there is none.
 * @param {string} text
 * @param {number} least
 * @param {number} most
 */
export function within(text, least, most) {
  const value = Number(text);
  return text.trim() === "" || !Number.isFinite(value) ? null : Math.min(most, Math.max(least, Math.round(value)));
}
