// What is on the screen. Built once, then filled from the chat's state; a message's element is made anew only when it changed.

import { h, icon, fill } from './dom.js';
import { rich, plain } from './markup.js';
import { form, consentField, policy, rating } from './forms.js';
import { told } from './texts.js';

const GROUP_WITHIN = 5 * 60_000;
const PERSONAL = ['name', 'email', 'phone'];

const bytes = (size, words) => {
  const units = ['B', 'KB', 'MB', 'GB'];
  const power = Math.min(Math.floor(Math.log2(Math.max(size, 1)) / 10), 3);
  return `${new Intl.NumberFormat(words.locale, { maximumFractionDigits: power > 1 ? 1 : 0 }).format(size / 1024 ** power)} ${units[power]}`;
};

export class View {
  constructor(chat, { close }) {
    this.chat = chat;
    this.close = close;
    this.nodes = new Map();
    this.asked = { started: false, leaving: false, left: null };
    this.atEnd = true;
  }

  get words() {
    return this.chat.words;
  }

  /** The elements, in this language. */
  build() {
    const { words } = this;
    document.documentElement.lang = words.locale;
    this.nodes.clear();
    this.title = h('h1', { id: 'title' });
    this.subtitle = h('p', { id: 'subtitle' });
    this.face = h('span', { class: 'avatar', 'aria-hidden': 'true' });
    this.mute = h('button', { class: 'bar-button', type: 'button', onclick: () => this.toggleSound() });
    const close = h('button', { class: 'bar-button', type: 'button', 'aria-label': words.close, onclick: this.close }, icon('close'));
    this.banner = h('div', { class: 'banners', role: 'status' });
    this.earlier = h('button', { class: 'text earlier', type: 'button', hidden: true, onclick: () => this.loadEarlier() }, words.earlier);
    this.list = h('div', { class: 'list', role: 'log', 'aria-live': 'polite', 'aria-label': words.log, 'aria-relevant': 'additions' });
    this.dots = h('p', { class: 'typing', hidden: true }, h('span', { class: 'dots', 'aria-hidden': 'true' }, h('i'), h('i'), h('i')), (this.typist = h('span', { class: 'hidden' })));
    this.foot = h('div', { class: 'foot' });
    this.scroll = h('main', { class: 'scroll', tabindex: -1, onscroll: () => this.scrolled() }, this.earlier, this.list, this.dots, this.foot);
    this.jump = h('button', { class: 'jump', type: 'button', hidden: true, 'aria-label': words.latest, onclick: () => this.toEnd(true) }, icon('down'));
    this.input = h('textarea', {
      rows: 1, 'aria-label': words.write, placeholder: words.placeholder, enterkeyhint: 'send', autocomplete: 'off',
      oninput: () => this.typed(), onkeydown: (event) => this.key(event), onpaste: (event) => this.paste(event),
    });
    this.file = h('input', { type: 'file', multiple: true, tabindex: -1, class: 'hidden', 'aria-hidden': 'true', onchange: () => this.picked() });
    this.attach = h('button', { class: 'tool', type: 'button', 'aria-label': words.attach, title: words.attach, onclick: () => this.file.click() }, icon('attach'));
    this.smile = h('button', { class: 'tool', type: 'button', 'aria-label': words.emoji, title: words.emoji, 'aria-expanded': 'false', 'aria-haspopup': 'true', onclick: () => this.emoji() }, icon('smile'));
    this.submit = h('button', { class: 'send', type: 'submit', 'aria-label': words.send, disabled: true }, icon('send'));
    this.picker = h('div', { class: 'picker', role: 'group', 'aria-label': words.emojiList, hidden: true, onkeydown: (event) => this.pick(event) });
    this.wrong = h('p', { class: 'wrong', role: 'alert', hidden: true });
    this.composer = h('form', { class: 'composer', onsubmit: (event) => { event.preventDefault(); this.say(); } },
      this.wrong, this.picker, h('div', { class: 'row' }, this.attach, this.smile, this.file, this.input, this.submit));
    this.drop = h('div', { class: 'drop', 'aria-hidden': 'true', hidden: true }, words.drop);
    this.root = h('div', { class: 'chat', role: 'dialog', 'aria-modal': 'true', 'aria-labelledby': 'title' },
      h('header', {}, this.face, h('div', { class: 'who' }, this.title, this.subtitle), this.mute, close),
      this.banner, this.scroll, this.jump, this.composer, this.drop);
    fill(document.body, [this.root]);
    this.listen();
  }

