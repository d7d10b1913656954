// The inbox: conversations and their messages.

import { html } from "../../lib.js";
import { Avatar, ChannelIcon, Empty, Priority, ProblemState, Skeleton, Time, VirtualList } from "../../components/index.js";
import { loaded, mine, offers, problem, reload, waiting } from "../../store/conversations.js";
import { t } from "../../text.js";

/** @import { Conversation } from "../../store/types" */

/** @param {{rest: string[]}} props rest: the id of the conversation that is open */
export default function Inbox({ rest: [session] }) {
  if (!loaded.value) return problem.value ? html`<${ProblemState} problem=${problem.value} onRetry=${reload} />` : html`<${Skeleton} />`;
  const items = [...offers.value, ...mine.value, ...waiting.value];
  if (!items.length) return html`<${Empty} title=${t("inbox.empty.title")} text=${t("inbox.empty.text")} />`;
  return html`<${VirtualList}
    label=${t("inbox.list")}
    items=${items}
    rowHeight=${64}
    rowKey=${(/** @type {Conversation} */ { session_id }) => session_id}
    row=${(/** @type {Conversation} */ one) =>
      html`<a class="inbox-row" href=${`/inbox/${one.session_id}`} aria-current=${one.session_id === session ? "true" : undefined}>
        <${Avatar} name=${one.contact.name} />
        <span class="grow">
          <span class="row"><strong class="grow cut">${one.contact.name}</strong><${Time} at=${one.last_message_at} /></span>
          <span class="row"><${ChannelIcon} kind=${one.channel} /><span class="grow cut faint">${one.last_message}</span><${Priority} priority=${one.priority} /></span>
        </span>
      </a>`}
  />`;
}
