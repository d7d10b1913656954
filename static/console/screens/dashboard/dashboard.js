// The floor at a glance: what waits, who is there, how fast we answer, and how that compares. The first row is counted
// from the stores and moves with every event; figures of a period are asked for again shortly after something happened.

import { html, useMemo } from "../../lib.js";
import { clock } from "../../clock.js";
import {
  Avatar,
  Badge,
  Button,
  Chip,
  Elapsed,
  Empty,
  Icon,
  IconButton,
  Loaded,
  Page,
  Presence,
  Select,
  Table,
  Tabs,
  Time,
} from "../../components/index.js";
import { useCommands } from "../../shell/commands.js";
import { navigate, setQuery } from "../../shell/router.js";
import { attendants, list as people, loaded as peopleLoaded } from "../../store/attendants.js";
import { conversations } from "../../store/conversations.js";
import { list as queueList, queues } from "../../store/queues.js";
import { dateTime, duration, hasText, number, percent, score, t } from "../../text.js";
import { alerts, troubled } from "./alerts.js";
import { Channels, channelName, Flow } from "./charts.js";
import { PERIODS, against, change, dayText, floorOf, moved, overdue, stretchOf, timeline } from "./figures.js";
import { Load, PersonMenu } from "./people.js";
import { useReport, whole } from "./report.js";
import { Staffing } from "./staffing.js";
import { Wall } from "./wall.js";

/** @import { Attendant, Figures, Queue, SystemAlert, Targets } from "../../api/types" */
/** @import { Query, Report } from "./report.js" */

/** @param {{rest: string[], query: Query}} props */
export default function Dashboard({ rest: [view], query }) {
  const asked = useMemo(() => query, [JSON.stringify(query)]);
  useCommands([
    {
      id: "dashboard.wall",
      label: () => t("dashboard.wall"),
      keys: "shift+w",
      icon: "expand",
      group: () => t("dashboard.title"),
      run: () => navigate("/dashboard/wall"),
    },
  ]);
  if (view === "wall") return html`<${Wall} />`;
  return html`<${Page} title=${t("dashboard.title")} wide actions=${html`<${Controls} query=${asked} />`}
    ><${Body} query=${asked}
  /><//>`;
}

/** @param {{query: Query}} props */
function Body({ query }) {
  const report = useReport(query, whole);
  return html`<div class="dashboard">
    <${Floor} query=${query} targets=${report.data?.insights.targets} />
    <${Period} query=${query} report=${report} />
    <${Staffing} query=${query} />
  </div>`;
}

/** @param {string} all @param {readonly (readonly [string, string])[]} rest values with their names */
const choices = (all, rest) => [{ value: "", label: t(all) }, ...rest.map(([value, label]) => ({ value, label }))];

/** @param {{query: Query}} props */
function Controls({ query }) {
  const period = PERIODS.find((one) => one === query.period) ?? "today";
  const channels = [...new Set([...conversations.value.values()].map(({ channel }) => channel).filter(Boolean))].sort();
  const { from, to } = stretchOf(query, clock.peek());
  /** @param {"from" | "to"} name @param {Date} day */
  const day = (name, day) =>
    html`<input
      class="input"
      type="date"
      aria-label=${t(`dashboard.period.${name}`)}
      value=${dayText(day)}
      max=${dayText(new Date(clock.peek()))}
      onChange=${(/** @type {any} */ event) => event.target.value && setQuery({ [name]: event.target.value })}
    />`;
  return html`<div class="dashboard-controls">
    <${Tabs}
      kind="segments"
      label=${t("dashboard.period")}
      current=${period}
      tabs=${PERIODS.map((id) => ({ id, label: t(`dashboard.period.${id}`) }))}
      onSelect=${(/** @type {string} */ id) => setQuery({ period: id === "today" ? null : id, from: null, to: null })}
    />
    ${
      period === "custom" &&
      html`<span class="row dashboard-days"
        >${day("from", from)}<span class="faint">–</span
        >${day("to", new Date(Math.max(from.getTime(), to.getTime() - 1)))}</span
      >`
    }
    <${Select}
      hide
      label=${t("dashboard.queue")}
      value=${query.queue ?? ""}
      options=${choices(
        "dashboard.queue.all",
        queueList.value.map(({ id, name }) => [id, name]),
      )}
      onValue=${(/** @type {string} */ queue) => setQuery({ queue })}
    />
    <${Select}
      hide
      label=${t("dashboard.channel")}
      value=${query.channel ?? ""}
      options=${choices(
        "dashboard.channel.all",
        channels.map((kind) => [kind, channelName(kind)]),
      )}
      onValue=${(/** @type {string} */ channel) => setQuery({ channel })}
    />
    <${IconButton} icon="expand" label=${t("dashboard.wall")} onClick=${() => navigate("/dashboard/wall")} />
  </div>`;
}

