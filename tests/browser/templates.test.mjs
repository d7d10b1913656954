// A customer who wrote more than a day ago: WhatsApp carries nothing but approved templates to them.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import axe from 'axe-core';
import { enter, PASSWORD } from './support/floor.mjs';
import { Graph } from './support/graph.mjs';
import { launchBrowser, seed, Server, watch } from './support/server.mjs';

const button = (text) => ({ type: 'BUTTONS', buttons: [{ type: 'URL', text, url: 'https://loja.example/p/{{1}}', example: ['https://loja.example/p/8841'] }] });
const TEMPLATES = [
  { name: 'retomar_conversa', language: 'pt_BR', status: 'APPROVED', category: 'UTILITY', components: [
    { type: 'HEADER', format: 'TEXT', text: 'Sobre o seu pedido' },
    { type: 'BODY', text: 'Olá {{1}}, temos novidades do pedido {{2}}. Podemos continuar por aqui?', example: { body_text: [['Marina', '8841']] } },
    { type: 'FOOTER', text: 'Loja Aurora' },
    button('Acompanhar'),
  ] },
  { name: 'campanha_de_natal', language: 'pt_BR', status: 'APPROVED', category: 'MARKETING', components: [{ type: 'BODY', text: 'Feliz Natal! Há ofertas para você.' }] },
];

let server, browser, graph, world, page, faults;

describe('the closed window', () => {
  before(async () => {
    graph = await Graph.start(TEMPLATES);
    server = await Server.start({ ATTENDANCE__SECURITY__ALLOW_PRIVATE_ADDRESSES: 'true' });
    world = await seed(server, { bot: { engine: 'off' }, channel: { kind: 'api', name: 'App' } });
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
    graph?.close();
  });
  afterEach(async () => {
    await page?.context().close();
    assert.deepEqual(faults, []);
  });

  /** Ana before the conversation of somebody who wrote yesterday. */
  async function yesterdays(name, phone, { viewport = { width: 1400, height: 900 }, credentials, colorScheme = 'light', expected } = {}) {
    const channel = await world.admin.post('/api/channels', graph.channel(world.bot, credentials));
    await graph.writes(server.base, channel.webhook_path, { name, phone, text: 'Meu pedido não chegou', hours: 25 });
    const [ana] = world.attendants;
    let session;
    while (!session) {
      const { items } = await world.admin.get(`/api/sessions?q=${encodeURIComponent(name)}`);
      session = items.find((item) => item.status === 'waiting')?.session_id;
    }
    await ana.api.post('/api/attendance/take', { session_id: session });
    const context = await browser.newContext({ locale: 'pt-BR', viewport, colorScheme });
    context.setDefaultTimeout(10_000);
    faults = watch(context, [server.base, server.base.replace('http', 'ws')], { expected });
    page = await context.newPage();
    await enter(page, server, { email: `p0.${world.channel}@example.com`, password: PASSWORD }, `/inbox/${session}`);
    await page.getByRole('button', { name: 'Usar modelo' }).click();
    return { session, channel };
  }
  const dialog = () => page.getByRole('dialog');

  test('an approved template is found, filled in, sent, and stands in the conversation as it was read', async () => {
    const { channel } = await yesterdays('Marina Prado', '5511980000001');
    await dialog().getByText('campanha de natal').waitFor();
    await dialog().getByLabel('Buscar modelo').fill('novidades');
    await dialog().getByText('campanha de natal').waitFor({ state: 'detached' });
    await dialog().getByText('retomar conversa').click();
    // Her name is there already.
    await dialog().getByText('Olá Marina, temos novidades do pedido {{2}}').waitFor();
    assert.equal(await dialog().getByLabel('Valor 1').inputValue(), 'Marina');
    assert.equal(await dialog().getByRole('button', { name: 'Enviar' }).isDisabled(), true);
    await dialog().getByLabel('Valor 2').fill('8841');
    await dialog().getByLabel('Final do endereço do botão 1').fill('8841');
    const arrived = graph.next();
    await dialog().getByRole('button', { name: 'Enviar' }).click();
    await dialog().waitFor({ state: 'detached' });
    const { type, template } = await arrived;
    assert.deepEqual({ type, template }, {
      type: 'template',
      template: {
        name: 'retomar_conversa',
        language: { code: 'pt_BR' },
        components: [
          { type: 'body', parameters: [{ type: 'text', text: 'Marina' }, { type: 'text', text: '8841' }] },
          { type: 'button', sub_type: 'url', index: '0', parameters: [{ type: 'text', text: '8841' }] },
        ],
      },
    });
    await page.locator('.message .bubble', { hasText: 'Olá Marina, temos novidades do pedido 8841' }).locator('.mark-of[data-status="sent"]').waitFor();
    // She answers: the window is open again.
    await graph.writes(server.base, channel.webhook_path, { name: 'Marina Prado', phone: '5511980000001', text: 'Claro!', hours: 0 });
    await page.getByLabel('Responder', { exact: true }).first().waitFor();
    await page.locator('.composer textarea').waitFor();
  });

  for (const [scheme, width] of [['light', 1400], ['dark', 390]]) {
    test(`everybody can choose and fill in (${scheme}, ${width} pixels)`, async () => {
      await yesterdays(`Otávio ${scheme}`, scheme === 'dark' ? '5511980000002' : '5511980000003', { viewport: { width, height: 844 }, colorScheme: scheme });
      await dialog().getByText('campanha de natal').waitFor();
      await page.evaluate(axe.source);
      const check = async () => {
        const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
        assert.deepEqual(violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)).map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), []);
        const beyond = await page.evaluate(() => document.scrollingElement.scrollWidth - innerWidth);
        assert.ok(beyond <= 0, `${beyond} pixels beyond the edge`);
      };
      await check();
      // By keyboard alone.
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await dialog().getByLabel('Valor 2').waitFor();
      await check();
      await dialog().getByRole('button', { name: 'Outros modelos' }).click();
      await dialog().getByText('campanha de natal').click();
      const arrived = graph.next();
      await dialog().getByRole('button', { name: 'Enviar' }).click();
      assert.deepEqual((await arrived).template.components, []);
    });
  }

  test('without the account nobody is left guessing', async () => {
    await yesterdays('Célia Rocha', '5511980000004', { credentials: { business_account_id: undefined }, expected: (text) => /status of 409/.test(text) });
    await dialog().getByText('Sem acesso aos modelos').waitFor();
  });
});
