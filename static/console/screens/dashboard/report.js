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

/** @param {Query} query @param {AbortSignal} signal @returns {Promise<Report>} */
async function ask(query, signal) {
  const stretch = stretchOf(query, clock.peek());
  const only = { queue_id: query.queue, channel: query.channel, utc_offset: -new Date().getTimezoneOffset() };
  /** @param {{from: Date, to: Date}} stretch @param {string} [group_by] @returns {Promise<Insights>} */
  const figures = ({ from, to }, group_by) =>
    api.get("/api/attendance/insights", {
      query: { ...only, from: from.toISOString(), to: to.toISOString(), group_by },
      signal,
    });
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

/** The report of a period, kept up to date. @param {Query} query */
export function useReport(query) {
  const took = useRef(0);
  const report = useLoad(
    async (signal) => {
      const began = performance.now();
      const answer = await ask(query, signal);
      took.current = performance.now() - began;
      return answer;
    },
    [JSON.stringify(query)],
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
  return report;
}