/**
 * One figure, with how it stands against its target and against the period before.
 * @param {{label: string, value: any, note?: any, tone?: string, share?: number | null, mark?: number, target?:
 *   string, changed?: number | null, points?: boolean, better?: "more" | "less", before?: string, large?: boolean}} props
 *   share: how full its line is, 0 to 1; mark: where on it the target is; points: the change is one of percentage points
 */
function Figure({ label, value, note, tone = "plain", share, mark, target, changed = null, points, better, before, large }) {
  const other = changed !== null && Math.abs(changed) >= 0.01;
  const well = other && better && (changed > 0 ? better === "more" : better === "less");
  return html`<div class="figure" data-size=${large ? "large" : undefined}>
    <dt>${label}</dt>
    <dd>
      <span class="figure-value tabular" data-tone=${tone}>${value}</span>
      ${
        changed !== null &&
        html`<span
          class="trend small tabular"
          data-tone=${other && better ? (well ? "good" : "bad") : "plain"}
          title=${before && t("dashboard.before", { value: before })}
        >
          ${
            other &&
            html`<${Icon}
              name=${changed > 0 ? "trend_up" : "trend_down"}
              label=${t(changed > 0 ? "dashboard.up" : "dashboard.down")}
            />`
          }${!other ? t("dashboard.same") : points ? t("dashboard.points", { n: number(Math.round(Math.abs(changed) * 100)) }) : percent(Math.abs(changed))}
        </span>`
      }
    </dd>
    ${
      share != null &&
      html`<dd class="report-meter" data-tone=${tone} aria-hidden="true">
        <i
          style=${{ width: `${Math.min(1, share) * 100}%` }}
        />${mark !== undefined && html`<b style=${{ left: `${Math.min(1, mark) * 100}%` }} />`}
      </dd>`
    }
    ${(note || target) && html`<dd class="figure-note small faint">${target}${note && target ? " · " : ""}${note}</dd>`}
  </div>`;
}

/** @param {{query: Query, targets?: Targets}} props */
function Floor({ query, targets }) {
  const now = floorOf(conversations.value.values(), attendants.value.values(), query);
  const limits = queueList.value
    .filter(({ id }) => !query.queue || id === query.queue)
    .map(({ max_wait_seconds }) => max_wait_seconds || Infinity);
  const limit = Math.min(Infinity, ...limits);
  return html`<section aria-label=${t("dashboard.now")}>
    <h2 class="section-head">${t("dashboard.now")}<span class="live-dot" title=${t("dashboard.live")} /></h2>
    <dl class="figures large">
      <${Figure}
        large
        label=${t("dashboard.waiting")}
        value=${number(now.waiting)}
        note=${
          now.oldest
            ? html`${t("dashboard.oldest")} <${Elapsed} since=${now.oldest} warn=${limit / 2} bad=${limit} />`
            : t("dashboard.nobody_waits")
        }
      />
      <${Figure}
        large
        label=${t("dashboard.active")}
        value=${number(now.active)}
        note=${t("dashboard.pending", { n: now.pending })}
      />
      <${Figure}
        large
        label=${t("dashboard.team")}
        value=${number(now.people.online + now.people.busy)}
        note=${html`<span class="team-note"
          >${
            /** @type {const} */ (["online", "busy", "away", "offline"]).map(
              (status) =>
                html`<span class="row" key=${status} title=${t(`status.${status}`)}
                  ><${Presence} status=${status} /><span class="hidden-text">${t(`status.${status}`)}</span
                  ><span class="tabular">${now.people[status]}</span></span
                >`,
            )
          }</span
        >`}
      />
      <${Figure}
        large
        label=${t("dashboard.utilisation")}
        value=${percent(now.utilisation)}
        share=${now.utilisation ?? 0}
        mark=${targets?.utilisation}
        target=${targets && t("dashboard.target", { value: percent(targets.utilisation) })}
        note=${t("dashboard.load", { load: now.load, capacity: now.capacity })}
      />
    </dl>
  </section>`;
}

/** @param {Figures} total */
const flowText = ({ handoffs, wait }) => t("dashboard.flow", { handoffs, wait: duration(wait.mean_seconds) });

