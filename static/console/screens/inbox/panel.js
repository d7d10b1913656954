// Who the customer is, how they came here, why to this person, and what was before.

import { api } from "../../api/client.js";
import { may } from "../../api/session.js";
import { html, useComputed, useState } from "../../lib.js";
import { Avatar, Button, ChannelIcon, Chip, Elapsed, Icon, IconButton, Loaded, ProblemState, Skeleton, TextField, Time, useAction, useLoad } from "../../components/index.js";
import { LeadLine } from "../../components/lead.js";
import { Notes as ContactNotes, useNotes } from "../../components/notes.js";
import { problemText, toast } from "../../shell/toasts.js";
import { conversations } from "../../store/conversations.js";
import { openThread } from "../../store/messages.js";
import { capital, clockTime, date, dateTime, duration, hasText, locale, number, phone, t } from "../../text.js";
import { rights } from "./actions.js";
import { Tags } from "./dialogs.js";
import { lineReason, lineText } from "./lines.js";
import { explanation, ranking } from "./routing.js";

/** @import { Contact, Handoff, HistoryLine, SessionDetail, SessionItem } from "../../api/types" */
/** @import { Considered } from "./routing.js" */

/** @param {{title: string, open?: boolean, count?: number, children?: any}} props */
const Section = ({ title, open, count, children }) => html`<details class="section" open=${open}>
  <summary><${Icon} name="chevron_right" /><h3 class="grow">${title}</h3>${count ? html`<span class="faint small tabular">${count}</span>` : null}</summary>
  <div class="section-body">${children}</div>
</details>`;

/** @param {{rows: readonly ([string, any] | false | null | undefined | "")[]}} props */
const Facts = ({ rows }) => html`<dl class="customer-facts">${rows.map((row) => row && html`<div><dt>${row[0]}</dt><dd>${row[1]}</dd></div>`)}</dl>`;

/** @param {unknown} value */
const plain = (value) => (typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : JSON.stringify(value));

/**
 * @param {{session: string, detail: {data: SessionDetail | undefined, problem: unknown, reload: () => void}, onClose: () => void}} props
 */
export function Panel({ session, detail, onClose }) {
  const one = useComputed(() => conversations.value.get(session)).value;
  const data = detail.data;
  return html`<aside class="customer" aria-label=${t("inbox.panel")}>
    <header class="customer-head"><${IconButton} class="panel-back" icon="arrow_left" label=${t("inbox.back.conversation")} onClick=${onClose} /><h2 class="grow">${t("inbox.panel")}</h2>
      <${IconButton} class="panel-close" icon="x" label=${t("inbox.panel.close")} onClick=${onClose} /></header>
    <div class="panel-body" tabindex="0">
      ${
        !data || !one
          ? detail.problem
            ? html`<${ProblemState} problem=${detail.problem} onRetry=${detail.reload} />`
            : html`<${Skeleton} rows=${6} kind="text" />`
          : html`<${ContactCard} key=${one.contact.id} id=${one.contact.id} fallback=${one.contact} channel=${one.channel} />
              ${rights(one).edit && html`<${Section} title=${t("inbox.tags")} open count=${one.tags.length}><${Tags} one=${one} /><//>`}
              ${data.handoff && one.needs_human && html`<${Section} title=${t("inbox.now")} open><${Now} detail=${data} /><//>`}
              ${explanation(data.routing) && html`<${Section} title=${t("inbox.routing")}><${Routing} routing=${data.routing} /><//>`}
              ${data.handoffs.length > 0 && html`<${Section} title=${t("inbox.handoffs")} count=${data.handoffs.length}><${Handoffs} handoffs=${data.handoffs} history=${data.history} /><//>`}
              <${OfContact} key=${`notes ${one.contact.id}`} contact=${one.contact.id} />
              <${Notes} session=${session} />
              <${Past} key=${`past ${one.contact.id}`} contact=${one.contact.id} session=${session} />
              ${Object.keys(data.variables).length > 0 && html`<${Section} title=${t("inbox.variables")} count=${Object.keys(data.variables).length}>
                <${Facts} rows=${Object.entries(data.variables).map(([name, value]) => /** @type {const} */ ([name, html`<code>${plain(value)}</code>`]))} />
              <//>`}`
      }
    </div>
  </aside>`;
}

