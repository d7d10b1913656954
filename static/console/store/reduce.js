// How the server's events change what the screens hold. Pure: the same state and events give the same state, untouched
// parts stay the same objects, so that only what changed is drawn again. Applying an event twice changes nothing.

/** @import { Attendant, Message, MessageStatus, Queue, QueueItem, ServerEvent, SessionItem } from "../api/types" */
/** @import { Conversation, Thread, TypingBy } from "./types" */

/** @typedef {ReadonlyMap<string, Conversation>} Conversations */

const WAITS = new Set(["waiting", "assigned"]);

/**
 * @param {QueueItem | SessionItem} item
 * @returns {Conversation}
 */
export function fromItem(item) {
  const waits = WAITS.has(item.status);
  return {
    session_id: item.session_id,
    contact: {
      id: item.user_id,
      name: item.user_name,
      phone: item.user_phone,
      email: item.user_email,
      tier: item.tier,
    },
    bot_id: item.bot_id,
    channel: item.channel,
    status: item.status,
    needs_human: item.needs_human,
    last_message: item.last_message,
    last_message_at: item.last_message_at,
    queue: item.queue,
    position: item.position,
    assigned_to: item.assigned_to,
    assigned_to_name: item.assigned_to_name,
    offer_until: item.offer_until,
    priority: item.priority,
    tags: item.tags,
    subject: item.subject,
    unread: item.unread,
    snoozed_until: item.snoozed_until,
    transfer_reason: item.transfer_reason,
    waiting_since: waits ? item.created_at : null,
    waited_seconds: waits ? null : item.waiting_time_seconds,
    ticket_number: item.ticket_number,
    sla: item.sla,
    sentiment: item.sentiment,
  };
}

/** @type {Omit<Conversation, "session_id">} */
const UNKNOWN = {
  contact: { id: "", name: "", phone: null, email: null, tier: null },
  bot_id: "",
  channel: "",
  status: "bot",
  needs_human: false,
  last_message: "",
  last_message_at: "",
  queue: null,
  position: null,
  assigned_to: null,
  assigned_to_name: null,
  offer_until: null,
  priority: 1,
  tags: [],
  subject: null,
  unread: 0,
  snoozed_until: null,
  transfer_reason: null,
  waiting_since: null,
  waited_seconds: null,
  ticket_number: null,
  sla: null,
  sentiment: null,
};

/**
 * @param {Conversation | undefined} before
 * @param {Partial<Conversation> & {session_id: string}} change
 * @returns {Conversation}
 */
function changed(before, change) {
  const known = Object.entries(change).filter(([, value]) => value !== undefined);
  return { ...UNKNOWN, ...before, .../** @type {typeof change} */ (Object.fromEntries(known)) };
}

/** @param {Conversation | undefined} before @param {ServerEvent} event @returns {Conversation | undefined} */
function reduceConversation(before, event) {
  switch (event.type) {
    case "new_conversation":
    case "conversation_assigned":
    case "conversation_accepted":
    case "conversation_transferred":
    case "conversation_pending":
    case "conversation_resolved":
    case "conversation_updated": {
      // Ratings are told with little more than the id.
      if (!event.status) return before;
      const waits = WAITS.has(event.status);
      const since = before?.waiting_since ?? event.queued_at;
      const waited = since ? Math.max(0, Math.round((Date.parse(event.at) - Date.parse(since)) / 1000)) : null;
      return changed(before, {
        session_id: event.session_id,
        contact: event.customer,
        bot_id: event.bot_id,
        channel: event.channel,
        status: event.status,
        needs_human: event.needs_human,
        last_message: event.message,
        last_message_at: event.last_message_at,
        queue: event.queue,
        position: event.position ?? (event.status === "waiting" ? undefined : null),
        assigned_to: event.status === "waiting" ? null : event.assigned_to,
        assigned_to_name: event.status === "waiting" ? null : event.assigned_to_name,
        offer_until: event.offer_until,
        priority: event.priority,
        tags: event.tags,
        subject: event.subject,
        unread: event.unread,
        snoozed_until: event.snoozed_until,
        transfer_reason: event.transfer_reason,
        waiting_since: waits ? since : null,
        waited_seconds: waits ? null : (before?.waited_seconds ?? waited),
      });
    }
    case "message_created": {
      // Like the server: notices of the product are nobody's last words.
      const said = !event.message.private && event.message.sender.kind !== "system";
      return changed(before, {
        session_id: event.session_id,
        contact: event.customer,
        channel: event.channel,
        status: event.status,
        unread: event.unread,
        last_message: said ? event.message.text || before?.last_message : undefined,
        last_message_at: said ? event.message.created_at : undefined,
      });
    }
    default:
      return before;
  }
}

