// Who I am here: my status, how the console looks and speaks, the way out.

import { logout, may, me } from "../api/session.js";
import { html } from "../lib.js";
import { Avatar, Presence } from "../components/display.js";
import { Dialog, Menu, confirmDialog, openDialog } from "../components/overlays.js";
import { myself, setStatus } from "../store/attendants.js";
import { forgetEverything } from "../store/drafts.js";
import { outbox } from "../store/outbox.js";
import { t } from "../text.js";
import { useCommands } from "./commands.js";
import { PreferenceFields } from "./preferencefields.js";
import { unsubscribe } from "./push.js";
import { navigate } from "./router.js";
import { toastProblem } from "./toasts.js";

/** @import { AttendantStatus } from "../api/types" */

/** Those a person chooses; `busy` also comes by itself at full load. @type {readonly AttendantStatus[]} */
const STATUSES = ["online", "busy", "away", "offline"];

/** @param {AttendantStatus} status */
const choose = (status) => setStatus(status).catch(toastProblem);

async function leave() {
  if (outbox.value.length) {
    const question = { title: t("logout.unsent.title"), text: t("logout.unsent.text", { n: outbox.value.length }), confirm: t("logout"), danger: true };
    if (!(await confirmDialog(question))) return;
  }
  await unsubscribe().catch(() => {});
  const person = me.value?.id ?? "";
  try {
    // Not before: who cannot log out goes on working.
    await logout();
    forgetEverything(person);
  } catch (problem) {
    toastProblem(problem);
  }
}

export function UserMenu() {
  const name = me.value?.name ?? "";
  const status = myself.value?.status ?? me.value?.status ?? "offline";
  const serves = may("set_own_status");
  useCommands([
    ...STATUSES.map((one) => ({
      id: `status ${one}`,
      label: () => `${t("status.mine")}: ${t(`status.${one}`)}`,
      group: () => t("commands.me"),
      icon: "user",
      when: () => serves && status !== one,
      run: () => choose(one),
    })),
    { id: "account", label: () => t("account.mine"), group: () => t("commands.me"), icon: "lock", run: () => navigate("/settings/account") },
    { id: "preferences", label: () => t("preferences.title"), group: () => t("commands.me"), icon: "settings", run: openPreferences },
    { id: "logout", label: () => t("logout"), group: () => t("commands.me"), icon: "log_out", run: leave },
  ]);
  return html`<${Menu}
    label=${`${name}, ${t(`status.${status}`)}`}
    class="nav-me"
    trigger=${html`<${Avatar} name=${name} status=${serves ? status : undefined} /><span class="hidden-text">${name}, ${t(`status.${status}`)}</span>`}
    items=${[
      { heading: `${name} · ${me.value?.organization.name ?? ""}` },
      ...(serves
        ? STATUSES.map((one) => ({
            label: t(`status.${one}`),
            mark: html`<${Presence} status=${one} />`,
            checked: one === status,
            run: () => choose(one),
          }))
        : []),
      "-",
      { label: t("account.mine"), icon: "user", run: () => navigate("/settings/account") },
      { label: t("preferences.title"), icon: "settings", run: openPreferences },
      "-",
      { label: t("logout"), icon: "log_out", run: leave },
    ]}
  />`;
}

const openPreferences = () =>
  openDialog((close) => html`<${Dialog} title=${t("preferences.title")} onClose=${close}><${PreferenceFields} /><//>`);
