// The customers as the CRM knows them.

import { api } from "../../api/client.js";
import { html } from "../../lib.js";
import { Avatar, Chip, Empty, Loaded, Page, Table, Time, useLoad } from "../../components/index.js";
import { phone, t } from "../../text.js";

/** @import { Contact, Page as PageOf } from "../../api/types" */

export default function Contacts() {
  const contacts = useLoad(
    async (signal) => (/** @type {PageOf<Contact>} */ (await api.get("/api/crm/contacts", { query: { limit: 100 }, signal }))).items,
    [],
  );
  return html`<${Page} title=${t("contacts.title")} text=${t("contacts.text")}>
    <${Loaded} of=${contacts} empty=${html`<${Empty} icon="user" title=${t("contacts.empty.title")} text=${t("contacts.empty.text")} />`}>
      ${(/** @type {Contact[]} */ rows) =>
        html`<${Table}
          label=${t("contacts.title")}
          rows=${rows}
          rowKey=${(/** @type {Contact} */ { id }) => id}
          columns=${[
            { id: "name", title: t("contacts.name"), primary: true, cell: (/** @type {Contact} */ { name }) => html`<span class="row"><${Avatar} name=${name} size="small" /><strong>${name}</strong></span>` },
            { id: "phone", title: t("contacts.phone"), cell: (/** @type {Contact} */ one) => phone(one.phone) },
            { id: "email", title: t("contacts.email"), cell: (/** @type {Contact} */ { email }) => email },
            { id: "tags", title: t("contacts.tags"), cell: (/** @type {Contact} */ { tags }) => tags.map((tag) => html`<${Chip} key=${tag}>${tag}<//>`) },
            { id: "since", title: t("contacts.since"), cell: (/** @type {Contact} */ { created_at }) => html`<${Time} at=${created_at} />` },
          ]}
        />`}
    <//>
  <//>`;
}
