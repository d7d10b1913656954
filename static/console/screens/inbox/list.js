// The conversations somebody may choose from.

import { me, may } from "../../api/session.js";
import { api } from "../../api/client.js";
import { clock } from "../../clock.js";
import { classes, html, memo, useComputed, useEffect, useRef, useState } from "../../lib.js";
import { Avatar, Badge, Button, ChannelIcon, Chip, Dialog, Elapsed, Empty, Icon, IconButton, Menu, Popover, Priority, ProblemState, Select, Skeleton, Tabs, TextField, Time, VirtualList, openDialog } from "../../components/index.js";
import { useCommands } from "../../shell/commands.js";
import { navigate } from "../../shell/router.js";
import { toastProblem } from "../../shell/toasts.js";
import { list as attendants } from "../../store/attendants.js";
import { conversations, loaded, problem, reload, remember } from "../../store/conversations.js";
import { draft } from "../../store/drafts.js";
import { typing } from "../../store/messages.js";
import { unsent } from "../../store/outbox.js";
import { prefer, preferences } from "../../store/preferences.js";
import { list as queues } from "../../store/queues.js";
import { duration, hasText, t } from "../../text.js";
import { decline, take } from "./actions.js";
import { mentioned } from "./mentions.js";
import { SORTS, VIEWS, countsOf, isOffer, narrowed, rowsOf } from "./views.js";

/** @import { Conversation } from "../../store/types" */
/** @import { Filter, Saved, Sort, View } from "./views.js" */

/** Views that are always one press away. @type {readonly View[]} */
const NEAR = ["mine", "waiting", "all"];
/** Milliseconds after the last key at which the server is asked. */
const SETTLED = 250;

/** What this person keeps of the list. @returns {{view?: View, sort?: Sort, saved?: Saved[]}} */
const kept = () => /** @type {any} */ (preferences.value.views.inbox) ?? {};
/** @param {{view?: View, sort?: Sort, saved?: Saved[]}} change */
const keep = (change) => prefer({ views: { ...preferences.value.views, inbox: { ...kept(), ...change } } });

/** The view of an address, or the one used last. @param {string | undefined} name @returns {View} */
export const viewOf = (name) => VIEWS.find((view) => view === name) ?? kept().view ?? "mine";

/** How long an offer stands. @param {{until: string}} props */
function Countdown({ until }) {
  const left = useComputed(() => duration(Math.max(0, Math.ceil((Date.parse(until) - clock.value) / 1000))));
  return html`<span class="tabular small">${left}</span>`;
}

/** What is said last, or being written now. @param {{one: Conversation, open: boolean}} props */
function LastLine({ one, open }) {
  const types = useComputed(() => typing.value.get(one.session_id)?.from === "contact");
  const waits = useComputed(() => unsent.value.has(one.session_id));
  const begun = open ? "" : draft(one.session_id);
  if (types.value) return html`<span class="grow cut types">${t("inbox.typing.short")}</span>`;
  if (waits.value) return html`<span class="grow cut faint"><${Icon} name="clock" label=${t("inbox.status.queued")} /> ${one.last_message}</span>`;
  if (begun) return html`<span class="grow cut faint"><em class="draft">${t("inbox.draft")}</em> ${begun}</span>`;
  return html`<span class="grow cut faint">${one.last_message || t("inbox.no_text")}</span>`;
}

