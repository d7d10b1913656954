// What asks before it acts on a conversation: transfer, resolve, snooze, tags.

import { html, useState } from "../../lib.js";
import { Avatar, Button, Chip, Dialog, Elapsed, Icon, Select, Tabs, TextArea, TextField, openDialog, useAction } from "../../components/index.js";
import { problemText, toast } from "../../shell/toasts.js";
import { list as attendants } from "../../store/attendants.js";
import { conversations } from "../../store/conversations.js";
import { list as queues } from "../../store/queues.js";
import { clockTime, day, t } from "../../text.js";
import { rename, resolve, retag, snooze, transfer } from "./actions.js";
import { snoozes } from "./snoozes.js";
import { fold } from "./views.js";

/** @import { Attendant, Queue } from "../../api/types" */
/** @import { Conversation } from "../../store/types" */

/** Who can take it first, and then who has least to do. @param {Attendant} one @param {Attendant} other */
const byRoom = (one, other) => {
  const order = { online: 0, busy: 1, away: 2, offline: 3 };
  return order[one.status] - order[other.status] || one.active_conversations - other.active_conversations || one.name.localeCompare(other.name);
};

/** @param {{one: Conversation, onClose: (done?: boolean) => void}} props */
function Transfer({ one, onClose }) {
  const [kind, setKind] = useState("person");
  const [query, setQuery] = useState("");
  const [to, setTo] = useState("");
  const [reason, setReason] = useState("");
  const action = useAction();
  const fits = (/** @type {{name: string}} */ { name }) => fold(name).includes(fold(query.trim()));
  const people = attendants.value.filter((person) => person.id !== one.assigned_to && fits(person)).sort(byRoom);
  const places = queues.value.filter((queue) => queue.is_active && queue.id !== (one.status === "waiting" ? one.queue?.id : "") && fits(queue));
  const rows = kind === "person" ? people : places;
  const chosen = rows.find(({ id }) => id === to);
  const submit = async () => {
    if (!chosen) return;
    const target = kind === "person" ? { attendant_id: to } : { queue_id: to };
    if (!(await action.run(() => transfer(one.session_id, { ...target, reason: reason.trim() || undefined })))) return;
    toast({ text: t("inbox.transferred", { name: chosen.name }), kind: "good" });
    onClose(true);
  };
  /** @param {string} id */
  const select = (id) => {
    setKind(id);
    setTo("");
  };
  return html`<${Dialog}
    title=${t("inbox.transfer.title", { name: one.contact.name })}
    onClose=${() => onClose()}
    footer=${html`<${Button} onClick=${() => onClose()}>${t("cancel")}<//>
      <${Button} kind="primary" icon="transfer" busy=${action.busy} disabled=${!chosen} onClick=${submit}>${t("inbox.transfer")}<//>`}
  >
    <${Tabs} kind="segments" label=${t("inbox.transfer.to")} current=${kind} onSelect=${select}
      tabs=${[{ id: "person", label: t("inbox.transfer.person") }, { id: "queue", label: t("inbox.transfer.queue") }]} />
    <${TextField} hide label=${t("inbox.transfer.search")} placeholder=${t("inbox.transfer.search")} value=${query} onValue=${setQuery} type="search" autofocus />
    <div class="targets" role="radiogroup" aria-label=${t("inbox.transfer.to")}>
      ${rows.map(
        (row) => html`<label class="target" key=${row.id}>
          <input type="radio" name="target" value=${row.id} checked=${to === row.id} onChange=${() => setTo(row.id)} />
          ${"status" in row ? html`<${Person} person=${row} />` : html`<${Place} queue=${row} />`}
        </label>`,
      )}
      ${!rows.length && html`<p class="faint small">${t("inbox.transfer.none")}</p>`}
    </div>
    <${TextField} label=${t("inbox.transfer.reason")} optional=${t("inbox.optional")} value=${reason} onValue=${setReason} maxlength="500" />
    ${action.problem && html`<p class="error" role="alert">${problemText(action.problem)}</p>`}
  <//>`;
}

