// The settings of a queue in a sheet. What the server refuses is said at its field; when somebody else saved meanwhile, their
// changes are named, and mine can be put on top of them.

import { api } from "../../api/client.js";
import { clock } from "../../clock.js";
import { Avatar, Button, Chip, Dialog, Field, Icon, IconButton, ListField, Loaded, Select, Skeleton, Switch, Tabs, TextArea, TextField, confirmDialog, useAction, useLoad } from "../../components/index.js";
import { html, useEffect, useMemo, useRef, useState } from "../../lib.js";
import { navigate } from "../../shell/router.js";
import { problemText, toast } from "../../shell/toasts.js";
import { attendants, list as people } from "../../store/attendants.js";
import { list as queues, reload } from "../../store/queues.js";
import { channelName, t } from "../../text.js";
import { ACTIONS, CAPACITY, CHANNELS, STRATEGIES, changedBetween, copyToWeekdays, draftOf, holiday, hoursOf, memberChanges, rebase, writeOf } from "./form.js";
import { DAYS, isZone } from "./hours.js";
import { Week, dayName, opennessText } from "./parts.js";

/** @import { Queue, QueueMember } from "../../api/types" */
/** @import { Draft, FallbackDraft } from "./form.js" */
/** @import { Interval } from "./hours.js" */
/** @typedef {{draft: Draft, set: (change: Partial<Draft>) => void, error: (field: string) => string | undefined}} Editing */

const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;
const BRAZIL = ["America/Sao_Paulo", "America/Bahia", "America/Fortaleza", "America/Recife", "America/Manaus", "America/Cuiaba", "America/Belem", "America/Rio_Branco", "America/Noronha"];
const FORM = "queue-form";

/** @param {{id: string | null, onClose: () => void}} props id: null for a new queue */
export function QueueEditor({ id, onClose }) {
  const stored = useLoad(async (signal) => (id ? /** @type {Queue} */ (await api.get(`/api/attendance/queues/${id}`, { signal })) : null), [id]);
  if (stored.data === undefined) {
    return html`<${Dialog} title=${t("queues.edit")} class="sheet" onClose=${onClose}><div class="sheet-body">
      <${Loaded} of=${stored} skeleton=${html`<${Skeleton} kind="text" />`}>${() => null}<//></div><//>`;
  }
  return html`<${Form} stored=${stored.data} onClose=${onClose} />`;
}

/**
 * Writes the queue, then the members whose settings differ from what the server gave them.
 * @param {Queue | null} base
 * @param {Draft} draft
 * @param {(written: Queue) => void} onWritten before the members: should one be refused, the queue is there all the same
 * @returns {Promise<Queue>}
 */
async function store(base, draft, onWritten) {
  const write = writeOf(draft);
  /** @type {Queue} */
  const written = base
    ? await api.put(`/api/attendance/queues/${base.id}`, write, { ifMatch: base })
    : await api.post("/api/attendance/queues", write, { idempotencyKey: true });
  onWritten(written);
  for (const { user_id, max_conversations, priority, is_active } of memberChanges(draft.members, written.members)) {
    await api.put(`/api/attendance/queues/${written.id}/members/${user_id}`, { max_conversations, priority, is_active });
  }
  return written;
}