/** @param {{query: Query, report: ReturnType<typeof useReport<Report>>}} props */
function Period({ query, report }) {
  const shown = report.stale && report.problem ? { ...report, data: undefined } : report;
  return html`<${Loaded} of=${shown} skeleton=${html`<${Shape} />`}>
    ${(/** @type {Report} */ data) =>
      html`<div class="period" aria-busy=${report.stale ? "true" : undefined}>
        <${PeriodFigures} report=${data} />
        <div class="dashboard-columns">
          <div class="stack">
            <${Panel} title=${t(data.stretch.step === "hour" ? "dashboard.by_hour" : "dashboard.by_day")}>
              ${
                data.insights.total.handoffs
                  ? html`<${Flow}
                      steps=${timeline(data.stretch, data.insights.groups)}
                      step=${data.stretch.step}
                      target=${data.insights.targets.wait_seconds}
                      label=${flowText(data.insights.total)}
                    />`
                  : html`<${Empty}
                      icon="chart"
                      title=${t("dashboard.empty.title")}
                      text=${t("dashboard.empty.text")}
                    />`
              }
            <//>
            <${Queues} report=${data} query=${query} />
            <${People} report=${data} query=${query} />
          </div>
          <div class="stack">
            <${Panel} title=${t("dashboard.alerts")}><${Alerts} /><//>
            <${Panel} title=${t("dashboard.channels")}>
              ${
                data.channels.length
                  ? html`<${Channels}
                      groups=${data.channels}
                      onChoose=${(/** @type {string} */ channel) => setQuery({ channel: channel === query.channel ? null : channel })}
                    />`
                  : html`<p class="panel-empty faint">${t("dashboard.empty.title")}</p>`
              }
            <//>
          </div>
        </div>
      </div>`}
  <//>`;
}

/** While it loads. */
const Shape = () =>
  html`<div class="period" role="status" aria-label=${t("loading")}>
    <div class="figures">${Array.from({ length: 7 }, (_, at) => html`<div class="figure shape" key=${at} />`)}</div>
    <div class="dashboard-columns">
      <div class="report-panel shape tall" />
      <div class="report-panel shape tall" />
    </div>
  </div>`;

/** @param {{title: string, children?: any}} props */
const Panel = ({ title, children }) =>
  html`<section class="report-panel" aria-label=${title}>
    <h3>${title}</h3>
    ${children}
  </section>`;

/** @param {{report: Report}} props */
function PeriodFigures({ report: { insights, before } }) {
  const { total, targets } = insights;
  /** @param {"wait" | "first_response"} name @param {number} target */
  const time = (name, target) => {
    const [now, then] = [total[name].mean_seconds, before[name].mean_seconds];
    const full = Math.max(target * 2, now ?? 0);
    return html`<${Figure}
      label=${t(`dashboard.${name}`)}
      value=${duration(now)}
      tone=${against(now, target, "less")}
      share=${now === null ? null : now / full}
      mark=${target / full}
      target=${t("dashboard.target", { value: duration(target) })}
      changed=${change(now, then)}
      better="less"
      before=${duration(then)}
    />`;
  };
  /**
   * @param {"resolution_rate" | "csat" | "transfer_rate" | "wait_within_target" | "abandonment_rate"} name
   * @param {"more" | "less"} better
   * @param {number} [target]
   * @param {any} [note]
   */
  const share = (name, better, target, note) =>
    html`<${Figure}
      label=${t(`dashboard.${name}`)}
      value=${percent(total[name])}
      tone=${against(total[name], target, better)}
      share=${total[name]}
      mark=${target}
      target=${target && t(better === "less" ? "dashboard.at_most" : "dashboard.target", { value: percent(target) })}
      note=${note}
      changed=${moved(total[name], before[name])}
      points
      better=${better}
      before=${percent(before[name])}
    />`;
  return html`<section aria-label=${t("dashboard.in_period")}>
    <h2 class="section-head">${t("dashboard.in_period")}</h2>
    <dl class="figures">
      <${Figure}
        label=${t("dashboard.handoffs")}
        value=${number(total.handoffs)}
        note=${t("dashboard.resolved", { n: total.resolved })}
        changed=${change(total.handoffs, before.handoffs)}
        before=${number(before.handoffs)}
      />
      ${time("wait", targets.wait_seconds)} ${time("first_response", targets.first_response_seconds)}
      ${share("wait_within_target", "more", undefined, t("dashboard.within", { time: duration(targets.wait_seconds) }))}
      ${share("resolution_rate", "more", targets.resolution_rate)}
      ${(total.ratings > 0 || !total.recommendations) && share("csat", "more", total.ratings ? targets.csat : undefined, t("dashboard.ratings", { n: total.ratings }))}
      ${total.recommendations > 0 && html`<${Figure} label=${t("dashboard.nps")} value=${score(total.nps)} share=${((total.nps ?? 0) + 100) / 200} note=${t("dashboard.ratings", { n: total.recommendations })} />`}
      ${share("transfer_rate", "less", targets.transfer_rate)}
      ${share("abandonment_rate", "less", undefined, t("dashboard.abandoned", { n: total.abandoned }))}
    </dl>
  </section>`;
}

