// A contact in a sheet. Before it is saved, others with the same number, e-mail or name are shown: two records of one person
// cost more to bring together later.

import { api } from "../../api/client.js";
import { Avatar, Button, Dialog, Icon, IconButton, ListField, TextField, confirmDialog, useAction } from "../../components/index.js";
import { html, useState } from "../../lib.js";
import { problemText, toast } from "../../shell/toasts.js";
import { channelName, phone as readable, t } from "../../text.js";
import { lookalikes } from "./book.js";
import { fieldsOf, formatPhone, linesOf } from "./person.js";

/** @import { Contact } from "../../api/types" */

const FORM = "contact-form";
const KINDS = ["whatsapp", "phone", "email", "telegram", "instagram", "messenger", "web", "api"];

/** @param {Contact | null} contact */
const draftOf = (contact) => ({
  first_name: contact?.first_name ?? "",
  last_name: contact?.last_name ?? "",
  email: contact?.email ?? "",
  phone: readable(contact?.phone),
  tier: contact?.tier ?? "",
  ltv: contact?.ltv ?? "",
  tags: contact?.tags ?? [],
  lines: linesOf(contact?.custom_fields ?? {}),
  added: /** @type {{kind: string, address: string}[]} */ ([]),
});
/** @typedef {ReturnType<typeof draftOf>} Draft */

/** @param {Draft} draft @param {Contact | null} before */
function writeOf({ lines, added, ltv, ...draft }, before) {
  const identities = added.filter(({ address }) => address.trim());
  return {
    ...draft,
    ltv: ltv.trim().replace(",", ".") || null,
    custom_fields: fieldsOf(lines, before?.custom_fields ?? {}),
    ...(identities.length && { identities }),
  };
}

