// One script: its editor, what is wrong with it, its versions, a conversation to try it.

import { api } from "../../api/client.js";
import { may } from "../../api/session.js";
import { html, useMemo, useRef, useState } from "../../lib.js";
import { Button, Chip, Dialog, Icon, IconButton, Loaded, Menu, Time, confirmDialog, openDialog, useAction, useLoad } from "../../components/index.js";
import { useCommands } from "../../shell/commands.js";
import { navigate } from "../../shell/router.js";
import { problemText, toast, toastProblem } from "../../shell/toasts.js";
import { locale, t } from "../../text.js";
import { FORMS, WORDS } from "./basic.js";
import { diff, hunks } from "./diff.js";
import { Code } from "./editor.js";
import { useForm } from "./form.js";
import { Note, Section, download } from "./parts.js";

/** @import { Keyword } from "./basic.js" */
/** @typedef {{version: number, is_published: boolean, author: string | null, created_at: string}} Version */
/** @typedef {Version & {name: string, source: string, versions: Version[]}} Stored */
/** @typedef {{line: number, column: number, message: string}} Fault */

/** @returns {Promise<readonly Keyword[]>} */
async function keywords() {
  /** @typedef {{name: string, form: string, help: Record<string, string>}} Word */
  /** @type {{keywords: Word[], functions: Word[]} | null} */
  const words = await api.get("/api/basic/keywords").catch(() => null);
  if (!words) return FORMS;
  return [...words.keywords, ...words.functions].map(({ name, form, help }) => ({ name, form, help: help[locale.peek()] ?? "" }));
}

/** @param {{bot: string, name: string, line: number | null}} props line: what is looked at first */
export function Script({ bot, name, line }) {
  const path = `/api/bots/${bot}/scripts/${encodeURIComponent(name)}`;
  const script = useLoad(
    async (signal) => {
      const all = await api.all(`/api/bots/${bot}/scripts`, {}, { signal });
      if (all.some((one) => one.name === name)) return api.get(path, { signal });
      return { name, version: 0, source: "", versions: [], is_published: false };
    },
    [path],
  );
  const language = useLoad(keywords, []);
  return html`<${Loaded} of=${script}>
    ${(/** @type {Stored} */ stored) => html`<${Editor} ...${{ bot, path, stored, line }} onStored=${script.set} onReload=${script.reload} keywords=${language.data ?? FORMS} />`}
  <//>`;
}

