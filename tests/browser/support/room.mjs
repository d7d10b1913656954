// Several people at once, each before a browser of their own: colleagues in the console, customers on a site with the chat.

import assert from 'node:assert/strict';
import { enter } from './floor.mjs';
import { watch } from './server.mjs';
import { Visitor } from './visitor.mjs';

/** What browsers say by themselves when nobody answers. */
export const UNREACHED = /ERR_(CONNECTION_(REFUSED|RESET|CLOSED)|EMPTY_RESPONSE|INTERNET_DISCONNECTED|NETWORK_CHANGED|NETWORK_IO_SUSPENDED|ABORTED|FAILED|TIMED_OUT)|WebSocket/;

export class Room {
  constructor(browser, server, { expected } = {}) {
    Object.assign(this, { browser, server, expected, colleagues: [], visitors: [] });
  }

  /** Somebody of the team, logged in on that screen. `base`: another way to the server than its own address. */
  async colleague(person, path, { base = this.server.base, ...options } = {}) {
    const context = await this.browser.newContext({ locale: 'pt-BR', viewport: { width: 1400, height: 900 }, ...options });
    context.setDefaultTimeout(15_000);
    const faults = watch(context, [base, base.replace('http', 'ws')], { expected: this.expected });
    const page = await context.newPage();
    this.colleagues.push({ context, faults, page });
    await enter(page, { base }, person, path);
    return page;
  }

  /** A customer with the chat open. */
  async customer(channel, name, options = {}) {
    const host = { attributes: name ? `data-user-name="${name}"` : '' };
    const visitor = await Visitor.arrives(this.browser, options.server ?? this.server, channel, { host, expected: this.expected, ...options });
    this.visitors.push(visitor);
    return { visitor, frame: await visitor.open() };
  }

  /** Marks every page as it is now: `unbroken` says whether all are still the same, without a reload. */
  async mark() {
    for (const page of this.pages()) await page.evaluate(() => { globalThis.sameSinceTheMark = true; });
  }

  async unbroken() {
    const marks = await Promise.all(this.pages().map((page) => page.evaluate(() => globalThis.sameSinceTheMark === true)));
    return marks.every(Boolean);
  }

  pages() {
    return [...this.colleagues, ...this.visitors].map(({ page }) => page);
  }

  /** Everybody goes home; nothing bad may have happened on any screen. */
  async close() {
    await Promise.all(this.colleagues.map(({ context }) => context.close()));
    for (const visitor of this.visitors) await visitor.leaves();
    assert.deepEqual(this.colleagues.flatMap(({ faults }) => faults), []);
  }
}

/** The parts of the inbox that tests point at. */
export const row = (page, name) => page.locator('.inbox-row', { hasText: name });
export const composer = (page) => page.locator('.composer textarea');
export const said = (page, text) => page.locator('.message .bubble', { hasText: text });
/** What was sent has reached the server. */
export const sent = (page, text) => said(page, text).locator('.mark-of:not([data-status="queued"])').waitFor();
/** Writes to the customer. */
export async function answer(page, text) {
  await composer(page).fill(text);
  await composer(page).press('Enter');
}
