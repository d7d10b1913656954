// The queues I see, with their live length and waits.

import { api } from "../api/client.js";
import { me } from "../api/session.js";
import { computed, signal } from "../lib.js";
import { changes, feed, loader, reloads } from "./live.js";
import { reduceQueues } from "./reduce.js";

/** @import { Queue } from "../api/types" */

export const queues = signal(/** @type {ReadonlyMap<string, Queue>} */ (new Map()));
/** False until the first list has come. */
export const loaded = signal(false);

/** Again after creating, changing or deleting one. Throws the Problem of loading. */
export const reload = loader(
  () => api.all("/api/attendance/queues"),
  (items, meanwhile) => {
    queues.value = meanwhile.reduce(reduceQueues, new Map(items.map((queue) => [queue.id, queue])));
    loaded.value = true;
  },
);

reloads(reload);
changes(["queue", "user", "skill", "channel"], () => reload().catch(() => {}));
feed((events) => {
  queues.value = events.reduce(reduceQueues, queues.value);
});

/** By `priority_order`, then name. */
export const list = computed(() =>
  [...queues.value.values()].sort(
    (one, other) => one.priority_order - other.priority_order || one.name.localeCompare(other.name),
  ),
);
/** Those I serve. */
export const mine = computed(() => list.value.filter((queue) => me.value?.queue_ids.includes(queue.id)));
