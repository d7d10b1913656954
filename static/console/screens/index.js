// The screens, in the order of the navigation. Each is loaded when it is first opened.

import { screen } from "../shell/router.js";

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
  load: () => import("./contacts/contacts.js"),
});
screen({
  path: "/queues",
  title: "nav.queues",
  icon: "queue",
  permission: "view_queues",
  style: "queues",
  texts: "queues",
  load: () => import("./queues/queues.js"),
});
screen({
  path: "/attendants",
  title: "nav.attendants",
  icon: "users",
  permission: "view_attendants",
  style: "attendants",
  texts: "attendants",
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
  texts: "settings",
  load: () => import("./settings/settings.js"),
});
