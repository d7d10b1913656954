// Queues, attendants and contacts in a real browser against the built server, as an administrator uses them.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import axe from 'axe-core';
import { launchBrowser, seed, Server, watch } from './support/server.mjs';

const ADMIN = { email: 'admin@example.com', password: 'correct horse battery' };

describe('the people of a contact center', () => {
  let server, browser, center, context, page, faults;
  let written = 0;

  /** A customer writes, and waits in the queue of the seed. */
  const writes = (name, { phone, email, text = 'Oi, preciso de ajuda' } = {}) =>
    center.admin.post(`/api/channels/${center.channel}/messages`, { external_id: `m${++written}`, from: { id: `c${name}`, name, phone, email }, text });
  const open = async (path) => {
    await page.goto(server.base + path);
    await page.locator('.nav').waitFor();
  };
  const queueOf = async (name) => (await center.admin.get('/api/attendance/queues')).items.find((queue) => queue.name === name);
  const sheet = () => page.locator('dialog.sheet');

  before(async () => {
    server = await Server.start();
    browser = await launchBrowser();
    center = await seed(server, { channel: { kind: 'api', name: 'App' }, bot: { engine: 'off' }, attendants: ['Ana Souza', 'Érica Antunes'] });
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });
  /** A browser of its own, logged in. */
  const enter = async ({ email, password }) => {
    context = await browser.newContext({ locale: 'pt-BR', timezoneId: 'America/Sao_Paulo', viewport: { width: 1280, height: 860 } });
    context.setDefaultTimeout(15_000);
    faults = watch(context, [server.base, server.base.replace('http', 'ws')], { expected: (text) => /status of (409|412|422)/.test(text) });
    page = await context.newPage();
    await page.goto(server.base);
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Senha', { exact: true }).fill(password);
    await page.keyboard.press('Enter');
    await page.locator('.nav').waitFor();
  };
  beforeEach(() => enter(ADMIN));
  afterEach(async () => {
    assert.deepEqual(faults, []);
    await context.close();
  });

  test('a queue is created with members and hours, and what is wrong is said at its field', async () => {
    await open('/queues');
    await page.getByRole('button', { name: 'Nova fila' }).click();
    await sheet().getByRole('button', { name: 'Criar fila' }).click();
    const name = sheet().getByLabel('Nome', { exact: true });
    await sheet().getByText('Corrija 1 campo para salvar.').waitFor();
    assert.equal(await name.getAttribute('aria-invalid'), 'true');
    await name.fill('Vendas');
    await sheet().getByText('WhatsApp', { exact: true }).click();
    await sheet().getByLabel('Adicionar pessoa').fill('Érica Antunes');
    await sheet().getByLabel('Conversas ao mesmo tempo de Érica Antunes').fill('7');
    await sheet().getByRole('tab', { name: 'Por dia da semana' }).click();
    await sheet().getByRole('button', { name: 'Mais um intervalo: Sábado' }).click();
    await sheet().getByLabel('Sábado, das').fill('22:00');
    await sheet().getByLabel('Sábado, até').fill('06:00');
    await sheet().getByText('dia seguinte').waitFor();
    await sheet().getByLabel('Feriados').fill('25/12');
    await sheet().getByLabel('Feriados').press('Enter');
    await sheet().getByRole('button', { name: 'Criar fila' }).click();
    await page.getByRole('heading', { name: 'Vendas', level: 1 }).waitFor();
    const stored = await queueOf('Vendas');
    assert.deepEqual(stored.channels, ['whatsapp']);
    assert.deepEqual(stored.members.map(({ user_id, max_conversations }) => [user_id, max_conversations]), [[center.attendants[1].id, 7]]);
    assert.deepEqual(stored.hours.week.sat, [['22:00', '06:00']]);
    assert.deepEqual(stored.hours.holidays, ['12-25']);
  });

  test('somebody else saving meanwhile is told, and both changes are kept', async () => {
    const { id } = await center.admin.post('/api/attendance/queues', { name: 'Trocas', channels: ['email'] });
    await open(`/queues/${id}`);
    await page.getByRole('button', { name: 'Editar' }).first().click();
    await sheet().getByLabel('Descrição').fill('A minha descrição');
    await center.admin.put(`/api/attendance/queues/${id}`, { name: 'Trocas e devoluções', channels: ['email'] });
    await sheet().getByRole('button', { name: 'Salvar' }).click();
    await sheet().getByText('Mudou: Nome.').waitFor();
    await sheet().getByRole('button', { name: 'Manter as minhas alterações' }).click();
    await sheet().getByRole('button', { name: 'Salvar' }).click();
    await page.getByRole('heading', { name: 'Trocas e devoluções', level: 1 }).waitFor();
    await page.getByText('A minha descrição').waitFor();
  });

  test('a queue is deleted only after its consequences were read', async () => {
    const { id } = await center.admin.post('/api/attendance/queues', { name: 'Antiga', channels: ['sms'] });
    await center.admin.post('/api/attendance/queues', { name: 'Outra', channels: ['sms'], overflow_queue_id: id });
    await open(`/queues/${id}`);
    await page.getByRole('button', { name: 'Mais ações' }).click();
    await page.getByRole('menuitem', { name: 'Excluir fila' }).click();
    await page.getByText('Estas filas enviam clientes para ela e precisam de outro destino: Outra.').waitFor();
    await page.getByRole('button', { name: 'Excluir fila' }).click();
    await page.getByText('A fila “Antiga” foi excluída.').waitFor();
    assert.equal(await queueOf('Antiga'), undefined);
  });

  test('a queue that somebody waits in stays, with the reason in words', async () => {
    await writes('Pâmela Duarte');
    await open(`/queues/${center.queue}`);
    await page.getByRole('listitem').filter({ hasText: 'Pâmela Duarte' }).waitFor();
    await page.getByRole('button', { name: 'Mais ações' }).click();
    await page.getByRole('menuitem', { name: 'Excluir fila' }).click();
    await page.getByText(/ainda esperam? nela: mova-as? antes/).waitFor();
    await page.getByRole('button', { name: 'Excluir fila' }).click();
    await page.locator('.toast[data-kind=bad]').waitFor();
    assert.ok(await queueOf('Suporte'));
  });

  test('a member who is refused leaves one queue, which is saved again once corrected', async () => {
    await open('/queues?edit=new');
    await sheet().getByLabel('Nome', { exact: true }).fill('Ouvidoria');
    await sheet().getByLabel('Adicionar pessoa').fill('Ana Souza');
    const capacity = sheet().getByLabel('Conversas ao mesmo tempo de Ana Souza');
    await capacity.fill('9999');
    await sheet().getByRole('button', { name: 'Criar fila' }).click();
    await sheet().getByText('Corrija 1 campo para salvar.').waitFor();
    await capacity.fill('9');
    await sheet().getByRole('button', { name: 'Salvar' }).click();
    await sheet().waitFor({ state: 'detached' });
    const made = (await center.admin.get('/api/attendance/queues')).items.filter(({ name }) => name === 'Ouvidoria');
    assert.deepEqual(made.map(({ members }) => members[0].max_conversations), [9]);
  });

  test('an attendant looks at queues and team without being offered what they may not do', async () => {
    await context.close();
    await enter({ email: `p0.${center.channel}@example.com`, password: 'a long enough secret' });
    await open('/queues?edit=new');
    await page.getByRole('row').filter({ hasText: 'Suporte' }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Nova fila' }).count(), 0);
    assert.equal(await sheet().count(), 0);
    await open('/attendants');
    const row = page.getByRole('row').filter({ hasText: 'Érica Antunes' });
    await row.waitFor();
    assert.equal(await row.getByRole('button').count(), 0);
    await page.getByRole('row').filter({ hasText: 'Ana Souza' }).getByRole('button').waitFor();
    await open('/contacts/duplicates');
    await page.getByText('Sem permissão').waitFor();
  });

  test('the command bar finds contacts', async () => {
    await center.admin.post('/api/crm/contacts', { first_name: 'Benedita', last_name: 'Ximenes' });
    await open('/queues');
    await page.getByRole('button', { name: 'Nova fila' }).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByPlaceholder('O que você quer fazer?').fill('ximenes');
    await page.getByRole('option', { name: /Benedita Ximenes/ }).click();
    await page.getByRole('heading', { name: 'Benedita Ximenes', level: 1 }).waitFor();
  });

  test('who waits stands there live, in serving order, and moves to another queue', async () => {
    const { id } = await center.admin.post('/api/attendance/queues', { name: 'Cobrança', channels: ['voice'], auto_assign: false });
    await writes('Márcia Gonçalves');
    await open(`/queues/${center.queue}`);
    const line = page.getByRole('listitem').filter({ hasText: 'Márcia Gonçalves' });
    await line.waitFor();
    await writes('José Araújo');
    const second = page.getByRole('listitem').filter({ hasText: 'José Araújo' });
    await second.waitFor();
    const names = await page.locator('.waiting strong').allTextContents();
    assert.ok(names.indexOf('Márcia Gonçalves') < names.indexOf('José Araújo'), names.join());
    await line.getByRole('button', { name: 'Ações para Márcia Gonçalves' }).click();
    await page.getByRole('menuitem', { name: /Cobrança/ }).click();
    await line.waitFor({ state: 'detached' });
    await open(`/queues/${id}`);
    await line.waitFor();
  });

  test('a waiting conversation is given to somebody', async () => {
    await writes('Luíza Sá');
    await open(`/queues/${center.queue}`);
    await page.getByRole('button', { name: 'Ações para Luíza Sá' }).click();
    await page.getByRole('menuitem', { name: 'Entregar a alguém…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: /Ana Souza/ }).click();
    await page.getByText('Luíza Sá foi para Ana Souza.').waitFor();
    await open(`/attendants/${center.attendants[0].id}`);
    await sheet().getByText('Luíza Sá').waitFor();
  });

  test('a status set by anyone appears live, and a supervisor sets that of others', async () => {
    const [ana] = center.attendants;
    await open('/attendants');
    const row = page.getByRole('row').filter({ hasText: 'Ana Souza' });
    await row.getByText('Disponível').waitFor();
    await ana.api.put(`/api/attendance/attendants/${ana.id}/status`, { status: 'away' });
    await row.getByText('Ausente').waitFor();
    await row.getByRole('button', { name: 'Ausente' }).click();
    // Shown before the server has it.
    const kept = page.waitForResponse((answer) => answer.request().method() === 'PUT' && answer.url().endsWith(`/${ana.id}/status`));
    await page.locator('.popover:popover-open').getByRole('menuitemradio', { name: 'Disponível' }).click();
    await row.getByText('Disponível').waitFor();
    await kept;
    const { items } = await center.admin.get('/api/attendance/attendants');
    assert.equal(items.find(({ id }) => id === ana.id).status, 'online');
  });

  test('attendants are found without their accents, and rows are walked by arrows', async () => {
    await open('/attendants');
    await page.getByRole('row').filter({ hasText: 'Ana Souza' }).waitFor();
    // Keys are listened to once the frame that drew the rows is over.
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
    await page.keyboard.press('/');
    await page.locator('input[type=search]:focus').fill('erica');
    await page.getByRole('row').filter({ hasText: 'Ana Souza' }).waitFor({ state: 'detached' });
    await page.getByRole('searchbox').fill('');
    const rows = page.locator('tbody tr');
    await rows.nth(2).waitFor();
    await rows.first().focus();
    await page.keyboard.press('ArrowDown');
    await rows.nth(1).and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Enter');
    await sheet().waitFor();
    assert.match(page.url(), /\/attendants\/.+/);
  });

  test('a contact is written with a Brazilian number and found by the server', async () => {
    await open('/contacts');
    await page.getByRole('button', { name: 'Novo contato' }).first().click();
    await sheet().getByLabel('Nome', { exact: true }).fill('Conceição');
    await sheet().getByLabel('Sobrenome').fill('Ibáñez');
    await sheet().getByLabel('Telefone', { exact: true }).pressSequentially('11987651234');
    assert.equal(await sheet().getByLabel('Telefone', { exact: true }).inputValue(), '(11) 98765-1234');
    await sheet().getByLabel('Etiquetas').fill('vip');
    await sheet().getByLabel('Etiquetas').press('Enter');
    await sheet().getByRole('button', { name: 'Criar contato' }).click();
    await page.getByRole('heading', { name: 'Conceição Ibáñez', level: 1 }).waitFor();
    await page.getByRole('link', { name: '(11) 98765-1234' }).waitFor();
    await open('/contacts?q=conceicao%20ibanez');
    await page.getByRole('row').filter({ hasText: 'Conceição Ibáñez' }).waitFor();
    const { items } = await center.admin.get('/api/crm/contacts?q=conceicao%20ibanez');
    assert.deepEqual([items[0].phone, items[0].tags], ['+5511987651234', ['vip']]);
  });

  test('one who exists already is shown before a second record is made, and a taken address is refused at its field', async () => {
    await center.admin.post('/api/crm/contacts', { first_name: 'Raimunda', last_name: 'Farias', email: 'raimunda@exemplo.com.br' });
    await open('/contacts?edit=new');
    await sheet().getByLabel('Nome', { exact: true }).fill('RAIMUNDA');
    await sheet().getByLabel('Sobrenome').fill('Farias');
    await sheet().getByLabel('E-mail', { exact: true }).fill('raimunda@exemplo.com.br');
    await sheet().getByRole('button', { name: 'Criar contato' }).click();
    await sheet().getByText('Pode ser alguém que você já tem').waitFor();
    await sheet().getByRole('button', { name: 'Salvar mesmo assim' }).click();
    await sheet().getByText('Este endereço já é de outro contato').waitFor();
    assert.equal(await sheet().getByLabel('E-mail', { exact: true }).getAttribute('aria-invalid'), 'true');
  });

  test('two records become one with the values that were chosen', async () => {
    const one = await center.admin.post('/api/crm/contacts', { first_name: 'Úrsula', last_name: 'Pinto', email: 'antigo@exemplo.com.br', tags: ['antiga'] });
    const other = await center.admin.post('/api/crm/contacts', { first_name: 'Úrsula', last_name: 'Pinto', email: 'novo@exemplo.com.br', phone: '+5521999990000', tags: ['nova'] });
    await open('/contacts/duplicates');
    await page.getByRole('listitem').filter({ hasText: 'Úrsula Pinto' }).getByRole('button', { name: 'Comparar' }).click();
    const dialog = page.getByRole('dialog', { name: 'Unir dois contatos' });
    await dialog.getByText('Não dá para desfazer.').waitFor();
    await dialog.getByLabel('novo@exemplo.com.br').check();
    await dialog.getByRole('button', { name: 'Unir contatos' }).click();
    await page.getByText('Agora é um só contato: Úrsula Pinto.').waitFor();
    const kept = await center.admin.get(`/api/crm/contacts/${one.id}`);
    assert.deepEqual([kept.email, kept.phone, kept.tags], ['novo@exemplo.com.br', '+5521999990000', ['antiga', 'nova']]);
    assert.ok(kept.identities.some(({ address }) => address === 'antigo@exemplo.com.br'));
    await open(`/contacts/${other.id}`);
    await page.getByText('Este registro foi unido a outro contato.').waitFor();
  });

  test("a contact's page follows their conversation live", async () => {
    await writes('Ítalo Nogueira', { phone: '+5531988887777' });
    await open('/contacts?q=italo');
    await page.getByRole('row').filter({ hasText: 'Ítalo Nogueira' }).click();
    await page.getByRole('heading', { name: 'Ítalo Nogueira', level: 1 }).waitFor();
    const conversations = page.getByRole('region', { name: 'Conversas', exact: true });
    await conversations.getByText('Na espera').waitFor();
    await page.getByRole('region', { name: 'Linha do tempo' }).getByText('Pediu uma pessoa').waitFor();
    await writes('Ítalo Nogueira', { text: 'Ainda estou aqui' });
    await conversations.getByText('Ainda estou aqui').waitFor();
  });

  test('who wrote for the first time is a lead, changed by whom it concerns and live for everybody', async () => {
    await writes('Lívia Prates', { phone: '+5531977776666' });
    const leadOf = async (q) => (await center.admin.get(`/api/crm/leads?q=${q}`)).items[0];
    await open('/contacts?q=livia');
    await page.getByRole('row').filter({ hasText: 'Lívia Prates' }).click();
    const about = page.getByRole('region', { name: 'Sobre o contato' });
    await about.getByText('Sem pontos').waitFor();
    await about.getByTitle('Temperatura do lead').click();
    await page.getByRole('menuitemradio', { name: 'Quente' }).click();
    await about.getByTitle('Temperatura do lead').filter({ hasText: 'Quente' }).waitFor();
    await about.getByTitle('Etapa do funil').click();
    await page.getByRole('menuitemradio', { name: 'Conversão' }).click();
    await about.getByTitle('Etapa do funil').filter({ hasText: 'Conversão' }).waitFor();
    const lead = await leadOf('livia');
    assert.deepEqual([lead.status, lead.stage, lead.source], ['quente', 'conversao', 'api']);
    await center.admin.put(`/api/crm/leads/${lead.id}`, { score: 72, reason: 'pediu proposta' });
    await about.getByText('72 pontos').waitFor();
    assert.equal(await about.getByText('72 pontos').getAttribute('title'), 'pediu proposta: +72');
    const { items } = await center.admin.get('/api/sessions?q=livia');
    await open(`/inbox/${items[0].session_id}`);
    await page.getByTitle('Temperatura do lead').filter({ hasText: 'Quente' }).waitFor();
    // Of somebody made by hand, by hand.
    const rosa = await center.admin.post('/api/crm/contacts', { first_name: 'Rosa', last_name: 'Melo' });
    await open(`/contacts/${rosa.id}`);
    await page.getByRole('button', { name: 'Tornar lead' }).click();
    await about.getByText('Sem pontos').waitFor();
    assert.equal((await leadOf('rosa')).status, 'frio');
  });

  test('every page is readable by everyone, in both schemes and on a phone', async () => {
    await writes('Zé Sá');
    const { items: contacts } = await center.admin.get('/api/crm/contacts?limit=1');
    const paths = ['/queues', `/queues/${center.queue}`, `/queues?edit=${center.queue}`, '/attendants', `/attendants/${center.attendants[0].id}`, '/contacts', `/contacts/${contacts[0].id}`, '/contacts?edit=new', '/contacts/duplicates'];
    for (const [width, colorScheme] of [[1280, 'light'], [360, 'dark']]) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      for (const path of paths) {
        await open(path);
        await page.locator('h1, dialog[open] h2').first().waitFor();
        await page.locator('.skeleton').first().waitFor({ state: 'detached' });
        await page.evaluate(axe.source);
        const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
        assert.deepEqual(violations.map(({ id, nodes }) => `${path} ${width}: ${id} ${nodes[0].html}`), []);
        const overflow = await page.locator('#screen').evaluate((screen) => screen.scrollWidth - screen.clientWidth);
        assert.equal(overflow, 0, `${path} at ${width}`);
      }
    }
  });
});
