// The customers: the list and its search, one of them (`/contacts/{id}`), those who may be one person (`/contacts/duplicates`).

import { may } from "../../api/session.js";
import { Avatar, Button, ChannelIcon, Chip, Empty, Icon, Loaded, Page, Table, Time } from "../../components/index.js";
import { html, useEffect, useRef } from "../../lib.js";
import { useCommands } from "../../shell/commands.js";
import { navigate, setQuery } from "../../shell/router.js";
import { channelName, phone, t } from "../../text.js";
import { useBook } from "./book.js";
import { ContactPage } from "./card.js";
import { Duplicates } from "./duplicates.js";
import { ContactEditor } from "./editor.js";

/** @import { Contact } from "../../api/types" */

/** @param {{rest: string[], query: Record<string, string>}} props `?q ?tier ?tag` narrow the list, `?edit=new` or an id opens the form */
export default function Contacts({ rest: [id], query }) {
  const editable = may("edit_contacts");
  useCommands([
    { id: "contact-new", label: () => t("contacts.new"), group: () => t("nav.contacts"), icon: "plus", keys: "n", when: () => editable, run: () => setQuery({ edit: "new" }) },
  ]);
  const { edit } = query;
  return html`${id === "duplicates" ? html`<${Duplicates} />` : id ? html`<${ContactPage} key=${id} id=${id} />` : html`<${Book} query=${query} />`}
  ${edit === "new" && editable && html`<${ContactEditor} contact=${null} onClose=${() => setQuery({ edit: null })} onSaved=${(/** @type {Contact} */ contact) => navigate(`/contacts/${contact.id}`)} />`}`;
}

/** Asks for more when it comes into sight. @param {{onSeen: () => void}} props */
function End({ onSeen }) {
  const mark = useRef(/** @type {HTMLElement | null} */ (null));
  const seen = useRef(onSeen);
  seen.current = onSeen;
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => entry.isIntersecting && seen.current(), { rootMargin: "400px" });
    if (mark.current) observer.observe(mark.current);
    return () => observer.disconnect();
  }, []);
  return html`<span ref=${mark} />`;
}

/** @param {{query: Record<string, string>}} props */
function Book({ query: { q = "", tier = "", tag = "" } }) {
  const search = useRef(/** @type {HTMLInputElement | null} */ (null));
  const book = useBook({ q, tier, tag });
  useCommands([{ id: "contact-find", label: () => t("contacts.find"), group: () => t("nav.contacts"), icon: "search", keys: "/", run: () => search.current?.focus() }]);
  const narrowed = Boolean(q || tier || tag);
  const create = may("edit_contacts") && html`<${Button} kind="primary" icon="plus" onClick=${() => setQuery({ edit: "new" })}>${t("contacts.new")}<//>`;
  const empty = narrowed
    ? html`<${Empty} icon="search" title=${t("contacts.none.title")} text=${t("contacts.none.text")}>
      <${Button} onClick=${() => setQuery({ q: null, tier: null, tag: null })}>${t("contacts.clear")}<//><//>`
    : html`<${Empty} icon="user" title=${t("contacts.empty.title")} text=${t("contacts.empty.text")}>${create}<//>`;
  return html`<${Page}
    title=${t("contacts.title")}
    text=${t("contacts.text")}
    actions=${html`${may("merge_contacts") && html`<a class="button" data-kind="plain" href="/contacts/duplicates">
      <${Icon} name="users" />${t("contacts.duplicates")}</a>`}${create}`}
    wide
  >
    <div class="filters">
      <label class="search"><${Icon} name="search" /><span class="hidden-text">${t("contacts.find")}</span
        ><input class="input" type="search" ref=${search} placeholder=${t("contacts.find")} value=${q} onInput=${(/** @type {any} */ event) => setQuery({ q: event.target.value })}
      /></label>
      ${tier && html`<${Chip} tone="accent" remove=${t("contacts.clear")} onRemove=${() => setQuery({ tier: null })}>${t("contacts.tier")}: ${tier}<//>`}
      ${tag && html`<${Chip} tone="accent" icon="tag" remove=${t("contacts.clear")} onRemove=${() => setQuery({ tag: null })}>${tag}<//>`}
      <span class="small faint" role="status">${book.loading && book.data ? t("loading") : narrowed && book.data ? t(book.more ? "contacts.found.more" : "contacts.found", { n: book.data.length }) : ""}</span>
    </div>
    <${Loaded} of=${book} empty=${empty}>
      ${(/** @type {Contact[]} */ rows) =>
        html`<div class="contact-list"><${Table}
            label=${t("contacts.title")}
            rows=${rows}
            rowKey=${(/** @type {Contact} */ { id }) => id}
            onOpen=${(/** @type {Contact} */ { id }) => navigate(`/contacts/${id}`)}
            columns=${[
              {
                id: "name",
                title: t("contacts.name"),
                primary: true,
                cell: (/** @type {Contact} */ { id, name, tier: level }) =>
                  html`<span class="row contact-name"><${Avatar} name=${name} size="small" /><a class="cut" href=${`/contacts/${id}`} tabindex="-1">
                    <strong>${name || t("contacts.nameless")}</strong></a>${level && html`<button type="button" class="chip-button" aria-label=${t("contacts.only", { name: level })} onClick=${() => setQuery({ tier: level })}>
                    <${Chip} tone="accent">${level}<//></button>`}</span>`,
              },
              { id: "phone", title: t("contacts.phone"), cell: (/** @type {Contact} */ one) => one.phone && html`<span class="tabular nowrap">${phone(one.phone)}</span>` },
              { id: "email", title: t("contacts.email"), cell: (/** @type {Contact} */ { email }) => email && html`<span class="cut contact-email" title=${email}>${email}</span>` },
              {
                id: "tags",
                title: t("contacts.tags"),
                cell: (/** @type {Contact} */ { tags }) =>
                  tags.length > 0 && html`<span class="row contact-tags">${tags.slice(0, 3).map((word) => html`<button type="button" class="chip-button" key=${word} aria-label=${t("contacts.only", { name: word })} onClick=${() => setQuery({ tag: word })}>
                    <${Chip}>${word}<//></button>`)}${tags.length > 3 && html`<span class="small faint">+${tags.length - 3}</span>`}</span>`,
              },
              { id: "source", title: t("contacts.source"), cell: (/** @type {Contact} */ { source }) => html`<span class="row">
                <${ChannelIcon} kind=${source} />${channelName(source)}</span>` },
              { id: "since", title: t("contacts.since"), align: "end", cell: (/** @type {Contact} */ { created_at }) => html`<${Time} at=${created_at} />` },
            ]}
          /></div>
          ${book.more && html`<div class="more"><${End} key=${rows.length} onSeen=${book.next} />
            <${Button} kind="quiet" busy=${book.loading} onClick=${book.next}>${t("contacts.more")}<//></div>`}`}
    <//>
  <//>`;
}
