// How figures are drawn. Colours come from the tokens, and the picture is drawn again when they change.

import { html, useEffect, useRef, useState } from "../../lib.js";
import uPlot from "../../../vendor/uplot.js";
import { ChannelIcon } from "../../components/index.js";
import { preferences } from "../../store/preferences.js";
import { clockTime, date, duration, locale, number, t } from "../../text.js";
import { about } from "./plan.js";

/** @import { FigureGroup, Figures, Staffing, StaffingHour } from "../../api/types" */

const HEIGHT = 240;

/**
 * What a colour of the tokens is on this screen: a canvas does not know `var()`.
 * @param {HTMLElement} beside
 * @param {string} name
 */
function colour(beside, name) {
  const probe = document.createElement("i");
  probe.style.color = `var(--${name})`;
  beside.append(probe);
  const resolved = getComputedStyle(probe).color;
  probe.remove();
  return resolved;
}

/** Steps of a scale of seconds. */
const INCREMENTS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400];
/** Pixels that the word of a moment takes. */
const WORD = 60;

/** A point of that scale. @param {number} seconds */
const seconds = (seconds) =>
  seconds > 60 && seconds < 3600 && seconds % 60
    ? `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
    : duration(seconds);

/** @param {number} at seconds @param {"hour" | "day"} step */
const moment = (at, step) =>
  step === "hour"
    ? clockTime(at * 1000)
    : new Intl.DateTimeFormat(locale.value, { day: "2-digit", month: "2-digit" }).format(at * 1000);

/** @typedef {{accent: string, accentSoft: string, warn: string, warnSoft: string, good: string, faint: string, axis: any}} Pen */

/** Half a step, so that the first and the last bar are whole. @param {readonly number[]} times */
const pad = (times) => (times.length > 1 ? (times[1] - times[0]) / 2 : 1800);

/**
 * A plot over hours or days that follows its place, the colours and the language.
 * @param {{data: (readonly (number | null)[])[], step: "hour" | "day", draw: (pen: Pen) => any, inputs: readonly unknown[],
 *   onAt: (at: number | null) => void}} props data: seconds first; draw: what uPlot is told beside the common, asked again
 *   when `inputs` change; onAt: the place that is pointed at
 */
function Plot({ data, step, draw, inputs, onAt }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const plot = useRef(/** @type {any} */ (null));
  const { theme } = preferences.value;
  const [scheme, setScheme] = useState(0);
  useEffect(() => {
    const query = matchMedia("(prefers-color-scheme: dark)");
    const changed = () => setScheme((n) => n + 1);
    query.addEventListener("change", changed);
    return () => query.removeEventListener("change", changed);
  }, []);
  useEffect(() => {
    const box = place.current;
    if (!box) return;
    const [accent, accentSoft, warn, warnSoft, good, faint, border] = [
      "accent",
      "accent-soft",
      "warn",
      "warn-soft",
      "good",
      "faint",
      "border",
    ].map((name) => colour(box, name));
    const font = `11px ${getComputedStyle(box).fontFamily}`;
    const axis = { stroke: faint, font, ticks: { show: false }, grid: { stroke: border, width: 1 } };
    // Each word under its bar, and as many as there is room for.
    const shownTimes = (/** @type {any} */ self) => {
      const all = self.data[0];
      const every = Math.ceil((all.length * WORD) / Math.max(1, self.bbox.width / devicePixelRatio));
      return all.filter((/** @type {number} */ _, /** @type {number} */ at) => at % every === 0);
    };
    const { scales, axes, hooks, ...rest } = draw({ accent, accentSoft, warn, warnSoft, good, faint, axis });
    /** @type {any} */
    const options = {
      width: box.clientWidth || 600,
      height: HEIGHT,
      legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
      scales: {
        x: {
          time: true,
          range: (/** @type {any} */ self, /** @type {number} */ low, /** @type {number} */ high) => [
            low - pad(self.data[0]),
            high + pad(self.data[0]),
          ],
        },
        y: {
          range: (/** @type {any} */ _, /** @type {number} */ __, /** @type {number} */ high) => [
            0,
            Math.max(4, high * 1.15),
          ],
        },
        ...scales,
      },
      axes: [
        {
          ...axis,
          size: 30,
          grid: { show: false },
          splits: shownTimes,
          values: (/** @type {any} */ _, /** @type {number[]} */ ticks) => ticks.map((tick) => moment(tick, step)),
        },
        {
          ...axis,
          size: 36,
          incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000],
          values: (/** @type {any} */ _, /** @type {number[]} */ ticks) => ticks.map((tick) => number(tick)),
        },
        ...(axes ?? []),
      ],
      hooks: { ...hooks, setCursor: [(/** @type {any} */ self) => onAt(self.cursor.idx ?? null)] },
      ...rest,
    };
    plot.current = new uPlot(options, /** @type {any} */ (data), box);
    const observer = new ResizeObserver(() => plot.current?.setSize({ width: box.clientWidth, height: HEIGHT }));
    observer.observe(box);
    return () => {
      observer.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [theme, scheme, step, locale.value, ...inputs]);
  const key = JSON.stringify(data);
  useEffect(() => plot.current?.setData(data), [key]);
  return html`<div class="flow-plot" ref=${place} />`;
}

/** Bars in that colour. @param {string} stroke @param {string} fill */
const bars = (stroke, fill) => ({
  stroke,
  fill,
  width: 1,
  paths: uPlot.paths.bars?.({ size: [0.62, 36], radius: 0.15 }),
  points: { show: false },
});

/** A line across the whole plot. @param {any} self @param {number} value @param {string} scale @param {string} stroke @param {readonly number[]} dash */
function across(self, value, scale, stroke, dash) {
  const { ctx, bbox } = self;
  const y = Math.round(self.valToPos(value, scale, true));
  ctx.save();
  ctx.strokeStyle = stroke;
  ctx.setLineDash(dash);
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}

/**
 * Handoffs as bars and how long they waited as a line, with its target.
 * @param {{steps: readonly {at: number, figures: Figures | null}[], step: "hour" | "day", target: number, label:
 *   string}} props
 */
export function Flow({ steps, step, target, label }) {
  const [at, setAt] = useState(/** @type {number | null} */ (null));
  const data = [
    steps.map((one) => one.at / 1000),
    steps.map((one) => one.figures?.handoffs ?? null),
    steps.map((one) => one.figures?.wait.mean_seconds ?? null),
  ];
  const draw = (/** @type {Pen} */ { accent, accentSoft, warn, axis }) => ({
    scales: {
      wait: {
        range: (/** @type {any} */ _, /** @type {number} */ __, /** @type {number} */ high) => [
          0,
          Math.max(target * 2, (high || 0) * 1.15),
        ],
      },
    },
    series: [
      {},
      bars(accent, accentSoft),
      { scale: "wait", stroke: warn, width: 2, spanGaps: true, points: { size: 5, fill: warn } },
    ],
    axes: [
      {
        ...axis,
        scale: "wait",
        side: 1,
        size: 52,
        incrs: INCREMENTS,
        grid: { show: false },
        values: (/** @type {any} */ _, /** @type {number[]} */ ticks) => ticks.map(seconds),
      },
    ],
    hooks: {
      drawSeries: [
        (/** @type {any} */ self, /** @type {number} */ series) => {
          if (series === 2 && target) across(self, target, "wait", warn, [4, 4]);
        },
      ],
    },
  });
  const shown = at === null ? null : steps[at];
  return html`<figure class="flow" role="img" aria-label=${label}>
    <div class="flow-words small" aria-hidden="true">
      <span class="flow-key" data-series="handoffs"
        >${t("dashboard.handoffs")}${
          shown && html` <b class="tabular">${number(shown.figures?.handoffs ?? 0)}</b>`
        }</span
      >
      <span class="flow-key" data-series="wait"
        >${t("dashboard.wait")}${
          shown && html` <b class="tabular">${duration(shown.figures?.wait.mean_seconds)}</b>`
        }</span
      >
      <span class="flow-key" data-series="target">${t("dashboard.target", { value: duration(target) })}</span>
      <span class="grow" />
      ${
        shown &&
        html`<span class="faint tabular"
          >${step === "hour" ? `${date(shown.at)}, ${clockTime(shown.at)}` : date(shown.at)}</span
        >`
      }
    </div>
    <${Plot} data=${data} step=${step} draw=${draw} inputs=${[target]} onAt=${setAt} />
  </figure>`;
}

/**
 * How many people each hour needs, those beyond the team apart, with how many there are now and in all.
 * @param {{hours: readonly StaffingHour[], team: Staffing["team"], label: string}} props
 */
export function Needs({ hours, team, label }) {
  const [at, setAt] = useState(/** @type {number | null} */ (null));
  const short = (/** @type {StaffingHour} */ { needed }) => needed !== null && needed > team.members;
  const data = [
    hours.map((hour) => Date.parse(hour.at) / 1000),
    hours.map((hour) => (short(hour) ? null : hour.needed || null)),
    hours.map((hour) => (short(hour) ? hour.needed : null)),
  ];
  const draw = (/** @type {Pen} */ { accent, accentSoft, warn, warnSoft, good, faint }) => ({
    scales: {
      y: {
        range: (/** @type {any} */ _, /** @type {number} */ __, /** @type {number} */ high) => [
          0,
          Math.max(4, Math.max(high || 0, team.members) * 1.15),
        ],
      },
    },
    series: [{}, bars(accent, accentSoft), bars(warn, warnSoft)],
    hooks: {
      drawSeries: [
        (/** @type {any} */ self, /** @type {number} */ series) => {
          if (series !== 2) return;
          across(self, team.members, "y", faint, [4, 4]);
          across(self, team.online, "y", good, []);
        },
      ],
    },
  });
  const shown = at === null ? null : hours[at];
  return html`<figure class="flow" role="img" aria-label=${label}>
    <div class="flow-words small" aria-hidden="true">
      <span class="flow-key" data-series="needed"
        >${t("dashboard.staffing.needed")}${shown && html` <b class="tabular">${shown.needed === null ? "–" : number(shown.needed)}</b>`}</span
      >
      <span class="flow-key" data-series="online">${t("dashboard.staffing.online", { n: team.online })}</span>
      <span class="flow-key" data-series="members">${t("dashboard.staffing.members", { n: team.members })}</span>
      <span class="grow" />
      ${
        shown &&
        html`<span class="faint tabular"
          >${[clockTime(shown.at), t("dashboard.staffing.arrivals", { n: about(shown.arrivals) }), t("dashboard.staffing.each", { time: duration(shown.handling_seconds) })].join(" · ")}</span
        >`
      }
    </div>
    <${Plot} data=${data} step="hour" draw=${draw} inputs=${[team.members, team.online]} onAt=${setAt} />
  </figure>`;
}

const NAMES = {
  whatsapp: "WhatsApp",
  telegram: "Telegram",
  instagram: "Instagram",
  messenger: "Messenger",
  sms: "SMS",
  teams: "Teams",
  slack: "Slack",
  google_chat: "Google Chat",
  api: "API",
};

/** A kind of channel as people call it. @param {string} kind */
export const channelName = (kind) =>
  /** @type {Record<string, string>} */ (NAMES)[kind] ??
  ({ web: t("dashboard.channel.web"), email: t("dashboard.channel.email"), voice: t("dashboard.channel.voice") }[
    kind
  ] ||
    kind);

/** @param {{groups: readonly FigureGroup[], onChoose: (channel: string) => void}} props */
export function Channels({ groups, onChoose }) {
  const rows = groups.toSorted((one, other) => other.figures.handoffs - one.figures.handoffs);
  const most = Math.max(1, ...rows.map(({ figures }) => figures.handoffs));
  return html`<ul class="bars">
    ${rows.map(
      ({ key, figures, now }) =>
        html`<li key=${key}>
          <button type="button" class="bar" data-channel=${key} onClick=${() => onChoose(key)}>
            <span class="row"
              ><${ChannelIcon} kind=${key} /><span class="grow cut">${channelName(key)}</span
              ><b class="tabular">${number(figures.handoffs)}</b></span
            >
            <span class="bar-track"><i style=${{ width: `${(figures.handoffs / most) * 100}%` }} /></span>
            <span class="row small faint tabular">
              <span class="grow">${t("dashboard.bar.wait", { time: duration(figures.wait.mean_seconds) })}</span>
              ${now && now.waiting > 0 && html`<span>${t("dashboard.bar.waiting", { n: now.waiting })}</span>`}
            </span>
          </button>
        </li>`,
    )}
  </ul>`;
}
