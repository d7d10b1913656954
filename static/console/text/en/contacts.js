export default {
  "contacts.title": "Contacts",
  "contacts.text": "Who has written to you, on any channel.",
  "contacts.name": "Name",
  "contacts.phone": "Phone",
  "contacts.email": "E-mail",
  "contacts.tags": "Tags",
  "contacts.since": "Since",
  "contacts.empty.title": "No contacts yet",
  "contacts.empty.text": "Every customer who writes becomes a contact.",
};
