// The dashboard in a real browser against the built server: figures that move with what happens, the team's menu, alerts, and
// the board for the wall.

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

const open = async (path = '/dashboard', options = {}, who = SUPERVISOR) => {
  context = await browser.newContext({ locale: 'pt-BR', viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(15_000);
  faults = watch(context, [server.base, server.base.replace('http', 'ws')], { expected: (text) => /status of (401|409)/.test(text) });
  page = await context.newPage();
  await enter(page, server, who, path);
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
    const check = async () => {
      const { violations } = await page.evaluate(() => globalThis.axe.run());
      assert.deepEqual(violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)).map(({ id, nodes }) => [id, nodes[0].html]), []);
    };
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await check();
    }
    await page.getByRole('button', { name: 'Painel de parede' }).click();
    await page.locator('.wall-figure').first().waitFor();
    await check();
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
