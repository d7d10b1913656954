// What the server calls supervisors' attention to, from when the dashboard was first opened.

import { api } from "../../api/client.js";
import { may } from "../../api/session.js";
import { signal } from "../../lib.js";
import { feed, reloads } from "../../store/live.js";

/** @import { Channel, Health, SystemAlert } from "../../api/types" */

const KEPT = 50;

/** Latest first. */
export const alerts = signal(/** @type {readonly SystemAlert[]} */ ([]));
/** Channels that do not work as they should, by id. */
export const troubled = signal(
  /** @type {ReadonlyMap<string, {name: string, health: Health, reason: string | null}>} */ (new Map()),
);

feed((events) => {
  const fresh = events.filter((event) => event.type === "system_alert");
  if (!fresh.length) return;
  alerts.value = [...fresh.toReversed(), ...alerts.value].slice(0, KEPT);
  for (const { code, channel_id, channel, health, reason } of /** @type {any[]} */ (fresh)) {
    if (code !== "channel_health") continue;
    const next = new Map(troubled.value);
    if (health === "ok") next.delete(channel_id);
    else next.set(channel_id, { name: channel, health, reason });
    troubled.value = next;
  }
});

reloads(async () => {
  if (!may("view_channels")) return;
  /** @type {Channel[]} */
  const channels = await api.all("/api/channels");
  const down = channels.filter(({ is_active, health }) => is_active && health !== "ok");
  troubled.value = new Map(
    down.map(({ id, name, health, health_reason }) => [id, { name, health, reason: health_reason }]),
  );
});