/** @param {{contact: Contact | null, onClose: () => void, onSaved: (contact: Contact) => void}} props contact: as `api.get` answered it; null for a new one */
export function ContactEditor({ contact, onClose, onSaved }) {
  const [base, setBase] = useState(contact);
  const [first, setFirst] = useState(() => draftOf(contact));
  const [draft, setDraft] = useState(first);
  const [similar, setSimilar] = useState(/** @type {Contact[] | null} */ (null));
  const [stale, setStale] = useState(/** @type {Contact | null} */ (null));
  const { busy, problem, run, clear } = useAction();
  const set = (/** @type {Partial<Draft>} */ change) => setDraft((now) => ({ ...now, ...change }));
  /** @param {"first_name" | "last_name" | "email" | "phone" | "tier" | "ltv"} name */
  const field = (name) => ({
    name,
    value: draft[name],
    error: problem?.of?.(name),
    autocomplete: "off",
    onValue: (/** @type {string} */ value) => {
      set({ [name]: value });
      if (name !== "tier" && name !== "ltv") setSimilar(null);
    },
  });
  const close = async () => {
    const dirty = JSON.stringify(draft) !== JSON.stringify(first);
    if (dirty && !(await confirmDialog({ title: t("contacts.discard.title"), text: t("contacts.discard.text"), confirm: t("contacts.discard"), danger: true }))) return;
    onClose();
  };
  const identity = { id: base?.id, name: `${draft.first_name} ${draft.last_name}`.trim(), email: draft.email.trim(), phone: draft.phone.trim() };
  const told = first.first_name !== draft.first_name || first.last_name !== draft.last_name || first.email !== draft.email || first.phone !== draft.phone;
  /** @param {Event} [event] */
  const save = async (event) => {
    event?.preventDefault();
    let saved = /** @type {Contact | null} */ (null);
    await run(async () => {
      if (told && !similar) {
        const found = await lookalikes(identity);
        setSimilar(found);
        if (found.length) return;
      }
      try {
        saved = base ? await api.put(`/api/crm/contacts/${base.id}`, writeOf(draft, base), { ifMatch: base }) : await api.post("/api/crm/contacts", writeOf(draft, null), { idempotencyKey: true });
      } catch (refusal) {
        if (/** @type {any} */ (refusal).status !== 412 || !base) throw refusal;
        setStale(await api.get(`/api/crm/contacts/${base.id}`));
      }
    });
    if (!saved) return;
    toast({ text: t("contacts.saved", { name: /** @type {Contact} */ (saved).name }), kind: "good" });
    onSaved(saved);
  };
  /** @param {boolean} mine */
  const settle = (mine) => {
    if (!stale) return;
    const theirs = draftOf(stale);
    const result = /** @type {any} */ ({ ...theirs });
    if (mine) for (const name of /** @type {(keyof Draft)[]} */ (Object.keys(draft))) if (JSON.stringify(draft[name]) !== JSON.stringify(first[name])) result[name] = draft[name];
    setBase(stale);
    setFirst(theirs);
    setDraft(result);
    setStale(null);
    clear();
  };
  /** @param {number} at @param {Partial<import("./person.js").Line>} change */
  const line = (at, change) => set({ lines: draft.lines.map((one, index) => (index === at ? { ...one, ...change } : one)) });
  /** @param {number} at @param {{kind?: string, address?: string}} change */
  const added = (at, change) => set({ added: draft.added.map((one, index) => (index === at ? { ...one, ...change } : one)) });
  return html`<${Dialog}
    title=${base ? t("contacts.edit.title", { name: base.name }) : t("contacts.new")}
    class="sheet narrow"
    onClose=${close}
    footer=${html`${problem && html`<p class="error grow small" role="alert">${problem.code === "duplicate" ? t("contacts.taken") : problemText(problem)}</p>`}
      <${Button} onClick=${close}>${t("cancel")}<//>
      <${Button} kind="primary" type="submit" form=${FORM} busy=${busy} disabled=${Boolean(stale)}>${similar?.length ? t("contacts.save.anyway") : base ? t("contacts.save") : t("contacts.create")}<//>`}
  >
    <form class="sheet-body stack" id=${FORM} novalidate onSubmit=${save}>
      ${
        stale &&
        html`<div class="notice" role="alert">
          <${Icon} name="alert" />
          <div class="grow">
            <strong>${t("contacts.conflict.title")}</strong>
            <p class="small">${t("contacts.conflict.text")}</p>
            <div class="row wrap"><${Button} size="small" kind="primary" onClick=${() => settle(true)}>${t("contacts.conflict.mine")}<//>
              <${Button} size="small" onClick=${() => settle(false)}>${t("contacts.conflict.theirs")}<//></div>
          </div>
        </div>`
      }
      ${
        similar &&
        similar.length > 0 &&
        html`<div class="notice" role="alert">
          <${Icon} name="users" />
          <div class="grow">
            <strong>${t("contacts.similar", { n: similar.length })}</strong>
            <ul class="similar">${similar.slice(0, 4).map((other) => html`<li key=${other.id} class="row">
              <${Avatar} name=${other.name} size="small" /><a class="cut" href=${`/contacts/${other.id}`}>${other.name}</a>
              <span class="small cut">${[readable(other.phone), other.email].filter(Boolean).join(" · ")}</span></li>`)}</ul>
          </div>
        </div>`
      }
      <div class="fields">
        <${TextField} label=${t("contacts.first_name")} required autofocus maxlength="200" ...${field("first_name")} />
        <${TextField} label=${t("contacts.last_name")} maxlength="200" ...${field("last_name")} />
        <${TextField} label=${t("contacts.phone")} type="tel" inputmode="tel" placeholder="(11) 98888-7777" ...${field("phone")} onValue=${(/** @type {string} */ value) => field("phone").onValue(value.length > draft.phone.length ? formatPhone(value) : value)} />
        <${TextField} label=${t("contacts.email")} type="email" inputmode="email" ...${field("email")} />
        <${TextField} label=${t("contacts.tier")} placeholder=${t("contacts.tier.example")} maxlength="40" ...${field("tier")} />
        <${TextField} label=${t("contacts.ltv")} inputmode="decimal" ...${field("ltv")} />
      </div>
      <${ListField} label=${t("contacts.tags")} values=${draft.tags} error=${problem?.of?.("tags")} onValues=${(/** @type {string[]} */ tags) => set({ tags })} />
      <div class="field" role="group" aria-label=${t("contacts.identities")}>
        <span class="label">${t("contacts.identities")}</span>
        <p class="help">${t("contacts.identities.help")}</p>
        ${(base?.identities ?? []).map(({ kind, address }) => html`<p class="row identity" key=${`${kind} ${address}`}>
          <span class="small faint">${channelName(kind)}</span><span class="cut">${address}</span></p>`)}
        ${draft.added.map(
          ({ kind, address }, at) =>
            html`<div class="row" key=${at}>
              <span class="select">
                <select class="input" aria-label=${t("contacts.identity.kind")} value=${kind} onChange=${(/** @type {any} */ event) => added(at, { kind: event.target.value })}>${KINDS.map((one) => html`<option key=${one} value=${one}>${channelName(one)}</option>`)}</select>
                <${Icon} name="chevron_down" /></span>
              <input class="input grow" aria-label=${t("contacts.identity.address")} aria-invalid=${problem?.of?.(`identities[${at}].address`) ? "true" : undefined} value=${address} onInput=${(/** @type {any} */ event) => added(at, { address: event.target.value })} />
              <${IconButton} icon="x" size="small" label=${t("contacts.identity.remove")} onClick=${() => set({ added: draft.added.filter((_, index) => index !== at) })} />
            </div>
            ${problem?.of?.(`identities[${at}].address`) && html`<p class="error">${problem.of(`identities[${at}].address`)}</p>`}`,
        )}
        ${problem?.of?.("identities") && html`<p class="error">${problem.of("identities")}</p>`}
        <div><${Button} size="small" kind="quiet" icon="plus" onClick=${() => set({ added: [...draft.added, { kind: "whatsapp", address: "" }] })}>${t("contacts.identity.add")}<//></div>
      </div>
      <div class="field" role="group" aria-label=${t("contacts.custom")}>
        <span class="label">${t("contacts.custom")}</span>
        ${draft.lines.map(
          ({ name, value }, at) =>
            html`<div class="row" key=${at}>
              <input class="input" aria-label=${t("contacts.custom.name")} placeholder=${t("contacts.custom.name")} value=${name} onInput=${(/** @type {any} */ event) => line(at, { name: event.target.value })} />
              <input class="input grow" aria-label=${t("contacts.custom.value", { name })} placeholder=${t("contacts.custom.example")} value=${value} onInput=${(/** @type {any} */ event) => line(at, { value: event.target.value })} />
              <${IconButton} icon="x" size="small" label=${t("contacts.custom.remove", { name })} onClick=${() => set({ lines: draft.lines.filter((_, index) => index !== at) })} />
            </div>`,
        )}
        ${problem?.of?.("custom_fields") && html`<p class="error">${problem.of("custom_fields")}</p>`}
        <div><${Button} size="small" kind="quiet" icon="plus" onClick=${() => set({ lines: [...draft.lines, { name: "", value: "" }] })}>${t("contacts.custom.add")}<//></div>
      </div>
    </form>
  <//>`;
}
