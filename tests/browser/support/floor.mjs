// A busy contact center for the tests of boards and dashboards: queues, people, customers who wrote on two channels and are
// served by the attendants' own doors.

import { createHmac, randomUUID } from 'node:crypto';

export const PASSWORD = 'a long enough secret';

const NAMES = [
  'João Silva', 'Maria Antônia Conceição', 'Zé', 'Íris Übel', 'Luís Fernando de Albuquerque Cavalcanti Neto', 'Chloë Nuñez',
  'Ana Beatriz Müller', 'Antônio Gonçalves', 'Débora Simões', 'Francisco Assis', 'Gláucia Prado', 'Hélio Ótimo', 'Inês Brandão',
  'Júlia Farias', 'Kauã Pereira', 'Lívia Rocha', 'Márcio Tavares', 'Natália Lobo', 'Otávio Pacheco', 'Patrícia Leão',
];
const TEXTS = [
  'Oi, quero falar com uma pessoa sobre o meu pedido 48213, que ainda não chegou.',
  'Bom dia! A segunda via do boleto não abre no celular.',
  'ok',
  'Vocês entregam em Jaboatão dos Guararapes? Preciso para sexta-feira, é presente de aniversário da minha mãe e ela viaja no sábado de manhã bem cedo.',
  'Meu cartão foi cobrado duas vezes 😡',
  'Quanto custa o plano família?',
  'https://loja.example.com/produtos/geladeira-frost-free-inverse-440-litros-aco-escovado-220v?utm_source=whatsapp',
  'Obrigada, resolveu!',
];
const TAGS = ['vip', 'boleto', 'entrega atrasada', 'reclamação', 'troca'];
/** Cards of a column that the board sends. */
const SHOWN = 1000;
const SECRET = 'board-app-secret';
const PHONE = '410000000000077';

/** Logs in at the door and is on that screen then. */
export async function enter(page, server, { email, password = PASSWORD }, path) {
  await page.goto(server.base + path);
  await page.locator('input[type=email]').fill(email);
  await page.locator('input[type=password]').fill(password);
  await page.keyboard.press('Enter');
  await page.locator('.nav').waitFor();
}

/** @param {import('./server.mjs').Server} server */
export async function floor(server, { attendants = ['Ana Souza', 'Bruno Lima', 'Cecília Prado'], queues = ['Suporte', 'Vendas', 'Financeiro'], capacity = 40 } = {}) {
  const admin = await server.login();
  const { id: bot } = await admin.post('/api/bots', { name: 'Lia', engine: 'reply', settings: { 'attendance-bypass-mode': 'true' } });
  const api = await admin.post('/api/channels', { kind: 'api', provider: 'api', name: 'Aplicativo', bot_id: bot, credentials: {}, settings: {} });
  const whatsapp = await admin.post('/api/channels', {
    kind: 'whatsapp', provider: 'cloud', name: 'WhatsApp', bot_id: bot,
    credentials: { access_token: 'EAAboard', phone_number_id: PHONE, app_secret: SECRET, verify_token: 'board' },
    settings: { api_base_url: 'http://127.0.0.1:9' },
  });
  const people = [];
  for (const [index, name] of attendants.entries()) {
    const email = `atendente${index}@example.com`;
    const { id } = await admin.post('/api/users', { name, email, password: PASSWORD, role: 'attendant' });
    people.push({ id, name, email });
  }
  const made = [];
  for (const [index, name] of queues.entries()) {
    const body = { name, channels: ['all'], priority_order: index - 10, auto_assign: false, max_wait_seconds: 600, user_ids: people.map(({ id }) => id) };
    const { id } = await admin.post('/api/attendance/queues', body);
    for (const person of people) {
      await admin.put(`/api/attendance/queues/${id}/members/${person.id}`, { max_conversations: capacity, priority: 0, is_active: true });
    }
    made.push({ id, name });
  }
  for (const person of people) {
    person.api = await server.login({ email: person.email, password: PASSWORD });
    await person.api.put(`/api/attendance/attendants/${person.id}/status`, { status: 'online' });
  }
  return new Floor({ server, admin, bot, people, queues: made, channels: { api, whatsapp } });
}