/** @param {{bot: string, path: string, stored: Stored, line: number | null, onStored: (script: Stored) => void, onReload: () => void, keywords: readonly Keyword[]}} props */
function Editor({ bot, path, stored, line, onStored, onReload, keywords: forms }) {
  const form = useForm(`scripts/${path}`, { source: stored.source });
  const saving = useAction();
  const [goTo, setGoTo] = useState(line ? { line, column: 1 } : null);
  const [trying, setTrying] = useState(false);
  const [running, setRunning] = useState(/** @type {number | null} */ (null));
  const words = useMemo(() => new Set([...WORDS, ...forms.flatMap(({ name }) => name.toUpperCase().split(/[ _]/))]), [forms]);
  const editable = may("manage_bots");
  const source = form.values.source;
  const faults = /** @type {Fault[]} */ (saving.problem?.errors?.filter((/** @type {any} */ { line }) => line) ?? []);
  const live = stored.versions.find(({ is_published }) => is_published);
  const put = (/** @type {boolean} */ publish) =>
    saving.run(async () => {
      onStored(await api.put(path, { source, publish }, { ifMatch: stored.version ? stored : undefined }));
      form.reset();
      toast({ text: t(publish ? "settings.scripts.published" : "settings.scripts.saved"), kind: "good" });
    });
  useCommands([
    { id: "script save", label: () => t("settings.scripts.save"), keys: "mod+s", group: () => t("settings.bots.tab.scripts"), icon: "check", when: () => editable, run: () => put(false) },
    { id: "script publish", label: () => t("settings.scripts.publish"), keys: "mod+shift+enter", group: () => t("settings.bots.tab.scripts"), icon: "send", when: () => editable, run: () => put(true) },
  ]);
  const compare = (/** @type {number} */ version) =>
    openDialog(
      (/** @type {() => void} */ close) =>
        html`<${Compare} path=${path} version=${version} now=${source} onClose=${close} onRestore=${editable ? (/** @type {string} */ old) => form.set({ source: old }) : undefined} />`,
    );
  const remove = async () => {
    if (!(await confirmDialog({ title: t("settings.scripts.delete", { name: stored.name }), text: t("settings.scripts.delete.text"), confirm: t("settings.delete"), danger: true }))) return;
    try {
      if (stored.version) await api.del(path, undefined, { ifMatch: stored });
      form.reset();
      navigate(`/settings/bots/${bot}?tab=scripts`);
    } catch (problem) {
      toastProblem(problem);
    }
  };
  const behind = stored.version > 0 && !stored.is_published;
  return html`<${Section}
    wide
    back=${{ href: `/settings/bots/${bot}?tab=scripts`, label: t("settings.bots.tab.scripts") }}
    title=${html`<span class="row"><code>${stored.name}</code>${form.dirty ? html`<${Chip} tone="warn">${t("settings.unsaved")}<//>` : stored.is_published ? html`<${Chip} tone="good">${t("settings.scripts.live", { n: String(stored.version) })}<//>` : html`<${Chip}>${t("settings.scripts.draft")}<//>`}</span>`}
    actions=${html`
      <${Button} icon="play" aria-pressed=${String(trying)} onClick=${() => setTrying(!trying)}>${t("settings.scripts.try")}<//>
      ${editable && html`<${Button} busy=${saving.busy} disabled=${!form.dirty} onClick=${() => put(false)}>${t("settings.scripts.save")}<//>`}
      ${editable && html`<${Button} kind="primary" busy=${saving.busy} disabled=${!form.dirty && !behind} onClick=${() => put(true)}>${t("settings.scripts.publish")}<//>`}
      <${Menu} label=${t("settings.scripts.more")} icon="more" items=${[
        { label: t("settings.scripts.download"), icon: "download", run: () => download(`${stored.name}.bas`, source, "text/plain;charset=utf-8") },
        editable && form.dirty && { label: t("settings.discard"), icon: "undo", run: form.reset },
        editable && "-",
        editable && { label: t("settings.delete"), icon: "trash", danger: true, run: remove },
      ]} />`}
  >
    <div role="status">
      ${
        saving.problem &&
        !faults.length &&
        html`<${Note} tone="bad" icon="alert">
          ${saving.problem.status === 412 ? html`${t("settings.conflict")} <button type="button" class="link" onClick=${() => { saving.clear(); onReload(); }}>${t("settings.reload")}</button>` : problemText(saving.problem)}
        <//>`
      }
    </div>
    <div class="set-script" data-trying=${trying ? "" : undefined}>
      <div class="set-script-main">
        <${Code} label=${t("settings.scripts.source", { name: stored.name })} value=${source} keywords=${forms} words=${words} errors=${faults} goTo=${goTo} current=${trying ? running : form.dirty ? null : line} readonly=${!editable}
          onValue=${(/** @type {string} */ next) => { form.set({ source: next }); if (faults.length) saving.clear(); }} />
        ${
          faults.length > 0 &&
          html`<section class="set-faults" aria-label=${t("settings.scripts.faults", { n: faults.length })}>
            <h2 class="small" role="alert">${t("settings.scripts.faults", { n: faults.length })}</h2>
            <ul>${faults.map((fault, at) => html`<li key=${at}><button type="button" onClick=${() => setGoTo({ ...fault })}><span class="tabular faint">${fault.line}:${fault.column}</span><span class="grow">${fault.message}</span></button></li>`)}</ul>
          </section>`
        }
      </div>
      ${
        trying
          ? html`<${Try} bot=${bot} source=${source} onLine=${setRunning} onClose=${() => setTrying(false)} />`
          : html`<aside class="set-versions" aria-label=${t("settings.scripts.versions")}>
              <h2 class="small">${t("settings.scripts.versions")}</h2>
              ${!stored.versions.length && html`<p class="faint small">${t("settings.scripts.versions.none")}</p>`}
              <ol>
                ${stored.versions.map(
                  ({ version, author, created_at: at, is_published: published }) =>
                    html`<li key=${version}>
                      <button type="button" onClick=${() => compare(version)}>
                        <span class="row"><strong class="tabular">${t("settings.scripts.version", { n: String(version) })}</strong>${published && html`<${Chip} tone="good">${t("settings.scripts.on_air")}<//>`}</span>
                        <span class="faint small cut">${author ?? ""} · <${Time} at=${at} /></span>
                      </button>
                    </li>`,
                )}
              </ol>
              ${live && stored.version !== live.version && html`<p class="faint small">${t("settings.scripts.behind", { n: String(live.version) })}</p>`}
            </aside>`
      }
    </div>
  <//>`;
}

