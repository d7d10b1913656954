// The conversation as this browser knows it: session, messages, what waits to be sent. No elements: `view.js` shows it.
//
// Messages to send wait in storage, a name each, so that tabs never overwrite one another; the tab that leads sends them
// one after the other, the same `client_id` until the server says it has it. What the leader hears the others hear.

import { Connection } from './connection.js';
import { Storage } from './storage.js';
import { Tabs } from './tabs.js';

const WAITING_AT_MOST = 20;
const TYPING_EVERY = 3000;
const TYPING_LASTS = 6000;
const ACK_WITHIN = 15_000;
const RATE_WITHIN = 10_000;
/** For an answer over HTTP; a file may take as long as it takes. */
const CALL_WITHIN = 20_000;

const fresh = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** A refusal of the server, or no answer at all (`status` 0). */
export class Refused extends Error {
  constructor(status, problem = {}, retryAfter = 0) {
    super(problem.detail ?? problem.title ?? `status ${status}`);
    Object.assign(this, { status, problem, retryAfter });
  }
}

export class Chat {
  /** `changed()` after every change; `told(name, detail)` for what the page may want to know. */
  constructor(channel, { changed, told }) {
    this.channel = channel;
    this.storage = new Storage(channel);
    this.changed = changed;
    this.told = told;
    this.phase = 'loading'; // ready | unavailable | unreachable | identity
    this.config = null;
    this.open = false;
    this.user = null;
    this.page = null;
    this.forget();
    this.token = this.storage.get('token');
    document.addEventListener('visibilitychange', () => this.look());
    // Another tab began the conversation that this one has no part in yet.
    window.addEventListener('storage', ({ key, newValue }) => {
      if (key === `${this.storage.prefix}token` && newValue && !this.token && this.config) this.begin().catch(() => {});
    });
  }

  forget() {
    this.token = null;
    this.sessionId = null;
    this.messages = [];
    this.hasMore = false;
    this.status = { status: 'bot', position: null, estimated_wait: null, attendant: null, seen_seq: null };
    this.uploads = [];
    this.online = null;
    this.typing = null;
    this.rating = null;
    this.meeting = null;
    this.flying = null;
  }

  // --- what is known -------------------------------------------------------------------------------------------------

  get started() {
    return this.messages.length > 0 || this.pending.length > 0;
  }

  get seen() {
    return this.open && !document.hidden;
  }

  get readSeq() {
    return this.storage.get('read') ?? 0;
  }

  get unread() {
    const after = this.readSeq;
    return this.messages.filter((message) => message.direction === 'out' && message.seq > after).length;
  }

  get lastSeq() {
    return this.messages.at(-1)?.seq ?? 0;
  }

  /** What waits to be sent, oldest first. */
  get pending() {
    return this.storage
      .names('out.')
      .map((name) => this.storage.get(name))
      .filter(Boolean)
      .sort((a, b) => a.at - b.at || (a.client_id < b.client_id ? -1 : 1));
  }

  /** The text to agree to before writing, if there is one and it has not been. */
  get consent() {
    const { consent, privacy } = this.config ?? {};
    const asked = consent && typeof consent === 'object' ? { ...privacy, ...consent } : consent ? privacy ?? {} : null;
    if (!asked || asked.required === false) return null;
    return this.storage.get('consent')?.version === (asked.version ?? '') ? null : asked;
  }

  // --- the server ----------------------------------------------------------------------------------------------------

  async call(method, path, body, form) {
    const headers = { 'accept-language': this.words.locale };
    if (this.token && !(method === 'POST' && path === '/sessions')) headers.authorization = `Bearer ${this.token}`;
    if (body) headers['content-type'] = 'application/json';
    let answer;
    try {
      const content = body ? JSON.stringify(body) : form;
      answer = await fetch(`/api/webchat/${this.channel}${path}`, { method, headers, body: content, credentials: 'omit', referrerPolicy: 'no-referrer', signal: form ? null : AbortSignal.timeout(CALL_WITHIN) });
    } catch {
      throw new Refused(0);
    }
    const given = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Refused(answer.status, given, Number(answer.headers.get('retry-after')) || 0);
    return given;
  }

  /** Says why there is no chat. */
  refused(error) {
    const phases = { 0: 'unreachable', 401: 'identity', 403: 'unavailable', 404: 'unavailable', 409: 'unavailable' };
    this.phase = phases[error.status] ?? 'unreachable';
    this.told(this.phase === 'identity' ? 'identity_error' : 'error', { code: error.problem?.code ?? 'unreachable' });
    this.changed();
  }