  listen() {
    this.root.addEventListener('keydown', (event) => this.trap(event));
    this.root.addEventListener('pointerdown', ({ target }) => {
      if (!this.picker.hidden && !this.picker.contains(target) && !this.smile.contains(target)) this.emoji(false);
    });
    let inside = 0;
    const files = (event) => this.canAttach() && [...(event.dataTransfer?.types ?? [])].includes('Files');
    this.root.addEventListener('dragenter', (event) => {
      if (files(event)) this.drop.hidden = (inside += 1) === 0;
    });
    this.root.addEventListener('dragleave', (event) => {
      if (files(event)) this.drop.hidden = (inside -= 1) <= 0;
    });
    this.root.addEventListener('dragover', (event) => files(event) && event.preventDefault());
    this.root.addEventListener('drop', (event) => {
      if (!files(event)) return;
      event.preventDefault();
      inside = 0;
      this.drop.hidden = true;
      this.chat.attach(event.dataTransfer.files);
    });
  }

  /** Tab stays inside, Escape leaves. */
  trap(event) {
    if (event.key === 'Escape') {
      event.preventDefault();
      if (this.picker.hidden) this.close();
      else this.emoji(false);
    } else if (event.key === 'Tab') {
      const all = [...this.root.querySelectorAll('button, a[href], input, textarea, select, [tabindex="0"]')];
      const reachable = all.filter((one) => !one.disabled && one.tabIndex >= 0 && one.offsetParent !== null);
      const [first, last] = [reachable[0], reachable.at(-1)];
      if (event.shiftKey ? document.activeElement === first || document.activeElement === document.body : document.activeElement === last) {
        event.preventDefault();
        (event.shiftKey ? last : first).focus();
      }
    }
  }

  focus() {
    const field = this.foot.querySelector('input:not([type=radio]), select, textarea');
    if (!this.composer.hidden) this.input.focus({ preventScroll: true });
    else if (field) field.focus({ preventScroll: true });
    else this.scroll.focus({ preventScroll: true });
  }

  // --- filling -------------------------------------------------------------------------------------------------------

  render() {
    const { chat, words } = this;
    if (!this.root) return;
    const config = chat.config ?? {};
    const { status, attendant } = chat.status;
    this.title.textContent = attendant?.name ?? (told(config.title, words) || words.team);
    this.subtitle.textContent = this.standing();
    this.portrait(attendant);
    const quiet = chat.storage.get('quiet');
    if (this.mute.dataset.quiet !== String(!!quiet)) {
      this.mute.dataset.quiet = String(!!quiet);
      this.mute.setAttribute('aria-label', quiet ? words.soundOn : words.soundOff);
      fill(this.mute, [icon(quiet ? 'mute' : 'sound')]);
    }
    this.root.dataset.status = status;
    this.banners();
    const card = this.card();
    this.composer.hidden = chat.phase !== 'ready' || card?.dataset.instead === 'true';
    this.attach.hidden = !this.canAttach();
    this.earlier.hidden = !chat.hasMore || chat.phase !== 'ready';
    this.items();
    this.fillFoot(card);
    this.dots.hidden = !chat.typing;
    this.typist.textContent = chat.typing ? words.typing(chat.typing.name) : '';
    if (this.atEnd) this.toEnd();
    this.scrolled();
  }

