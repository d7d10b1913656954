// The one set of icons: 20 units wide, drawn with a line of 1.5, in the colour of the text beside them.

import { html } from "../lib.js";

/** Path data by name. */
const PATHS = {
  alert: "M10 6.5v4.2M10 13.4v.1M8.7 3.4 2.4 14.3a1.5 1.5 0 0 0 1.3 2.2h12.6a1.5 1.5 0 0 0 1.3-2.2L11.3 3.4a1.5 1.5 0 0 0-2.6 0Z",
  archive: "M3 4h14v3.5H3zM4.2 7.5V16h11.6V7.5M8 10.5h4",
  arrow_left: "M16 10H4M9 4.5 3.5 10 9 15.5",
  arrow_right: "M4 10h12M11 4.5l5.5 5.5-5.5 5.5",
  assign: "M8 9.2a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2.5 16.8c.3-3 2.5-4.8 5.5-4.8 1 0 2 .2 2.8.6M12 15h5.5M15 12.5l2.5 2.5-2.5 2.5",
  bell: "M5.5 8a4.5 4.5 0 0 1 9 0c0 4 1.5 5.5 1.5 5.5H4S5.5 12 5.5 8ZM8.4 16.5a1.8 1.8 0 0 0 3.2 0",
  bolt: "M11 2.5 4 11.5h5l-1 6 7-9h-5z",
  bot: "M4.5 7.5h11V16h-11zM10 7.5V4.2M7.5 11.2v.6M12.5 11.2v.6M2.5 10.5v2.5M17.5 10.5v2.5",
  calendar: "M3.5 5h13v11.5h-13zM3.5 8.5h13M7 3v3.5M13 3v3.5",
  camera: "M5.5 3h9A2.5 2.5 0 0 1 17 5.5v9a2.5 2.5 0 0 1-2.5 2.5h-9A2.5 2.5 0 0 1 3 14.5v-9A2.5 2.5 0 0 1 5.5 3ZM10 13.2a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4ZM14 6v.01",
  chart: "M3.5 3.5v13h13M7 13.5V10M10.5 13.5v-7M14 13.5V8.5",
  chat: "M3 5.5A2 2 0 0 1 5 3.5h10a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2H9l-4 3.5v-3.5a2 2 0 0 1-2-2z",
  check: "m4 10.5 4 4 8-9",
  check_double: "m1.5 10.5 3.5 4 7-9M9 13.5l1 1 8.5-9",
  chevron_down: "m5 7.5 5 5 5-5",
  chevron_left: "M12.5 5l-5 5 5 5",
  chevron_right: "m7.5 5 5 5-5 5",
  clock: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM10 6v4.2l2.8 1.6",
  columns: "M3.5 4h3.7v12H3.5zM8.2 4h3.7v8.5H8.2zM12.9 4h3.7v10.5h-3.7z",
  command: "M7.5 7.5h5v5h-5zM7.5 7.5H5.7a1.9 1.9 0 1 1 1.8-1.8zM12.5 7.5V5.7a1.9 1.9 0 1 1 1.8 1.8zM12.5 12.5h1.8a1.9 1.9 0 1 1-1.8 1.8zM7.5 12.5v1.8a1.9 1.9 0 1 1-1.8-1.8z",
  copy: "M7.5 7.5h9v9h-9zM12.5 7.5v-4h-9v9h4",
  dot: "M10 11.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3Z",
  download: "M10 3v9M6 8.5l4 4 4-4M3.5 16.5h13",
  edit: "M12.5 4.5 15.5 7.5 7 16H4v-3zM11 6l3 3",
  external: "M11.5 3.5h5v5M16.5 3.5 9.5 10.5M8 4.5H3.5v12h12V12",
  expand: "M7.5 3.5h-4v4M12.5 3.5h4v4M7.5 16.5h-4v-4M12.5 16.5h4v-4",
  eye: "M2 10s2.8-5.5 8-5.5S18 10 18 10s-2.8 5.5-8 5.5S2 10 2 10ZM10 12.3a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6Z",
  file: "M5 2.5h6.5L15 6v11.5H5zM11.5 2.5V6H15",
  filter: "M3 5h14M5.5 10h9M8 15h4",
  flag: "M4.5 17.5V3.5h10l-2 3.5 2 3.5h-10",
  globe: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM3 10h14M10 3c2 2 2.8 4.4 2.8 7s-.8 5-2.8 7c-2-2-2.8-4.4-2.8-7S8 5 10 3Z",
  grip: "M7.5 5v.01M12.5 5v.01M7.5 10v.01M12.5 10v.01M7.5 15v.01M12.5 15v.01",
  history: "M3.2 8A7 7 0 1 1 3 10.8M3 3.5V8h4.5M10 6.5v3.8l2.5 1.5",
  image: "M3 4h14v12H3zM3 13l4-4 4 4 2.5-2.5L17 14M12.8 7.8v.01",
  inbox: "M3 11.5 5 4.5h10l2 7v4.5H3zM3 11.5h4l1 2h4l1-2h4",
  keyboard: "M2.5 5.5h15v9h-15zM5.5 8.5v.01M8.5 8.5v.01M11.5 8.5v.01M14.5 8.5v.01M5.5 11.5v.01M8 11.5h4M14.5 11.5v.01",
  lanes: "M3 4h14v5H3zM3 11.5h14v5H3zM8 4v5M8 11.5v5",
  link: "M8.5 11.5 11.5 8.5M9.5 6 11 4.5a3.18 3.18 0 0 1 4.5 4.5L14 10.5M10.5 14 9 15.5A3.18 3.18 0 0 1 4.5 11L6 9.5",
  lock: "M5 9h10v8H5zM7 9V6.5a3 3 0 0 1 6 0V9",
  log_out: "M8 3.5H3.5v13H8M8 10h9M13.5 6.5 17 10l-3.5 3.5",
  mail: "M2.5 4.5h15v11h-15zM2.5 6l7.5 5.5L17.5 6",
  menu: "M3 5.5h14M3 10h14M3 14.5h14",
  mic: "M10 12.5A2.5 2.5 0 0 0 12.5 10V5a2.5 2.5 0 0 0-5 0v5A2.5 2.5 0 0 0 10 12.5ZM5 10a5 5 0 0 0 10 0M10 15v2.5",
  moon: "M16.5 11.8A7 7 0 0 1 8.2 3.5a7 7 0 1 0 8.3 8.3Z",
  more: "M4.5 10.6a.6.6 0 1 0 0-1.2.6.6 0 0 0 0 1.2ZM10 10.6a.6.6 0 1 0 0-1.2.6.6 0 0 0 0 1.2ZM15.5 10.6a.6.6 0 1 0 0-1.2.6.6 0 0 0 0 1.2Z",
  note: "M4 3.5h12v8.5l-4.5 4.5H4zM16 12h-4.5v4.5M7 7h6M7 10h3",
  paperclip: "m16 9.5-6 6a4 4 0 0 1-5.6-5.6l6.5-6.5a2.6 2.6 0 0 1 3.7 3.7L8 13.7a1.2 1.2 0 0 1-1.8-1.7l5.6-5.6",
  pause: "M7 4.5v11M13 4.5v11",
  phone: "M4 3h3l1.5 4L6.5 8.5a10 10 0 0 0 5 5L13 11.5l4 1.5v3c0 .6-.4 1-1 1A13 13 0 0 1 3 4c0-.6.4-1 1-1Z",
  pin: "M7 3h6l-.8 5 2.8 3H5l2.8-3zM10 11v6",
  play: "M6 4v12l10-6z",
  plus: "M10 4v12M4 10h12",
  queue: "M3 5h14M3 10h14M3 15h8M15 13v4M13 15h4",
  refresh: "M16.5 9A6.7 6.7 0 0 0 4.3 6.5L3 8M3 3.5V8h4.5M3.5 11a6.7 6.7 0 0 0 12.2 2.5L17 12M17 16.5V12h-4.5",
  reply: "M8 5 3 10l5 5M3 10h8a6 6 0 0 1 6 6",
  search: "M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12ZM13.5 13.5 17 17",
  rows: "M3 4.5h14M3 8.2h14M3 11.8h14M3 15.5h14",
  send: "M17.5 2.5 9 11M17.5 2.5 12 17.5l-3-6.5-6.5-3z",
  settings: "M3 5.5h7M14 5.5h3M3 14.5h3M10 14.5h7M12 7.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM8 16.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
  shield: "M10 2.5 16 5v4.5c0 3.7-2.4 6.6-6 8-3.6-1.4-6-4.3-6-8V5z",
  smile: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM7 11.5a3.7 3.7 0 0 0 6 0M7.5 8v.01M12.5 8v.01",
  snooze: "M10 17a6 6 0 1 0 0-12 6 6 0 0 0 0 12ZM8 9h4l-4 4.5h4M3 5l2.5-2M17 5l-2.5-2",
  sparkle: "M10 3l1.6 5.4L17 10l-5.4 1.6L10 17l-1.6-5.4L3 10l5.4-1.6z",
  star: "m10 3 2.2 4.6 5 .7-3.6 3.5.9 5L10 14.4l-4.5 2.4.9-5L2.8 8.3l5-.7z",
  sun: "M10 13.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M4.3 15.7l1.1-1.1M14.6 5.4l1.1-1.1",
  tag: "M3 3.5h6.5l7.5 7.5-6 6L3 9.5zM6.5 7v.01",
  ticket: "M2.5 5h15v3.2a1.8 1.8 0 0 0 0 3.6V15h-15v-3.2a1.8 1.8 0 0 0 0-3.6zM12 5v2M12 9v2M12 13v2",
  transfer: "M3 7h13M12.5 3.5 16 7l-3.5 3.5M17 13H4M7.5 9.5 4 13l3.5 3.5",
  trash: "M3.5 5.5h13M8 5.5V3.5h4v2M5 5.5l.8 11h8.4l.8-11M8.5 8.5v5M11.5 8.5v5",
  trend_down: "m3 6 5 5 3-3 6 6M17 9.5V14h-4.5",
  trend_up: "m3 14 5-5 3 3 6-6M17 10.5V6h-4.5",
  undo: "M7.5 4 3.5 8l4 4M3.5 8H11a4.5 4.5 0 0 1 0 9H7",
  user: "M10 9.5a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4ZM3.5 17c.4-3.3 3-5 6.5-5s6.1 1.7 6.5 5",
  users: "M7.5 9.5a2.9 2.9 0 1 0 0-5.8 2.9 2.9 0 0 0 0 5.8ZM2 16.5c.3-3 2.5-4.5 5.5-4.5s5.2 1.5 5.5 4.5M13.3 4a2.7 2.7 0 0 1 0 5.2M15.2 12.3c1.7.6 2.7 2 2.9 4.2",
  video: "M2.5 5.5h10v9h-10zM12.5 9l5-2.5v7l-5-2.5",
  volume: "M3 8v4h3l4 3.5v-11L6 8zM13 7.5a3.5 3.5 0 0 1 0 5M15 5a7 7 0 0 1 0 10",
  wifi_off: "M3 3l14 14M10 15.5v.01M7.3 12.8a3.8 3.8 0 0 1 4.3-.7M4.8 10.2a7.5 7.5 0 0 1 3.2-1.9M15.2 10.2a7.5 7.5 0 0 0-3.7-2M2.3 7.5A11 11 0 0 1 5.5 5.5M17.7 7.5A11 11 0 0 0 8.5 4.6",
  x: "m5 5 10 10M15 5 5 15",
};