/** @param {{person: Attendant}} props */
const Person = ({ person }) => html`<${Avatar} name=${person.name} size="small" status=${person.status} />
  <span class="grow cut">${person.name}${person.department && html` <span class="faint">${person.department}</span>`}</span>
  <span class="faint small">${t(`status.${person.status}`)}</span>
  <meter class="load" min="0" max=${Math.max(1, person.max_conversations)} high=${person.max_conversations * 0.8} optimum="0" value=${person.active_conversations} aria-label=${t("inbox.transfer.load", { n: person.active_conversations, max: person.max_conversations })} />
  <span class="small tabular faint">${person.active_conversations}/${person.max_conversations}</span>`;

/** @param {{queue: Queue}} props */
const Place = ({ queue }) => html`<${Icon} name="queue" /><span class="grow cut">${queue.name}</span>
  ${!queue.is_open && html`<${Chip} tone="warn">${t("inbox.queue.closed")}<//>`}
  <span class="faint small">${t("inbox.queue.load", { n: queue.length, online: queue.attendants_online })}</span>
  ${queue.oldest_waiting_since && html`<span class="small"><${Elapsed} since=${queue.oldest_waiting_since} warn=${queue.max_wait_seconds / 2} bad=${queue.max_wait_seconds} /></span>`}`;

/** @param {Conversation} one */
export const openTransfer = (one) => openDialog((close) => html`<${Transfer} one=${one} onClose=${close} />`);

const OUTCOMES = ["resolved", "unresolved", "no_response", "spam", "duplicate"];

/** @param {{one: Conversation, onClose: () => void}} props */
function Resolve({ one, onClose }) {
  const [outcome, setOutcome] = useState(OUTCOMES[0]);
  const [note, setNote] = useState("");
  const action = useAction();
  // It stays open until it is done: a note that was written is not lost to a refusal.
  const submit = async () => {
    if (await action.run(() => resolve(one.session_id, { outcome, ...(note.trim() && { note: note.trim() }) }))) onClose();
  };
  return html`<${Dialog}
    title=${t("inbox.resolve.title", { name: one.contact.name })}
    onClose=${onClose}
    footer=${html`<${Button} onClick=${onClose}>${t("cancel")}<//><${Button} kind="primary" icon="check" busy=${action.busy} onClick=${submit}>${t("inbox.resolve")}<//>`}
  >
    <${TextArea} label=${t("inbox.resolve.note")} help=${t("inbox.resolve.help")} optional=${t("inbox.optional")} value=${note} onValue=${setNote} rows="3" maxlength="2000"
      onKeyDown=${(/** @type {KeyboardEvent} */ event) => (event.ctrlKey || event.metaKey) && event.key === "Enter" && !action.busy && void submit()} />
    <${Select} label=${t("inbox.resolve.outcome")} value=${outcome} onValue=${setOutcome} options=${OUTCOMES.map((value) => ({ value, label: t(`inbox.outcome.${value}`) }))} />
    ${action.problem && html`<p class="error" role="alert">${problemText(action.problem)}</p>`}
  <//>`;
}

/** @param {Conversation} one */
export const openResolve = (one) => openDialog((close) => html`<${Resolve} one=${one} onClose=${() => close()} />`);