/** What changed since a version, and the way back to it. @param {{path: string, version: number, now: string, onClose: () => void, onRestore?: (source: string) => void}} props */
function Compare({ path, version, now, onClose, onRestore }) {
  const old = useLoad((signal) => api.get(path, { signal, query: { version } }), [version]);
  return html`<${Dialog} title=${t("settings.scripts.compare", { n: String(version) })} size="large" onClose=${onClose}
    footer=${html`<${Button} onClick=${onClose}>${t("close")}<//>${onRestore && old.data && old.data.source !== now && html`<${Button} kind="primary" icon="undo" onClick=${() => { onRestore(old.data.source); onClose(); }}>${t("settings.scripts.restore")}<//>`}`}>
    <${Loaded} of=${old}>
      ${(/** @type {Stored} */ stored) => {
        const rows = hunks(diff(stored.source, now));
        if (!rows.some((row) => row && row.kind !== "same")) return html`<p class="faint">${t("settings.scripts.same")}</p>`;
        return html`<div class="code-diff" tabindex="0" role="region" aria-label=${t("settings.scripts.compare", { n: String(version) })}>
          ${rows.map((row, at) => (row ? html`<div key=${at} data-kind=${row.kind}><span aria-hidden="true">${{ same: " ", added: "+", removed: "−" }[row.kind]}</span><code>${row.text || " "}</code></div>` : html`<div key=${at} class="code-gap">⋯</div>`))}
        </div>`;
      }}
    <//>
  <//>`;
}

/** @typedef {{from: "bot" | "me" | "note", text: string}} Said */

/** What the bot did, in words. @param {any} action @returns {Said} */
function told(action) {
  const text = typeof action === "string" ? action : (action.text ?? action.message);
  if (text !== undefined && (typeof action === "string" || /talk|say|message/i.test(action.type ?? action.kind ?? "talk"))) return { from: "bot", text };
  return { from: "note", text: typeof action === "object" ? Object.values(action).map((value) => (typeof value === "object" ? JSON.stringify(value) : String(value))).join(" ") : String(action) };
}

/** A conversation with the script as it stands in the editor; nothing of it is kept. @param {{bot: string, source: string, onLine: (line: number | null) => void, onClose: () => void}} props */
function Try({ bot, source, onLine, onClose }) {
  const [said, setSaid] = useState(/** @type {Said[]} */ ([]));
  const [variables, setVariables] = useState(/** @type {Record<string, unknown>} */ ({}));
  const [text, setText] = useState("");
  const state = useRef(/** @type {unknown} */ (null));
  const turn = useAction();
  const go = (/** @type {object} */ event) =>
    turn.run(async () => {
      const answer = await api.post(`/api/bots/${bot}/try`, { source, state: state.current ?? undefined, event });
      state.current = answer.state ?? null;
      setSaid((before) => [...before, ...(answer.actions ?? []).map(told), ...(answer.errors ?? []).map((/** @type {any} */ error) => ({ from: "note", text: error.message ?? String(error) }))]);
      setVariables(answer.variables ?? {});
      onLine(answer.line ?? null);
    });
  const start = () => {
    state.current = null;
    setSaid([]);
    void go({ type: "open" });
  };
  const say = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!text.trim() || turn.busy) return;
    setSaid([...said, { from: "me", text }]);
    setText("");
    void go({ type: "message", text });
  };
  const names = Object.entries(variables);
  return html`<aside class="set-try" aria-label=${t("settings.scripts.try")}>
    <header class="row"><h2 class="small grow">${t("settings.scripts.try")}</h2><${Button} size="small" icon="refresh" busy=${turn.busy} onClick=${start}>${said.length ? t("settings.scripts.again") : t("settings.scripts.start")}<//><${IconButton} size="small" icon="x" label=${t("close")} onClick=${onClose} /></header>
    <div class="set-talk" role="log" aria-live="polite">
      ${said.map(({ from, text: words }, at) => html`<p key=${at} data-from=${from}>${words}</p>`)}
      ${!said.length && html`<p class="faint small">${t("settings.scripts.try.text")}</p>`}
      ${turn.problem && html`<p class="error small" role="alert">${problemText(turn.problem)}</p>`}
    </div>
    <form class="row" onSubmit=${say}>
      <input class="input grow" aria-label=${t("settings.scripts.say")} placeholder=${t("settings.scripts.say")} value=${text} onInput=${(/** @type {any} */ event) => setText(event.target.value)} />
      <button type="submit" class="icon-button" aria-label=${t("settings.scripts.send")}><${Icon} name="send" /></button>
    </form>
    ${names.length > 0 && html`<dl class="set-variables">${names.map(([name, value]) => html`<div key=${name}><dt><code>${name}</code></dt><dd class="cut">${typeof value === "string" ? value : JSON.stringify(value)}</dd></div>`)}</dl>`}
  </aside>`;
}