/** @param {{stored: Queue | null, onClose: () => void}} props */
function Form({ stored, onClose }) {
  const [base, setBase] = useState(stored);
  const [first, setFirst] = useState(() => draftOf(stored, HERE));
  const [draft, setDraft] = useState(first);
  const [conflict, setConflict] = useState(/** @type {Queue | null} */ (null));
  const { busy, problem, run, clear } = useAction();
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const dirty = JSON.stringify(draft) !== JSON.stringify(first);
  const set = (/** @type {Partial<Draft>} */ change) => setDraft((now) => ({ ...now, ...change }));
  /** @type {Editing} */
  const editing = { draft, set, error: (field) => problem?.of?.(field) };

  // The first field that was refused is the one to look at.
  useEffect(() => {
    if (!problem?.errors?.length) return;
    /** @type {HTMLElement | null | undefined} */ (form.current?.querySelector("[aria-invalid=true], .error"))?.scrollIntoView({ block: "center" });
    /** @type {HTMLElement | null | undefined} */ (form.current?.querySelector("[aria-invalid=true]"))?.focus({ preventScroll: true });
  }, [problem]);

  const close = async () => {
    if (dirty && !(await confirmDialog({ title: t("queues.discard.title"), text: t("queues.discard.text"), confirm: t("queues.discard"), danger: true }))) return;
    onClose();
  };
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    let written = /** @type {Queue | null} */ (null);
    const done = await run(async () => {
      try {
        written = await store(base, draft, setBase);
      } catch (refusal) {
        if (/** @type {any} */ (refusal).status !== 412 || !base) throw refusal;
        setConflict(await api.get(`/api/attendance/queues/${base.id}`));
      }
    });
    if (!done || !written) return;
    await reload().catch(() => {});
    toast({ text: base ? t("queues.saved") : t("queues.created", { name: draft.name }), kind: "good" });
    onClose();
    if (!base) navigate(`/queues/${/** @type {Queue} */ (written).id}`);
  };
  /** @param {boolean} mine */
  const settle = (mine) => {
    if (!conflict) return;
    const theirs = draftOf(conflict, HERE);
    setDraft(mine ? rebase(draft, first, theirs) : theirs);
    setBase(conflict);
    setFirst(theirs);
    setConflict(null);
    clear();
  };

  return html`<${Dialog}
    title=${base ? t("queues.edit.title", { name: base.name }) : t("queues.new")}
    class="sheet"
    onClose=${close}
    footer=${html`${problem && html`<p class="error grow small" role="alert">${problem.errors?.length ? t("queues.check", { n: problem.errors.length }) : problemText(problem)}</p>`}
      <${Button} onClick=${close}>${t("cancel")}<//>
      <${Button} kind="primary" type="submit" form=${FORM} busy=${busy} disabled=${Boolean(conflict)}>${base ? t("queues.save") : t("queues.create")}<//>`}
  >
    <form class="sheet-body stack" id=${FORM} ref=${form} novalidate onSubmit=${save}>
      ${conflict && base && html`<${Conflict} before=${base} now=${conflict} onSettle=${settle} />`}
      <${General} ...${editing} />
      <${Team} ...${editing} />
      <${Routing} ...${editing} id=${base?.id} />
      <${Opening} ...${editing} />
      <${Exceptions} ...${editing} id=${base?.id} />
    </form>
  <//>`;
}

/** @param {{before: Queue, now: Queue, onSettle: (mine: boolean) => void}} props */
function Conflict({ before, now, onSettle }) {
  const fields = changedBetween(before, now).map((field) => t(`queues.field.${field}`));
  return html`<div class="notice" role="alert">
    <${Icon} name="alert" />
    <div class="grow">
      <strong>${t("queues.conflict.title")}</strong>
      <p class="small">${fields.length ? t("queues.conflict.fields", { fields: fields.join(", ") }) : t("queues.conflict.text")}</p>
      <div class="row wrap">
        <${Button} size="small" kind="primary" onClick=${() => onSettle(true)}>${t("queues.conflict.mine")}<//>
        <${Button} size="small" onClick=${() => onSettle(false)}>${t("queues.conflict.theirs")}<//>
      </div>
    </div>
  </div>`;
}

/** @param {{title: string, text?: any, children?: any}} props */
const Section = ({ title, text, children }) => html`<fieldset class="form-section">
  <legend>${title}</legend>
  ${text && html`<p class="help">${text}</p>`}
  ${children}
</fieldset>`;

