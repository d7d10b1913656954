export default {
  "dashboard.title": "Painel",
  "dashboard.text": "A operação agora e nas últimas horas.",
  "dashboard.waiting": "Na espera",
  "dashboard.active": "Em atendimento",
  "dashboard.online": "Equipe disponível",
  "dashboard.utilisation": "Ocupação",
  "dashboard.wait": "Espera média",
  "dashboard.first_response": "Primeira resposta",
  "dashboard.resolved": "Resolvidas",
  "dashboard.csat": "CSAT",
};
