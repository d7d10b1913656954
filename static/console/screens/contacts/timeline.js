// What a customer has been through, newest first, by day.

import { api } from "../../api/client.js";
import { clock } from "../../clock.js";
import { Button, ChannelIcon, Chip, Empty, Icon, Loaded, Tabs, useLoad } from "../../components/index.js";
import { html, useEffect, useState } from "../../lib.js";
import { toastProblem } from "../../shell/toasts.js";
import { channelName, clockTime, day, number, t } from "../../text.js";

/** @import { Page, TimelineItem } from "../../api/types" */

const ICONS = { contact_created: "plus", contact_merged: "users", session_started: "chat", handoff_started: "bell", handoff_accepted: "user", handoff_resolved: "check", note: "note", rating: "star" };
/** Which kinds each view shows; the first shows all. @type {Record<string, readonly string[]>} */
const VIEWS = { all: [], handoffs: ["session_started", "handoff_started", "handoff_accepted", "handoff_resolved"], notes: ["note"], ratings: ["rating"] };

/** One to five stars. @param {{score: number}} props */
export const Stars = ({ score }) =>
  html`<span class="stars" role="img" aria-label=${t("contacts.stars", { n: score })}>${[1, 2, 3, 4, 5].map((star) => html`<${Icon} key=${star} name="star" class=${star <= Math.round(score) ? "full" : ""} />`)}</span>`;

/** Consecutive items of the same day together. @param {readonly TimelineItem[]} items @param {number} now */
function byDay(items, now) {
  /** @type {{name: string, items: TimelineItem[]}[]} */
  const days = [];
  for (const item of items) {
    const name = day(item.at, now);
    if (days[days.length - 1]?.name !== name) days.push({ name, items: [] });
    days[days.length - 1].items.push(item);
  }
  return days;
}

/** @param {{item: TimelineItem}} props */
function Item({ item: { at, kind, session_id, channel, attendant, text, score, scale } }) {
  const words = t(`contacts.timeline.${kind}`, { name: attendant ?? t("contacts.somebody"), channel: channel ? channelName(channel) : "" });
  return html`<li class="event" data-kind=${kind}>
    <span class="event-icon"><${Icon} name=${ICONS[kind] ?? "dot"} /></span>
    <div class="grow">
      <p class="row wrap"><span>${words}</span>${score !== null && (scale === "nps" ? html`<${Chip}>${t("rating.of_ten", { n: score })}<//>` : html`<${Stars} score=${score} />`)}${channel && kind !== "contact_created" && html`<${ChannelIcon} kind=${channel} label=${channelName(channel)} />`}</p>
      ${text && html`<p class="event-text">${text}</p>`}
    </div>
    <time class="small faint tabular" datetime=${at}>${session_id ? html`<a href=${`/inbox/${session_id}`}>${clockTime(at)}</a>` : clockTime(at)}</time>
  </li>`;
}

/** @param {{id: string, version: number}} props version: another one, and it is asked for again */
export function Timeline({ id, version }) {
  const [view, setView] = useState("all");
  const [older, setOlder] = useState(/** @type {{items: TimelineItem[], cursor: string | null} | null} */ (null));
  const [busy, setBusy] = useState(false);
  const path = `/api/crm/contacts/${id}/timeline`;
  const first = useLoad(async (signal) => /** @type {Page<TimelineItem>} */ (await api.get(path, { query: { limit: 100 }, signal })), [id, version]);
  useEffect(() => setOlder(null), [version]);
  const cursor = older ? older.cursor : (first.data?.next_cursor ?? null);
  const more = async () => {
    setBusy(true);
    try {
      /** @type {Page<TimelineItem>} */
      const page = await api.get(path, { query: { limit: 100, cursor } });
      setOlder({ items: [...(older?.items ?? []), ...page.items], cursor: page.next_cursor });
    } catch (problem) {
      toastProblem(problem);
    }
    setBusy(false);
  };
  // The minute is enough to know what today is.
  const now = Math.floor(clock.value / 60_000) * 60_000;
  return html`<section class="panel" aria-labelledby="timeline-title">
    <div class="row wrap panel-head">
      <h2 id="timeline-title" class="grow">${t("contacts.timeline")}</h2>
      <${Tabs} kind="segments" label=${t("contacts.timeline")} current=${view} onSelect=${setView} tabs=${Object.keys(VIEWS).map((one) => ({ id: one, label: t(`contacts.view.${one}`) }))} />
    </div>
    <${Loaded} of=${first}>
      ${(/** @type {Page<TimelineItem>} */ { items: newest }) => {
        const items = [...newest, ...(older?.items ?? [])].filter(({ kind }) => view === "all" || VIEWS[view].includes(kind));
        return html`${
          items.length
            ? byDay(items, now).map(({ name, items: some }) => html`<div key=${name}><h3 class="event-day small">${name}</h3>
              <ol class="events">${some.map((item) => html`<${Item} key=${`${item.at} ${item.kind} ${item.handoff_id}`} item=${item} />`)}</ol></div>`)
            : html`<${Empty} icon="history" title=${t(`contacts.view.none.${view}`)} />`
        }
        ${cursor && html`<div class="more"><${Button} kind="quiet" busy=${busy} onClick=${more}>${t("contacts.older")}<//></div>`}`;
      }}
    <//>
  </section>`;
}

/** The ratings of a customer at a glance. @param {{id: string, version: number}} props */
export function Ratings({ id, version }) {
  const rated = useLoad(async (signal) => /** @type {TimelineItem[]} */ (await api.get(`/api/crm/contacts/${id}/timeline`, { query: { limit: 200 }, signal }).then(({ items }) => items)).flatMap(({ score, scale }) => (scale === "csat" && score) || []), [id, version]);
  const scores = rated.data ?? [];
  if (!scores.length) return null;
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  return html`<div class="row wrap ratings"><strong class="tabular">${number(mean, { maximumFractionDigits: 1 })}</strong><${Stars} score=${mean} />
    <span class="small faint">${t("contacts.ratings", { n: scores.length })}</span></div>`;
}
