// The messages of the conversations that are open on a screen, live, and who is typing.

import { api } from "../api/client.js";
import { signal } from "../lib.js";
import { feed, loader, recorded, reloads } from "./live.js";
import { onSent, unsent } from "./outbox.js";
import { mergeMessages, reduceThread, reduceTyping } from "./reduce.js";

/** @import { Messages, ServerEvent } from "../api/types" */
/** @import { Outgoing, Thread, TypingBy } from "./types" */
/** @import { Signal } from "../lib.js" */

/** Conversations whose messages are kept when nobody looks at them any more. */
const KEPT = 30;
const PAGE = 50;

/** In the order they were last opened. @type {Map<string, {thread: Signal<Thread>, load: () => Promise<void>, ready: Promise<void> | null}>} */
const threads = new Map();

/** Who is typing, by session. */
export const typing = signal(/** @type {ReadonlyMap<string, TypingBy>} */ (new Map()));

/** @param {string} session @param {Signal<Thread>} thread @param {readonly ServerEvent[]} events */
function apply(session, thread, events) {
  for (const event of events) {
    if ("session_id" in event && event.session_id === session) thread.value = reduceThread(thread.value, event);
  }
}

/** @param {string} session */
function entry(session) {
  const known = threads.get(session);
  if (known) return known;
  const thread = signal(/** @type {Thread} */ ({ items: [], has_more: false, loaded: false }));
  const load = loader(
    () => /** @type {Promise<Messages>} */ (api.get(`/api/sessions/${session}/messages`, { query: { limit: PAGE } })),
    (page, meanwhile) => {
      // What is older than a gap is asked for again when somebody scrolls there.
      const oldest = page.items[0]?.seq ?? 0;
      const joined = thread.value.items.some((message) => message.seq === oldest);
      const items = joined ? mergeMessages(thread.value.items, page.items) : page.items;
      thread.value = { items, has_more: joined ? thread.value.has_more : page.has_more, loaded: true };
      apply(session, thread, meanwhile);
    },
  );
  return { thread, load, ready: /** @type {Promise<void> | null} */ (null) };
}

/**
 * The messages of a conversation, which are loaded when this is the first time. Throws the Problem of loading them.
 * @param {string} session
 * @returns {{thread: Signal<Thread>, ready: Promise<void>}}
 */
export function openThread(session) {
  const opened = entry(session);
  threads.delete(session);
  threads.set(session, opened);
  for (const old of threads.keys()) {
    if (threads.size <= KEPT) break;
    threads.delete(old);
  }
  // Several parts of a screen open the same one: it is loaded once, and again after it failed.
  opened.ready ??= opened.load().catch((problem) => {
    opened.ready = null;
    throw problem;
  });
  return { thread: opened.thread, ready: opened.ready };
}

/**
 * The page before the oldest message that is there.
 * @param {string} session
 */
export async function loadOlder(session) {
  const { thread } = entry(session);
  const before = thread.value.items[0]?.seq;
  if (!before || !thread.value.has_more) return;
  const { answer, meanwhile } = await recorded(
    () => /** @type {Promise<Messages>} */ (api.get(`/api/sessions/${session}/messages`, { query: { before, limit: PAGE } })),
  );
  // What is there already heard every event; the answer may be older than they are.
  thread.value = { ...thread.value, items: mergeMessages(answer.items, thread.value.items), has_more: answer.has_more };
  apply(session, thread, meanwhile);
}

/**
 * What I wrote there that the server has not confirmed, to be shown below the rest.
 * @param {string} session
 * @returns {readonly Outgoing[]}
 */
export function outgoing(session) {
  const { items } = entry(session).thread.value;
  const sent = (/** @type {Outgoing} */ { client_id }) => items.some((message) => message.client_id === client_id);
  return (unsent.value.get(session) ?? []).filter((message) => !sent(message));
}

onSent((message) => {
  const opened = threads.get(message.session_id);
  // Its events may have come first, and told already that it was sent or read.
  if (opened) opened.thread.value = { ...opened.thread.value, items: mergeMessages([message], opened.thread.value.items) };
});
feed((events) => {
  for (const [session, { thread }] of threads) apply(session, thread, events);
  const now = Date.now();
  typing.value = events.reduce((state, event) => reduceTyping(state, event, now), typing.value);
});
reloads(() => Promise.all([...threads.values()].map(({ load }) => load())));

/** Forgets who said they type and never said another word. */
setInterval(() => {
  const now = Date.now();
  const still = [...typing.value].filter(([, { until }]) => until > now);
  if (still.length < typing.value.size) typing.value = new Map(still);
}, 1_000);
