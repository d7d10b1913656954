// One message, of any kind, and the other lines of a conversation.

import { classes, html, memo } from "../../lib.js";
import { Button, Icon, IconButton } from "../../components/index.js";
import { discard, retry } from "../../store/outbox.js";
import { clockTime, dateTime, hasText, t } from "../../text.js";
import { retryMessage } from "./actions.js";
import { linkify } from "./linkify.js";
import { Media } from "./media.js";

/** @import { Message as Said } from "../../api/types" */
/** @import { Outgoing } from "../../store/types" */

/** A text with its links; one of emoji alone is large. @param {{text: string}} props */
export function Text({ text }) {
  const large = /^(\p{Extended_Pictographic}|\p{Emoji_Modifier}|\u200d|\ufe0f|\s){1,12}$/u.test(text);
  return html`<p class=${classes("text", large && "large")} dir="auto">${linkify(text).map((part) =>
    typeof part === "string" ? part : html`<a href=${part.href} target="_blank" rel="noopener noreferrer">${part.text}</a>`,
  )}</p>`;
}

/** In a few words what a message is, for quotes and lists. @param {Pick<Said, "kind" | "text" | "deleted">} message */
export function gist({ kind, text, deleted }) {
  if (deleted) return t("inbox.deleted");
  if (text) return text;
  return hasText(`inbox.kind.${kind}`) ? t(`inbox.kind.${kind}`) : t("inbox.kind.unsupported");
}

/** Where they are, on a map that opens elsewhere. @param {{message: Said}} props */
function Location({ message: { text, extra } }) {
  const { latitude, longitude } = extra?.content ?? {};
  const [, lat = latitude, lon = longitude] = /(-?\d+\.\d+), ?(-?\d+\.\d+)\s*$/.exec(text) ?? [];
  return html`<div class="place">
    <${Icon} name="pin" />
    <div class="grow">
      <p class="text">${text || t("inbox.kind.location")}</p>
      ${lat !== undefined && html`<a href=${`https://www.openstreetmap.org/?mlat=${lat}&mlon=${lon}#map=16/${lat}/${lon}`} target="_blank" rel="noopener noreferrer">${t("inbox.map")}</a>`}
    </div>
  </div>`;
}

/** @param {{message: Said}} props */
function Content({ message }) {
  const { kind, text, attachments, deleted, extra } = message;
  if (deleted) return html`<p class="text faint"><em>${t("inbox.deleted")}</em></p>`;
  const label = { interactive_reply: "check", contact_card: "user", template: "copy", reaction: "smile" }[/** @type {string} */ (kind)];
  return html`${extra?.forwarded && html`<p class="faint small">${t("inbox.forwarded")}</p>`}
    ${attachments.map((file) => html`<${Media} key=${file.id ?? file.reference} file=${file} kind=${kind} />`)}
    ${
      kind === "location"
        ? html`<${Location} message=${message} />`
        : label
          ? html`<div class="place"><${Icon} name=${label} label=${t(`inbox.kind.${kind}`)} /><div class="grow"><${Text} text=${text || t(`inbox.kind.${kind}`)} /></div></div>`
          : text
            ? html`<${Text} text=${text} />`
            : !attachments.length && html`<p class="text faint"><em>${gist(message)}</em></p>`
    }
    ${Array.isArray(extra?.choices) && html`<ul class="message-choices">${extra.choices.map((/** @type {any} */ choice) => html`<li>${choice.label ?? choice.title ?? choice.id}</li>`)}</ul>`}`;
}

const MARKS = /** @type {Record<string, string>} */ ({ queued: "clock", sent: "check", delivered: "check_double", read: "check_double", failed: "alert" });

/** How far a message of ours has come. @param {{status: string}} props */
const Mark = ({ status }) =>
  MARKS[status] ? html`<span class="mark-of" data-status=${status} title=${t(`inbox.status.${status}`)}><${Icon} name=${MARKS[status]} label=${t(`inbox.status.${status}`)} /></span>` : null;

