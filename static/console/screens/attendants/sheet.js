// One person: how they work, and the conversations they have, which a supervisor may hand on.

import { api } from "../../api/client.js";
import { may, me } from "../../api/session.js";
import { Avatar, ChannelIcon, Chip, Dialog, Elapsed, Empty, Menu, Meter, Priority, ProblemState, Time, confirmDialog } from "../../components/index.js";
import { html } from "../../lib.js";
import { navigate } from "../../shell/router.js";
import { toast, toastProblem } from "../../shell/toasts.js";
import { list as people } from "../../store/attendants.js";
import { byLastMessage, conversations } from "../../store/conversations.js";
import { list as queues, queues as queueOf } from "../../store/queues.js";
import { channelName, number, t } from "../../text.js";
import { Status, destinationName } from "./parts.js";
import { ordered } from "./people.js";

/** @import { Attendant } from "../../api/types" */
/** @import { Conversation } from "../../store/types" */
/** @typedef {{attendant_id: string} | {queue_id: string}} Target */

const THEIRS = new Set(["assigned", "active", "pending"]);

/** @param {readonly Conversation[]} some @param {Target} to @param {string} name */
async function transfer(some, to, name) {
  const results = await Promise.allSettled(some.map(({ session_id }) => api.post("/api/attendance/transfer", { session_id, ...to })));
  const refused = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  if (refused.length) toastProblem(refused[0]);
  const done = results.length - refused.length;
  if (done) toast({ text: t("attendants.transferred", { n: done, to: name }), kind: "good" });
}

/** Where conversations can go. @param {Attendant} from @param {(to: Target, name: string) => unknown} run */
function targets(from, run) {
  const others = ordered(people.value.filter(({ id, status }) => id !== from.id && status !== "offline")).slice(0, 12);
  return [
    { heading: t("attendants.to.queue") },
    ...queues.value.filter(({ is_active }) => is_active).map(({ id, name, length }) => ({ label: name, icon: "queue", detail: number(length), run: () => run({ queue_id: id }, name) })),
    others.length > 0 && { heading: t("attendants.to.person") },
    ...others.map(({ id, name, status, active_conversations, max_conversations }) => ({
      label: name,
      mark: html`<${Avatar} name=${name} size="small" status=${status} />`,
      detail: `${active_conversations}/${max_conversations}`,
      run: () => run({ attendant_id: id }, name),
    })),
  ];
}

/** @param {{conversation: Conversation, attendant: Attendant}} props */
function Item({ conversation, attendant }) {
  const { session_id, contact, channel, last_message, last_message_at, status, priority, queue } = conversation;
  return html`<li class="held">
    <a class="grow held-who" href=${`/inbox/${session_id}`}>
      <span class="row"><strong class="cut">${contact.name}</strong><${ChannelIcon} kind=${channel} label=${channelName(channel)} />
        <${Priority} priority=${priority} /><span class="grow" /><span class="small faint"><${Time} at=${last_message_at} /></span></span>
      <span class="small faint cut">${last_message || t("attendants.silent")}</span>
      <span class="row"><${Chip} tone=${status === "assigned" ? "accent" : status === "pending" ? "warn" : "plain"}>${t(`attendants.state.${status}`)}<//>${queue && html`<span class="small faint cut">${queue.name}</span>`}</span>
    </a>
    ${
      may("serve_conversations") &&
      html`<${Menu}
        label=${t("attendants.actions.of", { name: contact.name })}
        icon="more"
        items=${[{ label: t("attendants.open"), icon: "chat", run: () => navigate(`/inbox/${session_id}`) }, ...targets(attendant, (to, name) => transfer([conversation], to, name))]}
      />`
    }
  </li>`;
}

/** @param {{attendant: Attendant | undefined, onClose: () => void}} props */
export function AttendantSheet({ attendant, onClose }) {
  if (!attendant) return html`<${Dialog} title=${t("attendants.title")} class="sheet" onClose=${onClose}><div class="sheet-body">
    <${ProblemState} problem=${{ status: 404 }} /></div><//>`;
  const { id, name, department, status_since, active_conversations, max_conversations, skills, channel, destination, aliases } = attendant;
  const held = [...conversations.value.values()].filter((one) => one.assigned_to === id && THEIRS.has(one.status)).sort(byLastMessage);
  const mayMove = held.length > 1 && (id === me.value?.id ? may("serve_conversations") : may("assign_conversations"));
  const all = async (/** @type {Target} */ to, /** @type {string} */ where) => {
    const sure = await confirmDialog({ title: t("attendants.all.title", { n: held.length, to: where }), text: t("attendants.all.text", { name }), confirm: t("attendants.transfer") });
    if (sure) await transfer(held, to, where);
  };
  const kinds = channel.split(";").filter(Boolean);
  return html`<${Dialog} title=${name} class="sheet narrow" onClose=${onClose}>
    <div class="sheet-body stack">
      <div class="row person-head">
        <${Avatar} name=${name} size="large" status=${attendant.status} />
        <div class="grow">
          <div class="row wrap"><${Status} attendant=${attendant} /><span class="small faint"><${Elapsed} since=${status_since} /></span></div>
          ${department && html`<p class="faint">${department}</p>`}
        </div>
        <${Meter} value=${active_conversations} max=${max_conversations} label=${t("attendants.load.of", { name })} />
      </div>
      <dl class="facts">
        <dt>${t("attendants.queues")}</dt>
        <dd class="row wrap">${attendant.queues.flatMap((key) => queueOf.value.get(key) ?? []).map((queue) => html`<a key=${queue.id} class="chip" href=${`/queues/${queue.id}`}>${queue.name}</a>`)}${!attendant.queues.length && html`<span class="faint">${t("attendants.queues.none")}</span>`}</dd>
        ${skills.length > 0 && html`<dt>${t("attendants.skills")}</dt>
          <dd class="row wrap">${skills.map(({ name: skill, level }) => html`<${Chip} key=${skill}>${skill} ${level}<//>`)}</dd>`}
        <dt>${t("attendants.channels")}</dt>
        <dd>${!kinds.length || kinds.includes("all") ? t("channel.all") : kinds.map(channelName).join(", ")}</dd>
        <dt>${t("attendants.destination")}</dt>
        <dd>${destinationName(destination)}</dd>
        ${aliases.length > 0 && html`<dt>${t("attendants.aliases")}</dt><dd>${aliases.join(", ")}</dd>`}
      </dl>
      <section class="stack" aria-labelledby="held-title">
        <div class="row"><h3 id="held-title" class="grow">${t("attendants.held", { n: held.length })}</h3>${mayMove && html`<${Menu} label=${t("attendants.transfer.all")} kind="quiet" class="small" trigger=${t("attendants.transfer.all")} items=${targets(attendant, all)} />`}</div>
        ${
          held.length
            ? html`<ul class="helds">${held.map((one) => html`<${Item} key=${one.session_id} conversation=${one} attendant=${attendant} />`)}</ul>`
            : active_conversations
              ? html`<p class="faint">${t("attendants.hidden", { n: active_conversations })}</p>`
              : html`<${Empty} icon="chat" title=${t("attendants.free.title")} text=${t("attendants.free.text")} />`
        }
      </section>
    </div>
  <//>`;
}
