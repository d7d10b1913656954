// Everything about one customer: the card, their conversations on every channel, what they have been through.

import { api } from "../../api/client.js";
import { may } from "../../api/session.js";
import { Avatar, Button, ChannelIcon, Chip, Empty, Icon, Loaded, Menu, Time, openDialog, useLoad } from "../../components/index.js";
import { html, useEffect, useState } from "../../lib.js";
import { LeadLine } from "../../components/lead.js";
import { Notes, useNotes } from "../../components/notes.js";
import { nothingOpen, useCommands } from "../../shell/commands.js";
import { navigate } from "../../shell/router.js";
import { conversations, remember } from "../../store/conversations.js";
import { feed } from "../../store/live.js";
import { channelName, date, number, phone, t } from "../../text.js";
import { SETTLE, customerOf } from "./book.js";
import { ContactEditor } from "./editor.js";
import { findOther, mergeTwo } from "./merge.js";
import { Ratings, Timeline } from "./timeline.js";

/** @import { Contact, Duplicate, Page, ServerEvent, SessionItem } from "../../api/types" */

/** Counts up after each burst of events about a contact. @param {string} id */
function useVersion(id) {
  const [version, setVersion] = useState(0);
  useEffect(() => {
    let timer = 0;
    const stop = feed((events) => {
      const about = (/** @type {ServerEvent} */ event) => customerOf(event)?.id === id || (event.type === "contact_updated" && event.subject.id === id);
      if (!events.some(about)) return;
      clearTimeout(timer);
      timer = setTimeout(() => setVersion((before) => before + 1), SETTLE);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [id]);
  return version;
}

/** @param {{id: string}} props */
export function ContactPage({ id }) {
  const version = useVersion(id);
  const [changes, setChanges] = useState(0);
  const contact = useLoad(async (signal) => /** @type {Contact} */ (await api.get(`/api/crm/contacts/${id}`, { signal })), [id, version, changes], ["contact"]);
  return html`<div class="page wide contact-page">
    <a class="back small" href="/contacts"><${Icon} name="chevron_left" />${t("contacts.back")}</a>
    <${Loaded} of=${contact}>${(/** @type {Contact} */ one) => html`<${Card} contact=${one} version=${version + changes} onChanged=${() => setChanges(changes + 1)} />`}<//>
  </div>`;
}

/** @param {{contact: Contact, version: number, onChanged: () => void}} props */
function Card({ contact, version, onChanged }) {
  const { id, name, tier, merged_into } = contact;
  const editable = may("edit_contacts") && !merged_into;
  const edit = async () => {
    const saved = await openDialog((close) => html`<${ContactEditor} contact=${contact} onClose=${() => close()} onSaved=${close} />`);
    if (saved) onChanged();
  };
  /** @param {Contact} other */
  const merge = async (other) => {
    const winner = await mergeTwo(contact, other);
    if (!winner) return;
    if (winner.id === id) onChanged();
    else navigate(`/contacts/${winner.id}`, { replace: true });
  };
  const choose = async () => {
    const other = await findOther(contact);
    if (other) await merge(other);
  };
  useCommands([
    { id: "contact-edit", label: () => t("contacts.edit"), group: () => t("nav.contacts"), icon: "edit", keys: "e", when: () => editable, run: edit },
    { id: "contact-merge", label: () => t("contacts.merge.with"), group: () => t("nav.contacts"), icon: "users", keys: "m", when: () => may("merge_contacts") && !merged_into, run: choose },
    { id: "contact-back", label: () => t("contacts.back"), group: () => t("nav.contacts"), keys: "escape", hidden: true, when: nothingOpen, run: () => navigate("/contacts") },
  ]);
  return html`<header class="page-head">
      <${Avatar} name=${name} size="large" />
      <div class="grow">
        <div class="row wrap">
          <h1>${name || t("contacts.nameless")}</h1>${tier && html`<${Chip} tone="accent">${tier}<//>`}${contact.opted_out_at && html`<${Chip} tone="warn">${t("contacts.opted_out")}<//>`}</div>
        <p class="faint small">${t("contacts.since.of", { date: date(contact.created_at), channel: channelName(contact.source) })}</p>
      </div>
      <div class="row">
        ${editable && html`<${Button} icon="edit" onClick=${edit}>${t("contacts.edit")}<//>`}
        ${may("merge_contacts") && !merged_into && html`<${Menu} label=${t("contacts.actions")} icon="more" items=${[{ label: t("contacts.merge.with"), icon: "users", run: choose }]} />`}
      </div>
    </header>
    ${merged_into && html`<p class="notice"><${Icon} name="users" />
      <span class="grow">${t("contacts.merged.away")} <a href=${`/contacts/${merged_into}`}>${t("contacts.merged.open")}</a></span></p>`}
    ${!merged_into && may("merge_contacts") && html`<${Suspicion} contact=${contact} onMerge=${merge} />`}
    <div class="contact-columns">
      <div class="stack">
        <${About} contact=${contact} version=${version} />
        <${Written} contact=${contact} />
      </div>
      <div class="stack">
        <${Sessions} id=${id} version=${version} />
        <${Timeline} id=${id} version=${version} />
      </div>
    </div>`;
}

/** Others who may be the same person. @param {{contact: Contact, onMerge: (other: Contact) => void}} props */
function Suspicion({ contact, onMerge }) {
  const { id, name, phone: tel, email } = contact;
  const found = useLoad(
    async (signal) => /** @type {Page<Duplicate>} */ (await api.get("/api/crm/contacts/duplicates", { query: { contact_id: id }, signal })).items,
    [id, name, tel, email],
  );
  const [pair, ...more] = found.data ?? [];
  if (!pair) return null;
  const other = pair.contact.id === id ? pair.other : pair.contact;
  const why = pair.reasons.map((reason) => t(`contacts.same.${reason}`)).join(", ");
  return html`<div class="notice suspicion" role="status">
    <${Icon} name="users" />
    <span class="grow">${t("contacts.suspicion", { name: other.name, why })}${more.length ? ` ${t("contacts.suspicion.more", { n: more.length })}` : ""}</span>
    <${Button} size="small" onClick=${() => onMerge(other)}>${t("contacts.compare")}<//>
  </div>`;
}

/** @param {{contact: Contact}} props */
function Written({ contact }) {
  const notes = useNotes(contact.id);
  return html`<section class="panel pad" aria-labelledby="notes-title">
    <h2 id="notes-title">${t("notes.title")}</h2>
    <${Notes} contact=${contact.id} notes=${notes} closed=${Boolean(contact.merged_into)} />
  </section>`;
}

/** @param {{contact: Contact, version: number}} props */
function About({ contact, version }) {
  const { email, phone: tel, ltv, tags, custom_fields, identities = [] } = contact;
  const others = identities.filter(({ kind, address }) => !(kind === "email" && address === email) && !(kind === "phone" && address === tel));
  const fields = Object.entries(custom_fields);
  return html`<section class="panel pad" aria-labelledby="about-title">
    <h2 id="about-title" class="hidden-text">${t("contacts.about")}</h2>
    <${Ratings} id=${contact.id} version=${version} />
    <dl class="facts">
      <dt>${t("contacts.phone")}</dt>
      <dd>${tel ? html`<a class="tabular" href=${`tel:${tel}`}>${phone(tel)}</a>` : html`<span class="faint">–</span>`}</dd>
      <dt>${t("contacts.email")}</dt>
      <dd>${email ? html`<a class="break" href=${`mailto:${email}`}>${email}</a>` : html`<span class="faint">–</span>`}</dd>
      <dt>${t("lead.title")}</dt><dd><${LeadLine} contact=${contact.id} closed=${Boolean(contact.merged_into)} /></dd>
      ${ltv && html`<dt>${t("contacts.ltv")}</dt><dd class="tabular">${number(Number(ltv), { style: "currency", currency: "BRL" })}</dd>`}
      ${tags.length > 0 && html`<dt>${t("contacts.tags")}</dt>
        <dd class="row wrap">${tags.map((tag) => html`<a key=${tag} class="chip" href=${`/contacts?tag=${encodeURIComponent(tag)}`}>${tag}</a>`)}</dd>`}
      ${fields.map(([name, value]) => html`<dt key=${name} class="break">${name}</dt>
        <dd class="break">${typeof value === "string" ? value : JSON.stringify(value)}</dd>`)}
      ${others.length > 0 && html`<dt>${t("contacts.identities")}</dt><dd>
        <ul>${others.map(({ kind, address }) => html`<li class="row" key=${`${kind} ${address}`}>
        <${ChannelIcon} kind=${kind} label=${channelName(kind)} />
        <span class="break small">${kind === "whatsapp" ? phone(`+${address}`) : address}</span></li>`)}</ul></dd>`}
    </dl>
  </section>`;
}

/** @param {{id: string, version: number}} props */
function Sessions({ id, version }) {
  const loaded = useLoad(
    (signal) => remember(() => /** @type {Promise<SessionItem[]>} */ (api.all("/api/sessions", { contact_id: id }, { signal })), (items) => items),
    [id, version],
  );
  return html`<section class="panel" aria-labelledby="sessions-title">
    <h2 id="sessions-title">${t("contacts.sessions")}</h2>
    <${Loaded} of=${loaded} empty=${html`<${Empty} icon="chat" title=${t("contacts.sessions.none")} />`}>
      ${(/** @type {SessionItem[]} */ items) => html`<ul class="sessions">${items.map((item) => html`<${Session} key=${item.session_id} id=${item.session_id} />`)}</ul>`}
    <//>
  </section>`;
}

const TONES = /** @type {Record<string, string>} */ ({ waiting: "warn", assigned: "accent", active: "good", pending: "warn" });

/** @param {{id: string}} props */
function Session({ id }) {
  const one = conversations.value.get(id);
  if (!one) return null;
  return html`<li>
    <a class="session" href=${`/inbox/${id}`}>
      <${ChannelIcon} kind=${one.channel} label=${channelName(one.channel)} />
      <span class="grow session-text">
        <span class="row wrap"><strong>${channelName(one.channel)}</strong>
          <${Chip} tone=${TONES[one.status]}>${t(`contacts.state.${one.status}`)}<//><span class="small faint cut">${[one.queue?.name, one.assigned_to_name].filter(Boolean).join(" · ")}</span></span>
        <span class="small faint cut">${one.last_message || t("contacts.silent")}</span>
      </span>
      <span class="small faint"><${Time} at=${one.last_message_at} /></span>
    </a>
  </li>`;
}
