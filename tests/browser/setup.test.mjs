// The first minutes of an installation: the link on the terminal, the page behind it, and a team that can start.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import axe from 'axe-core';
import { Room } from './support/room.mjs';
import { launchBrowser, Server, watch } from './support/server.mjs';

const ADMIN = { email: 'clara@loja.example', password: 'uma senha bem comprida' };

let server;
let browser;
let context;
let page;
let faults;

before(async () => {
  [server, browser] = await Promise.all([Server.start({ ATTENDANCE_ADMIN_EMAIL: '', ATTENDANCE_ADMIN_PASSWORD: '' }), launchBrowser()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});
beforeEach(async () => {
  context = await browser.newContext({ locale: 'pt-BR', viewport: { width: 1280, height: 900 } });
  context.setDefaultTimeout(15_000);
  faults = watch(context, [server.base, server.base.replace('http', 'ws')], { expected: (text) => /status of (401|422)/.test(text) });
  page = await context.newPage();
});
afterEach(async () => {
  await context.close();
  assert.deepEqual(faults, []);
});

const link = () => server.said.map((line) => /http\S+\/setup#token=\S+/.exec(line)?.[0]).find(Boolean);
const fill = async (values) => {
  for (const [label, value] of Object.entries(values)) await page.getByLabel(label, { exact: true }).fill(value);
};
const create = () => page.getByRole('button', { name: 'Criar e entrar' }).click();
const serious = async () => {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)).map(({ id, nodes }) => [id, nodes[0].html]);
};

describe('the first start', { timeout: 120_000 }, () => {
  test('who comes without the link is told where it stands', async () => {
    await page.goto(server.base);
    await page.getByText('Falta a configuração inicial').waitFor();
    await page.goto(`${server.base}/setup`);
    await page.getByText('A configuração começa pelo link que o servidor mostrou no terminal').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Criar e entrar' }).count(), 0);
  });

  test('a link of before, or a wrong one, makes nothing', async () => {
    await page.goto(`${server.base}/setup#token=setup_0000000000000000`);
    await fill({ 'Nome da organização': 'Loja Aurora', 'Seu nome': 'Clara Nunes', 'Seu e-mail': ADMIN.email, Senha: ADMIN.password });
    await create();
    await page.getByText('Este link não vale mais. Use o que o servidor mostra no terminal.').waitFor();
    assert.equal(await page.getByLabel('Seu nome').inputValue(), 'Clara Nunes');
    const old = link();
    await server.kill();
    await server.restart();
    assert.notEqual(link(), old);
    await page.goto('about:blank');
    await page.goto(old);
    await fill({ 'Nome da organização': 'Loja Aurora', 'Seu nome': 'Clara Nunes', 'Seu e-mail': ADMIN.email, Senha: ADMIN.password });
    await create();
    await page.getByText('Este link não vale mais.').waitFor();
  });

  test('what is wrong is said at its field, in words', async () => {
    await page.goto(link());
    await page.getByRole('heading', { name: 'Vamos começar' }).waitFor();
    await page.getByText('Pelo menos 10 caracteres.').waitFor();
    await fill({ 'Nome da organização': 'Loja Aurora', 'Seu nome': 'Clara Nunes', 'Seu e-mail': 'clara@loja', Senha: 'x'.repeat(300) });
    await create();
    const email = page.getByLabel('Seu e-mail');
    await page.locator('[aria-invalid=true]').first().waitFor();
    assert.equal(await email.getAttribute('aria-invalid'), 'true');
    assert.ok(await page.locator('.field .error').first().innerText());
    // The browser itself holds back what is too short.
    await fill({ 'Seu e-mail': ADMIN.email, Senha: 'curta' });
    await create();
    assert.equal(await page.getByLabel('Senha', { exact: true }).evaluate((field) => field.validity.valid), false);
    await page.getByRole('button', { name: 'Mostrar a senha' }).click();
    assert.equal(await page.getByLabel('Senha', { exact: true }).getAttribute('type'), 'text');
  });

  test('nobody is kept out, in both schemes and on a phone', async () => {
    for (const path of [link(), server.base]) {
      await page.goto('about:blank');
      for (const [width, colorScheme] of [[1280, 'light'], [360, 'dark']]) {
        await page.setViewportSize({ width, height: 760 });
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await page.goto(path);
        await page.locator('.door-card h1, .door-card h2, .door-card .empty').first().waitFor();
        assert.deepEqual(await serious(), [], `${path} ${colorScheme}`);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
      }
    }
  });

  test('the link makes organization, administrator, channel and queue, and lets in', async () => {
    await page.goto(link());
    await fill({ 'Nome da organização': 'Loja Aurora', 'Seu nome': 'Clara Nunes', 'Seu e-mail': ADMIN.email, Senha: ADMIN.password });
    assert.ok(await page.getByLabel('Criar o chat do site').isChecked());
    await create();
    await page.locator('.nav').waitFor();
    await page.waitForURL('**/inbox');
    const used = link();
    await page.goto(`${server.base}/queues`);
    await page.getByRole('row').filter({ hasText: 'Atendimento' }).waitFor();
    await page.goto(`${server.base}/settings/channels`);
    await page.getByText('Site', { exact: true }).first().waitFor();
    const api = await server.login(ADMIN);
    const [{ items: queues }, { items: channels }] = [await api.get('/api/attendance/queues'), await api.get('/api/channels')];
    assert.deepEqual([queues.length, channels.map(({ kind }) => kind)], [1, ['web']]);

    // It was for once, and the one who was made can serve at once.
    await context.clearCookies();
    await page.evaluate(() => localStorage.clear());
    await page.goto('about:blank');
    await page.goto(used);
    await page.getByText('Esta instalação já foi configurada.').waitFor();
    await page.getByRole('link', { name: 'Entrar' }).click();
    await page.getByLabel('E-mail').fill(ADMIN.email);
    await page.getByLabel('Senha', { exact: true }).fill('não é esta senha');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Senha', { exact: true }).fill(ADMIN.password);
    await page.keyboard.press('Enter');
    await page.locator('.nav').waitFor();

    const room = new Room(browser, server);
    await api.put(`/api/attendance/attendants/${api.user.id}/status`, { status: 'online' });
    const { visitor, frame } = await room.customer(channels[0].id, 'Primeira Cliente');
    await visitor.says('Oi, tem alguém aí? quero falar com uma pessoa');
    await page.goto(`${server.base}/inbox?view=all`);
    await page.locator('.inbox-row', { hasText: 'Primeira Cliente' }).waitFor();
    assert.ok(await frame.getByText('tem alguém aí?').isVisible());
    await room.close();
  });
});