  /** What the channel shows; goes on with a session this browser has, or one the site vouches for. */
  async boot({ user, page, words }) {
    Object.assign(this, { user, page, words });
    this.phase = 'loading';
    try {
      this.config = await this.call('GET', `?locale=${words.locale}`);
      if (this.token || this.user?.hmac) await this.begin();
      this.phase = 'ready';
    } catch (error) {
      this.refused(error);
    }
    this.changed();
  }

  /** Opens the session, or the same one again. */
  async begin(person = {}) {
    this.token = this.token ?? this.storage.get('token');
    const user = { ...this.user, ...person };
    const consent = this.storage.get('consent');
    const opened = await this.call('POST', '/sessions', {
      visitor_token: this.token ?? undefined,
      user: Object.keys(user).length ? user : undefined,
      page: this.page ?? undefined,
      consent: consent ? { version: consent.version, accepted: true } : undefined,
      locale: this.words.locale,
    });
    if (this.sessionId && this.sessionId !== opened.session_id) this.leave();
    if (this.storage.get('session') !== opened.session_id) this.storage.remove('read');
    this.storage.set('session', opened.session_id);
    this.storage.set('token', opened.visitor_token);
    this.token = opened.visitor_token;
    this.sessionId = opened.session_id;
    this.verified = opened.verified;
    this.config = opened.config;
    this.phase = 'ready';
    this.hasMore = opened.has_more;
    this.stand(opened.status);
    this.messages = [];
    for (const message of opened.messages) this.take(message);
    this.join();
    this.look();
    this.changed();
  }

  /** Among the tabs: one of them connects. */
  join() {
    if (this.tabs) return;
    this.tabs = new Tabs(`attendance.${this.channel}.${this.sessionId}`, {
      lead: () => this.connect(),
      hear: (message) => this.overhear(message),
    });
    this.tabs.tell({ kind: 'joined' });
  }

  leave() {
    this.connection?.stop();
    this.connection = null;
    this.tabs?.leave();
    this.tabs = null;
    this.forget();
  }

  connect() {
    const address = `${location.origin.replace(/^http/, 'ws')}/ws/webchat/${this.channel}`;
    this.connection = new Connection({
      address: () => address,
      protocols: () => ['attendance.chat.v1', `visitor.${this.token}`],
      heard: (frame) => {
        this.tabs?.tell({ kind: 'frame', frame });
        this.hear(frame);
      },
      changed: (online) => this.linked(online),
      refused: () => this.begin().catch((error) => error.status && error.status < 500 && this.refused(error)),
    });
    this.connection.start();
  }

  linked(online) {
    this.online = online;
    this.flying = null;
    clearTimeout(this.ackTimer);
    if (!online) this.typing = null;
    this.tabs?.tell({ kind: 'link', online });
    if (online) {
      this.connection.send({ type: 'resume', last_seq: this.lastSeq });
      this.look();
      this.pump();
    }
    this.changed();
  }

  /** Tells a tab that came what it cannot have heard. */
  welcome() {
    this.tabs.tell({ kind: 'link', online: this.online });
    if (this.rating) this.tabs.tell({ kind: 'rating', rating: this.rating });
  }

  /** To the server, by the tab that leads. */
  post(frame) {
    if (this.connection) return this.connection.send(frame);
    this.tabs?.tell({ kind: 'send', frame });
    return true;
  }

  /** What another tab says. */
  overhear({ kind, ...message }) {
    if (kind === 'frame') this.hear(message.frame);
    else if (kind === 'link') this.online = message.online;
    else if (kind === 'rating') this.rating = this.rating ?? message.rating;
    else if (kind === 'joined' && this.tabs.leads) this.welcome();
    else if (kind === 'send') this.connection?.send(message.frame);
    else if (kind === 'pending') this.adopt(message.items);
    else if (kind === 'ended') this.leave();
    this.changed();
  }

  /** Sends what another tab wrote. */
  adopt(items) {
    if (!this.tabs.leads) return;
    for (const item of items) {
      const known = this.messages.some((message) => message.client_id === item.client_id);
      if (!known) this.storage.set(`out.${item.client_id}`, item);
    }
    this.pump();
  }

  // --- frames --------------------------------------------------------------------------------------------------------

