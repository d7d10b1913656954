// Where an attendant writes: an answer, a private note, a command, files. What is written is kept while it is written, and
// goes through the outbox, which sends it once however the network is.

import { me } from "../../api/session.js";
import { tell } from "../../api/socket.js";
import { api } from "../../api/client.js";
import { clock } from "../../clock.js";
import { classes, html, signal, useComputed, useEffect, useId, useLayoutEffect, useRef, useState, uuid } from "../../lib.js";
import { Button, Icon, IconButton, Tabs } from "../../components/index.js";
import { problemText } from "../../shell/toasts.js";
import { useCommands } from "../../shell/commands.js";
import { draft, keepDraft } from "../../store/drafts.js";
import { send } from "../../store/outbox.js";
import { bytes, duration, locale, t } from "../../text.js";
import { decline, rights, take, takeOver } from "./actions.js";
import { runCommand } from "./asides.js";
import { EmojiPicker } from "./emoji.js";
import { gist, senderName } from "./message.js";
import { choices, fill, isCommand, sought } from "./palette.js";
import { fileNames } from "./thread.js";
import { chooseTemplate } from "./templatedialog.js";
import { upload } from "./upload.js";

/** @import { Message, SessionDetail } from "../../api/types" */
/** @import { Conversation } from "../../store/types" */
/** @import { Canned, Choice } from "./palette.js" */
/** @typedef {{key: string, file: File, share: number, id: string | null, problem: any, controller: AbortController}} Attached */

/** Milliseconds between two tellings that somebody types. */
const TYPING_EVERY = 3_000;
/** Their keyboards have no other way to a new line than Enter. */
const FINGERS = matchMedia("(pointer: coarse)");
/** Pixels the text may grow to. */
const TALLEST = 240;

/** The organization's canned responses, fetched when they are first wanted. */
const canned = signal(/** @type {readonly Canned[] | null} */ (null));
const fetchCanned = () => {
  canned.value ??= [];
  api.all("/api/canned-responses").then(
    (all) => {
      canned.value = all;
    },
    () => {
      canned.value = null;
    },
  );
};

/** The provider carries nothing but templates now. @param {Conversation} one @param {SessionDetail | undefined} detail */
const needsTemplate = (one, detail) => rights(one).reply && detail !== undefined && !detail.window_open;

/** Why nobody can write here, or null. @param {Conversation} one @param {SessionDetail | undefined} detail @param {boolean} note */
export function closedBecause(one, detail, note) {
  const right = rights(one);
  if (!right.note) return t("inbox.closed.viewer");
  if (note) return null;
  if (!right.reply) {
    const name = one.assigned_to_name ?? "";
    const key = /** @type {const} */ ({ bot: "bot", resolved: "resolved", waiting: "waiting", assigned: "offered", active: "others", pending: "others" })[one.status];
    return t(`inbox.closed.${key}`, { name, queue: one.queue?.name ?? "" });
  }
  return needsTemplate(one, detail) ? t("inbox.closed.window") : null;
}

/**
 * Keyed by the session.
 * @param {{one: Conversation, detail: SessionDetail | undefined, replyTo: Message | null, onReplyTo: (message: Message | null) => void}} props
 */
