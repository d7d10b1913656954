// The people who serve queues, with their live status and load.

import { api } from "../api/client.js";
import { me } from "../api/session.js";
import { computed, signal } from "../lib.js";
import { changes, feed, loader, recorded, reloads } from "./live.js";
import { reduceAttendants } from "./reduce.js";

/** @import { Attendant, AttendantStatus } from "../api/types" */

export const attendants = signal(/** @type {ReadonlyMap<string, Attendant>} */ (new Map()));
/** False until the first list has come. */
export const loaded = signal(false);

/** Again after somebody was added or changed. Throws the Problem of loading. */
export const reload = loader(
  () => api.all("/api/attendance/attendants"),
  (items, meanwhile) => {
    attendants.value = meanwhile.reduce(reduceAttendants, new Map(items.map((attendant) => [attendant.id, attendant])));
    loaded.value = true;
  },
);

reloads(reload);
changes(["user", "queue", "skill"], () => reload().catch(() => {}));
feed((events) => {
  attendants.value = events.reduce(reduceAttendants, attendants.value);
});

/** By name. */
export const list = computed(() => [...attendants.value.values()].sort((one, other) => one.name.localeCompare(other.name)));
/** My own card; undefined for people who serve nobody. */
export const myself = computed(() => attendants.value.get(me.value?.id ?? ""));

/**
 * Mine, or somebody else's, which is a supervisor's right. Shown at once; a refusal brings the old one back and is thrown.
 * @param {AttendantStatus} status
 * @param {string} [attendant]
 */
export async function setStatus(status, attendant = me.value?.id ?? "") {
  const before = attendants.value.get(attendant);
  const wished = before && { ...before, status };
  if (wished) attendants.value = new Map(attendants.value).set(attendant, wished);
  try {
    const { answer, meanwhile } = await recorded(
      () => /** @type {Promise<Attendant>} */ (api.put(`/api/attendance/attendants/${attendant}/status`, { status })),
    );
    attendants.value = meanwhile.reduce(reduceAttendants, new Map(attendants.value).set(answer.id, answer));
  } catch (problem) {
    if (before && attendants.value.get(attendant) === wished) attendants.value = new Map(attendants.value).set(attendant, before);
    throw problem;
  }
}
