// Which conversations a view of the list shows, and in which order. Pure.

/** @import { Conversation } from "../../store/types" */

/** @typedef {"mine" | "waiting" | "all" | "pending" | "mentions" | "resolved" | "snoozed"} View */
/** @typedef {"wait" | "recent" | "oldest"} Sort */
/**
 * @typedef {object} Filter empty fields leave it open
 * @property {string} [channel]
 * @property {string} [queue] id
 * @property {string} [tag]
 * @property {string} [priority] `0` to `3`
 * @property {string} [attendant] id, or `none`
 */
/** @typedef {{id: string, name: string, view: View, filter: Filter}} Saved */

/** @type {readonly View[]} */
export const VIEWS = ["mine", "waiting", "all", "pending", "mentions", "snoozed", "resolved"];
/** @type {readonly Sort[]} */
export const SORTS = ["recent", "wait", "oldest"];

const OPEN = new Set(["waiting", "assigned", "active", "pending"]);

/** @param {Conversation} one @param {string | undefined} me */
export const isOffer = (one, me) => one.status === "assigned" && one.assigned_to === me;

/**
 * @param {View} view
 * @param {Conversation} one
 * @param {{me?: string, mentioned: ReadonlySet<string>}} around
 */
export function isIn(view, one, { me, mentioned }) {
  const open = OPEN.has(one.status);
  switch (view) {
    case "mine":
      return open && one.assigned_to === me && !one.snoozed_until;
    case "waiting":
      return one.status === "waiting" || one.status === "assigned";
    case "all":
      return open;
    case "pending":
      return one.status === "pending";
    case "mentions":
      return mentioned.has(one.session_id);
    case "snoozed":
      return open && one.snoozed_until !== null;
    case "resolved":
      return one.status === "resolved";
  }
}

/** @param {Conversation} one @param {Filter} filter */
export function fits(one, { channel, queue, tag, priority, attendant }) {
  return (
    (!channel || one.channel === channel) &&
    (!queue || one.queue?.id === queue) &&
    (!tag || one.tags.includes(tag)) &&
    (!priority || String(one.priority) === priority) &&
    (!attendant || (one.assigned_to ?? "none") === attendant)
  );
}

/** @param {Filter} filter how many fields are set */
export const narrowed = (filter) => Object.values(filter).filter(Boolean).length;

/** Small letters without accents, as searches compare. @param {string} text */
export const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/**
 * Whether a note says `@` and one of the names, and not the beginning of a longer word.
 * @param {string} text
 * @param {readonly string[]} names
 */
export function mentions(text, names) {
  const folded = fold(text);
  const wanted = names.map(fold).filter(Boolean);
  return [...folded.matchAll(/@/g)].some(({ index }) =>
    wanted.some((name) => folded.startsWith(name, index + 1) && !/^[\p{L}\p{N}]/u.test(folded.slice(index + 1 + name.length))),
  );
}

/** Whether every word of `query` is in what a row says. @param {Conversation} one @param {string} query */
export function says(one, query) {
  const { name, phone, email } = one.contact;
  const text = fold([name, phone, email, one.last_message, one.subject, ...one.tags].filter(Boolean).join(" "));
  return fold(query).split(/\s+/).filter(Boolean).every((word) => text.includes(word));
}

/** Times as text: thousands of rows are sorted at each event, too many for a collator. @param {string} one @param {string} other */
const byText = (one, other) => (one < other ? -1 : one > other ? 1 : 0);

/** @type {Record<Sort, (one: Conversation, other: Conversation) => number>} */
const ORDER = {
  recent: (one, other) => byText(other.last_message_at, one.last_message_at),
  oldest: (one, other) => byText(one.last_message_at, other.last_message_at),
  // Urgent first, then who waits longest; those who do not wait come after, newest first.
  wait: (one, other) => {
    if (Boolean(one.waiting_since) !== Boolean(other.waiting_since)) return one.waiting_since ? -1 : 1;
    if (!one.waiting_since || !other.waiting_since) return ORDER.recent(one, other);
    return other.priority - one.priority || byText(one.waiting_since, other.waiting_since);
  },
};

/**
 * The rows of a view. What is offered to me comes first, whatever the order.
 * @param {Iterable<Conversation>} all
 * @param {{view: View, filter: Filter, sort: Sort, query: string, found: ReadonlySet<string>, me?: string, mentioned: ReadonlySet<string>}} wanted
 *   found: what the server found for `query`, in whatever view it is
 */
export function rowsOf(all, { view, filter, sort, query, found, me, mentioned }) {
  const around = { me, mentioned };
  const rows = [...all].filter((one) => (query ? found.has(one.session_id) || says(one, query) : isIn(view, one, around)) && fits(one, filter));
  const order = ORDER[sort];
  rows.sort((one, other) => order(one, other) || byText(one.session_id, other.session_id));
  const offers = rows.filter((one) => isOffer(one, me));
  return offers.length ? [...offers, ...rows.filter((one) => !isOffer(one, me))] : rows;
}

/**
 * How many each view has, and how many of them ask for somebody.
 * @param {Iterable<Conversation>} all
 * @param {{me?: string, mentioned: ReadonlySet<string>}} around
 * @returns {Record<View, {total: number, unread: number}>}
 */
export function countsOf(all, around) {
  const counts = /** @type {Record<View, {total: number, unread: number}>} */ (
    Object.fromEntries(VIEWS.map((view) => [view, { total: 0, unread: 0 }]))
  );
  for (const one of all) {
    for (const view of VIEWS) {
      if (!isIn(view, one, around)) continue;
      counts[view].total += 1;
      if (one.unread > 0 || isOffer(one, around.me)) counts[view].unread += 1;
    }
  }
  return counts;
}