const Row = memo(
  /** @param {{one: Conversation, open: boolean, cursor: boolean, query: string}} props */ ({ one, open, cursor, query }) => {
    const offer = isOffer(one, me.value?.id);
    const channel = hasText(`inbox.channel.${one.channel}`) ? t(`inbox.channel.${one.channel}`) : one.channel;
    return html`<div class=${classes("inbox-row", open && "open", offer && "offer", one.unread > 0 && "unread")}>
      <a
        class="inbox-link"
        href=${`/inbox/${one.session_id}${query}`}
        data-session=${one.session_id}
        tabindex=${cursor ? 0 : -1}
        aria-current=${open ? "true" : undefined}
        aria-label=${t("inbox.row", { name: one.contact.name, channel, state: t(`inbox.state.${one.status}`), n: one.unread })}
      />
      <${Avatar} name=${one.contact.name} />
      <div class="inbox-row-body">
        <div class="row"><strong class="grow cut">${one.contact.name}</strong><span class="faint small"><${Time} at=${one.last_message_at} /></span></div>
        <div class="row"><${ChannelIcon} kind=${one.channel} label=${channel} /><${LastLine} one=${one} open=${open} /><${Badge} value=${one.unread} label=${t("inbox.unread", { n: one.unread })} /></div>
        ${
          offer
            ? html`<div class="row inbox-offer"><span class="grow row"><${Icon} name="bell" class="ring" /><span class="hidden-text">${t("inbox.offer")}</span> ${one.offer_until && html`<${Countdown} until=${one.offer_until} />`}</span>
                <${Button} size="small" onClick=${() => decline(one.session_id)}>${t("inbox.decline")}<//>
                <${Button} size="small" kind="primary" onClick=${() => take(one.session_id)}>${t("inbox.accept")}<//></div>`
            : html`<div class="row small inbox-facts">
                <${Priority} priority=${one.priority} />
                ${one.waiting_since && html`<span class="row waits"><${Icon} name="clock" label=${t("inbox.waits")} /><${Elapsed} since=${one.waiting_since} warn=${120} bad=${600} /></span>`}
                ${one.status === "pending" && html`<span class="faint row"><${Icon} name="pause" label=${t("inbox.state.pending")} /></span>`}
                ${one.snoozed_until && html`<span class="faint row"><${Icon} name="snooze" label=${t("inbox.snoozed.chip")} /></span>`}
                ${one.tags.slice(0, 2).map((tag) => html`<${Chip} key=${tag}>${tag}<//>`)}
                <span class="grow cut faint end">${one.assigned_to && one.assigned_to !== me.value?.id ? one.assigned_to_name : one.queue?.name}</span>
              </div>`
        }
      </div>
    </div>`;
  },
);

/** Pages of a list that only the server has whole, remembered so that they stay live. @param {boolean} wanted @param {Record<string, string>} query */
function usePages(wanted, query) {
  const pages = useRef(/** @type {AsyncGenerator<any[]> | null} */ (null));
  const busy = useRef(false);
  const [state, setState] = useState({ first: false, problem: /** @type {unknown} */ (null) });
  const key = JSON.stringify(query);
  const more = async () => {
    const source = pages.current;
    if (!source || busy.current) return;
    busy.current = true;
    try {
      await remember(() => source.next(), ({ value }) => (pages.current === source && value) || []);
      if (pages.current === source) setState({ first: true, problem: null });
    } catch (failure) {
      if (pages.current === source) setState({ first: true, problem: failure });
    } finally {
      busy.current = false;
    }
  };
  const start = () => {
    pages.current = wanted ? api.list("/api/sessions", { limit: 100, ...query }) : null;
    busy.current = false;
    setState({ first: !wanted, problem: null });
    void more();
  };
  useEffect(start, [wanted, key]);
  return { ...state, more, start };
}

/**
 * @param {{view: View, open: string | undefined, query: string}} props query: of the address, kept by the links
 */
