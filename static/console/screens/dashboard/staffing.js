// How many people the next hours need, and what would be if there were more or fewer of them, or of customers.

import { api } from "../../api/client.js";
import { clock } from "../../clock.js";
import { html, useComputed, useEffect, useId, useState } from "../../lib.js";
import { Button, Empty, Icon, Loaded, Select, useLoad } from "../../components/index.js";
import { attendants } from "../../store/attendants.js";
import { clockTime, date, duration, locale, number, percent, t } from "../../text.js";
import { Needs } from "./charts.js";
import { about, daysAhead, summaryOf, supposedOf, within } from "./plan.js";

/** @import { Staffing as Forecast, WhatIf as Answer } from "../../api/types" */
/** @import { Query } from "./report.js" */
/** @import { Supposed } from "./plan.js" */

/** Least, most and what the slider reaches to; fields take more. */
const LIMITS = /** @type {const} */ ({
  attendants: [1, 10_000, 40],
  arrivals: [0, 10_000, 200],
  minutes: [1, 1440, 60],
  capacity: [1, 500, 12],
});
const NAMES = /** @type {readonly (keyof Supposed)[]} */ (Object.keys(LIMITS));
/** Milliseconds without a move before it is asked. */
const STILL = 120;

/** @param {{query: Query}} props */
export function Staffing({ query: { queue } }) {
  const [day, setDay] = useState("");
  // Who works changes what the picture holds the hours against, and every hour it begins one later.
  const working = useComputed(() => [...attendants.value.values()].filter(({ status }) => status === "online" || status === "busy").length);
  const hour = useComputed(() => Math.floor(clock.value / 3_600_000));
  const forecast = useLoad(
    (signal) =>
      /** @type {Promise<Forecast>} */ (
        api.get("/api/attendance/staffing", {
          query: { queue_id: queue, day: day || undefined, utc_offset: -new Date().getTimezoneOffset() },
          signal,
        })
      ),
    [queue, day, working.value, hour.value],
    ["queue", "user"],
  );
  return html`<section class="staffing" aria-label=${t("dashboard.staffing")}>
    <h2 class="section-head">${t("dashboard.staffing")}</h2>
    <${Loaded} of=${forecast} skeleton=${html`<div class="report-panel shape tall" role="status" aria-label=${t("loading")} />`}>
      ${(/** @type {Forecast} */ data) =>
        html`<div class="dashboard-columns">
          <${Plan} forecast=${data} day=${day} onDay=${setDay} />
          <${WhatIf} forecast=${data} key=${queue ?? ""} />
        </div>`}
    <//>
  </section>`;
}

/** @param {number} at */
const weekday = (at) =>
  new Intl.DateTimeFormat(locale.value, { weekday: "long", day: "2-digit", month: "2-digit" }).format(at);

/** @param {{forecast: Forecast, day: string, onDay: (day: string) => void}} props */
function Plan({ forecast, day, onDay }) {
  const { basis, goal, hours, team } = forecast;
  const { peak, arrivals, short } = summaryOf(forecast);
  const options = [
    { value: "", label: t("dashboard.staffing.next") },
    ...daysAhead(clock.peek()).map(({ value, at }) => ({ value, label: weekday(at) })),
  ];
  const words = peak
    ? t("dashboard.staffing.label", { n: peak.needed ?? 0, time: clockTime(peak.at), members: team.members })
    : t("dashboard.staffing.nobody");
  return html`<section class="report-panel" aria-label=${t("dashboard.staffing.by_hour")}>
    <div class="staffing-head">
      <h3 class="grow">${t("dashboard.staffing.by_hour")}</h3>
      ${basis.enough && html`<${Select} hide label=${t("dashboard.staffing.day")} value=${day} options=${options} onValue=${onDay} />`}
    </div>
    ${
      basis.enough
        ? html`<dl class="staffing-words">
              <div>
                <dt>${t("dashboard.staffing.peak")}</dt>
                <dd data-tone=${short ? "warn" : undefined}>
                  ${peak ? html`${t("dashboard.staffing.people", { n: peak.needed ?? 0 })} <span class="faint small">${t("dashboard.staffing.at", { time: clockTime(peak.at) })}</span>` : "–"}
                </dd>
              </div>
              <div>
                <dt>${t("dashboard.staffing.expected")}</dt>
                <dd class="tabular">${number(about(arrivals))}</dd>
              </div>
              <div>
                <dt>${t("dashboard.staffing.handling")}</dt>
                <dd class="tabular">${duration(basis.handling_seconds)}</dd>
              </div>
              <div>
                <dt>${t("dashboard.staffing.capacity")}</dt>
                <dd>${t("dashboard.staffing.at_once", { n: team.capacity })}</dd>
              </div>
            </dl>
            ${short > 0 && html`<p class="notice small" role="status"><${Icon} name="alert" /><span>${t("dashboard.staffing.short", { n: short })}</span></p>`}
            <${Needs} hours=${hours} team=${team} label=${words} />
            <p class="staffing-basis small faint">
              ${t("dashboard.staffing.basis", {
                n: basis.handoffs,
                since: basis.since ? date(basis.since) : "–",
                share: percent(goal.share),
                wait: duration(goal.wait_seconds),
                occupancy: percent(goal.occupancy),
              })}
            </p>`
        : html`<${Empty}
            icon="calendar"
            title=${t("dashboard.staffing.empty.title")}
            text=${`${t("dashboard.staffing.empty.text")} ${basis.since ? t("dashboard.staffing.empty.basis", { n: basis.handoffs, since: date(basis.since) }) : ""}`}
          />`
    }
  </section>`;
}

