// What cuts people off in the middle of a conversation: a server that dies, an answer that gets lost, a laptop that slept.
// Nothing is lost, nothing is doubled, nothing that was typed has to be typed again.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { answer, composer, Room, row, said, sent, UNREACHED } from './support/room.mjs';
import { launchBrowser, seed, Server } from './support/server.mjs';
import { arrived, bubble } from './support/visitor.mjs';
import { Wire } from './support/wire.mjs';

let server;
let browser;
let world;
let room;

before(async () => {
  // Silence is noticed within seconds here.
  const environment = { ATTENDANCE__PRESENCE__HEARTBEAT_SECONDS: '1', ATTENDANCE__PRESENCE__DEAD_AFTER_SECONDS: '3' };
  [server, browser] = await Promise.all([Server.start(environment), launchBrowser()]);
  world = await seed(server, { attendants: ['Ana Souza'] });
  world.attendants[0].email = `p0.${world.channel}@example.com`;
  await world.admin.put(`/api/attendance/queues/${world.queue}/members/${world.attendants[0].id}`, { max_conversations: 100 });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});
beforeEach(() => {
  room = new Room(browser, server, { expected: (text) => UNREACHED.test(text) || text.includes('status of 422') });
});
afterEach(() => room.close());

const texts = async (session) => (await world.admin.get(`/api/sessions/${session}/messages?limit=200`)).items.map(({ text }) => text);

/** Ana at her desk with a customer whom she serves. */
async function served(name, { base } = {}) {
  const [ana] = world.attendants;
  const customer = await room.customer(world.channel, name, base && { server: { base } });
  await customer.visitor.says('quero falar com uma pessoa');
  await customer.frame.locator('.chat[data-status=waiting]').waitFor();
  const desk = await room.colleague(ana, '/inbox?view=waiting', { base });
  await row(desk, name).locator('a').click();
  await desk.getByRole('heading', { name, level: 1 }).waitFor();
  await desk.locator('.composer').getByRole('button', { name: 'Assumir' }).click();
  await composer(desk).waitFor();
  await customer.frame.locator('.chat[data-status=active]').waitFor();
  return { ...customer, desk, session: new URL(desk.url()).pathname.split('/').at(-1) };
}

/** Each of these once: in the conversation as stored, on the attendant's screen and on the customer's, in this order. */
async function onceEverywhere({ session, desk, frame }, wanted) {
  for (const text of wanted) {
    await said(desk, text).waitFor();
    await bubble(frame, text).waitFor();
    assert.equal(await said(desk, text).count(), 1, `${text} on the desk`);
    assert.equal(await bubble(frame, text).count(), 1, `${text} in the chat`);
  }
  const stored = (await texts(session)).filter((text) => wanted.includes(text));
  assert.deepEqual(stored, wanted);
}

