// A look at one conversation beside the board: the last things that were said, and what can be done with it.

import { may } from "../../api/session.js";
import { html, useEffect, useLayoutEffect, useMemo, useRef } from "../../lib.js";
import {
  Avatar,
  Button,
  ChannelIcon,
  Chip,
  Icon,
  IconButton,
  ProblemState,
  Skeleton,
  useAction,
} from "../../components/index.js";
import { focused } from "../../shell/notifications.js";
import { openThread } from "../../store/messages.js";
import { clockTime, phone, t } from "../../text.js";
import { actionOf, columnOf } from "./board.js";
import { move } from "./moves.js";

/** @import { Column, Message } from "../../api/types" */
/** @import { Conversation } from "../../store/types" */

/** Messages that are shown; the inbox has them all. */
const LAST = 40;

/** What is done from each column, the likeliest first. @type {Record<Column, readonly Column[]>} */
const NEXT = {
  new: ["active", "resolved"],
  active: ["resolved", "pending"],
  pending: ["active", "resolved"],
  resolved: ["new"],
};

/** @param {{conversation: Conversation, onClose: () => void}} props */
export function Peek({ conversation, onClose }) {
  const { session_id, contact, channel, queue, tags, subject } = conversation;
  const { thread, ready } = useMemo(() => openThread(session_id), [session_id]);
  const loading = useAction();
  const end = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    void loading.run(() => ready);
    focused.value = session_id;
    return () => {
      focused.value = null;
    };
  }, []);
  const { items, loaded } = thread.value;
  useLayoutEffect(() => {
    if (end.current) end.current.scrollTop = end.current.scrollHeight;
  }, [items.at(-1)?.id, loaded]);
  const column = columnOf(conversation);
  const who = contact.name || phone(contact.phone) || t("kanban.nameless");
  return html`<aside class="peek" aria-label=${t("kanban.peek", { name: who })}>
    <header class="row peek-head">
      <${Avatar} name=${contact.name} />
      <div class="grow">
        <h2 class="cut">${who}</h2>
        <p class="faint small cut row">
          <${ChannelIcon} kind=${channel} label=${channel} />${phone(contact.phone) || contact.email || subject}
        </p>
      </div>
      <a
        class="icon-button"
        href=${`/inbox/${session_id}`}
        aria-label=${t("kanban.peek.open")}
        title=${t("kanban.peek.open")}
        ><${Icon} name="expand"
      /></a>
      <${IconButton} icon="x" label=${t("close")} onClick=${onClose} />
    </header>
    <div class="row peek-facts">
      ${column && html`<${Chip} tone="accent">${t(`column.${column}`)}<//>`}${
        queue && html`<${Chip} icon="queue">${queue.name}<//>`
      }
      ${conversation.assigned_to_name && html`<${Chip} icon="user">${conversation.assigned_to_name}<//>`}${tags.map(
        (tag) => html`<${Chip} key=${tag} icon="tag">${tag}<//>`,
      )}
    </div>
    ${
      loaded
        ? html`<div
            class="peek-thread"
            ref=${end}
            role="log"
            tabindex="0"
            aria-label=${t("kanban.peek", { name: who })}
          >
            ${items.slice(-LAST).map((message) => html`<${Said} key=${message.id} message=${message} />`)}
          </div>`
        : html`<div class="peek-thread">
            ${
              loading.problem
                ? html`<${ProblemState}
                    problem=${loading.problem}
                    onRetry=${() => loading.run(() => openThread(session_id).ready)}
                  />`
                : html`<${Skeleton} kind="text" rows=${4} />`
            }
          </div>`
    }
    ${
      column &&
      may("serve_conversations") &&
      html`<footer class="row peek-actions">
        ${NEXT[column].map(
          (to, at) =>
            html`<${Button} key=${to} kind=${at ? "plain" : "primary"} onClick=${() => move(conversation, column, to)}
              >${t(`kanban.action.${actionOf(column, to)}`)}<//
            >`,
        )}
      </footer>`
    }
  </aside>`;
}

/** @param {{message: Message}} props */
function Said({ message }) {
  const { sender, text, attachments, created_at } = message;
  const files = attachments.map(({ name }) => name || t("kanban.peek.file"));
  return html`<p class="peek-said" data-from=${message.private ? "note" : sender.kind}>
    ${text || files.join(", ")}${text && files.length > 0 && html`<small>${files.join(", ")}</small>`}
    ${
      sender.kind !== "system" &&
      html`<small class="tabular"
        >${sender.kind === "contact" ? "" : `${sender.name} · `}${clockTime(created_at)}</small
      >`
    }
  </p>`;
}
