// One queue, live: who waits in the order in which they will be served, who serves, and how it works.

import { api } from "../../api/client.js";
import { may, me } from "../../api/session.js";
import { Avatar, Button, ChannelIcon, Chip, Dialog, Elapsed, Empty, Icon, IconButton, Menu, Meter, Priority, ProblemState, confirmDialog, openDialog } from "../../components/index.js";
import { html, useEffect, useState } from "../../lib.js";
import { nothingOpen, useCommands } from "../../shell/commands.js";
import { navigate, setQuery } from "../../shell/router.js";
import { toast, toastProblem } from "../../shell/toasts.js";
import { attendants } from "../../store/attendants.js";
import { byWait, remember, waiting } from "../../store/conversations.js";
import { list, queues, reload } from "../../store/queues.js";
import { channelName, duration, number, t } from "../../text.js";
import { leadHere } from "./form.js";
import { runs } from "./hours.js";
import { Channels, State, Week, dayName } from "./parts.js";

/** @import { Attendant, Queue } from "../../api/types" */
/** @import { Conversation } from "../../store/types" */

/** The server's order where it is known; a newcomer is placed by how long and how urgently it waits. @param {Conversation} one @param {Conversation} other */
const inOrder = (one, other) => (one.position ?? Infinity) - (other.position ?? Infinity) || byWait(one, other);

/**
 * Those who wait in a queue. Each arrival and departure moves the others, which only the server can say exactly: it is asked
 * once things have settled.
 * @param {string} id
 */