export function Composer({ one, detail, replyTo, onReplyTo }) {
  const session = one.session_id;
  const [note, setNote] = useState(false);
  // What is written for the team never becomes an answer by the press of a tab.
  const [texts, setTexts] = useState(() => ({ reply: draft(session), note: draft(`${session}.note`) }));
  const text = note ? texts.note : texts.reply;
  const [files, setFiles] = useState(/** @type {readonly Attached[]} */ ([]));
  const [dragging, setDragging] = useState(false);
  const [picked, setPicked] = useState(0);
  const [shut, setShut] = useState(false);
  const field = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const chooser = useRef(/** @type {HTMLInputElement | null} */ (null));
  const told = useRef(0);
  const listId = useId();
  const right = rights(one);
  const closed = closedBecause(one, detail, note);
  const query = note || shut ? null : sought(text);
  const list = query === null ? [] : choices(query, canned.value ?? [], locale.value);
  const chosen = list[Math.min(picked, list.length - 1)];

  useEffect(() => {
    if (query !== null && canned.value === null) fetchCanned();
    setPicked(0);
  }, [query]);
  useLayoutEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${Math.min(element.scrollHeight, TALLEST)}px`;
  }, [text, note, closed]);
  useEffect(() => {
    if (replyTo) field.current?.focus();
  }, [replyTo]);
  // A page that is left takes its uploads along.
  const uploads = useRef(files);
  uploads.current = files;
  useEffect(() => () => uploads.current.forEach(({ id, controller }) => id || controller.abort()), []);

  /** @param {string} value @param {boolean} [secret] */
  const keep = (value, secret = note) => {
    setTexts((before) => ({ ...before, [secret ? "note" : "reply"]: value }));
    keepDraft(secret ? `${session}.note` : session, value);
  };
  /** @param {string} value */
  const write = (value) => {
    keep(value);
    setShut(false);
    if (note || closed || !value.trim() || isCommand(value) || Date.now() - told.current < TYPING_EVERY) return;
    told.current = Date.now();
    tell("typing", { session_id: session });
  };
  /** @param {string} added */
  const insert = (added) => {
    const element = field.current;
    const at = element?.selectionStart ?? text.length;
    const end = element?.selectionEnd ?? at;
    write(text.slice(0, at) + added + text.slice(end));
    requestAnimationFrame(() => {
      element?.focus();
      element?.setSelectionRange(at + added.length, at + added.length);
    });
  };

  /** @param {string} key @param {Partial<Attached>} change */
  const change = (key, change) => setFiles((all) => all.map((one) => (one.key === key ? { ...one, ...change } : one)));
  /** @param {Attached} attached */
  const start = ({ key, file, controller }) =>
    upload(file, (share) => change(key, { share }), controller.signal).then(
      ({ id }) => {
        fileNames.set(id, file.name);
        change(key, { id, share: 1, problem: null });
      },
      (problem) => controller.signal.aborted || change(key, { problem, share: 0 }),
    );
  /** @param {Iterable<File>} added */
  const attach = (added) => {
    if (closed) return;
    const all = [...added].map((file) => /** @type {Attached} */ ({ key: uuid(), file, share: 0, id: null, problem: null, controller: new AbortController() }));
    setFiles((before) => [...before, ...all]);
    all.forEach(start);
    field.current?.focus();
  };
  /** @param {Attached} attached */
  const detach = ({ key, controller }) => {
    controller.abort();
    setFiles((all) => all.filter((one) => one.key !== key));
  };

  const uploading = files.some(({ id }) => !id);
  const ready = (text.trim() !== "" || files.length > 0) && !uploading && !closed;
  const submit = () => {
    if (!note && isCommand(text)) {
      void runCommand(session, text);
      write("");
      return;
    }
    if (!ready) return;
    send(session, { text: text.trim(), attachments: files.flatMap(({ id }) => id ?? []), reply_to: replyTo?.id ?? null, private: note });
    keep("");
    setFiles([]);
    onReplyTo(null);
    if (note) setNote(false);
    field.current?.focus();
  };
  /** @param {Choice} choice */
  const choose = (choice) => {
    if (choice.kind === "canned") {
      const [first = ""] = one.contact.name.split(/\s+/);
      const [own = ""] = (me.value?.name ?? "").split(/\s+/);
      write(fill(choice.canned.text, { name: first, nome: first, attendant: own, atendente: own, attendant_name: me.value?.name ?? "" }));
      field.current?.focus();
    } else if (choice.command.takes) {
      write(`/${choice.name} `);
      field.current?.focus();
    } else {
      void runCommand(session, `/${choice.name}`);
      write("");
    }
  };
  /** @param {KeyboardEvent} event */
  const pressed = (event) => {
    if (event.isComposing) return;
    if (list.length) {
      const to = { ArrowDown: picked + 1, ArrowUp: picked - 1 }[event.key];
      if (to !== undefined) {
        event.preventDefault();
        setPicked((to + list.length) % list.length);
        return;
      }
      if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey) {
        event.preventDefault();
        choose(chosen);
        return;
      }
    }
    if (event.key === "Escape") {
      if (query !== null) setShut(true);
      else if (replyTo) onReplyTo(null);
      else field.current?.blur();
      event.stopPropagation();
    } else if (event.key === "Enter" && !event.shiftKey && !event.altKey && !FINGERS.matches) {
      event.preventDefault();
      submit();
    }
  };

  const serves = right.note;
  useCommands([
    { id: "inbox.write", label: () => t("inbox.write"), keys: "r", icon: "chat", group: () => t("nav.inbox"), when: () => serves, run: () => focusOn(false) },
    { id: "inbox.note", label: () => t("inbox.note"), keys: "n", icon: "note", group: () => t("nav.inbox"), when: () => serves, run: () => focusOn(true) },
    { id: "inbox.canned", label: () => t("inbox.palette"), keys: "c", icon: "bolt", group: () => t("nav.inbox"), when: () => serves, run: () => {
      focusOn(false);
      keep("/", false);
      setShut(false);
    } },
  ]);
  const focusOn = (/** @type {boolean} */ private_) => {
    setNote(private_);
    requestAnimationFrame(() => field.current?.focus());
  };

  const tabs = [{ id: "reply", label: t("inbox.write") }, { id: "note", label: t("inbox.note") }];
  const blocked = closed && !note;
  return html`<section
    class=${classes("composer", note && "noting", dragging && "dragging")}
    aria-label=${t("inbox.composer")}
    onDragOver=${(/** @type {DragEvent} */ event) => {
      if (closed || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      setDragging(true);
    }}
    onDragLeave=${(/** @type {any} */ event) => event.currentTarget.contains(event.relatedTarget) || setDragging(false)}
    onDrop=${(/** @type {DragEvent} */ event) => {
      event.preventDefault();
      setDragging(false);
      attach(event.dataTransfer?.files ?? []);
    }}
  >
    <${OfferBar} one=${one} /> <${WindowNote} detail=${detail} />
    ${
      query !== null &&
      html`<div class="palette" role="listbox" id=${listId} aria-label=${t("inbox.palette")}>
        ${
          list.length
            ? list.map(
                (choice, index) => html`${choice.kind !== list[index - 1]?.kind && html`<p class="menu-heading">${t(`inbox.palette.${choice.kind}`)}</p>`}
                  <div role="option" id=${`${listId}-${index}`} key=${choice.id} aria-selected=${String(choice === chosen)} onPointerDown=${(/** @type {Event} */ event) => event.preventDefault()} onClick=${() => choose(choice)}>
                    <strong>/${choice.name}</strong>${choice.kind === "command" && choice.command.takes ? html`<span class="faint">${t(`inbox.takes.${choice.command.id}`)}</span>` : ""}
                    <span class="grow cut faint">${choice.kind === "canned" ? choice.detail : t(`inbox.command.${choice.command.id}`)}</span>
                  </div>`,
              )
            : html`<p class="menu-heading">${t("inbox.palette.none")}</p>`
        }
      </div>`
    }
    ${serves && html`<div class="composer-head"><${Tabs} kind="segments" label=${t("inbox.composer")} tabs=${tabs} current=${note ? "note" : "reply"} onSelect=${(/** @type {string} */ id) => focusOn(id === "note")} />
      ${note && html`<span class="faint small composer-hint"><${Icon} name="lock" />${t("inbox.note.hint")}</span>`}</div>`}
    ${
      replyTo &&
      !blocked &&
      html`<div class="replying">
        <${Icon} name="reply" /><span class="grow cut"><strong>${senderName(replyTo)}</strong> <span class="faint">${gist(replyTo)}</span></span>
        <${IconButton} size="small" icon="x" label=${t("inbox.reply.cancel")} onClick=${() => onReplyTo(null)} />
      </div>`
    }
    ${
      files.length > 0 &&
      html`<ul class="attached" aria-label=${t("inbox.attached")}>
        ${files.map(
          (attached) => html`<li key=${attached.key} data-failed=${attached.problem ? "" : undefined}>
            <${Icon} name=${attached.file.type.startsWith("image/") ? "image" : "file"} />
            <span class="grow"><span class="cut">${attached.file.name}</span>
              <span class="small faint cut">${attached.problem ? problemText(attached.problem) : bytes(attached.file.size)}</span></span>
            ${attached.problem?.passing && html`<${IconButton} size="small" icon="refresh" label=${t("retry")} onClick=${() => {
              change(attached.key, { problem: null });
              void start(attached);
            }} />`}
            <${IconButton} size="small" icon="x" label=${t("inbox.detach", { name: attached.file.name })} onClick=${() => detach(attached)} />
            ${!attached.id && !attached.problem && html`<progress value=${attached.share} aria-label=${t("inbox.uploading", { name: attached.file.name })} />`}
          </li>`,
        )}
      </ul>`
    }
    ${
      blocked
        ? html`<${Closed} one=${one} detail=${detail} reason=${closed} />`
        : html`<textarea
              ref=${field}
              rows="1"
              value=${text}
              aria-label=${note ? t("inbox.note") : t("inbox.write")}
              placeholder=${note ? t("inbox.note.placeholder") : t("inbox.placeholder")}
              role="combobox"
              aria-expanded=${String(query !== null)}
              aria-controls=${query !== null ? listId : undefined}
              aria-autocomplete="list"
              aria-activedescendant=${list.length ? `${listId}-${list.indexOf(chosen)}` : undefined}
              onInput=${(/** @type {any} */ event) => write(event.target.value)}
              onKeyDown=${pressed}
              onPaste=${(/** @type {ClipboardEvent} */ event) => {
                const pasted = event.clipboardData?.files;
                if (!pasted?.length) return;
                event.preventDefault();
                attach(pasted);
              }}
            />
            <div class="composer-foot">
              <input ref=${chooser} type="file" multiple hidden onChange=${(/** @type {any} */ event) => {
                attach(event.target.files);
                event.target.value = "";
              }} />
              <${IconButton} icon="paperclip" label=${t("inbox.attach")} onClick=${() => chooser.current?.click()} />
              <${EmojiPicker} onPick=${insert} />
              <${IconButton} icon="bolt" label=${t("inbox.palette")} disabled=${note} onClick=${() => {
                write("/");
                field.current?.focus();
              }} />
              <span class="grow" />
              <${Button} kind="primary" icon=${note ? "note" : "send"} disabled=${!(ready || (!note && isCommand(text)))} onClick=${submit}>${note ? t("inbox.note.save") : t("inbox.send")}<//>
            </div>`
    }
    ${dragging && html`<p class="drop-here"><${Icon} name="paperclip" />${t("inbox.drop")}</p>`}
  </section>`;
}

/** Nobody can write here, why, and how it could be. @param {{one: Conversation, detail: SessionDetail | undefined, reason: string}} props */
function Closed({ one, detail, reason }) {
  const right = rights(one);
  return html`<div class="closed">
    <${Icon} name="lock" /><p class="grow">${reason}</p>
    ${right.take && html`<${Button} kind="primary" onClick=${() => take(one.session_id)}>${t("inbox.take")}<//>`}
    ${detail && needsTemplate(one, detail) && html`<${Button} kind="primary" icon="copy" onClick=${() => chooseTemplate(one, detail.channel_id)}>${t("inbox.template")}<//>`}
    ${right.takeOver && html`<${Button} kind=${one.status === "bot" || one.status === "resolved" ? "primary" : "plain"} onClick=${() => takeOver(one)}>${t(one.status === "resolved" ? "inbox.reopen" : "inbox.take_over")}<//>`}
  </div>`;
}

/** Offered to me: until when. @param {{one: Conversation}} props */
function OfferBar({ one }) {
  const left = useComputed(() => (one.offer_until ? Math.max(0, Math.ceil((Date.parse(one.offer_until) - clock.value) / 1000)) : null));
  if (!rights(one).accept) return null;
  return html`<div class="offer-bar">
    <${Icon} name="bell" /><span class="grow"><span role="alert">${t("inbox.offered", { name: one.contact.name })}</span> ${left.value !== null && html`<span class="tabular">${duration(left.value)}</span>`}</span>
    <${Button} size="small" onClick=${() => decline(one.session_id)}>${t("inbox.decline")}<//>
    <${Button} size="small" kind="primary" onClick=${() => take(one.session_id)}>${t("inbox.accept")}<//>
  </div>`;
}

/** Seconds before the end of the window from which it is worth saying. */
const SOON = 4 * 3600;

/** Until when the provider lets us answer freely. @param {{detail: SessionDetail | undefined}} props */
function WindowNote({ detail }) {
  const closes = detail?.window_closes_at;
  const left = useComputed(() => (closes ? Math.floor((Date.parse(closes) - clock.value) / 60_000) * 60 : null));
  if (!detail?.window_open || left.value === null || left.value > SOON) return null;
  return html`<p class="window-note small"><${Icon} name="clock" />${t("inbox.window", { left: duration(left.value) })}</p>`;
}

