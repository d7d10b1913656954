// People: who has an account, what they may do, what they can, where they are reached.

import { api } from "../../api/client.js";
import { may, me } from "../../api/session.js";
import { html, useState } from "../../lib.js";
import {
  Avatar, Button, Checkbox, Chip, Empty, Icon, IconButton, Loaded, Select, Switch, Table, TextField, confirmDialog, useAction, useLoad,
} from "../../components/index.js";
import { navigate } from "../../shell/router.js";
import { problemText, toast, toastProblem } from "../../shell/toasts.js";
import { LOCALES, dateTime, t } from "../../text.js";
import { useForm } from "./form.js";
import { Card, CopyField, ListField, Note, SaveBar, SearchField, Section, SecretField, useFresh } from "./parts.js";
import { matches, secret } from "./values.js";

/** @import { Channel, Role, User } from "../../api/types" */

/** @type {readonly Role[]} */
const ROLES = ["viewer", "attendant", "supervisor", "admin"];
const KINDS = ["whatsapp", "telegram", "sms", "instagram", "messenger", "teams", "slack", "google_chat", "email", "web", "voice", "api"];
const PLACES = ["whatsapp", "telegram", "teams", "google_chat", "slack"];

/** @param {{rest: string[]}} props */
export default function Users({ rest: [id] }) {
  return id ? html`<${One} key=${id} id=${id} />` : html`<${List} />`;
}

function List() {
  const [sought, setSought] = useState("");
  const [ended, setEnded] = useState(false);
  const users = useLoad((signal) => api.all("/api/users", {}, { signal }), [], ["user"]);
  useFresh(users.reload);
  const gone = users.data?.filter((/** @type {User} */ user) => !user.is_active).length ?? 0;
  const add = may("manage_users") && html`<a class="button" data-kind="primary" href="/settings/users/new"><${Icon} name="plus" />${t("settings.users.new")}</a>`;
  return html`<${Section} title=${t("settings.section.users")} text=${t("settings.users.text")} actions=${add}>
    <div class="row set-tools">
      <${SearchField} label=${t("settings.users.search")} value=${sought} onValue=${setSought} />
      ${gone > 0 && html`<${Checkbox} label=${t("settings.users.ended", { n: gone })} checked=${ended} onValue=${setEnded} />`}
    </div>
    <${Loaded} of=${users}>
      ${(/** @type {User[]} */ all) => {
        const rows = all
          .filter((user) => (ended || user.is_active) && matches(sought, [user.name, user.email, user.department, ...user.aliases, ...user.skills.map(({ name }) => name)]))
          .sort((a, b) => Number(b.is_active) - Number(a.is_active) || a.name.localeCompare(b.name));
        if (!rows.length) return html`<${Empty} icon="users" title=${t("settings.none")} text=${t("settings.none.text")} />`;
        return html`<${Table}
          label=${t("settings.section.users")}
          rows=${rows}
          rowKey=${(/** @type {User} */ user) => user.id}
          onOpen=${(/** @type {User} */ user) => navigate(`/settings/users/${user.id}`)}
          columns=${[
            {
              id: "name",
              title: t("settings.users.name"),
              primary: true,
              cell: (/** @type {User} */ user) =>
                html`<span class="row" data-faded=${user.is_active ? undefined : ""}
                  ><${Avatar} name=${user.name} status=${user.is_active && user.role !== "viewer" ? user.status : undefined} /><span class="grow set-name"
                    ><a class="set-plain" href=${`/settings/users/${user.id}`}><strong>${user.name}</strong></a><span class="faint small cut">${user.email ?? t("settings.users.no_email")}</span></span
                  ></span
                >`,
            },
            { id: "role", title: t("settings.users.role"), cell: (/** @type {User} */ user) => (user.is_active ? t(`role.${user.role}`) : html`<${Chip} tone="warn">${t("settings.users.inactive")}<//>`) },
            { id: "department", title: t("settings.users.department"), cell: (/** @type {User} */ user) => user.department },
            {
              id: "skills",
              title: t("settings.section.skills"),
              cell: (/** @type {User} */ { skills }) =>
                skills.length > 0 &&
                html`<span class="set-chips">${skills.slice(0, 3).map(({ name, level }) => html`<${Chip} key=${name}>${name} ${level}<//>`)}${skills.length > 3 && html`<${Chip}>+${skills.length - 3}<//>`}</span>`,
            },
          ]}
        />`;
      }}
    <//>
  <//>`;
}

const BLANK = {
  name: "",
  email: "",
  role: "attendant",
  locale: "pt-BR",
  department: "",
  aliases: [],
  external_id: "",
  channels: ["all"],
  skills: [],
  destinations: [],
  default_destination: "console",
  is_active: true,
};

