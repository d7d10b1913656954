export default {
  "settings.title": "Settings",
  "settings.text": "Channels, bots, people and rules of the organization.",
  "settings.channels": "Channels",
  "settings.health": "Health",
  "health.ok": "Working",
  "health.degraded": "Unstable",
  "health.down": "Down",
  "settings.channels.empty.title": "No channels yet",
  "settings.channels.empty.text": "Connect WhatsApp, the website chat or another channel.",
};
