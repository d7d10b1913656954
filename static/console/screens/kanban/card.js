// One conversation on the board. Drawn again only when it, or what is done with it, changes.

import { classes, html, memo, useComputed } from "../../lib.js";
import { clock } from "../../clock.js";
import { Avatar, Badge, ChannelIcon, Elapsed, Icon, Priority, Time } from "../../components/index.js";
import { duration, phone, t } from "../../text.js";

/** @import { Conversation } from "../../store/types" */

/** Seconds of waiting that are worth a word afterwards. */
const WAITED = 30;
/** Tags that fit beside the attendant. */
const TAGS = 2;

/** Seconds until an offer returns to the queue. @param {{until: string}} props */
function Offer({ until }) {
  const left = useComputed(() => duration(Math.max(0, (Date.parse(until) - clock.value) / 1000)));
  return html`<span class="card-offer tabular"><${Icon} name="bell" />${left}</span>`;
}

/** How much of the time a customer may wait is gone. @param {{since: string, limit: number}} props */
function Fuse({ since, limit }) {
  const gone = useComputed(() => Math.min(1, Math.max(0, (clock.value - Date.parse(since)) / 1000 / limit)));
  const style = useComputed(() => `--gone: ${gone.value.toFixed(3)}`);
  const tone = useComputed(() => (gone.value >= 1 ? "bad" : gone.value >= 0.5 ? "warn" : "good"));
  return html`<span class="fuse" data-tone=${tone} style=${style} aria-hidden="true" />`;
}

/**
 * @param {{conversation: Conversation, limit: number, tabbable: boolean, peeked: boolean, lifted: boolean, busy:
 *   boolean, compact: boolean, describedby?: string}} props
 *   limit: seconds its queue lets customers wait, 0 for ever
 */
function CardOf({ conversation, limit, tabbable, peeked, lifted, busy, compact, describedby }) {
  const {
    session_id,
    contact,
    channel,
    status,
    queue,
    position,
    assigned_to_name,
    offer_until,
    priority,
    tags,
    unread,
    ticket_number,
    subject,
  } = conversation;
  const since = conversation.waiting_since;
  const who = contact.name || phone(contact.phone) || t("kanban.nameless");
  const late = limit || Infinity;
  return html`<a
    class=${classes("card", compact && "compact")}
    href=${`/inbox/${session_id}`}
    draggable=${false}
    tabindex=${tabbable ? 0 : -1}
    data-session=${session_id}
    aria-current=${peeked ? "true" : undefined}
    data-lifted=${lifted ? "" : undefined}
    data-priority=${priority}
    aria-busy=${busy ? "true" : undefined}
    aria-describedby=${describedby}
  >
    <span class="card-line">
      <${ChannelIcon} kind=${channel} label=${channel} />
      <strong class="cut">${who}</strong>
      ${contact.tier && html`<span class="card-tier cut">${contact.tier}</span>`}
      <${Priority} priority=${priority} />
      <span class="grow" />
      <${Badge} value=${status === "resolved" ? 0 : unread} label=${t("kanban.unread", { n: unread })} />
      <span class="card-clock">
        ${
          since
            ? html`<${Elapsed} since=${since} warn=${late / 2} bad=${late} />`
            : html`<${Time} at=${conversation.last_message_at} />`
        }
      </span>
    </span>
    ${
      !compact &&
      html`<span class="card-line faint small">
        ${ticket_number && html`<span class="tabular">${ticket_number}</span>`}
        <span class="cut tabular">${phone(contact.phone) || contact.email || subject || t("kanban.no_phone")}</span>
        <span class="grow" />
        ${
          (conversation.waited_seconds ?? 0) >= WAITED &&
          html`<span class="card-waited tabular" title=${t("kanban.waited")}
            ><${Icon} name="clock" />${duration(conversation.waited_seconds)}</span
          >`
        }
      </span>`
    }
    <span class="card-line">
      <span class="card-text faint grow">${conversation.last_message || t("kanban.silent")}</span>
      ${
        compact &&
        assigned_to_name &&
        html`<span class="row" title=${assigned_to_name}><${Avatar} name=${assigned_to_name} size="small" /></span>`
      }
    </span>
    ${
      !compact &&
      html`<span class="card-line card-foot small">
        ${
          assigned_to_name
            ? html`<${Avatar} name=${assigned_to_name} size="small" /><span class="cut card-who"
                  >${assigned_to_name}</span
                >`
            : html`<span class="card-queue cut"
                >${queue?.name ?? t("kanban.no_queue")}${
                  position ? html` <b class="tabular" title=${t("kanban.position")}>${`#${position}`}</b>` : ""
                }</span
              >`
        }
        ${status === "assigned" && offer_until && html`<${Offer} until=${offer_until} />`}
        <span class="grow" />
        ${conversation.snoozed_until && html`<${Icon} name="snooze" label=${t("kanban.snoozed")} />`}
        ${tags.slice(0, TAGS).map((tag) => html`<span class="card-tag cut" key=${tag}>${tag}</span>`)}
        ${
          tags.length > TAGS &&
          html`<span class="card-tag" title=${tags.slice(TAGS).join(", ")}>${`+${tags.length - TAGS}`}</span>`
        }
      </span>`
    }
    ${since && limit > 0 && html`<${Fuse} since=${since} limit=${limit} />`}
  </a>`;
}

export const Card = memo(CardOf);
