// What people wrote that the server has not confirmed yet. Kept by the browser before it is sent, so that neither a cut nor
// a closed tab loses it; sent again with the same `client_id`, of which the server keeps one. In order per conversation.

import { api, Problem } from "../api/client.js";
import { me } from "../api/session.js";
import { request, state } from "../api/socket.js";
import { backoff } from "../api/backoff.js";
import { computed, effect, signal, uuid } from "../lib.js";
import { keys, load, save, watch } from "../storage.js";

/** @import { Message } from "../api/types" */
/** @import { Outgoing } from "./types" */

const prefix = () => `outbox.${me.value?.id}.`;
const read = () =>
  keys(prefix())
    .map((key) => /** @type {Outgoing | undefined} */ (load(key)))
    .filter((entry) => entry !== undefined)
    .sort((one, other) => one.created_at.localeCompare(other.created_at));

/** Everything unsent, oldest first: of this tab and of the others. */
export const outbox = signal(/** @type {readonly Outgoing[]} */ ([]));

/** By conversation. */
export const unsent = computed(() => Map.groupBy(outbox.value, (entry) => entry.session_id));

const refresh = () => {
  outbox.value = me.value ? read() : [];
};
watch("outbox.", refresh);

/** @param {Outgoing} entry */
const keep = (entry) => {
  // A full storage still sends, from memory.
  if (save(prefix() + entry.client_id, entry)) refresh();
  else outbox.value = [...outbox.value.filter(({ client_id }) => client_id !== entry.client_id), entry];
};
/** @param {Outgoing} entry */
const forget = (entry) => {
  save(prefix() + entry.client_id, undefined);
  outbox.value = outbox.value.filter(({ client_id }) => client_id !== entry.client_id);
};

/** @type {Set<(message: Message) => void>} */
const listeners = new Set();

/**
 * Called with each message as the server stored it; its event may come before or after.
 * @param {(message: Message) => void} listener
 */
export function onSent(listener) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Ends the waits between tries: there is a connection again. @type {Set<() => void>} */
const waits = new Set();

/** @param {number} milliseconds */
const pause = (milliseconds) =>
  new Promise((/** @type {(value: void) => void} */ go) => {
    const end = () => {
      waits.delete(end);
      clearTimeout(timer);
      go();
    };
    const timer = setTimeout(end, milliseconds);
    waits.add(end);
  });

/** Milliseconds for one try. */
const PATIENCE = 6_000;

/**
 * Gives one to the server. After a try without an answer by the socket, when it lives: connections that died while the
 * machine slept are found one by one otherwise.
 * @param {Outgoing} entry
 * @param {boolean} again
 * @returns {Promise<Message>}
 */
async function deliver({ session_id, client_id, text, attachments, reply_to, private: secret, template }, again) {
  const content = { client_id, text, attachments, reply_to, private: secret, ...(template ? { template } : {}) };
  if (again && state.peek() === "live") return (await request("send", { session_id, ...content })).message;
  return api.post(`/api/sessions/${session_id}/messages`, content, { patience: PATIENCE });
}

/** Conversations whose messages are being sent by this tab. @type {Set<string>} */
const sending = new Set();

/** @param {string} session */
async function flush(session) {
  if (sending.has(session)) return;
  sending.add(session);
  let attempt = 0;
  let unanswered = false;
  try {
    for (;;) {
      const entry = unsent.value.get(session)?.find(({ problem }) => !problem);
      if (!entry) return;
      try {
        const message = await deliver(entry, unanswered);
        forget(entry);
        listeners.forEach((listener) => listener(message));
        attempt = 0;
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        unanswered = problem.status === 0;
        if (!problem.passing) keep({ ...entry, problem: { code: problem.code, detail: problem.message } });
        else await pause(problem.retryAfter ? problem.retryAfter * 1000 : backoff(attempt++));
      }
    }
  } finally {
    sending.delete(session);
  }
}

/** @param {string} session */
function start(session) {
  const work = () => flush(session);
  // One tab sends a conversation's messages at a time, or they could overtake each other.
  if (navigator.locks) void navigator.locks.request(`attendance.outbox.${session}`, work);
  else void work();
}

/**
 * Keeps a message and sends it as soon as the server can be reached.
 * @param {string} session_id
 * @param {Partial<Pick<Outgoing, "text" | "attachments" | "reply_to" | "private" | "template">>} content
 * @returns {Outgoing}
 */
export function send(session_id, content) {
  /** @type {Outgoing} */
  const entry = {
    text: "",
    attachments: [],
    reply_to: null,
    private: false,
    template: null,
    ...content,
    client_id: uuid(),
    session_id,
    created_at: new Date().toISOString(),
    problem: null,
  };
  keep(entry);
  start(session_id);
  return entry;
}

/** Tries a refused one again. @param {Outgoing} entry */
export function retry(entry) {
  keep({ ...entry, problem: null });
  start(entry.session_id);
}

/** Gives one up. @param {Outgoing} entry */
export const discard = forget;

effect(() => {
  if (me.value) refresh();
});
effect(() => {
  if (state.value !== "live") return;
  waits.forEach((end) => end());
  for (const session of unsent.peek().keys()) start(session);
});
