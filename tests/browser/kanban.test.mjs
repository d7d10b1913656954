// The board in a real browser against the built server: what others do appears on it, cards move by mouse, finger and
// keyboard, and what the server refuses goes back with its reason.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import axe from 'axe-core';
import { enter, floor } from './support/floor.mjs';
import { launchBrowser, Server, watch } from './support/server.mjs';

let server, browser, world, context, page, faults;
let customer = 0;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launchBrowser()]);
  world = await floor(server);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const open = async (options = {}, path = '/kanban') => {
  context = await browser.newContext({ locale: 'pt-BR', viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(10_000);
  // A refused move is told by the browser's own console too.
  faults = watch(context, [server.base, server.base.replace('http', 'ws')], { expected: (text) => /status of (401|409|422)/.test(text) });
  page = await context.newPage();
  await enter(page, server, world.people[0], path);
};
afterEach(async () => {
  await context?.close();
  assert.deepEqual(faults, []);
});

/** Somebody new waits; their name is their own. */
async function waits() {
  const number = customer++;
  const { counts } = await world.board();
  await world.writes(number);
  const cards = await world.waiting(counts.new + 1);
  const card = cards.reduce((newest, card) => (card.created_at > newest.created_at ? card : newest));
  return { session: card.session_id, name: card.user_name, number };
}
const status = async (session) => (await world.admin.get(`/api/session/${session}`)).status;
const column = (name) => page.getByRole('region', { name });
const card = (where, { session }) => where.locator(`[data-session="${session}"]`);
const middle = async (locator) => {
  const { x, y, width, height } = await locator.boundingBox();
  return { x: x + width / 2, y: y + height / 2 };
};
const said = (text) => page.locator('[aria-live=assertive]').filter({ hasText: text }).waitFor({ state: 'attached' });

describe('the board', () => {
  beforeEach(() => open());

  test('what customers and other attendants do appears at once', async () => {
    const one = await waits();
    await card(column('Novas'), one).waitFor();
    await world.people[1].api.post('/api/attendance/take', { session_id: one.session });
    await card(column('Em atendimento'), one).locator('.card-who', { hasText: world.people[1].name }).waitFor();
    await world.writes(one.number, 'Ainda estou aqui');
    await card(column('Em atendimento'), one).getByText('Ainda estou aqui').waitFor();
    await world.people[1].api.post(`/api/attendance/resolve/${one.session}`, {});
    await card(column('Resolvidas'), one).waitFor();
  });

  test('a card dragged by mouse is accepted', async () => {
    const one = await waits();
    const [from, to] = [await middle(card(column('Novas'), one)), await middle(column('Em atendimento'))];
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(to.x, to.y, { steps: 8 });
    await page.locator('.drop-hint', { hasText: 'Atender' }).waitFor();
    await page.mouse.up();
    await card(column('Em atendimento'), one).waitFor();
    await said(/agora em Em atendimento/);
    assert.equal(await status(one.session), 'active');
    assert.match(page.url(), /\/kanban$/, 'the release opened nothing');
  });

  test('a card moves by keyboard, is announced, and keeps the focus', async () => {
    const one = await waits();
    await card(column('Novas'), one).focus();
    await page.keyboard.press('Space');
    await said(/pego em Novas/);
    await page.keyboard.press('ArrowRight');
    await said('Em atendimento: Atender');
    await page.keyboard.press('Space');
    await card(column('Em atendimento'), one).waitFor();
    await said(/agora em Em atendimento/);
    assert.equal(await status(one.session), 'active');
    await page.waitForFunction((id) => document.activeElement?.dataset.session === id, one.session);
  });

  test('Escape leaves a lifted card where it was', async () => {
    const one = await waits();
    await card(column('Novas'), one).focus();
    for (const key of ['Space', 'ArrowRight', 'Escape']) await page.keyboard.press(key);
    await said(/ficou onde estava/);
    await card(column('Novas'), one).waitFor();
    assert.equal(await status(one.session), 'waiting');
  });

  test('arrows walk over the cards and Enter opens the conversation', async () => {
    const one = await waits();
    await card(column('Novas'), one).waitFor();
    const count = await column('Novas').locator('[data-session]').count();
    await column('Novas').locator('[data-session]').first().focus();
    for (let n = 1; n < count; n += 1) await page.keyboard.press('ArrowDown');
    const session = await page.evaluate(() => document.activeElement.dataset.session);
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/inbox/${session}`);
  });

  test('a click looks at the conversation beside the board, where it can be accepted', async () => {
    const one = await waits();
    await card(column('Novas'), one).click();
    const peek = page.getByRole('complementary', { name: `Conversa com ${one.name}` });
    await world.writes(one.number, 'Vocês ainda estão aí?');
    await peek.getByText('Vocês ainda estão aí?').waitFor();
    await peek.getByRole('button', { name: 'Atender' }).click();
    await card(column('Em atendimento'), one).waitFor();
    await peek.getByRole('button', { name: 'Resolver' }).waitFor();
    await page.keyboard.press('Escape');
    await peek.waitFor({ state: 'detached' });
    await card(column('Em atendimento'), one).click();
    await peek.waitFor();
    await card(column('Em atendimento'), one).click();
    await page.waitForURL(`**/inbox/${one.session}`);
  });

  test('a refused move goes back with the reason', async () => {
    const one = await waits();
    await world.people[1].api.post('/api/attendance/take', { session_id: one.session });
    await world.people[1].api.post(`/api/attendance/resolve/${one.session}`, {});
    await card(column('Resolvidas'), one).focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('ArrowLeft');
    await page.locator('.drop-hint', { hasText: 'Não vai direto para cá' }).waitFor();
    await page.keyboard.press('Space');
    await page.getByText(`${one.name} voltou ao lugar:`, { exact: false }).first().waitFor();
    await card(column('Resolvidas'), one).waitFor();
    assert.equal(await status(one.session), 'resolved');
  });

  test('what somebody else takes leaves the hand that holds it', async () => {
    const one = await waits();
    await card(column('Novas'), one).focus();
    await page.keyboard.press('Space');
    await said(/pego em Novas/);
    await world.people[2].api.post('/api/attendance/take', { session_id: one.session });
    await said(/movida por outra pessoa: Em atendimento/);
    await card(column('Em atendimento'), one).waitFor();
    assert.equal(await page.locator('[data-lifted]').count(), 0);
  });

  test('filters narrow the board and stay in the address; lanes part it by queue', async () => {
    const [one, other] = [await waits(), await waits()];
    await world.admin.post(`/api/sessions/${other.session}/tags`, { tags: ['urgente'] });
    await card(column('Novas'), other).getByText('urgente').waitFor();
    await page.getByRole('searchbox').fill('urgente');
    await card(column('Novas'), one).waitFor({ state: 'detached' });
    await page.waitForURL('**/kanban?q=urgente');
    await page.getByRole('button', { name: 'Separar por fila' }).click();
    const lane = page.getByRole('region', { name: 'Suporte' });
    await lane.locator(`[data-session="${other.session}"]`).waitFor();
    await page.getByRole('searchbox').fill('');
    await world.admin.post('/api/attendance/transfer', { session_id: one.session, queue_id: world.queues[1].id });
    const sales = page.getByRole('region', { name: 'Vendas' });
    await sales.locator(`[data-session="${one.session}"]`).waitFor();
    await lane.locator(`[data-session="${other.session}"]`).focus();
    for (const key of ['Space', 'ArrowDown', 'Space']) await page.keyboard.press(key);
    await sales.locator(`[data-session="${other.session}"]`).waitFor();
    await page.getByRole('button', { name: 'Separar por fila' }).click();
  });

  test('has no serious fault of accessibility, light and dark', async () => {
    await card(page, await waits()).waitFor();
    await page.evaluate(axe.source);
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const { violations } = await page.evaluate(() => globalThis.axe.run());
      assert.deepEqual(violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)).map(({ id, nodes }) => [id, nodes[0].html]), []);
    }
  });
});

test('a finger lifts a card by a long press and scrolls otherwise', async () => {
  const one = await waits();
  await open({ viewport: { width: 390, height: 800 }, hasTouch: true, isMobile: true }, `/kanban?q=${encodeURIComponent(one.name)}`);
  const tools = await context.newCDPSession(page);
  const touch = (type, at) => tools.send('Input.dispatchTouchEvent', { type, touchPoints: at ? [at] : [] });
  await card(column('Novas'), one).scrollIntoViewIfNeeded();
  const from = await middle(card(column('Novas'), one));
  await touch('touchStart', from);
  await page.locator('.card.flying').waitFor();
  // Held at the edge, the board comes along until the next column is under the finger.
  await touch('touchMove', { x: 380, y: from.y });
  await page.locator('.drop-hint', { hasText: 'Atender' }).waitFor();
  await touch('touchEnd');
  await card(column('Em atendimento'), one).waitFor();
  await said(/agora em Em atendimento/);
  assert.equal(await status(one.session), 'active');
});

test('who may only look lifts nothing', async () => {
  const one = await waits();
  const viewer = { email: 'olheira@example.com', password: 'a long enough secret' };
  await world.admin.post('/api/users', { name: 'Olga Heira', role: 'viewer', locale: 'en', ...viewer });
  context = await browser.newContext({ locale: 'en', viewport: { width: 1280, height: 800 } });
  faults = watch(context, [server.base, server.base.replace('http', 'ws')], { expected: (text) => /status of 401/.test(text) });
  page = await context.newPage();
  await enter(page, server, viewer, `/kanban?q=${encodeURIComponent(one.name)}`);
  await card(column('New'), one).focus();
  await page.keyboard.press('Space');
  assert.equal(await page.locator('[data-lifted]').count(), 0);
});