export function List({ view, open, query }) {
  const [filter, setFilter] = useState(/** @type {Filter} */ ({}));
  const [typed, setTyped] = useState("");
  const [search, setSearch] = useState("");
  const [found, setFound] = useState(/** @type {ReadonlySet<string>} */ (new Set()));
  const [cursor, setCursor] = useState(/** @type {string | null} */ (null));
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const frame = useRef(/** @type {HTMLElement | null} */ (null));
  const sort = kept().sort ?? (view === "waiting" ? "wait" : "recent");
  const around = { me: me.value?.id, mentioned: mentioned.value };
  const counts = useComputed(() => countsOf(conversations.value.values(), { me: me.value?.id, mentioned: mentioned.value })).value;
  const resolved = usePages(view === "resolved", { status: "resolved" });

  useEffect(() => {
    const wanted = typed.trim();
    if (!wanted) {
      setSearch("");
      setFound(new Set());
      return;
    }
    const controller = new AbortController();
    const timer = setTimeout(() => {
      setSearch(wanted);
      const query = { q: wanted, limit: 100 };
      remember(() => api.get("/api/sessions", { query, signal: controller.signal }), ({ items }) => items).then(
        ({ items }) => setFound(new Set(items.map((/** @type {{session_id: string}} */ item) => item.session_id))),
        (failure) => failure.name === "AbortError" || toastProblem(failure),
      );
    }, SETTLED);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [typed]);

  const rows = rowsOf(conversations.value.values(), { view, filter, sort, query: search, found, ...around });
  const at = rows.findIndex(({ session_id }) => session_id === (cursor ?? open));
  const current = rows[Math.max(0, at)]?.session_id;
  // A row that moves by itself does not take the list along.
  const revealed = useRef({ id: /** @type {string | null | undefined} */ (null), at: -1 });
  if (revealed.current.id !== (cursor ?? open) || revealed.current.at < 0) revealed.current = { id: cursor ?? open, at };

  /** @param {View} next */
  const show = (next) => {
    keep({ view: next });
    setTyped("");
    navigate(open ? `/inbox/${open}?view=${next}` : `/inbox?view=${next}`, { replace: true });
  };
  /** @param {number} by */
  const step = (by) => {
    const here = rows.findIndex(({ session_id }) => session_id === open);
    const next = rows[Math.min(rows.length - 1, Math.max(0, here + by))];
    if (next) navigate(`/inbox/${next.session_id}${query}`);
  };
  /** @param {KeyboardEvent} event */
  const move = (event) => {
    const from = event.target instanceof HTMLAnchorElement ? event.target.dataset.session : undefined;
    const here = rows.findIndex(({ session_id }) => session_id === from);
    const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to === undefined || here < 0) return;
    event.preventDefault();
    const next = rows[Math.min(rows.length - 1, Math.max(0, to))].session_id;
    setCursor(next);
    const focus = () => {
      const row = /** @type {HTMLElement | null | undefined} */ (frame.current?.querySelector(`[data-session="${next}"]`));
      row?.focus();
      return Boolean(row);
    };
    // It may have to be scrolled to, and drawn, before it can have the focus.
    if (!focus()) requestAnimationFrame(focus);
  };
  useCommands([
    { id: "inbox.next", label: () => t("inbox.next"), keys: "j", group: () => t("nav.inbox"), hidden: true, run: () => step(1) },
    { id: "inbox.previous", label: () => t("inbox.previous"), keys: "k", group: () => t("nav.inbox"), hidden: true, run: () => step(-1) },
    { id: "inbox.search", label: () => t("inbox.search"), keys: "/", icon: "search", group: () => t("nav.inbox"), run: () => field.current?.focus() },
    { id: "inbox.take_next", label: () => t("inbox.take_next"), keys: "shift+a", icon: "bolt", group: () => t("nav.inbox"), when: () => may("serve_conversations"), run: takeNext },
    ...VIEWS.map((name) => ({ id: `inbox.view.${name}`, label: () => t(`inbox.view.${name}`), icon: "inbox", group: () => t("nav.inbox"), run: () => show(name) })),
  ]);

  // A narrow list has room for three.
  const near = NEAR.includes(view) ? NEAR : [...NEAR.slice(0, 2), view];
  const number = (/** @type {View} */ name) => (name === "mine" || name === "mentions" ? counts[name].unread : name === "resolved" ? 0 : counts[name].total);
  return html`<section class="inbox-list" aria-label=${t("inbox.list")}>
    <header class="inbox-head">
      <div class="row">
        <h1 class="grow cut">${t("nav.inbox")}</h1>
        ${may("serve_conversations") && counts.waiting.total > 0 && html`<${Button} size="small" icon="bolt" title=${t("inbox.take_next")} onClick=${takeNext}>${t("inbox.take_next.short")}<//>`}
        <${Menu} label=${t("inbox.views")} icon="menu" items=${[
          ...VIEWS.map((name) => ({ label: t(`inbox.view.${name}`), checked: name === view, detail: number(name) ? String(number(name)) : undefined, run: () => show(name) })),
          ...savedItems(view, show, setFilter),
          "-",
          { heading: t("inbox.sort") },
          ...SORTS.map((name) => ({ label: t(`inbox.sort.${name}`), checked: name === sort, run: () => keep({ sort: name }) })),
        ]} />
      </div>
      <div class="row">
        <div class="inbox-search grow">
          <${Icon} name="search" />
          <input ref=${field} type="search" value=${typed} aria-label=${t("inbox.search")} placeholder=${t("inbox.search")}
            onInput=${(/** @type {any} */ event) => setTyped(event.target.value)}
            onKeyDown=${(/** @type {KeyboardEvent} */ event) => {
              if (event.key !== "Escape") return;
              event.preventDefault();
              if (typed) setTyped("");
              else field.current?.blur();
            }} />
        </div>
        <${FilterPopover} filter=${filter} view=${view} onFilter=${setFilter} />
      </div>
      <${Tabs} label=${t("inbox.views")} current=${view} onSelect=${show} tabs=${near.map((name) => ({ id: name, label: t(`inbox.view.${name}`), count: number(name) }))} />
      ${narrowed(filter) > 0 && html`<${FilterChips} filter=${filter} onFilter=${setFilter} />`}
    </header>
    <div class="inbox-rows" ref=${frame} onKeyDown=${move}>
      ${
        !loaded.value
          ? problem.value
            ? html`<${ProblemState} problem=${problem.value} onRetry=${reload} />`
            : html`<${Skeleton} rows=${9} />`
          : rows.length
            ? html`<${VirtualList}
                label=${t("inbox.list")}
                items=${rows}
                rowHeight=${rowHeight()}
                rowKey=${(/** @type {Conversation} */ { session_id }) => session_id}
                reveal=${revealed.current.at < 0 ? undefined : revealed.current.at}
                onEnd=${view === "resolved" ? resolved.more : undefined}
                row=${(/** @type {Conversation} */ one) => html`<${Row} one=${one} open=${one.session_id === open} cursor=${one.session_id === current} query=${query} />`}
              />`
            : view === "resolved" && !search && !resolved.first
              ? html`<${Skeleton} rows=${9} />`
              : view === "resolved" && resolved.problem
                ? html`<${ProblemState} problem=${resolved.problem} onRetry=${resolved.start} />`
                : html`<${Nothing} view=${view} search=${search} filtered=${narrowed(filter) > 0} onClear=${() => {
                    setTyped("");
                    setFilter({});
                  }} />`
      }
    </div>
  </section>`;
}

const coarse = matchMedia("(pointer: coarse)");
const rowHeight = () => (coarse.matches ? 98 : preferences.value.density === "compact" ? 78 : 86);

async function takeNext() {
  try {
    const { session_id } = await api.post("/api/attendance/take", {});
    navigate(`/inbox/${session_id}`);
  } catch (failure) {
    toastProblem(failure);
  }
}

/** @param {{view: View, search: string, filtered: boolean, onClear: () => void}} props */
function Nothing({ view, search, filtered, onClear }) {
  if (search || filtered) {
    return html`<${Empty} icon="search" title=${t("inbox.none.title")} text=${search ? t("inbox.none.search", { query: search }) : t("inbox.none.filter")}>
      <${Button} onClick=${onClear}>${t("inbox.none.clear")}<//>
    <//>`;
  }
  const icon = { mine: "inbox", waiting: "check", all: "inbox", pending: "pause", mentions: "note", snoozed: "snooze", resolved: "archive" }[view];
  return html`<${Empty} icon=${icon} title=${t(`inbox.empty.${view}`)} text=${t(`inbox.empty.text.${view}`)} />`;
}