describe('being cut off', { timeout: 300_000 }, () => {
  test('a server that is killed in the middle of a chat loses nothing and doubles nothing on either side', async () => {
    const chat = await served('Marina Prado');
    const { frame, desk } = chat;
    await room.mark();
    await answer(desk, 'antes da queda');
    await bubble(frame, 'antes da queda').waitFor();

    await server.kill();
    await desk.getByText('Sem conexão com o servidor. Tentando de novo…').waitFor();
    await frame.getByText('Sem conexão').waitFor();
    await answer(desk, 'da atendente, durante a queda');
    await said(desk, 'da atendente, durante a queda').locator('[data-status="queued"]').waitFor();
    await desk.getByText('1 mensagem guardada para enviar.').waitFor();
    await composer(desk).fill('ainda não enviada');
    await server.restart();
    await sent(desk, 'da atendente, durante a queda');
    await bubble(frame, 'da atendente, durante a queda').waitFor();
    await desk.locator('.connection').waitFor({ state: 'detached' });
    await frame.getByText('Sem conexão').waitFor({ state: 'detached' });
    assert.equal(await composer(desk).inputValue(), 'ainda não enviada');

    await server.kill();
    await frame.getByText('Sem conexão').waitFor();
    await frame.getByRole('textbox').fill('do cliente, durante a outra queda');
    await frame.getByRole('textbox').press('Enter');
    await server.restart();
    await arrived(frame, 'do cliente, durante a outra queda');
    await said(desk, 'do cliente, durante a outra queda').waitFor();
    await composer(desk).press('Enter');
    await sent(desk, 'ainda não enviada');
    await onceEverywhere(chat, ['antes da queda', 'da atendente, durante a queda', 'do cliente, durante a outra queda', 'ainda não enviada']);
    assert.ok(await room.unbroken(), 'nobody reloaded');
  });

  test('messages that are on their way while the server dies arrive once and in order', async () => {
    const chat = await served('Otávio Sá');
    const { frame, desk } = chat;
    const wanted = Array.from({ length: 24 }, (_, at) => `recado ${String(at).padStart(2, '0')}`);
    for (const [at, text] of wanted.entries()) {
      await answer(desk, text);
      if (at === 8) await said(desk, wanted[4]).waitFor().then(() => server.kill());
      if (at === 16) await server.restart();
    }
    for (const text of wanted) await sent(desk, text);
    await onceEverywhere({ ...chat, frame }, wanted);
  });

  test('a message whose answer got lost is sent again and kept once', async () => {
    const chat = await served('Célia Rocha');
    const { desk } = chat;
    let tries = 0;
    await desk.route('**/messages', async (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      tries += 1;
      if (tries > 1) return route.continue();
      await route.fetch();
      await route.abort('connectionreset');
    });
    await answer(desk, 'só uma vez');
    await sent(desk, 'só uma vez');
    await onceEverywhere(chat, ['só uma vez']);
  });

  test('a message that is refused says why, is kept over a reload and goes when it is sent again', async () => {
    const chat = await served('Davi Luz');
    const { desk } = chat;
    const refuse = (route) => (route.request().method() === 'POST'
      ? route.fulfill({ status: 422, contentType: 'application/problem+json', body: JSON.stringify({ status: 422, code: 'validation_failed', title: 'Inválido', detail: 'Recusada pelo canal.' }) })
      : route.continue());
    await desk.route('**/messages', refuse);
    await answer(desk, 'recusada primeiro');
    await desk.getByText('Não enviada: Recusada pelo canal.').waitFor();
    await desk.unroute('**/messages', refuse);
    await desk.reload();
    await desk.getByText('Não enviada: Recusada pelo canal.').waitFor();
    await desk.getByRole('button', { name: 'Enviar de novo' }).click();
    await sent(desk, 'recusada primeiro');
    await onceEverywhere(chat, ['recusada primeiro']);
  });

  test('a laptop that slept finds what it missed, on a connection that died without a word', async () => {
    const wire = await Wire.to(server.base);
    try {
      const chat = await served('Heitor Vilela', { base: wire.base });
      const { frame, desk, session, visitor } = chat;
      await answer(desk, 'até já');
      await bubble(frame, 'até já').waitFor();
      await room.mark();
      const tools = await Promise.all([desk, visitor.page].map((page) => page.context().newCDPSession(page)));
      await Promise.all(tools.map((one) => one.send('Page.setWebLifecycleState', { state: 'frozen' })));
      wire.die();
      const [ana] = world.attendants;
      await ana.api.post(`/api/sessions/${session}/messages`, { client_id: 'asleep', text: 'escrita em outro lugar' });
      await ana.api.post(`/api/sessions/${session}/tags`, { tags: ['acordou'] });
      await Promise.all(tools.map((one) => one.send('Page.setWebLifecycleState', { state: 'active' })));
      // A browser tells only tabs that nobody saw; these were before somebody.
      await frame.evaluate(() => document.dispatchEvent(new Event('resume')));
      await said(desk, 'escrita em outro lugar').waitFor();
      await desk.locator('.conversation-head').getByText('acordou').waitFor();
      await bubble(frame, 'escrita em outro lugar').waitFor();
      await answer(desk, 'de volta');
      await bubble(frame, 'de volta').waitFor();
      await visitor.says('eu também');
      await onceEverywhere(chat, ['até já', 'escrita em outro lugar', 'de volta', 'eu também']);
      assert.ok(await room.unbroken(), 'nobody reloaded');
    } finally {
      wire.close();
    }
  });
});