/** @param {Editing} props */
function General({ draft, set, error }) {
  /** @param {string} kind @param {boolean} on */
  const channel = (kind, on) => set({ channels: on ? [...draft.channels, kind] : draft.channels.filter((other) => other !== kind) });
  return html`<${Section} title=${t("queues.section.general")}>
    <${TextField} label=${t("queues.field.name")} required maxlength="100" autofocus value=${draft.name} error=${error("name")} onValue=${(/** @type {string} */ name) => set({ name })} />
    <${TextArea} label=${t("queues.field.description")} rows="2" value=${draft.description} error=${error("description")} onValue=${(/** @type {string} */ description) => set({ description })} />
    <div class="field" role="group" aria-labelledby="queue-channels">
      <span id="queue-channels" class="label">${t("queues.field.channels")}</span>
      <div class="toggles">
        <label class="toggle"><input type="checkbox" checked=${!draft.channels.length} onChange=${(/** @type {any} */ event) => {
          set({ channels: [] });
          event.target.checked = true;
        }} />${t("channel.all")}</label>
        ${CHANNELS.map((kind) => html`<label class="toggle" key=${kind}>
          <input type="checkbox" checked=${draft.channels.includes(kind)} onChange=${(/** @type {any} */ event) => channel(kind, event.target.checked)} />${channelName(kind)}</label>`)}
      </div>
      ${error("channels") && html`<p class="error">${error("channels")}</p>`}
    </div>
    <${Switch} label=${t("queues.active")} help=${t("queues.active.help")} checked=${draft.is_active} onValue=${(/** @type {boolean} */ is_active) => set({ is_active })} />
  <//>`;
}

/** @param {Editing} props */
function Team({ draft, set, error }) {
  const [sought, setSought] = useState("");
  const free = people.value.filter(({ id }) => !draft.members.some(({ user_id }) => user_id === id));
  /** @param {string} typed */
  const add = (typed) => {
    setSought(typed);
    const found = free.find(({ name }) => name === typed);
    if (!found) return;
    set({ members: [...draft.members, { user_id: found.id, max_conversations: CAPACITY, priority: 0, is_active: true }] });
    setSought("");
  };
  /** @param {string} id @param {Partial<QueueMember>} change */
  const change = (id, change) => set({ members: draft.members.map((member) => (member.user_id === id ? { ...member, ...change } : member)) });
  return html`<${Section} title=${t("queues.section.team")} text=${t("queues.section.team.text")}>
    ${error("user_ids") && html`<p class="error">${error("user_ids")}</p>`} ${error("max_conversations") && html`<p class="error">${error("max_conversations")}</p>`}
    ${
      draft.members.length > 0 &&
      html`<ul class="members">
        ${draft.members.map((member) => {
          const person = attendants.value.get(member.user_id);
          const name = person?.name ?? t("queues.gone");
          return html`<li key=${member.user_id} data-off=${member.is_active ? undefined : ""}>
            <span class="row member-name"><${Avatar} name=${name} size="small" status=${person?.status} /><span class="cut">${name}</span></span>
            <label class="member-field"><span class="small faint">${t("queues.capacity")}</span
              ><input class="input" type="number" inputmode="numeric" min="1" max="500" required value=${member.max_conversations} aria-label=${t("queues.capacity.of", { name })} onInput=${(/** @type {any} */ event) => change(member.user_id, { max_conversations: Math.round(Number(event.target.value)) || 0 })}
            /></label>
            <label class="member-field"><span class="small faint">${t("queues.rank")}</span
              ><input class="input" type="number" inputmode="numeric" value=${member.priority} aria-label=${t("queues.rank.of", { name })} onInput=${(/** @type {any} */ event) => change(member.user_id, { priority: Math.round(Number(event.target.value)) || 0 })}
            /></label>
            <input type="checkbox" class="switch" role="switch" checked=${member.is_active} aria-label=${t("queues.receives", { name })} title=${t("queues.receives", { name })} onChange=${(/** @type {any} */ event) => change(member.user_id, { is_active: event.target.checked })} />
            <${IconButton} icon="x" size="small" label=${t("queues.member.remove", { name })} onClick=${() => set({ members: draft.members.filter(({ user_id }) => user_id !== member.user_id) })} />
          </li>`;
        })}
      </ul>`
    }
    <${TextField}
      label=${t("queues.member.add")}
      placeholder=${free.length ? t("queues.member.find") : t("queues.member.none")}
      disabled=${!free.length}
      list="queue-people"
      autocomplete="off"
      value=${sought}
      onKeyDown=${(/** @type {KeyboardEvent} */ event) => {
        if (event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        const matching = free.filter(({ name }) => name.toLocaleLowerCase().includes(sought.trim().toLocaleLowerCase()));
        if (sought.trim() && matching.length) add(matching[0].name);
      }}
      onValue=${add}
    />
    <datalist id="queue-people">${free.map(({ id, name, department }) => html`<option key=${id} value=${name}>${department ?? ""}</option>`)}</datalist>
  <//>`;
}