  standing() {
    const { chat, words } = this;
    const { status, attendant } = chat.status;
    if (status === 'active' && attendant) return words.withPerson;
    if (status === 'waiting') return words.waiting;
    if (status === 'resolved' && chat.started) return words.resolved;
    return told(chat.config?.subtitle, words) || words.subtitle;
  }

  portrait(attendant) {
    const logo = attendant ? null : this.chat.config?.logo_url;
    const wanted = attendant?.name ?? logo ?? '';
    if (this.face.dataset.of === wanted) return;
    this.face.dataset.of = wanted;
    if (attendant) this.face.replaceChildren(initials(attendant.name));
    else if (logo) this.face.replaceChildren(h('img', { src: logo, alt: '', onerror: () => this.face.replaceChildren(icon('bot')) }));
    else this.face.replaceChildren(icon('bot'));
  }

  banners() {
    const { chat, words } = this;
    const shown = [];
    if (chat.online === false) shown.push(['offline', words.offline]);
    const { status, position, estimated_wait: wait } = chat.status;
    if (status === 'waiting' && chat.online !== false && position) {
      const place = position === 1 ? words.next : words.position(position);
      shown.push(['waiting', wait ? `${place} · ${words.wait(wait)}` : place]);
    }
    if (chat.phase === 'ready' && chat.config.hours?.open === false && status !== 'active') {
      const opens = chat.config.hours.opens_at ? ` ${words.opens(when(chat.config.hours.opens_at, words))}` : '';
      shown.push(['closed', words.closed + opens]);
    }
    const text = JSON.stringify(shown);
    if (this.banner.dataset.text === text) return;
    this.banner.dataset.text = text;
    const leave = (kind) => kind === 'closed' && chat.config.offline !== 'bot' && !this.asked.leaving && !this.formInstead()
      && h('button', { class: 'text', type: 'button', onclick: () => this.ask({ leaving: true }) }, words.leave);
    fill(this.banner, shown.map(([kind, words_]) => h('p', { class: kind }, h('span', {}, words_), leave(kind))));
  }

  ask(asked) {
    Object.assign(this.asked, asked);
    delete this.banner.dataset.text;
    this.atEnd = true;
    this.render();
    this.focus();
  }

  /** Outside hours, where the channel says so, the form stands in for a chat that has not begun. */
  formInstead() {
    const { chat } = this;
    return chat.config?.offline === 'form' && chat.config.hours?.open === false && !chat.started;
  }

  /** What is asked of the visitor now, below the messages. Kept as long as it is about the same. */
  card() {
    const { chat, words } = this;
    const key = this.cardKey();
    if (this.shownCard?.dataset.key === key) return this.shownCard;
    const card = key ? this.makeCard(key, chat, words) : null;
    if (card) {
      card.dataset.key = key;
      card.dataset.instead = String(!key.startsWith('rating'));
    }
    this.shownCard = card;
    return card;
  }

  cardKey() {
    const { chat } = this;
    if (chat.phase !== 'ready') return `phase.${chat.phase}`;
    if (this.asked.left) return 'left';
    if (this.asked.leaving || this.formInstead()) return 'leave';
    if (this.startFields().length && !chat.started && !this.asked.started) return 'start';
    if (chat.started && chat.consent) return 'consent';
    if (chat.rating && chat.config.features?.csat) return `rating.${chat.rating.handoff}.${chat.rating.phase}`;
    return '';
  }

  startFields() {
    const { chat, words } = this;
    const { prechat } = chat.config;
    const wanted = prechat && prechat.enabled !== false && !chat.verified && !chat.user?.hmac && !chat.token;
    const fields = wanted ? (prechat.fields ?? []).filter((field) => !chat.user?.[field.name]) : [];
    return [...fields, ...(chat.consent ? [consentField(chat.consent, words)] : [])];
  }