/** @param {{id: string}} props */
function One({ id }) {
  const fresh = id === "new";
  const user = useLoad((signal) => (fresh ? Promise.resolve(BLANK) : api.get(`/api/users/${id}`, { signal })), [id]);
  return html`<${Loaded} of=${user}>${(/** @type {User} */ stored) => html`<${Editor} id=${id} stored=${stored} onReload=${user.reload} onStored=${user.set} />`}<//>`;
}

/** @param {{id: string, stored: User, onReload: () => void, onStored: (user: any) => void}} props */
function Editor({ id, stored, onReload, onStored }) {
  const fresh = id === "new";
  const form = useForm(`users/${id}`, stored);
  const saving = useAction();
  const skills = useLoad((signal) => api.all("/api/skills", {}, { signal }), [], ["skill"]);
  const channels = useLoad((signal) => (may("view_channels") ? api.all("/api/channels", {}, { signal }) : Promise.resolve([])), [], ["channel"]);
  const editable = may("manage_users");
  const { values, set } = form;
  const error = (/** @type {string} */ field) => saving.problem?.of?.(field);
  const text = (/** @type {string} */ name, /** @type {any} */ more = {}) => ({
    label: t(`settings.users.${name}`),
    value: values[name] ?? "",
    error: error(name),
    disabled: !editable,
    onValue: (/** @type {string} */ value) => set({ [name]: value || (typeof stored[/** @type {keyof User} */ (name)] === "string" ? "" : null) }),
    ...more,
  });

  const save = () =>
    saving.run(async () => {
      /** @type {Record<string, any>} */
      const body = { ...(fresh ? values : form.changes) };
      for (const name of ["email", "department", "external_id"]) if (body[name] === "") body[name] = null;
      if (!body.password) delete body.password;
      if (body.destinations) body.destinations = body.destinations.filter((/** @type {any} */ { address }) => address.trim());
      if (body.skills) body.skills = body.skills.filter((/** @type {any} */ { name }) => name.trim());
      if (!fresh && body.is_active === false && !(await confirmEnd(stored))) return;
      const answer = fresh ? await api.post("/api/users", body, { idempotencyKey: true }) : await api.put(`/api/users/${id}`, body, { ifMatch: stored });
      form.reset();
      toast({ text: t("settings.saved"), kind: "good" });
      if (fresh) navigate(`/settings/users/${answer.id}`, { replace: true });
      else onStored(answer);
    });

  const remove = async () => {
    if (!(await confirmDialog({ title: t("settings.users.delete.title", { name: stored.name }), text: t("settings.users.delete.text"), confirm: t("settings.delete"), danger: true }))) return;
    try {
      const kept = await api.del(`/api/users/${id}`, undefined, { ifMatch: stored });
      form.reset();
      toast({ text: kept ? t("settings.users.deactivated") : t("settings.deleted"), kind: "good" });
      navigate("/settings/users");
    } catch (problem) {
      toastProblem(problem);
    }
  };

  const all = values.channels.includes("all");
  const places = ["console", ...new Set(values.destinations.map((/** @type {any} */ { kind }) => kind))];
  return html`<${Section}
    back=${{ href: "/settings/users", label: t("settings.section.users") }}
    title=${fresh ? t("settings.users.new") : stored.name}
    text=${!fresh && stored.id === me.value?.id ? t("settings.users.you") : undefined}
    actions=${!fresh && editable && stored.id !== me.value?.id && html`<${Button} icon="trash" onClick=${remove}>${t("settings.delete")}<//>`}
  >
    ${!stored.is_active && html`<${Note} tone="warn" icon="pause">${t("settings.users.inactive.text")}<//>`}
    <${Card} title=${t("settings.users.person")}>
      <div class="set-grid">
        <${TextField} ...${text("name", { autofocus: fresh, required: true })} />
        <${TextField} ...${text("email", { type: "email", autocomplete: "off" })} />
        <${Select} label=${t("language.label")} value=${values.locale} disabled=${!editable} options=${LOCALES.map((value) => ({ value, label: t(`language.${value}`) }))} onValue=${(/** @type {string} */ locale) => set({ locale })} />
        <${TextField} ...${text("department", { optional: t("settings.optional") })} />
        <${ListField} label=${t("settings.users.aliases")} help=${t("settings.users.aliases.help")} optional=${t("settings.optional")} values=${values.aliases} error=${error("aliases")} disabled=${!editable} onValue=${(/** @type {string[]} */ aliases) => set({ aliases })} />
        <${TextField} ...${text("external_id", { optional: t("settings.optional"), help: t("settings.users.external_id.help") })} />
      </div>
      <${SecretField}
        label=${t("login.password")}
        help=${fresh || !stored.has_password ? t("settings.users.password.help") : t("settings.users.password.change")}
        error=${error("password")}
        stored=${{ set: stored.has_password }}
        value=${values.password}
        disabled=${!editable}
        generate=${() => secret(16)}
        onValue=${(/** @type {any} */ password) => set({ password })}
      />
      ${!fresh && editable && html`<${Switch} label=${t("settings.users.is_active")} help=${t("settings.users.is_active.help")} checked=${values.is_active} onValue=${(/** @type {boolean} */ is_active) => set({ is_active })} />`}
    <//>
    ${!fresh && editable && stored.is_active && stored.id !== me.value?.id && html`<${Access} user=${stored} onStored=${onStored} />`}
    <${Card} title=${t("settings.users.role")} text=${t("settings.users.role.text")}>
      <div class="set-choices" role="radiogroup" aria-label=${t("settings.users.role")}>
        ${ROLES.map(
          (role) =>
            html`<label class="set-choice" key=${role}>
              <input type="radio" name="role" value=${role} checked=${values.role === role} disabled=${!editable} onChange=${() => set({ role })} />
              <span><strong>${t(`role.${role}`)}</strong><span class="faint small">${t(`role.${role}.may`)}</span></span>
            </label>`,
        )}
      </div>
    <//>
    ${
      values.role !== "viewer" &&
      html`<${Card} title=${t("settings.section.skills")} text=${t("settings.users.skills.text")}>
          <${Skills} known=${(skills.data ?? []).map((/** @type {any} */ { name }) => name)} values=${values.skills} disabled=${!editable} error=${error} onValue=${(/** @type {any} */ next) => set({ skills: next })} />
        <//>
        <${Card} title=${t("settings.users.channels")} text=${t("settings.users.channels.text")}>
          <${Checkbox} label=${t("settings.users.channels.all")} checked=${all} disabled=${!editable} onValue=${(/** @type {boolean} */ on) => set({ channels: on ? ["all"] : [...new Set((channels.data ?? []).map((/** @type {Channel} */ { kind }) => kind))] })} />
          ${
            !all &&
            html`<div class="set-checks">
              ${KINDS.map(
                (kind) =>
                  html`<${Checkbox} key=${kind} label=${t(`settings.channel.${kind}`)} checked=${values.channels.includes(kind)} disabled=${!editable}
                    onValue=${(/** @type {boolean} */ on) => set({ channels: on ? [...values.channels, kind] : values.channels.filter((/** @type {string} */ other) => other !== kind) })} />`,
              )}
            </div>`
          }
        <//>
        <${Card} title=${t("settings.users.destinations")} text=${t("settings.users.destinations.text")}>
          <${Destinations} values=${values.destinations} channels=${channels.data ?? []} disabled=${!editable} error=${error} onValue=${(/** @type {any} */ next) => set({ destinations: next })} />
          ${
            places.length > 1 &&
            html`<${Select} label=${t("settings.users.default_destination")} help=${t("settings.users.default_destination.help")} error=${error("default_destination")} value=${values.default_destination} disabled=${!editable}
              options=${places.map((value) => ({ value, label: value === "console" ? t("settings.users.console") : t(`settings.channel.${value}`) }))}
              onValue=${(/** @type {string} */ default_destination) => set({ default_destination })} />`
          }
        <//>`
    }
    ${editable && html`<${SaveBar} form=${form} action=${saving} onSave=${save} onReload=${onReload} fresh=${fresh} label=${fresh ? t("settings.create") : undefined} shown=${["name", "email", "password", "department", "external_id"]} />`}
  <//>`;
}

