// The audit: who changed what, when and from where; newest first, page by page.

import { api } from "../../api/client.js";
import { html, useEffect, useState } from "../../lib.js";
import { Avatar, Button, Chip, Empty, Icon, ProblemState, Select, Skeleton, TextField } from "../../components/index.js";
import { clock } from "../../clock.js";
import { setQuery } from "../../shell/router.js";
import { attendants } from "../../store/attendants.js";
import { clockTime, day, dateTime, hasText, t } from "../../text.js";
import { diff, hunks } from "./diff.js";
import { Section } from "./parts.js";

/** @typedef {{id: string, at: string, actor_kind: string, actor_id: string | null, actor_name: string | null, action: string, subject_kind: string, subject_id: string | null, detail: Record<string, unknown> | null, address: string | null}} Line */

const SUBJECTS = ["user", "channel", "bot", "queue", "contact", "lead", "canned_response", "skill", "token", "organization"];

/** What somebody did, in words; a newer server's actions by their name. @param {string} action */
const deed = (action) => (hasText(`audit.${action}`) ? t(`audit.${action}`) : action);

/** @param {string} name */
const called = (name) => (hasText(`audit.field.${name}`) ? t(`audit.field.${name}`) : name);

/** @param {unknown} value @returns {string} */
function worded(value) {
  if (value === true) return t("settings.yes");
  if (value === false) return t("settings.no");
  if (value === null || value === undefined || value === "") return "–";
  if (Array.isArray(value)) return value.length ? value.map(worded).join(", ") : "–";
  if (typeof value !== "object") return attendants.value.get(String(value))?.name ?? String(value);
  const { name, address, level, reason, points } = /** @type {Record<string, any>} */ (value);
  if (reason) return `${hasText(`lead.reason.${reason}`) ? t(`lead.reason.${reason}`) : reason} ${points}`;
  return name || address ? [name ?? address, level].filter((part) => part !== undefined).join(" ") : JSON.stringify(value);
}

/** Where a subject is edited. @param {Line} line */
function place({ subject_kind: kind, subject_id: id, actor_id: actor, action, detail }) {
  if (!id || id === actor || action.endsWith(".delete")) return null;
  return { user: `/settings/users/${id}`, channel: `/settings/channels/${id}`, bot: `/settings/bots/${id}`, queue: `/queues/${id}`, contact: `/contacts/${id}`, lead: `/contacts/${detail?.contact_id}` }[kind] ?? null;
}

/** @param {{query: Record<string, string>}} props */
export default function Audit({ query: { subject = "", actor = "", from = "", to = "" } }) {
  const [people, setPeople] = useState(/** @type {{value: string, label: string}[]} */ ([]));
  const [page, setPage] = useState(/** @type {{lines: Line[], cursor: string | null, problem?: unknown, busy: boolean}} */ ({ lines: [], cursor: null, busy: true }));

  const load = async (/** @type {string | null} */ cursor, /** @type {AbortSignal} */ signal) => {
    setPage((before) => ({ ...before, lines: cursor ? before.lines : [], problem: undefined, busy: true }));
    const end = to && new Date(new Date(`${to}T00:00`).getTime() + 86_400_000).toISOString();
    try {
      const answer = await api.get("/api/audit", { signal, query: { subject_kind: subject, actor_id: actor, from: from && new Date(`${from}T00:00`).toISOString(), to: end, cursor } });
      setPage((before) => ({ lines: cursor ? [...before.lines, ...answer.items] : answer.items, cursor: answer.next_cursor, busy: false }));
    } catch (problem) {
      if (!signal.aborted) setPage((before) => ({ ...before, problem, busy: false }));
    }
  };
  useEffect(() => {
    const controller = new AbortController();
    void load(null, controller.signal);
    return () => controller.abort();
  }, [subject, actor, from, to]);
  useEffect(() => {
    const all = api.all("/api/users", {}).catch(() => []);
    void all.then((users) => setPeople(users.map(({ id, name }) => ({ value: id, label: name })).sort((a, b) => a.label.localeCompare(b.label))));
  }, []);

  const { lines, cursor, problem, busy } = page;
  const days = [...new Set(lines.map(({ at }) => day(at, clock.peek())))];
  return html`<${Section} title=${t("settings.section.audit")} text=${t("settings.audit.text")}>
    <div class="set-filters">
      <${Select} label=${t("settings.audit.who")} value=${actor} options=${[{ value: "", label: t("settings.audit.anybody") }, ...people]} onValue=${(/** @type {string} */ value) => setQuery({ actor: value })} />
      <${Select} label=${t("settings.audit.what")} value=${subject} options=${[{ value: "", label: t("settings.audit.anything") }, ...SUBJECTS.map((value) => ({ value, label: t(`audit.subject.${value}`) }))]} onValue=${(/** @type {string} */ value) => setQuery({ subject: value })} />
      <${TextField} type="date" label=${t("settings.audit.from")} value=${from} max=${to || undefined} onValue=${(/** @type {string} */ value) => setQuery({ from: value })} />
      <${TextField} type="date" label=${t("settings.audit.to")} value=${to} min=${from || undefined} onValue=${(/** @type {string} */ value) => setQuery({ to: value })} />
      ${(subject || actor || from || to) && html`<${Button} kind="quiet" icon="x" onClick=${() => setQuery({ subject: null, actor: null, from: null, to: null })}>${t("settings.audit.clear")}<//>`}
    </div>
    ${
      problem && !lines.length
        ? html`<${ProblemState} problem=${problem} onRetry=${() => load(null, new AbortController().signal)} />`
        : !lines.length
          ? busy
            ? html`<${Skeleton} />`
            : html`<${Empty} icon="history" title=${t("settings.audit.empty.title")} text=${t("settings.audit.empty.text")} />`
          : days.map(
              (name) =>
                html`<section key=${name}>
                  <h2 class="set-day">${name}</h2>
                  <ol class="set-audit">
                    ${lines.filter(({ at }) => day(at, clock.peek()) === name).map((line) => html`<${Entry} key=${line.id} line=${line} />`)}
                  </ol>
                </section>`,
            )
    }
    ${cursor && html`<div class="set-more"><${Button} busy=${busy} onClick=${() => load(cursor, new AbortController().signal)}>${t("settings.more")}<//></div>`}
  <//>`;
}

