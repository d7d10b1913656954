// The dashboard for a screen on the wall: a few big figures, all queues and then each in turn, dark, nothing to press.

import { html, useEffect, useRef, useState } from "../../lib.js";
import { clock } from "../../clock.js";
import { Elapsed, IconButton, Presence } from "../../components/index.js";
import { navigate } from "../../shell/router.js";
import { attendants } from "../../store/attendants.js";
import { conversations } from "../../store/conversations.js";
import { list as queueList } from "../../store/queues.js";
import { clockTime, duration, number, percent, score, t } from "../../text.js";
import { against, floorOf, overdue } from "./figures.js";
import { total as figures, useReport } from "./report.js";

/** Milliseconds that each picture stays. */
const STAYS = 12_000;

/** Keeps the screen on while it is shown. */
function useAwake() {
  useEffect(() => {
    /** @type {any} */
    let lock = null;
    let over = false;
    // Refused on batteries that run low, and given back whenever the page is hidden.
    const take = () => {
      if (document.hidden || over) return;
      /** @type {any} */ (navigator).wakeLock?.request("screen").then(
        (/** @type {any} */ taken) => (over ? taken.release() : (lock = taken)),
        () => {},
      );
    };
    take();
    document.addEventListener("visibilitychange", take);
    return () => {
      over = true;
      document.removeEventListener("visibilitychange", take);
      void lock?.release();
    };
  }, []);
}

/** @param {{label: string, value: any, tone?: string, note?: any}} props */
const Big = ({ label, value, tone = "plain", note }) =>
  html`<div class="wall-figure" data-tone=${tone}>
    <dt>${label}</dt>
    <dd class="tabular">${value}</dd>
    <dd class="wall-note tabular">${note}</dd>
  </div>`;

export function Wall() {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const [at, setAt] = useState(0);
  const [still, setStill] = useState(false);
  const queues = queueList.value.filter(({ is_active }) => is_active);
  // One queue is the same picture as all.
  const pictures = queues.length > 1 ? [null, ...queues] : [null];
  const shown = pictures[at % pictures.length];
  useAwake();
  useEffect(() => {
    dialog.current?.showModal();
    dialog.current?.focus();
    // The browser wants a touch for it; without one the window stays as it is.
    void document.documentElement.requestFullscreen?.().catch(() => {});
    return () => {
      if (document.fullscreenElement) void document.exitFullscreen();
    };
  }, []);
  useEffect(() => {
    if (still || pictures.length < 2) return;
    const timer = setInterval(() => setAt((now) => now + 1), STAYS);
    return () => clearInterval(timer);
  }, [still, pictures.length, at]);
  const leave = () => navigate("/dashboard");
  const step = (/** @type {number} */ by) => setAt((now) => (now + by + pictures.length) % pictures.length);
  return html`<dialog
    class="wall"
    ref=${dialog}
    aria-label=${t("dashboard.wall")}
    onCancel=${(/** @type {Event} */ event) => {
      event.preventDefault();
      leave();
    }}
    onKeyDown=${(/** @type {KeyboardEvent} */ event) => {
      if (event.key === "ArrowRight") step(1);
      else if (event.key === "ArrowLeft") step(-1);
      else if (event.key === " " && event.target === event.currentTarget) setStill(!still);
      else return;
      event.preventDefault();
    }}
    tabindex="-1"
  >
    <header class="wall-head">
      <h1 class="grow cut">${shown?.name ?? t("dashboard.wall.all")}</h1>
      <span class="wall-dots" aria-hidden="true"
        >${
          pictures.length > 1 &&
          pictures.map(
            (_, index) => html`<i key=${index} data-on=${index === at % pictures.length ? "" : undefined} />`,
          )
        }</span
      >
      <span class="wall-tools row">
        ${
          pictures.length > 1 &&
          html`<${IconButton}
            icon=${still ? "play" : "pause"}
            label=${t(still ? "dashboard.wall.go" : "dashboard.wall.stop")}
            onClick=${() => setStill(!still)}
          />`
        }
        <${IconButton} icon="x" label=${t("dashboard.wall.leave")} onClick=${leave} />
      </span>
      <time class="wall-clock tabular">${clockTime(clock.value)}</time>
    </header>
    <${Picture}
      key=${shown?.id ?? ""}
      queue=${shown?.id}
      limit=${shown?.max_wait_seconds ?? 0}
      estimate=${shown?.estimated_wait_seconds ?? null}
    />
    <ul class="wall-queues" data-many=${queues.length > 6 ? "" : undefined}>
      ${queues.map(
        ({ id, name, length, oldest_waiting_since, max_wait_seconds: limit }) =>
          html`<li key=${id} aria-current=${id === shown?.id ? "true" : undefined}>
            <span class="cut">${name}</span><b class="tabular">${number(length)}</b>
            <small
              >${
                oldest_waiting_since
                  ? html`<${Elapsed}
                      since=${oldest_waiting_since}
                      warn=${(limit || Infinity) / 2}
                      bad=${limit || Infinity}
                    />`
                  : "–"
              }</small
            >
          </li>`,
      )}
    </ul>
  </dialog>`;
}

