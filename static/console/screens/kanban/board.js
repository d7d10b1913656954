// How conversations become a board. Pure. Untouched columns stay the same arrays, so that only what changed is drawn
// again.

/** @import { Column, Status } from "../../api/types" */
/** @import { Conversation } from "../../store/types" */

/** @type {readonly Column[]} */
export const COLUMNS = ["new", "active", "pending", "resolved"];

/** @type {Record<Status, Column | null>} */
const COLUMN_OF = {
  bot: null,
  waiting: "new",
  assigned: "new",
  active: "active",
  pending: "pending",
  resolved: "resolved",
};

/** @param {Conversation} conversation */
export const columnOf = (conversation) => COLUMN_OF[conversation.status];

/**
 * What the server is asked for when a card goes from one column to the other; it may still say no.
 * @type {Record<string, string>}
 */
const ACTIONS = {
  "new active": "take",
  "new resolved": "resolve",
  "active pending": "pending",
  "active resolved": "resolve",
  "active new": "requeue",
  "pending active": "resume",
  "pending resolved": "resolve",
  "pending new": "requeue",
  "resolved new": "reopen",
};

/** @param {Column} from @param {Column} to @returns {string} `impossible` for what the lifecycle does not know */
export const actionOf = (from, to) => ACTIONS[`${from} ${to}`] ?? "impossible";

/** Without accents and case. @param {string} text */
export const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/**
 * @typedef {object} Filter
 * @property {string} [q]
 * @property {string} [queue]
 * @property {string} [attendant] `none`: nobody has it
 * @property {string} [channel]
 * @property {string} [tag]
 */

/**
 * What sorting and searching ask of a conversation again and again.
 * @type {WeakMap<Conversation, {waits: number, last: number, text: string}>}
 */
const known = new WeakMap();

/** @param {Conversation} conversation */
function facts(conversation) {
  let found = known.get(conversation);
  if (!found) {
    const { contact, waiting_since, last_message_at } = conversation;
    const words = [
      contact.name,
      contact.phone,
      contact.email,
      conversation.last_message,
      conversation.subject,
      conversation.ticket_number,
      ...conversation.tags,
    ];
    found = {
      waits: waiting_since ? Date.parse(waiting_since) : Infinity,
      last: last_message_at ? Date.parse(last_message_at) : 0,
      text: fold(words.filter(Boolean).join(" ")),
    };
    known.set(conversation, found);
  }
  return found;
}

/** @param {Filter} filter @returns {(conversation: Conversation) => boolean} */
export function matcher({ q = "", queue, attendant, channel, tag }) {
  const words = fold(q).split(/\s+/).filter(Boolean);
  return (conversation) =>
    (!queue || conversation.queue?.id === queue) &&
    (!attendant || (attendant === "none" ? !conversation.assigned_to : conversation.assigned_to === attendant)) &&
    (!channel || conversation.channel === channel) &&
    (!tag || conversation.tags.includes(tag)) &&
    words.every((word) => facts(conversation).text.includes(word));
}

/**
 * Who waits: urgent first, then longest; the others by their latest message.
 * @type {Record<Column, (one: Conversation, other: Conversation) => number>}
 */
const ORDER = {
  new: (one, other) => other.priority - one.priority || facts(one).waits - facts(other).waits || byLast(one, other),
  active: (one, other) => byLast(one, other),
  pending: (one, other) => byLast(one, other),
  resolved: (one, other) => byLast(one, other),
};

/** @param {Conversation} one @param {Conversation} other */
function byLast(one, other) {
  return facts(other).last - facts(one).last || (one.session_id < other.session_id ? -1 : 1);
}

/** @typedef {Record<Column, readonly Conversation[]>} Columns */
/** @typedef {ReadonlyMap<string, Conversation>} Conversations */
/** @typedef {ReadonlyMap<string, Column>} Moves cards that are shown where the server has not confirmed them yet */
/**
 * What was arranged, of what.
 * @typedef {{conversations: Conversations, fits: (conversation: Conversation) => boolean, moves: Moves, columns:
 *   Columns}} Arrangement
 */
/** @typedef {{id: string, name: string, columns: Columns, size: number}} Lane id: the queue's, empty for none */

/** @type {() => Record<Column, Conversation[]>} */
const nothing = () => ({ new: [], active: [], pending: [], resolved: [] });

/** More changed cards than this are sorted in, fewer are put in their places. */
const FEW = 32;