/** @param {{id: string, fallback: {name: string, phone: string | null, email: string | null, tier: string | null}, channel: string}} props */
function ContactCard({ id, fallback, channel }) {
  /** @type {ReturnType<typeof useLoad<Contact>>} */
  const contact = useLoad((signal) => api.get(`/api/crm/contacts/${id}`, { signal }), [id], ["contact"]);
  const [editing, setEditing] = useState(false);
  const shown = contact.data ?? { ...fallback, custom_fields: {}, tags: [] };
  const fields = Object.entries(shown.custom_fields);
  if (editing && contact.data) {
    return html`<${ContactForm} contact=${contact.data} onReload=${contact.reload} onClose=${(/** @type {Contact | undefined} */ saved) => {
      if (saved) contact.set(saved);
      setEditing(false);
    }} />`;
  }
  return html`<div class="contact">
    <div class="row contact-head"><${Avatar} name=${shown.name} size="large" />
      <div class="grow"><a class="customer-name cut" href=${`/contacts/${id}`}>${shown.name}</a><div class="row">${shown.tier && html`<${Chip} tone="accent" icon="star">${shown.tier}<//>`}${shown.tags.slice(0, 4).map((tag) => html`<${Chip} key=${tag}>${tag}<//>`)}</div></div>
      ${may("edit_contacts") && contact.data && html`<${IconButton} icon="edit" label=${t("inbox.contact.edit")} onClick=${() => setEditing(true)} />`}
    </div>
    ${contact.problem && !contact.data && html`<p class="error small">${problemText(contact.problem)}</p>`}
    <${Facts} rows=${[
      shown.phone && [t("inbox.contact.phone"), html`<a href=${`tel:${shown.phone}`}>${phone(shown.phone)}</a>`],
      shown.email && [t("inbox.contact.email"), html`<a class="cut" href=${`mailto:${shown.email}`}>${shown.email}</a>`],
      !shown.phone && !shown.email && [t("inbox.contact.address"), html`<span class="row"><${ChannelIcon} kind=${channel} />${hasText(`inbox.channel.${channel}`) ? t(`inbox.channel.${channel}`) : channel}</span>`],
      contact.data?.ltv && [t("inbox.contact.ltv"), number(Number(contact.data.ltv), { style: "currency", currency: "BRL" })],
      contact.data && [t("inbox.contact.since"), date(contact.data.created_at)],
      may("view_contacts") && [t("lead.title"), html`<${LeadLine} contact=${id} />`],
      ...fields.map(([name, value]) => /** @type {[string, any]} */ ([name, plain(value)])),
    ]} />
    ${contact.data?.opted_out_at && html`<p class="small faint row"><${Icon} name="bell" />${t("inbox.contact.opted_out", { date: date(contact.data.opted_out_at) })}</p>`}
  </div>`;
}

/** @param {{contact: Contact, onClose: (saved?: Contact) => void, onReload: () => void}} props */
function ContactForm({ contact, onClose, onReload }) {
  const [form, setForm] = useState({
    first_name: contact.first_name,
    last_name: contact.last_name,
    phone: contact.phone ?? "",
    email: contact.email ?? "",
    tier: contact.tier ?? "",
    custom_fields: Object.entries(contact.custom_fields).map(([name, value]) => ({ name, value: plain(value), of: value })),
  });
  const action = useAction();
  const set = (/** @type {Partial<typeof form>} */ change) => setForm({ ...form, ...change });
  const field = (/** @type {"first_name" | "last_name" | "phone" | "email" | "tier"} */ name) => ({
    value: form[name],
    error: action.problem?.of?.(name),
    onValue: (/** @type {string} */ value) => set({ [name]: value }),
  });
  const save = async () => {
    const { custom_fields, first_name, ...rest } = form;
    // A value nobody touched keeps its type.
    const values = custom_fields.filter(({ name }) => name.trim()).map(({ name, value, of }) => [name.trim(), of !== undefined && plain(of) === value ? of : value]);
    const nullable = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, value.trim() || null]));
    let saved = /** @type {Contact | undefined} */ (undefined);
    const done = await action.run(async () => {
      saved = await api.put(`/api/crm/contacts/${contact.id}`, { first_name, ...nullable, custom_fields: Object.fromEntries(values) }, { ifMatch: contact });
    });
    if (!done) return;
    toast({ text: t("inbox.contact.saved"), kind: "good" });
    onClose(saved);
  };
  return html`<form class="contact stack-small" onSubmit=${(/** @type {Event} */ event) => {
    event.preventDefault();
    void save();
  }}>
    <${TextField} label=${t("inbox.contact.first_name")} ...${field("first_name")} autofocus />
    <${TextField} label=${t("inbox.contact.last_name")} ...${field("last_name")} />
    <${TextField} label=${t("inbox.contact.phone")} type="tel" ...${field("phone")} />
    <${TextField} label=${t("inbox.contact.email")} type="email" ...${field("email")} />
    <${TextField} label=${t("inbox.contact.tier")} ...${field("tier")} />
    ${form.custom_fields.map(({ name, value }, index) => {
      const change = (/** @type {object} */ part) => set({ custom_fields: form.custom_fields.map((one, at) => (at === index ? { ...one, ...part } : one)) });
      return html`<div class="row" key=${index}>
        <input class="input" value=${name} aria-label=${t("inbox.contact.field.name")} placeholder=${t("inbox.contact.field.name")} onInput=${(/** @type {any} */ event) => change({ name: event.target.value })} />
        <input class="input" value=${value} aria-label=${t("inbox.contact.field.value")} placeholder=${t("inbox.contact.field.value")} onInput=${(/** @type {any} */ event) => change({ value: event.target.value })} />
        <${IconButton} size="small" icon="x" label=${t("remove")} onClick=${() => set({ custom_fields: form.custom_fields.filter((_, at) => at !== index) })} />
      </div>`;
    })}
    <${Button} size="small" kind="quiet" icon="plus" onClick=${() => set({ custom_fields: [...form.custom_fields, { name: "", value: "", of: undefined }] })}>${t("inbox.contact.field.add")}<//>
    ${action.problem && html`<p class="error small" role="alert">${action.problem.status === 412 ? t("inbox.contact.stale") : problemText(action.problem)}
      ${action.problem.status === 412 && html` <button type="button" class="link" onClick=${() => {
        onReload();
        onClose();
      }}>${t("inbox.contact.reload")}</button>`}</p>`}
    <div class="row"><span class="grow" /><${Button} onClick=${() => onClose()}>${t("cancel")}<//><${Button} kind="primary" type="submit" busy=${action.busy}>${t("inbox.save")}<//></div>
  </form>`;
}

/** @param {{detail: SessionDetail}} props */
function Now({ detail }) {
  const handoff = /** @type {Handoff} */ (detail.handoff);
  const waits = detail.status === "waiting";
  return html`<${Facts} rows=${[
    [t("inbox.state"), t(`inbox.state.${detail.status}`)],
    handoff.queue && [t("inbox.queue"), handoff.queue.name],
    waits && detail.position && [t("inbox.position"), number(detail.position)],
    waits && [t("inbox.estimate"), detail.estimated_wait_seconds === null ? t("inbox.estimate.unknown") : duration(detail.estimated_wait_seconds)],
    handoff.attendant_name && [t("inbox.attendant"), handoff.attendant_name],
    [t("inbox.reason"), capital(handoff.transfer_reason) || (hasText(`inbox.cause.${handoff.cause}`) ? t(`inbox.cause.${handoff.cause}`) : handoff.cause)],
    [t("inbox.since"), html`<${Elapsed} since=${handoff.created_at} />`],
    handoff.first_reply_at && [t("inbox.first_reply"), duration((Date.parse(handoff.first_reply_at) - Date.parse(handoff.created_at)) / 1000)],
    handoff.transfers > 0 && [t("inbox.transfers"), number(handoff.transfers)],
    handoff.skills.length > 0 && [t("inbox.skills"), handoff.skills.map(({ name, level }) => `${name} ${level}`).join(", ")],
  ]} />`;
}

/** @param {Considered} one */
function ruling({ ruled_out_by: rule }) {
  if (!rule) return "";
  const { rule: name, status, skill, needed, level, active, capacity } = rule;
  const words = { status: status ? t(`status.${status}`) : "", skill: skill ?? "", needed: needed ?? 0, level: level ?? 0, n: active ?? 0, max: capacity ?? 0 };
  const key = name === "missing_skill" && level != null ? "low_skill" : name;
  return hasText(`inbox.rule.${key}`) ? t(`inbox.rule.${key}`, words) : name;
}

/** What spoke for somebody. @param {Considered} one */
function merits({ score }) {
  if (!score) return [];
  return [
    score.sticky && t("inbox.merit.sticky"),
    score.department && t("inbox.merit.department"),
    score.topic && t("inbox.merit.topic"),
    t("inbox.merit.load", { n: score.active, max: score.capacity }),
    t("inbox.merit.idle", { time: duration(score.idle_seconds) }),
  ].filter((merit) => typeof merit === "string");
}

/** @param {{routing: any}} props */
function Routing({ routing }) {
  const explained = explanation(routing);
  if (!explained) return null;
  const summary = routing.summary?.[locale.value === "en" ? "en" : "pt"];
  return html`${summary && html`<p>${summary}</p>`}
    <p class="small faint">${t(`inbox.strategy.${explained.strategy}`)}${explained.decided_by ? ` · ${t(`inbox.decided.${explained.decided_by}`)}` : ""}</p>
    <ol class="candidates">
      ${ranking(explained).map(
        (one) => html`<li key=${one.attendant} data-out=${one.ruled_out_by ? "" : undefined}>
          <${Avatar} name=${one.name} size="small" />
          <div class="grow"><p class="row"><strong class="cut">${one.name}</strong>${one.attendant === explained.winner && html`<${Chip} tone="good" icon="check">${t("inbox.winner")}<//>`}</p>
            <p class="small faint">${one.ruled_out_by ? ruling(one) : merits(one).join(" · ")}</p>
            ${one.score && html`<meter class="load" min="0" max=${Math.max(1, one.score.capacity)} high=${one.score.capacity * 0.8} optimum="0" value=${one.score.active} aria-label=${t("inbox.merit.load", { n: one.score.active, max: one.score.capacity })} />`}
          </div>
        </li>`,
      )}
    </ol>`;
}

/** @param {{handoffs: readonly Handoff[], history: readonly HistoryLine[]}} props */
function Handoffs({ handoffs, history }) {
  const newest = [...handoffs].sort((one, other) => other.created_at.localeCompare(one.created_at));
  return html`${newest.map(
    (handoff, index) => html`<details class="handoff" key=${handoff.id} open=${index === 0}>
      <summary><span class="grow">${dateTime(handoff.created_at)}</span><${Chip}>${handoff.outcome ? (hasText(`inbox.outcome.${handoff.outcome}`) ? t(`inbox.outcome.${handoff.outcome}`) : handoff.outcome) : t(`inbox.state.${handoff.state}`)}<//></summary>
      <ol class="steps">
        ${history
          .filter(({ handoff_id }) => handoff_id === handoff.id)
          .map((line, at) => html`<li key=${at} data-to=${line.to}><span class="grow">${lineText(line)}${lineReason(line) && html` <q class="faint">${lineReason(line)}</q>`}</span><time class="faint small" datetime=${line.at} title=${dateTime(line.at)}>${clockTime(line.at)}</time></li>`)}
      </ol>
      ${handoff.note && html`<p class="small"><strong>${t("inbox.resolve.note")}</strong> ${handoff.note}</p>`}
    </details>`,
  )}`;
}

/** What is written down about the customer, whatever the conversation. @param {{contact: string}} props */
function OfContact({ contact }) {
  const notes = useNotes(contact);
  if (!may("view_contacts")) return null;
  return html`<${Section} title=${t("notes.title")} open count=${notes.data?.items.length}><${ContactNotes} contact=${contact} notes=${notes} /><//>`;
}

/** The private notes of what is loaded. @param {{session: string}} props */
function Notes({ session }) {
  const [{ thread }] = useState(() => openThread(session));
  const notes = thread.value.items.filter((message) => message.private && !message.deleted).reverse();
  if (!notes.length) return null;
  return html`<${Section} title=${t("inbox.notes")} count=${notes.length}>
    <ul class="stack-small">${notes.map((note) => html`<li class="panel-note" key=${note.id}><p class="text">${note.text}</p><p class="small faint">${note.sender.name} · <${Time} at=${note.created_at} /></p></li>`)}</ul>
  <//>`;
}

/** Conversations of before, on any channel, and what the customer thought of them. @param {{contact: string, session: string}} props */
function Past({ contact, session }) {
  /** @type {ReturnType<typeof useLoad<{sessions: SessionItem[], ratings: any[]}>>} */
  const past = useLoad(async (signal) => {
    const [sessions, timeline] = await Promise.all([
      api.get("/api/sessions", { query: { contact_id: contact, limit: 20 }, signal }),
      may("view_contacts") ? api.get(`/api/crm/contacts/${contact}/timeline`, { query: { limit: 100 }, signal }) : { items: [] },
    ]);
    return {
      sessions: sessions.items.filter((/** @type {SessionItem} */ one) => one.session_id !== session),
      ratings: timeline.items.filter((/** @type {{kind: string}} */ { kind }) => kind === "rating"),
    };
  }, [contact, session]);
  return html`<${Section} title=${t("inbox.past")} count=${past.data?.sessions.length}>
      <${Loaded} of=${past} skeleton=${html`<${Skeleton} rows=${2} kind="text" />`}>
        ${(/** @type {{sessions: SessionItem[]}} */ { sessions }) =>
          sessions.length
            ? html`<ul class="stack-small">${sessions.map((one) => html`<li key=${one.session_id}><a class="past row" href=${`/inbox/${one.session_id}`}><${ChannelIcon} kind=${one.channel} /><span class="grow cut">${one.last_message || t("inbox.no_text")}</span><span class="faint small"><${Time} at=${one.last_message_at} /></span></a></li>`)}</ul>`
            : html`<p class="faint small">${t("inbox.past.none")}</p>`}
      <//>
    <//>
    ${
      past.data &&
      past.data.ratings.length > 0 &&
      html`<${Section} title=${t("inbox.ratings")} count=${past.data.ratings.length}>
        <ul class="stack-small">${past.data.ratings.map((rating, index) => html`<li key=${index}><p class="row">${
          rating.scale === "nps"
            ? html`<${Chip}>${t("rating.of_ten", { n: rating.score })}<//>`
            : html`<span class="stars" role="img" aria-label=${t("inbox.rating", { n: rating.score })}>${"★".repeat(rating.score)}<span class="faint">${"★".repeat(5 - rating.score)}</span></span>`
        }<span class="grow cut faint small">${rating.attendant}</span><span class="faint small"><${Time} at=${rating.at} /></span></p>${rating.text && html`<p class="small">${rating.text}</p>`}</li>`)}</ul>
      <//>`
    }`;
}
