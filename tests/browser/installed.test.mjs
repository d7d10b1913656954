// The console as an app: it can be installed, its shell opens without a network, and what is pushed is shown.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { Room, UNREACHED } from './support/room.mjs';
import { launchBrowser, seed, Server } from './support/server.mjs';

let server;
let browser;
let world;
let room;
let page;

before(async () => {
  // The files inside the program: those of a folder that somebody works on are not kept.
  [server, browser] = await Promise.all([Server.start({ ATTENDANCE__SERVER__STATIC_DIR: '' }), launchBrowser()]);
  world = await seed(server, { attendants: ['Ana Souza'] });
  room = new Room(browser, server, { expected: (text) => UNREACHED.test(text) });
  page = await room.colleague({ email: `p0.${world.channel}@example.com` }, '/inbox', { permissions: ['notifications'] });
  await page.evaluate(() => navigator.serviceWorker.ready.then(({ active }) => new Promise((done) => {
    if (active.state === 'activated') done();
    else active.addEventListener('statechange', () => active.state === 'activated' && done());
  })));
});
after(async () => {
  await room?.close();
  await browser?.close();
  await server?.stop();
});

describe('the console as an app', { timeout: 120_000 }, () => {
  test('it can be installed', async () => {
    const tools = await page.context().newCDPSession(page);
    const { errors, url, data } = await tools.send('Page.getAppManifest');
    assert.deepEqual([errors, new URL(url).pathname], [[], '/manifest.webmanifest']);
    const manifest = JSON.parse(data);
    assert.deepEqual([manifest.start_url, manifest.scope, manifest.display], ['/inbox', '/', 'standalone']);
    const { installabilityErrors } = await tools.send('Page.getInstallabilityErrors');
    // The windows of a test are private ones, where browsers install nothing.
    assert.deepEqual(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito'), []);
    for (const { src, sizes } of manifest.icons) {
      const icon = await page.evaluate(async (address) => {
        const image = new Image();
        image.src = address;
        await image.decode();
        return `${image.naturalWidth}x${image.naturalHeight}`;
      }, src);
      if (sizes !== 'any') assert.equal(icon, sizes, src);
    }
  });

  test('it weighs little when it is first opened', async () => {
    const fresh = new Room(browser, server);
    const first = await fresh.colleague({ email: `p0.${world.channel}@example.com` }, '/inbox', { serviceWorkers: 'block' });
    await first.getByText('Nada com você agora').waitFor();
    const loaded = await first.evaluate(() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].map(({ name, transferSize }) => [name, transferSize]));
    const whole = loaded.reduce((sum, [, size]) => sum + size, 0);
    assert.ok(loaded.length > 40 && whole > 50_000, 'what is loaded is counted');
    assert.ok(whole <= 200 * 1024, `${whole} bytes: ${JSON.stringify(loaded.sort((one, other) => other[1] - one[1]).slice(0, 10))}`);
    await fresh.close();
  });

  test('without a network the shell opens and says so, and goes on when there is one again', async () => {
    await page.context().setOffline(true);
    await page.goto(`${server.base}/inbox`);
    await page.getByText('Não foi possível falar com o servidor. Verifique a conexão.').waitFor();
    await page.context().setOffline(false);
    await page.getByRole('button', { name: 'Tentar de novo' }).click();
    await page.locator('.inbox').waitFor();
  });

  test('what is pushed is shown when no console is before anybody, and not to one who looks', async () => {
    const tools = await page.context().newCDPSession(page);
    const registered = once(tools, 'ServiceWorker.workerRegistrationUpdated');
    await tools.send('ServiceWorker.enable');
    const [{ registrations: [{ registrationId }] }] = await registered;
    const [worker] = page.context().serviceWorkers();
    await worker.evaluate(() => {
      self.heard = [];
      self.addEventListener('push', ({ data }) => self.heard.push(data.json().tag));
    });
    const push = (data) => tools.send('ServiceWorker.deliverPushMessage', { origin: server.base, registrationId, data: JSON.stringify(data) });
    const heard = async (tag) => {
      while (!(await worker.evaluate((one) => self.heard.includes(one), tag)));
    };
    const shown = () => worker.evaluate(async () => {
      // After what the worker asks itself about its windows.
      await self.clients.matchAll({ type: 'window' });
      return (await self.registration.getNotifications()).map(({ title, body, tag, data }) => ({ title, body, tag, data }));
    });
    await push({ title: 'Pedro Antunes espera por você', body: 'Oi', tag: 's0', session_id: 's0' });
    await heard('s0');
    assert.deepEqual(await shown(), []);
    await page.goto('about:blank');
    // A page that was left is among the worker's windows for a moment yet.
    while (await worker.evaluate(async () => (await self.clients.matchAll({ type: 'window' })).length));
    await push({ title: 'Marina Prado espera por você', body: 'Meu pedido não chegou', tag: 's1', session_id: 's1' });
    await heard('s1');
    let notices = await shown();
    while (!notices.length) notices = await shown();
    assert.deepEqual(notices, [{ title: 'Marina Prado espera por você', body: 'Meu pedido não chegou', tag: 's1', data: { path: '/inbox/s1' } }]);
  });
});
