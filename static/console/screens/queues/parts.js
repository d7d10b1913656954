// What list, detail and editor of queues show alike: open or not and until when, the picture of a week, channels.

import { clock } from "../../clock.js";
import { ChannelIcon, Chip } from "../../components/index.js";
import { html, useComputed } from "../../lib.js";
import { channelName, locale, t } from "../../text.js";
import { DAYS, MINUTES, openness, picture } from "./hours.js";

/** @import { Queue } from "../../api/types" */
/** @import { Hours, Interval } from "./hours.js" */

/** When something of a queue changes, on its own clock: the day too when it is another one. @param {number} at @param {number} now @param {string} timeZone */
function moment(at, now, timeZone) {
  /** @param {number} time @param {Intl.DateTimeFormatOptions} options */
  const write = (time, options) => new Intl.DateTimeFormat(locale.value, { timeZone, ...options }).format(time);
  const time = write(at, { hour: "2-digit", minute: "2-digit" });
  const day = (/** @type {number} */ when) => write(when, { dateStyle: "short" });
  if (day(at) === day(now)) return time;
  if (at - now < 6 * 86_400_000) return `${write(at, { weekday: "short" }).replace(".", "")} ${time}`;
  return `${write(at, { day: "2-digit", month: "2-digit" })} ${time}`;
}

/** One sentence about now: "Aberta até 18:00". @param {Hours | null} hours @param {number} now */
export function opennessText(hours, now) {
  const { open, until } = openness(hours, now);
  if (until === null) return open ? t("queues.open.always") : t("queues.closed.never");
  const at = moment(until, now, hours?.timezone ?? "UTC");
  return open ? t("queues.open.until", { at }) : t("queues.closed.until", { at });
}

/** Open, closed or off, and until when; counts with the clock. @param {{queue: Pick<Queue, "is_active" | "hours">}} props */
export function State({ queue }) {
  // The minute is what can change it.
  const minute = useComputed(() => Math.floor(clock.value / 60_000) * 60_000);
  if (!queue.is_active) return html`<${Chip}>${t("queues.off")}<//>`;
  const { open, until } = openness(queue.hours, minute.value);
  return html`<span class="queue-state">
    <${Chip} tone=${open ? "good" : "warn"}>${open ? t("queues.open") : t("queues.closed")}<//>
    ${until !== null && html`<span class="small faint">${open ? t("queues.until", { at: moment(until, minute.value, queue.hours?.timezone ?? "UTC") }) : t("queues.opens", { at: moment(until, minute.value, queue.hours?.timezone ?? "UTC") })}</span>`}
  </span>`;
}

/** @param {number} index Monday is 0 @param {"short" | "long" | "narrow"} [weekday] */
export function dayName(index, weekday = "long") {
  const name = new Intl.DateTimeFormat(locale.value, { weekday, timeZone: "UTC" }).format(Date.UTC(2024, 0, 1 + index)).replace(".", "");
  return name.charAt(0).toLocaleUpperCase(locale.value) + name.slice(1);
}

/** The week as seven bars of 24 hours. @param {{week: Record<string, Interval[]> | undefined}} props */
export function Week({ week }) {
  return html`<div class="week" role="img" aria-label=${t("queues.week")}>
    ${picture(week).map(
      (spans, at) =>
        html`<div class="week-day" key=${DAYS[at]}>
          <span class="small faint">${dayName(at, "short")}</span>
          <span class="week-bar">
            ${spans.map(({ from, until }) => html`<i key=${from} style=${{ left: `${(from / MINUTES) * 100}%`, width: `${((until - from) / MINUTES) * 100}%` }} />`)}
          </span>
        </div>`,
    )}
    <div class="week-hours small faint" aria-hidden="true">${[0, 6, 12, 18, 24].map((hour) => html`<span key=${hour}>${hour}</span>`)}</div>
  </div>`;
}

/** @param {{channels: readonly string[]}} props */
export function Channels({ channels }) {
  if (!channels.length || channels.includes("all")) return html`<span class="faint queue-nowrap">${t("channel.all")}</span>`;
  return html`<span class="row queue-channels">${channels.map((kind) => html`<${ChannelIcon} key=${kind} kind=${kind} label=${channelName(kind)} />`)}</span>`;
}