/** @param {View} view @param {(view: View) => void} show @param {(filter: Filter) => void} setFilter */
function savedItems(view, show, setFilter) {
  const saved = kept().saved ?? [];
  if (!saved.length) return [];
  return [
    "-",
    { heading: t("inbox.saved") },
    ...saved.map((one) => ({
      label: one.name,
      icon: "filter",
      run: () => {
        if (one.view !== view) show(one.view);
        setFilter(one.filter);
      },
    })),
  ];
}

/** @param {{filter: Filter, view: View, onFilter: (filter: Filter) => void}} props */
const FilterPopover = (props) =>
  html`<${Popover} label=${t("inbox.filter")} trigger=${html`<${Icon} name="filter" />${narrowed(props.filter) > 0 && html`<span class="count">${narrowed(props.filter)}</span>`}`} icon="filter" class="icon-button">
    ${(/** @type {() => void} */ close) => html`<${FilterForm} ...${props} close=${close} />`}
  <//>`;

/** @param {{filter: Filter, view: View, onFilter: (filter: Filter) => void, close: () => void}} props */
function FilterForm({ filter, view, onFilter, close }) {
  const set = (/** @type {keyof Filter} */ name) => (/** @type {string} */ value) => onFilter({ ...filter, [name]: value || undefined });
  const any = { value: "", label: t("inbox.filter.any") };
  const all = [...conversations.peek().values()];
  const channels = [...new Set(all.map(({ channel }) => channel))].sort();
  const tags = [...new Set(all.flatMap((one) => one.tags))].sort();
  return html`<form class="filter" onSubmit=${(/** @type {Event} */ event) => {
      event.preventDefault();
      close();
    }}>
      <${Select} label=${t("inbox.filter.channel")} value=${filter.channel ?? ""} onValue=${set("channel")} options=${[any, ...channels.map((value) => ({ value, label: hasText(`inbox.channel.${value}`) ? t(`inbox.channel.${value}`) : value }))]} />
      <${Select} label=${t("inbox.filter.queue")} value=${filter.queue ?? ""} onValue=${set("queue")} options=${[any, ...queues.value.map(({ id, name }) => ({ value: id, label: name }))]} />
      <${Select} label=${t("inbox.filter.tag")} value=${filter.tag ?? ""} onValue=${set("tag")} options=${[any, ...tags.map((value) => ({ value, label: value }))]} />
      <${Select} label=${t("inbox.filter.priority")} value=${filter.priority ?? ""} onValue=${set("priority")} options=${[any, ...[3, 2, 1, 0].map((level) => ({ value: String(level), label: t(`priority.${level}`) }))]} />
      <${Select} label=${t("inbox.filter.attendant")} value=${filter.attendant ?? ""} onValue=${set("attendant")} options=${[any, { value: "none", label: t("inbox.filter.nobody") }, ...attendants.value.map(({ id, name }) => ({ value: id, label: name }))]} />
      <div class="row">
        <${Button} size="small" kind="quiet" disabled=${!narrowed(filter)} onClick=${() => onFilter({})}>${t("inbox.none.clear")}<//><span class="grow" />
        <${Button} size="small" icon="star" disabled=${!narrowed(filter)} onClick=${() => {
          close();
          void saveFilter(view, filter);
        }}>${t("inbox.filter.save")}<//>
      </div>
    </form>`;
}

