// The command bar (Ctrl/Cmd K): everything that can be done here and now, and what the screens let it search.

import { html, signal, useEffect, useMemo, useRef, useState } from "../lib.js";
import { Dialog } from "../components/overlays.js";
import { Icon } from "../components/icon.js";
import { Keys } from "./help.js";
import { t } from "../text.js";
import { available, commandSources, words } from "./commands.js";

/** @import { Found } from "./commands.js" */

const open = signal(false);
export const openCommandBar = () => {
  open.value = true;
};

/** Without accents and case. @param {string} text */
const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** Every word of the query begins a word of the label. @param {string} label @param {string} query */
function matches(label, query) {
  const parts = fold(label).split(/[^\p{L}\p{N}]+/u);
  return fold(query)
    .split(/\s+/)
    .every((word) => parts.some((part) => part.startsWith(word)));
}

export const CommandBar = () => open.value && html`<${Bar} onClose=${() => (open.value = false)} />`;

/** @param {{onClose: () => void}} props */
function Bar({ onClose }) {
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const [found, setFound] = useState(/** @type {{title: string, items: Found[]}[]} */ ([]));
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const commands = useMemo(
    () => available().filter(({ hidden, label }) => !hidden && matches(words(label), query)),
    [query],
  );
  useEffect(() => {
    const wanted = query.trim();
    const controller = new AbortController();
    if (wanted.length < 2) return setFound([]);
    const timer = setTimeout(async () => {
      const answers = await Promise.all(
        commandSources.value.map(async ({ title, find }) => ({
          title: title(),
          items: await find(wanted, controller.signal).catch(() => []),
        })),
      );
      if (!controller.signal.aborted) setFound(answers.filter(({ items }) => items.length));
    }, 150);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [query]);
  /** @type {{title: string, items: (Found & {keys?: string})[]}[]} */
  const sections = [
    ...Array.from(Map.groupBy(commands, ({ group }) => words(group)), ([title, items]) => ({
      title,
      items: items.map(({ id, label, icon, keys, run }) => ({ id, label: words(label), icon, keys, run })),
    })),
    ...found,
  ];
  const flat = sections.flatMap(({ items }) => items);
  const chosen = Math.min(at, flat.length - 1);
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [chosen, flat.length]);
  /** @param {{run: () => unknown}} item */
  const go = (item) => {
    onClose();
    // After the bar has given the focus back, so that a command may take it.
    setTimeout(() => item.run());
  };
  /** @param {KeyboardEvent} event */
  const press = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && flat.length) setAt((chosen + step + flat.length) % flat.length);
    else if (event.key === "Enter" && flat[chosen]) go(flat[chosen]);
    else return;
    event.preventDefault();
  };
  let index = -1;
  return html`<${Dialog} title=${t("commands.open")} class="command-bar" onClose=${onClose}>
    <div class="command-query">
      <${Icon} name="search" />
      <input
        type="search"
        role="combobox"
        aria-expanded="true"
        aria-controls="commands"
        aria-activedescendant=${flat[chosen] ? `command-${chosen}` : undefined}
        aria-label=${t("commands.open")}
        placeholder=${t("commands.placeholder")}
        autocomplete="off"
        autofocus
        value=${query}
        onInput=${(/** @type {any} */ event) => {
          setQuery(event.target.value);
          setAt(0);
        }}
        onKeyDown=${press}
      />
    </div>
    <div class="command-list" id="commands" role="listbox" aria-label=${t("commands.open")} ref=${list}>
      ${sections.map(
        ({ title, items }) =>
          html`<div role="group" aria-label=${title} key=${title}>
            ${title && html`<p class="menu-heading">${title}</p>`}
            ${items.map((item) => {
              const mine = ++index;
              return html`<div
                role="option"
                id=${`command-${mine}`}
                key=${item.id}
                aria-selected=${String(mine === chosen)}
                onPointerMove=${() => mine !== chosen && setAt(mine)}
                onClick=${() => go(item)}
              >
                <${Icon} name=${item.icon ?? "arrow_right"} /><span class="grow">${item.label}</span>
                ${item.detail && html`<span class="faint">${item.detail}</span>`} ${item.keys && html`<${Keys} keys=${item.keys} />`}
              </div>`;
            })}
          </div>`,
      )}
      ${!flat.length && html`<p class="command-none">${t("commands.none")}</p>`}
    </div>
  <//>`;
}
