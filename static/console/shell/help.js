// The keys (`?`): those of the screen first, then those that work everywhere.

import { Fragment, html } from "../lib.js";
import { Dialog, openDialog } from "../components/overlays.js";
import { t } from "../text.js";
import { available, keyCaps, words } from "./commands.js";
import { route } from "./router.js";

/** @param {{keys: string}} props */
export const Keys = ({ keys }) =>
  html`<span class="keys">${keyCaps(keys).map((chord) => html`<span>${chord.map((key) => html`<kbd>${key}</kbd>`)}</span>`)}</span>`;

export const openHelp = () =>
  openDialog((close) => {
    const { screen } = route.value;
    const listed = available().filter(({ keys }) => keys);
    const own = screen?.keys?.map(({ keys, does }) => ({ keys, label: t(does), group: t(screen.title) })) ?? [];
    const groups = [...Map.groupBy([...own, ...listed], ({ group }) => words(group) || t("help.everywhere"))];
    return html`<${Dialog} title=${t("help.title")} onClose=${close}>
      <div class="key-help">
        ${groups.map(
          ([title, commands]) =>
            html`<section key=${title}>
              <h3>${title}</h3>
              <dl>
                ${/** @type {any[]} */ (commands).map(
                  ({ keys, label }) =>
                    html`<${Fragment}><dt><${Keys} keys=${keys} /></dt>
                      <dd>${words(label)}</dd><//>`,
                )}
              </dl>
            </section>`,
        )}
      </div>
    <//>`;
  });
