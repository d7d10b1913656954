export default {
  "kanban.title": "Board",
};
