// Frame times of the board and of the inbox's list with many cards while events come in, against the real server:
//
//     node tests/browser/smoothness.mjs [cards 5000] [messages a second 100] [seconds 10]
//
// prints, for each screen still and while it is scrolled, the percentiles of the time between frames, tasks longer than 50 ms,
// the processor time that the page took for a frame and how many events reached it. A frame of 16.7 ms is one of sixty in a
// second; processor time tells what is ours on a machine that does other things too.

import { availableParallelism, cpus, loadavg } from 'node:os';
import { enter, floor } from './support/floor.mjs';
import { launchBrowser, Server } from './support/server.mjs';

const [cards = 5000, rate = 100, seconds = 10] = process.argv.slice(2).map(Number);
const ACTIVE = Math.min(900, Math.floor(cards / 5));

const server = await Server.start();
const browser = await launchBrowser();
try {
  const world = await floor(server, { capacity: 300 });
  console.error(`seeding ${cards} conversations…`);
  await world.writeAll(0, cards);
  const waiting = await world.waiting(cards);
  await Promise.all(world.people.map(async ({ api }, index) => {
    for (const { session_id } of waiting.filter((_, at) => at < ACTIVE && at % world.people.length === index)) {
      await api.post('/api/attendance/take', { session_id });
    }
  }));

  const context = await browser.newContext({ locale: 'pt-BR', viewport: { width: 1440, height: 900 } });
  context.setDefaultTimeout(180_000);
  const page = await context.newPage();
  let events = 0;
  page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => (events += String(payload).split('"type"').length - 1)));
  await enter(page, server, { email: 'admin@example.com', password: 'correct horse battery' }, '/kanban');

  const tools = await context.newCDPSession(page);
  await tools.send('Performance.enable', { timeDomain: 'threadTicks' });
  const busy = async () => (await tools.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration').value * 1000;

  let writing = true;
  const traffic = (async () => {
    const under = new Set();
    const began = performance.now();
    for (let sent = 0; writing; sent += 1) {
      const due = began + (sent * 1000) / rate;
      const wait = due - performance.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      const one = world.writes(Math.floor(Math.random() * cards), `Mensagem ${sent} de quem espera`).catch(() => {}).finally(() => under.delete(one));
      under.add(one);
    }
    await Promise.all(under);
  })();

  const rows = [];
  for (const [name, path, row, list] of [
    ['kanban', '/kanban', '.card', '.column-cards .virtual'],
    ['inbox', '/inbox?view=all', '.virtual-row', '.virtual'],
  ]) {
    // Within the page: what it has loaded stays.
    await page.evaluate((to) => { history.pushState(null, '', to); dispatchEvent(new PopStateEvent('popstate')); }, path);
    await page.locator(row).first().waitFor();
    for (const scrolls of [false, true]) {
      // The first second is still the opening of the screen.
      await measure(page, 1, null);
      const [before, began] = [events, await busy()];
      const figures = await measure(page, seconds, scrolls ? list : null);
      const cpu = Math.round((10 * ((await busy()) - began)) / figures.frames) / 10;
      rows.push({ screen: name, scrolled: scrolls, ...figures, 'cpu ms/frame': cpu, 'events/s': Math.round((events - before) / seconds) });
    }
  }
  writing = false;
  await traffic;
  console.log(`${cards} conversations, ${rate} messages a second; ${availableParallelism()} × ${cpus()[0].model}, load ${loadavg()[0].toFixed(1)}`);
  console.table(rows);
} finally {
  await browser.close();
  await server.stop();
}

/** Times between frames for so many seconds, in milliseconds; `list` is scrolled down and up meanwhile. */
function measure(page, seconds, list) {
  return page.evaluate(
    ({ seconds, list }) =>
      new Promise((resolve) => {
        const frames = [];
        const tasks = [];
        const observer = new PerformanceObserver((entries) => tasks.push(...entries.getEntries().map(({ duration }) => duration)));
        observer.observe({ type: 'longtask' });
        const scrolled = list && document.querySelector(list);
        let last = performance.now();
        const end = last + seconds * 1000;
        const frame = () => {
          const now = performance.now();
          frames.push(now - last);
          last = now;
          if (scrolled) scrolled.scrollTop = 4000 * (1 - Math.cos((end - now) / 900));
          if (now < end) return requestAnimationFrame(frame);
          observer.disconnect();
          frames.sort((one, other) => one - other);
          const at = (share) => Math.round(10 * frames[Math.min(frames.length - 1, Math.floor(frames.length * share))]) / 10;
          resolve({ frames: frames.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1), 'long tasks': tasks.length, 'longest task': Math.round(Math.max(0, ...tasks)) });
        };
        requestAnimationFrame(frame);
      }),
    { seconds, list },
  );
}
