// A visitor of a site that embeds the chat, as tests see one: the page is hostile (style sheets that unset everything, a
// strict content security policy), and nothing may reach it or come from it.

import assert from 'node:assert/strict';
import axe from 'axe-core';
import { site, watch } from './server.mjs';

const HOSTILE = `
  * { all: unset !important; }
  html, body, p { display: block !important; }
  div, button, iframe, svg { display: none !important; position: static !important; opacity: 0 !important;
    width: 1px !important; height: 1px !important; transform: scale(0) !important; pointer-events: none !important; }
`;
/** A picture of ten pixels by ten. */
export const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mNk+M9Qz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC', 'base64');

/** A page of a site that trusts nobody but us. */
function hostPage(server, channel, { lang = 'pt-BR', attributes = '' } = {}) {
  const policy = `default-src 'none'; script-src ${server.base}; frame-src ${server.base}; connect-src 'self'; style-src 'self'; img-src 'self'; require-trusted-types-for 'script'`;
  const body = `<!doctype html><html lang="${lang}"><head><meta name="viewport" content="width=device-width, initial-scale=1"><title>Loja Aurora</title>
    <link rel="stylesheet" href="/hostile.css"><script async src="${server.base}/widget.js" data-channel="${channel}" ${attributes}></script></head>
    <body><p id="own">A loja continua a mesma.</p></body></html>`;
  return { type: 'text/html; charset=utf-8', body, headers: { 'content-security-policy': policy } };
}

/** One browser of a visitor, on a site that embeds the channel. */
export class Visitor {
  static async arrives(browser, server, channel, { context = {}, host = {}, expected } = {}) {
    const visitor = new Visitor();
    visitor.routes = { '/': hostPage(server, channel, host), '/hostile.css': { type: 'text/css', body: HOSTILE }, '/favicon.ico': { type: 'image/png', body: PNG } };
    visitor.site = await site(visitor.routes);
    visitor.server = server;
    visitor.context = await browser.newContext({ locale: host.lang ?? 'pt-BR', viewport: { width: 1100, height: 820 }, ...context });
    visitor.context.setDefaultTimeout(10_000);
    visitor.faults = watch(visitor.context, [server.base, server.base.replace('http', 'ws'), visitor.site.origin], { expected });
    visitor.page = await visitor.tab();
    return visitor;
  }

  async tab() {
    const page = await this.context.newPage();
    await page.goto(this.site.origin);
    await page.waitForFunction(() => window.attendance?.loaded);
    return page;
  }

  /** The launcher, which only assistive technology sees through its closed root: name, state and middle. */
  async launcher(page = this.page) {
    const tools = await this.context.newCDPSession(page);
    const { nodes } = await tools.send('Accessibility.getFullAXTree');
    const node = nodes.find((one) => one.role?.value === 'button' && /(conversa|chat)/i.test(one.name?.value ?? ''));
    if (!node) return null;
    const { model } = await tools.send('DOM.getBoxModel', { backendNodeId: node.backendDOMNodeId });
    const [left, top, , , right, bottom] = model.border;
    const expanded = node.properties.find((one) => one.name === 'expanded')?.value.value;
    await tools.detach();
    return { name: node.name.value, expanded, x: (left + right) / 2, y: (top + bottom) / 2, width: right - left, height: bottom - top };
  }

  /** Waits until the launcher is called so. */
  async launcherNamed(pattern, page = this.page) {
    for (;;) {
      const found = await this.launcher(page);
      if (found && pattern.test(found.name)) return found;
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    }
  }

  frame(page = this.page) {
    return page.frames().find((frame) => frame.url().includes('/widget/v1/frame/'));
  }

  /** Presses the launcher, as a person would; the chat inside. */
  async open(page = this.page) {
    const { x, y } = await this.launcher(page);
    const loaded = this.frame(page) ?? page.waitForEvent('framenavigated', (frame) => frame.url().includes('/widget/v1/frame/'));
    await page.mouse.click(x, y);
    const frame = await loaded;
    await frame.locator('[role=dialog]').waitFor();
    await frame.locator('.loading').waitFor({ state: 'detached' });
    return frame;
  }

  /** Writes, and waits until the server has it. */
  async says(text, frame = this.frame()) {
    await frame.getByRole('textbox').last().fill(text);
    await frame.getByRole('textbox').last().press('Enter');
    await arrived(frame, text);
  }

  async leaves() {
    await this.context.close();
    this.site.close();
    assert.deepEqual(this.faults, []);
  }
}

export const bubble = (frame, text) => frame.locator('.message', { hasText: text });
/** What the visitor wrote has reached the server. */
export const arrived = (frame, text) => frame.locator('.message.me:not([data-mark=sending], [data-mark=queued], [data-mark=failed])', { hasText: text }).first().waitFor();

/** What weighs on the accessibility of what is shown. */
export async function barriers(frame) {
  await frame.evaluate(axe.source);
  await frame.evaluate(() => Promise.allSettled(document.getAnimations().filter((one) => one.effect.getTiming().iterations === 1).map((one) => one.finished)));
  const { violations } = await frame.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return violations
    .filter((one) => ['serious', 'critical'].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes.map((node) => `${node.target} ${node.failureSummary}`).join('; ')}`);
}