export class Floor {
  constructor(parts) {
    Object.assign(this, parts);
  }

  /** A customer of that number writes; resolves when the server has taken it. */
  async writes(number, text = TEXTS[number % TEXTS.length]) {
    const name = number < NAMES.length ? NAMES[number] : `${NAMES[number % NAMES.length]} ${number}`;
    const phone = `55119${String(80000000 + number * 7919).padStart(8, '0')}`;
    if (number % 3) {
      await this.admin.post(`/api/channels/${this.channels.api.id}/messages`, {
        external_id: randomUUID(), from: { id: `customer-${number}`, name, phone: `+${phone}` }, text,
      });
      return;
    }
    const value = {
      messaging_product: 'whatsapp', metadata: { display_phone_number: '551130000000', phone_number_id: PHONE },
      contacts: [{ profile: { name }, wa_id: phone }],
      messages: [{ from: phone, id: `wamid.${randomUUID()}`, timestamp: String(Math.floor(Date.now() / 1000)), type: 'text', text: { body: text } }],
    };
    const body = JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: '1', changes: [{ field: 'messages', value }] }] });
    const signature = `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`;
    const answer = await fetch(this.server.base + this.channels.whatsapp.webhook_path, {
      method: 'POST', body, headers: { 'content-type': 'application/json', 'x-hub-signature-256': signature },
    });
    if (!answer.ok) throw new Error(`webhook: ${answer.status} ${await answer.text()}`);
  }

  async writeAll(from, to) {
    const numbers = Array.from({ length: to - from }, (_, index) => from + index);
    await Promise.all(Array.from({ length: 8 }, async () => {
      for (let number = numbers.shift(); number !== undefined; number = numbers.shift()) await this.writes(number);
    }));
  }

  async board() {
    return this.admin.get('/api/attendance/kanban');
  }

  /** Waits until the first column holds so many; the inbox is worked on after the answer. */
  async waiting(n) {
    for (;;) {
      const { columns, counts } = await this.board();
      if (counts.new >= n && columns.new.length >= Math.min(n, SHOWN)) return columns.new;
    }
  }

  /** Spreads `n` customers over the columns, with tags, priorities and answers. */
  async fill(n) {
    await this.writeAll(0, n);
    const cards = await this.waiting(n);
    for (const [index, { session_id }] of cards.entries()) {
      const person = this.people[index % this.people.length];
      if (index % 4 === 0) await this.admin.post(`/api/sessions/${session_id}/priority`, { priority: [3, 2, 0][(index / 4) % 3] });
      if (index % 3 === 0) await this.admin.post(`/api/sessions/${session_id}/tags`, { tags: TAGS.slice(index % 4, (index % 4) + 1 + (index % 3)) });
      if (index % 3 === 1) await person.api.post('/api/attendance/transfer', { session_id, queue_id: this.queues[index % this.queues.length].id }).catch(() => null);
      if (index % 2 === 0) {
        await person.api.post('/api/attendance/take', { session_id });
        await person.api.post(`/api/sessions/${session_id}/messages`, { client_id: randomUUID(), text: 'Olá! Já estou vendo isso para você.' });
        if (index % 8 === 2) await person.api.post(`/api/attendance/pending/${session_id}`);
        if (index % 8 === 6) await person.api.post(`/api/attendance/resolve/${session_id}`, {});
        if (index % 8 === 4) await this.admin.post('/api/attendance/transfer', { session_id, queue_id: this.queues[(index / 8) % this.queues.length | 0].id }).then(() => person.api.post('/api/attendance/take', { session_id }));
      }
    }
    return cards;
  }
}
