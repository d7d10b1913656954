// The settings in a real browser against the built server: what an administrator arranges holds, what is refused is told in
// place, and nobody sees more than their role allows.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import axe from 'axe-core';
import { launchBrowser, seed, Server, watch } from './support/server.mjs';

const PASSWORD = 'a long enough secret';
const SCRIPT = 'TALK "Olá"\nHEAR nome AS NAME\nTALK "Prazer, " + nome';

describe('settings', { timeout: 300_000 }, () => {
  let server, browser, place, busy, context, page, faults;

  before(async () => {
    [server, browser] = await Promise.all([Server.start({ ATTENDANCE__SECURITY__ALLOW_PRIVATE_ADDRESSES: 'true' }), launchBrowser()]);
    place = await seed(server, { attendants: ['Ana Souza', 'João Conceição'] });
    await place.admin.post('/api/users', { name: 'Vera Lima', email: 'vera@example.com', password: PASSWORD, role: 'viewer' });
    busy = await scripted('Bia', {
      start: 'TALK "Oi"\nx = 1 / 0',
      cobrança: 'SET SCHEDULE "dias úteis às 8h"\nSET SCHEDULE "último dia do mês às 18h", "America/Recife"\nx = 1',
      pago: 'WEBHOOK "pedidos/pago"\nTALK "Recebemos o seu pagamento"',
    });
    await busy.writes('Rita');
    await failed(busy.bot, 1);
  });
  after(() => Promise.all([browser?.close(), server?.stop()]));

  /** A bot whose scripts are live, and somebody who writes to it. */
  const scripted = async (name, scripts) => {
    const { id: bot } = await place.admin.post('/api/bots', { name, engine: 'basic' });
    for (const [script, source] of Object.entries(scripts)) await place.admin.put(`/api/bots/${bot}/scripts/${script}`, { source, publish: true });
    const { id: channel } = await place.admin.post('/api/channels', { kind: 'api', name, bot_id: bot, credentials: {}, settings: {} });
    const writes = (who) => place.admin.post(`/api/channels/${channel}/messages`, { external_id: randomUUID(), from: { id: who, name: who }, text: 'oi' });
    return { bot, writes };
  };
  /** Waits until so much has failed in a bot's scripts. */
  const failed = async (bot, n) => {
    for (;;) {
      const { items } = await place.admin.get(`/api/bots/${bot}/errors`);
      if (items.length >= n) return items;
    }
  };
  const enter = async (options = {}, { email = 'admin@example.com', password = 'correct horse battery' } = {}, expected) => {
    await context?.close();
    context = await browser.newContext({ locale: 'pt-BR', viewport: { width: 1280, height: 860 }, ...options });
    context.setDefaultTimeout(15_000);
    faults = watch(context, [server.base, server.base.replace('http', 'ws')], { expected });
    page = await context.newPage();
    await page.goto(`${server.base}/settings`);
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Senha', { exact: true }).fill(password);
    await page.keyboard.press('Enter');
    await page.getByRole('navigation', { name: 'Ajustes' }).waitFor();
  };
  /** A refusal is an answer, but browsers note it as an error. */
  const refused = (text) => /status of (409|412|422)/.test(text);
  const open = (path) => page.goto(`${server.base}/settings/${path}`);
  const save = async () => {
    await page.getByRole('button', { name: 'Salvar', exact: true }).click();
    await page.getByText('Salvo', { exact: true }).waitFor();
  };
  beforeEach(() => enter({}, undefined, refused));
  afterEach(() => assert.deepEqual(faults, []));

  test('a person is made, refused in place, changed and deactivated', async () => {
    await open('users/new');
    await page.getByLabel('Nome', { exact: true }).fill('Túlio Araújo');
    await page.getByLabel('E-mail').fill('admin@example.com');
    await page.getByRole('radio', { name: /Supervisão/ }).check();
    await page.getByLabel('Apelidos').fill('Tú, Tulinho,');
    await page.getByRole('button', { name: 'Adicionar habilidade' }).click();
    await page.getByLabel('Habilidade', { exact: true }).fill('financeiro');
    await page.getByRole('button', { name: 'Criar' }).click();
    await page.getByLabel('E-mail').and(page.locator('[aria-invalid=true]')).waitFor();
    await page.getByLabel('E-mail').fill('tulio@example.com');
    await page.getByRole('button', { name: 'Criar' }).click();
    await page.getByRole('heading', { level: 1, name: 'Túlio Araújo' }).waitFor();
    const id = new URL(page.url()).pathname.split('/').pop();
    const made = await place.admin.get(`/api/users/${id}`);
    assert.deepEqual([made.role, made.aliases, made.skills], ['supervisor', ['Tú', 'Tulinho'], [{ name: 'financeiro', level: 3 }]]);

    await page.getByRole('switch', { name: 'Conta ativa' }).uncheck();
    await page.getByRole('button', { name: 'Salvar', exact: true }).click();
    await page.getByRole('button', { name: 'Desativar', exact: true }).click();
    await page.getByText('Esta conta está desativada').waitFor();
    assert.equal((await place.admin.get(`/api/users/${id}`)).is_active, false);
  });

  test('what was typed waits when somebody leaves the section and is not lost to what others change', async () => {
    const [{ id }] = place.attendants;
    await open(`users/${id}`);
    await page.getByLabel('Área').fill('Pós-venda');
    await page.getByRole('link', { name: 'Habilidades' }).click();
    await page.getByRole('heading', { level: 1, name: 'Habilidades' }).waitFor();
    await place.admin.put(`/api/users/${id}`, { external_id: 'att-009' });
    await page.goBack();
    const code = await page.getByLabel('Código externo').elementHandle();
    await page.waitForFunction((field) => field.value === 'att-009', code);
    assert.equal(await page.getByLabel('Área').inputValue(), 'Pós-venda');
    await place.admin.put(`/api/users/${id}`, { locale: 'en' });
    await page.getByRole('button', { name: 'Salvar', exact: true }).click();
    await page.getByText('Alguém mudou isto').waitFor();
    await page.getByRole('button', { name: 'Carregar a versão nova' }).click();
    await page.getByRole('button', { name: 'Descartar' }).waitFor();
    await save();
    const now = await place.admin.get(`/api/users/${id}`);
    assert.deepEqual([now.department, now.external_id, now.locale], ['Pós-venda', 'att-009', 'en']);
  });

  test('a setting is found by its words, refused before it is sent, saved, and goes back to its default', async () => {
    await open('organization');
    await page.getByRole('searchbox').fill('oferta aceitar');
    const field = page.getByLabel('Tempo para aceitar', { exact: true });
    await field.fill('meia hora');
    await page.getByText('Um número inteiro.').waitFor();
    await field.fill('99999');
    await page.getByRole('button', { name: 'Salvar', exact: true }).click();
    await page.locator('[role=alert]', { hasText: 'De 1 a 3.600.' }).waitFor();
    await field.fill('45');
    await save();
    const value = async () => (await place.admin.get('/api/settings')).values['attendance-offer-seconds'];
    assert.equal(await value(), '45');
    await page.getByRole('button', { name: 'Voltar ao padrão: Tempo para aceitar' }).click();
    await save();
    assert.equal(await value(), undefined);
  });

  test('a secret setting is stored, told by its end only, and not lost by opening its field', async () => {
    await open('organization');
    await page.getByRole('searchbox').fill('llm-key');
    await page.getByLabel('Chave', { exact: true }).fill('sk-0123456789wxyz');
    await save();
    await page.getByText('wxyz').waitFor();
    assert.ok(!(await page.content()).includes('0123456789'));
    await page.getByRole('button', { name: 'Substituir: Chave' }).click();
    await page.getByRole('searchbox').fill('llm-model');
    await page.getByLabel('Modelo', { exact: true }).fill('qwen');
    await save();
    const { values } = await place.admin.get('/api/settings');
    assert.deepEqual(values['llm-key'], { set: true, last4: 'wxyz' });
  });

  test('a canned response is written with its variables and read as the customer will', async () => {
    await open('canned');
    await page.getByRole('button', { name: 'Nova resposta' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Atalho').fill('/saudacao');
    await dialog.getByLabel('Texto').fill('Olá ');
    await dialog.getByRole('button', { name: 'Primeiro nome' }).click();
    await dialog.getByText('Olá Marina').waitFor();
    await dialog.getByRole('button', { name: 'Salvar' }).click();
    await page.getByText('/saudacao').waitFor();
    const { items } = await place.admin.get('/api/canned-responses');
    assert.deepEqual(items.map(({ name, text }) => [name, text]), [['saudacao', 'Olá {{name}}']]);
  });

  test('a WhatsApp channel names what is missing, then tells what to enter at the provider and whether it works', async () => {
    await open('channels/new');
    await page.getByRole('link', { name: /WhatsApp Cloud API/ }).click();
    await page.getByLabel('Nome').fill('Vendas');
    await page.getByLabel('Identificação do número').fill('+55 11');
    await page.getByRole('button', { name: 'Criar canal' }).click();
    await page.getByLabel('Token de acesso').and(page.locator('[aria-invalid=true]')).waitFor();
    assert.equal(await page.locator('[aria-invalid=true]').count(), 4);
    await page.getByLabel('Identificação do número').fill('106450001234');
    await page.getByLabel('Token de acesso').fill('EAAGtoken9f3c');
    await page.getByLabel('Chave secreta do app').fill('0123456789abcdef');
    await page.getByRole('button', { name: 'Gerar' }).click();
    await page.getByText('Ajustes avançados').click();
    await page.getByLabel('Endereço da API').fill('http://127.0.0.1:9');
    await page.getByRole('button', { name: 'Criar canal' }).click();
    await page.getByRole('heading', { level: 1, name: 'Vendas' }).waitFor();
    await page.getByText('••••••••9f3c').waitFor();
    assert.match(await page.getByLabel('Endereço do webhook (Callback URL)', { exact: true }).inputValue(), /\/webhooks\/whatsapp\/[0-9a-f-]{36}$/);
    await page.getByRole('button', { name: 'Testar conexão' }).click();
    await page.locator('.set-note[data-tone=bad]').waitFor();
  });

  test('the picture of the chat follows what is typed, and the channel keeps it', async () => {
    await open(`channels/${place.channel}`);
    const picture = page.getByRole('img', { name: 'Prévia do chat' });
    await page.getByLabel('Título', { exact: true }).fill('Loja Aurora');
    await picture.getByText('Loja Aurora').waitFor();
    await page.getByRole('button', { name: '#0f766e' }).click();
    await page.getByLabel('Posição').selectOption('left');
    await page.getByRole('switch', { name: 'Perguntar antes de começar' }).check();
    await picture.getByText('Começar conversa').waitFor();
    await page.getByLabel('Sites permitidos').fill('https://www.aurora.example,');
    await save();
    const { settings } = await place.admin.get(`/api/channels/${place.channel}`);
    assert.deepEqual([settings.title['pt-BR'], settings.color, settings.position, settings.prechat.enabled, settings.allowed_origins], ['Loja Aurora', '#0f766e', 'left', true, ['https://www.aurora.example']]);
    assert.match(await page.getByLabel('Código do chat', { exact: true }).inputValue(), new RegExp(`/widget.js" data-channel="${place.channel}"`));
  });

  test('a token is shown once and can be revoked', async () => {
    await open('tokens');
    await page.getByRole('button', { name: 'Novo token' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Nome').fill('Loja');
    await dialog.getByLabel('Conversas').selectOption('read');
    await dialog.getByRole('button', { name: 'Criar token' }).click();
    const token = await page.getByRole('dialog').getByLabel('Token', { exact: true }).inputValue();
    const answer = await fetch(`${server.base}/api/sessions`, { headers: { authorization: `Bearer ${token}` } });
    assert.equal(answer.status, 200);
    await page.getByRole('button', { name: 'Já guardei' }).click();
    assert.ok(!(await page.content()).includes(token));
    await page.getByRole('button', { name: 'Revogar: Loja' }).click();
    await page.getByRole('button', { name: 'Revogar', exact: true }).click();
    await page.getByText('Nenhum token').waitFor();
  });

  test('a script is written with colours and completion, kept in versions, compared, restored and published', async () => {
    await open(`bots/${place.bot}/scripts/start`);
    const editor = page.getByRole('textbox', { name: 'Roteiro start' });
    await editor.fill(SCRIPT);
    await page.locator('.code-line [data-tone=keyword]', { hasText: 'HEAR' }).waitFor();
    await editor.press('Control+End');
    await editor.press('Enter');
    await editor.pressSequentially('transf');
    await page.getByRole('option').first().waitFor();
    await editor.press('Tab');
    assert.match(await editor.inputValue(), /\nTRANSFER TO HUMAN/);
    await editor.press('Control+s');
    await page.getByRole('button', { name: /Versão 1/ }).waitFor();
    await editor.fill(SCRIPT.replace('Olá', 'Oi'));
    await page.getByRole('button', { name: 'Publicar' }).click();
    await page.getByText('No ar · v2').waitFor();
    await page.getByRole('button', { name: /Versão 1/ }).click();
    const dialog = page.getByRole('dialog');
    await dialog.locator('[data-kind=removed]', { hasText: 'Olá' }).waitFor();
    await dialog.locator('[data-kind=added]', { hasText: 'Oi' }).waitFor();
    await dialog.getByRole('button', { name: 'Voltar a esta versão' }).click();
    assert.match(await editor.inputValue(), /Olá/);
    const stored = await place.admin.get(`/api/bots/${place.bot}/scripts/start`);
    assert.deepEqual([stored.version, stored.is_published, stored.source], [2, true, SCRIPT.replace('Olá', 'Oi')]);
  });

  test('a script is tried as it stands, turn by turn', async () => {
    await open(`bots/${place.bot}/scripts/novo`);
    await page.getByRole('textbox', { name: 'Roteiro novo' }).fill('HEAR idade AS INTEGER\nTALK "São " + idade + " anos"');
    await page.getByRole('button', { name: 'Testar' }).click();
    await page.getByRole('button', { name: 'Começar' }).click();
    const said = page.getByRole('log');
    await page.getByLabel('Escreva como cliente').fill('42');
    await page.getByLabel('Escreva como cliente').press('Enter');
    await said.getByText('São 42 anos').waitFor();
  });

  test('where a script does not parse is marked in it, and a press goes there', async () => {
    const errors = [{ field: 'source', code: 'invalid', message: 'falta fechar as aspas', line: 3, column: 6 }];
    const body = JSON.stringify({ status: 422, code: 'validation', title: 'Não é válido', errors });
    await context.route('**/scripts/errado', (route) => (route.request().method() === 'PUT' ? route.fulfill({ status: 422, contentType: 'application/problem+json', body }) : route.continue()));
    await open(`bots/${place.bot}`);
    await page.getByRole('tab', { name: 'Roteiros' }).click();
    await page.getByRole('button', { name: 'Novo roteiro' }).first().click();
    await page.getByRole('dialog').getByLabel('Nome').fill('errado');
    await page.getByRole('dialog').getByRole('button', { name: 'Criar' }).click();
    const editor = page.getByRole('textbox', { name: 'Roteiro errado' });
    await editor.fill('TALK "a"\nTALK "b"\nTALK "c');
    await page.getByRole('button', { name: 'Publicar' }).click();
    await page.getByRole('button', { name: /3:6.*falta fechar as aspas/ }).click();
    assert.equal(await editor.evaluate((field) => field.selectionStart), 23);
    await page.locator('.code-line[data-error] .code-wrong').waitFor();
  });

  test('two thousand lines are typed into without a wait', async () => {
    const source = Array.from({ length: 2_000 }, (_, line) => `IF x = ${line} THEN TALK "Linha ${line}" ' comentário`).join('\n');
    await place.admin.put(`/api/bots/${place.bot}/scripts/longo`, { source, publish: false });
    await open(`bots/${place.bot}/scripts/longo`);
    const editor = page.getByRole('textbox', { name: 'Roteiro longo' });
    await editor.press('Control+End');
    await page.locator('.code-line', { hasText: 'Linha 1999' }).waitFor();
    assert.ok((await page.locator('.code-line').count()) < 100);
    const slowest = await editor.evaluate((field) => {
      const times = [];
      for (let turn = 0; turn < 20; turn += 1) {
        const began = performance.now();
        document.execCommand('insertText', false, 'a');
        field.getBoundingClientRect();
        times.push(performance.now() - began);
      }
      return times.sort((a, b) => a - b)[10];
    });
    assert.ok(slowest < 100, `${slowest} ms a key`);
    await page.getByRole('button', { name: 'Mais' }).click();
    await page.getByRole('menuitem', { name: 'Descartar' }).click();
  });

  test('what failed for customers is told once with how often, by conversation and line, and says when its version is no longer live', async () => {
    const source = 'TALK "Oi"\n\nx = 1 / 0';
    const { bot, writes } = await scripted('Falha', { start: source });
    await open(`bots/${bot}?tab=scripts`);
    await page.getByText('Nada falhou.').waitFor();
    await writes('Zé');
    await failed(bot, 1);
    await page.getByRole('button', { name: 'Atualizar o que falhou' }).click();
    const row = page.getByRole('list', { name: 'O que falhou' }).getByRole('listitem');
    await row.getByRole('link', { name: 'Abrir a conversa' }).waitFor();
    await writes('Lu');
    const [newest] = await failed(bot, 2);
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange'))); // somebody comes back to the tab
    await row.getByText('2 vezes').waitFor();
    assert.equal(await row.count(), 1);
    assert.match(await row.innerText(), /^Divisão por zero\n/);
    assert.equal(await row.getByRole('link', { name: 'Abrir a última conversa' }).getAttribute('href'), `/inbox/${newest.session_id}`);
    await place.admin.put(`/api/bots/${bot}/scripts/start`, { source: source.replace('0', '2'), publish: true });
    await row.getByText('Não está mais no ar').waitFor();
    await row.getByRole('link', { name: 'start:3' }).click();
    const editor = page.getByRole('textbox', { name: 'Roteiro start' });
    await page.waitForFunction((field) => document.activeElement === field && field.selectionStart === 11, await editor.elementHandle());
    assert.equal(await page.locator('.code-gutter [data-current]').innerText(), '3');
    await page.getByRole('link', { name: 'Roteiros', exact: true }).click();
    await row.getByText('Abrir a última conversa').click();
    await page.getByRole('heading', { name: 'Lu' }).first().waitFor();
  });

  test('what runs by itself is told with its next time, and where it is called with an address that works', async () => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const { bot } = await scripted('Sozinho', { agenda: 'SET SCHEDULE "dias úteis às 8h"\nx = 1' });
    await open(`bots/${bot}?tab=scripts`);
    const plan = page.getByRole('list', { name: 'Horários' }).getByRole('listitem');
    await plan.getByText('Dias úteis às 8h').waitFor();
    await plan.getByText('0 8 * * 1-5 America/Sao_Paulo').waitFor();
    await plan.getByText('Ainda não rodou').waitFor();
    const { items: [{ next_run_at: next }] } = await place.admin.get(`/api/bots/${bot}/schedules`);
    const time = plan.locator(`time[datetime="${next}"]`);
    assert.match(await time.innerText(), /^em \d+ (minutos?|horas?|dias?|segundos?)$/);

    // Published by somebody else meanwhile.
    await place.admin.put(`/api/bots/${bot}/scripts/pago`, { source: 'WEBHOOK "pedidos/pago"\nTALK "oi"', publish: true });
    await page.getByRole('row', { name: /pago/ }).waitFor();
    await page.getByRole('button', { name: 'Atualizar o que roda sozinho' }).click();
    await page.getByRole('button', { name: 'Copiar: pedidos/pago' }).click();
    await page.getByText('Copiado').waitFor();
    const url = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal((await fetch(url, { method: 'POST', body: '{}' })).status, 202);
    await failed(bot, 1);
    await page.getByRole('button', { name: 'Atualizar o que falhou' }).click();
    const row = page.getByRole('list', { name: 'O que falhou' }).getByRole('listitem');
    await row.getByText('Rodava sozinho').waitFor();
    await row.getByRole('link', { name: 'pago:2' }).waitFor();
  });

  test('how the last time went is told, and asked again when the next has come', async () => {
    const view = { script: 'agenda', version: 1, phrases: ['a cada hora'], plan: '0 * * * * America/Sao_Paulo', last_run_at: null, last_end_at: null, is_running: false, last_error: null };
    const at = (seconds) => new Date(Date.now() + seconds * 1_000).toISOString();
    const answers = [
      { ...view, next_run_at: at(1), last_run_at: at(-7_200), last_end_at: at(-7_200), last_error: { code: 'division_by_zero', message: 'divisão por zero', line: 4 } },
      { ...view, next_run_at: at(3_700), last_run_at: at(0), last_end_at: at(-7_200), is_running: true },
      { ...view, next_run_at: at(3_700), last_run_at: at(-60), last_end_at: at(0) },
    ];
    await context.route('**/schedules?*', (route) => route.fulfill({ contentType: 'application/json', body: JSON.stringify({ items: [answers.shift()], next_cursor: null }) }));
    await open(`bots/${busy.bot}?tab=scripts`);
    const plan = page.getByRole('list', { name: 'Horários' }).getByRole('listitem');
    await plan.getByText('Falhou há 2 horas: divisão por zero').waitFor();
    assert.match(await plan.getByRole('link', { name: 'linha 4' }).getAttribute('href'), /agenda\?line=4$/);
    await plan.getByText('Rodando agora').waitFor();
    await page.getByRole('button', { name: 'Atualizar o que roda sozinho' }).click();
    await plan.getByText('Deu certo há 1 minuto').waitFor();
    await plan.getByText('em 1 hora').waitFor();
  });

  test('a file is imported line by line, with the nearest known name', async () => {
    await open('files');
    await page.locator('input[type=file]').setInputFiles({ name: 'config.csv', mimeType: 'text/csv', buffer: Buffer.from('name,value\nbot-greting,Oi\nhistory-limit,30\n') });
    await page.getByText('config.csv: 1 ajuste gravado').waitFor();
    const row = page.getByRole('row', { name: /bot-greting/ });
    assert.match(await row.innerText(), /bot-greeting/);
    const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: /^config.csv/ }).click()]);
    assert.equal(saved.suggestedFilename(), 'config.csv');
  });

  test('the audit is narrowed by what was changed', async () => {
    await open('audit');
    await page.getByText('criou o bot').first().waitFor();
    await page.getByLabel('O quê').selectOption('queue');
    await page.getByText('criou a fila').first().waitFor();
    await page.getByText('criou o bot').first().waitFor({ state: 'detached' });
    assert.equal(new URL(page.url()).searchParams.get('subject'), 'queue');
  });

  test('a channel that breaks shows it at once to who looks at the list', async () => {
    const answer = JSON.stringify({ error: { message: 'Invalid OAuth access token', type: 'OAuthException', code: 190 } });
    const provider = createServer((_, response) => response.writeHead(401, { 'content-type': 'application/json' }).end(answer));
    provider.listen(0, '127.0.0.1');
    await once(provider, 'listening');
    try {
      const settings = { api_base_url: `http://127.0.0.1:${provider.address().port}` };
      const credentials = { access_token: 't', phone_number_id: '1', app_secret: 's', verify_token: 'v' };
      const { id } = await place.admin.post('/api/channels', { kind: 'whatsapp', provider: 'cloud', name: 'Vai cair', bot_id: place.bot, settings, credentials });
      await open('channels');
      const tile = page.getByRole('link', { name: /Vai cair/ });
      await tile.getByText('Funcionando').waitFor();
      await place.admin.post(`/api/channels/${id}/test`);
      await tile.getByText('Fora do ar').waitFor();
    } finally {
      provider.close();
    }
  });

  test('who may only look is offered no change and no section beyond their role', async () => {
    await enter({}, { email: 'vera@example.com', password: PASSWORD });
    assert.equal(await page.getByRole('link', { name: 'Tokens de API' }).count(), 0);
    await open('tokens');
    await page.getByText('Sem permissão').waitFor();
    await open(`users/${place.attendants[1].id}`);
    await page.getByLabel('Nome', { exact: true }).waitFor();
    assert.ok(await page.getByLabel('Nome', { exact: true }).isDisabled());
    assert.equal(await page.getByRole('button', { name: 'Excluir' }).count(), 0);
    await open(`bots/${busy.bot}?tab=scripts`);
    await page.getByRole('list', { name: 'Horários' }).waitFor();
    await page.getByRole('link', { name: 'start:2' }).waitFor();
    assert.equal(await page.getByLabel('pedidos/pago', { exact: true }).count(), 0);
    assert.ok(!(await page.content()).includes('token='));
    const email = (await place.admin.get(`/api/users/${place.attendants[1].id}`)).email;
    await enter({}, { email, password: PASSWORD });
    assert.equal(await page.getByRole('link', { name: 'Pessoas e perfis' }).count(), 0);
    await page.getByRole('heading', { level: 1, name: 'Minhas preferências' }).waitFor();
  });

  test('on a phone the list comes first, a section after it, and the way back', async () => {
    await enter({ viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true });
    await page.getByRole('link', { name: 'Canais' }).tap();
    await page.getByRole('heading', { level: 1, name: 'Canais' }).waitFor();
    assert.equal(await page.getByRole('navigation', { name: 'Ajustes' }).isVisible(), false);
    await page.getByRole('link', { name: 'Ajustes', exact: true }).first().tap();
    await page.getByRole('link', { name: 'Pessoas e perfis' }).waitFor();
    for (const path of ['users', 'users/new', 'organization', `channels/${place.channel}`, `bots/${place.bot}/scripts/start`, `bots/${busy.bot}?tab=scripts`, 'tokens', 'audit']) {
      await open(path);
      await page.locator('.set-section h1').waitFor();
      await page.waitForFunction(() => !document.querySelector('.skeleton'));
      assert.ok(await page.evaluate(() => document.querySelector('.set-content').scrollWidth <= innerWidth), path);
    }
  });

  for (const colorScheme of ['light', 'dark']) {
    test(`every section can be used by everybody (${colorScheme})`, async () => {
      await enter({ colorScheme, bypassCSP: true });
      for (const path of ['preferences', 'users', 'users/new', 'skills', 'canned', 'channels', 'channels/new', 'channels/new?kind=whatsapp', `channels/${place.channel}`, 'bots', `bots/${place.bot}?tab=general`, `bots/${place.bot}?tab=texts`, `bots/${busy.bot}?tab=scripts`, `bots/${place.bot}/scripts/start`, 'organization', 'files', 'tokens', 'audit', 'organizations']) {
        await open(path);
        await page.locator('.set-section h1').waitFor();
        await page.waitForFunction(() => !document.querySelector('.skeleton'));
        await page.evaluate(axe.source);
        const { violations } = await page.evaluate(() => axe.run('main', { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] }));
        const serious = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact));
        assert.deepEqual(serious.map(({ id, nodes }) => `${path} ${id}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(' | ')}`), []);
      }
    });
  }
});
