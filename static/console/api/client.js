// Requests to the server. Answers are data; anything else is a thrown Problem.

import { locale } from "../text.js";
import { uuid } from "../lib.js";
import { Problem } from "./problem.js";
import { bearer, loggedInAgain, me, renew } from "./session.js";

export { Problem };

/**
 * @typedef {object} Options
 * @property {AbortSignal} [signal]
 * @property {Record<string, string | number | boolean | null | undefined>} [query] empty ones are left out
 * @property {string | true} [idempotencyKey] true: a fresh one, the same for every try of this call
 * @property {number} [patience] milliseconds after which no answer counts as none: for what may be asked twice; a GET has it
 * @property {object | string} [ifMatch] what `get` answered (its ETag is known), or the ETag
 */

/** Milliseconds after which an answer is not waited for any more: a connection that died while the machine slept brings none. */
const PATIENCE = 20_000;

/** ETags of answers, for `ifMatch`. @type {WeakMap<object, string>} */
const etags = new WeakMap();

/** @param {string} path @param {Options["query"]} query */
function address(path, query) {
  const given = Object.entries(query ?? {}).filter(([, value]) => value != null && value !== "");
  if (!given.length) return path;
  return `${path}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body] JSON, a FormData or a string (sent as CSV)
 * @param {Options} [options]
 * @returns {Promise<any>}
 */
async function request(method, path, body, options = {}) {
  const headers = new Headers({ accept: "application/json", "accept-language": locale.value });
  /** @type {BodyInit | undefined} */
  let content;
  if (body instanceof FormData) content = body;
  else if (typeof body === "string") {
    headers.set("content-type", "text/csv; charset=utf-8");
    content = body;
  } else if (body !== undefined) {
    headers.set("content-type", "application/json");
    content = JSON.stringify(body);
  }
  if (options.idempotencyKey) {
    headers.set("idempotency-key", options.idempotencyKey === true ? uuid() : options.idempotencyKey);
  }
  if (options.ifMatch) {
    const tag = typeof options.ifMatch === "string" ? options.ifMatch : etags.get(options.ifMatch);
    if (tag) headers.set("if-match", tag);
  }
  const url = address(path, options.query);
  const patience = options.patience ?? (method === "GET" ? PATIENCE : 0);
  /** @param {string | null} token */
  const send = async (token) => {
    if (token) headers.set("authorization", `Bearer ${token}`);
    const enough = new AbortController();
    const timer = patience ? setTimeout(() => enough.abort(), patience) : 0;
    const signal = options.signal ? AbortSignal.any([options.signal, enough.signal]) : enough.signal;
    try {
      return await fetch(url, { method, headers, body: content, signal });
    } catch (error) {
      if (options.signal?.aborted) throw error;
      throw Problem.unreachable(error);
    } finally {
      clearTimeout(timer);
    }
  };
  let token = await bearer();
  let response = await send(token);
  while (response.status === 401 && me.value) {
    token = await renew(token);
    if (!token) {
      await loggedInAgain();
      token = await bearer();
    }
    response = await send(token);
  }
  if (!response.ok) throw await Problem.read(response);
  if (response.status === 204 || response.headers.get("content-length") === "0") return null;
  if (!response.headers.get("content-type")?.includes("json")) return response.text();
  const data = await response.json();
  const tag = response.headers.get("etag");
  if (tag && data && typeof data === "object") etags.set(data, tag);
  return data;
}

export const api = {
  /** @param {string} path @param {Options} [options] */
  get: (path, options) => request("GET", path, undefined, options),
  /** @param {string} path @param {unknown} [body] @param {Options} [options] */
  post: (path, body, options) => request("POST", path, body, options),
  /** @param {string} path @param {unknown} [body] @param {Options} [options] */
  put: (path, body, options) => request("PUT", path, body, options),
  /** @param {string} path @param {unknown} [body] @param {Options} [options] */
  del: (path, body, options) => request("DELETE", path, body, options),

  /**
   * The pages of a list, each fetched when it is asked for: `for await (const items of api.list("/api/users")) …`
   * @param {string} path
   * @param {Options["query"]} [query]
   * @param {Options} [options]
   * @returns {AsyncGenerator<any[]>}
   */
  async *list(path, query, options) {
    let cursor = null;
    do {
      const page = await request("GET", path, undefined, { ...options, query: { ...query, cursor } });
      yield page.items;
      cursor = page.next_cursor;
    } while (cursor);
  },

  /**
   * The whole of a list that is known to be short.
   * @param {string} path
   * @param {Options["query"]} [query]
   * @param {Options} [options]
   * @returns {Promise<any[]>}
   */
  async all(path, query, options) {
    const items = [];
    for await (const page of api.list(path, { limit: 200, ...query }, options)) items.push(...page);
    return items;
  },

  /**
   * A file of the server as an address for `img`, `audio` or a download; free it with `URL.revokeObjectURL`.
   * @param {string} path
   * @param {AbortSignal} [signal]
   */
  async blob(path, signal) {
    const response = await fetch(path, { headers: { authorization: `Bearer ${await bearer()}` }, signal });
    if (!response.ok) throw await Problem.read(response);
    return response.blob();
  },
};