/**
 * Links with which a person chooses a password, and what to do when their second factor is lost.
 * @param {{user: User, onStored: (user: any) => void}} props
 */
function Access({ user, onStored }) {
  const making = useAction();
  const [link, setLink] = useState(/** @type {{url: string, expires_at: string} | null} */ (null));
  const make = () => making.run(async () => setLink(await api.post(`/api/users/${user.id}/access-link`)));
  const reset = async () => {
    if (!(await confirmDialog({ title: t("settings.users.totp.reset.title", { name: user.name }), text: t("settings.users.totp.reset.text"), confirm: t("settings.users.totp.reset"), danger: true }))) return;
    try {
      await api.del(`/api/users/${user.id}/totp`);
      toast({ text: t("settings.users.totp.reset.done"), kind: "good" });
      onStored(await api.get(`/api/users/${user.id}`));
    } catch (problem) {
      toastProblem(problem);
    }
  };
  return html`<${Card} title=${t("settings.users.access")} text=${t("settings.users.access.text")}>
    ${
      link
        ? html`<${CopyField} label=${t("settings.users.access.made", { name: user.name })} value=${link.url} help=${t("settings.users.access.once", { until: dateTime(link.expires_at) })} />`
        : html`<div class="row wrap"><${Button} icon="link" busy=${making.busy} disabled=${!user.email} onClick=${make}>${t("settings.users.access.link")}<//>
            <p class="faint small grow">${user.email ? t("settings.users.access.help") : t("settings.users.access.none")}</p></div>`
    }
    ${making.problem && html`<p class="error small" role="alert">${problemText(making.problem)}</p>`}
    ${user.has_totp && html`<div class="row"><${Icon} name="shield" /><span class="grow">${t("settings.users.totp")}</span><${Button} onClick=${reset}>${t("settings.users.totp.reset")}<//></div>`}
  <//>`;
}

