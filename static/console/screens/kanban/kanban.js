// The board: who waits, who is served, who is to answer, what is done. Cards move by mouse, finger and keyboard; what
// the server refuses goes back to its place, and what others do appears at once, also while a card is held.

import { api } from "../../api/client.js";
import { may } from "../../api/session.js";
import { html, memo, signal, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "../../lib.js";
import {
  Button,
  Chip,
  Empty,
  Icon,
  IconButton,
  Popover,
  ProblemState,
  Select,
  Skeleton,
  VirtualList,
} from "../../components/index.js";
import { useCommands } from "../../shell/commands.js";
import { setQuery } from "../../shell/router.js";
import { toast } from "../../shell/toasts.js";
import { list as attendants } from "../../store/attendants.js";
import * as store from "../../store/conversations.js";
import { reloads } from "../../store/live.js";
import { prefer, preferences } from "../../store/preferences.js";
import { list as queueList, queues } from "../../store/queues.js";
import { number, t } from "../../text.js";
import { COLUMNS, actionOf, arrange, columnOf, inLanes, matcher, placeOf, tagsOf } from "./board.js";
import { Card } from "./card.js";
import { useDrag } from "./drag.js";
import { move, moves, refused, say, spoken } from "./moves.js";
import { Peek } from "./peek.js";

/** @import { Column, QueueItem } from "../../api/types" */
/** @import { Conversation } from "../../store/types" */
/** @import { Arrangement, Columns, Filter, Lane } from "./board.js" */

const { conversations } = store;
/** Pixels; the style sheet draws cards in rows of this height. */
const ROW = { comfortable: 134, compact: 64 };
/** Rows of a lane that are seen without scrolling in it. */
const LANE_ROWS = 3;
/** Milliseconds after the last key before the server is asked for resolved ones that are not loaded. */
const TYPING = 250;

/** How many resolved ones the server has besides those that it sent. */
const beyond = signal(0);

/** The open conversations are in the store already. @param {Filter} filter @param {AbortSignal} signal */
async function loadResolved({ q, queue, attendant, tag }, signal) {
  const query = { q, queue_id: queue, attendant_id: attendant === "none" ? undefined : attendant, tag };
  const { columns, counts } = await store.remember(
    () => /** @type {Promise<{columns: Record<Column, QueueItem[]>, counts: Record<Column, number>}>} */ (api.get("/api/attendance/kanban", { query, signal })),
    ({ columns: { resolved } }) => resolved,
  );
  beyond.value = q || queue || attendant || tag ? 0 : counts.resolved - columns.resolved.length;
}

/** Pixels of a window that has room for a conversation beside the board. */
const WIDE = 1200;

/** @param {{rest: string[], query: Record<string, string>}} props */
export default function Kanban({ query: { peek, ...query } }) {
  const filter = useMemo(() => query, [JSON.stringify(query)]);
  const peeked = peek && conversations.value.get(peek);
  useEffect(() => {
    const controller = new AbortController();
    let stop = () => {};
    // A failure is left at what is there already: the open conversations do not come from this call.
    const begin = () => (stop = reloads(() => loadResolved(filter, controller.signal)));
    const timer = setTimeout(begin, filter.q ? TYPING : 0);
    return () => {
      clearTimeout(timer);
      controller.abort();
      stop();
    };
  }, [filter]);
  const leave = () => setQuery({ peek: null });
  useCommands([
    {
      id: "kanban.peek",
      label: () => t("close"),
      keys: "escape",
      hidden: true,
      when: () => Boolean(peek),
      run: leave,
    },
  ]);
  const ready = store.loaded.value;
  const problem = store.problem.value;
  return html`<div
    class="kanban"
    onClick=${(/** @type {MouseEvent} */ event) => {
      const card = /** @type {Element} */ (event.target).closest("[data-session]")?.getAttribute("data-session");
      const plain = event.detail > 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
      // A click looks at it, where there is room; another one, or Enter, opens it.
      if (!card || card === peek || !plain || innerWidth < WIDE) return;
      event.preventDefault();
      setQuery({ peek: card });
    }}
  >
    <${Head} filter=${filter} />
    ${
      ready
        ? html`<div class="kanban-body">
            <${Board} filter=${filter} peeked=${peeked ? peek : ""} />
            ${peeked && html`<${Peek} key=${peek} conversation=${peeked} onClose=${leave} />`}
          </div>`
        : problem
          ? html`<${ProblemState} problem=${problem} onRetry=${store.reload} />`
          : html`<${Loading} />`
    }
    <div class="hidden-text" role="status" aria-live="assertive">${spoken}</div>
  </div>`;
}

const Loading = () =>
  html`<div class="board">
    ${COLUMNS.map(
      (column) =>
        html`<section class="column" key=${column}>
          <h2 class="column-head">${t(`column.${column}`)}</h2>
          <${Skeleton} rows=${5} kind="text" />
        </section>`,
    )}
  </div>`;

/** @typedef {{lanes?: boolean, compact?: boolean, closed?: string[]}} View */

/** @returns {View} */
const view = () => /** @type {View} */ (preferences.value.views.kanban ?? {});

/** @param {View} change */
const setView = (change) => prefer({ views: { ...preferences.value.views, kanban: { ...view(), ...change } } });

/** @param {{filter: Filter}} props */
function Head({ filter }) {
  const search = useRef(/** @type {HTMLInputElement | null} */ (null));
  const { lanes = false, compact = false } = view();
  useCommands([
    {
      id: "kanban.search",
      label: () => t("kanban.search"),
      keys: "/",
      icon: "search",
      group: () => t("kanban.title"),
      run: () => search.current?.focus(),
    },
    {
      id: "kanban.lanes",
      label: () => t("kanban.lanes"),
      keys: "shift+l",
      icon: "lanes",
      group: () => t("kanban.title"),
      run: () => setView({ lanes: !view().lanes }),
    },
    {
      id: "kanban.compact",
      label: () => t("kanban.compact"),
      keys: "shift+d",
      icon: "rows",
      group: () => t("kanban.title"),
      run: () => setView({ compact: !view().compact }),
    },
  ]);
  const named = {
    queue: filter.queue && (queues.value.get(filter.queue)?.name ?? t("kanban.no_queue")),
    attendant:
      filter.attendant &&
      (filter.attendant === "none"
        ? t("kanban.nobody")
        : attendants.value.find(({ id }) => id === filter.attendant)?.name),
    channel: filter.channel,
    tag: filter.tag,
  };
  const set = Object.entries(named).filter(([, name]) => name);
  return html`<header class="kanban-head">
    <h1>${t("kanban.title")}</h1>
    <span class="kanban-search">
      <${Icon} name="search" />
      <input
        ref=${search}
        class="input"
        type="search"
        aria-label=${t("kanban.search")}
        placeholder=${t("kanban.search")}
        value=${filter.q ?? ""}
        onInput=${(/** @type {any} */ event) => setQuery({ q: event.target.value })}
        onKeyDown=${(/** @type {KeyboardEvent} */ event) => event.key === "Escape" && setQuery({ q: null })}
      />
    </span>
    <${Popover}
      label=${t("kanban.filters")}
      kind="plain"
      class="small-on-phone"
      trigger=${html`<${Icon} name="filter" /><span class="kanban-word">${t("kanban.filters")}</span
        >${set.length > 0 && html`<span class="count">${set.length}</span>`}`}
    >
      ${() => html`<${Filters} filter=${filter} />`}
    <//>
    <span class="row kanban-chips">
      ${set.map(
        ([name, label]) =>
          html`<${Chip} key=${name} tone="accent" onRemove=${() => setQuery({ [name]: null })}>${label}<//>`,
      )}
    </span>
    <span class="grow" />
    <${IconButton}
      icon="lanes"
      class="kanban-lanes"
      label=${t("kanban.lanes")}
      pressed=${lanes}
      onClick=${() => setView({ lanes: !lanes })}
    />
    <${IconButton}
      icon="rows"
      label=${t("kanban.compact")}
      pressed=${compact}
      onClick=${() => setView({ compact: !compact })}
    />
  </header>`;
}

/** @param {{filter: Filter}} props */
function Filters({ filter }) {
  const all = [...conversations.value.values()];
  const channels = [...new Set(all.map(({ channel }) => channel).filter(Boolean))].sort();
  const any = { value: "", label: t("kanban.any") };
  /** @param {keyof Filter} name @param {readonly {value: string, label: string}[]} options */
  const choice = (name, options) =>
    html`<${Select}
      label=${t(`kanban.filter.${name}`)}
      value=${filter[name] ?? ""}
      options=${[any, ...options]}
      onValue=${(/** @type {string} */ value) => setQuery({ [name]: value })}
    />`;
  return html`<div class="kanban-filters stack">
    ${choice(
      "queue",
      queueList.value.map(({ id, name }) => ({ value: id, label: name })),
    )}
    ${choice("attendant", [
      { value: "none", label: t("kanban.nobody") },
      ...attendants.value.map(({ id, name }) => ({ value: id, label: name })),
    ])}
    ${choice(
      "channel",
      channels.map((channel) => ({ value: channel, label: channel })),
    )}
    ${choice(
      "tag",
      tagsOf(all).map((tag) => ({ value: tag, label: tag })),
    )}
    <${Button}
      kind="quiet"
      onClick=${() => setQuery({ q: null, queue: null, attendant: null, channel: null, tag: null })}
      >${t("kanban.clear")}<//
    >
  </div>`;
}

/**
 * A card in somebody's hand. `over`: where it would be put, as `data-drop` names it.
 * @typedef {{session: string, from: Column, over: string | null, by: "pointer" | "keyboard"}} Held
 */

/** @param {string} drop @returns {{to: Column, lane: string | null}} */
function place(drop) {
  const [to, lane = null] = drop.split(":");
  return { to: /** @type {Column} */ (to), lane };
}

/** @param {{filter: Filter, peeked: string}} props */
function Board({ filter, peeked }) {
  const root = useRef(/** @type {HTMLElement | null} */ (null));
  const [held, setHeld] = useState(/** @type {Held | null} */ (null));
  const [current, setCurrent] = useState("");
  const help = useId();
  const before = useRef(/** @type {{arrangement: Arrangement | null, lanes?: Lane[]}} */ ({ arrangement: null }));
  const fits = useMemo(() => matcher(filter), [filter]);
  const { lanes: inRows = false, compact = false, closed = [] } = view();
  const all = conversations.value;
  const arrangement = arrange(all, fits, moves.value, before.current.arrangement);
  const { columns } = arrangement;
  const lanes = inRows ? inLanes(columns, queueList.value, t("kanban.no_queue"), before.current.lanes) : null;
  before.current = { arrangement, lanes: lanes ?? undefined };
  const boards = lanes ? lanes.filter(({ id }) => !closed.includes(id)) : [{ id: "", name: "", columns, size: 0 }];
  const filtered = Object.values(filter).some(Boolean);
  const heldCard = held && all.get(held.session);

  const lift = (/** @type {string} */ session, /** @type {"pointer" | "keyboard"} */ by) => {
    const conversation = all.get(session);
    const from = conversation && (moves.value.has(session) ? null : columnOf(conversation));
    if (!conversation || !from || !may("serve_conversations")) return false;
    const over = lanes ? `${from}:${conversation.queue?.id ?? ""}` : from;
    setCurrent(session);
    setHeld({ session, from, by, over });
    say(t("kanban.said.lifted", { name: conversation.contact.name, column: t(`column.${from}`) }));
    return true;
  };
  const cancel = () => {
    if (held) say(t("kanban.said.cancelled", { name: heldCard?.contact.name ?? "" }));
    setHeld(null);
  };
  /** What putting it there would do; empty where it is. @param {string} over */
  const aim = (over) => {
    if (!held || !heldCard) return "";
    const { to, lane } = place(over);
    // Another lane is another queue, in which it can only wait.
    if (lane !== null && lane !== (heldCard.queue?.id ?? "")) return to === "new" && lane ? "transfer" : "elsewhere";
    return to === held.from ? "" : actionOf(held.from, to);
  };
  const drop = (/** @type {string | null} */ over) => {
    setHeld(null);
    if (!held || !heldCard) return;
    const action = over && aim(over);
    if (!over || !action || action === "elsewhere") return cancel();
    const { to, lane } = place(over);
    void move(heldCard, held.from, to, action === "transfer" && lane ? lane : undefined);
  };
  const hover = (/** @type {string | null} */ over) => setHeld((now) => now && { ...now, over });
  const putDown = useDrag(root, { lift: (session) => lift(session, "pointer"), over: hover, drop, cancel });

  // Somebody else was faster: what is held is not there any more.
  const moved = held && (!heldCard || columnOf(heldCard) !== held.from);
  useEffect(() => {
    if (!moved) return;
    putDown();
    setHeld(null);
    const text = t("kanban.gone", {
      name: heldCard?.contact.name ?? "",
      column: heldCard && columnOf(heldCard) ? t(`column.${columnOf(heldCard)}`) : t("kanban.bot"),
    });
    toast(text);
    say(text);
  }, [Boolean(moved)]);

  // The focus follows its card wherever it goes.
  const inside = useRef(false);
  const wanted = useRef(false);
  useLayoutEffect(() => {
    if (!current || !(wanted.current || (inside.current && document.activeElement === document.body))) return;
    const card = /** @type {HTMLElement | null | undefined} */ (
      root.current?.querySelector(`[data-session="${CSS.escape(current)}"]`)
    );
    card?.focus();
    if (card) wanted.current = false;
  });

  /** Where the card is: its board, column and index. @param {string} session */
  const find = (session) => {
    for (const [row, { columns }] of boards.entries()) {
      for (const [at, column] of COLUMNS.entries()) {
        const index = columns[column].findIndex(({ session_id }) => session_id === session);
        if (index >= 0) return { row, at, index };
      }
    }
    return null;
  };
  const go = (/** @type {string | undefined} */ session) => {
    if (!session) return;
    wanted.current = true;
    setCurrent(session);
  };
  /** @param {KeyboardEvent} event */
  const key = (event) => {
    const session = /** @type {HTMLElement} */ (event.target).closest?.("[data-session]")?.getAttribute("data-session");
    if (!session || event.ctrlKey || event.metaKey || event.altKey) return;
    const spot = find(session);
    if (!spot) return;
    const sideways = { ArrowLeft: -1, ArrowRight: 1 }[event.key] ?? 0;
    const down = { ArrowUp: -1, ArrowDown: 1 }[event.key] ?? 0;
    if (held?.by === "keyboard") {
      if (event.key === "Tab") return cancel();
      const over = place(held.over ?? held.from);
      if (event.key === " " || event.key === "Enter") drop(held.over);
      else if (event.key === "Escape") cancel();
      else if (sideways || down) {
        const to = COLUMNS[COLUMNS.indexOf(over.to) + sideways] ?? over.to;
        const row = boards.findIndex(({ id }) => id === over.lane);
        const lane = boards[row + down] ?? boards[row];
        const there = lanes ? `${to}:${lane.id}` : to;
        const [where, action] = [lanes ? `${t(`column.${to}`)}, ${lane.name}` : t(`column.${to}`), aim(there)];
        hover(there);
        say(action ? t("kanban.said.over", { column: where, action: t(`kanban.action.${action}`) }) : where);
      } else return;
    } else if (event.key === " ") {
      if (!lift(session, "keyboard")) return;
    } else if (down) {
      const cards = boards[spot.row].columns[COLUMNS[spot.at]];
      const beyondEdge = boards[spot.row + down]?.columns[COLUMNS[spot.at]];
      go((cards[spot.index + down] ?? (down > 0 ? beyondEdge?.[0] : beyondEdge?.at(-1)))?.session_id);
    } else if (sideways) {
      for (let at = spot.at + sideways; at >= 0 && at < COLUMNS.length; at += sideways) {
        const cards = boards[spot.row].columns[COLUMNS[at]];
        if (!cards.length) continue;
        go(cards[Math.min(spot.index, cards.length - 1)].session_id);
        break;
      }
    } else if (event.key === "Home" || event.key === "End") {
      go(boards[spot.row].columns[COLUMNS[spot.at]].at(event.key === "Home" ? 0 : -1)?.session_id);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const first =
    boards.flatMap(({ columns }) => COLUMNS.map((column) => columns[column][0])).find(Boolean)?.session_id ?? "";
  const tabbable =
    current &&
    boards.some(({ columns }) =>
      COLUMNS.some((column) => columns[column].some(({ session_id }) => session_id === current)),
    )
      ? current
      : first;
  /**
   * @param {Columns} columns
   * @param {Column} column
   * @param {string} drop
   * @param {string} label
   * @param {number} [rows]
   */
  const cell = (columns, column, drop, label, rows) => {
    const action = held?.over === drop ? aim(drop) : "";
    return html`<${Cards}
      key=${column}
      cards=${columns[column]}
      ...${{ column, drop, label, compact, filtered, rows }}
      tabbable=${tabbable}
      peeked=${peeked}
      held=${held?.session ?? ""}
      slot=${action && heldCard ? heldCard : null}
      action=${action}
      moving=${moves.value}
      refused=${refused.value}
      describedby=${help}
    />`;
  };
  /** @param {Column} column @param {number} n */
  const head = (column, n) =>
    html`<h2 class="column-head" data-column=${column} key=${column}>
      <span class="cut">${t(`column.${column}`)}</span>
      <span class="column-count tabular">${number(n + (column === "resolved" && !filtered ? beyond.value : 0))}</span>
    </h2>`;
  return html`<div
    class="board-frame"
    ref=${root}
    data-lanes=${lanes ? "" : undefined}
    onKeyDown=${key}
    onFocusIn=${(/** @type {any} */ event) => {
      inside.current = true;
      const session = event.target.closest("[data-session]")?.dataset.session;
      if (session && session !== current) setCurrent(session);
    }}
    onFocusOut=${(/** @type {any} */ event) => {
      // A card that is drawn elsewhere takes the focus along; a person who leaves does not.
      if (event.target.isConnected && event.relatedTarget) inside.current = false;
    }}
    onPointerDown=${() => {
      inside.current = false;
    }}
  >
    <p class="hidden-text" id=${help}>${t("kanban.help")}</p>
    ${
      lanes
        ? html`<div class="lanes">
            <div class="lane-heads">${COLUMNS.map((column) => head(column, columns[column].length))}</div>
            ${lanes.map(({ id, name, columns, size }) => {
              const open = !closed.includes(id);
              return html`<section class="lane" key=${id} aria-label=${name}>
                <button
                  type="button"
                  class="lane-head"
                  aria-expanded=${String(open)}
                  onClick=${() => setView({ closed: open ? [...closed, id] : closed.filter((one) => one !== id) })}
                >
                  <${Icon} name=${open ? "chevron_down" : "chevron_right"} /><strong class="cut">${name}</strong
                  ><span class="faint tabular">${number(size)}</span>
                </button>
                ${
                  open &&
                  html`<div class="lane-cells">
                    ${COLUMNS.map((column) =>
                      cell(
                        columns,
                        column,
                        `${column}:${id}`,
                        `${t(`column.${column}`)}, ${name}`,
                        Math.max(...COLUMNS.map((one) => columns[one].length)),
                      ),
                    )}
                  </div>`
                }
              </section>`;
            })}
            ${
              !lanes.length &&
              html`<${Empty}
                icon="columns"
                title=${t(filtered ? "kanban.none.title" : "kanban.empty.title")}
                text=${t(filtered ? "kanban.none.text" : "kanban.empty.text")}
              />`
            }
          </div>`
        : html`<div class="board">
            ${COLUMNS.map(
              (column) =>
                html`<section class="column" key=${column} aria-label=${t(`column.${column}`)}>
                  ${head(column, columns[column].length)}${cell(columns, column, column, t(`column.${column}`))}
                </section>`,
            )}
          </div>`
    }
  </div>`;
}

/**
 * The cards of a column, or of a lane's part of it, which is as high as its longest one of `rows`.
 * @param {{cards: readonly Conversation[], column: Column, drop: string, label: string, compact: boolean, filtered:
 *   boolean, rows?: number,
 *   tabbable: string, peeked: string, held: string, slot: Conversation | null, action: string, moving:
 *   ReadonlyMap<string, Column>, refused: string, describedby: string}} props
 */
function CardsOf({
  cards,
  column,
  drop,
  label,
  compact,
  filtered,
  rows,
  tabbable,
  peeked,
  held,
  slot,
  action,
  moving,
  refused,
  describedby,
}) {
  const height = compact ? ROW.compact : ROW.comfortable;
  const items = slot ? cards.toSpliced(placeOf(cards, slot, column), 0, { ...slot, session_id: "slot" }) : cards;
  const keep = items.findIndex(({ session_id }) => session_id === tabbable);
  const style = rows ? { height: `${Math.min(rows, LANE_ROWS + 1 / 3) * height}px` } : undefined;
  return html`<div class="column-cards" data-drop=${drop} data-action=${action || undefined} style=${style}>
    ${action && html`<p class="drop-hint" aria-hidden="true">${t(`kanban.action.${action}`)}</p>`}
    ${
      items.length
        ? html`<${VirtualList}
            items=${items}
            rowHeight=${height}
            rowKey=${(/** @type {Conversation} */ { session_id }) => session_id}
            label=${label}
            keep=${keep}
            row=${(/** @type {Conversation} */ conversation) =>
              conversation.session_id === "slot"
                ? html`<div class="slot" />`
                : html`<div class="card-place" data-refused=${refused === conversation.session_id ? "" : undefined}>
                    <${Card}
                      conversation=${conversation}
                      limit=${queues.value.get(conversation.queue?.id ?? "")?.max_wait_seconds ?? 0}
                      tabbable=${conversation.session_id === tabbable}
                      peeked=${conversation.session_id === peeked}
                      lifted=${conversation.session_id === held}
                      busy=${moving.has(conversation.session_id)}
                      compact=${compact}
                      describedby=${describedby}
                    />
                  </div>`}
          />`
        : !rows &&
          html`<p class="column-empty faint">${filtered ? t("kanban.none.title") : t(`kanban.empty.${column}`)}</p>`
    }
  </div>`;
}

const Cards = memo(CardsOf);