/** @param {Editing & {id?: string}} props */
function Routing({ draft, set, error, id }) {
  const known = useLoad(async (signal) => /** @type {{name: string}[]} */ (await api.all("/api/skills", {}, { signal })).map(({ name }) => name), [], ["skill"]);
  /** @param {number} at @param {Partial<import("../../api/types").Skill>} change */
  const skill = (at, change) => set({ skills: draft.skills.map((one, index) => (index === at ? { ...one, ...change } : one)) });
  const levels = [1, 2, 3, 4, 5].map((level) => ({ value: String(level), label: t("queues.level", { n: level }) }));
  return html`<${Section} title=${t("queues.section.routing")}>
    <${Switch} label=${t("queues.auto_assign")} help=${t("queues.auto_assign.help")} checked=${draft.auto_assign} onValue=${(/** @type {boolean} */ auto_assign) => set({ auto_assign })} />
    ${
      draft.auto_assign &&
      html`<div class="field">
        <span class="label">${t("queues.strategy")}</span>
        <div class="options" role="radiogroup" aria-label=${t("queues.strategy")}>
          ${STRATEGIES.map(
            (strategy) =>
              html`<label class="option" key=${strategy}
                ><input type="radio" name="strategy" checked=${draft.strategy === strategy} onChange=${() => set({ strategy })} /><span>
                  <strong>${t(`queues.strategy.${strategy}`)}</strong>
                  <span class="small faint">${t(`queues.strategy.help.${strategy}`)}</span></span></label
              >`,
          )}
        </div>
      </div>`
    }
    <div class="field" role="group" aria-label=${t("queues.skills")}>
      <span class="label">${t("queues.skills")}</span>
      <p class="help">${t("queues.skills.help")}</p>
      ${draft.skills.map(
        (one, at) =>
          html`<div class="row" key=${at}>
            <input class="input grow" list="queue-skills" aria-label=${t("queues.skill")} placeholder=${t("queues.skill")} value=${one.name} onInput=${(/** @type {any} */ event) => skill(at, { name: event.target.value })} />
            <${Select} hide label=${t("queues.level.of", { name: one.name })} options=${levels} value=${String(one.level)} error=${error(`skills[${at}].level`)} onValue=${(/** @type {string} */ level) => skill(at, { level: Number(level) })} />
            <${IconButton} icon="x" size="small" label=${t("queues.skill.remove", { name: one.name })} onClick=${() => set({ skills: draft.skills.filter((_, index) => index !== at) })} />
          </div>`,
      )}
      <datalist id="queue-skills">${(known.data ?? []).map((name) => html`<option key=${name} value=${name} />`)}</datalist>
      <div><${Button} size="small" kind="quiet" icon="plus" onClick=${() => set({ skills: [...draft.skills, { name: "", level: 3 }] })}>${t("queues.skill.add")}<//></div>
    </div>
    <div class="fields">
      <${TextField} label=${t("queues.max_wait.minutes")} help=${t("queues.max_wait.help")} type="number" min="0" step="any" inputmode="decimal" value=${draft.max_wait} error=${error("max_wait_seconds")} onValue=${(/** @type {string} */ max_wait) => set({ max_wait })} />
      <${TextField} label=${t("queues.size_limit")} help=${t("queues.size_limit.help")} type="number" min="1" inputmode="numeric" placeholder=${t("queues.size_limit.none")} value=${draft.size_limit} error=${error("size_limit")} onValue=${(/** @type {string} */ size_limit) => set({ size_limit })} />
    </div>
    <${OtherQueue} id=${id} label=${t("queues.overflow")} help=${t("queues.overflow.help")} none=${t("queues.overflow.none")} value=${draft.overflow_queue_id} error=${error("overflow_queue_id")} onValue=${(/** @type {string} */ overflow_queue_id) => set({ overflow_queue_id })} />
    <${ListField} label=${t("queues.topics")} help=${t("queues.topics.help")} values=${draft.topics} error=${error("topics")} onValues=${(/** @type {string[]} */ topics) => set({ topics })} />
    <div class="fields">
      <${TextField} label=${t("queues.field.department")} value=${draft.department} error=${error("department")} onValue=${(/** @type {string} */ department) => set({ department })} />
      <${TextField} label=${t("queues.field.priority_order")} help=${t("queues.order.help")} type="number" inputmode="numeric" value=${draft.priority_order} error=${error("priority_order")} onValue=${(/** @type {string} */ priority_order) => set({ priority_order })} />
    </div>
  <//>`;
}

