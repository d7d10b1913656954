export default {
  "kanban.title": "Quadro",
};