/** @param {Said} message */
export function senderName({ sender: { kind, name } }) {
  if (kind === "bot") return t("inbox.sender.bot", { name });
  if (kind === "system") return t("inbox.sender.system");
  return name;
}

/**
 * @param {{message: Said, first: boolean, last: boolean, mine: boolean, quoted?: Said, quotes: boolean,
 *   onReply?: (message: Said) => void, onFind: (id: string) => void}} props
 *   mine: I wrote it; quotes: it answers another one, which is `quoted` when it is loaded
 */
export const Message = memo(
  /** @param {any} props */ ({ message, first, last, mine, quoted, quotes, onReply, onFind }) => {
    const { id, direction, status, error, created_at, edited_at, extra, private: secret, session_id, kind } = message;
    const plain = kind === "sticker" && !message.deleted;
    return html`<div class=${classes("message", direction, first && "first", last && "last", secret && "private", plain && "plain", message.sender.kind !== "attendant" && "automatic")} id=${`m-${id}`}>
      ${first && (!mine || secret) && html`<p class="message-by small">${secret && html`<${Icon} name="lock" />`}${secret ? t("inbox.note.by", { name: message.sender.name }) : senderName(message)}</p>`}
      <div class="message-row">
        <div class="bubble" data-failed=${status === "failed" ? "" : undefined}>
          ${
            quotes &&
            html`<button type="button" class="quote" disabled=${!quoted} onClick=${() => quoted && onFind(quoted.id)}>
              <strong>${quoted ? senderName(quoted) : t("inbox.quote")}</strong><span class="cut">${quoted ? gist(quoted) : t("inbox.quote.older")}</span>
            </button>`
          }
          <${Content} message=${message} />
          <p class="message-foot small">
            ${edited_at && !message.deleted && html`<span>${t("inbox.edited")}</span>`}
            <time datetime=${created_at} title=${dateTime(created_at)}>${clockTime(created_at)}</time>
            ${direction === "out" && !secret && html`<${Mark} status=${status} />`}
          </p>
          ${extra?.reaction && html`<span class="reaction" title=${t("inbox.kind.reaction")}>${extra.reaction}</span>`}
        </div>
        ${onReply && !message.deleted && html`<${IconButton} size="small" class="message-act" icon="reply" label=${t("inbox.reply")} onClick=${() => onReply(message)} />`}
      </div>
      ${
        status === "failed" &&
        html`<p class="message-failed small error">
          <span>${t("inbox.failed", { reason: error?.reason || t("inbox.failed.unknown") })}</span>
          <${Button} size="small" kind="quiet" icon="refresh" onClick=${() => retryMessage(session_id, id)}>${t("inbox.resend")}<//>
        </p>`
      }
    </div>`;
  },
);

/** A message that the server does not have yet. @param {{entry: Outgoing, first: boolean, last: boolean, names: ReadonlyMap<string, string>}} props */
export function Unsent({ entry, first, last, names }) {
  const { text, attachments, private: secret, problem, created_at } = entry;
  return html`<div class=${classes("message out unsent", first && "first", last && "last", secret && "private")}>
    ${first && secret && html`<p class="message-by small"><${Icon} name="lock" />${t("inbox.note")}</p>`}
    <div class="message-row">
      <div class="bubble" data-failed=${problem ? "" : undefined}>
        ${attachments.map((id) => html`<p class="row faint"><${Icon} name="paperclip" /><span class="cut">${names.get(id) ?? t("inbox.file")}</span></p>`)}
        ${text && html`<${Text} text=${text} />`}
        <p class="message-foot small"><time datetime=${created_at}>${clockTime(created_at)}</time><${Mark} status=${problem ? "failed" : "queued"} /></p>
      </div>
    </div>
    ${
      problem &&
      html`<p class="message-failed small error">
        <span>${t("inbox.failed", { reason: problem.detail })}</span>
        <${Button} size="small" kind="quiet" icon="refresh" onClick=${() => retry(entry)}>${t("inbox.resend")}<//>
        <${Button} size="small" kind="quiet" icon="trash" onClick=${() => discard(entry)}>${t("inbox.discard")}<//>
      </p>`
    }
  </div>`;
}
