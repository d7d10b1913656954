// The figures of a period, asked for again shortly after something happened.

import { api } from "../../api/client.js";
import { useEffect, useRef } from "../../lib.js";
import { clock } from "../../clock.js";
import { useLoad } from "../../components/index.js";
import { feed } from "../../store/live.js";
import { stretchOf } from "./figures.js";

/** @import { FigureGroup, Figures, Insights, ServerEvent } from "../../api/types" */
/** @import { Stretch } from "./figures.js" */

/**
 * What is looked at, as the address says it.
 * @typedef {{period?: string, from?: string, to?: string, queue?: string, channel?: string}} Query
 */
/**
 * @typedef {{stretch: Stretch, insights: Insights, before: Figures, channels: FigureGroup[], queues: FigureGroup[],
 *   attendants: FigureGroup[]}} Report
 */

/** What changes figures. @type {ReadonlySet<ServerEvent["type"]>} */
const COUNTS = new Set(
  /** @type {const} */ ([
    "new_conversation",
    "conversation_accepted",
    "conversation_transferred",
    "conversation_resolved",
    "conversation_updated",
    "message_created",
  ]),
);
/** Milliseconds between two questions, at least; and how many times longer than the answer took. */
const SPACING = 4_000;
const PATIENCE = 5;

/**
 * @param {Query} query
 * @param {AbortSignal} signal
 * @returns {(stretch: {from: Date, to: Date}, group_by?: string) => Promise<Insights>}
 */
function asking({ queue, channel }, signal) {
  const only = { queue_id: queue, channel, utc_offset: -new Date().getTimezoneOffset() };
  return ({ from, to }, group_by) =>
    api.get("/api/attendance/insights", {
      query: { ...only, from: from.toISOString(), to: to.toISOString(), group_by },
      signal,
    });
}

/** The figures alone. @param {Query} query @param {AbortSignal} signal */
export const total = (query, signal) => asking(query, signal)(stretchOf(query, clock.peek()));

/**
 * The figures, what they were before, and whose they are.
 * @param {Query} query
 * @param {AbortSignal} signal
 * @returns {Promise<Report>}
 */
export async function whole(query, signal) {
  const stretch = stretchOf(query, clock.peek());
  const figures = asking(query, signal);
  const [insights, before, byChannel, byQueue, byAttendant] = await Promise.all([
    figures(stretch, stretch.step),
    figures(stretch.before),
    figures(stretch, "channel"),
    figures(stretch, "queue"),
    figures(stretch, "attendant"),
  ]);
  return {
    stretch,
    insights,
    before: before.total,
    channels: byChannel.groups,
    queues: byQueue.groups,
    attendants: byAttendant.groups,
  };
}

/** The last answers: what was shown once is there at once the next time. @type {Map<string, any>} */
const answers = new Map();

/**
 * What `ask` answers of a period, kept up to date. `stale`: what is there is of the period before.
 * @template T
 * @param {Query} query
 * @param {(query: Query, signal: AbortSignal) => Promise<T>} ask
 */
export function useReport(query, ask) {
  const key = `${ask.name} ${JSON.stringify(query)}`;
  const took = useRef(0);
  const report = useLoad(
    async (signal) => {
      const began = performance.now();
      const answer = await ask(query, signal);
      took.current = performance.now() - began;
      answers.set(key, answer);
      return answer;
    },
    [key],
  );
  const latest = useRef(report);
  latest.current = report;
  useEffect(() => {
    let timer = 0;
    const again = () => {
      timer = 0;
      if (!document.hidden) latest.current.reload();
      else document.addEventListener("visibilitychange", again, { once: true });
    };
    const stop = feed((events) => {
      if (!timer && events.some(({ type }) => COUNTS.has(type)))
        timer = setTimeout(again, Math.max(SPACING, took.current * PATIENCE));
    });
    return () => {
      stop();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", again);
    };
  }, []);
  const data = /** @type {T | undefined} */ (answers.get(key));
  return { ...report, data: data ?? report.data, stale: !data };
}
