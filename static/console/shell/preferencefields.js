// How somebody likes the console, as fields that take effect at once: for the menu's dialog and the settings.

import { html } from "../lib.js";
import { Select, Switch, Tabs } from "../components/controls.js";
import { preferences, prefer } from "../store/preferences.js";
import { LOCALES, locale, t } from "../text.js";
import { askForDesktop, play } from "./notifications.js";
import { pushState, subscribe, unsubscribe } from "./push.js";
import { toastProblem } from "./toasts.js";

export function PreferenceFields() {
  const { theme, density, notifications } = preferences.value;
  /** @param {Partial<typeof notifications>} change */
  const notify = (change) => prefer({ notifications: { ...notifications, ...change } });
  return html`<div class="stack">
      <div class="setting">
        <span>${t("theme.label")}</span>
        <${Tabs}
          kind="segments"
          label=${t("theme.label")}
          current=${theme}
          onSelect=${(/** @type {any} */ id) => prefer({ theme: id })}
          tabs=${["auto", "light", "dark"].map((id) => ({ id, label: t(`theme.${id}`) }))}
        />
      </div>
      <div class="setting">
        <span>${t("density.label")}</span>
        <${Tabs}
          kind="segments"
          label=${t("density.label")}
          current=${density}
          onSelect=${(/** @type {any} */ id) => prefer({ density: id })}
          tabs=${["comfortable", "compact"].map((id) => ({ id, label: t(`density.${id}`) }))}
        />
      </div>
      <${Select}
        label=${t("language.label")}
        value=${locale.value}
        options=${LOCALES.map((value) => ({ value, label: t(`language.${value}`) }))}
        onValue=${(/** @type {string} */ value) => prefer({ locale: value })}
      />
      <hr />
      <${Switch}
        label=${t("notifications.sound")}
        help=${t("notifications.sound.help")}
        checked=${notifications.sound}
        onValue=${(/** @type {boolean} */ sound) => {
          notify({ sound });
          if (sound) play("offer");
        }}
      />
      <${Switch}
        label=${t("notifications.desktop")}
        help=${t("notifications.desktop.help")}
        checked=${notifications.desktop && globalThis.Notification?.permission === "granted"}
        onValue=${async (/** @type {boolean} */ desktop) => notify({ desktop: desktop && (await askForDesktop()) })}
      />
      ${
        pushState.value !== "impossible" &&
        html`<${Switch}
          label=${t("notifications.push")}
          help=${t("notifications.push.help")}
          checked=${pushState.value === "on"}
          onValue=${async (/** @type {boolean} */ push) => {
            await (push ? subscribe() : unsubscribe()).catch(toastProblem);
            notify({ push: pushState.value === "on" });
          }}
        />`
      }
    </div>`;
}
