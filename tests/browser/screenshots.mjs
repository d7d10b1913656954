// Pictures of every screen, light, dark and on a phone, of the living demo: `npm run screenshots`, into tests/browser/shots/
// (not kept in the repository); `npm run screenshots inbox` takes those with that in their name. ATTENDANCE_BIN names the
// program, target/debug/attendance without it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { launchBrowser } from './support/server.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SHOTS = fileURLToPath(new URL('shots/', import.meta.url));
const ADMIN = 'admin@aurora.example';
/** Presses the first thing of that kind. */
const first = (selector) => async (page) => {
  await page.locator(selector).first().click();
  await page.waitForLoadState('networkidle');
};
/** Each screen by its address, and what is done there before the picture is taken. */
const SCREENS = {
  inbox: ['/inbox?view=all'],
  conversation: ['/inbox?view=all', async (page) => {
    await page.locator('.inbox-row a').nth(1).click();
    await page.locator('.message').first().waitFor();
  }],
  kanban: ['/kanban'],
  dashboard: ['/dashboard'],
  wall: ['/dashboard/wall'],
  queues: ['/queues'],
  queue: ['/queues', first('tbody tr')],
  'queue-edit': ['/queues?edit=new'],
  attendants: ['/attendants'],
  attendant: ['/attendants', first('tbody tr')],
  contacts: ['/contacts'],
  contact: ['/contacts', first('tbody tr')],
  'contact-edit': ['/contacts?edit=new'],
  settings: ['/settings'],
  ...Object.fromEntries(['users', 'skills', 'canned', 'channels', 'bots', 'organization', 'files', 'tokens', 'audit'].map((name) => [`settings-${name}`, [`/settings/${name}`]])),
  commands: ['/kanban', (page) => page.keyboard.press('Control+k')],
};
const SIZES = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };

const [wanted = ''] = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'attendance-shots-'));
const demo = spawn(process.env.ATTENDANCE_BIN ?? join(ROOT, 'target/debug/attendance'), ['demo', '--speed', '30'], {
  cwd: folder,
  stdio: ['ignore', 'pipe', 'inherit'],
  env: { PATH: process.env.PATH, ATTENDANCE__SERVER__BIND: '127.0.0.1:0', ATTENDANCE__DATA_DIR: join(folder, 'data'), ATTENDANCE__SERVER__STATIC_DIR: join(ROOT, 'static') },
});
const ended = once(demo, 'exit');
let password = '';
let base = '';
for await (const line of createInterface({ input: demo.stdout })) {
  if (line.includes(ADMIN)) password = line.trim().split(/\s+/)[1];
  if (line.startsWith('listening on ')) base = line.slice('listening on '.length);
  if (base && password) break;
}

const browser = await launchBrowser();
try {
  await mkdir(SHOTS, { recursive: true });
  for (const [size, viewport] of Object.entries(SIZES)) {
    for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
      const context = await browser.newContext({ viewport, colorScheme, locale: 'pt-BR', deviceScaleFactor: size === 'phone' ? 2 : 1 });
      const page = await context.newPage();
      const shoot = async (name) => {
        if (name.includes(wanted)) await page.screenshot({ path: join(SHOTS, `${name}-${size}-${colorScheme}.png`) });
      };
      await page.goto(base);
      await page.getByLabel('E-mail').waitFor();
      await shoot('login');
      await page.getByLabel('E-mail').fill(ADMIN);
      await page.getByLabel('Senha', { exact: true }).fill(password);
      await page.getByLabel('Senha', { exact: true }).press('Enter');
      await page.getByRole('navigation').first().waitFor();
      for (const [name, [path, act]] of Object.entries(SCREENS)) {
        if (!name.includes(wanted)) continue;
        await page.goto(base + path);
        await page.waitForLoadState('networkidle');
        await act?.(page);
        await page.locator('.skeleton, .shape').first().waitFor({ state: 'detached' });
        await page.evaluate(() => Promise.allSettled(document.getAnimations().filter((one) => one.effect.getTiming().iterations === 1).map((one) => one.finished)));
        await shoot(name);
      }
      await page.goto(`${base}/demo`);
      await page.waitForFunction(() => window.attendance?.loaded);
      await shoot('shop');
      const loaded = page.waitForEvent('framenavigated', (frame) => frame.url().includes('/widget/'));
      await page.evaluate(() => window.attendance('open'));
      await (await loaded).locator('.composer').waitFor();
      await shoot('chat');
      await context.close();
    }
  }
} finally {
  await browser.close();
  demo.kill('SIGTERM');
  await ended;
  await rm(folder, { recursive: true, force: true });
}
