// Records that may be of one person, as the server finds them, the surest first.

import { api } from "../../api/client.js";
import { Avatar, Button, Chip, Empty, Icon, Loaded, Page, ProblemState, useLoad } from "../../components/index.js";
import { may } from "../../api/session.js";
import { html, useState } from "../../lib.js";
import { toastProblem } from "../../shell/toasts.js";
import { phone, t } from "../../text.js";
import { mergeTwo } from "./merge.js";

/** @import { Duplicate, Page as PageOf } from "../../api/types" */

const PATH = "/api/crm/contacts/duplicates";
const key = (/** @type {Duplicate} */ { contact, other }) => `${contact.id} ${other.id}`;

export function Duplicates() {
  const found = useLoad(async (signal) => /** @type {PageOf<Duplicate>} */ (await api.get(PATH, { query: { limit: 50 }, signal })), [], ["contact"]);
  const [apart, setApart] = useState(/** @type {ReadonlySet<string>} */ (new Set()));
  const [busy, setBusy] = useState(false);
  const merge = async (/** @type {Duplicate} */ pair) => {
    if (await mergeTwo(pair.contact, pair.other)) found.reload();
  };
  const more = async (/** @type {PageOf<Duplicate>} */ { items, next_cursor: cursor }) => {
    setBusy(true);
    try {
      const page = await api.get(PATH, { query: { limit: 50, cursor } });
      found.set({ items: [...items, ...page.items], next_cursor: page.next_cursor });
    } catch (problem) {
      toastProblem(problem);
    }
    setBusy(false);
  };
  if (!may("merge_contacts")) return html`<${ProblemState} problem=${{ status: 403 }} />`;
  return html`<${Page} title=${t("contacts.duplicates")} text=${t("contacts.duplicates.text")} actions=${html`<a class="button" data-kind="plain" href="/contacts">
    <${Icon} name="chevron_left" />${t("contacts.back")}</a>`}>
    <${Loaded} of=${found}>
      ${(/** @type {PageOf<Duplicate>} */ page) => {
        const pairs = page.items.filter((pair) => !apart.has(key(pair)));
        return html`${
          pairs.length
            ? html`<ul class="pairs">
                ${pairs.map(
                  (pair) =>
                    html`<li class="pair" key=${key(pair)}>
                      <div class="pair-sides">
                        ${[pair.contact, pair.other].map((side) => html`<a class="row pair-side" key=${side.id} href=${`/contacts/${side.id}`}>
                          <${Avatar} name=${side.name} size="small" /><span class="pair-text"><strong class="cut">${side.name}</strong>
                          <span class="small faint cut">${[phone(side.phone), side.email].filter(Boolean).join(" · ") || t("contacts.bare")}</span></span></a>`)}
                      </div>
                      <div class="row wrap">${pair.reasons.map((reason) => html`<${Chip} tone="accent" key=${reason}>${t(`contacts.same.${reason}`)}<//>`)}</div>
                      <div class="row"><${Button} size="small" kind="quiet" onClick=${() => setApart(new Set([...apart, key(pair)]))}>${t("contacts.apart")}<//>
                        <${Button} size="small" onClick=${() => merge(pair)}>${t("contacts.compare")}<//></div>
                    </li>`,
                )}
              </ul>`
            : html`<${Empty} icon="check" title=${t("contacts.duplicates.none.title")} text=${t("contacts.duplicates.none.text")} />`
        }
        ${page.next_cursor && html`<div class="more"><${Button} kind="quiet" busy=${busy} onClick=${() => more(page)}>${t("contacts.more")}<//></div>`}`;
      }}
    <//>
  <//>`;
}
