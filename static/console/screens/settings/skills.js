// Skills: the words by which queues find the people for a conversation.

import { api } from "../../api/client.js";
import { may } from "../../api/session.js";
import { html, useState } from "../../lib.js";
import { Button, Empty, IconButton, Loaded, Table, TextField, confirmDialog, useAction, useLoad } from "../../components/index.js";
import { toastProblem } from "../../shell/toasts.js";
import { t } from "../../text.js";
import { Section, useFresh } from "./parts.js";

/** @typedef {{id: string, name: string, users: number}} SkillRow */

export default function Skills() {
  const skills = useLoad((signal) => api.all("/api/skills", {}, { signal }), [], ["skill"]);
  useFresh(skills.reload);
  const [name, setName] = useState("");
  const adding = useAction();
  const editable = may("manage_queues");
  const add = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (await adding.run(() => api.post("/api/skills", { name }, { idempotencyKey: true }))) {
      setName("");
      skills.reload();
    }
  };
  const remove = async (/** @type {SkillRow} */ skill) => {
    if (!(await confirmDialog({ title: t("settings.skills.delete", { name: skill.name }), confirm: t("settings.delete"), danger: true }))) return;
    await api.del(`/api/skills/${skill.id}`).catch(toastProblem);
    skills.reload();
  };
  return html`<${Section} title=${t("settings.section.skills")} text=${t("settings.skills.text")}>
    ${
      editable &&
      html`<form class="row set-add" onSubmit=${add}>
        <div class="grow"><${TextField} hide label=${t("settings.skills.name")} placeholder=${t("settings.skills.placeholder")} value=${name} error=${adding.problem?.of?.("name") ?? adding.problem?.message} onValue=${setName} /></div>
        <${Button} type="submit" kind="primary" icon="plus" busy=${adding.busy} disabled=${!name.trim()}>${t("settings.add")}<//>
      </form>`
    }
    <${Loaded} of=${skills} empty=${html`<${Empty} icon="star" title=${t("settings.skills.empty.title")} text=${t("settings.skills.empty.text")} />`}>
      ${(/** @type {SkillRow[]} */ rows) =>
        html`<${Table}
          label=${t("settings.section.skills")}
          rows=${[...rows].sort((a, b) => a.name.localeCompare(b.name))}
          rowKey=${(/** @type {SkillRow} */ { id }) => id}
          columns=${[
            { id: "name", title: t("settings.skills.name"), primary: true, cell: (/** @type {SkillRow} */ skill) => html`<strong>${skill.name}</strong>` },
            { id: "users", title: t("settings.skills.users"), align: "end", cell: (/** @type {SkillRow} */ { users }) => t("settings.skills.people", { n: users }) },
            { id: "remove", title: "", align: "end", cell: (/** @type {SkillRow} */ skill) => editable && html`<${IconButton} icon="trash" label=${`${t("settings.delete")}: ${skill.name}`} onClick=${() => remove(skill)} />` },
          ]}
        />`}
    <//>
  <//>`;
}