/** @param {{id?: string, none: string, label: string, help?: string, value: string, error?: string, onValue: (id: string) => void}} props */
function OtherQueue({ id, none, ...rest }) {
  const options = [{ value: "", label: none }, ...queues.value.filter((queue) => queue.id !== id).map((queue) => ({ value: queue.id, label: queue.name }))];
  return html`<${Select} ...${rest} options=${options} />`;
}

/** @param {Editing} props */
function Opening({ draft, set, error }) {
  const zones = useMemo(() => [...new Set([...BRAZIL, HERE, ...Intl.supportedValuesOf("timeZone"), "UTC", draft.timezone])], [draft.timezone]);
  /** @param {string} day @param {Interval[]} intervals */
  const plan = (day, intervals) => set({ week: { ...draft.week, [day]: intervals } });
  const hours = hoursOf(draft);
  const minute = Math.floor(clock.value / 60_000) * 60_000;
  const faults = DAYS.flatMap((day) => (draft.week[day] ?? []).map((_, at) => error(`hours.week.${day}[${at}]`))).filter(Boolean);
  return html`<${Section} title=${t("queues.section.hours")}>
    <${Tabs}
      kind="segments"
      label=${t("queues.section.hours")}
      current=${draft.always ? "always" : "week"}
      tabs=${[{ id: "always", label: t("queues.open.always") }, { id: "week", label: t("queues.hours.week") }]}
      onSelect=${(/** @type {string} */ id) => set({ always: id === "always" })}
    />
    ${
      !draft.always &&
      html`<div class="days">
          ${DAYS.map((day, at) => html`<${Day} key=${day} day=${day} name=${dayName(at)} intervals=${draft.week[day] ?? []} error=${error} onPlan=${plan} onCopy=${() => set({ week: copyToWeekdays(draft.week, day) })} />`)}
        </div>
        ${faults.length > 0 && html`<p class="error">${faults[0]}</p>`}
        <div class="preview">
          <${Week} week=${draft.week} />
          <p role="status"><${Icon} name="clock" />${opennessText(hours, minute)}</p>
        </div>
        <${Field} label=${t("queues.timezone")} error=${isZone(draft.timezone) ? error("hours.timezone") : t("queues.timezone.unknown")}>
          ${(/** @type {any} */ attributes) =>
            html`<input class="input" ...${attributes} list="queue-zones" value=${draft.timezone} autocomplete="off" onInput=${(/** @type {any} */ event) => set({ timezone: event.target.value.trim() })} />
              <datalist id="queue-zones">${zones.map((zone) => html`<option key=${zone} value=${zone} />`)}</datalist>`}
        <//>
        <${ListField}
          label=${t("queues.holidays")}
          help=${t("queues.holidays.help")}
          placeholder="25/12"
          values=${draft.holidays}
          read=${holiday}
          draw=${(/** @type {string} */ date) => (date.length === 5 ? `${date.slice(3)}/${date.slice(0, 2)}` : `${date.slice(8)}/${date.slice(5, 7)}/${date.slice(0, 4)}`)}
          error=${draft.holidays.map((_, at) => error(`hours.holidays[${at}]`)).find(Boolean)}
          onValues=${(/** @type {string[]} */ holidays) => set({ holidays: holidays.sort() })}
        />`
    }
  <//>`;
}

/**
 * @param {{day: string, name: string, intervals: Interval[], error: Editing["error"], onPlan: (day: string, intervals: Interval[]) => void, onCopy: () => void}} props
 */
