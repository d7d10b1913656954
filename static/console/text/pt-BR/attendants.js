export default {
  "attendants.title": "Equipe",
  "attendants.text": "Quem atende, e com quantas conversas está.",
  "attendants.name": "Nome",
  "attendants.status": "Status",
  "attendants.since": "Desde",
  "attendants.load": "Conversas",
  "attendants.queues": "Filas",
  "attendants.empty.title": "Ninguém na equipe ainda",
  "attendants.empty.text": "Adicione pessoas e coloque-as em filas.",
};
