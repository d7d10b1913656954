// Two records of one person become one: which stays, whose values hold, and what exactly will happen, before it does.

import { api } from "../../api/client.js";
import { Avatar, Button, Chip, Dialog, Icon, Loaded, openDialog, useAction, useLoad } from "../../components/index.js";
import { html, useEffect, useState } from "../../lib.js";
import { problemText, toast, toastProblem } from "../../shell/toasts.js";
import { date, phone, t } from "../../text.js";
import { SETTLE } from "./book.js";
import { CHOICES, clashes, conflicts, merged, plain, reasons } from "./person.js";

/** @import { Contact, Page, SessionItem } from "../../api/types" */
/** @import { Choice } from "./person.js" */

/**
 * Asks which contact is meant.
 * @param {Contact} contact
 * @returns {Promise<Contact | undefined>}
 */
export const findOther = (contact) => openDialog((close) => html`<${Find} contact=${contact} onClose=${close} />`);

/**
 * Shows both side by side and merges them when that is confirmed.
 * @param {Contact} one
 * @param {Contact} other
 * @returns {Promise<Contact | undefined>} who stays
 */
export async function mergeTwo(one, other) {
  try {
    // Lists leave addresses out, and may be old.
    const [first, second] = await Promise.all([one, other].map(({ id }) => api.get(`/api/crm/contacts/${id}`)));
    return await openDialog((close) => html`<${Merge} one=${first} other=${second} onClose=${close} />`);
  } catch (problem) {
    toastProblem(problem);
    return undefined;
  }
}

/** @param {{contact: Contact, onClose: (other?: Contact) => void}} props */
function Find({ contact, onClose }) {
  const [typed, setTyped] = useState(contact.first_name);
  const [q, setQ] = useState(typed);
  useEffect(() => {
    const timer = setTimeout(() => setQ(typed), SETTLE);
    return () => clearTimeout(timer);
  }, [typed]);
  const found = useLoad(
    async (signal) => /** @type {Page<Contact>} */ (await api.get("/api/crm/contacts", { query: { q, limit: 20 }, signal })).items.filter(({ id }) => id !== contact.id),
    [q],
  );
  return html`<${Dialog} title=${t("contacts.merge.who", { name: contact.name })} onClose=${() => onClose()}>
    <label class="search wide"><${Icon} name="search" /><span class="hidden-text">${t("contacts.find")}</span>
      <input class="input" type="search" autofocus placeholder=${t("contacts.find")} value=${typed} onInput=${(/** @type {any} */ event) => setTyped(event.target.value)} /></label>
    <${Loaded} of=${found} empty=${html`<p class="faint">${t("contacts.none.title")}</p>`}>
      ${(/** @type {Contact[]} */ rows) =>
        html`<ul class="choices">
          ${rows.map((row) => {
            const why = reasons(contact, row);
            return html`<li key=${row.id}><button type="button" onClick=${() => onClose(row)}><${Avatar} name=${row.name} size="small" />
              <span class="grow cut">${row.name}</span>${why.map((reason) => html`<${Chip} tone="accent" key=${reason}>${t(`contacts.same.${reason}`)}<//>`)}<span class="small faint cut">${phone(row.phone) || row.email}</span></button></li>`;
          })}
        </ul>`}
    <//>
  <//>`;
}

/** @param {Choice} field @param {string | null} value */
const shown = (field, value) => (field === "phone" ? phone(value) : value) || "–";

