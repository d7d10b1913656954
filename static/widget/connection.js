// The socket: kept open, found dead when it is, opened again after 1, 2, 4 .. 30 s. Knows frames, not what they mean.

const PING_EVERY = 25_000;
/** The first tick after a sleep finds the silence. */
const TICK = 5_000;
const ANSWER_WITHIN = 10_000;
/** To somebody who looks, after a sleep: sooner. */
const PROBE_WITHIN = 4_000;
const LONGEST_PAUSE = 30_000;

export class Connection {
  /**
   * `address()` and `protocols()` of the next attempt; `heard(frame)`; `changed(online)`; `refused()` before every third
   * attempt in a row, to find out over HTTP whether there is still something to connect to.
   */
  constructor(hooks) {
    this.hooks = hooks;
    this.failures = 0;
    this.stopped = true;
    this.wake = () => !this.stopped && !this.socket && this.open();
    this.lost = () => this.socket && this.give(this.socket);
    /** Phones that slept leave sockets behind that only seem open. */
    this.look = () => document.hidden || (this.socket ? this.probe() : this.wake());
  }

  start() {
    if (!this.stopped) return;
    this.stopped = false;
    window.addEventListener('online', this.wake);
    window.addEventListener('offline', this.lost);
    for (const name of ['visibilitychange', 'resume']) document.addEventListener(name, this.look);
    this.open();
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.retry);
    clearInterval(this.beat);
    window.removeEventListener('online', this.wake);
    window.removeEventListener('offline', this.lost);
    for (const name of ['visibilitychange', 'resume']) document.removeEventListener(name, this.look);
    const socket = this.socket;
    this.socket = null;
    if (socket) socket.close();
  }

  get online() {
    return !!this.socket && this.ready;
  }

  send(frame) {
    if (!this.online) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  open() {
    clearTimeout(this.retry);
    this.ready = false;
    const socket = new WebSocket(this.hooks.address(), this.hooks.protocols());
    this.socket = socket;
    const patience = setTimeout(() => this.give(socket), ANSWER_WITHIN);
    this.heardAt = Date.now();
    socket.onmessage = ({ data }) => {
      if (this.socket !== socket) return;
      this.heardAt = Date.now();
      const frame = JSON.parse(data);
      if (frame.type === 'hello') {
        clearTimeout(patience);
        this.ready = true;
        this.failures = 0;
        this.hooks.changed(true);
      }
      if (frame.type !== 'pong') this.hooks.heard(frame);
    };
    socket.onclose = () => {
      clearTimeout(patience);
      this.give(socket);
    };
    let pinged = this.heardAt;
    this.beat = setInterval(() => {
      const now = Date.now();
      if (now - this.heardAt > PING_EVERY + ANSWER_WITHIN) this.give(socket);
      else if (now - pinged >= PING_EVERY && this.send({ type: 'ping' })) pinged = now;
    }, TICK);
  }

  /** Asks whether the open one still lives. */
  probe() {
    const { socket } = this;
    const asked = Date.now();
    if (this.send({ type: 'ping' })) setTimeout(() => this.socket === socket && this.heardAt < asked && this.give(socket), PROBE_WITHIN);
  }

  /** Gives a socket up, without waiting for a goodbye that may never come, and tries anew. */
  give(socket) {
    socket.close();
    if (this.socket !== socket) return;
    this.socket = null;
    this.ready = false;
    clearInterval(this.beat);
    this.hooks.changed(false);
    this.again();
  }

  again() {
    if (this.stopped) return;
    this.failures += 1;
    const pause = Math.min(1000 * 2 ** (this.failures - 1), LONGEST_PAUSE) * (0.5 + Math.random() / 2);
    this.retry = setTimeout(async () => {
      if (this.failures % 3 === 0) await this.hooks.refused();
      this.wake();
    }, pause);
  }
}
