// The main job from all its sides at once: customers in the chat of a site, attendants in the inbox, a supervisor before the
// dashboard, each in a browser of their own. Nobody reloads anything.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { PASSWORD } from './support/floor.mjs';
import { answer, composer, Room, row, said, sent } from './support/room.mjs';
import { launchBrowser, seed, Server } from './support/server.mjs';
import { arrived, bubble } from './support/visitor.mjs';

const SUPERVISOR = { email: 'sonia@example.com', password: PASSWORD };

let server;
let browser;
let world;
let room;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launchBrowser()]);
  world = await seed(server, { attendants: ['Ana Souza', 'Bruno Dias'] });
  for (const [index, person] of world.attendants.entries()) {
    person.email = `p${index}.${world.channel}@example.com`;
    await world.admin.put(`/api/attendance/queues/${world.queue}/members/${person.id}`, { max_conversations: 100 });
  }
  await world.admin.post('/api/users', { name: 'Sônia Visor', role: 'supervisor', ...SUPERVISOR });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});
beforeEach(() => {
  // The one who is too late is told so by a 409.
  room = new Room(browser, server, { expected: (text) => text.includes('status of 409') });
});
afterEach(() => room.close());

/** Waits for a figure of the dashboard to have a value. */
const figure = (page, label, value) =>
  page.locator('.figure').filter({ has: page.locator('dt', { hasText: new RegExp(`^${label}$`) }) }).locator('.figure-value', { hasText: value }).waitFor();

/** Somebody who asked for a person and waits. */
async function waits(name) {
  const customer = await room.customer(world.channel, name);
  await customer.visitor.says('quero falar com uma pessoa');
  await customer.frame.locator('.chat[data-status=waiting]').waitFor();
  return customer;
}

