// The dashboard in a real browser against the built server: figures that move with what happens, the team's menu, alerts,
// staffing, what somebody has and how a supervisor steps in, and the board for the wall.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, afterEach, before, describe, test } from 'node:test';
import axe from 'axe-core';
import { enter, floor } from './support/floor.mjs';
import { launchBrowser, Server, watch } from './support/server.mjs';

const SUPERVISOR = { email: 'sup@example.com', password: 'a long enough secret' };

let server, browser, world, context, page, faults;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launchBrowser()]);
  world = await floor(server);
  await world.admin.post('/api/users', { name: 'Sônia Visor', role: 'supervisor', ...SUPERVISOR });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});
afterEach(async () => {
  await context?.close();
  assert.deepEqual(faults, []);
});

const open = async (path = '/dashboard', options = {}, who = SUPERVISOR, at = server) => {
  context = await browser.newContext({ locale: 'pt-BR', viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(15_000);
  faults = watch(context, [at.base, at.base.replace('http', 'ws')], { expected: (text) => /status of (401|409)/.test(text) });
  page = await context.newPage();
  await enter(page, at, who, path);
};
/** What axe finds grave, of the whole page. */
const grave = async () => {
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)).map(({ id, nodes }) => [id, nodes[0].html]);
};
/** Waits for a figure to have a value. */
const figure = (label, value) => page.locator('.figure').filter({ has: page.locator('dt', { hasText: new RegExp(`^${label}$`) }) }).locator('.figure-value', { hasText: value }).waitFor();
const figures = async (query = '') => (await world.admin.get(`/api/attendance/insights${query}`)).total;

/** Somebody writes and is served. */
async function served(number, person = world.people[0]) {
  const { counts } = await world.board();
  await world.writes(number);
  const cards = await world.waiting(counts.new + 1);
  const { session_id } = cards.reduce((newest, card) => (card.created_at > newest.created_at ? card : newest));
  await person.api.post('/api/attendance/take', { session_id });
  await person.api.post(`/api/sessions/${session_id}/messages`, { client_id: randomUUID(), text: 'Bom dia!' });
  return session_id;
}

