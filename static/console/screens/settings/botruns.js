// What a bot's scripts do while nobody looks: what failed in earnest, and what runs by itself.

import { api } from "../../api/client.js";
import { may } from "../../api/session.js";
import { clock } from "../../clock.js";
import { html, useEffect, useState } from "../../lib.js";
import { Button, Chip, Icon, IconButton, Loaded, Skeleton, Time, useLoad } from "../../components/index.js";
import { capital, dateTime, t } from "../../text.js";
import { faults, standing } from "./failures.js";
import { Card, CopyField, useFresh } from "./parts.js";

/** @import { Brief, Failure, Fault } from "./failures.js" */
/** @typedef {{script: string, version: number, phrases: string[], plan: string, next_run_at: string | null, last_run_at: string | null, last_end_at: string | null,
 *   is_running: boolean, last_error: {code: string, message: string, line: number} | null}} Schedule */
/** @typedef {{path: string, script: string, url: string | null}} Webhook */

/** Faults that are shown before somebody asks for all. */
const FIRST = 8;
/** Milliseconds that a run is given to begin, once its time has come, and the longest that a timer of browsers counts. */
const BEGINNING = 2_000;
const LONGEST = 2 ** 31 - 1;

/** A time to come; with its zone where it is not the one the script goes by. @param {string} at @param {string} plan */
function moment(at, plan) {
  const { timeZone: here } = new Intl.DateTimeFormat().resolvedOptions();
  return plan.includes(here) ? dateTime(at) : `${dateTime(at)} ${here}`;
}

/** @param {string} bot @param {string} name @param {number} [line] */
const scriptAt = (bot, name, line) => `/settings/bots/${bot}/scripts/${encodeURIComponent(name)}${line ? `?line=${line}` : ""}`;

/** @param {{label: string, of: {loading: boolean, reload: () => void}}} props */
const Again = ({ label, of }) => html`<${IconButton} icon="refresh" size="small" label=${label} aria-disabled=${of.loading ? "true" : undefined} onClick=${of.reload} />`;

/** What failed for customers and by itself; the same again and again is one row. @param {{bot: string, scripts: readonly Brief[]}} props */
export function Failures({ bot, scripts }) {
  const failures = useLoad((signal) => api.all(`/api/bots/${bot}/errors`, {}, { signal }), [bot]);
  useFresh(failures.reload);
  const [all, setAll] = useState(false);
  return html`<${Card} title=${t("settings.failures.title")} text=${t("settings.failures.text")} actions=${html`<${Again} label=${t("settings.failures.again")} of=${failures} />`}>
    <${Loaded} of=${failures} skeleton=${html`<${Skeleton} rows=${2} />`} empty=${html`<p class="row faint"><${Icon} name="check" />${t("settings.failures.none")}</p>`}>
      ${(/** @type {Failure[]} */ rows) => {
        const found = faults(rows);
        const shown = all ? found : found.slice(0, FIRST);
        return html`<ul class="set-runs" aria-label=${t("settings.failures.title")}>
            ${shown.map((fault) => html`<${Failed} key=${fault.id} ...${{ bot, fault, scripts }} />`)}
          </ul>
          ${shown.length < found.length && html`<div><${Button} kind="quiet" icon="chevron_down" onClick=${() => setAll(true)}>${t("settings.failures.all", { n: found.length })}<//></div>`}`;
      }}
    <//>
  <//>`;
}

