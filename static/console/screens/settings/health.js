// How a channel is doing, live.

import { listen } from "../../api/socket.js";
import { html, useEffect } from "../../lib.js";
import { Chip } from "../../components/index.js";
import { t } from "../../text.js";

/** @import { Channel } from "../../api/types" */

/** Calls when the health of a channel changes, whoever found out. @param {() => void} reload */
export function useHealth(reload) {
  useEffect(() => listen((event) => event.type === "system_alert" && event.code === "channel_health" && reload()), [reload]);
}

/** @param {{channel: Channel}} props */
export function HealthChip({ channel }) {
  if (!channel.is_active) return html`<${Chip} icon="pause">${t("settings.channels.off")}<//>`;
  const tone = { ok: "good", degraded: "warn", down: "bad" }[channel.health];
  return html`<${Chip} tone=${tone} icon=${channel.health === "ok" ? "check" : "alert"}>${t(`health.${channel.health}`)}<//>`;
}