describe('the dashboard', () => {
  test('before anything happened it says so', async () => {
    await open();
    await page.getByText('Nenhum atendimento no período').first().waitFor();
    await figure('Na espera', /^0$/);
    await figure('CSAT', /^–$/);
  });

  test('what happens on the floor moves its figures', async () => {
    await open();
    await figure('Na espera', /^0$/);
    const session = await served(1);
    await figure('Em atendimento', /^1$/);
    await world.people[0].api.post(`/api/attendance/resolve/${session}`, {});
    await figure('Em atendimento', /^0$/);
    await figure('Atendimentos', /^1$/);
    await figure('Resolução', /^100/);
    await page.locator('.flow-plot canvas').waitFor();
    await world.writes(2);
    await figure('Na espera', /^1$/);
    await page.getByRole('row', { name: /Suporte/ }).waitFor();
  });

  test('a period, a queue and a channel narrow it and stay in the address', async () => {
    await served(4);
    await open();
    await page.getByRole('tab', { name: '7 dias' }).click();
    await page.getByText('Atendimentos e espera por dia').waitFor();
    await page.getByLabel('Fila', { exact: true }).selectOption({ label: 'Vendas' });
    await figure('Atendimentos', /^0$/);
    await page.waitForURL(/period=week&queue=/);
    await page.getByLabel('Fila', { exact: true }).selectOption({ label: 'Todas as filas' });
    const { handoffs } = await figures('?channel=api');
    await page.getByLabel('Canal', { exact: true }).selectOption({ label: 'API' });
    await figure('Atendimentos', new RegExp(`^${handoffs}$`));
    await page.getByRole('tab', { name: 'Outro' }).click();
    await page.getByLabel('De', { exact: true }).fill('2026-01-01');
    await page.waitForURL(/from=2026-01-01/);
  });

  test('a supervisor changes a status and gives a conversation away', async () => {
    const person = world.people[1];
    await world.writes(7);
    await world.waiting(1);
    await open();
    const menu = page.getByRole('button', { name: `Ações para ${person.name}` });
    await menu.click();
    await page.getByRole('menuitemradio', { name: 'Ausente' }).click();
    const row = page.getByRole('row', { name: new RegExp(person.name) });
    await row.getByText('Ausente').waitFor();
    await menu.click();
    await page.getByRole('menuitemradio', { name: 'Disponível' }).click();
    await row.getByText('Disponível').waitFor();
    await menu.click();
    await page.getByRole('menuitem', { name: 'Entregar uma conversa' }).click();
    await page.getByRole('button', { name: 'Entregar', exact: true }).first().click();
    await page.getByText(`agora está com ${person.name}`).waitFor();
    const queue = await world.admin.get(`/api/attendance/queue?assigned_to=${person.id}`);
    assert.equal(queue.items.length, 1);
  });

  test('a supervisor follows a conversation, whispers to who has it, and joins', async () => {
    const [ana] = world.people;
    const session = await served(8, ana);
    await open();
    await page.getByRole('button', { name: /conversas? de Ana Souza: acompanhar/ }).click();
    await page.getByRole('dialog', { name: 'Conversas de Ana Souza' }).locator(`a[href^="/inbox/${session}"]`).click();
    await page.waitForURL(new RegExp(`/inbox/${session}`));
    // Monitor: it moves as the attendant works, who notices nothing of it.
    const bubble = (text) => page.locator('.message:not(.unsent) .bubble', { hasText: text });
    await bubble('Bom dia!').waitFor();
    await page.getByText('Quem atende é Ana Souza.').waitFor();
    await ana.api.post(`/api/sessions/${session}/messages`, { client_id: randomUUID(), text: 'Já verifico o boleto.' });
    await bubble('Já verifico o boleto.').waitFor();
    const holder = async () => (await world.admin.get(`/api/session/${session}`)).assigned_to;
    assert.equal(await holder(), ana.id);
    // Whisper: a note that the customer never sees, and that is among her mentions.
    await page.getByRole('tab', { name: 'Nota interna' }).click();
    await page.getByRole('combobox', { name: 'Nota interna' }).fill('@Ana ofereça o frete grátis');
    await page.getByRole('button', { name: 'Anotar' }).click();
    await bubble('@Ana ofereça o frete grátis').waitFor();
    const { items } = await ana.api.get('/api/sessions?mentions=me');
    assert.deepEqual(items.map(({ session_id }) => session_id), [session]);
    const messages = (await ana.api.get(`/api/sessions/${session}/messages`)).items;
    assert.equal(messages.find(({ text }) => text.startsWith('@Ana')).private, true);
    assert.equal(await holder(), ana.id);
    // Join.
    await page.getByRole('button', { name: 'Assumir a conversa' }).click();
    await page.getByRole('combobox', { name: 'Resposta' }).fill('Olá, sou a supervisora.');
    await page.getByRole('button', { name: 'Enviar', exact: true }).click();
    await bubble('Olá, sou a supervisora.').waitFor();
    assert.notEqual(await holder(), ana.id);
    await page.goto(`${server.base}/dashboard`);
    await page.getByRole('button', { name: `Ações para ${ana.name}` }).click();
    await page.getByRole('menuitem', { name: 'Acompanhar conversas' }).click();
    await page.getByRole('dialog', { name: 'Conversas de Ana Souza' }).waitFor();
    assert.equal(await page.locator(`a[href^="/inbox/${session}"]`).count(), 0);
  });

  test('without a history there is no forecast, and what if answers all the same', async () => {
    await open();
    await page.getByText('Ainda há pouco histórico').waitFor();
    const card = page.getByRole('region', { name: 'E se…' });
    const outcome = (label, value) => card.locator('.outcome > div', { hasText: label }).locator('dd', { hasText: value }).waitFor();
    for (const [label, value] of [['Atendentes', '12'], ['Conversas por hora', '200'], ['Minutos por conversa', '3'], ['Conversas ao mesmo tempo', '1']]) {
      await card.getByLabel(label, { exact: true }).fill(value);
    }
    await outcome('Precisam esperar', /^45\s?%$/);
    await outcome('Atendidos em 1 min', /^77\s?%$/);
    await outcome('Espera média', /^40 s$/);
    await outcome('Ocupação', /^83\s?%$/);
    await card.getByText('são precisas 13 pessoas').waitFor();
    await card.getByLabel('Atendentes', { exact: true }).fill('10');
    await outcome('Espera média', 'sem fim');
    await card.getByText('a fila só cresce').waitFor();
    // The slider and the field are one.
    await card.locator('.amount').filter({ hasText: 'Atendentes' }).locator('input[type=range]').fill('14');
    assert.equal(await card.getByLabel('Atendentes', { exact: true }).inputValue(), '14');
    await outcome('Ocupação', /^71\s?%$/);
    await card.getByRole('button', { name: 'Voltar à previsão' }).click();
    const { team } = await world.admin.get('/api/attendance/staffing');
    assert.equal(await card.getByLabel('Atendentes', { exact: true }).inputValue(), String(team.members));
  });

  test('the wall shows big figures, turns through the queues and is left by Escape', async () => {
    await open('/dashboard/wall');
    const wall = page.getByRole('dialog', { name: 'Painel de parede' });
    await wall.getByRole('heading', { name: 'Todas as filas' }).waitFor();
    await page.keyboard.press('ArrowRight');
    await wall.getByRole('heading', { name: 'Suporte' }).waitFor();
    await page.keyboard.press('ArrowLeft');
    await wall.getByRole('heading', { name: 'Todas as filas' }).waitFor();
    await page.keyboard.press('Escape');
    await page.waitForURL('**/dashboard');
    await page.getByRole('heading', { name: 'Painel', exact: true }).waitFor();
  });

  test('has no serious fault of accessibility, light, dark and on the wall', async () => {
    await open();
    await page.locator('.dashboard-columns .report-panel').first().waitFor();
    await page.locator('.shape').first().waitFor({ state: 'detached' });
    await page.evaluate(axe.source);
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      assert.deepEqual(await grave(), []);
    }
    await page.getByRole('button', { name: 'Painel de parede' }).click();
    await page.locator('.wall-figure').first().waitFor();
    assert.deepEqual(await grave(), []);
  });

  test('fits a phone, in English too', async () => {
    const { id } = await world.admin.post('/api/users', { name: 'Eve Watcher', email: 'eve@example.com', password: SUPERVISOR.password, role: 'viewer', locale: 'en' });
    assert.ok(id);
    await open('/dashboard', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }, { ...SUPERVISOR, email: 'eve@example.com' });
    await page.getByText('Average wait').first().waitFor();
    await page.locator('.report-panel').first().waitFor();
    assert.equal(await page.evaluate(() => document.querySelector('main').scrollWidth > document.querySelector('main').clientWidth), false);
    assert.equal(await page.getByRole('button', { name: /^Actions for/ }).count(), 0, 'who only looks has no menu');
  });
});

