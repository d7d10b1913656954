// What the browser tests share: the built server as its users start it, its API, a small contact center, a browser, and a
// collector of what must not happen on a page.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const ADMIN = { email: 'admin@example.com', password: 'correct horse battery' };
const PASSWORD = 'a long enough secret';

/** A running server; its data stays until `stop`. */
export class Server {
  /** Starts the program of ATTENDANCE_BIN on a free port and a data folder of its own; without arguments, the server. */
  static async start(environment = {}, commandLine = []) {
    const server = new Server();
    server.folder = await mkdtemp(join(tmpdir(), 'attendance-'));
    server.environment = environment;
    server.commandLine = commandLine;
    await server.launch('127.0.0.1:0');
    return server;
  }

  async launch(bind) {
    const binary = process.env.ATTENDANCE_BIN ?? join(ROOT, 'target/debug/attendance');
    const log = createWriteStream(join(this.folder, 'server.log'), { flags: 'a' });
    this.child = spawn(binary, this.commandLine, {
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        ATTENDANCE__SERVER__BIND: bind,
        ATTENDANCE__SERVER__STATIC_DIR: join(ROOT, 'static'),
        ATTENDANCE__DATA_DIR: join(this.folder, 'data'),
        ATTENDANCE__LIMITS__REQUESTS_PER_SECOND: '10000',
        ATTENDANCE__LIMITS__REQUEST_BURST: '10000',
        ATTENDANCE__LIMITS__LOGINS_PER_MINUTE: '10000',
        ATTENDANCE_ADMIN_EMAIL: ADMIN.email,
        ATTENDANCE_ADMIN_PASSWORD: ADMIN.password,
        ...this.environment,
      },
    });
    this.ended = once(this.child, 'exit');
    this.child.stderr.pipe(log);
    const lines = createInterface({ input: this.child.stdout });
    /** What stands on its terminal. */
    this.said = [];
    const listening = new Promise((resolve) => {
      lines.on('line', (line) => {
        this.said.push(line);
        if (line.startsWith('listening on ')) resolve(line.slice('listening on '.length));
      });
    });
    this.base = await Promise.race([listening, this.ended.then(() => null)]);
    if (!this.base) throw new Error(`the server did not start:\n${await readFile(join(this.folder, 'server.log'), 'utf8')}`);
  }

  /** `kill -9`: nothing is flushed, nobody is told. */
  async kill() {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  /** The same data, at the same address. */
  async restart() {
    await this.launch(new URL(this.base).host);
  }

  async stop() {
    if (this.child.exitCode === null && this.child.signalCode === null) await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  async login({ email, password } = ADMIN) {
    const anonymous = new Api(this.base);
    const { access_token: token, user } = await anonymous.post('/api/auth/login', { email, password });
    return new Api(this.base, token, user);
  }
}

/** Calls as one caller; whatever is not 2xx throws. */
export class Api {
  constructor(base, token, user) {
    Object.assign(this, { base, token, user });
  }

  async call(method, path, body) {
    const headers = { 'accept-language': 'pt-BR' };
    if (this.token) headers.authorization = `Bearer ${this.token}`;
    if (body !== undefined) headers['content-type'] = 'application/json';
    const answer = await fetch(this.base + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  get(path) {
    return this.call('GET', path);
  }

  post(path, body = {}) {
    return this.call('POST', path, body);
  }

  put(path, body) {
    return this.call('PUT', path, body);
  }
}

/** A bot, a web channel, a queue, and attendants who are online. */
export async function seed(server, { channel = {}, bot = {}, queue = {}, attendants = ['Ana Souza'] } = {}) {
  const admin = await server.login();
  const { id: botId } = await admin.post('/api/bots', { name: 'Lia', engine: 'basic', ...bot });
  const web = { kind: 'web', name: 'Site', bot_id: botId, credentials: {}, settings: {}, ...channel };
  const { id: channelId } = await admin.post('/api/channels', web);
  const { id: queueId } = await admin.post('/api/attendance/queues', { name: 'Suporte', channels: ['all'], priority_order: -10, auto_assign: false, ...queue });
  const people = [];
  for (const [index, name] of attendants.entries()) {
    const email = `p${index}.${channelId}@example.com`;
    const { id } = await admin.post('/api/users', { name, email, password: PASSWORD, role: 'attendant' });
    await admin.post(`/api/attendance/queues/${queueId}/members`, { user_id: id });
    const api = await server.login({ email, password: PASSWORD });
    await api.put(`/api/attendance/attendants/${id}/status`, { status: 'online' });
    people.push({ id, name, api });
  }
  return { admin, bot: botId, channel: channelId, queue: queueId, attendants: people };
}

/** A server of plain answers: `routes` maps a path to `{type, body, headers}`. */
export async function site(routes) {
  const server = createServer((request, response) => {
    const found = routes[new URL(request.url, 'http://site').pathname];
    response.writeHead(found ? 200 : 404, { 'content-type': found?.type ?? 'text/plain', ...found?.headers });
    response.end(found?.body ?? '');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

export function launchBrowser() {
  const args = [
    '--no-sandbox', '--headless', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync',
  ];
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args });
}

/** Collects what must not happen: errors in the console, uncaught exceptions, requests to anybody else. */
export function watch(context, origins, { expected = () => false } = {}) {
  const faults = [];
  const note = (text) => expected(text) || faults.push(text);
  const known = (url) => origins.some((origin) => url.startsWith(origin)) || /^(data|blob|about):/.test(url);
  context.on('console', (message) => {
    if (message.type() === 'error') note(`console: ${message.text()} ${message.location().url}`);
  });
  context.on('weberror', (error) => note(`uncaught: ${error.error().stack}`));
  context.on('request', (request) => known(request.url()) || note(`foreign request: ${request.url()}`));
  return faults;
}