/** @param {{forecast: Forecast}} props */
function WhatIf({ forecast }) {
  const [own, setOwn] = useState(/** @type {Supposed | null} */ (null));
  const supposed = own ?? supposedOf(forecast);
  const asked = useStill(supposed);
  const answer = useLoad(
    (signal) =>
      /** @type {Promise<Answer>} */ (
        api.get("/api/attendance/staffing/what-if", {
          query: {
            attendants: asked.attendants,
            arrivals_per_hour: asked.arrivals,
            handling_seconds: asked.minutes * 60,
            capacity: asked.capacity,
          },
          signal,
        })
      ),
    [JSON.stringify(asked)],
  );
  return html`<section class="report-panel what-if" aria-label=${t("dashboard.what_if")}>
    <div class="staffing-head">
      <h3 class="grow">${t("dashboard.what_if")}</h3>
      ${own && html`<${Button} kind="quiet" size="small" icon="undo" onClick=${() => setOwn(null)}>${t("dashboard.what_if.back")}<//>`}
    </div>
    <div class="amounts">
      ${NAMES.map(
        (name) =>
          html`<${Amount}
            key=${name}
            label=${t(`dashboard.what_if.${name}`)}
            limits=${LIMITS[name]}
            value=${supposed[name]}
            onValue=${(/** @type {number} */ value) => setOwn({ ...supposed, [name]: value })}
          />`,
      )}
    </div>
    <${Loaded} of=${answer} skeleton=${html`<div class="shape" />`}>
      ${(/** @type {Answer} */ data) => html`<${Outcome} answer=${data} attendants=${asked.attendants} />`}
    <//>
  </section>`;
}

/** The value once it has rested, so that a slider asks where it stops. @template T @param {T} value @returns {T} */
function useStill(value) {
  const [still, setStill] = useState(value);
  const key = JSON.stringify(value);
  useEffect(() => {
    const timer = setTimeout(() => setStill(value), STILL);
    return () => clearTimeout(timer);
  }, [key]);
  return still;
}

/**
 * A number to write, with a slider for those who point; the keyboard has the field's own arrows.
 * @param {{label: string, limits: readonly [number, number, number], value: number, onValue: (value: number) => void}} props
 */
function Amount({ label, limits: [least, most, reach], value, onValue }) {
  const id = useId();
  const end = Math.max(reach, value);
  const take = (/** @type {any} */ event) => {
    const wanted = within(event.target.value, least, most);
    if (wanted !== null) onValue(wanted);
  };
  const settle = (/** @type {any} */ event) => (event.target.value = String(value));
  return html`<div class="amount">
    <label class="grow" for=${id}>${label}</label>
    <input class="input tabular" type="number" inputmode="numeric" id=${id} min=${least} max=${most} value=${value} onInput=${take} onBlur=${settle} />
    <input type="range" tabindex="-1" aria-hidden="true" min=${least} max=${end} value=${value} style=${{ "--full": `${((value - least) / (end - least)) * 100}%` }} onInput=${take} />
  </div>`;
}

/** @param {{answer: Answer, attendants: number}} props */
function Outcome({ answer: { service, goal, needed }, attendants }) {
  const { stable, service_level, average_wait_seconds, occupancy, waiting_probability } = service;
  const kept = stable && service_level >= goal.share;
  const figures = [
    {
      label: t("dashboard.what_if.service_level", { wait: duration(goal.wait_seconds) }),
      value: percent(service_level),
      tone: kept ? "good" : "bad",
    },
    { label: t("dashboard.wait"), value: stable ? duration(average_wait_seconds) : t("dashboard.what_if.endless"), tone: stable ? "plain" : "bad" },
    { label: t("dashboard.utilisation"), value: percent(occupancy), tone: occupancy > goal.occupancy ? "warn" : "plain" },
    { label: t("dashboard.what_if.waiting"), value: percent(waiting_probability), tone: "plain" },
  ];
  return html`<div role="status">
    <dl class="outcome">
      ${figures.map(
        ({ label, value, tone }) =>
          html`<div key=${label}>
            <dt>${label}</dt>
            <dd class="figure-value tabular" data-tone=${tone}>${value}</dd>
          </div>`,
      )}
    </dl>
    <p class="outcome-words small" data-tone=${stable && attendants >= needed ? "good" : "warn"}>
      <${Icon} name=${stable && attendants >= needed ? "check" : "alert"} /><span
        >${!stable && html`${t("dashboard.what_if.unstable")} `}${needed === 0 ? t("dashboard.what_if.nobody") : t("dashboard.what_if.needed", { n: needed })}</span
      >
    </p>
  </div>`;
}