test('an attendant is not offered it', async () => {
  await open('/kanban', {}, world.people[0]);
  assert.equal(await page.getByRole('link', { name: 'Painel' }).count(), 0);
});

describe('with two weeks behind it', () => {
  const CARLA = { email: 'carla@aurora.example' };
  let shop;
  before(async () => {
    shop = await Server.start({}, ['demo', '--speed', '0.1']);
    const password = shop.said.map((line) => /^\s*carla@aurora\.example\s+(\S+)/.exec(line)?.[1]).find(Boolean);
    Object.assign(CARLA, { password });
  });
  after(() => shop?.stop());
  const staffing = () => page.getByRole('region', { name: 'Escala' });

  test('each hour says how many people it needs, of a queue and of another day too', async () => {
    await open('/dashboard', {}, CARLA, shop);
    await staffing().getByText(/Previsão com base em \d+ atendimentos desde/).waitFor();
    await staffing().locator('.flow-plot canvas').waitFor();
    const picture = staffing().getByRole('img', { name: /^No pico, às \d\d:\d\d, / });
    await picture.hover();
    await picture.getByText(/cada$/).waitFor();
    const peak = Number(/(\d+) pessoa/.exec(await picture.getAttribute('aria-label'))[1]);
    assert.equal(await page.getByLabel('Atendentes', { exact: true }).inputValue(), String(peak), 'what if begins at the peak');
    const asked = page.waitForRequest(/staffing\?.*day=\d{4}-\d\d-\d\d/);
    await staffing().getByLabel('Dia da previsão').selectOption({ index: 2 });
    await asked;
    await staffing().getByText(/Previsão com base em \d+ atendimentos desde/).waitFor();
    const ofQueue = page.waitForResponse(/staffing\?.*queue_id=/);
    await page.getByLabel('Fila', { exact: true }).selectOption({ index: 1 });
    const { basis } = await (await ofQueue).json();
    await staffing().getByText(basis.enough ? 'Previsão com base em' : 'Ainda há pouco histórico').waitFor();
  });

  test('has no serious fault of accessibility, light and dark, and fits a phone', async () => {
    await open('/dashboard', { viewport: { width: 390, height: 844 } }, CARLA, shop);
    await staffing().locator('.flow-plot canvas').waitFor();
    await staffing().locator('.outcome').waitFor();
    await page.evaluate(axe.source);
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      assert.deepEqual(await grave(), []);
    }
    assert.equal(await page.evaluate(() => document.querySelector('main').scrollWidth > document.querySelector('main').clientWidth), false);
  });
});
