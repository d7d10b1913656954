export default {
  "settings.title": "Ajustes",
  "settings.text": "Canais, bots, pessoas e regras da organização.",
  "settings.channels": "Canais",
  "settings.health": "Situação",
  "health.ok": "Funcionando",
  "health.degraded": "Instável",
  "health.down": "Fora do ar",
  "settings.channels.empty.title": "Nenhum canal ainda",
  "settings.channels.empty.text": "Conecte o WhatsApp, o chat do site ou outro canal.",
};
