// The frame's beginning: shakes hands with the loader on the page around it, then runs the chat.
//
// The browser lets only the channel's sites put us in a frame (`frame-ancestors`); the page that does is heard only by the
// port it handed over at the start, and never learns the visitor's token.

import { Chat } from './chat.js';
import { View } from './view.js';
import { chime } from './sound.js';
import * as colours from './colour.js';
import { texts } from './texts.js';

const channel = decodeURIComponent(location.pathname.split('/').at(-1));
const SURFACES = { light: '#ffffff', dark: '#16181d' };
const darkness = matchMedia('(prefers-color-scheme: dark)');

let port = null;
let options = {};
let number = 0;
let waiting = false;
let shown = { unread: 0, returning: false };

const chat = new Chat(channel, { changed, told });
const view = new View(chat, { close: () => tell('close') });

function tell(type, data) {
  port?.postMessage({ ns: 'attendance', v: 1, id: `f${(number += 1)}`, type, data });
}

function told(name, detail) {
  tell('event', { name, detail });
  if (name === 'message' && !chat.seen && !chat.storage.get('quiet')) chime();
}

/** Draws once for however many changes come together. */
function changed() {
  if (waiting) return;
  waiting = true;
  queueMicrotask(() => {
    waiting = false;
    if (!chat.config && chat.phase === 'loading') return;
    view.render();
    const { unread } = chat;
    if (unread !== shown.unread) tell('unread', { count: unread });
    const returning = chat.messages.length > 0;
    if (returning && !shown.returning) tell('returning', look());
    shown = { unread, returning };
  });
}

const look = () => ({ color: colours.valid(options.color ?? chat.config?.color), position: chat.config?.position });

function paint() {
  const wanted = options.theme ?? chat.config?.theme;
  const theme = wanted === 'light' || wanted === 'dark' ? wanted : darkness.matches ? 'dark' : 'light';
  const { color } = look();
  const { dataset, style } = document.documentElement;
  dataset.theme = theme;
  style.setProperty('--brand', color);
  style.setProperty('--on-brand', colours.on(color));
  style.setProperty('--ink', colours.ink(color, SURFACES[theme]));
}

const hears = {
  async boot(data) {
    options = data;
    chat.open = data.opened;
    const words = texts(data.locale, ...navigator.languages);
    chat.words = words;
    paint();
    view.build();
    view.render();
    await chat.boot({ user: data.user, page: data.page, words });
    const own = !data.locale && chat.config?.locale ? texts(chat.config.locale) : words;
    if (own !== words) {
      chat.words = own;
      view.build();
    }
    paint();
    tell('ready', { ...look(), returning: chat.messages.length > 0 });
    view.render();
    if (chat.open) hears.open(data);
  },
  open({ page } = {}) {
    chat.page = page ?? chat.page;
    const newFrom = chat.unread ? chat.messages.find((message) => message.direction === 'out' && message.seq > chat.readSeq)?.seq : null;
    chat.open = true;
    chat.look();
    view.opened(newFrom);
    changed();
  },
  close() {
    chat.open = false;
    chat.writing(false);
  },
  identify: (user) => chat.identify(user),
  async shutdown() {
    await chat.shutdown();
    tell('ended');
  },
};

darkness.addEventListener('change', paint);

addEventListener('message', (event) => {
  const envelope = event.data;
  const first = !port && event.source === window.parent && envelope?.ns === 'attendance' && envelope.v === 1 && envelope.type === 'boot';
  if (!first || !event.ports[0]) return;
  [port] = event.ports;
  port.onmessage = ({ data }) => {
    if (data?.ns === 'attendance' && data.v === 1 && Object.hasOwn(hears, data.type)) hears[data.type](data.data);
  };
  hears.boot(envelope.data);
});