function Day({ day, name, intervals, error, onPlan, onCopy }) {
  /** @param {number} at @param {0 | 1} side @param {string} time */
  const change = (at, side, time) => onPlan(day, intervals.map((pair, index) => (index === at ? /** @type {Interval} */ (side ? [pair[0], time] : [time, pair[1]]) : pair)));
  const add = () => {
    const last = intervals[intervals.length - 1];
    onPlan(day, [...intervals, last && last[1] < "19:00" && last[1] > last[0] ? [addHour(last[1]), "22:00"] : ["08:00", "18:00"]]);
  };
  return html`<div class="day" role="group" aria-label=${name}>
    <span class="day-name">${name}</span>
    <div class="day-hours">
      ${!intervals.length && html`<span class="faint">${t("queues.day.closed")}</span>`}
      ${intervals.map((pair, at) => {
        const invalid = error(`hours.week.${day}[${at}]`) ? "true" : undefined;
        return html`<span class="row interval" key=${at}>
          <input class="input" type="time" required aria-label=${t("queues.day.from", { day: name })} aria-invalid=${invalid} value=${pair[0]} onInput=${(/** @type {any} */ event) => change(at, 0, event.target.value)} />
          <span aria-hidden="true">–</span>
          <input class="input" type="time" required aria-label=${t("queues.day.until", { day: name })} aria-invalid=${invalid} value=${pair[1] === "24:00" ? "00:00" : pair[1]} onInput=${(/** @type {any} */ event) => change(at, 1, event.target.value)} />
          ${pair[1] <= pair[0] && pair[1] !== "00:00" && html`<${Chip} tone="accent" title=${t("queues.overnight.help")}>${t("queues.overnight")}<//>`}
          <${IconButton} icon="x" size="small" label=${t("queues.interval.remove", { day: name })} onClick=${() => onPlan(day, intervals.filter((_, index) => index !== at))} />
        </span>`;
      })}
    </div>
    <span class="row day-tools">
      ${day === "mon" && intervals.length > 0 && html`<${IconButton} icon="copy" size="small" label=${t("queues.day.copy")} onClick=${onCopy} />`}
      <${IconButton} icon="plus" size="small" label=${t("queues.interval.add", { day: name })} onClick=${add} />
    </span>
  </div>`;
}

/** @param {string} time */
const addHour = (time) => `${String(Number(time.slice(0, 2)) + 1).padStart(2, "0")}${time.slice(2)}`;

/** @param {Editing & {id?: string}} props */
function Exceptions({ draft, set, error, id }) {
  /** @param {"out_of_hours" | "nobody_online"} when */
  const policy = (when) => {
    const one = draft.fallback[when];
    const change = (/** @type {Partial<FallbackDraft>} */ more) => set({ fallback: { ...draft.fallback, [when]: { ...one, ...more } } });
    const options = [{ value: "", label: t("queues.fallback.none") }, ...ACTIONS.map((action) => ({ value: action, label: t(`queues.fallback.${action}`) }))];
    return html`<div class="policy">
      <${Select} label=${t(`queues.${when}`)} options=${options} value=${one.action} error=${error(`fallback.${when}.action`)} onValue=${(/** @type {FallbackDraft["action"]} */ action) => change({ action })} />
      ${one.action === "queue" && html`<${OtherQueue} id=${id} label=${t("queues.fallback.which")} none=${t("queues.fallback.choose")} value=${one.queue_id} error=${error(`fallback.${when}.queue_id`)} onValue=${(/** @type {string} */ queue_id) => change({ queue_id })} />`}
      ${one.action !== "" && html`<${TextArea} label=${t("queues.fallback.text")} help=${t("queues.fallback.text.help")} rows="2" value=${one.text} error=${error(`fallback.${when}.text`)} onValue=${(/** @type {string} */ text) => change({ text })} />`}
    </div>`;
  };
  return html`<${Section} title=${t("queues.section.exceptions")} text=${t("queues.section.exceptions.text")}>
    ${!draft.always && policy("out_of_hours")} ${policy("nobody_online")}
  <//>`;
}