  hear(frame) {
    switch (frame.type) {
      case 'message':
        this.take(frame.message, !frame.updated);
        break;
      case 'message_status':
        this.mark(frame);
        break;
      case 'status':
        this.stand(frame);
        break;
      case 'typing':
        this.types(frame);
        break;
      case 'csat_request':
        if (this.rating?.handoff !== frame.handoff_id) this.rating = { handoff: frame.handoff_id, kind: frame.kind, phase: 'asked' };
        break;
      case 'csat':
        clearTimeout(this.rateTimer);
        this.rating = { ...this.rating, phase: 'done', score: frame.score };
        break;
      case 'meeting':
        this.meeting = frame.url && frame.event !== 'meeting_ended' ? frame.url : null;
        break;
      case 'error':
        this.error(frame);
        break;
      case 'resync':
        this.begin().catch(() => {}); // the connection notices by itself
        break;
    }
    this.changed();
  }

  /** A message of the conversation: new, changed, or known already. */
  take(message, live = false) {
    const at = this.messages.findIndex((one) => one.id === message.id);
    if (at >= 0) this.messages[at] = message;
    else {
      this.messages.push(message);
      this.messages.sort((a, b) => a.seq - b.seq);
    }
    if (message.client_id) this.drop(message.client_id);
    if (at >= 0 || !live || message.direction === 'in') return;
    this.typing = null;
    this.told('message', { from: message.sender.kind, name: message.sender.name, text: message.text });
    this.look();
  }

  mark({ message_id: id, client_id: client, seq, status }) {
    if (client) {
      const sent = this.storage.get(`out.${client}`);
      if (sent && seq != null) {
        const { text, attachments, at } = sent;
        this.take({
          id, seq, client_id: client, direction: 'in', sender: { kind: 'contact', name: '' }, text,
          attachments, status, created_at: new Date(at).toISOString(), edited_at: null, deleted: false,
        });
      }
      this.drop(client);
    } else if (status === 'read') {
      const message = this.messages.find((one) => one.id === id);
      if (message) this.storage.set('read', Math.max(this.readSeq, message.seq));
    }
  }

  stand(status) {
    const before = this.status.status;
    this.status = { ...status, seen_seq: Math.max(this.status.seen_seq ?? 0, status.seen_seq ?? 0) };
    if (before === status.status) return;
    if (status.status !== 'resolved') this.rating = this.rating?.phase === 'done' ? null : this.rating;
    if (status.status === 'waiting' || status.status === 'active') this.rating = null;
    if (status.status === 'resolved') this.told('conversation_resolved', {});
  }

  types({ from, name, on }) {
    clearTimeout(this.typingTimer);
    this.typing = on ? { from, name } : null;
    if (on) {
      this.typingTimer = setTimeout(() => {
        this.typing = null;
        this.changed();
      }, TYPING_LASTS);
    }
  }

  error({ client_id: client, problem, retry_after: after }) {
    if (client) {
      const item = this.storage.get(`out.${client}`);
      const passing = problem.status === 429 || problem.status >= 500;
      if (item && !passing) this.storage.set(`out.${client}`, { ...item, failed: problem.detail ?? problem.title });
      if (this.flying === client) this.land(passing ? (after || 3) * 1000 : 0);
    } else if (this.rating?.phase === 'sending') {
      this.rating.phase = 'failed';
    }
  }

  // --- writing -------------------------------------------------------------------------------------------------------

  /** Puts a message among those to be sent. False: too many wait. */
  say({ text = '', attachments = [], payload }) {
    if (this.pending.length >= WAITING_AT_MOST) return false;
    const first = !this.started;
    const client_id = fresh();
    this.storage.set(`out.${client_id}`, { client_id, text, attachments, payload, at: Date.now() });
    if (first) this.told('conversation_started', {});
    this.typedAt = 0;
    this.send();
    this.changed();
    return true;
  }

  /** Sees to it that what waits is on its way. */
  async send() {
    if (this.tabs) {
      this.pump();
      // With the messages: another tab may see what we stored later than it hears this.
      this.tabs.tell({ kind: 'pending', items: this.pending });
      return;
    }
    if (this.starting) return;
    this.starting = true;
    try {
      await this.begin();
      this.pump();
    } catch (error) {
      if (error.status && error.status < 500 && error.status !== 429) this.refused(error);
      else {
        this.online = false;
        setTimeout(() => this.send(), 3000);
      }
    } finally {
      this.starting = false;
      this.changed();
    }
  }

  /** Sends the next one; the one after it when this one has arrived. */
  pump() {
    if (!this.connection?.online || this.flying) return;
    const next = this.pending.find((item) => !item.failed);
    if (!next) return;
    const { client_id, text, attachments, payload } = next;
    this.flying = client_id;
    this.connection.send({ type: 'message', client_id, text, attachments: attachments.map((file) => file.id), payload });
    this.ackTimer = setTimeout(() => this.connection?.lost(), ACK_WITHIN);
  }

