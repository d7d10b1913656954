// The screens, in the order of the navigation. Each is loaded when it is first opened.

import { may } from "../api/session.js";
import { commandSource } from "../shell/commands.js";
import { screen } from "../shell/router.js";
import { t } from "../text.js";

screen({
  path: "/inbox",
  title: "nav.inbox",
  icon: "inbox",
  permission: "view_conversations",
  style: "inbox",
  texts: "inbox",
  load: () => import("./inbox/inbox.js"),
});
screen({
  path: "/kanban",
  title: "nav.kanban",
  icon: "columns",
  permission: "view_conversations",
  style: "kanban",
  texts: "kanban",
  load: () => import("./kanban/kanban.js"),
});
screen({
  path: "/contacts",
  title: "nav.contacts",
  icon: "user",
  permission: "view_contacts",
  style: "contacts",
  texts: "contacts",
  keys: [{ keys: "arrowdown", does: "contacts.keys.rows" }, { keys: "enter", does: "contacts.keys.open" }],
  load: () => import("./contacts/contacts.js"),
});
screen({
  path: "/queues",
  title: "nav.queues",
  icon: "queue",
  permission: "view_queues",
  style: "queues",
  texts: "queues",
  keys: [{ keys: "arrowdown", does: "queues.keys.rows" }, { keys: "enter", does: "queues.keys.open" }],
  load: () => import("./queues/queues.js"),
});
screen({
  path: "/attendants",
  title: "nav.attendants",
  icon: "users",
  permission: "view_attendants",
  style: "attendants",
  texts: "attendants",
  keys: [{ keys: "arrowdown", does: "attendants.keys.rows" }, { keys: "enter", does: "attendants.keys.open" }],
  load: () => import("./attendants/attendants.js"),
});
screen({
  path: "/dashboard",
  title: "nav.dashboard",
  icon: "chart",
  permission: "view_reports",
  style: "dashboard",
  texts: "dashboard",
  load: () => import("./dashboard/dashboard.js"),
});
screen({
  path: "/settings",
  title: "nav.settings",
  icon: "settings",
  style: "settings",
  texts: "settings",
  load: () => import("./settings/settings.js"),
});

commandSource("contacts", () => t("nav.contacts"), async (query, signal) => {
  if (!may("view_contacts")) return [];
  return (await import("./contacts/search.js")).findContacts(query, signal);
});