describe('people at work', { timeout: 300_000 }, () => {
  test('a customer waits, is served and rates while the attendant and the supervisor see every step', async () => {
    const [ana] = world.attendants;
    const board = await room.colleague(SUPERVISOR, '/dashboard');
    await figure(board, 'Na espera', /^0$/);
    const desk = await room.colleague(ana, '/inbox?view=waiting');

    await waits('Pedro Antunes');
    const { visitor, frame } = await waits('Marina Prado');
    await room.mark();
    await frame.getByText('Você é o 2º da fila', { exact: true }).waitFor();
    await row(desk, 'Marina Prado').getByText('quero falar com uma pessoa').waitFor();
    await figure(board, 'Na espera', /^2$/);

    await row(desk, 'Pedro Antunes').locator('a').click();
    await desk.locator('.composer').getByRole('button', { name: 'Assumir' }).click();
    await composer(desk).waitFor();
    await frame.getByText('Você é o próximo a ser atendido', { exact: true }).waitFor();
    await figure(board, 'Na espera', /^1$/);
    await figure(board, 'Em atendimento', /^1$/);

    await row(desk, 'Marina Prado').locator('a').click();
    await desk.getByRole('heading', { name: 'Marina Prado', level: 1 }).waitFor();
    await desk.locator('.composer').getByRole('button', { name: 'Assumir' }).click();
    await frame.getByRole('dialog', { name: 'Ana Souza' }).waitFor();
    await frame.getByText('Está com você agora').waitFor();
    await figure(board, 'Na espera', /^0$/);
    await figure(board, 'Em atendimento', /^2$/);

    await composer(desk).pressSequentially('Bom dia, Marina!');
    await frame.getByText('Ana Souza está digitando').waitFor({ state: 'attached' });
    await composer(desk).press('Enter');
    await bubble(frame, 'Bom dia, Marina!').waitFor();
    await said(desk, 'Bom dia, Marina!').locator('.mark-of[data-status=read]').waitFor();
    await frame.getByRole('textbox').pressSequentially('Minha entrega atrasou');
    await desk.getByText('Marina Prado está escrevendo').waitFor();
    await frame.getByRole('textbox').press('Enter');
    await arrived(frame, 'Minha entrega atrasou');
    await said(desk, 'Minha entrega atrasou').waitFor();
    await frame.locator('.message[data-mark=seen]', { hasText: 'Minha entrega atrasou' }).waitFor();

    await desk.locator('.conversation-head').getByRole('button', { name: 'Resolver' }).click();
    await desk.getByRole('dialog').getByRole('button', { name: 'Resolver' }).click();
    await desk.locator('.conversation-head').getByText('Resolvida').waitFor();
    await frame.getByText('Como foi o atendimento?').waitFor();
    await figure(board, 'Em atendimento', /^1$/);
    await figure(board, 'Atendimentos', /^2$/);
    await frame.getByRole('radio', { name: 'Excelente' }).check();
    await frame.getByRole('button', { name: 'Enviar avaliação' }).click();
    await frame.getByText('Obrigado pela avaliação!').waitFor();
    await figure(board, 'CSAT', /^100/);
    assert.ok(await room.unbroken(), 'nobody reloaded');
    const { items } = await world.admin.get(`/api/sessions/${new URL(desk.url()).pathname.split('/').at(-1)}/messages`);
    for (const text of ['Bom dia, Marina!', 'Minha entrega atrasou']) assert.equal(items.filter((one) => one.text === text).length, 1, text);
    await visitor.page.evaluate(() => window.attendance('close'));
  });

  test('of two who take the same conversation at once one has it and the other is told who was faster', async () => {
    const desks = [];
    for (const person of world.attendants) desks.push(await room.colleague(person, '/inbox?view=waiting'));
    for (const name of ['Íris Lopes', 'Kauã Reis', 'Zélia Duarte']) {
      const { frame } = await waits(name);
      for (const desk of desks) {
        await row(desk, name).locator('a').click();
        await desk.getByRole('heading', { name, level: 1 }).waitFor();
      }
      // Both have pressed before either press reaches the server.
      let pressed = 0;
      let go;
      const both = new Promise((resolve) => (go = resolve));
      for (const desk of desks) {
        await desk.route('**/api/attendance/take', async (route) => {
          if ((pressed += 1) === desks.length) go();
          await both;
          await route.continue();
        });
      }
      await Promise.all(desks.map((desk) => desk.locator('.composer').getByRole('button', { name: 'Assumir' }).click()));
      const outcomes = await Promise.all(desks.map((desk, index) => Promise.race([
        composer(desk).waitFor().then(() => 'has it'),
        desk.locator('.toast', { hasText: `já assumida por ${world.attendants[1 - index].name}` }).waitFor().then(() => 'told'),
      ])));
      assert.deepEqual([...outcomes].sort(), ['has it', 'told'], name);
      const [winner, loser] = outcomes[0] === 'has it' ? [0, 1] : [1, 0];
      await desks[loser].getByText(`Quem atende é ${world.attendants[winner].name}.`).waitFor();
      assert.equal(await composer(desks[loser]).count(), 0);
      await frame.getByRole('dialog', { name: world.attendants[winner].name }).waitFor();
      await answer(desks[winner], `Olá, ${name}`);
      await bubble(frame, `Olá, ${name}`).waitFor();
      await said(desks[loser], `Olá, ${name}`).waitFor();
      for (const desk of desks) await desk.unroute('**/api/attendance/take');
      await desks[loser].locator('.toast').getByRole('button', { name: 'Fechar' }).click();
      await desks[loser].locator('.toast').waitFor({ state: 'detached' });
    }
  });

  test('from the login to the end of a conversation no mouse is needed', async () => {
    const [ana] = world.attendants;
    const { frame } = await waits('Túlio Falcão');
    const context = await browser.newContext({ locale: 'pt-BR', viewport: { width: 1400, height: 900 } });
    context.setDefaultTimeout(15_000);
    const desk = await context.newPage();
    const keys = desk.keyboard;
    await desk.goto(server.base);
    await desk.locator('input[type=email]:focus').waitFor();
    await keys.type(ana.email);
    await keys.press('Tab');
    await keys.type(PASSWORD);
    await keys.press('Enter');
    await desk.locator('.inbox').waitFor();
    await desk.getByRole('button', { name: 'Próxima' }).waitFor();
    await keys.press('Shift+A');
    await desk.getByRole('heading', { name: 'Túlio Falcão', level: 1 }).waitFor();
    await composer(desk).waitFor();
    await keys.press('r');
    await desk.locator('.composer textarea:focus').waitFor();
    await keys.type('Boa tarde, Túlio');
    await keys.press('Enter');
    await sent(desk, 'Boa tarde, Túlio');
    await bubble(frame, 'Boa tarde, Túlio').waitFor();
    await keys.press('Escape');
    await keys.press('e');
    await desk.locator('dialog textarea:focus').waitFor();
    await keys.type('Só queria o horário');
    await keys.press('Control+Enter');
    await desk.locator('.conversation-head').getByText('Resolvida').waitFor();
    await frame.getByText('Como foi o atendimento?').waitFor();
    await context.close();
  });
});