/** @param {View} view @param {Filter} filter */
const saveFilter = (view, filter) =>
  openDialog((close) => {
    const [name, setName] = useState("");
    const saved = kept().saved ?? [];
    const submit = () => {
      if (!name.trim()) return;
      keep({ saved: [...saved, { id: String(Date.now()), name: name.trim(), view, filter }] });
      close();
    };
    return html`<${Dialog} title=${t("inbox.filter.save.title")} size="small" onClose=${() => close()}
      footer=${html`<${Button} onClick=${() => close()}>${t("cancel")}<//><${Button} kind="primary" disabled=${!name.trim()} onClick=${submit}>${t("inbox.filter.save")}<//>`}>
      <form onSubmit=${(/** @type {Event} */ event) => {
        event.preventDefault();
        submit();
      }}><${TextField} label=${t("inbox.filter.name")} value=${name} onValue=${setName} maxlength="60" autofocus /></form>
      ${
        saved.length > 0 &&
        html`<div class="stack-small"><p class="menu-heading">${t("inbox.saved")}</p>
          ${saved.map((one) => html`<div class="row" key=${one.id}><span class="grow cut">${one.name}</span><${IconButton} size="small" icon="trash" label=${t("inbox.filter.forget", { name: one.name })} onClick=${() => keep({ saved: saved.filter(({ id }) => id !== one.id) })} /></div>`)}
        </div>`
      }
    <//>`;
  });

/** @param {{filter: Filter, onFilter: (filter: Filter) => void}} props */
function FilterChips({ filter, onFilter }) {
  const words = {
    channel: (/** @type {string} */ value) => (hasText(`inbox.channel.${value}`) ? t(`inbox.channel.${value}`) : value),
    queue: (/** @type {string} */ value) => queues.value.find(({ id }) => id === value)?.name ?? value,
    tag: (/** @type {string} */ value) => value,
    priority: (/** @type {string} */ value) => t(`priority.${value}`),
    attendant: (/** @type {string} */ value) => attendants.value.find(({ id }) => id === value)?.name ?? t("inbox.filter.nobody"),
  };
  const set = /** @type {(keyof Filter)[]} */ (Object.keys(words)).filter((name) => filter[name]);
  return html`<div class="chips">${set.map((name) => html`<${Chip} key=${name} tone="accent" onRemove=${() => onFilter({ ...filter, [name]: undefined })}>${words[name](/** @type {string} */ (filter[name]))}<//>`)}</div>`;
}