/** @param {User} user */
const confirmEnd = (user) =>
  confirmDialog({ title: t("settings.users.deactivate.title", { name: user.name }), text: t("settings.users.deactivate.text"), confirm: t("settings.users.deactivate"), danger: true });

/** @param {{known: string[], values: {name: string, level: number}[], disabled: boolean, error: (field: string) => string | undefined, onValue: (values: any[]) => void}} props */
function Skills({ known, values, disabled, error, onValue }) {
  const put = (/** @type {number} */ at, /** @type {any} */ change) => onValue(values.map((skill, index) => (index === at ? { ...skill, ...change } : skill)));
  return html`<div class="stack set-lines">
    ${values.map(
      (skill, at) =>
        html`<div class="set-line" key=${at}>
          <div class="grow"><${TextField} hide label=${t("settings.skills.name")} list="known-skills" value=${skill.name} disabled=${disabled} error=${error(`skills[${at}].name`)} placeholder=${t("settings.skills.name")} onValue=${(/** @type {string} */ name) => put(at, { name })} /></div>
          <${Select} hide label=${`${t("settings.skills.level")}: ${skill.name}`} value=${String(skill.level)} disabled=${disabled} options=${[1, 2, 3, 4, 5].map((level) => ({ value: String(level), label: t(`settings.skills.level.${level}`) }))} onValue=${(/** @type {string} */ level) => put(at, { level: Number(level) })} />
          ${!disabled && html`<${IconButton} icon="x" label=${`${t("remove")}: ${skill.name}`} onClick=${() => onValue(values.filter((_, index) => index !== at))} />`}
        </div>`,
    )}
    <datalist id="known-skills">${known.map((name) => html`<option value=${name} />`)}</datalist>
    ${!values.length && html`<p class="faint small">${t("settings.users.skills.none")}</p>`}
    ${!disabled && html`<div><${Button} icon="plus" onClick=${() => onValue([...values, { name: "", level: 3 }])}>${t("settings.users.skills.add")}<//></div>`}
  </div>`;
}

/** @param {{values: any[], channels: Channel[], disabled: boolean, error: (field: string) => string | undefined, onValue: (values: any[]) => void}} props */
function Destinations({ values, channels, disabled, error, onValue }) {
  const put = (/** @type {number} */ at, /** @type {any} */ change) => onValue(values.map((place, index) => (index === at ? { ...place, ...change } : place)));
  return html`<div class="stack set-lines">
    ${values.map((place, at) => {
      const ways = channels.filter(({ kind }) => kind === place.kind);
      return html`<div class="set-line" key=${at}>
        <${Select} hide label=${t("settings.users.destination.kind")} value=${place.kind} disabled=${disabled} options=${PLACES.map((value) => ({ value, label: t(`settings.channel.${value}`) }))} onValue=${(/** @type {string} */ kind) => put(at, { kind, channel_id: null })} />
        <div class="grow"><${TextField} hide label=${t("settings.users.destination.address")} value=${place.address} disabled=${disabled} error=${error(`destinations[${at}].address`) ?? error(`destinations[${at}].channel_id`)} placeholder=${place.kind === "whatsapp" ? "+55 11 91234-5678" : t("settings.users.destination.address")} onValue=${(/** @type {string} */ address) => put(at, { address })} /></div>
        ${ways.length > 1 && html`<${Select} hide label=${t("settings.users.destination.channel")} value=${place.channel_id ?? ""} disabled=${disabled} options=${[{ value: "", label: t("settings.users.destination.any") }, ...ways.map(({ id, name }) => ({ value: id, label: name }))]} onValue=${(/** @type {string} */ channel) => put(at, { channel_id: channel || null })} />`}
        ${!disabled && html`<${IconButton} icon="x" label=${`${t("remove")}: ${place.address}`} onClick=${() => onValue(values.filter((_, index) => index !== at))} />`}
      </div>`;
    })}
    ${!disabled && html`<div><${Button} icon="plus" onClick=${() => onValue([...values, { kind: "whatsapp", address: "", channel_id: null }])}>${t("settings.users.destinations.add")}<//></div>`}
  </div>`;
}
