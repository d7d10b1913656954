// The messages of a conversation: from the newest up, live, with what happened to it between them.

import { me } from "../../api/session.js";
import { state } from "../../api/socket.js";
import { clock } from "../../clock.js";
import { html, useComputed, useEffect, useLayoutEffect, useRef, useState } from "../../lib.js";
import { Button, Icon, ProblemState, Skeleton } from "../../components/index.js";
import { conversations } from "../../store/conversations.js";
import { loadOlder, openThread, outgoing, typing } from "../../store/messages.js";
import { clockTime, day, t } from "../../text.js";
import { markRead } from "./actions.js";
import { asides, forgetAside } from "./asides.js";
import { lineReason, lineText } from "./lines.js";
import { Message, Unsent } from "./message.js";
import { firstUnread, timeline } from "./timeline.js";

/** @import { HistoryLine, Message as Said } from "../../api/types" */
/** @import { Aside, Entry } from "./timeline.js" */

/** Pixels from the end within which somebody is taken to read the end. */
const NEAR = 80;
/** Pixels from the beginning at which older messages are fetched. */
const AHEAD = 600;

/** Names of files on their way: the outbox keeps their ids only. @type {Map<string, string>} */
export const fileNames = new Map();

/** @param {{at: string}} props */
const Day = ({ at }) => html`<div class="divider" role="separator"><span>${day(at, clock.value)}</span></div>`;

/** @param {{line: HistoryLine}} props */
function Line({ line }) {
  const reason = lineReason(line);
  return html`<p class="line small"><span>${lineText(line)}${reason && html` <q>${reason}</q>`}</span> <time datetime=${line.at}>${clockTime(line.at)}</time></p>`;
}

/** What a command answered, for me alone. @param {{aside: Aside, session: string}} props */
function AsideCard({ aside, session }) {
  return html`<section class="aside" aria-label=${t("inbox.aside")} data-refused=${aside.refused ? "" : undefined}>
    <header class="row small"><${Icon} name="command" /><code class="grow cut">${aside.command}</code><span class="faint">${t("inbox.aside.private")}</span>
      <button type="button" class="icon-button small" aria-label=${t("close")} title=${t("close")} onClick=${() => forgetAside(session, aside.id)}><${Icon} name="x" /></button></header>
    ${aside.answer === null ? html`<span class="spinner" role="status" aria-label=${t("loading")} />` : html`<p class="text">${aside.answer}</p>`}
  </section>`;
}

/** @param {{session: string}} props */
function Typing({ session }) {
  const by = useComputed(() => typing.value.get(session));
  const shown = by.value && !(by.value.from === "attendant" && by.value.name === me.value?.name);
  return html`<div class="typing small faint" role="status">
    ${shown && html`<span class="dots" aria-hidden="true"><i /><i /><i /></span>${t("inbox.typing", { name: by.value?.name || conversations.value.get(session)?.contact.name || "" })}`}
  </div>`;
}

/**
 * Keyed by the session.
 * @param {{session: string, history: readonly HistoryLine[], onReply?: (message: Said) => void}} props
 */