/** @param {{queue?: string, limit: number, estimate: number | null}} props */
function Picture({ queue, limit, estimate }) {
  const now = floorOf(conversations.value.values(), attendants.value.values(), { queue });
  const { data } = useReport(queue ? { queue } : {}, figures);
  const { total, targets } = data ?? {};
  const oldest = now.oldest ? (clock.value - Date.parse(now.oldest)) / 1000 : null;
  const waited = oldest !== null && limit > 0 ? oldest / limit : null;
  const anywhere = !queue && overdue(queueList.value, clock.value).length > 0;
  const late = anywhere || (waited ?? 0) > 1 ? "bad" : waited === null ? "plain" : waited > 0.5 ? "warn" : "good";
  return html`<dl class="wall-figures">
    <${Big}
      label=${t("dashboard.waiting")}
      value=${number(now.waiting)}
      tone=${now.waiting ? late : "good"}
      note=${queue && estimate !== null && t("dashboard.wall.estimate", { time: duration(estimate) })}
    />
    <${Big}
      label=${t("dashboard.oldest")}
      value=${duration(oldest)}
      tone=${late}
      note=${limit > 0 && t("dashboard.at_most", { value: duration(limit) })}
    />
    <${Big}
      label=${t("dashboard.active")}
      value=${number(now.active)}
      note=${t("dashboard.pending", { n: now.pending })}
    />
    <${Big}
      label=${t("dashboard.team")}
      value=${number(now.people.online + now.people.busy)}
      note=${html`<span class="team-note"
        >${
          /** @type {const} */ (["online", "busy", "away"]).map(
            (status) =>
              html`<span class="row" key=${status}
                ><${Presence} status=${status} label /><span>${now.people[status]}</span></span
              >`,
          )
        }</span
      >`}
    />
    <${Big}
      label=${t("dashboard.wait")}
      value=${duration(total?.wait.mean_seconds)}
      tone=${against(total?.wait.mean_seconds, targets?.wait_seconds, "less")}
      note=${targets && t("dashboard.target", { value: duration(targets.wait_seconds) })}
    />
    <${Big}
      label=${t("dashboard.first_response")}
      value=${duration(total?.first_response.mean_seconds)}
      tone=${against(total?.first_response.mean_seconds, targets?.first_response_seconds, "less")}
      note=${targets && t("dashboard.target", { value: duration(targets.first_response_seconds) })}
    />
    <${Big}
      label=${t("dashboard.wait_within_target")}
      value=${percent(total?.wait_within_target)}
      note=${total && t("dashboard.wall.today", { n: total.handoffs })}
    />
    ${
      total && total.recommendations > total.ratings
        ? html`<${Big} label=${t("dashboard.nps")} value=${score(total.nps)} note=${t("dashboard.ratings", { n: total.recommendations })} />`
        : html`<${Big}
            label=${t("dashboard.csat")}
            value=${percent(total?.csat)}
            tone=${against(total?.csat, targets?.csat, "more")}
            note=${targets && t("dashboard.target", { value: percent(targets.csat) })}
          />`
    }
  </dl>`;
}
