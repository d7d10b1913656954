// The conversations that people serve, live: what waits, what is offered, what is active or pending, and those that a
// screen has asked for besides (`remember`).

import { api } from "../api/client.js";
import { me } from "../api/session.js";
import { computed, signal } from "../lib.js";
import { feed, loader, recorded, reloads } from "./live.js";
import { fromItem, reduceConversations } from "./reduce.js";

/** @import { Problem } from "../api/client.js" */
/** @import { QueueItem, SessionItem } from "../api/types" */
/** @import { Conversation } from "./types" */

export const conversations = signal(/** @type {ReadonlyMap<string, Conversation>} */ (new Map()));
/** False until the first list has come. */
export const loaded = signal(false);
/** Why the list could not be loaded. */
export const problem = signal(/** @type {Problem | null} */ (null));

const OPEN = new Set(["waiting", "assigned", "active", "pending"]);

/** @param {ReadonlyMap<string, Conversation>} map @param {readonly (QueueItem | SessionItem)[]} items */
const put = (map, items) => new Map([...map, ...items.map((item) => /** @type {const} */ ([item.session_id, fromItem(item)]))]);

const load = loader(
  () => api.all("/api/attendance/queue"),
  (items, meanwhile) => {
    // Those no longer open were remembered for somebody's screen; open ones that are not in the answer have left our sight.
    const others = [...conversations.value].filter(([, conversation]) => !OPEN.has(conversation.status));
    conversations.value = reduceConversations(put(new Map(others), items), meanwhile);
    loaded.value = true;
    problem.value = null;
  },
);

export const reload = () =>
  load().catch((/** @type {Problem} */ failure) => {
    problem.value = failure;
  });

reloads(reload);
feed((events) => {
  conversations.value = reduceConversations(conversations.value, events);
});

/**
 * Loads for a screen, and adds the conversations of the answer so that they stay live. What happened to one of them meanwhile
 * is newer than the answer.
 * @template T
 * @param {() => Promise<T>} fetch
 * @param {(answer: T) => readonly (QueueItem | SessionItem)[]} found
 * @returns {Promise<T>}
 */
export async function remember(fetch, found) {
  const { answer, meanwhile } = await recorded(fetch);
  const items = found(answer);
  const ids = new Set(items.map(({ session_id }) => session_id));
  const since = meanwhile.filter((event) => "session_id" in event && ids.has(String(event.session_id)));
  conversations.value = reduceConversations(put(conversations.value, items), since);
  return answer;
}

/** Times as text; a collator would take most of a busy frame. @param {string} one @param {string} other */
const byText = (one, other) => (one < other ? -1 : one > other ? 1 : 0);
/** Newest message first. @param {Conversation} one @param {Conversation} other */
export const byLastMessage = (one, other) => byText(other.last_message_at, one.last_message_at);
/** Urgent first, then who waits longest. @param {Conversation} one @param {Conversation} other */
export const byWait = (one, other) =>
  other.priority - one.priority || byText(one.waiting_since ?? "", other.waiting_since ?? "");

const open = computed(() => [...conversations.value.values()].filter((conversation) => OPEN.has(conversation.status)));

/** Active and pending with me. */
export const mine = computed(() =>
  open.value
    .filter(({ assigned_to, status }) => assigned_to === me.value?.id && status !== "assigned")
    .sort(byLastMessage),
);
/** Offered to me, not accepted yet. */
export const offers = computed(() =>
  open.value.filter(({ assigned_to, status }) => assigned_to === me.value?.id && status === "assigned").sort(byWait),
);
/** In a queue, nobody's. */
export const waiting = computed(() => open.value.filter(({ status }) => status === "waiting").sort(byWait));
/** What asks for me: offers, and my conversations with something unread. */
export const unread = computed(() => offers.value.length + mine.value.filter((conversation) => conversation.unread > 0).length);
