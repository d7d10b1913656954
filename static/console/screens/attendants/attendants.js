// The people who serve: their status, how loaded they are, what they do (`/attendants/{id}`).

import { me } from "../../api/session.js";
import { Avatar, Button, Chip, Elapsed, Empty, Icon, Meter, Page, Presence, Select, Skeleton, Table, Tabs } from "../../components/index.js";
import { html, useEffect, useRef } from "../../lib.js";
import { useCommands } from "../../shell/commands.js";
import { navigate, setQuery } from "../../shell/router.js";
import { attendants, list, loaded, reload } from "../../store/attendants.js";
import { list as queues, queues as queueOf } from "../../store/queues.js";
import { t } from "../../text.js";
import { Status, destinationName } from "./parts.js";
import { AttendantSheet } from "./sheet.js";
import { STATUSES, counts, matching, ordered } from "./people.js";

/** @import { Attendant } from "../../api/types" */

/** @param {{attendant: Attendant}} props */
function Who({ attendant: { id, name, status, department } }) {
  return html`<span class="row who">
    <${Avatar} name=${name} status=${status} />
    <span class="who-name"><a class="who-link cut" href=${`/attendants/${id}`} tabindex="-1">
      <strong>${name}</strong>${id === me.value?.id && html` <span class="faint">${t("attendants.you")}</span>`}</a>${department && html`<span class="small faint cut">${department}</span>`}</span>
  </span>`;
}

/** The first words of a list, and how many more. @param {{words: readonly {key: string, text: string, href?: string}[], max?: number}} props */
function Words({ words, max = 2 }) {
  const shown = words.length > max + 1 ? words.slice(0, max) : words;
  return html`<span class="row words" title=${words.map(({ text }) => text).join(", ")}>
    ${shown.map(({ key, text }) => html`<${Chip} key=${key}>${text}<//>`)}${words.length > shown.length && html`<span class="small faint">+${words.length - shown.length}</span>`}
  </span>`;
}

/** @param {{rest: string[], query: Record<string, string>}} props `?q`, `?status`, `?queue` */
export default function Attendants({ rest: [id], query: { q = "", status = "", queue = "" } }) {
  const search = useRef(/** @type {HTMLInputElement | null} */ (null));
  useCommands([{ id: "attendant-find", label: () => t("attendants.find"), group: () => t("nav.attendants"), icon: "search", keys: "/", run: () => search.current?.focus() }]);
  // Skills and queues of people are told by no event: what others changed meanwhile is fetched when the screen opens.
  useEffect(() => void reload().catch(() => {}), []);
  if (!loaded.value) return html`<${Skeleton} />`;
  const inSight = matching(list.value, { q, queue });
  const number = counts(inSight);
  const rows = ordered(matching(inSight, { status }));
  const open = id ? attendants.value.get(id) : undefined;
  const filtered = Boolean(q || status || queue);
  return html`<${Page} title=${t("attendants.title")} text=${t("attendants.now", { n: counts(list.value).online })} wide>
    <div class="filters">
      <label class="search"><${Icon} name="search" /><span class="hidden-text">${t("attendants.find")}</span
        ><input class="input" type="search" ref=${search} placeholder=${t("attendants.find")} value=${q} onInput=${(/** @type {any} */ event) => setQuery({ q: event.target.value })}
      /></label>
      <${Tabs}
        kind="segments"
        label=${t("attendants.status")}
        current=${status || "all"}
        tabs=${[{ id: "all", label: t("attendants.all"), count: inSight.length }, ...STATUSES.map((one) => ({ id: one, label: html`<${Presence} status=${one} /> ${t(`status.${one}`)}`, count: number[one] }))]}
        onSelect=${(/** @type {string} */ one) => setQuery({ status: one === "all" ? null : one })}
      />
      ${
        queues.value.length > 1 &&
        html`<div class="filter-queue">
          <${Select} hide label=${t("attendants.queues")} options=${[{ value: "", label: t("attendants.every") }, ...queues.value.map((one) => ({ value: one.id, label: one.name }))]} value=${queue} onValue=${(/** @type {string} */ one) => setQuery({ queue: one })} /></div>`
      }
    </div>
    <p class="hidden-text" role="status">${filtered ? t("attendants.found", { n: rows.length }) : ""}</p>
    ${
      rows.length
        ? html`<div class="attendant-list"><${Table}
            label=${t("attendants.title")}
            rows=${rows}
            rowKey=${(/** @type {Attendant} */ one) => one.id}
            onOpen=${(/** @type {Attendant} */ one) => navigate(`/attendants/${one.id}${location.search}`)}
            columns=${[
              { id: "name", title: t("attendants.name"), primary: true, cell: (/** @type {Attendant} */ one) => html`<${Who} attendant=${one} />` },
              { id: "status", title: t("attendants.status"), cell: (/** @type {Attendant} */ one) => html`<${Status} attendant=${one} />` },
              { id: "since", title: t("attendants.since"), align: "end", cell: (/** @type {Attendant} */ one) => html`<${Elapsed} since=${one.status_since} />` },
              { id: "load", title: t("attendants.load"), cell: (/** @type {Attendant} */ one) => html`<${Meter} value=${one.active_conversations} max=${one.max_conversations} label=${t("attendants.load.of", { name: one.name })} />` },
              {
                id: "queues",
                title: t("attendants.queues"),
                cell: (/** @type {Attendant} */ one) => html`<${Words} words=${one.queues.flatMap((key) => queueOf.value.get(key) ?? []).map(({ id: key, name }) => ({ key, text: name }))} />`,
              },
              { id: "skills", title: t("attendants.skills"), cell: (/** @type {Attendant} */ one) => html`<${Words} words=${one.skills.map(({ name, level }) => ({ key: name, text: `${name} ${level}` }))} />` },
              { id: "destination", title: t("attendants.destination"), cell: (/** @type {Attendant} */ one) => destinationName(one.destination) },
            ]}
          /></div>`
        : filtered
          ? html`<${Empty} icon="search" title=${t("attendants.none.title")} text=${t("attendants.none.text")}>
            <${Button} onClick=${() => setQuery({ q: null, status: null, queue: null })}>${t("attendants.clear")}<//><//>`
          : html`<${Empty} icon="users" title=${t("attendants.empty.title")} text=${t("attendants.empty.text")} />`
    }
    ${id && html`<${AttendantSheet} key=${id} attendant=${open} onClose=${() => navigate(`/attendants${location.search}`)} />`}
  <//>`;
}
