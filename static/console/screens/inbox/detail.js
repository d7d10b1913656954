// All of one conversation (`GET /api/session/{id}`), as long as a screen shows it: asked again when something happened to it.

import { api } from "../../api/client.js";
import { onReload } from "../../api/socket.js";
import { useEffect, useRef } from "../../lib.js";
import { useLoad } from "../../components/index.js";
import { remember } from "../../store/conversations.js";
import { feed } from "../../store/live.js";

/** @import { ServerEvent, SessionDetail } from "../../api/types" */

/** Milliseconds in which several events become one question. */
const GATHER = 250;

/**
 * @param {string} session
 * @param {SessionDetail | undefined} detail
 * @param {ServerEvent} event
 */
function concerns(session, detail, event) {
  if (!("session_id" in event) || event.session_id !== session) return false;
  // What a customer writes opens the window again; the rest of it is in the thread.
  if (event.type === "message_created") return event.message.direction === "in" && detail?.window_closes_at !== null;
  return event.type.startsWith("conversation_") || event.type === "new_conversation";
}

/** @param {string} session the component is keyed by it */
export function useDetail(session) {
  /** @type {ReturnType<typeof useLoad<SessionDetail>>} */
  const detail = useLoad(
    (signal) => remember(() => api.get(`/api/session/${session}`, { signal }), (found) => [found]),
    [session],
  );
  const known = useRef(detail.data);
  known.current = detail.data;
  useEffect(() => {
    let timer = 0;
    const stop = feed((events) => {
      if (!timer && events.some((event) => concerns(session, known.current, event))) {
        timer = setTimeout(() => {
          timer = 0;
          detail.reload();
        }, GATHER);
      }
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [session]);
  useEffect(() => onReload(detail.reload), [session]);
  return detail;
}
