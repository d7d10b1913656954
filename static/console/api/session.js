// The login of this browser. The access token lives in memory and is shared by its tabs; the refresh token is a cookie that
// the server takes once: presented twice it ends the login. So one tab refreshes at a time, the others take what it got.

import { signal } from "../lib.js";
import { load, save } from "../storage.js";
import { Problem } from "./problem.js";

/** @import { LoginAnswer, Me } from "./types" */

/** Who is logged in; undefined before we know, null when nobody is. */
export const me = signal(/** @type {Me | null | undefined} */ (undefined));

/** The login ended while somebody was at work: the dialog over the screen asks for it again. */
export const expired = signal(false);

/** Milliseconds before its end at which a token is not worth a request any more. */
const MARGIN = 20_000;
/** A page that left while refreshing gets this long for its answer, which sets the cookie we are about to send. */
const LEFT_BEHIND = 2_000;

/** @type {{value: string, until: number} | null} */
let token = null;
/** @type {Set<() => void>} */
let waiting = new Set();

const channel = new BroadcastChannel("attendance.session");
const tabs = navigator.locks;

/** Tells other tabs' questions apart from silence. */
void tabs?.request("attendance.tab", { mode: "shared" }, () => new Promise(() => {}));

channel.onmessage = ({ data }) => {
  if (data.type === "token") take(data.answer, data.until);
  if (data.type === "logout") ended();
  if (data.type === "ask" && token && me.value) {
    channel.postMessage({ type: "token", answer: { access_token: token.value, user: me.value }, until: token.until });
  }
};

/** @param {{access_token: string, user: Me}} answer @param {number} until */
function take(answer, until) {
  const before = me.value;
  token = { value: answer.access_token, until };
  if (before && before.id !== answer.user.id) {
    // Another person's screen must not stay under this one's name.
    location.reload();
    return;
  }
  if (JSON.stringify(before) !== JSON.stringify(answer.user)) me.value = answer.user;
  expired.value = false;
  save("login", true);
  waiting.forEach((go) => go());
  waiting = new Set();
}

/** @param {LoginAnswer} answer */
function accept(answer) {
  const until = Date.now() + answer.expires_in * 1000;
  take(answer, until);
  channel.postMessage({ type: "token", answer: { access_token: answer.access_token, user: answer.user }, until });
}

function ended() {
  token = null;
  save("login", undefined);
  me.value = null;
  expired.value = false;
}

/**
 * @param {string} path
 * @param {unknown} [body]
 * @param {RequestInit} [options]
 */
async function post(path, body, options) {
  const headers = new Headers({ accept: "application/json", "accept-language": document.documentElement.lang });
  if (body) headers.set("content-type", "application/json");
  if (token) headers.set("authorization", `Bearer ${token.value}`);
  const init = { method: "POST", headers, body: body ? JSON.stringify(body) : undefined, ...options };
  const response = await fetch(path, init).catch((error) => {
    throw Problem.unreachable(error);
  });
  if (!response.ok) throw await Problem.read(response);
  return response.status === 204 ? null : response.json();
}

/** Asks the tabs that are open for their token. */
async function askOthers() {
  const held = (await tabs?.query())?.held?.filter((lock) => lock.name === "attendance.tab").length ?? 1;
  if (held < 2) return;
  channel.postMessage({ type: "ask" });
  await Promise.race([new Promise((go) => waiting.add(() => go(null))), new Promise((go) => setTimeout(go, 250))]);
}

/** Waits for the answer that a page of ours did not live to see. */
async function leftBehind() {
  const since = Date.now() - (load("refreshing") ?? 0);
  if (since >= 0 && since < LEFT_BEHIND) await new Promise((go) => setTimeout(go, LEFT_BEHIND - since));
}

/** @type {Promise<string | null> | null} */
let renewing = null;

/**
 * A token other than `stale`, which the server refused or which is about to end. Null: the login is over.
 * Throws a Problem when the server cannot be reached.
 * @param {string | null} [stale]
 * @returns {Promise<string | null>}
 */
export function renew(stale = null) {
  const fresh = () => (token && token.value !== stale && token.until - Date.now() > MARGIN ? token.value : null);
  const work = async () => {
    if (fresh()) return fresh();
    await leftBehind();
    save("refreshing", Date.now());
    try {
      // keepalive: the browser takes the new cookie even when this page is gone by then.
      accept(await post("/api/auth/refresh", undefined, { keepalive: true }));
      return token?.value ?? null;
    } catch (problem) {
      if (problem instanceof Problem && problem.status === 401) return null;
      throw problem;
    } finally {
      save("refreshing", undefined);
    }
  };
  renewing ??= Promise.resolve(tabs ? tabs.request("attendance.refresh", work) : work()).finally(() => {
    renewing = null;
  });
  return renewing;
}

/** The token to send now, renewed when it is about to end. Null: nobody is logged in. */
export async function bearer() {
  if (token && token.until - Date.now() > MARGIN) return token.value;
  return me.value === null ? null : renew(token?.value);
}

/** At the start of the page: the login that this browser has, if any. */
export async function restore() {
  await askOthers();
  // Scripts cannot see the cookie; whether there may be one is noted beside it.
  if (!token && !(load("login") && (await renew()))) me.value = null;
}

/** @param {{email: string, password: string, totp?: string}} credentials */
export async function login(credentials) {
  accept(await post("/api/auth/login", credentials));
}

/** @param {Record<string, unknown>} setup as `POST /api/setup` takes it */
export async function firstLogin(setup) {
  accept(await post("/api/setup", setup));
}

export async function logout() {
  await post("/api/auth/logout");
  channel.postMessage({ type: "logout" });
  ended();
}

/** Resolves once somebody has logged in again over the screen. */
export function loggedInAgain() {
  expired.value = true;
  return new Promise((/** @type {(value: void) => void} */ go) => waiting.add(() => go()));
}

/** @param {string} permission one of `me.permissions` */
export const may = (permission) => me.value?.permissions.includes(permission) ?? false;