  makeCard(key, chat, words) {
    if (key === 'phase.loading') return h('div', { class: 'loading', 'aria-hidden': 'true' }, h('i'), h('i'), h('i'));
    if (key.startsWith('phase.')) {
      const again = () => {
        chat.boot(chat);
        this.render();
      };
      return h('div', { class: 'card', role: 'alert' }, h('p', { class: 'lead' }, words[chat.phase]),
        chat.phase === 'unreachable' && h('button', { class: 'primary', type: 'button', onclick: again }, words.tryAgain));
    }
    if (key === 'left') {
      return h('div', { class: 'card', role: 'status' }, h('h2', {}, words.left), h('p', { class: 'lead' }, words.leftLead(this.asked.left)),
        h('button', { class: 'primary', type: 'button', onclick: () => this.ask({ left: null }) }, words.backToChat));
    }
    if (key === 'leave') return this.leaveForm(words);
    if (key === 'start' || key === 'consent') {
      const fields = key === 'start' ? this.startFields() : [consentField(chat.consent, words)];
      const title = told(chat.config.prechat?.title, words) || words.startTitle;
      return form({ title, fields, submit: words.start, done: (values, labels) => this.begin(values, labels, fields) }, words);
    }
    const hooks = {
      rate: (score, comment) => chat.rate(score, comment),
      again: () => {
        chat.rating = { ...chat.rating, phase: 'asked' };
        this.render();
      },
    };
    return rating(chat.rating, hooks, words);
  }

  leaveForm(words) {
    const { chat } = this;
    const fields = [
      { name: 'name', type: 'text', required: true },
      { name: 'email', type: 'email', required: true },
      { name: 'phone', type: 'phone' },
      { name: 'text', type: 'textarea', label: words.leaveText, required: true },
      ...(chat.consent ? [consentField(chat.consent, words)] : []),
    ];
    const back = !this.formInstead() && h('button', { class: 'text', type: 'button', onclick: () => this.ask({ leaving: false }) }, words.backToChat);
    const done = async ({ consent, ...values }) => {
      if (consent) chat.agree();
      await chat.left(values);
      this.ask({ leaving: false, left: values.email });
    };
    return form({ title: words.leaveTitle, lead: words.leaveLead, fields, submit: words.leave, done, extra: back }, words);
  }

  /** The first form is filled in: the session begins with what it says; what has no place of its own is the first message. */
  async begin({ consent, ...values }, labels, fields) {
    const { chat } = this;
    if (consent) chat.agree();
    const person = Object.fromEntries(PERSONAL.filter((name) => values[name]).map((name) => [name, values[name]]));
    await chat.begin(person);
    const ticked = (name) => fields.find((field) => field.name === name)?.type === 'checkbox';
    const rest = Object.entries(values).filter(([name, value]) => value && !PERSONAL.includes(name));
    const text = rest.map(([name, value]) => (ticked(name) ? `✓ ${labels[name]}` : `${labels[name]}: ${value}`)).join('\n');
    if (text) chat.say({ text });
    this.ask({ started: true });
  }

  fillFoot(card) {
    const { chat, words } = this;
    const { privacy } = chat.config ?? {};
    const notice = privacy && !chat.consent && !chat.started && chat.phase === 'ready';
    if (notice && !this.notice) this.notice = h('p', { class: 'privacy' }, told(privacy.text, words), ...policy(privacy, words));
    const call = chat.meeting && /^https?:\/\//.test(chat.meeting) && this.callCard(chat.meeting);
    fill(this.foot, [call, card, notice && this.notice].filter(Boolean));
  }

  /** A video call, in place when it is ours, else beside. */
  callCard(url) {
    if (this.call?.dataset.url === url) return this.call;
    const { words } = this;
    const ours = new URL(url).origin === location.origin;
    const enter = () => {
      const frame = h('iframe', { src: url, title: words.call, allow: 'camera; microphone; display-capture; fullscreen; autoplay' });
      const room = h('div', { class: 'room' }, h('button', { class: 'primary', type: 'button', onclick: () => room.remove() }, words.leaveCall), frame);
      this.root.append(room);
    };
    const join = ours
      ? h('button', { class: 'primary', type: 'button', onclick: enter }, words.join)
      : h('a', { class: 'primary', href: url, target: '_blank', rel: 'noopener' }, words.join);
    this.call = h('div', { class: 'card call', 'data-url': url }, h('p', { class: 'lead' }, icon('video'), words.call), join);
    return this.call;
  }

