// The organizations of the installation, for who runs it.

import { api } from "../../api/client.js";
import { me } from "../../api/session.js";
import { html, useState } from "../../lib.js";
import { Avatar, Button, Chip, Dialog, Loaded, PasswordField, Table, TextField, openDialog, useAction, useLoad } from "../../components/index.js";
import { toast } from "../../shell/toasts.js";
import { date, t } from "../../text.js";
import { Section, copy, useFresh } from "./parts.js";
import { secret } from "./values.js";

/** @typedef {{id: string, name: string, is_operator: boolean, created_at: string}} Organization */

export default function Organizations() {
  const organizations = useLoad((signal) => api.all("/api/organizations", {}, { signal }), []);
  useFresh(organizations.reload);
  const create = async () => {
    if (await openDialog((/** @type {(done?: boolean) => void} */ close) => html`<${Maker} onClose=${close} />`)) organizations.reload();
  };
  return html`<${Section} title=${t("settings.section.organizations")} text=${t("settings.organizations.text")} actions=${html`<${Button} kind="primary" icon="plus" onClick=${create}>${t("settings.organizations.new")}<//>`}>
    <${Loaded} of=${organizations}>
      ${(/** @type {Organization[]} */ rows) =>
        html`<${Table}
          label=${t("settings.section.organizations")}
          rows=${rows}
          rowKey=${(/** @type {Organization} */ { id }) => id}
          columns=${[
            {
              id: "name",
              title: t("settings.organizations.name"),
              primary: true,
              cell: (/** @type {Organization} */ row) =>
                html`<span class="row"><${Avatar} name=${row.name} size="small" /><strong class="cut">${row.name}</strong>${row.id === me.value?.organization.id && html`<${Chip} tone="accent">${t("settings.organizations.own")}<//>`}</span>`,
            },
            { id: "created", title: t("settings.created"), cell: (/** @type {Organization} */ row) => date(row.created_at) },
            { id: "id", title: t("settings.id"), cell: (/** @type {Organization} */ { id }) => html`<${Button} kind="quiet" size="small" icon="copy" onClick=${() => copy(id)}><code>…${id.slice(-8)}</code><//>` },
          ]}
        />`}
    <//>
  <//>`;
}

/** @param {{onClose: (done?: boolean) => void}} props */
function Maker({ onClose }) {
  const [values, setValues] = useState({ organization: "", name: "", email: "", password: "" });
  const making = useAction();
  const make = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const { organization, ...admin } = values;
    if (!(await making.run(() => api.post("/api/organizations", { name: organization, admin }, { idempotencyKey: true })))) return;
    toast({ text: t("settings.organizations.made", { name: organization }), kind: "good" });
    onClose(true);
  };
  const bind = (/** @type {keyof typeof values} */ name, /** @type {string} */ field) => ({
    value: values[name],
    error: making.problem?.of?.(field),
    required: true,
    onValue: (/** @type {string} */ value) => setValues({ ...values, [name]: value }),
  });
  return html`<${Dialog} title=${t("settings.organizations.new")} onClose=${() => onClose()}>
    <form class="stack" onSubmit=${make}>
      <${TextField} label=${t("settings.organizations.name")} ...${bind("organization", "name")} />
      <p class="faint small">${t("settings.organizations.admin")}</p>
      <${TextField} label=${t("settings.users.name")} ...${bind("name", "admin.name")} />
      <${TextField} label=${t("settings.users.email")} type="email" autocomplete="off" ...${bind("email", "admin.email")} />
      <div class="row set-secret">
        <div class="grow"><${PasswordField} label=${t("login.password")} show=${t("login.show")} autocomplete="new-password" ...${bind("password", "admin.password")} /></div>
        <${Button} onClick=${() => setValues({ ...values, password: secret(16) })}>${t("settings.secret.generate")}<//>
      </div>
      ${making.problem && !making.problem.errors?.length && html`<p class="error" role="alert">${making.problem.message}</p>`}
      <footer class="dialog-foot">
        <${Button} onClick=${() => onClose()}>${t("cancel")}<//>
        <${Button} type="submit" kind="primary" busy=${making.busy}>${t("settings.create")}<//>
      </footer>
    </form>
  <//>`;
}