/** @param {{report: Report, query: Query}} props */
function Queues({ report, query }) {
  const figures = new Map(report.queues.map((group) => [group.key, group.figures]));
  const rows = queueList.value.filter(({ id }) => !query.queue || id === query.queue);
  const columns = [
    {
      id: "name",
      title: t("dashboard.queue"),
      primary: true,
      cell: (/** @type {Queue} */ { id, name, is_open, is_active }) =>
        html`<span class="row"
          ><a class="cut" href=${`/kanban?queue=${id}`}><strong>${name}</strong></a
          >${(!is_open || !is_active) && html`<${Chip}>${t("dashboard.closed")}<//>`}</span
        >`,
    },
    {
      id: "length",
      title: t("dashboard.length"),
      align: "end",
      cell: (/** @type {Queue} */ { length }) => number(length),
    },
    {
      id: "oldest",
      title: t("dashboard.oldest_of"),
      align: "end",
      cell: (/** @type {Queue} */ { oldest_waiting_since: since, max_wait_seconds: limit }) =>
        since ? html`<${Elapsed} since=${since} warn=${(limit || Infinity) / 2} bad=${limit || Infinity} />` : "–",
    },
    {
      id: "estimate",
      title: t("dashboard.estimate"),
      align: "end",
      cell: (/** @type {Queue} */ { estimated_wait_seconds }) => duration(estimated_wait_seconds),
    },
    {
      id: "online",
      title: t("dashboard.online"),
      align: "end",
      cell: (/** @type {Queue} */ { id }) =>
        people.value.filter((one) => one.queues.includes(id) && one.status === "online").length,
    },
    {
      id: "handoffs",
      title: t("dashboard.handoffs"),
      align: "end",
      cell: (/** @type {Queue} */ { id }) => number(figures.get(id)?.handoffs ?? 0),
    },
    {
      id: "wait",
      title: t("dashboard.wait"),
      align: "end",
      cell: (/** @type {Queue} */ { id }) =>
        html`<span
          class="tone"
          data-tone=${against(figures.get(id)?.wait.mean_seconds, report.insights.targets.wait_seconds, "less")}
          >${duration(figures.get(id)?.wait.mean_seconds)}</span
        >`,
    },
    {
      id: "sla",
      title: t("dashboard.sla"),
      align: "end",
      cell: (/** @type {Queue} */ { id }) => percent(figures.get(id)?.wait_within_target),
    },
  ];
  return html`<${Panel} title=${t("dashboard.queues")}>
    ${
      rows.length
        ? html`<${Table}
            label=${t("dashboard.queues")}
            rows=${rows}
            rowKey=${(/** @type {Queue} */ { id }) => id}
            columns=${columns}
          />`
        : html`<p class="panel-empty faint">${t("dashboard.no_queues")}</p>`
    }
  <//>`;
}

/** Those at work first. */
const RANK = { online: 0, busy: 1, away: 2, offline: 3 };

/** @param {{report: Report, query: Query}} props */
function People({ report, query }) {
  const figures = new Map(report.attendants.map((group) => [group.key, group.figures]));
  const rows = people.value
    .filter(({ queues: theirs }) => (query.queue ? theirs.includes(query.queue) : true))
    .toSorted((one, other) => RANK[one.status] - RANK[other.status]);
  const columns = [
    {
      id: "name",
      title: t("dashboard.attendant"),
      primary: true,
      cell: (/** @type {Attendant} */ { name, status, department }) =>
        html`<span class="row"
          ><${Avatar} name=${name} status=${status} size="small" /><span class="cut"
            ><strong>${name}</strong>${department && html` <span class="faint small">${department}</span>`}</span
          ></span
        >`,
    },
    {
      id: "status",
      title: t("dashboard.status"),
      cell: (/** @type {Attendant} */ { status, status_since }) =>
        html`<span class="row nowrap"
          >${t(`status.${status}`)}<span class="faint small"><${Elapsed} since=${status_since} /></span
        ></span>`,
    },
    {
      id: "load",
      title: t("dashboard.load_of"),
      align: "end",
      cell: (/** @type {Attendant} */ attendant) => html`<${Load} attendant=${attendant} />`,
    },
    {
      id: "handled",
      title: t("dashboard.handled"),
      align: "end",
      cell: (/** @type {Attendant} */ { id }) => number(figures.get(id)?.accepted ?? 0),
    },
    {
      id: "response",
      title: t("dashboard.first_response"),
      align: "end",
      cell: (/** @type {Attendant} */ { id }) =>
        html`<span
          class="tone"
          data-tone=${against(figures.get(id)?.first_response.mean_seconds, report.insights.targets.first_response_seconds, "less")}
          >${duration(figures.get(id)?.first_response.mean_seconds)}</span
        >`,
    },
    {
      id: "csat",
      title: t("dashboard.csat"),
      align: "end",
      cell: (/** @type {Attendant} */ { id }) => percent(figures.get(id)?.csat),
    },
    {
      id: "menu",
      title: "",
      align: "end",
      cell: (/** @type {Attendant} */ attendant) => html`<${PersonMenu} attendant=${attendant} />`,
    },
  ];
  return html`<${Panel} title=${t("dashboard.people")}>
    ${
      rows.length || !peopleLoaded.value
        ? html`<${Table}
            label=${t("dashboard.people")}
            rows=${rows}
            rowKey=${(/** @type {Attendant} */ { id }) => id}
            columns=${columns}
          />`
        : html`<p class="panel-empty faint">${t("dashboard.no_people")}</p>`
    }
  <//>`;
}

/** @param {SystemAlert} alert @returns {{text: string, href: string | null}} */
function words(alert) {
  const { code } = alert;
  const session = typeof alert.session_id === "string" ? alert.session_id : null;
  const name = (session && conversations.value.get(session)?.contact.name) || t("dashboard.alert.somebody");
  const queue = queues.value.get(String(alert.queue_id))?.name ?? "";
  const key = code === "channel_health" ? `${code}.${alert.health}` : code;
  const text = hasText(`dashboard.alert.${key}`)
    ? t(`dashboard.alert.${key}`, { name, queue, channel: String(alert.channel ?? "") })
    : code;
  return { text: alert.reason ? `${text} ${alert.reason}` : text, href: session && `/inbox/${session}` };
}

function Alerts() {
  const late = overdue(queueList.value, clock.value);
  const [down, told] = [[...troubled.value], alerts.value];
  if (!late.length && !down.length && !told.length)
    return html`<p class="panel-empty faint"><${Icon} name="check" />${t("dashboard.calm")}</p>`;
  return html`<ul class="alerts" aria-live="polite">
      ${late.map(
        ({ id, name, length, oldest_waiting_since, max_wait_seconds }) =>
          html`<li key=${id} data-tone="bad">
            <${Icon} name="clock" /><span class="grow"
              ><a href=${`/kanban?queue=${id}`}
                >${t("dashboard.alert.overdue", { queue: name, limit: duration(max_wait_seconds) })}</a
              ></span
            >
            <span class="small"><${Elapsed} since=${oldest_waiting_since} /></span
            ><${Badge} value=${length} label=${t("dashboard.bar.waiting", { n: length })} />
          </li>`,
      )}
      ${down.map(
        ([id, { name, health, reason }]) =>
          html`<li key=${id} data-tone=${health === "down" ? "bad" : "warn"}>
            <${Icon} name="alert" />
            <span class="grow">
              ${t(`dashboard.alert.channel_health.${health}`, { channel: name })}
              ${reason && html`<span class="alert-reason faint">${reason}</span>`}
            </span>
          </li>`,
      )}
      ${told.map((alert) => {
        const { text, href } = words(alert);
        return html`<li key=${alert.seq}>
          <${Icon} name="bell" /><span class="grow">${href ? html`<a href=${href}>${text}</a>` : text}</span
          ><span class="small faint" title=${dateTime(alert.at)}><${Time} at=${alert.at} /></span>
        </li>`;
      })}
    </ul>
    ${
      told.length > 0 &&
      html`<${Button} kind="quiet" size="small" onClick=${() => (alerts.value = [])}>${t("dashboard.alert.clear")}<//>`
    }`;
}
