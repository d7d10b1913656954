/*
 * The chat's launcher on somebody's page: <script async src="https://<server>/widget.js" data-channel="<channel id>"></script>
 *
 * Draws the button in a closed shadow root and, when the chat is first opened (or a visitor with a conversation returns),
 * the iframe that is the chat. Knows no token, asks the network nothing, touches nothing of the page but its title.
 * Styles are constructed sheets: neither the page's style sheets nor its content security policy reach them.
 */
(() => {
  'use strict';

  const script = document.currentScript;
  const queued = window.attendance && window.attendance.q ? [...window.attendance.q] : [];
  if (window.attendance && window.attendance.loaded) return;

  const TEXTS = {
    pt: { open: 'Abrir conversa', close: 'Fechar conversa', frame: 'Conversa com o atendimento', one: '1 mensagem não lida', many: (n) => `${n} mensagens não lidas`, flash: 'Nova mensagem' },
    en: { open: 'Open chat', close: 'Close chat', frame: 'Chat with our team', one: '1 unread message', many: (n) => `${n} unread messages`, flash: 'New message' },
  };
  const ICONS = {
    chat: 'M12 3C6.9 3 3 6.6 3 11c0 2.4 1.2 4.6 3.1 6-.1 1-.5 2.1-1.3 3.1-.3.4 0 .9.5.9 2-.2 3.6-.9 4.7-1.7.7.1 1.3.2 2 .2 5.1 0 9-3.6 9-8.2S17.1 3 12 3Z',
    down: 'M5.3 8.3a1 1 0 0 1 1.4 0l5.3 5.3 5.3-5.3a1 1 0 1 1 1.4 1.4l-6 6a1 1 0 0 1-1.4 0l-6-6a1 1 0 0 1 0-1.4Z',
  };
  // Phones, and windows that zoom has made as small: the chat is the whole screen.
  const SMALL = '(max-width: 480px), (max-height: 480px)';
  // Of two !important rules for the host element the inner one wins: `* { all: unset !important }` outside changes nothing.
  const STYLE = `
    :host { all: initial !important; position: fixed !important; inset: auto !important; z-index: 2147483647 !important; display: block !important; width: 0 !important; height: 0 !important; }
    :host([hidden]) { display: none !important; }
    .launcher { position: fixed; bottom: calc(20px + env(safe-area-inset-bottom)); width: 60px; height: 60px; padding: 0; border: 0; border-radius: 50%; cursor: pointer;
      display: grid; place-items: center; background: var(--brand); color: var(--on-brand); box-shadow: 0 1px 6px rgb(0 0 0 / .12), 0 6px 28px rgb(0 0 0 / .2);
      transition: transform .18s cubic-bezier(.2, .8, .3, 1), opacity .18s; -webkit-tap-highlight-color: transparent; }
    .launcher:hover { transform: scale(1.06); }
    .launcher:active { transform: scale(.96); }
    .launcher:focus-visible { outline: 3px solid var(--brand); outline-offset: 3px; box-shadow: 0 0 0 3px #fff, 0 6px 28px rgb(0 0 0 / .25); }
    .right { right: calc(20px + env(safe-area-inset-right)); }
    .left { left: calc(20px + env(safe-area-inset-left)); }
    svg { grid-area: 1 / 1; width: 28px; height: 28px; fill: currentColor; transition: transform .2s, opacity .2s; }
    .down, .opened .chat { opacity: 0; transform: rotate(-45deg) scale(.6); }
    .opened .down { opacity: 1; transform: none; }
    .badge { position: absolute; top: -3px; right: -3px; min-width: 22px; height: 22px; padding: 0 6px; box-sizing: border-box; border-radius: 11px; background: #c81e3a; color: #fff;
      font: 600 12px/22px system-ui, sans-serif; text-align: center; box-shadow: 0 0 0 2px #fff; }
    .badge[hidden] { display: none; }
    .panel { position: fixed; bottom: calc(96px + env(safe-area-inset-bottom)); width: 400px; max-width: calc(100vw - 40px); height: 680px; max-height: calc(100vh - 116px); box-sizing: border-box;
      border-radius: 18px; overflow: hidden; background: var(--brand); box-shadow: 0 2px 8px rgb(0 0 0 / .08), 0 12px 48px rgb(0 0 0 / .22);
      opacity: 0; visibility: hidden; transform: translateY(12px) scale(.98); transform-origin: bottom right; transition: opacity .18s, transform .22s cubic-bezier(.2, .8, .3, 1), visibility 0s .22s; }
    .panel.left { transform-origin: bottom left; }
    .panel.opened { opacity: 1; visibility: visible; transform: none; transition: opacity .18s, transform .22s cubic-bezier(.2, .8, .3, 1); }
    iframe { display: block; width: 100%; height: 100%; border: 0; background: transparent; color-scheme: normal; }
    @media ${SMALL} {
      .panel { inset: 0; width: auto; max-width: none; height: auto; max-height: none; border-radius: 0;
        padding: env(safe-area-inset-top) env(safe-area-inset-right) env(safe-area-inset-bottom) env(safe-area-inset-left); }
      .launcher.opened { opacity: 0; visibility: hidden; }
    }
    @media (prefers-reduced-motion: reduce) { .launcher, .panel, .panel.opened, svg { transition: none; } }
    @media print { :host { display: none !important; } }
  `;

  const origin = new URL(script.src).origin;
  const listeners = new Map();
  let widget = null;

  const locale = (wanted) =>
    [wanted, document.documentElement.lang, ...(navigator.languages || [])].find((one) => /^(pt|en)\b/i.test(one || '')) || null;

  /** Black or white, whichever is easier to read on the colour. */
  const readable = (colour) => {
    const digits = colour.slice(1).replace(/^(.)(.)(.)$/, '$1$1$2$2$3$3');
    const [r, g, b] = [0, 2, 4].map((at) => {
      const part = parseInt(digits.slice(at, at + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? '#111' : '#fff';
  };

  const element = (tag, className, parent) => {
    const made = document.createElement(tag);
    made.className = className;
    parent.append(made);
    return made;
  };

  const icon = (name, parent) => {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    svg.setAttribute('viewBox', '0 0 24 24');
    svg.setAttribute('aria-hidden', 'true');
    svg.setAttribute('class', name);
    path.setAttribute('d', ICONS[name]);
    svg.append(path);
    parent.append(svg);
  };

  const emit = (name, data) => {
    for (const listener of listeners.get(name) || []) {
      try {
        listener(data);
      } catch (error) {
        console.error(error); // theirs, not ours to stop at
      }
    }
  };

  const page = () => ({ url: location.href, title: document.title, referrer: document.referrer });

  function start(options) {
    const key = `attendance.${options.channel}`;
    const language = locale(options.locale);
    const texts = TEXTS[/^en/i.test(language || '') ? 'en' : 'pt'];
    let known = {};
    try {
      known = JSON.parse(localStorage.getItem(key)) || {};
    } catch {
      // Storage is not ours to have: everyone is new.
    }
    let opened = false;
    let unread = 0;
    let user = options.user || null;
    let port = null;
    let iframe = null;
    let waiting = [];
    let flashing = 0;
    let title = '';
    let focused = null;

    const host = document.createElement('div');
    const root = host.attachShadow({ mode: 'closed' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    const side = (options.position || known.position) === 'left' ? 'left' : 'right';
    const panel = element('div', `panel ${side}`, root);
    const launcher = element('button', `launcher ${side}`, root);
    launcher.type = 'button';
    icon('chat', launcher);
    icon('down', launcher);
    const badge = element('span', 'badge', launcher);
    badge.setAttribute('aria-hidden', 'true');
    panel.inert = true;
    launcher.hidden = options.launcher === 'none';
    if (launcher.hidden) launcher.style.display = 'none';

    const paint = (colour) => {
      const brand = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.test(colour || '') ? colour : '#4338ca';
      launcher.style.setProperty('--brand', brand);
      launcher.style.setProperty('--on-brand', readable(brand));
      panel.style.setProperty('--brand', brand);
    };

    const label = () => {
      const news = unread === 1 ? texts.one : texts.many(unread);
      launcher.setAttribute('aria-label', opened ? texts.close : unread ? `${texts.open}, ${news}` : texts.open);
      launcher.setAttribute('aria-expanded', String(opened));
      launcher.setAttribute('aria-haspopup', 'dialog');
      badge.hidden = !unread || opened;
      badge.textContent = unread > 9 ? '9+' : String(unread);
    };

    const remember = (news) => {
      known = { ...known, ...news };
      try {
        localStorage.setItem(key, JSON.stringify(known));
      } catch {
        // As above.
      }
    };

    const calm = () => {
      if (flashing) {
        clearInterval(flashing);
        flashing = 0;
        document.title = title;
      }
    };

    /** The title of a page nobody looks at says that something was written; never before a gesture here. */
    const flash = () => {
      if (flashing || !document.hidden || !(navigator.userActivation || {}).hasBeenActive) return;
      title = document.title;
      let on = true;
      const turn = () => {
        document.title = on ? `(${unread}) ${texts.flash}` : title;
        on = !on;
      };
      turn();
      flashing = setInterval(turn, 1200);
    };

    let number = 0;
    const tell = (type, data) => {
      const envelope = { ns: 'attendance', v: 1, id: `m${(number += 1)}`, type, data };
      if (port) port.postMessage(envelope);
      else waiting.push(envelope);
    };

    const hear = ({ data: envelope }) => {
      if (!envelope || envelope.ns !== 'attendance' || envelope.v !== 1) return;
      const { type, data } = envelope;
      if (type === 'ready') {
        if (!options.color) paint(data.color);
        if (known.returning || data.returning) remember({ color: data.color, position: data.position });
        emit('ready');
      } else if (type === 'unread') {
        const more = data.count > unread;
        unread = data.count;
        label();
        if (more && data.count) flash();
        if (!data.count) calm();
        emit('unread', data.count);
      } else if (type === 'returning') {
        remember({ returning: true, color: data.color, position: data.position });
      } else if (type === 'close') {
        close();
      } else if (type === 'event') {
        emit(data.name, data.detail);
      }
    };

    const load = () => {
      if (iframe) return;
      iframe = document.createElement('iframe');
      iframe.title = texts.frame;
      iframe.allow = 'microphone; camera; display-capture; fullscreen; clipboard-write; autoplay';
      iframe.referrerPolicy = 'strict-origin-when-cross-origin';
      iframe.src = `${origin}/widget/v1/frame/${encodeURIComponent(options.channel)}`;
      iframe.addEventListener('load', () => {
        const pipe = new MessageChannel();
        port = pipe.port1;
        port.onmessage = hear;
        const { color, theme } = options;
        const data = { locale: language, color, theme, user, page: page(), opened };
        iframe.contentWindow.postMessage({ ns: 'attendance', v: 1, id: 'm0', type: 'boot', data }, origin, [pipe.port2]);
        for (const envelope of waiting.splice(0)) port.postMessage(envelope);
      });
      panel.append(iframe);
    };

    /** On a phone the panel is what the keyboard leaves of the screen. */
    const fit = () => {
      const seen = window.visualViewport;
      const small = seen && opened && window.matchMedia(SMALL).matches && seen.scale <= 1.01;
      panel.style.top = small ? `${seen.offsetTop}px` : '';
      panel.style.bottom = small ? 'auto' : '';
      panel.style.height = small ? `${seen.height}px` : '';
    };

    const show = (now) => {
      opened = now;
      panel.classList.toggle('opened', now);
      launcher.classList.toggle('opened', now);
      panel.inert = !now;
      label();
      fit();
    };

    const open = () => {
      if (opened) return;
      focused = document.activeElement;
      load();
      show(true);
      calm();
      tell('open', { page: page() });
      iframe.focus();
      emit('open');
    };

    const close = () => {
      if (!opened) return;
      show(false);
      tell('close');
      const back = launcher.hidden && focused && focused.isConnected ? focused : launcher;
      back.focus({ preventScroll: true });
      emit('close');
    };

    const end = () => {
      calm();
      tell('shutdown');
      try {
        localStorage.removeItem(key);
      } catch {
        // As above.
      }
      document.removeEventListener('visibilitychange', seen);
      if (window.visualViewport) ['resize', 'scroll'].forEach((event) => window.visualViewport.removeEventListener(event, fit));
      // The frame needs a moment to end the visitor's token; unseen, unheard and gone afterwards.
      opened = false;
      host.hidden = true;
      if (port) port.onmessage = ({ data }) => data && data.type === 'ended' && host.remove();
      else host.remove();
      widget = null;
      emit('shutdown');
    };

    const seen = () => {
      if (!document.hidden) calm();
    };

    launcher.addEventListener('click', () => (opened ? close() : open()));
    root.addEventListener('keydown', (event) => event.key === 'Escape' && close());
    document.addEventListener('visibilitychange', seen);
    if (window.visualViewport) ['resize', 'scroll'].forEach((event) => window.visualViewport.addEventListener(event, fit));
    paint(options.color || known.color);
    label();
    document.documentElement.append(host);
    if (known.returning) (window.requestIdleCallback || setTimeout)(load);

    return {
      open, close, shutdown: end,
      toggle: () => (opened ? close() : open()),
      identify: (person) => {
        user = person;
        if (iframe) tell('identify', person);
      },
    };
  }

  const fromScript = () => {
    const { channel, locale: language, color, position, theme, launcher, userId, userName, userEmail, userPhone, userHmac } = script.dataset;
    const told = { id: userId, name: userName, email: userEmail, phone: userPhone, hmac: userHmac };
    const user = Object.fromEntries(Object.entries(told).filter(([, value]) => value));
    return { channel, locale: language, color, position, theme, launcher, user: Object.keys(user).length ? user : null };
  };

  const commands = {
    boot(options) {
      const all = { ...fromScript(), ...options };
      if (widget || !all.channel) return;
      const begin = () => (widget = widget || start(all));
      if (document.documentElement) begin();
      else document.addEventListener('DOMContentLoaded', begin);
    },
    on(name, listener) {
      listeners.set(name, [...(listeners.get(name) || []), listener]);
    },
    off(name, listener) {
      listeners.set(name, (listeners.get(name) || []).filter((one) => one !== listener));
    },
  };

  const api = (name, ...values) => {
    const command = commands[name] || (widget && widget[name]);
    if (command) command(...values);
  };
  api.loaded = true;
  window.attendance = api;
  // Who listens does so before anything happens.
  for (const [name, ...values] of queued) if (name === 'on') api(name, ...values);
  if (!queued.some(([name]) => name === 'boot')) commands.boot({});
  for (const [name, ...values] of queued) if (name !== 'on') api(name, ...values);
})();
