// A wire between browser and server that can die the way a sleeping laptop's does: nothing is closed, nothing arrives any
// more. Connections made afterwards work.

import { once } from 'node:events';
import { connect, createServer } from 'node:net';

export class Wire {
  /** @param {string} base of the server */
  static async to(base) {
    const wire = new Wire();
    const { hostname, port } = new URL(base);
    wire.ends = new Set();
    wire.server = createServer((near) => {
      const far = connect(Number(port), hostname);
      const pair = { near, far };
      wire.ends.add(pair);
      for (const [from, to] of [[near, far], [far, near]]) {
        from.pipe(to);
        from.on('error', () => to.destroy());
      }
      near.on('close', () => wire.ends.delete(pair));
    });
    wire.server.listen(0, '127.0.0.1');
    await once(wire.server, 'listening');
    wire.base = `http://127.0.0.1:${wire.server.address().port}`;
    return wire;
  }

  /** What is connected hears nothing any more; the server is told, as by its own patience. */
  die() {
    for (const { near, far } of this.ends) {
      near.unpipe(far);
      far.unpipe(near);
      near.resume();
      far.destroy();
    }
  }

  close() {
    for (const { near, far } of this.ends) {
      near.destroy();
      far.destroy();
    }
    this.server.close();
  }
}