  // --- messages ------------------------------------------------------------------------------------------------------

  /** All that is in the log, in order, each with what its element depends on. */
  entries() {
    const { chat, words } = this;
    const entries = [];
    const welcome = told(chat.config?.welcome, words) || words.welcome;
    if (!chat.hasMore && chat.phase === 'ready') {
      entries.push({ key: 'welcome', out: true, kind: 'bot', text: welcome, name: words.assistant, at: 0 });
    }
    const lastMine = chat.messages.findLast((message) => message.direction === 'in')?.seq ?? 0;
    const newest = chat.messages.at(-1);
    for (const message of chat.messages) {
      const out = message.direction === 'out';
      const kind = out ? message.sender.kind : 'me';
      entries.push({
        key: message.client_id ?? message.id, out, kind, text: message.text, name: message.sender.name, at: Date.parse(message.created_at),
        files: message.attachments, deleted: message.deleted, edited: !!message.edited_at, seq: message.seq,
        choices: out && message.seq > lastMine && message === newest ? message.choices : null,
        mark: out ? null : message.seq === lastMine ? (message.seq <= chat.status.seen_seq ? 'seen' : 'sent') : null,
      });
    }
    const waiting = [
      ...chat.pending.map((item) => ({ ...item, files: item.attachments })),
      ...chat.uploads.map((item) => ({
        ...item, text: '', failed: item.failed == null ? null : this.uploadFault(item.failed),
        files: [{ name: item.file.name, mime: item.file.type, size: item.file.size, url: item.preview }],
      })),
    ];
    for (const { client_id: key, text, files, at, failed } of waiting.sort((a, b) => a.at - b.at)) {
      const mark = failed ? 'failed' : chat.online === false ? 'queued' : 'sending';
      entries.push({ key, out: false, kind: 'me', text, files, at, mark, failed });
    }
    return entries;
  }

  uploadFault(status) {
    const { words, chat } = this;
    return { 413: words.tooLarge(bytes(chat.config.limits.upload_bytes, words)), 415: words.badType, 422: words.emptyFile }[status] ?? words.uploadFailed;
  }

  items() {
    const { words } = this;
    const entries = this.entries();
    const children = [];
    const alive = new Set();
    const keep = (key, signature, make) => {
      alive.add(key);
      const known = this.nodes.get(key);
      if (known?.signature === signature) return known.node;
      const node = make();
      this.nodes.set(key, { signature, node });
      return node;
    };
    let before = null;
    for (const [index, entry] of entries.entries()) {
      const after = entries[index + 1];
      const day = entry.at && new Date(entry.at).toDateString();
      if (day && day !== before?.day) children.push(keep(`day ${day}`, day, () => h('p', { class: 'day' }, dayName(entry.at, words))));
      if (this.newFrom && entry.seq >= this.newFrom && entry.out && !(before?.seq >= this.newFrom)) {
        children.push(keep('new', '', () => h('p', { class: 'day new' }, words.unread)));
      }
      const joined = (a, b) => a && b && a.kind === b.kind && a.name === b.name && Math.abs(b.at - a.at) < GROUP_WITHIN;
      const shape = { first: !joined(before, entry), last: !joined(entry, after) };
      const signature = JSON.stringify([{ ...entry, files: entry.files?.map((file) => [file.id, file.name, !!file.url]) }, shape]);
      children.push(keep(entry.key, signature, () => this.message(entry, shape)));
      before = { ...entry, day: day || before?.day };
    }
    for (const key of this.nodes.keys()) if (!alive.has(key)) this.nodes.delete(key);
    fill(this.list, children);
  }

