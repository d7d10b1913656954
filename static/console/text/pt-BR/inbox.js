export default {
  "inbox.list": "Conversas",
  "inbox.empty.title": "Nenhuma conversa agora",
  "inbox.empty.text": "As conversas das suas filas aparecem aqui no momento em que chegam.",
};
