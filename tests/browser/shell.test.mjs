// The frame around the screens: what opens over them, a login that ends at work, language and look, the way out.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import axe from 'axe-core';
import { PASSWORD } from './support/floor.mjs';
import { answer, composer, Room, sent, UNREACHED } from './support/room.mjs';
import { launchBrowser, seed, Server } from './support/server.mjs';
import { bubble } from './support/visitor.mjs';

let server;
let browser;
let world;
let room;
let ana;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launchBrowser()]);
  world = await seed(server, { attendants: ['Ana Souza'] });
  [ana] = world.attendants;
  ana.email = `p0.${world.channel}@example.com`;
  await world.admin.put(`/api/attendance/queues/${world.queue}/members/${ana.id}`, { max_conversations: 100 });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});
beforeEach(() => {
  // A login that ended answers 401 until there is another one.
  room = new Room(browser, server, { expected: (text) => UNREACHED.test(text) || text.includes('status of 401') });
});
afterEach(() => room.close());

/** A customer whom Ana serves. */
async function served(name) {
  const customer = await room.customer(world.channel, name);
  await customer.visitor.says('quero falar com uma pessoa');
  await customer.frame.locator('.chat[data-status=waiting]').waitFor();
  const { session_id: session } = await ana.api.post('/api/attendance/take');
  return { ...customer, session };
}

const serious = async (page) => {
  await page.evaluate(axe.source);
  await page.evaluate(() => Promise.allSettled(document.getAnimations().filter((one) => one.effect.getTiming().iterations === 1).map((one) => one.finished)));
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)).map(({ id, nodes }) => [id, nodes[0].html]);
};

describe('the shell', { timeout: 180_000 }, () => {
  for (const [name, options] of [
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['on a phone', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }],
  ]) {
    test(`what opens over every screen can be used by everybody: ${name}`, async () => {
      const page = await room.colleague(ana, '/inbox', options);
      await page.locator('.inbox').waitFor();
      const phone = options.isMobile;
      const overlays = {
        'the command bar': [() => page.keyboard.press('Control+k'), () => page.getByPlaceholder('O que você quer fazer?').waitFor()],
        'the keys': [() => page.keyboard.press('?'), () => page.getByRole('dialog', { name: 'Atalhos do teclado' }).waitFor()],
        'the menu': [() => page.locator('.nav-me').click(), () => page.getByRole('menuitem', { name: 'Sair' }).waitFor()],
      };
      for (const [what, [open, opened]] of Object.entries(overlays)) {
        await open();
        await opened();
        assert.deepEqual(await serious(page), [], what);
        const box = await page.locator('dialog[open], :popover-open').first().boundingBox();
        const width = page.viewportSize().width;
        assert.ok(box.x >= 0 && box.x + box.width <= width, `${what} is on the screen`);
        if (what === 'the command bar') assert.ok(Math.abs(box.x - (width - box.x - box.width)) <= 1, 'in its middle');
        await page.keyboard.press('Escape');
        await page.locator('dialog[open], :popover-open').waitFor({ state: 'detached' });
      }
      await page.goto(`${server.base}/nowhere`);
      await page.getByText('Não encontrado').waitFor();
      assert.deepEqual(await serious(page), [], `no such page${phone ? ' on a phone' : ''}`);
    });
  }

  test('a login that ends at work is asked for over the screen, and what was written goes on from there', async () => {
    const { frame, session } = await served('Marina Prado');
    const desk = await room.colleague(ana, `/inbox/${session}`);
    await answer(desk, 'Um momento');
    await bubble(frame, 'Um momento').waitFor();
    await composer(desk).fill('Encontrei: sai amanhã');
    await room.mark();
    await desk.request.post(`${server.base}/api/auth/logout`);
    const dialog = desk.getByRole('dialog', { name: 'Sua sessão terminou' });
    await composer(desk).press('Enter');
    await dialog.waitFor();
    assert.deepEqual(await serious(desk), []);
    assert.equal(await dialog.getByLabel('E-mail').inputValue(), ana.email);
    await dialog.getByLabel('Senha', { exact: true }).fill('não é esta');
    await desk.keyboard.press('Enter');
    await dialog.getByRole('alert').waitFor();
    await dialog.getByLabel('Senha', { exact: true }).fill(PASSWORD);
    await desk.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await sent(desk, 'Encontrei: sai amanhã');
    await bubble(frame, 'Encontrei: sai amanhã').waitFor();
    assert.equal(await bubble(frame, 'Encontrei: sai amanhã').count(), 1);
    assert.ok(await room.unbroken(), 'nobody reloaded');
  });

  test('who logs out leaves nothing of what they wrote behind, and who cannot keeps it', async () => {
    const { session } = await served('Íris Lopes');
    const desk = await room.colleague(ana, `/inbox/${session}`);
    await composer(desk).fill('um rascunho');
    const kept = () => desk.evaluate(() => Object.keys(localStorage).filter((key) => /draft|outbox/.test(key)).length);
    const leave = async () => {
      await desk.locator('.nav-me').click();
      await desk.getByRole('menuitem', { name: 'Sair' }).click();
    };
    await desk.context().setOffline(true);
    await leave();
    await desk.locator('.toast[data-kind=bad]').waitFor();
    assert.equal(await composer(desk).inputValue(), 'um rascunho');
    assert.equal(await kept(), 1);
    await desk.context().setOffline(false);
    await leave();
    await desk.locator('.door-card input[type=password]').waitFor();
    assert.equal(await kept(), 0);
    await desk.goto(`${server.base}/inbox/${session}`);
    await desk.locator('.door-card input[type=password]').waitFor();
  });

  test('language and look change in place and stay', async () => {
    const { session } = await served('Davi Luz');
    const desk = await room.colleague(ana, `/inbox/${session}`, { colorScheme: 'light' });
    await composer(desk).fill('a meio caminho');
    await room.mark();
    await desk.locator('.nav-me').click();
    await desk.getByRole('menuitem', { name: 'Preferências' }).click();
    const dialog = desk.getByRole('dialog');
    await dialog.getByRole('tab', { name: 'Escura' }).click();
    await desk.waitForFunction(() => getComputedStyle(document.body).colorScheme === 'dark' || getComputedStyle(document.documentElement).colorScheme === 'dark');
    await dialog.getByLabel('Idioma').selectOption('en');
    await desk.getByRole('dialog', { name: 'Preferences' }).waitFor();
    await desk.keyboard.press('Escape');
    await desk.getByRole('link', { name: 'Inbox' }).waitFor();
    assert.equal(await desk.evaluate(() => document.documentElement.lang), 'en');
    assert.equal(await composer(desk).inputValue(), 'a meio caminho');
    assert.ok(await room.unbroken());
    await desk.reload();
    await desk.getByRole('link', { name: 'Inbox' }).waitFor();
    assert.equal(await composer(desk).inputValue(), 'a meio caminho');
    const words = await desk.locator('.nav, .inbox-list, .conversation-head, .composer').allInnerTexts();
    assert.doesNotMatch(words.join(' '), /Conversas|Minhas|Na fila|Resolver|Resposta|Nota interna|Enviar/);
  });
});
