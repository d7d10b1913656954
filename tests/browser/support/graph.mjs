// The provider's side of a WhatsApp channel: takes messages, lists the templates it has approved, and signs what customers
// write.

import { createHmac, randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';

const ACCOUNT = '102030405060';
const SECRET = 'window-app-secret';

export class Graph {
  static async start(templates) {
    const graph = new Graph();
    graph.arrivals = new EventEmitter();
    graph.server = createServer(async (request, response) => {
      let body = '';
      for await (const piece of request) body += piece;
      const { pathname } = new URL(request.url, 'http://graph');
      const answer = pathname.endsWith('/message_templates')
        ? { data: templates, paging: {} }
        : { messaging_product: 'whatsapp', messages: [{ id: `wamid.${randomUUID()}` }] };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer));
      if (pathname.endsWith('/messages')) graph.arrivals.emit('message', JSON.parse(body));
    });
    graph.server.listen(0, '127.0.0.1');
    await once(graph.server, 'listening');
    return graph;
  }

  /** The shape of a channel that talks to it, with a number of its own. */
  channel(bot, more = {}) {
    this.number = (this.number ?? 410_000_000_000_100) + 1;
    return {
      kind: 'whatsapp', provider: 'cloud', name: 'WhatsApp', bot_id: bot,
      credentials: { access_token: 'EAAwindow', phone_number_id: String(this.number), app_secret: SECRET, verify_token: 'v', business_account_id: ACCOUNT, ...more },
      settings: { api_base_url: `http://127.0.0.1:${this.server.address().port}` },
    };
  }

  /** A customer wrote so many hours ago, to the newest channel. */
  async writes(base, path, { name, phone, text, hours }) {
    const timestamp = String(Math.floor(Date.now() / 1000) - hours * 3600);
    const value = {
      messaging_product: 'whatsapp', metadata: { display_phone_number: '551130000000', phone_number_id: String(this.number) },
      contacts: [{ profile: { name }, wa_id: phone }],
      messages: [{ from: phone, id: `wamid.${randomUUID()}`, timestamp, type: 'text', text: { body: text } }],
    };
    const body = JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: '1', changes: [{ field: 'messages', value }] }] });
    const signature = `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`;
    const answer = await fetch(base + path, { method: 'POST', body, headers: { 'content-type': 'application/json', 'x-hub-signature-256': signature } });
    if (!answer.ok) throw new Error(`webhook: ${answer.status} ${await answer.text()}`);
  }

  /** The next message that is sent to a customer. */
  async next() {
    const [message] = await once(this.arrivals, 'message');
    return message;
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }
}
