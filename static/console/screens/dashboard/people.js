// What a supervisor does with somebody of the team: change their status, give them a conversation, follow those they have.

import { api } from "../../api/client.js";
import { may } from "../../api/session.js";
import { html, useState } from "../../lib.js";
import {
  Button,
  ChannelIcon,
  Dialog,
  Elapsed,
  Empty,
  Icon,
  Menu,
  Presence,
  Priority,
  Time,
  openDialog,
  useAction,
} from "../../components/index.js";
import { toast, toastProblem, problemText } from "../../shell/toasts.js";
import { setStatus } from "../../store/attendants.js";
import { byLastMessage, conversations, waiting } from "../../store/conversations.js";
import { t } from "../../text.js";

/** @import { Attendant, AttendantStatus } from "../../api/types" */

/** @type {readonly AttendantStatus[]} */
const STATUSES = ["online", "busy", "away", "offline"];

/** @param {Attendant} attendant */
const follow = (attendant) =>
  openDialog((/** @type {() => void} */ close) => html`<${Follow} attendant=${attendant} onClose=${close} />`);

/** How full somebody is, and the way to what they have. @param {{attendant: Attendant}} props */
export function Load({ attendant }) {
  const { name, active_conversations: load, max_conversations: capacity } = attendant;
  const meter = html`<span class="load tabular"
    ><span class="bar-track"><i style=${{ width: `${capacity ? Math.min(1, load / capacity) * 100 : 0}%` }} /></span
    >${load}/${capacity}</span
  >`;
  if (!may("view_conversations")) return meter;
  const label = t("dashboard.follow.of", { n: load, name });
  return html`<button type="button" class="load-button" aria-label=${label} title=${label} onClick=${() => follow(attendant)}>
    ${meter}
  </button>`;
}

/** @param {{attendant: Attendant}} props */
export function PersonMenu({ attendant }) {
  const { id, name, status } = attendant;
  const [others, give] = [may("set_status_of_others"), may("assign_conversations")];
  if (!others && !give) return null;
  return html`<${Menu}
    label=${t("dashboard.person", { name })}
    icon="more"
    items=${[
      may("view_conversations") && { label: t("dashboard.follow"), icon: "eye", run: () => follow(attendant) },
      give && {
        label: t("dashboard.give"),
        icon: "assign",
        run: () =>
          openDialog((/** @type {() => void} */ close) => html`<${Give} attendant=${attendant} onClose=${close} />`),
      },
      give && others && "-",
      others && { heading: t("dashboard.status") },
      ...(others ? STATUSES : []).map((one) => ({
        label: t(`status.${one}`),
        mark: html`<${Presence} status=${one} />`,
        checked: one === status,
        run: () => setStatus(one, id).catch(toastProblem),
      })),
    ]}
  />`;
}

/** What waits, to be given to one person. @param {{attendant: Attendant, onClose: () => void}} props */
function Give({ attendant, onClose }) {
  const [query, setQuery] = useState("");
  const action = useAction();
  const wanted = query.trim().toLocaleLowerCase();
  const rows = waiting.value.filter(({ contact, last_message }) =>
    `${contact.name} ${contact.phone ?? ""} ${last_message}`.toLocaleLowerCase().includes(wanted),
  );
  const assign = async (/** @type {string} */ session_id, /** @type {string} */ name) => {
    const done = await action.run(() => api.post("/api/attendance/assign", { session_id, attendant_id: attendant.id }));
    if (!done) return;
    toast({ text: t("dashboard.given", { name, attendant: attendant.name }), kind: "good" });
    onClose();
  };
  return html`<${Dialog} title=${t("dashboard.give.title", { name: attendant.name })} onClose=${onClose}>
    ${action.problem && html`<p class="error" role="alert">${problemText(action.problem)}</p>`}
    ${
      (waiting.value.length > 5 || query) &&
      html`<input
        class="input"
        type="search"
        aria-label=${t("dashboard.give.search")}
        placeholder=${t("dashboard.give.search")}
        value=${query}
        onInput=${(/** @type {any} */ event) => setQuery(event.target.value)}
      />`
    }
    ${
      rows.length
        ? html`<ul class="give">
            ${rows.slice(0, 50).map(
              ({ session_id, contact, channel, queue, priority, last_message, waiting_since }) =>
                html`<li key=${session_id}>
                  <${ChannelIcon} kind=${channel} />
                  <span class="grow"
                    ><span class="row"
                      ><strong class="cut">${contact.name}</strong><${Priority} priority=${priority} /><span
                        class="faint small cut"
                        >${queue?.name}</span
                      ></span
                    ><span class="faint small cut give-text">${last_message}</span></span
                  >
                  <span class="small"><${Elapsed} since=${waiting_since} /></span>
                  <${Button} size="small" disabled=${action.busy} onClick=${() => assign(session_id, contact.name)}
                    >${t("dashboard.give.button")}<//
                  >
                </li>`,
            )}
          </ul>`
        : html`<${Empty} icon="check" title=${t("dashboard.nobody_waits")} />`
    }
  <//>`;
}

/** What one person has now; each opens in the inbox, where it is followed without taking it. @param {{attendant: Attendant, onClose: () => void}} props */
function Follow({ attendant: { id, name }, onClose }) {
  const held = [...conversations.value.values()]
    .filter(({ assigned_to, status }) => assigned_to === id && (status === "assigned" || status === "active" || status === "pending"))
    .sort(byLastMessage);
  return html`<${Dialog} title=${t("dashboard.follow.title", { name })} onClose=${onClose}>
    ${
      held.length
        ? html`${may("assign_conversations") && html`<p class="faint small">${t("dashboard.follow.hint")}</p>`}
            <ul class="give">
              ${held.map(
                ({ session_id, contact, channel, queue, priority, status, last_message, last_message_at }) =>
                  html`<li key=${session_id}>
                    <a class="follow" href=${`/inbox/${session_id}?view=all`} onClick=${onClose}>
                      <${ChannelIcon} kind=${channel} />
                      <span class="grow"
                        ><span class="row"
                          ><strong class="cut">${contact.name}</strong><${Priority} priority=${priority} /><span class="faint small cut"
                            >${[t(`dashboard.follow.${status}`), queue?.name].filter(Boolean).join(" · ")}</span
                          ></span
                        ><span class="faint small cut give-text">${last_message}</span></span
                      >
                      <span class="small faint"><${Time} at=${last_message_at} /></span>
                      <${Icon} name="chevron_right" />
                    </a>
                  </li>`,
              )}
            </ul>`
        : html`<${Empty} icon="chat" title=${t("dashboard.follow.none")} />`
    }
  <//>`;
}