export function Thread({ session, history, onReply }) {
  const [opened] = useState(() => openThread(session));
  const { thread } = opened;
  const [problem, setProblem] = useState(/** @type {unknown} */ (null));
  // Undefined until the messages are there.
  const [unreadFrom, setUnreadFrom] = useState(/** @type {number | null | undefined} */ (undefined));
  const [away, setAway] = useState(false);
  const frame = useRef(/** @type {HTMLElement | null} */ (null));
  const content = useRef(/** @type {HTMLElement | null} */ (null));
  const place = useRef({ end: true, top: 0, firstKey: "", fetching: false });
  const unread = useComputed(() => conversations.value.get(session)?.unread ?? 0);
  const [unreadThen] = useState(() => unread.peek());
  const mine = useComputed(() => conversations.value.get(session)?.assigned_to === me.value?.id);

  const load = () => {
    setProblem(null);
    openThread(session).ready.catch(setProblem);
  };
  useEffect(load, [session]);

  const { items, has_more, loaded } = thread.value;
  useLayoutEffect(() => {
    if (loaded) setUnreadFrom(firstUnread(items, unreadThen));
  }, [loaded]);
  const entries = timeline({ items, outgoing: outgoing(session), history, asides: asides(session), has_more, unreadFrom, me: me.value?.id });

  const toEnd = (/** @type {ScrollBehavior} */ behavior = "instant") => frame.current?.scrollTo({ top: frame.current.scrollHeight, behavior });
  const older = () => {
    if (place.current.fetching || !thread.peek().has_more) return;
    place.current.fetching = true;
    loadOlder(session)
      .catch(() => {})
      .finally(() => {
        place.current.fetching = false;
      });
  };
  const scrolled = () => {
    const element = frame.current;
    if (!element) return;
    const left = element.scrollHeight - element.scrollTop - element.clientHeight;
    // Who was at the end leaves it by scrolling up, not by the end moving away.
    const up = element.scrollTop < place.current.top - 1;
    place.current.end = left < NEAR || (place.current.end && !up);
    place.current.top = element.scrollTop;
    setAway(left > NEAR * 3);
    if (element.scrollTop < AHEAD) older();
  };

  // What comes above pushes nothing down; what comes below is followed by who reads the end, or wrote it.
  const firstKey = entries.find(({ type }) => type === "message")?.key ?? "";
  const grows = place.current.firstKey !== "" && firstKey !== place.current.firstKey;
  const height = grows ? (frame.current?.scrollHeight ?? 0) : 0;
  useLayoutEffect(() => {
    if (grows && frame.current && !place.current.end) frame.current.scrollTop += frame.current.scrollHeight - height;
    place.current.firstKey = firstKey;
  }, [firstKey]);
  const ownCount = outgoing(session).length;
  useLayoutEffect(() => {
    if (ownCount) toEnd();
  }, [ownCount]);
  useLayoutEffect(() => {
    const element = frame.current;
    if (unreadFrom === undefined || !element || !content.current) return;
    const divider = unreadFrom !== null && element.querySelector(".unread");
    if (divider) divider.scrollIntoView({ block: "center" });
    else toEnd();
    scrolled();
    const observer = new ResizeObserver(() => {
      if (place.current.end) toEnd();
    });
    observer.observe(content.current);
    observer.observe(element);
    return () => observer.disconnect();
  }, [unreadFrom]);

  // Read is what somebody who serves it has before them; what was read without a network is told when there is one again.
  const live = useComputed(() => state.value === "live").value;
  const newest = items[items.length - 1]?.seq;
  useEffect(() => {
    const read = () => {
      if (mine.value && unread.value > 0 && unreadFrom !== undefined && live && !document.hidden && document.hasFocus()) markRead(session);
    };
    read();
    addEventListener("focus", read);
    return () => removeEventListener("focus", read);
  }, [newest, unreadFrom, mine.value, unread.value > 0, live]);

  if (problem && !loaded) return html`<div class="thread"><${ProblemState} problem=${problem} onRetry=${load} /></div>`;
  if (!loaded) return html`<div class="thread"><${Skeleton} rows=${5} /></div>`;

  const byId = new Map(items.map((message) => [message.id, message]));
  const find = (/** @type {string} */ id) => {
    const target = document.getElementById(`m-${id}`);
    target?.scrollIntoView({ block: "center", behavior: "smooth" });
    target?.classList.remove("found");
    requestAnimationFrame(() => target?.classList.add("found"));
  };
  /** @param {Entry} entry */
  const draw = (entry) => {
    switch (entry.type) {
      case "day":
        return html`<${Day} key=${entry.key} at=${entry.at} />`;
      case "unread":
        return html`<div class="divider unread" role="separator" key=${entry.key}><span>${t("inbox.unread", { n: entry.count })}</span></div>`;
      case "line":
        return html`<${Line} key=${entry.key} line=${entry.line} />`;
      case "aside":
        return html`<${AsideCard} key=${entry.key} aside=${entry.aside} session=${session} />`;
      case "outgoing":
        return html`<${Unsent} key=${entry.key} entry=${entry.entry} first=${entry.first} last=${entry.last} names=${fileNames} />`;
      case "message": {
        const { message, first, last } = entry;
        return html`<${Message}
          key=${entry.key}
          message=${message}
          first=${first}
          last=${last}
          mine=${message.sender.id === me.value?.id}
          quotes=${message.reply_to !== null}
          quoted=${message.reply_to ? byId.get(message.reply_to) : undefined}
          onReply=${onReply}
          onFind=${find}
        />`;
      }
    }
  };
  return html`<div class="thread-place">
    <div class="thread" ref=${frame} onScroll=${scrolled} role="log" aria-label=${t("inbox.messages")} tabindex="0">
      <div class="thread-content" ref=${content}>
        ${has_more ? html`<p class="line small"><${Button} size="small" kind="quiet" onClick=${older}>${t("inbox.older")}<//></p>` : html`<p class="line small faint">${t("inbox.beginning")}</p>`}
        ${entries.map(draw)} <${Typing} session=${session} />
      </div>
    </div>
    ${away && html`<button type="button" class="to-end" aria-label=${t("inbox.to_end")} title=${t("inbox.to_end")} onClick=${() => toEnd("smooth")}><${Icon} name="chevron_down" />${unread.value ? html`<span class="count">${unread.value}</span>` : null}</button>`}
  </div>`;
}
