// The inbox: the list of conversations, the one that is open, and its customer. On a phone each is a page of its own.

import { html, useEffect, useRef, useState } from "../../lib.js";
import { Empty } from "../../components/index.js";
import { navigate, setQuery } from "../../shell/router.js";
import { load, save } from "../../storage.js";
import { t } from "../../text.js";
import { Conversation } from "./conversation.js";
import { useDetail } from "./detail.js";
import { List, viewOf } from "./list.js";
import { Panel } from "./panel.js";

/** @typedef {{list: number, panel: number, open: boolean}} Widths of this browser's window, so kept by the browser */

const LIMITS = { list: [260, 520], panel: [260, 520] };
/** Below it there is no room for three panes; the panel lies over the conversation. */
const WIDE = matchMedia("(min-width: 1180px)");

/** @returns {Widths} */
const kept = () => ({ list: 340, panel: 320, open: true, ...load("inbox.panes") });

/**
 * The line between two panes: dragged, or moved by arrows.
 * @param {{label: string, value: number, limits: number[], direction: 1 | -1, onChange: (value: number) => void}} props
 *   direction: -1 when moving right makes the pane smaller
 */
function Divider({ label, value, limits: [least, most], direction, onChange }) {
  const from = useRef({ x: 0, value: 0 });
  const clamp = (/** @type {number} */ wanted) => Math.round(Math.min(most, Math.max(least, wanted)));
  return html`<div
    class="pane-divider"
    role="separator"
    aria-orientation="vertical"
    aria-label=${label}
    aria-valuenow=${value}
    aria-valuemin=${least}
    aria-valuemax=${most}
    tabindex="0"
    onPointerDown=${(/** @type {PointerEvent} */ event) => {
      from.current = { x: event.clientX, value };
      /** @type {Element} */ (event.currentTarget).setPointerCapture(event.pointerId);
    }}
    onPointerMove=${(/** @type {PointerEvent} */ event) => {
      if (!(/** @type {Element} */ (event.currentTarget).hasPointerCapture(event.pointerId))) return;
      onChange(clamp(from.current.value + (event.clientX - from.current.x) * direction));
    }}
    onKeyDown=${(/** @type {KeyboardEvent} */ event) => {
      const by = { ArrowRight: 16, ArrowLeft: -16 }[event.key];
      if (!by) return;
      event.preventDefault();
      onChange(clamp(value + by * direction));
    }}
  />`;
}

/** @param {{rest: string[], query: Record<string, string>}} props rest: the id of the conversation that is open */
export default function Inbox({ rest: [session], query }) {
  const view = viewOf(query.view);
  const [panes, setPanes] = useState(kept);
  const [wide, setWide] = useState(WIDE.matches);
  useEffect(() => {
    const changed = () => setWide(WIDE.matches);
    WIDE.addEventListener("change", changed);
    return () => WIDE.removeEventListener("change", changed);
  }, []);
  useEffect(() => void save("inbox.panes", panes), [panes]);
  const tail = query.view ? `?view=${query.view}` : "";
  // Over the conversation the panel is a place one goes to and comes back from; beside it, a habit.
  const panel = session ? (wide ? panes.open : query.panel === "1") : false;
  const toggle = () => (wide ? setPanes({ ...panes, open: !panes.open }) : setQuery({ panel: query.panel === "1" ? null : "1" }));
  useEffect(() => {
    if (wide && query.panel) setQuery({ panel: null });
  }, [wide]);
  return html`<div
    class="inbox"
    data-at=${panel && !wide ? "panel" : session ? "conversation" : "list"}
    style=${{ "--list": `${panes.list}px`, "--panel": `${panes.panel}px` }}
  >
    <${List} view=${view} open=${session} query=${tail} />
    <${Divider} label=${t("inbox.resize.list")} value=${panes.list} limits=${LIMITS.list} direction=${1} onChange=${(/** @type {number} */ list) => setPanes({ ...panes, list })} />
    ${
      session
        ? html`<${Opened} key=${session} session=${session} back=${`/inbox${tail}`} panel=${panel} onPanel=${toggle}
            divider=${wide && panel && html`<${Divider} label=${t("inbox.resize.panel")} value=${panes.panel} limits=${LIMITS.panel} direction=${-1} onChange=${(/** @type {number} */ width) => setPanes({ ...panes, panel: width })} />`} />`
        : html`<div class="conversation nothing"><${Empty} icon="chat" title=${t("inbox.choose.title")} text=${t("inbox.choose.text")} /></div>`
    }
  </div>`;
}

/** @param {{session: string, back: string, panel: boolean, onPanel: () => void, divider: any}} props */
function Opened({ session, back, panel, onPanel, divider }) {
  const detail = useDetail(session);
  useEffect(() => {
    const close = (/** @type {KeyboardEvent} */ event) => {
      const elsewhere = event.target instanceof HTMLInputElement || document.querySelector("dialog[open], :popover-open");
      if (event.key === "Escape" && !event.defaultPrevented && !elsewhere) navigate(back);
    };
    document.addEventListener("keydown", close);
    return () => document.removeEventListener("keydown", close);
  }, [back]);
  return html`<${Conversation} session=${session} detail=${detail} back=${back} panel=${panel} onPanel=${onPanel} />
    ${panel && html`${divider}<${Panel} session=${session} detail=${detail} onClose=${onPanel} />`}`;
}