/** What stands for a channel. */
const CHANNELS = {
  whatsapp: "phone",
  telegram: "send",
  instagram: "camera",
  messenger: "bolt",
  web: "globe",
  email: "mail",
  sms: "chat",
  teams: "users",
  google_chat: "chat",
  slack: "chat",
  api: "link",
  voice: "mic",
  phone: "phone",
};

/**
 * @param {{name: string, label?: string, class?: string}} props label: read out; without it the icon is decoration
 */
export function Icon({ name, label, class: extra }) {
  const path = /** @type {Record<string, string>} */ (PATHS)[name] ?? PATHS.dot;
  const speaks = label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
  return html`<svg class=${`icon ${extra ?? ""}`} viewBox="0 0 20 20" ...${speaks}>${label && html`<title>${label}</title>`}<path d=${path} /></svg>`;
}

/** The mark of a channel in its colour. @param {{kind: string, label?: string}} props */
export function ChannelIcon({ kind, label }) {
  const name = /** @type {Record<string, string>} */ (CHANNELS)[kind] ?? "chat";
  return html`<span class="channel" data-channel=${kind} title=${label}><${Icon} name=${name} label=${label} /></span>`;
}

/** The product's own mark: two people's words meeting. @param {{size?: number}} props */
export function Mark({ size = 24 }) {
  return html`<svg class="mark" width=${size} height=${size} viewBox="0 0 32 32" aria-hidden="true">
    <rect width="32" height="32" rx="8" class="mark-ground" />
    <path class="mark-line" d="M8 22.5V15a8 8 0 0 1 16 0v7.5M8 17.5h3.5v5H8zM20.5 17.5H24v5h-3.5zM24 22.5a4 4 0 0 1-4 3.5h-2.5" />
  </svg>`;
}
