// People's own accounts and the persons behind records, in a real browser against the built server: passwords, links to get in, the
// second factor, notes, duplicates, and what the audit tells of a change.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import axe from 'axe-core';
import { launchBrowser, seed, Server, watch } from './support/server.mjs';

const ADMIN = { email: 'admin@example.com', password: 'correct horse battery' };
const PASSWORD = 'a long enough secret';

/** What an authenticator app shows (RFC 6238), `on` steps from now. */
function code(secret, on = 0) {
  const bits = [...secret].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + on));
  const tag = createHmac('sha1', key).update(step).digest();
  return String((tag.readUInt32BE(tag[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

describe('accounts and contacts', { timeout: 300_000 }, () => {
  let server, browser, place, context, page, faults;

  before(async () => {
    [server, browser] = await Promise.all([Server.start(), launchBrowser()]);
    place = await seed(server, { attendants: ['Ana Souza'] });
  });
  after(() => Promise.all([browser?.close(), server?.stop()]));

  /** A refusal is an answer, but browsers note it as an error. */
  const refused = (text) => /status of (401|404|409|422)/.test(text);
  beforeEach(async () => {
    await context?.close();
    context = await browser.newContext({ locale: 'pt-BR', viewport: { width: 1280, height: 860 } });
    context.setDefaultTimeout(15_000);
    faults = watch(context, [server.base, server.base.replace('http', 'ws')], { expected: refused });
    page = await context.newPage();
  });
  afterEach(() => assert.deepEqual(faults, []));

  const knock = async ({ email, password }) => {
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Senha', { exact: true }).fill(password);
    await page.keyboard.press('Enter');
  };
  const enter = async (path, who = ADMIN) => {
    await page.goto(server.base + path);
    await knock(who);
    await page.getByRole('navigation', { name: 'Navegação' }).waitFor();
  };
  const sound = async () => {
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
    const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    assert.deepEqual(grave.map(({ id, nodes }) => `${id}: ${nodes[0].html}`), []);
  };

  test('a newcomer chooses a password behind a link that is good once, and changes it later', async () => {
    const { id } = await place.admin.post('/api/users', { name: 'Túlio Araújo', email: 'tulio@example.com', role: 'attendant' });
    await enter(`/settings/users/${id}`);
    await page.getByRole('button', { name: 'Criar link de acesso' }).click();
    const link = await page.getByRole('textbox', { name: 'Envie este link a Túlio Araújo' }).inputValue();
    await sound();
    await context.clearCookies();
    await page.goto('about:blank');
    await page.goto(link);
    await page.getByText('tulio@example.com').waitFor();
    await sound();
    await page.getByLabel('Senha', { exact: true }).fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('navigation', { name: 'Navegação' }).waitFor();
    assert.equal(new URL(page.url()).hash, '', 'the token left the address');

    await page.goto(`${server.base}/settings/account`);
    await page.getByLabel('Senha atual').fill('não é esta');
    await page.getByLabel('Nova senha').fill('another long secret');
    await page.getByRole('button', { name: 'Trocar a senha' }).click();
    await page.getByText('não confere').waitFor();
    await page.getByLabel('Senha atual').fill(PASSWORD);
    await page.getByRole('button', { name: 'Trocar a senha' }).click();
    await page.getByText('Senha trocada.').waitFor();
    await server.login({ email: 'tulio@example.com', password: 'another long secret' });

    await page.goto('about:blank');
    await page.goto(link);
    await page.getByText('Este link não vale mais').waitFor();
  });

  test('a second factor is scanned, confirmed, asked for and replaced by a recovery code', async () => {
    const who = { email: 'bia@example.com', password: PASSWORD };
    await place.admin.post('/api/users', { name: 'Bia Lima', role: 'attendant', ...who });
    await enter('/settings/account', who);
    await page.getByRole('button', { name: 'Ligar', exact: true }).click();
    await page.getByLabel('Confirme sua senha').fill(PASSWORD);
    await page.getByRole('button', { name: 'Continuar' }).click();
    await page.getByRole('img', { name: /Código QR/ }).waitFor();
    await sound();
    const secret = await page.getByRole('textbox', { name: 'Sem câmera? Digite esta chave' }).inputValue();
    await page.getByLabel('Código que o aplicativo mostra').fill('000000');
    await page.getByRole('button', { name: 'Confirmar' }).click();
    await page.getByText('não confere').waitFor();
    await page.getByLabel('Código que o aplicativo mostra').fill(code(secret));
    await page.getByRole('button', { name: 'Confirmar' }).click();
    const [recovery] = (await page.getByRole('textbox', { name: 'Códigos de recuperação' }).inputValue()).split('\n');
    await page.getByRole('button', { name: 'Já guardei' }).click();
    await page.getByText('Ligada', { exact: true }).waitFor();

    await context.clearCookies();
    await page.goto(`${server.base}/inbox`);
    await knock(who);
    await page.getByLabel('Código de verificação').fill('123456');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Código de verificação').fill(code(secret, 1));
    await page.keyboard.press('Enter');
    await page.getByRole('navigation', { name: 'Navegação' }).waitFor();
    await context.clearCookies();
    await page.goto(`${server.base}/inbox`);
    await knock(who);
    await page.getByLabel('Código de verificação').fill(recovery.toLowerCase());
    await page.keyboard.press('Enter');
    await page.getByRole('navigation', { name: 'Navegação' }).waitFor();
  });

  test('a note is written, duplicates are found and merged with a choice for each field', async () => {
    const make = (body) => place.admin.post('/api/crm/contacts', body);
    const first = await make({ first_name: 'João', last_name: 'Conceição', tier: 'ouro', custom_fields: { plano: 'anual' } });
    const second = await make({ first_name: 'JOAO', last_name: 'conceicao', tier: 'prata', custom_fields: { plano: 'mensal' } });
    await enter(`/contacts/${second.id}`);
    await page.getByText('Pode ser a mesma pessoa que João Conceição').waitFor();
    await page.getByLabel('Escreva uma nota sobre este contato').fill('Prefere ligações à tarde');
    await page.getByRole('button', { name: 'Anotar' }).click();
    const notes = page.getByRole('region', { name: 'Notas sobre o contato' });
    await notes.getByRole('listitem').filter({ hasText: 'Prefere ligações à tarde' }).waitFor();
    await sound();
    // Somebody else's is there without asking.
    await place.attendants[0].api.post(`/api/crm/contacts/${second.id}/notes`, { text: 'Ligou de novo' });
    await notes.getByText('Ligou de novo').waitFor();

    await page.goto(`${server.base}/contacts/duplicates`);
    const pair = page.getByRole('listitem').filter({ hasText: 'João Conceição' });
    await pair.getByText('mesmo nome').waitFor();
    await sound();
    await pair.getByRole('button', { name: 'Comparar' }).click();
    await page.getByRole('row', { name: /plano/ }).getByRole('radio').nth(1).check();
    await page.getByRole('row', { name: /Nível/ }).getByRole('radio').nth(1).check();
    await page.getByRole('button', { name: 'Unir contatos' }).click();
    await page.getByText('Nenhum duplicado').waitFor();
    const kept = await place.admin.get(`/api/crm/contacts/${first.id}`);
    assert.deepEqual([kept.tier, kept.custom_fields], ['prata', { plano: 'mensal' }]);
    await page.goto(`${server.base}/contacts/${first.id}`);
    await notes.getByText('Ligou de novo').waitFor();
  });

  test('the audit tells what was and what is', async () => {
    const { id } = await place.admin.post('/api/canned-responses', { name: 'prazo', text: 'Até 5 dias.' });
    await place.admin.put(`/api/canned-responses/${id}`, { name: 'prazos', text: 'Até 5 dias.\nSem custo.' });
    await enter('/settings/audit');
    const line = page.getByRole('listitem').filter({ hasText: 'editou a resposta' }).first();
    await line.getByText('2 campos mudaram').waitFor();
    assert.equal(await line.locator('del').first().innerText(), 'prazo');
    assert.equal(await line.locator('ins').first().innerText(), 'prazos');
    await line.locator('[data-kind=added]', { hasText: 'Sem custo.' }).waitFor();
    await sound();
  });
});