function useWaiting(id) {
  const here = waiting.value.filter(({ queue }) => queue?.id === id);
  const who = here.map(({ session_id, priority }) => `${session_id}${priority}`).sort().join();
  useEffect(() => {
    if (!who) return;
    const controller = new AbortController();
    const timer = setTimeout(() => {
      const query = { queue_id: id, status: "waiting", limit: 200 };
      remember(() => api.get("/api/attendance/queue", { query, signal: controller.signal }), ({ items }) => items).catch(() => {});
    }, 400);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [id, who]);
  return [...here].sort(inOrder);
}

/** @param {Queue} queue */
export async function deleteQueue(queue) {
  const others = leadHere(list.value, queue.id);
  const text = html`${t("queues.delete.text")}
    <ul class="consequences">
      ${queue.length > 0 && html`<li>${t("queues.delete.waiting", { n: queue.length })}</li>`}
      ${queue.members.length > 0 && html`<li>${t("queues.delete.members", { n: queue.members.length })}</li>`}
      ${others.length > 0 && html`<li>${t("queues.delete.others", { names: others.map(({ name }) => name).join(", ") })}</li>`}
      <li>${t("queues.delete.history")}</li>
    </ul>`;
  if (!(await confirmDialog({ title: t("queues.delete.title", { name: queue.name }), text, confirm: t("queues.delete"), danger: true }))) return;
  try {
    await api.del(`/api/attendance/queues/${queue.id}`);
    navigate("/queues");
    await reload();
    toast({ text: t("queues.deleted", { name: queue.name }), kind: "good" });
  } catch (problem) {
    toastProblem(problem);
  }
}

/** @param {Queue} queue @param {boolean} is_active */
async function switchQueue(queue, is_active) {
  try {
    const now = await api.get(`/api/attendance/queues/${queue.id}`);
    const { name, description, channels, priority_order, max_wait_seconds, auto_assign, strategy, skills, hours, size_limit, overflow_queue_id, fallback, department, topics } = now;
    const write = { name, description, channels, is_active, priority_order, max_wait_seconds, auto_assign, strategy, skills, hours, size_limit, overflow_queue_id, fallback, department, topics };
    await api.put(`/api/attendance/queues/${queue.id}`, write, { ifMatch: now });
    await reload();
    toast(is_active ? t("queues.switched.on") : t("queues.switched.off"));
  } catch (problem) {
    toastProblem(problem);
  }
}

/** @param {Conversation} conversation @param {{attendant_id: string} | {queue_id: string}} to @param {string} name */
async function hand(conversation, to, name) {
  try {
    if ("attendant_id" in to) await api.post("/api/attendance/assign", { session_id: conversation.session_id, ...to });
    else await api.post("/api/attendance/transfer", { session_id: conversation.session_id, ...to });
    toast({ text: t("queues.handed", { name: conversation.contact.name, to: name }), kind: "good" });
  } catch (problem) {
    toastProblem(problem);
  }
}

/** Chooses who gets a conversation. @param {Conversation} conversation @param {Queue} queue */
async function assign(conversation, queue) {
  /** @type {Attendant | undefined} */
  const chosen = await openDialog((close) => html`<${People} queue=${queue} name=${conversation.contact.name} onClose=${close} />`);
  if (chosen) await hand(conversation, { attendant_id: chosen.id }, chosen.name);
}

/** Free and online first. @param {Attendant} one @param {Attendant} other */
const byRoom = (one, other) =>
  Number(other.status === "online") - Number(one.status === "online") ||
  one.active_conversations / (one.max_conversations || 1) - other.active_conversations / (other.max_conversations || 1) ||
  one.name.localeCompare(other.name);

/** @param {{queue: Queue, name: string, onClose: (chosen?: Attendant) => void}} props */
function People({ queue, name, onClose }) {
  const people = queue.members.map(({ user_id }) => attendants.value.get(user_id)).filter((one) => one !== undefined).sort(byRoom);
  return html`<${Dialog} title=${t("queues.assign.title", { name })} size="small" onClose=${() => onClose()}>
    ${
      people.length
        ? html`<ul class="choices">
            ${people.map(
              (person) =>
                html`<li key=${person.id}>
                  <button type="button" disabled=${person.status === "offline"} onClick=${() => onClose(person)}>
                    <${Avatar} name=${person.name} size="small" status=${person.status} /><span class="grow cut">${person.name}</span>
                    <${Meter} value=${person.active_conversations} max=${person.max_conversations} label=${t("queues.load")} />
                  </button>
                </li>`,
            )}
          </ul>`
        : html`<p class="faint">${t("queues.nobody")}</p>`
    }
  <//>`;
}

/** @param {{conversation: Conversation, queue: Queue, place: number}} props */
function Waiting({ conversation, queue, place }) {
  const { contact, session_id, channel, last_message, waiting_since, priority, transfer_reason } = conversation;
  const others = list.value.filter(({ id, is_active }) => id !== queue.id && is_active);
  const limit = queue.max_wait_seconds || Infinity;
  const mine = queue.members.some(({ user_id }) => user_id === me.value?.id);
  const take = async () => {
    try {
      await api.post("/api/attendance/take", { session_id });
      navigate(`/inbox/${session_id}`);
    } catch (problem) {
      toastProblem(problem);
    }
  };
  return html`<li class="waiting">
    <span class="waiting-place tabular" aria-label=${t("queues.place", { n: place })}>${place}</span>
    <${Avatar} name=${contact.name} />
    <a class="grow waiting-who" href=${`/inbox/${session_id}`}>
      <span class="row"><strong class="cut">${contact.name}</strong><${ChannelIcon} kind=${channel} label=${channelName(channel)} />
        <${Priority} priority=${priority} />${contact.tier && html`<${Chip} tone="accent">${contact.tier}<//>`}</span>
      <span class="small faint cut">${last_message || transfer_reason || t("queues.silent")}</span>
    </a>
    <span class="waiting-end"><${Elapsed} since=${waiting_since} warn=${limit / 2} bad=${limit} />
    ${
      may("serve_conversations") &&
      html`<span class="row waiting-actions">
        ${mine && html`<${Button} size="small" onClick=${take}>${t("queues.take")}<//>`}
        <${Menu}
          label=${t("queues.actions.of", { name: contact.name })}
          icon="more"
          items=${[
            may("assign_conversations") && { label: t("queues.assign"), icon: "assign", run: () => assign(conversation, queue) },
            { label: t("queues.open.conversation"), icon: "chat", run: () => navigate(`/inbox/${session_id}`) },
            others.length > 0 && { heading: t("queues.move") },
            ...others.map(({ id, name, length }) => ({ label: name, detail: number(length), icon: "transfer", run: () => hand(conversation, { queue_id: id }, name) })),
          ]}
        />
      </span>`
    }</span>
  </li>`;
}

/** @param {{title: string, children?: any}} props */
const Fact = ({ title, children }) => html`<div class="figure"><span class="small faint">${title}</span>
  <span class="figure-value tabular">${children}</span></div>`;

/** @param {{queue: Queue}} props */
function Team({ queue }) {
  const rows = queue.members
    .map((member) => ({ member, person: attendants.value.get(member.user_id) }))
    .filter(({ person }) => person)
    .sort((one, other) => byRoom(/** @type {Attendant} */ (one.person), /** @type {Attendant} */ (other.person)));
  if (!rows.length) return html`<p class="faint small">${t("queues.nobody.text")}</p>`;
  return html`<ul class="team">
    ${rows.map(({ member, person }) => {
      const { id, name, status, active_conversations } = /** @type {Attendant} */ (person);
      return html`<li key=${id} class="row" data-off=${member.is_active ? undefined : ""}>
        <${Avatar} name=${name} size="small" status=${status} />
        <a class="grow cut plain-link" href=${`/attendants/${id}`}>${name}</a>
        ${!member.is_active && html`<${Chip}>${t("queues.paused")}<//>`}
        <${Meter} value=${active_conversations} max=${member.max_conversations} label=${t("queues.load")} />
      </li>`;
    })}
  </ul>`;
}

/** @param {{queue: Queue}} props */
function Rules({ queue }) {
  const name = (/** @type {string | null | undefined} */ id) => (id && queues.value.get(id)?.name) || "–";
  const { fallback, hours } = queue;
  const policy = (/** @type {typeof fallback.out_of_hours} */ one) =>
    !one ? t("queues.fallback.none") : one.action === "queue" ? t("queues.fallback.to", { name: name(one.queue_id) }) : t(`queues.fallback.${one.action}`);
  return html`<dl class="rules">
    <dt>${t("queues.channels")}</dt>
    <dd><${Channels} channels=${queue.channels} /></dd>
    <dt>${t("queues.strategy")}</dt>
    <dd>${queue.auto_assign ? t(`queues.strategy.${queue.strategy}`) : t("queues.strategy.manual")}</dd>
    ${queue.skills.length > 0 && html`<dt>${t("queues.skills")}</dt>
      <dd class="row wrap">${queue.skills.map(({ name: skill, level }) => html`<${Chip} key=${skill}>${skill} ${level}+<//>`)}</dd>`}
    <dt>${t("queues.max_wait")}</dt>
    <dd>${queue.max_wait_seconds ? duration(queue.max_wait_seconds) : t("queues.max_wait.none")}</dd>
    ${queue.size_limit !== null && html`<dt>${t("queues.size_limit")}</dt><dd>${number(queue.size_limit)}</dd>`}
    ${queue.overflow_queue_id && html`<dt>${t("queues.overflow")}</dt><dd>${name(queue.overflow_queue_id)}</dd>`}
    <dt>${t("queues.out_of_hours")}</dt>
    <dd>${policy(fallback.out_of_hours)}</dd>
    <dt>${t("queues.nobody_online")}</dt>
    <dd>${policy(fallback.nobody_online)}</dd>
    ${queue.topics.length > 0 && html`<dt>${t("queues.topics")}</dt>
      <dd class="row wrap">${queue.topics.map((topic) => html`<${Chip} key=${topic}>${topic}<//>`)}</dd>`}
    <dt>${t("queues.hours")}</dt>
    <dd class=${hours ? "full" : ""}>
      ${
        hours
          ? html`<ul class="hours-words">${runs(hours.week).map(({ from, to, intervals }) => html`<li key=${from}>
            <span>${from === to ? dayName(from, "short") : `${dayName(from, "short")}–${dayName(to, "short")}`}</span> <span class="tabular">${intervals.map((pair) => pair.join("–")).join(", ")}</span></li>`)}</ul>
              <${Week} week=${hours.week} />
              <p class="small faint">${hours.timezone.replace(/_/g, " ")}${hours.holidays?.length ? ` · ${t("queues.holidays.n", { n: hours.holidays.length })}` : ""}</p>`
          : t("queues.open.always")
      }
    </dd>
  </dl>`;
}

/** @param {{id: string}} props */
export function QueueDetail({ id }) {
  const queue = queues.value.get(id);
  const items = useWaiting(id);
  const [all, setAll] = useState(false);
  const editable = may("manage_queues");
  useCommands([
    { id: "queue-edit", label: () => t("queues.edit"), group: () => t("nav.queues"), icon: "edit", keys: "e", when: () => editable && Boolean(queue), run: () => setQuery({ edit: id }) },
    { id: "queue-back", label: () => t("queues.back"), group: () => t("nav.queues"), keys: "escape", hidden: true, when: nothingOpen, run: () => navigate("/queues") },
  ]);
  if (!queue) return html`<div class="page"><${Back} /><${ProblemState} problem=${{ status: 404 }} /></div>`;
  const shown = all ? items : items.slice(0, 50);
  const limit = queue.max_wait_seconds || Infinity;
  const online = queue.members.map(({ user_id }) => attendants.value.get(user_id)).filter((one) => one?.status === "online");
  return html`<div class="page wide queue-page">
    <${Back} />
    <header class="page-head">
      <div class="grow">
        <div class="row wrap"><h1>${queue.name}</h1><${State} queue=${queue} /></div>
        ${queue.description && html`<p class="faint">${queue.description}</p>`}
      </div>
      ${
        editable &&
        html`<div class="row">
          <${Button} icon="edit" onClick=${() => setQuery({ edit: id })}>${t("queues.edit")}<//>
          <${Menu}
            label=${t("queues.more")}
            icon="more"
            items=${[
              queue.is_active
                ? { label: t("queues.switch.off"), icon: "pause", run: () => switchQueue(queue, false) }
                : { label: t("queues.switch.on"), icon: "play", run: () => switchQueue(queue, true) },
              "-",
              { label: t("queues.delete"), icon: "trash", danger: true, run: () => deleteQueue(queue) },
            ]}
          />
        </div>`
      }
    </header>
    <section class="figures" aria-label=${t("queues.now")}>
      <${Fact} title=${t("queues.length")}>${number(queue.length)}<//>
      <${Fact} title=${t("queues.oldest")}>${queue.oldest_waiting_since ? html`<${Elapsed} since=${queue.oldest_waiting_since} warn=${limit / 2} bad=${limit} />` : "–"}<//>
      <${Fact} title=${t("queues.wait")}>${duration(queue.estimated_wait_seconds)}<//>
      <${Fact} title=${t("queues.online")}>${number(online.length)}<span class="faint">/${number(queue.members.length)}</span><//>
    </section>
    <div class="queue-columns">
      <section class="panel" aria-labelledby="queue-waiting">
        <h2 id="queue-waiting">${t("queues.order")}</h2>
        ${
          items.length
            ? html`<ol class="waitings">${shown.map((conversation, at) => html`<${Waiting} key=${conversation.session_id} conversation=${conversation} queue=${queue} place=${at + 1} />`)}</ol>
                ${shown.length < items.length && html`<${Button} kind="quiet" onClick=${() => setAll(true)}>${t("queues.all", { n: items.length })}<//>`}`
            : queue.length
              ? html`<p class="faint pad">${t("queues.hidden", { n: queue.length })}</p>`
              : html`<${Empty} icon="check" title=${t("queues.calm.title")} text=${t("queues.calm.text")} />`
        }
      </section>
      <div class="stack">
        <section class="panel pad" aria-labelledby="queue-team">
          <h2 id="queue-team">${t("queues.team")}</h2>
          <${Team} queue=${queue} />
        </section>
        <section class="panel pad" aria-labelledby="queue-rules">
          <div class="row"><h2 id="queue-rules" class="grow">${t("queues.rules")}</h2>${editable && html`<${IconButton} icon="edit" size="small" label=${t("queues.edit")} onClick=${() => setQuery({ edit: id })} />`}</div>
          <${Rules} queue=${queue} />
        </section>
      </div>
    </div>
  </div>`;
}

const Back = () => html`<a class="back small" href="/queues"><${Icon} name="chevron_left" />${t("queues.back")}</a>`;
