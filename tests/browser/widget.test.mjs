// The web chat widget on somebody's page, in a real browser against the built server: the page is hostile (style sheets
// that unset everything, a strict content security policy), and nothing may reach it or come from it.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { launchBrowser, seed, Server } from './support/server.mjs';
import { arrived, barriers, bubble, PNG, Visitor } from './support/visitor.mjs';

const IDENTITY_SECRET = 'wk_live_3b9d1c7e5f2a48c0a1b2c3d4e5f60718';

describe('the widget', { timeout: 300_000 }, () => {
  let server;
  let browser;
  let world;
  let visitor;

  before(async () => {
    [server, browser] = await Promise.all([Server.start(), launchBrowser()]);
    world = await seed(server);
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });
  beforeEach(() => {
    visitor = null;
  });
  afterEach(() => visitor?.leaves());

  const channel = async (settings = {}, more = {}) => {
    const body = { kind: 'web', name: 'Site', bot_id: world.bot, credentials: {}, settings, ...more };
    return (await world.admin.post('/api/channels', body)).id;
  };
  const arrives = async (id, options) => {
    visitor = await Visitor.arrives(browser, server, id, options);
    return visitor;
  };
  const ana = () => world.attendants[0];
  /** Ana takes the newest conversation that waits. */
  const takes = async () => {
    const { items } = await world.admin.get('/api/attendance/queue?channel=web&status=waiting');
    const session = items.at(-1).session_id;
    await ana().api.post('/api/attendance/take', { session_id: session });
    return session;
  };
  const answers = (session, text) => ana().api.post(`/api/sessions/${session}/messages`, { client_id: `${Date.now()}.${Math.random()}`, text });
  /** A visitor who asked for a person and has Ana. */
  const served = async (options) => {
    const id = await channel();
    await arrives(id, options);
    const frame = await visitor.open();
    await visitor.says('quero falar com uma pessoa');
    await frame.locator('.chat[data-status=waiting]').waitFor();
    const session = await takes();
    await frame.locator('.chat[data-status=active]').waitFor();
    return { frame, session };
  };

  test('a visitor talks with the bot, waits, is served by a person and rates', async () => {
    await arrives(await channel({ title: 'Fale conosco', color: '#0a7d55', welcome: 'Bem-vindo à **Aurora**' }));
    const before = await visitor.launcher();
    assert.deepEqual([before.name, before.expanded, before.width], ['Abrir conversa', false, 60]);
    assert.equal(visitor.frame(), undefined, 'no frame before the first opening');
    await visitor.page.evaluate(() => {
      window.heard = [];
      for (const name of ['ready', 'open', 'close', 'unread', 'message', 'conversation_started', 'conversation_resolved']) {
        window.attendance('on', name, () => window.heard.push(name));
      }
    });
    const frame = await visitor.open();
    await frame.getByRole('dialog', { name: 'Fale conosco' }).waitFor();
    await frame.getByText('Bem-vindo à').waitFor();
    await visitor.says('Bom dia');
    await frame.locator('[data-kind=bot]').nth(1).waitFor();
    await visitor.says('quero falar com uma pessoa');
    await frame.getByText('Você é o próximo a ser atendido').waitFor();

    const session = await takes();
    await frame.getByRole('dialog', { name: ana().name }).waitFor();
    await frame.getByText('Está com você agora').waitFor();
    await ana().api.post(`/api/sessions/${session}/typing`);
    await frame.getByText('Ana Souza está digitando').waitFor();
    await answers(session, 'Olá! Em que posso ajudar? https://loja.example/ajuda.');
    const link = frame.getByRole('link', { name: 'https://loja.example/ajuda', exact: true });
    await link.waitFor();
    assert.equal(await link.getAttribute('rel'), 'noopener nofollow');
    await visitor.says('Minha entrega atrasou');
    await ana().api.post(`/api/sessions/${session}/read`);
    await frame.locator('.message[data-mark=seen]', { hasText: 'Minha entrega atrasou' }).waitFor();

    await ana().api.post(`/api/attendance/resolve/${session}`);
    await frame.getByText('Como foi o atendimento?').waitFor();
    await frame.getByRole('radio', { name: 'Excelente' }).check();
    await frame.getByRole('textbox', { name: /contar mais/ }).fill('Muito rápido');
    await frame.getByRole('button', { name: 'Enviar avaliação' }).click();
    await frame.getByText('Obrigado pela avaliação!').waitFor();
    const { total } = await world.admin.get('/api/attendance/insights');
    assert.deepEqual([total.ratings, total.csat], [1, 1]);

    await visitor.page.evaluate(() => window.attendance('close'));
    const heard = await visitor.page.evaluate(() => window.heard);
    for (const name of ['ready', 'open', 'close', 'message', 'conversation_started', 'conversation_resolved']) assert.ok(heard.includes(name), `${name} in ${heard}`);
    const own = await visitor.page.evaluate(() => [document.body.children.length, document.querySelectorAll('style, link').length, Object.keys(localStorage), JSON.stringify(localStorage)]);
    assert.deepEqual([own[0], own[1]], [1, 1], 'the page is left alone');
    assert.doesNotMatch(own[3], /token|vt_/, 'the page never sees the token');
  });

  test('who is asked whether they would recommend us answers from 0 to 10 by keyboard on the smallest screen', async () => {
    const { id: bot } = await world.admin.post('/api/bots', { name: 'Recomenda', engine: 'basic', settings: { 'attendance-csat': 'nps' } });
    await arrives(await channel({}, { bot_id: bot }), { context: { viewport: { width: 320, height: 640 } } });
    const frame = await visitor.open();
    await visitor.says('quero falar com uma pessoa');
    await frame.locator('.chat[data-status=waiting]').waitFor();
    const session = await takes();
    await ana().api.post(`/api/attendance/resolve/${session}`);
    const question = frame.getByRole('group', { name: /^De 0 a 10, o quanto você nos recomendaria/ });
    await question.getByText('0 – nada provável').waitFor();
    await question.getByText('10 – muito provável').waitFor();
    const names = await question.getByRole('radio').evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')));
    assert.deepEqual(names, ['0, nada provável', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10, muito provável']);
    const boxes = await question.locator('label').evaluateAll((all) => all.map((one) => one.getBoundingClientRect().toJSON()));
    assert.deepEqual(boxes.filter(({ left, right, width, height }) => left < 0 || right > 320 || width < 32 || height < 44), [], 'each fits and is large enough for a finger');
    await question.getByRole('radio', { name: '0, nada provável' }).focus();
    for (const key of ['ArrowRight', 'ArrowLeft', 'ArrowLeft', 'ArrowLeft']) await visitor.page.keyboard.press(key);
    assert.ok(await question.getByRole('radio', { name: '9', exact: true }).isChecked(), 'round from 0 to 10 and back by one');
    assert.deepEqual(await barriers(frame), []);
    await visitor.page.keyboard.press('Tab');
    await visitor.page.keyboard.type('Resolveram na hora');
    await visitor.page.keyboard.press('Tab');
    await visitor.page.keyboard.press('Enter');
    await frame.getByRole('status').getByText('9/10').waitFor();
    const sessions = await world.admin.get('/api/sessions?limit=200');
    const { user_id: contact } = sessions.items.find((one) => one.session_id === session);
    const { items } = await world.admin.get(`/api/crm/contacts/${contact}/timeline`);
    const told = items.filter(({ kind }) => kind === 'rating');
    assert.deepEqual(told.map(({ scale, score, text }) => [scale, score, text]), [['nps', 9, 'Resolveram na hora']]);
    const { total } = await world.admin.get('/api/attendance/insights');
    assert.deepEqual([total.recommendations, total.nps], [1, 100]);
  });

  test('a reload and a second tab go on with the conversation over one connection', async () => {
    const { frame, session } = await served();
    await answers(session, 'Primeira resposta');
    await bubble(frame, 'Primeira resposta').waitFor();

    await visitor.page.reload();
    await visitor.page.waitForEvent('framenavigated', (one) => one.url().includes('/widget/v1/frame/'));
    const again = await visitor.open();
    await bubble(again, 'Primeira resposta').waitFor();
    await visitor.says('Depois da recarga', again);

    const second = await visitor.tab();
    const sockets = [];
    second.on('websocket', (socket) => sockets.push(socket.url()));
    await visitor.launcherNamed(/conversa/, second);
    const other = await visitor.open(second);
    await bubble(other, 'Depois da recarga').waitFor();
    await visitor.says('Da segunda aba', other);
    await bubble(again, 'Da segunda aba').waitFor();
    await answers(session, 'Para as duas');
    await Promise.all([bubble(again, 'Para as duas').waitFor(), bubble(other, 'Para as duas').waitFor()]);
    assert.deepEqual(sockets, [], 'the second tab listens to the first');

    await visitor.page.close();
    await second.waitForEvent('websocket');
    await answers(session, 'Só para a que ficou');
    await bubble(other, 'Só para a que ficou').waitFor();
    assert.equal(await bubble(other, 'Da segunda aba').count(), 1);
  });

  test('what is written without a connection is shown as waiting and sent once when it is back', async () => {
    const { frame, session } = await served({ expected: (text) => /ERR_INTERNET_DISCONNECTED|ERR_NETWORK_CHANGED/.test(text) });
    await visitor.context.setOffline(true);
    await frame.getByText('Sem conexão').waitFor();
    for (const text of ['um', 'dois', 'três']) {
      await frame.getByRole('textbox').fill(`offline ${text}`);
      await frame.getByRole('textbox').press('Enter');
    }
    assert.equal(await frame.locator('.message[data-mark=queued]').count(), 3);
    await answers(session, 'Escrita enquanto isso');
    await visitor.context.setOffline(false);
    for (const text of ['um', 'dois', 'três']) await arrived(frame, `offline ${text}`);
    await bubble(frame, 'Escrita enquanto isso').waitFor();
    await frame.getByText('Sem conexão').waitFor({ state: 'detached' });
    const { items } = await ana().api.get(`/api/sessions/${session}/messages`);
    const sent = items.map((one) => one.text).filter((text) => text.startsWith('offline'));
    assert.deepEqual(sent, ['offline um', 'offline dois', 'offline três']);
    assert.equal(await bubble(frame, 'offline um').count(), 1);
  });

  test('a server that is killed in the middle loses nothing and doubles nothing', async () => {
    const own = await Server.start();
    try {
      const { channel: id, attendants, admin } = await seed(own);
      visitor = await Visitor.arrives(browser, own, id, { expected: (text) => /ERR_CONNECTION_(REFUSED|RESET)|WebSocket connection/.test(text) });
      const frame = await visitor.open();
      await visitor.says('quero falar com uma pessoa');
      await frame.locator('.chat[data-status=waiting]').waitFor();
      const { items: [{ session_id: session }] } = await admin.get('/api/attendance/queue');
      await attendants[0].api.post('/api/attendance/take', { session_id: session });
      await frame.locator('.chat[data-status=active]').waitFor();
      await visitor.says('antes da queda');
      await own.kill();
      await frame.getByText('Sem conexão').waitFor();
      await frame.getByRole('textbox').fill('durante a queda');
      await frame.getByRole('textbox').press('Enter');
      await own.restart();
      await arrived(frame, 'durante a queda');
      const person = attendants[0].api;
      await person.post(`/api/sessions/${session}/messages`, { client_id: 'depois', text: 'depois da queda' });
      await bubble(frame, 'depois da queda').waitFor();
      const { items } = await person.get(`/api/sessions/${session}/messages`);
      const texts = items.map((one) => one.text);
      for (const text of ['antes da queda', 'durante a queda', 'depois da queda']) {
        assert.equal(texts.filter((one) => one === text).length, 1, text);
        assert.equal(await bubble(frame, text).count(), 1, text);
      }
    } finally {
      await own.stop();
    }
  });

  test('the form before the chat asks for what the channel wants, and for consent with its version', async () => {
    const settings = {
      prechat: { enabled: true, fields: [
        { name: 'name', type: 'text', label: 'Seu nome', required: true }, { name: 'email', type: 'email', required: true },
        { name: 'subject', type: 'select', label: 'Assunto', options: ['Vendas', 'Suporte'] },
      ] },
      privacy: { version: '2026-03', text: 'Usamos seus dados para atender você.', url: 'https://loja.example/privacidade' },
      consent: true,
    };
    await arrives(await channel(settings));
    const opened = [];
    visitor.page.on('request', (request) => request.url().endsWith('/sessions') && opened.push(request.postDataJSON()));
    const frame = await visitor.open();
    assert.equal(await frame.locator('.composer').isVisible(), false);
    assert.deepEqual(opened, [], 'nobody is known before the form');
    await frame.getByRole('button', { name: 'Iniciar conversa' }).click();
    await frame.getByText('Preencha este campo.').first().waitFor();
    await frame.getByText('Para conversar, é preciso aceitar.').waitFor();
    await frame.getByLabel('Seu nome').fill('Marina Prado');
    await frame.getByLabel('E-mail').fill('marina');
    await frame.getByRole('button', { name: 'Iniciar conversa' }).click();
    await frame.getByText('Informe um e-mail válido').waitFor();
    await frame.getByLabel('E-mail').fill('marina@cliente.example');
    await frame.getByLabel('Assunto').selectOption('Vendas');
    assert.deepEqual(await barriers(frame), []);
    await frame.getByRole('checkbox').check();
    await frame.getByRole('button', { name: 'Iniciar conversa' }).click();
    await arrived(frame, 'Assunto: Vendas');
    assert.deepEqual([opened[0].user, opened[0].consent], [{ name: 'Marina Prado', email: 'marina@cliente.example' }, { version: '2026-03', accepted: true }]);
    const { items } = await world.admin.get('/api/crm/contacts?q=marina').catch(() => ({ items: null }));
    if (items) assert.equal(items[0].email, 'marina@cliente.example');
    await visitor.page.reload();
    await visitor.page.waitForEvent('framenavigated', (one) => one.url().includes('/widget/v1/frame/'));
    const again = await visitor.open();
    await again.locator('.composer').waitFor();
    assert.equal(await again.getByRole('checkbox').count(), 0, 'asked once');
  });

  test('files go by the button, by paste and by drop, and come from the attendant', async () => {
    const { frame, session } = await served();
    await frame.locator('input[type=file]').setInputFiles({ name: 'foto.png', mimeType: 'image/png', buffer: PNG });
    await frame.getByRole('link', { name: 'foto.png' }).getByRole('img').waitFor();
    const transfer = async (event, name) => frame.evaluate(([kind, file]) => {
      const data = new DataTransfer();
      data.items.add(new File(['a;b\n1;2\n'], file, { type: 'text/csv' }));
      const made = kind === 'paste' ? new ClipboardEvent(kind, { clipboardData: data, bubbles: true, cancelable: true }) : new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true });
      document.querySelector('.composer textarea').dispatchEvent(made);
    }, [event, name]);
    await transfer('paste', 'colado.csv');
    await frame.getByRole('link', { name: 'Baixar colado.csv' }).waitFor();
    await transfer('drop', 'solto.csv');
    await frame.getByRole('link', { name: 'Baixar solto.csv' }).waitFor();
    await frame.locator('input[type=file]').setInputFiles({ name: 'programa.exe', mimeType: 'application/octet-stream', buffer: Buffer.from('MZ\x90\0') });
    await frame.getByText('Este tipo de arquivo não é aceito.').waitFor();
    visitor.faults.splice(0, visitor.faults.length, ...visitor.faults.filter((text) => !text.includes('415')));
    await frame.getByRole('button', { name: 'Descartar' }).click();
    await frame.getByText('Este tipo de arquivo não é aceito.').waitFor({ state: 'detached' });
    const { items } = await ana().api.get(`/api/sessions/${session}/messages`);
    assert.deepEqual(items.flatMap((one) => one.attachments.map((file) => file.name)), ['foto.png', 'colado.csv', 'solto.csv']);

    const form = new FormData();
    form.append('file', new Blob([PNG], { type: 'image/png' }), 'etiqueta.png');
    const upload = await fetch(`${server.base}/api/attachments`, { method: 'POST', body: form, headers: { authorization: `Bearer ${ana().api.token}` } });
    const { id } = await upload.json();
    await ana().api.post(`/api/sessions/${session}/messages`, { client_id: `f.${session}`, attachments: [id] });
    const image = frame.getByRole('img', { name: 'etiqueta.png' });
    await image.waitFor();
    await frame.waitForFunction(() => [...document.querySelectorAll('.image img')].at(-1).naturalWidth === 10);
  });

  test('everything is done by keyboard', async () => {
    await arrives(await channel());
    await visitor.page.keyboard.press('Tab');
    const loaded = visitor.page.waitForEvent('framenavigated', (frame) => frame.url().includes('/widget/v1/frame/'));
    await visitor.page.keyboard.press('Enter');
    const frame = await loaded;
    await frame.locator('.composer textarea:focus').waitFor();
    await visitor.page.keyboard.type('Olá pelo teclado ');
    await visitor.page.keyboard.press('Shift+Tab');
    await visitor.page.keyboard.press('Enter');
    await frame.locator('.picker button:focus').waitFor();
    await visitor.page.keyboard.press('ArrowRight');
    await visitor.page.keyboard.press('Enter');
    await frame.locator('.composer textarea:focus').waitFor();
    await visitor.page.keyboard.press('Enter');
    await arrived(frame, 'Olá pelo teclado 😄');
    const names = new Set();
    for (let step = 0; step < 12; step += 1) {
      await visitor.page.keyboard.press('Tab');
      names.add(await frame.evaluate(() => document.hasFocus() && (document.activeElement.getAttribute('aria-label') || document.activeElement.tagName)));
    }
    assert.ok(names.has('Fechar conversa') && names.has('Escreva sua mensagem') && !names.has(false), [...names].join());
    await visitor.page.keyboard.press('Escape');
    const closed = await visitor.launcherNamed(/Abrir conversa/);
    assert.equal(closed.expanded, false);
    await visitor.page.keyboard.press('Enter');
    await frame.locator('.composer textarea:focus').waitFor();
  });

  for (const colorScheme of ['light', 'dark']) {
    test(`nothing serious stands in anybody's way, ${colorScheme}`, async () => {
      const id = await channel({ color: '#ffd34d', privacy: { version: '1', text: 'Seus dados são usados neste atendimento.', url: 'https://loja.example/p' } });
      await arrives(id, { context: { colorScheme } });
      const frame = await visitor.open();
      assert.deepEqual(await barriers(frame), []);
      await visitor.says('quero falar com uma pessoa');
      await frame.locator('.chat[data-status=waiting]').waitFor();
      assert.deepEqual(await barriers(frame), []);
      const session = await takes();
      await answers(session, 'Olá');
      await bubble(frame, 'Olá').last().waitFor();
      await frame.getByRole('button', { name: 'Emojis' }).click();
      await frame.locator('.picker button').first().waitFor();
      assert.deepEqual(await barriers(frame), []);
      await visitor.page.keyboard.press('Escape');
      await ana().api.post(`/api/attendance/resolve/${session}`);
      await frame.getByRole('radio', { name: 'Bom' }).check();
      assert.deepEqual(await barriers(frame), []);
      const small = await frame.evaluate(() => [...document.querySelectorAll('button, select, input:not([type=file], [type=radio], [type=checkbox])')]
        .filter((one) => one.offsetParent && one.getBoundingClientRect().height < 44).map((one) => one.className || one.textContent));
      assert.deepEqual(small, [], 'targets of 44 px');
    });
  }

  test('on a phone the chat fills the screen and nothing overflows', async () => {
    const context = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };
    await arrives(await channel(), { context });
    const frame = await visitor.open();
    await visitor.says('palavra'.repeat(40));
    const size = await frame.evaluate(() => [innerWidth, innerHeight, document.documentElement.scrollWidth]);
    assert.deepEqual(size, [390, 844, 390]);
    await frame.getByRole('button', { name: 'Fechar conversa' }).click();
    await visitor.launcherNamed(/Abrir/);
  });

  test('at twice the size everything is still there', async () => {
    await arrives(await channel(), { context: { viewport: { width: 550, height: 410 } } });
    const frame = await visitor.open();
    await visitor.says('Bom dia');
    const size = await frame.evaluate(() => [innerWidth, innerHeight, document.documentElement.scrollWidth, document.querySelector('.scroll').clientHeight > 200]);
    assert.deepEqual(size, [550, 410, 550, true]);
  });

  test('an English page gets English words', async () => {
    await arrives(await channel({ title: { 'pt-BR': 'Fale conosco', en: 'Talk to us' } }), { host: { lang: 'en' } });
    assert.equal((await visitor.launcher()).name, 'Open chat');
    const frame = await visitor.open();
    await frame.getByRole('dialog', { name: 'Talk to us' }).waitFor();
    await frame.getByPlaceholder('Write your message…').waitFor();
    assert.equal(await frame.evaluate(() => document.documentElement.lang), 'en');
    const words = await frame.locator('body').innerText();
    assert.doesNotMatch(words, /mensagem|conversa|você|ajudar/i);
  });

  test('what a bot writes is text with a few forms, never markup', async () => {
    const greeting = '**Olá** _Ana_ `x<1` <img src=x onerror=alert(1)>\n- um\n- dois\n[aqui](https://loja.example/a) [mau](javascript:alert(1))';
    const { id: bot } = await world.admin.post('/api/bots', { name: 'Marcação', engine: 'basic', settings: { 'bot-greeting': greeting } });
    await arrives(await channel({}, { bot_id: bot }));
    const frame = await visitor.open();
    await visitor.says('oi');
    const message = frame.locator('[data-kind=bot]', { hasText: 'um' });
    await message.waitFor();
    const shape = await message.locator('.bubble').evaluate((one) => [...one.querySelectorAll('*')].map((element) => element.tagName).join(' '));
    assert.equal(shape, 'P STRONG EM CODE UL LI LI P A');
    const text = await message.innerText();
    assert.ok(text.includes('<img src=x onerror=alert(1)>') && text.includes('[mau](javascript:alert(1))'), text);
  });

  test('the answers a bot offers are buttons; the chosen one is sent with what it means', async () => {
    await arrives(await channel());
    const frame = await visitor.open();
    await visitor.says('oi');
    await frame.locator('[data-kind=bot]').nth(1).waitFor();
    await visitor.context.route('**/sessions', async (route) => {
      const answer = await route.fetch();
      const body = await answer.json();
      body.messages.at(-1).choices = [{ id: '/agent', label: 'Falar com uma pessoa' }, { id: '2', label: 'Segunda via' }];
      await route.fulfill({ response: answer, json: body });
    });
    await visitor.page.reload();
    await visitor.page.waitForEvent('framenavigated', (one) => one.url().includes('/widget/v1/frame/'));
    const again = await visitor.open();
    assert.deepEqual(await barriers(again), []);
    await again.getByRole('button', { name: 'Falar com uma pessoa' }).click();
    await arrived(again, 'Falar com uma pessoa');
    assert.equal(await again.getByRole('button', { name: 'Segunda via' }).count(), 0, 'offered until something is chosen');
    const session = await again.evaluate((key) => JSON.parse(localStorage.getItem(Object.keys(localStorage).find((name) => name.endsWith(key)))), '.session');
    const { items } = await world.admin.get(`/api/sessions/${session}/messages`);
    assert.equal(items.findLast((one) => one.direction === 'in').kind, 'interactive_reply');
  });

  test('outside business hours a message is left and waits for the team', async () => {
    const day = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'][(new Date().getUTCDay() + 3) % 7];
    const settings = { 'business-hours-days': day, 'business-hours-timezone': 'UTC' };
    const { id: bot } = await world.admin.post('/api/bots', { name: 'Fechado', engine: 'basic', settings });
    await arrives(await channel({ offline: 'form' }, { bot_id: bot }));
    const frame = await visitor.open();
    await frame.getByText('Nosso atendimento está fechado agora. Voltamos').waitFor();
    await frame.getByLabel('Nome').fill('Bia Lima');
    await frame.getByLabel('E-mail').fill('bia@cliente.example');
    await frame.getByLabel('Mensagem', { exact: true }).fill('Podem me responder amanhã?');
    assert.deepEqual(await barriers(frame), []);
    await frame.getByRole('button', { name: 'Deixar uma mensagem' }).click();
    await frame.getByText('Responderemos por aqui e em bia@cliente.example').waitFor();
    const { items } = await world.admin.get('/api/attendance/queue?channel=web');
    const item = items.find((one) => one.user_name === 'Bia Lima');
    assert.deepEqual([item.status, item.user_email], ['waiting', 'bia@cliente.example']);
    await frame.getByRole('button', { name: 'Voltar à conversa' }).click();
    await bubble(frame, 'Podem me responder amanhã?').waitFor();
  });

  test('a person the site vouches for finds their conversation in another browser until they sign out', async () => {
    const id = await channel({}, { credentials: { identity_secret: IDENTITY_SECRET } });
    const hmac = createHmac('sha256', IDENTITY_SECRET).update('cust-1').digest('hex');
    const host = { attributes: `data-user-id="cust-1" data-user-name="Ana Cliente" data-user-hmac="${hmac}"` };
    await arrives(id, { host });
    await visitor.open();
    await visitor.says('sou eu mesma');
    await visitor.leaves();
    await arrives(id, { host });
    const frame = await visitor.open();
    await bubble(frame, 'sou eu mesma').waitFor();
    const ended = visitor.page.waitForResponse((response) => response.request().method() === 'DELETE');
    await visitor.page.evaluate(() => window.attendance('shutdown'));
    assert.equal((await ended).status(), 204);
    await visitor.page.waitForFunction(() => document.documentElement.children.length === 2);
    assert.deepEqual(await visitor.page.evaluate(() => Object.keys(localStorage)), []);
    await visitor.page.evaluate(() => window.attendance('boot', { user: null }));
    const fresh = await visitor.open();
    await fresh.locator('.composer').waitFor();
    assert.equal(await bubble(fresh, 'sou eu mesma').count(), 0);
  });

  test('what came while the chat was closed is counted on the launcher, on the next visit too', async () => {
    const { frame, session } = await served();
    await frame.getByRole('button', { name: 'Fechar conversa' }).click();
    await visitor.launcherNamed(/^Abrir conversa$/);
    await answers(session, 'Já volto');
    await visitor.launcherNamed(/Abrir conversa, 1 mensagem não lida/);
    await answers(session, 'Pronto');
    await visitor.launcherNamed(/2 mensagens não lidas/);
    await visitor.page.reload();
    await visitor.launcherNamed(/2 mensagens não lidas/);
    const again = await visitor.open();
    await again.getByText('Novas mensagens').waitFor();
    await again.getByRole('button', { name: 'Fechar conversa' }).click();
    await visitor.launcherNamed(/^Abrir conversa$/);
  });

  test('it weighs little', async () => {
    const folder = new URL('../../static/widget/', import.meta.url);
    const weights = {};
    for (const name of await readdir(folder)) weights[name] = gzipSync(await readFile(new URL(name, folder)), { level: 9 }).length;
    const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
    assert.ok(weights['loader.js'] <= 10 * 1024, `loader.js: ${weights['loader.js']}`);
    assert.ok(total <= 60 * 1024, JSON.stringify(weights));
  });
});