/**
 * The sessions whose card may have changed since.
 * @param {Conversations} conversations
 * @param {Moves} moves
 * @param {Arrangement} before
 */
function changedSince(conversations, moves, before) {
  const changed = new Set();
  if (moves !== before.moves) for (const session of [...moves.keys(), ...before.moves.keys()]) changed.add(session);
  if (conversations === before.conversations) return changed;
  for (const [session, conversation] of conversations)
    if (before.conversations.get(session) !== conversation) changed.add(session);
  for (const session of before.conversations.keys()) if (!conversations.has(session)) changed.add(session);
  return changed;
}

/**
 * The cards of each column in their order. A busy board changes by a few cards in a frame: only those are looked at.
 * @param {Conversations} conversations
 * @param {(conversation: Conversation) => boolean} fits
 * @param {Moves} moves
 * @param {Arrangement | null} [before] the last answer
 * @returns {Arrangement}
 */
export function arrange(conversations, fits, moves, before) {
  const known = before?.fits === fits ? before : null;
  const changed = known && changedSince(conversations, moves, known);
  const fresh = nothing();
  for (const session of changed ?? conversations.keys()) {
    const conversation = conversations.get(/** @type {string} */ (session));
    const column = conversation && (moves.get(conversation.session_id) ?? columnOf(conversation));
    if (column && fits(conversation)) fresh[column].push(conversation);
  }
  /** @type {Record<Column, readonly Conversation[]>} */
  const columns = nothing();
  for (const column of COLUMNS) {
    const before = known?.columns[column] ?? [];
    const kept = changed?.size ? before.filter(({ session_id }) => !changed.has(session_id)) : before;
    const added = fresh[column];
    if (!added.length) columns[column] = kept.length === before.length ? before : kept;
    else if (added.length > FEW) columns[column] = [...kept, ...added].sort(ORDER[column]);
    else {
      const cards = [...kept];
      for (const conversation of added) cards.splice(placeOf(cards, conversation, column), 0, conversation);
      columns[column] = cards;
    }
  }
  return { conversations, fits, moves, columns };
}

/** @param {readonly Conversation[] | undefined} before @param {readonly Conversation[]} now */
const reuse = (before, now) =>
  before?.length === now.length && before.every((conversation, at) => conversation === now[at]) ? before : now;

/**
 * The same board in lanes, one per queue; those without a queue come last.
 * @param {Columns} columns
 * @param {readonly {id: string, name: string}[]} queues in their order
 * @param {string} none the name of the lane without a queue
 * @param {readonly Lane[]} [before] the last answer
 * @returns {Lane[]}
 */
export function inLanes(columns, queues, none, before = []) {
  /** @type {Map<string, {id: string, name: string, columns: Record<Column, Conversation[]>, size: number}>} */
  const lanes = new Map(queues.map(({ id, name }) => [id, { id, name, columns: nothing(), size: 0 }]));
  for (const column of COLUMNS) {
    for (const conversation of columns[column]) {
      const { id, name } = conversation.queue ?? { id: "", name: none };
      const lane = lanes.get(id) ?? { id, name, columns: nothing(), size: 0 };
      lanes.set(id, lane);
      lane.columns[column].push(conversation);
      lane.size += 1;
    }
  }
  const known = new Map(before.map((lane) => [lane.id, lane.columns]));
  return [...lanes.values()]
    .filter(({ size }) => size > 0)
    .sort((one, other) => Number(!one.id) - Number(!other.id))
    .map((lane) => {
      const last = known.get(lane.id);
      const { columns } = lane;
      return {
        ...lane,
        columns: {
          new: reuse(last?.new, columns.new),
          active: reuse(last?.active, columns.active),
          pending: reuse(last?.pending, columns.pending),
          resolved: reuse(last?.resolved, columns.resolved),
        },
      };
    });
}

/**
 * Where a card would lie in a column.
 * @param {readonly Conversation[]} cards
 * @param {Conversation} conversation
 * @param {Column} column
 */
export function placeOf(cards, conversation, column) {
  let [low, high] = [0, cards.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ORDER[column](cards[middle], conversation) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Every tag that a card has, sorted. @param {Iterable<Conversation>} conversations */
export function tagsOf(conversations) {
  const tags = new Set();
  for (const conversation of conversations)
    if (columnOf(conversation)) conversation.tags.forEach((tag) => tags.add(tag));
  return /** @type {string[]} */ ([...tags]).sort((one, other) => one.localeCompare(other));
}