/** @param {{bot: string, fault: Fault, scripts: readonly Brief[]}} props */
function Failed({ bot, fault, scripts }) {
  const { at, session_id: session, script, version, line, message, times } = fault;
  const now = standing(fault, scripts);
  const place = html`<code class="set-code">${line ? `${script}:${line}` : script}</code>`;
  return html`<li>
    <div class="grow">
      <p class="set-said">${capital(message)}</p>
      <p class="set-chips">
        ${now === "gone" ? place : html`<a href=${scriptAt(bot, script, line)} title=${t("settings.failures.open")}>${place}</a>`}
        <span class="faint small">${t("settings.scripts.version", { n: String(version) })}</span>
        ${now !== "live" && html`<${Chip}>${t(`settings.failures.standing.${now}`)}<//>`}
        ${times > 1 && html`<${Chip} tone=${now === "live" ? "bad" : "plain"}>${t("settings.failures.times", { n: times })}<//>`}
      </p>
    </div>
    <div class="set-when small">
      <p class="faint tabular"><${Time} at=${at} long /></p>
      ${session ? html`<a class="link" href=${`/inbox/${session}`}>${t("settings.failures.conversation", { n: times })}</a>` : html`<span class="faint">${t("settings.failures.alone")}</span>`}
    </div>
  </li>`;
}

/** Asks again when the next of these times has come. @param {readonly Schedule[]} schedules @param {() => void} reload */
function useDue(schedules, reload) {
  const next = Math.min(...schedules.map(({ next_run_at: at }) => (at ? Date.parse(at) : Infinity)));
  useEffect(() => {
    const wait = next - clock.peek() + BEGINNING;
    if (wait < BEGINNING || wait > LONGEST) return;
    const timer = setTimeout(reload, wait);
    return () => clearTimeout(timer);
  }, [next]);
}

/** When scripts run by themselves, and where they are called; the addresses hold a secret, so who may not change the bot sees none. @param {{bot: string}} props */
export function RunsByItself({ bot }) {
  const managed = may("manage_bots");
  const runs = useLoad(
    async (signal) => {
      const [schedules, webhooks] = await Promise.all([api.all(`/api/bots/${bot}/schedules`, {}, { signal }), managed ? api.all(`/api/bots/${bot}/webhooks`, {}, { signal }) : []]);
      return { schedules, webhooks };
    },
    [bot, managed],
    ["bot"],
  );
  useFresh(runs.reload);
  useDue(runs.data?.schedules ?? [], runs.reload);
  return html`<${Card} title=${t("settings.runs.title")} text=${t("settings.runs.text")} actions=${html`<${Again} label=${t("settings.runs.again")} of=${runs} />`}>
    <${Loaded} of=${runs} skeleton=${html`<${Skeleton} rows=${2} />`}>
      ${(/** @type {{schedules: Schedule[], webhooks: Webhook[]}} */ { schedules, webhooks }) => {
        if (!schedules.length && !webhooks.length) return html`<p class="row faint"><${Icon} name="clock" /><span>${managed ? t("settings.runs.none") : t("settings.runs.none.schedules")}</span></p>`;
        return html`
          ${schedules.length > 0 && html`<ul class="set-runs" aria-label=${t("settings.runs.schedules")}>${schedules.map((schedule) => html`<${Planned} key=${schedule.script} ...${{ bot, schedule }} />`)}</ul>`}
          ${
            webhooks.length > 0 &&
            html`<div class="stack">
              ${webhooks.map(
                ({ path, script, url }) =>
                  html`<div key=${`${path} ${script}`}>
                    ${url ? html`<${CopyField} label=${path} value=${url} help=${html`<${Called} ...${{ bot, script }} />`} />` : html`<p><strong class="set-label">${path}</strong></p><p class="small"><${Called} ...${{ bot, script }} /></p>`}
                  </div>`,
              )}
              <p class="faint small">${webhooks[0].url ? t("settings.runs.secret") : t("settings.runs.no_secret")}</p>
            </div>`
          }`;
      }}
    <//>
  <//>`;
}

/** @param {{bot: string, script: string}} props */
const Called = ({ bot, script }) => html`${t("settings.runs.calls")} <a href=${scriptAt(bot, script)}><code>${script}</code></a>`;

/** @param {{bot: string, schedule: Schedule}} props */
function Planned({ bot, schedule: { script, phrases, plan, next_run_at: next, last_run_at: last, is_running: running, last_end_at: ended, last_error: error } }) {
  return html`<li>
    <div class="grow">
      <p class="set-said"><strong>${phrases.map(capital).join(" · ")}</strong></p>
      <p class="set-chips"><a href=${scriptAt(bot, script)}><code class="set-code">${script}</code></a><code class="faint small">${plan}</code></p>
      ${
        error && !running
          ? html`<p class="set-outcome small" data-tone="bad"><${Icon} name="alert" /><span>${t("settings.runs.failed")} <${Time} at=${ended} long />: ${error.message}${error.line > 0 && html` · <a href=${scriptAt(bot, script, error.line)}>${t("settings.runs.line", { n: String(error.line) })}</a>`}</span></p>`
          : html`<p class="set-outcome small faint">${last ? html`<${Icon} name=${running ? "play" : "check"} /><span>${running ? t("settings.runs.began") : t("settings.runs.went_well")} <${Time} at=${last} long /></span>` : t("settings.runs.never")}</p>`
      }
    </div>
    <div class="set-when">
      ${running ? html`<${Chip} tone="accent">${t("settings.runs.running")}<//>` : null}
      ${next ? html`<p class="tabular"><strong><${Time} at=${next} long /></strong></p><p class="faint small tabular">${moment(next, plan)}</p>` : html`<p class="faint">${t("settings.runs.no_more")}</p>`}
    </div>
  </li>`;
}
