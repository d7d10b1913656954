// Records that may be of one person, found among the newest contacts.

import { api } from "../../api/client.js";
import { Avatar, Button, Chip, Empty, Icon, Loaded, Page, ProblemState, useLoad } from "../../components/index.js";
import { may } from "../../api/session.js";
import { html, useState } from "../../lib.js";
import { phone, t } from "../../text.js";
import { mergeTwo } from "./merge.js";
import { duplicates } from "./person.js";

/** @import { Contact } from "../../api/types" */
/** @import { Pair } from "./person.js" */

/** How many contacts are compared at most. */
const COMPARED = 2_000;

/** @param {AbortSignal} signal */
async function newest(signal) {
  /** @type {Contact[]} */
  const all = [];
  for await (const items of api.list("/api/crm/contacts", { limit: 200 }, { signal })) {
    all.push(...items);
    if (all.length >= COMPARED) return { all, more: true };
  }
  return { all, more: false };
}

export function Duplicates() {
  const contacts = useLoad(newest, []);
  const [apart, setApart] = useState(/** @type {ReadonlySet<string>} */ (new Set()));
  const key = (/** @type {Pair} */ { one, other }) => `${one.id} ${other.id}`;
  const merge = async (/** @type {Pair} */ pair) => {
    if (await mergeTwo(pair.one, pair.other)) contacts.reload();
  };
  if (!may("merge_contacts")) return html`<${ProblemState} problem=${{ status: 403 }} />`;
  return html`<${Page} title=${t("contacts.duplicates")} text=${t("contacts.duplicates.text")} actions=${html`<a class="button" data-kind="plain" href="/contacts">
    <${Icon} name="chevron_left" />${t("contacts.back")}</a>`}>
    <${Loaded} of=${contacts}>
      ${(/** @type {{all: Contact[], more: boolean}} */ { all, more }) => {
        const pairs = duplicates(all).filter((pair) => !apart.has(key(pair)));
        return html`${
          pairs.length
            ? html`<ul class="pairs">
                ${pairs.slice(0, 100).map(
                  (pair) =>
                    html`<li class="pair" key=${key(pair)}>
                      <div class="pair-sides">
                        ${[pair.one, pair.other].map((side) => html`<a class="row pair-side" key=${side.id} href=${`/contacts/${side.id}`}>
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
        ${more && html`<p class="small faint pad">${t("contacts.duplicates.limit", { n: COMPARED })}</p>`}`;
      }}
    <//>
  <//>`;
}