/**
 * Several at once: a busy second costs one copy of the map.
 * @param {Conversations} conversations
 * @param {readonly ServerEvent[]} events
 * @returns {Conversations}
 */
export function reduceConversations(conversations, events) {
  /** @type {Map<string, Conversation> | null} */
  let next = null;
  for (const event of events) {
    if (!("session_id" in event) || typeof event.session_id !== "string") continue;
    const before = (next ?? conversations).get(event.session_id);
    const after = reduceConversation(before, event);
    if (!after || after === before) continue;
    next ??= new Map(conversations);
    next.set(after.session_id, after);
  }
  return next ?? conversations;
}

/** Further is later: receipts come in any order. @type {Record<MessageStatus, number>} */
const RANK = { received: 0, queued: 0, sent: 1, delivered: 2, read: 3, failed: 4 };

/**
 * Messages in their order. Of one that is in both, that of `newer` counts.
 * @param {readonly Message[]} items
 * @param {readonly Message[]} newer
 * @returns {Message[]}
 */
export function mergeMessages(items, newer) {
  const all = new Map(items.map((message) => [message.id, message]));
  for (const message of newer) all.set(message.id, message);
  return [...all.values()].sort((one, other) => one.seq - other.seq);
}

/**
 * @param {Thread} thread of the event's conversation
 * @param {ServerEvent} event
 * @returns {Thread}
 */
export function reduceThread(thread, event) {
  switch (event.type) {
    case "message_created":
      return { ...thread, items: mergeMessages(thread.items, [event.message]) };
    case "message_updated":
      if (!thread.items.some((message) => message.id === event.message.id)) return thread;
      return { ...thread, items: mergeMessages(thread.items, [event.message]) };
    case "message_status": {
      const at = thread.items.findIndex((message) => message.id === event.message_id);
      const message = thread.items[at];
      const retried = message?.status === "failed" && event.status === "queued";
      if (!message || (RANK[event.status] <= RANK[message.status] && !retried)) return thread;
      const items = [...thread.items];
      items[at] = { ...message, status: event.status, error: event.error };
      return { ...thread, items };
    }
    default:
      return thread;
  }
}

/**
 * @param {ReadonlyMap<string, Queue>} queues
 * @param {ServerEvent} event
 * @returns {ReadonlyMap<string, Queue>}
 */
export function reduceQueues(queues, event) {
  if (event.type !== "queue_updated") return queues;
  const before = queues.get(event.queue.id);
  if (!before) return queues;
  const { length, oldest_waiting_since, estimated_wait_seconds } = event;
  return new Map(queues).set(before.id, { ...before, length, oldest_waiting_since, estimated_wait_seconds });
}

/**
 * @param {ReadonlyMap<string, Attendant>} attendants
 * @param {ServerEvent} event
 * @returns {ReadonlyMap<string, Attendant>}
 */
export function reduceAttendants(attendants, event) {
  if (event.type !== "attendant_status") return attendants;
  const before = attendants.get(event.attendant.id);
  if (!before) return attendants;
  return new Map(attendants).set(before.id, {
    ...before,
    status: event.status,
    status_since: before.status === event.status ? before.status_since : event.at,
    active_conversations: event.active_conversations,
    max_conversations: event.max_conversations,
  });
}

/** Milliseconds after which somebody who said they type, and then nothing, is taken to have stopped. */
const TYPES_FOR = 6_000;

/**
 * @param {ReadonlyMap<string, TypingBy>} typing by session
 * @param {ServerEvent} event
 * @param {number} now
 * @returns {ReadonlyMap<string, TypingBy>}
 */
export function reduceTyping(typing, event, now) {
  if (event.type === "typing" && event.on !== false) {
    return new Map(typing).set(event.session_id, { from: event.from, name: event.name, until: now + TYPES_FOR });
  }
  const ended = event.type === "typing" || event.type === "message_created";
  if (!ended || !typing.has(event.session_id)) return typing;
  const next = new Map(typing);
  next.delete(event.session_id);
  return next;
}