/** @param {{one: Conversation, onClose: () => void}} props */
function Snooze({ one, onClose }) {
  const now = new Date();
  const [at, setAt] = useState("");
  const chosen = at ? new Date(at) : null;
  /** @param {Date} until */
  const choose = (until) => {
    onClose();
    void snooze(one.session_id, until);
  };
  return html`<${Dialog}
    title=${t("inbox.snooze.title")}
    size="small"
    onClose=${onClose}
    footer=${html`<${Button} onClick=${onClose}>${t("cancel")}<//>
      <${Button} kind="primary" icon="snooze" disabled=${!chosen || chosen <= now} onClick=${() => chosen && choose(chosen)}>${t("inbox.snooze")}<//>`}
  >
    <p class="faint">${t("inbox.snooze.help")}</p>
    <div class="menu">
      ${snoozes(now).map(
        ({ id, until }, index) => html`<button type="button" key=${id} autofocus=${index === 0} onClick=${() => choose(until)}>
          <span class="grow">${t(`inbox.snooze.${id}`)}</span><span class="faint small">${id.startsWith("hour") ? clockTime(until) : `${day(until, now.getTime())}, ${clockTime(until)}`}</span>
        </button>`,
      )}
    </div>
    <${TextField} label=${t("inbox.snooze.at")} type="datetime-local" value=${at} onValue=${setAt} />
  <//>`;
}

/** @param {Conversation} one */
export const openSnooze = (one) => openDialog((close) => html`<${Snooze} one=${one} onClose=${() => close()} />`);

/** Adds and takes away tags, those of other conversations offered. @param {{one: Conversation, autofocus?: boolean}} props */
export function Tags({ one, autofocus }) {
  const [typed, setTyped] = useState("");
  // Gathered when somebody is about to write one, not at each event.
  const [known, setKnown] = useState(/** @type {readonly string[]} */ ([]));
  const gather = () => setKnown([...new Set([...conversations.peek().values()].flatMap(({ tags }) => tags))].filter((tag) => !one.tags.includes(tag)).sort());
  const add = () => {
    const tag = typed.trim().toLowerCase();
    setTyped("");
    if (tag && !one.tags.includes(tag)) void retag(one.session_id, [...one.tags, tag]);
  };
  return html`<div class="tags">
    ${one.tags.map((tag) => html`<${Chip} key=${tag} onRemove=${() => retag(one.session_id, one.tags.filter((other) => other !== tag))}>${tag}<//>`)}
    <form onSubmit=${(/** @type {Event} */ event) => {
      event.preventDefault();
      add();
    }}>
      <input class="input" list=${`tags-${one.session_id}`} value=${typed} autofocus=${autofocus} maxlength="60" aria-label=${t("inbox.tag.add")} placeholder=${t("inbox.tag.add")}
        onInput=${(/** @type {any} */ event) => setTyped(event.target.value)} onFocus=${gather} onBlur=${add} />
      <datalist id=${`tags-${one.session_id}`}>${known.map((tag) => html`<option value=${tag} />`)}</datalist>
    </form>
  </div>`;
}

/** @param {string} session */
export const openTags = (session) =>
  openDialog((close) => {
    const one = conversations.value.get(session);
    return one && html`<${Dialog} title=${t("inbox.tags")} size="small" onClose=${() => close()}><${Tags} one=${one} autofocus /><//>`;
  });

/** @param {{one: Conversation, onClose: () => void}} props */
function Subject({ one, onClose }) {
  const [subject, setSubject] = useState(one.subject ?? "");
  const save = () => {
    onClose();
    void rename(one.session_id, subject.trim() || null);
  };
  return html`<${Dialog}
    title=${t("inbox.subject")}
    size="small"
    onClose=${onClose}
    footer=${html`<${Button} onClick=${onClose}>${t("cancel")}<//><${Button} kind="primary" onClick=${save}>${t("inbox.save")}<//>`}
  >
    <form onSubmit=${(/** @type {Event} */ event) => {
      event.preventDefault();
      save();
    }}><${TextField} label=${t("inbox.subject")} hide placeholder=${t("inbox.subject.placeholder")} value=${subject} onValue=${setSubject} maxlength="200" autofocus /></form>
  <//>`;
}

/** @param {Conversation} one */
export const openSubject = (one) => openDialog((close) => html`<${Subject} one=${one} onClose=${() => close()} />`);