  land(pause = 0) {
    clearTimeout(this.ackTimer);
    const go = () => {
      this.flying = null;
      this.pump();
    };
    if (pause) setTimeout(go, pause);
    else go();
  }

  drop(client) {
    this.storage.remove(`out.${client}`);
    if (this.flying === client) this.land();
  }

  retry(client) {
    const upload = this.uploads.find((one) => one.client_id === client);
    if (upload) {
      this.upload(upload);
      return;
    }
    const item = this.storage.get(`out.${client}`);
    if (item) this.storage.set(`out.${client}`, { ...item, failed: undefined });
    this.send();
    this.changed();
  }

  discard(client) {
    this.uploads = this.uploads.filter((one) => one.client_id !== client);
    this.storage.remove(`out.${client}`);
    this.changed();
  }

  /** Sends files, each a message of its own. */
  attach(files) {
    for (const file of files) {
      const upload = { client_id: fresh(), file, at: Date.now(), preview: file.type.startsWith('image/') ? URL.createObjectURL(file) : null };
      this.uploads.push(upload);
      this.upload(upload);
    }
  }

  async upload(upload) {
    upload.failed = null;
    this.changed();
    try {
      const { upload_bytes: most } = this.config.limits;
      if (upload.file.size > most) throw new Refused(413);
      if (!upload.file.size) throw new Refused(422);
      if (!this.tabs) await this.begin();
      const form = new FormData();
      form.append('file', upload.file, upload.file.name || 'imagem.png');
      const { id, mime, size, name } = await this.call('POST', '/attachments', null, form);
      if (!this.uploads.includes(upload)) return; // discarded meanwhile
      const attachments = [{ id, mime, size, name, url: upload.preview }];
      this.uploads = this.uploads.filter((one) => one !== upload);
      this.storage.set(`out.${upload.client_id}`, { client_id: upload.client_id, text: '', attachments, at: upload.at });
      this.send();
    } catch (error) {
      upload.failed = error.status ?? 0;
    }
    this.changed();
  }

  /** Leaves a message for the team while it is away. */
  async left({ name, email, phone, text }) {
    await this.begin({ name, email, ...(phone && { phone }) });
    this.leaving = this.leaving ?? fresh();
    this.take(await this.call('POST', '/offline', { client_id: this.leaving, text }));
    this.leaving = null;
    this.changed();
  }

  writing(on) {
    const now = Date.now();
    if (!this.tabs || (on && now - (this.typedAt ?? 0) < TYPING_EVERY) || (!on && !this.typedAt)) return;
    this.typedAt = on ? now : 0;
    this.post({ type: 'typing', on });
  }

  rate(score, comment) {
    this.rating = { ...this.rating, phase: 'sending', score, comment };
    this.rateTimer = setTimeout(() => {
      if (this.rating?.phase === 'sending') this.rating = { ...this.rating, phase: 'failed' };
      this.changed();
    }, RATE_WITHIN);
    this.post({ type: 'csat', score, comment: comment || undefined });
    this.changed();
  }

  agree() {
    this.storage.set('consent', { version: this.consent?.version ?? '' });
  }

  // --- reading -------------------------------------------------------------------------------------------------------

  /** What is on a screen somebody looks at has been read. */
  look() {
    if (!this.seen || !this.lastSeq) return;
    const newest = this.messages.findLast((message) => message.direction === 'out')?.seq ?? 0;
    if (newest <= this.readSeq) return;
    this.storage.set('read', newest);
    this.post({ type: 'read', seq: newest });
    this.changed();
  }

  async earlier() {
    const { items, has_more } = await this.call('GET', `/messages?before=${this.messages[0].seq}`);
    for (const message of items) this.take(message);
    this.hasMore = has_more;
    this.changed();
  }

  // --- who -----------------------------------------------------------------------------------------------------------

  async identify(user) {
    this.user = user;
    if (!this.token && !user?.hmac) return;
    try {
      await this.begin();
    } catch (error) {
      if (error.status === 401) this.told('identity_error', { code: 'identity_invalid' });
      else this.told('error', { code: error.problem?.code ?? 'unreachable' });
    }
  }

  /** The visitor is nobody again, here and on the server. */
  async shutdown() {
    const ending = this.token && this.call('DELETE', '/sessions');
    this.tabs?.tell({ kind: 'ended' });
    this.storage.clear();
    this.leave();
    await Promise.resolve(ending).catch(() => {}); // it ends by itself in time
  }
}