/** @param {{one: Contact, other: Contact, onClose: (winner?: Contact) => void}} props */
function Merge({ one, other, onClose }) {
  const [stays, setStays] = useState(one.created_at <= other.created_at ? one.id : other.id);
  const [picked, setPicked] = useState(/** @type {Partial<Record<Choice, string>>} */ ({}));
  const [custom, setCustom] = useState(/** @type {Record<string, string>} */ ({}));
  const { busy, problem, run } = useAction();
  const [winner, loser] = stays === one.id ? [one, other] : [other, one];
  const open = conflicts(winner, loser);
  const theirs = new Set(open.filter((field) => picked[field] === loser.id));
  const result = merged(winner, loser, theirs);
  /** Custom fields in which both have something else to say, and those of them that are taken of the one who goes. */
  const clashing = clashes(winner, loser);
  const fields = clashing.filter((name) => custom[name] === loser.id);
  const counted = useLoad(
    async (signal) => {
      const [ours, others] = await Promise.all([winner, loser].map(({ id }) => api.all("/api/sessions", { contact_id: id }, { signal })));
      const taken = new Set(/** @type {SessionItem[]} */ (ours).map(({ channel }) => channel));
      return { all: others.length, twice: /** @type {SessionItem[]} */ (others).filter(({ channel }) => taken.has(channel)).length };
    },
    [stays],
  );
  const join = async () => {
    let kept = /** @type {Contact | null} */ (null);
    const done = await run(async () => {
      const take = [...theirs, ...fields.map((name) => `custom_fields.${name}`)];
      kept = await api.post("/api/crm/contacts/merge", { winner_id: winner.id, loser_id: loser.id, take }, { idempotencyKey: true });
    });
    if (!done || !kept) return;
    toast({ text: t("contacts.merged", { name: /** @type {Contact} */ (kept).name }), kind: "good" });
    onClose(kept);
  };
  const sides = [one, other];
  const differ = CHOICES.filter((field) => winner[field] || loser[field]);
  return html`<${Dialog}
    title=${t("contacts.merge.title")}
    size="large"
    onClose=${() => onClose()}
    footer=${html`${problem && html`<p class="error grow small" role="alert">${problemText(problem)}</p>`}<${Button} onClick=${() => onClose()}>${t("cancel")}<//>
      <${Button} kind="primary" busy=${busy} onClick=${join}>${t("contacts.merge.confirm")}<//>`}
  >
    <table class="merge" aria-label=${t("contacts.merge.title")}>
      <thead>
        <tr>
          <th scope="col"><span class="hidden-text">${t("contacts.merge.field")}</span></th>
          ${sides.map(
            (side) =>
              html`<th scope="col" key=${side.id} data-stays=${side.id === stays ? "" : undefined}>
                <label class="merge-side"><input type="radio" name="stays" checked=${side.id === stays} onChange=${() => setStays(side.id)} /><span>
                  <span class="row"><${Avatar} name=${side.name} size="small" /><span class="cut">${side.name}</span></span>
                  <span class="small faint">${side.id === stays ? t("contacts.merge.stays") : t("contacts.merge.goes")} · ${date(side.created_at)}</span></span></label>
              </th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${differ.map((field) => {
          const choice = open.includes(field);
          const same = winner[field] === loser[field];
          return html`<tr key=${field}>
            <th scope="row">${t(`contacts.${field}`)}</th>
            ${sides.map((side) => {
              const value = shown(field, side[field]);
              const holds = !same && result[field] === side[field] && Boolean(side[field]);
              const taken = choice ? (theirs.has(field) ? loser.id : winner.id) === side.id : holds;
              return html`<td key=${side.id} data-taken=${taken ? "" : undefined}>
                ${choice ? html`<label>
                  <input type="radio" name=${`merge-${field}`} checked=${taken} onChange=${() => setPicked({ ...picked, [field]: side.id })} />
                  <span class="break">${value}</span></label>` : html`<span class=${holds || same ? "break" : "break faint"}>${value}</span>`}
              </td>`;
            })}
          </tr>`;
        })}
        ${clashing.map((name) => html`<tr key=${`custom ${name}`}>
          <th scope="row" class="break">${name}</th>
          ${sides.map((side) => {
            const taken = (custom[name] ?? winner.id) === side.id;
            return html`<td key=${side.id} data-taken=${taken ? "" : undefined}><label>
              <input type="radio" name=${`merge-custom-${name}`} checked=${taken} onChange=${() => setCustom({ ...custom, [name]: side.id })} />
              <span class="break">${plain(side.custom_fields[name])}</span></label></td>`;
          })}
        </tr>`)}
        <tr>
          <th scope="row">${t("contacts.tags")}</th>
          ${sides.map(({ id, tags }) => html`<td key=${id}>
            <span class="row wrap">${tags.length ? tags.map((tag) => html`<${Chip} key=${tag}>${tag}<//>`) : html`<span class="faint">–</span>`}</span></td>`)}
        </tr>
        <tr>
          <th scope="row">${t("contacts.identities")}</th>
          ${sides.map(({ id, identities = [] }) => html`<td key=${id}>
            <span class="break small">${identities.map(({ kind, address }) => (kind === "phone" ? phone(address) : address)).join(", ") || "–"}</span></td>`)}
        </tr>
      </tbody>
    </table>
    <section class="outcome" aria-labelledby="outcome-title">
      <h3 id="outcome-title">${t("contacts.merge.what")}</h3>
      <ul class="consequences">
        <li>${t("contacts.merge.one", { name: `${result.first_name ?? ""} ${result.last_name ?? ""}`.trim(), gone: loser.name })}</li>
        ${counted.data && counted.data.all > counted.data.twice && html`<li>${t("contacts.merge.sessions", { n: counted.data.all - counted.data.twice })}</li>`}
        ${counted.data && counted.data.twice > 0 && html`<li>${t("contacts.merge.twice")}</li>`}
        <li>${t("contacts.merge.addresses")}</li>
        ${result.tags.length > 0 && html`<li>${t("contacts.merge.tags", { n: result.tags.length })}</li>`}
        <li>${t("contacts.merge.links")}</li>
        <li><strong>${t("contacts.merge.final")}</strong></li>
      </ul>
    </section>
  <//>`;
}