  message(entry, { first, last }) {
    const { words, chat } = this;
    if (entry.kind === 'system') return h('p', { class: 'system' }, ...plain(entry.text));
    const person = entry.kind === 'attendant';
    const body = entry.deleted ? [h('em', {}, words.deleted)] : entry.kind === 'bot' ? rich(entry.text) : entry.text ? [h('p', {}, ...plain(entry.text))] : [];
    const files = entry.deleted ? [] : (entry.files ?? []).map((file) => this.fileBox(file));
    const name = entry.out ? entry.name || words.team : words.you;
    const speaker = h('span', { class: first && person ? 'name' : 'hidden' }, name);
    const bubble = body.length ? h('div', { class: 'bubble' }, ...body) : null;
    const choices = entry.choices?.length
      ? h('div', { class: 'choices' }, ...entry.choices.map((choice) =>
          h('button', { type: 'button', onclick: () => this.choose(choice) }, choice.label)))
      : null;
    const face = entry.out ? h('span', { class: `avatar ${last ? '' : 'blank'}`, 'aria-hidden': 'true' }, last ? (person ? initials(name) : icon('bot')) : '') : null;
    const failed = entry.failed
      ? h('p', { class: 'failed', role: 'alert' }, `${words.failed}: ${entry.failed} `,
          h('button', { class: 'text', type: 'button', onclick: () => chat.retry(entry.key) }, words.retry),
          h('button', { class: 'text', type: 'button', onclick: () => chat.discard(entry.key) }, words.discard))
      : null;
    const time = entry.at && (last || entry.mark) ? clock(entry.at, words) : '';
    const facts = [time, entry.edited && words.edited, entry.mark && entry.mark !== 'failed' && words[entry.mark]].filter(Boolean);
    const meta = facts.length && !entry.failed ? h('p', { class: 'meta', 'data-mark': entry.mark }, facts.join(' · ')) : null;
    return h('article', { class: `message ${entry.out ? 'out' : 'me'} ${first ? 'first' : ''} ${last ? 'last' : ''}`, 'data-kind': entry.kind, 'data-mark': entry.mark ?? '' },
      face, h('div', { class: 'body' }, speaker, ...files, bubble, choices, failed, meta));
  }

  fileBox({ name, mime = '', size, url }) {
    const { words } = this;
    const kind = mime.split('/')[0];
    if (url && kind === 'image' && mime !== 'image/svg+xml') {
      const image = h('img', { src: url, alt: name || words.image, loading: 'lazy', onload: () => this.atEnd && this.toEnd() });
      return url.startsWith('blob:') ? h('div', { class: 'image' }, image) : h('a', { class: 'image', href: url, target: '_blank', rel: 'noopener' }, image);
    }
    if (url && (kind === 'audio' || kind === 'video')) return h(kind, { src: url, controls: true, preload: 'metadata', 'aria-label': name });
    const label = [icon('file'), h('span', {}, h('strong', {}, name), size ? h('small', {}, bytes(size, words)) : '')];
    return url && !url.startsWith('blob:')
      ? h('a', { class: 'file', href: url, target: '_blank', rel: 'noopener', 'aria-label': words.download(name) }, ...label)
      : h('div', { class: 'file' }, ...label);
  }

  choose({ id, label }) {
    this.chat.say({ text: label, payload: id });
    this.toEnd(true);
    this.input.focus({ preventScroll: true });
  }

  async loadEarlier() {
    this.earlier.disabled = true;
    const before = this.scroll.scrollHeight;
    try {
      await this.chat.earlier();
      this.scroll.scrollTop += this.scroll.scrollHeight - before;
    } catch {
      // Still there to be pressed again.
    }
    this.earlier.disabled = false;
  }

  // --- scrolling -----------------------------------------------------------------------------------------------------

  scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroll;
    this.atEnd = scrollHeight - scrollTop - clientHeight < 60;
    this.jump.hidden = this.atEnd || this.composer.hidden;
  }

  toEnd(now = false) {
    if (now) this.atEnd = true;
    this.scroll.scrollTop = this.scroll.scrollHeight;
  }

  opened(newFrom) {
    this.newFrom = newFrom;
    this.atEnd = true;
    this.render();
    this.focus();
  }

  // --- the composer --------------------------------------------------------------------------------------------------

  canAttach() {
    return !!this.chat.config?.features?.uploads && this.chat.phase === 'ready' && !this.composer.hidden;
  }

  typed() {
    const text = this.input.value;
    this.submit.disabled = !text.trim();
    this.complain('');
    this.input.style.height = 'auto';
    this.input.style.height = `${Math.min(this.input.scrollHeight, 132)}px`;
    this.chat.writing(!!text.trim());
  }

  key(event) {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.say();
  }

  paste(event) {
    const files = [...event.clipboardData.files];
    if (!files.length || !this.canAttach()) return;
    event.preventDefault();
    this.chat.attach(files);
  }

  picked() {
    this.chat.attach([...this.file.files]);
    this.file.value = '';
    this.toEnd(true);
  }

  say() {
    const text = this.input.value.trim();
    const most = this.chat.config.limits.text;
    if (!text) return;
    if ([...text].length > most) {
      this.complain(this.words.tooLong(most));
      return;
    }
    if (!this.chat.say({ text })) {
      this.complain(this.words.tooMany);
      return;
    }
    this.newFrom = null;
    this.input.value = '';
    this.typed();
    this.emoji(false);
    this.toEnd(true);
  }

  complain(text) {
    this.wrong.textContent = text;
    this.wrong.hidden = !text;
  }

  async emoji(open = this.picker.hidden) {
    if (open && !this.picker.childElementCount) {
      const { EMOJI } = await import('./emoji.js');
      fill(this.picker, EMOJI.map((one, index) =>
        h('button', { type: 'button', tabindex: index ? -1 : 0, onclick: () => this.insert(one) }, one)));
    }
    const had = this.picker.contains(document.activeElement);
    this.picker.hidden = !open;
    this.smile.setAttribute('aria-expanded', String(open));
    if (open) this.picker.firstChild.focus();
    else if (had) this.input.focus();
  }

  /** Arrow keys walk the grid. */
  pick(event) {
    const all = [...this.picker.children];
    const at = all.indexOf(document.activeElement);
    const columns = all.findIndex((one) => one.offsetTop > all[0].offsetTop) || 8;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
    const next = step && all[at + step];
    if (!next) return;
    event.preventDefault();
    all[at].tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }

  insert(text) {
    const { selectionStart: from, selectionEnd: to } = this.input;
    this.input.setRangeText(text, from, to, 'end');
    this.typed();
    this.emoji(false);
    this.input.focus();
  }

  toggleSound() {
    this.chat.storage.set('quiet', !this.chat.storage.get('quiet'));
    this.render();
  }
}

function initials(name) {
  const parts = name.trim().split(/\s+/);
  return [parts[0], parts.length > 1 ? parts.at(-1) : ''].map((part) => [...part][0] ?? '').join('').toUpperCase();
}

function clock(at, words) {
  return new Intl.DateTimeFormat(words.locale, { hour: 'numeric', minute: '2-digit' }).format(at);
}

function dayName(at, words) {
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 86_400_000);
  if (days === 0) return words.today;
  if (days === 1) return words.yesterday;
  return new Intl.DateTimeFormat(words.locale, { day: 'numeric', month: 'long', year: days > 300 ? 'numeric' : undefined }).format(at);
}

/** "segunda-feira, 08:00": enough to know when to come back. */
function when(text, words) {
  const at = new Date(text);
  const today = at.toDateString() === new Date().toDateString();
  const form = { weekday: today ? undefined : 'long', hour: 'numeric', minute: '2-digit' };
  return new Intl.DateTimeFormat(words.locale, form).format(at);
}
