// What stands in a conversation from top to bottom: days, messages in groups, what happened to it, where the unread begin.
// Pure: made of what the stores hold.

/** @import { HistoryLine, Message } from "../../api/types" */
/** @import { Outgoing } from "../../store/types" */

/** What a command answered: for the eyes of who typed it. @typedef {{id: string, at: string, command: string, answer: string | null, refused: boolean}} Aside */
/**
 * @typedef {(
 *   {type: "day", key: string, at: string}
 *   | {type: "unread", key: string, count: number}
 *   | {type: "line", key: string, line: HistoryLine}
 *   | {type: "aside", key: string, aside: Aside}
 *   | {type: "message", key: string, message: Message, first: boolean, last: boolean}
 *   | {type: "outgoing", key: string, entry: Outgoing, first: boolean, last: boolean}
 * )} Entry
 */

/** Milliseconds after which the same person begins a new group. */
const PAUSE = 5 * 60_000;

/** @param {string} at */
const dayOf = (at) => new Date(at).toDateString();

/** Changes that say nothing to a person: an answer accepts what was offered, and the answer itself is there. */
const SILENT = new Set(["reply", "priority", "max_wait"]);

/** @param {Message} message */
const author = ({ private: secret, sender, direction }) => `${direction} ${sender.kind} ${sender.id ?? sender.name} ${secret}`;

/**
 * @param {object} all
 * @param {readonly Message[]} all.items by `seq`
 * @param {readonly Outgoing[]} [all.outgoing]
 * @param {readonly HistoryLine[]} [all.history]
 * @param {readonly Aside[]} [all.asides]
 * @param {boolean} [all.has_more] older messages are not loaded: what happened before the first one that is stays out
 * @param {number | null} [all.unreadFrom] `seq` of the first message that was unread when the conversation was opened
 * @param {string} [all.me]
 * @returns {Entry[]}
 */
export function timeline({ items, outgoing = [], history = [], asides = [], has_more = false, unreadFrom, me = "" }) {
  const begins = has_more && items.length ? items[0].created_at : "";
  // What the customer says leads to what happens in the same moment, and what we say follows from it.
  const answered = (/** @type {string} */ at) => (items.find((message) => message.created_at === at && message.direction === "out")?.seq ?? Infinity) - 0.5;
  /** @type {{at: string, order: number, entry: any, by: string}[]} */
  const all = [
    ...history
      .filter(({ at, cause, from, to }) => at >= begins && !SILENT.has(cause) && (from !== to || cause === "transfer"))
      .map((line, index) => ({ at: line.at, order: answered(line.at), by: "", entry: { type: "line", key: `line ${line.handoff_id} ${index}`, line } })),
    // One key from the outbox to the server's own: the bubble stays the same element.
    ...items.map((message) => ({ at: message.created_at, order: message.seq, by: author(message), entry: { type: "message", key: message.client_id ?? message.id, message } })),
    ...asides.map((aside) => ({ at: aside.at, order: Infinity, by: "", entry: { type: "aside", key: aside.id, aside } })),
  ];
  // Messages keep the order of `seq`, which the order of `created_at` follows.
  all.sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0) || (one.order < other.order ? -1 : one.order > other.order ? 1 : 0));
  for (const entry of outgoing) {
    all.push({ at: entry.created_at, order: Infinity, by: `out attendant ${me} ${entry.private}`, entry: { type: "outgoing", key: entry.client_id, entry } });
  }

  /** @type {Entry[]} */
  const entries = [];
  const unread = unreadFrom == null ? 0 : items.filter((message) => message.seq >= unreadFrom && message.direction === "in").length;
  let divided = unread === 0;
  let day = "";
  let before = /** @type {{at: string, by: string, entry: any} | null} */ (null);
  for (const { at, by, entry } of all) {
    if (dayOf(at) !== day) {
      day = dayOf(at);
      entries.push({ type: "day", key: `day ${day}`, at });
      before = null;
    }
    if (!divided && unreadFrom != null && entry.type === "message" && entry.message.seq >= unreadFrom) {
      divided = true;
      entries.push({ type: "unread", key: "unread", count: unread });
      before = null;
    }
    const grouped = before !== null && by !== "" && before.by === by && Date.parse(at) - Date.parse(before.at) < PAUSE;
    if (grouped && before) before.entry.last = false;
    const made = by ? { ...entry, first: !grouped, last: true } : entry;
    entries.push(made);
    before = { at, by, entry: made };
  }
  return entries;
}

/**
 * Where the unread begin: `count` messages of the customer before the end.
 * @param {readonly Message[]} items
 * @param {number} count
 * @returns {number | null} a `seq`
 */
export function firstUnread(items, count) {
  if (count <= 0) return null;
  const received = items.filter(({ direction }) => direction === "in");
  return received[Math.max(0, received.length - count)]?.seq ?? null;
}
