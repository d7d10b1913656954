export default {
  "contacts.title": "Contatos",
  "contacts.text": "Quem já falou com você, em qualquer canal.",
  "contacts.name": "Nome",
  "contacts.phone": "Telefone",
  "contacts.email": "E-mail",
  "contacts.tags": "Etiquetas",
  "contacts.since": "Desde",
  "contacts.empty.title": "Nenhum contato ainda",
  "contacts.empty.text": "Cada cliente que escreve vira um contato.",
};
