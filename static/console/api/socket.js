// The attendant's socket (`attendance.v1`): events in, requests out. It comes back by itself after a cut, a sleep or a
// restart of the server and asks for what it missed; events reach listeners once each, in order.

import { follow } from "../clock.js";
import { effect, signal } from "../lib.js";
import { backoff } from "./backoff.js";
import { api } from "./client.js";
import { Problem } from "./problem.js";
import { bearer, me } from "./session.js";

/** @import { Hello, ServerEvent } from "./types" */

/** `live`: events come. `connecting`: a try is under way. `waiting`: until the next one. `off`: nobody is logged in. */
export const state = signal(/** @type {"off" | "connecting" | "live" | "waiting"} */ ("off"));
/** When we lost the connection, in milliseconds; 0 while it is there. */
export const lostAt = signal(0);

const EXPIRED = 4401;
const REVOKED = 4403;
/** Of ours: the other side does not answer. */
const SILENT = 4000;
/** Milliseconds after which a request, or a connection that was asked whether it lives, is given up. */
const PATIENCE = 15_000;
const PROBE_PATIENCE = 5_000;

/** @type {WebSocket | null} */
let socket = null;
let wanted = false;
let attempt = 0;
let retry = 0;
/** Milliseconds of silence after which we ask; browsers do not show us the server's pings. */
let heartbeat = 25_000;
let heardAt = 0;
/** Events up to here have been told. */
let lastSeq = /** @type {number | null} */ (null);
let reference = 0;
/** @type {Map<string, {done: (data: any) => void, failed: (problem: Problem) => void, timer: number}>} */
const pending = new Map();

/** @type {Set<(event: ServerEvent) => void>} */
const listeners = new Set();
/** @type {Set<() => void>} */
const reloaders = new Set();

/**
 * Every event once, in order. Returns the way to stop.
 * @param {(event: ServerEvent) => void} listener
 */
export function listen(listener) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/**
 * Called when what was missed cannot be replayed (and at the first connection): load again what you show.
 * @param {() => void} reload
 */
export function onReload(reload) {
  reloaders.add(reload);
  return () => void reloaders.delete(reload);
}

/**
 * Asks over the socket and waits for the answer of this ref. For writes that must survive a cut use REST or the outbox.
 * @param {string} type `take`, `decline`, `resolve`, `transfer`, `status`, `command`, …
 * @param {Record<string, unknown>} [body]
 * @param {number} [patience] milliseconds
 * @returns {Promise<any>}
 */
export function request(type, body = {}, patience = PATIENCE) {
  return new Promise((done, failed) => {
    if (state.value !== "live" || !socket) return failed(new Problem({ status: 0, code: "unreachable" }));
    const ref = String(++reference);
    const timer = setTimeout(() => {
      pending.delete(ref);
      failed(new Problem({ status: 0, code: "timeout" }));
      drop();
    }, patience);
    pending.set(ref, { done, failed, timer });
    socket.send(JSON.stringify({ ...body, type, ref }));
  });
}

/**
 * Says something that nobody waits for: typing, read. Lost when there is no connection.
 * @param {string} type
 * @param {Record<string, unknown>} body
 */
export function tell(type, body) {
  if (state.value === "live") socket?.send(JSON.stringify({ ...body, type }));
}

/** @param {any} frame */
function receive(frame) {
  if (frame.type === "hello") return greet(frame);
  if (frame.type === "ack" || frame.type === "error") return answer(frame);
  if (frame.type === "resync") {
    lastSeq = frame.seq;
    reloaders.forEach((reload) => reload());
    return;
  }
  // 0: only passing by, not of the stream.
  if (frame.seq > 0) {
    if (lastSeq !== null && frame.seq <= lastSeq) return;
    lastSeq = frame.seq;
  }
  listeners.forEach((listener) => listener(frame));
}

/** @param {Hello} hello */
function greet(hello) {
  attempt = 0;
  follow(hello.server_time);
  heartbeat = hello.heartbeat * 1000;
  state.value = "live";
  lostAt.value = 0;
  if (lastSeq === null) {
    lastSeq = hello.seq;
    reloaders.forEach((reload) => reload());
  } else {
    socket?.send(JSON.stringify({ type: "resume", last_seq: lastSeq }));
  }
}

/** @param {{type: "ack" | "error", ref: string, data?: any, problem?: any}} frame */
function answer(frame) {
  const asked = pending.get(frame.ref);
  if (!asked) return;
  pending.delete(frame.ref);
  clearTimeout(asked.timer);
  if (frame.type === "ack") asked.done(frame.data);
  else asked.failed(new Problem(frame.problem));
}

async function connect() {
  if (!wanted || socket) return;
  clearTimeout(retry);
  state.value = "connecting";
  const token = await bearer().catch(() => null);
  if (!wanted || socket) return;
  if (!token) return void closed(REVOKED);
  const address = `${location.origin.replace(/^http/, "ws")}/ws/attendant`;
  const opened = new WebSocket(address, ["attendance.v1", `bearer.${token}`]);
  socket = opened;
  heardAt = 0;
  setTimeout(() => socket === opened && !heardAt && drop(), PATIENCE);
  opened.onmessage = ({ data }) => {
    if (socket !== opened) return;
    heardAt = Date.now();
    receive(JSON.parse(data));
  };
  opened.onclose = ({ code }) => {
    if (socket === opened) void closed(code);
  };
}

/** @param {number} code */
async function closed(code) {
  socket = null;
  for (const [ref, asked] of pending) {
    clearTimeout(asked.timer);
    asked.failed(new Problem({ status: 0, code: "unreachable" }));
    pending.delete(ref);
  }
  if (!wanted) return;
  lostAt.value ||= Date.now();
  state.value = "connecting";
  if (code === EXPIRED || code === REVOKED || !heardAt) {
    // Browsers hide why a handshake was refused. A request finds out, renews the token or asks the person to log in.
    await api.get("/api/auth/me").catch(() => {});
    if (socket || !wanted) return;
  }
  if (code === EXPIRED) return void connect();
  state.value = "waiting";
  retry = setTimeout(() => void connect(), backoff(attempt++));
}

/** Leaves a connection that does not answer; its own close would take the browser a minute to believe. */
function drop() {
  const dead = socket;
  if (!dead) return;
  dead.close(SILENT);
  void closed(SILENT);
}

/** Makes sure of the connection: tries now instead of at the end of the wait, asks whether an open one still lives. */
export function reconnect() {
  if (!wanted) return;
  attempt = 0;
  if (state.value === "live") request("command", { text: "/status" }, PROBE_PATIENCE).catch(() => {});
  else void connect();
}

addEventListener("online", reconnect);
addEventListener("offline", drop);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) reconnect();
});
// A tab that the browser had frozen.
document.addEventListener("resume", reconnect);
// Also notices that the machine slept: the first tick after it finds a long silence.
setInterval(() => {
  if (state.value === "live" && Date.now() - heardAt > heartbeat) {
    heardAt = Date.now();
    reconnect();
  }
}, 2_000);

effect(() => {
  wanted = Boolean(me.value);
  if (wanted) return void connect();
  socket?.close(1000);
  socket = null;
  lastSeq = null;
  clearTimeout(retry);
  state.value = "off";
});
