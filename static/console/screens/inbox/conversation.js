// A conversation: who it is with and what can be done, its messages, and where one answers.

import { html, useComputed, useEffect, useState } from "../../lib.js";
import { Avatar, Button, ChannelIcon, Chip, Elapsed, Icon, IconButton, Menu, Priority, ProblemState, Skeleton } from "../../components/index.js";
import { useCommands } from "../../shell/commands.js";
import { focused } from "../../shell/notifications.js";
import { conversations } from "../../store/conversations.js";
import { dateTime, hasText, t } from "../../text.js";
import { decline, makePending, prioritise, rights, snooze, take } from "./actions.js";
import { Composer } from "./composer.js";
import { openResolve, openSnooze, openSubject, openTags, openTransfer } from "./dialogs.js";
import { Thread } from "./thread.js";

/** @import { Message, Priority as Level, SessionDetail } from "../../api/types" */
/** @import { Conversation as Of } from "../../store/types" */

/** @type {readonly Level[]} */
const PRIORITIES = [3, 2, 1, 0];

/** @param {Of} one */
function StatusChip({ status, queue, assigned_to_name, waiting_since, snoozed_until }) {
  const tone = /** @type {const} */ ({ bot: "plain", waiting: "warn", assigned: "warn", active: "good", pending: "accent", resolved: "plain" })[status];
  return html`<${Chip} tone=${tone}>${t(`inbox.state.${status}`)}${waiting_since && html` · <${Elapsed} since=${waiting_since} />`}<//>
    ${snoozed_until && html`<${Chip} icon="snooze"><span title=${dateTime(snoozed_until)}>${t("inbox.snoozed.chip")}</span><//>`}
    <span class="faint small cut">${[queue?.name, assigned_to_name].filter(Boolean).join(" · ")}</span>`;
}

/**
 * Keyed by the session.
 * @param {{session: string, detail: {data: SessionDetail | undefined, problem: unknown, reload: () => void}, back: string, panel: boolean, onPanel: () => void}} props
 */
export function Conversation({ session, detail, back, panel, onPanel }) {
  const one = useComputed(() => conversations.value.get(session)).value;
  const [replyTo, setReplyTo] = useState(/** @type {Message | null} */ (null));
  useEffect(() => {
    focused.value = session;
    return () => {
      if (focused.peek() === session) focused.value = null;
    };
  }, [session]);
  const right = one ? rights(one) : null;
  const group = () => t("nav.inbox");
  useCommands([
    { id: "inbox.take", label: () => t("inbox.take"), keys: "a", icon: "check", group, when: () => Boolean(right?.accept || right?.take), run: () => take(session) },
    { id: "inbox.decline", label: () => t("inbox.decline"), keys: "d", icon: "x", group, when: () => Boolean(right?.accept), run: () => decline(session) },
    { id: "inbox.resolve", label: () => t("inbox.resolve"), keys: "e", icon: "check", group, when: () => Boolean(right?.resolve), run: () => one && openResolve(one) },
    { id: "inbox.transfer", label: () => t("inbox.transfer"), keys: "t", icon: "transfer", group, when: () => Boolean(right?.transfer), run: () => one && openTransfer(one) },
    { id: "inbox.pending", label: () => t("inbox.pending"), keys: "p", icon: "pause", group, when: () => Boolean(right?.pending), run: () => makePending(session) },
    { id: "inbox.snooze", label: () => t("inbox.snooze"), keys: "z", icon: "snooze", group, when: () => Boolean(right?.edit), run: () => one && openSnooze(one) },
    { id: "inbox.tags", label: () => t("inbox.tags"), keys: "l", icon: "tag", group, when: () => Boolean(right?.edit), run: () => openTags(session) },
    { id: "inbox.subject", label: () => t("inbox.subject"), keys: "s", icon: "edit", group, when: () => Boolean(right?.edit), run: () => one && openSubject(one) },
    { id: "inbox.panel", label: () => t("inbox.panel"), keys: "i", icon: "user", group, run: onPanel },
    ...PRIORITIES.map((level) => ({
      id: `inbox.priority.${level}`,
      label: () => t(`priority.${level}`),
      keys: `y ${level}`,
      icon: "flag",
      group,
      when: () => Boolean(right?.edit),
      run: () => prioritise(session, level),
    })),
  ]);
  if (!one || !right) {
    return html`<section class="conversation">
      <header class="conversation-head"><a class="icon-button inbox-back" href=${back} aria-label=${t("inbox.back")}><${Icon} name="arrow_left" /></a></header>
      ${detail.problem ? html`<${ProblemState} problem=${detail.problem} onRetry=${detail.reload} />` : html`<${Skeleton} rows=${5} />`}
    </section>`;
  }
  const more = [
    right.transfer && { label: t("inbox.transfer"), icon: "transfer", detail: "T", run: () => openTransfer(one) },
    right.pending && { label: t("inbox.pending"), icon: "pause", detail: "P", run: () => makePending(session) },
    right.edit && (one.snoozed_until ? { label: t("inbox.snooze.end"), icon: "snooze", run: () => snooze(session, null) } : { label: t("inbox.snooze"), icon: "snooze", detail: "Z", run: () => openSnooze(one) }),
    right.edit && { label: t("inbox.tags"), icon: "tag", detail: "L", run: () => openTags(session) },
    right.edit && { label: t("inbox.subject"), icon: "edit", detail: "S", run: () => openSubject(one) },
    right.edit && "-",
    right.edit && { heading: t("inbox.priority") },
    ...(right.edit ? PRIORITIES.map((level) => ({ label: t(`priority.${level}`), mark: html`<span class="priority" data-priority=${level}><${Icon} name="flag" /></span>`, checked: one.priority === level, run: () => prioritise(session, level) })) : []),
  ];
  const channel = hasText(`inbox.channel.${one.channel}`) ? t(`inbox.channel.${one.channel}`) : one.channel;
  return html`<section class="conversation" aria-label=${t("inbox.with", { name: one.contact.name })}>
    <header class="conversation-head">
      <a class="icon-button inbox-back" href=${back} aria-label=${t("inbox.back")}><${Icon} name="arrow_left" /></a>
      <${Avatar} name=${one.contact.name} />
      <div class="grow">
        <div class="row"><h1 class="cut">${one.contact.name}</h1><${ChannelIcon} kind=${one.channel} label=${channel} /><${Priority} priority=${one.priority} /></div>
        <div class="row conversation-state"><${StatusChip} ...${one} />${one.tags.slice(0, 3).map((tag) => html`<${Chip} key=${tag}>${tag}<//>`)}${one.tags.length > 3 && html`<span class="faint small">+${one.tags.length - 3}</span>`}</div>
      </div>
      <div class="row conversation-acts">
        ${(right.accept || right.take) && html`<${Button} kind="primary" icon="check" onClick=${() => take(session)}>${t(right.accept ? "inbox.accept" : "inbox.take")}<//>`}
        ${right.transfer && html`<${IconButton} class="wide-only" icon="transfer" label=${t("inbox.transfer")} onClick=${() => openTransfer(one)} />`}
        ${right.pending && html`<${IconButton} class="wide-only" icon="pause" label=${t("inbox.pending")} onClick=${() => makePending(session)} />`}
        ${right.edit && html`<${IconButton} class="wide-only" icon="snooze" label=${t("inbox.snooze")} pressed=${one.snoozed_until ? true : undefined} onClick=${() => (one.snoozed_until ? snooze(session, null) : openSnooze(one))} />`}
        ${right.resolve && !right.accept && !right.take && html`<${Button} kind="primary" icon="check" class="resolve" onClick=${() => openResolve(one)}>${t("inbox.resolve")}<//>`}
        ${more.some(Boolean) && html`<${Menu} label=${t("inbox.more")} icon="more" items=${more} />`}
        <${IconButton} icon="user" label=${t("inbox.panel")} pressed=${panel} onClick=${onPanel} />
      </div>
    </header>
    ${one.subject && html`<p class="conversation-subject small cut"><strong>${t("inbox.subject")}:</strong> ${one.subject}</p>`}
    <${Thread} key=${`thread ${session}`} session=${session} history=${detail.data?.history ?? NONE} onReply=${right.reply ? setReplyTo : undefined} />
    <${Composer} key=${`composer ${session}`} one=${one} detail=${detail.data} replyTo=${replyTo} onReplyTo=${setReplyTo} />
  </section>`;
}

/** @type {SessionDetail["history"]} */
const NONE = [];
