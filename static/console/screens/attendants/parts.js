// What list and sheet show alike.

import { may, me } from "../../api/session.js";
import { Icon, Menu, Presence } from "../../components/index.js";
import { html } from "../../lib.js";
import { toastProblem } from "../../shell/toasts.js";
import { setStatus } from "../../store/attendants.js";
import { channelName, t } from "../../text.js";
import { STATUSES } from "./people.js";

/** @import { Attendant, AttendantStatus } from "../../api/types" */

/** @param {Attendant} one */
const mayCommand = (one) => (one.id === me.value?.id ? may("set_own_status") : may("set_status_of_others"));

/** The status, and the way to change it for whom that is allowed. @param {{attendant: Attendant}} props */
export function Status({ attendant }) {
  const { id, name, status } = attendant;
  if (!mayCommand(attendant)) return html`<${Presence} status=${status} label />`;
  const choose = (/** @type {AttendantStatus} */ wanted) => setStatus(wanted, id).catch(toastProblem);
  return html`<${Menu}
    label=${t("attendants.status.of", { name })}
    class="status-button"
    kind="quiet"
    trigger=${html`<${Presence} status=${status} label /><${Icon} name="chevron_down" />`}
    items=${STATUSES.map((wanted) => ({ label: t(`status.${wanted}`), mark: html`<${Presence} status=${wanted} />`, checked: wanted === status, run: () => choose(wanted) }))}
  />`;
}

/** @param {string} kind */
export const destinationName = (kind) => (!kind || kind === "console" ? t("attendants.console") : channelName(kind));