/** A secret as the server shows it. @param {any} value */
const hint = (value) => (value && typeof value === "object" && typeof value.set === "boolean" ? (value.set ? `••••${value.last4 ?? ""}` : "–") : null);

/**
 * What a change did, field by field; of texts with lines, the lines.
 * @param {{changes: Record<string, {from: unknown, to: unknown}>}} props
 */
function Changes({ changes }) {
  const fields = Object.entries(changes);
  return html`<details class="set-changes" open=${fields.length < 4}>
    <summary>${t("audit.changes", { n: fields.length })}</summary>
    <dl>
      ${fields.map(([field, { from, to }]) => {
        const lines = typeof from === "string" && typeof to === "string" && `${from}${to}`.includes("\n");
        return html`<div key=${field}>
          <dt>${called(field)}</dt>
          <dd>
            ${
              lines
                ? html`<pre class="set-lines-changed">${hunks(diff(String(from), String(to)), 1).map((row) => (row ? html`<span data-kind=${row.kind}>${row.text || " "}</span>` : html`<span>…</span>`))}</pre>`
                : html`<del>${hint(from) ?? worded(from)}</del> <${Icon} name="arrow_right" label=${t("audit.becomes")} /> <ins>${hint(to) ?? worded(to)}</ins>`
            }
          </dd>
        </div>`;
      })}
    </dl>
  </details>`;
}

/** @param {{line: Line}} props */
function Entry({ line }) {
  const href = place(line);
  const { name, changes = {}, loser_id: _, contact_id: __, ...rest } = /** @type {Record<string, any>} */ (line.detail ?? {});
  // What changed says more than what was sent.
  if (Object.keys(changes).length) for (const field of ["settings", "role", "is_active", "engine"]) delete rest[field];
  const facts = Object.entries(rest).filter(([, value]) => value !== null && value !== "" && !(Array.isArray(value) && !value.length));
  const who = line.actor_name ?? (line.actor_kind === "system" ? t("settings.audit.system") : t("settings.audit.unknown"));
  return html`<li class="set-audit-line">
    <${Avatar} name=${who} size="small" />
    <div class="grow">
      <p><strong>${who}</strong> ${deed(line.action)}${name ? html` ${href ? html`<a href=${href}>${worded(name)}</a>` : html`<strong>${worded(name)}</strong>`}` : href && html` <a href=${href}><${Icon} name="external" label=${t("settings.open")} /></a>`}</p>
      ${Object.keys(changes).length > 0 && html`<${Changes} changes=${changes} />`}
      ${facts.length > 0 && html`<p class="set-chips">${facts.map(([field, value]) => html`<${Chip} key=${field}>${called(field)}: ${field === "role" && hasText(`role.${value}`) ? t(`role.${value}`) : worded(value)}<//>`)}</p>`}
    </div>
    <span class="faint small tabular set-when" title=${dateTime(line.at)}>${clockTime(line.at)}${line.address && html`<br />${line.address}`}</span>
  </li>`;
}
