// Contacts from the server, kept fresh by what happens: events tell of customers as they write and are renamed.

import { api } from "../../api/client.js";
import { useEffect, useRef, useState } from "../../lib.js";
import { feed } from "../../store/live.js";

/** @import { Contact, CustomerBrief, Page, ServerEvent } from "../../api/types" */

const PAGE = 50;
/** Milliseconds that a burst of events or of typing is given to end. */
export const SETTLE = 300;

/** Who an event is about. @param {ServerEvent} event @returns {CustomerBrief | undefined} */
export const customerOf = (event) => ("customer" in event ? /** @type {CustomerBrief} */ (event.customer) : undefined);

/**
 * Contacts that match, newest first, page by page.
 * @param {{q?: string, tier?: string, tag?: string}} wanted
 * @returns {{data: Contact[] | undefined, problem: unknown, loading: boolean, more: boolean, next: () => void, reload: () => void}}
 */
export function useBook({ q = "", tier = "", tag = "" }) {
  const [state, setState] = useState(/** @type {{items?: Contact[], cursor?: string | null, problem?: unknown, loading: boolean}} */ ({ loading: true }));
  const running = useRef(/** @type {AbortController | null} */ (null));
  /** @param {string | null | undefined} cursor undefined: from the beginning */
  const load = (cursor) => {
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    setState((now) => ({ ...now, problem: undefined, loading: true }));
    const query = { q, tier, tag, limit: PAGE, cursor };
    api.get("/api/crm/contacts", { query, signal: controller.signal }).then(
      (/** @type {Page<Contact>} */ { items, next_cursor }) =>
        controller.signal.aborted || setState((now) => ({ items: cursor ? [...(now.items ?? []), ...items] : items, cursor: next_cursor, loading: false })),
      (problem) => controller.signal.aborted || setState((now) => ({ ...now, problem, loading: false })),
    );
  };
  const latest = useRef(load);
  latest.current = load;
  useEffect(() => {
    const timer = setTimeout(() => latest.current(undefined), state.items ? SETTLE : 0);
    return () => clearTimeout(timer);
  }, [q, tier, tag]);
  const shown = useRef(0);
  shown.current = state.items?.length ?? 0;
  /** Ids grow with time: a customer beyond the newest one is new. */
  const newest = useRef("");
  for (const { id } of state.items ?? []) if (id > newest.current) newest.current = id;
  useEffect(() => {
    let timer = 0;
    const stop = feed((events) => {
      const customers = new Map(events.flatMap((event) => customerOf(event) ?? []).map((customer) => [customer.id, customer]));
      if (!customers.size) return;
      setState((now) => ({
        ...now,
        items: now.items?.map((contact) => {
          const { name, phone, email, tier: level } = customers.get(contact.id) ?? contact;
          const same = name === contact.name && phone === contact.phone && email === contact.email && level === contact.tier;
          return same ? contact : { ...contact, name, phone, email, tier: level };
        }),
      }));
      // Somebody new belongs at the top; a list that was paged on stays where it is.
      const last = [...customers.keys()].sort().at(-1) ?? "";
      if (last > newest.current && newest.current && shown.current <= PAGE && !timer) {
        timer = setTimeout(() => {
          timer = 0;
          latest.current(undefined);
        }, SETTLE);
      }
      if (last > newest.current) newest.current = last;
    });
    return () => {
      stop();
      clearTimeout(timer);
      running.current?.abort();
    };
  }, []);
  return {
    data: state.items,
    problem: state.problem,
    loading: state.loading,
    more: Boolean(state.cursor),
    next: () => state.cursor && !state.loading && load(state.cursor),
    reload: () => load(undefined),
  };
}

/**
 * Others who have the same number, e-mail or name, as the server finds them.
 * @param {{id?: string, name: string, email: string | null, phone: string | null}} person
 * @param {AbortSignal} [signal]
 * @returns {Promise<Contact[]>}
 */
export async function lookalikes({ id, name, email, phone }, signal) {
  /** @type {Record<string, string>[]} */
  const queries = [];
  if (phone) queries.push({ phone });
  if (email) queries.push({ email });
  if (name.trim().includes(" ")) queries.push({ q: name });
  const pages = await Promise.all(queries.map((query) => api.get("/api/crm/contacts", { query: { ...query, limit: 10 }, signal })));
  const found = new Map(pages.flatMap(({ items }) => /** @type {Contact[]} */ (items)).map((contact) => [contact.id, contact]));
  if (id) found.delete(id);
  return [...found.values()];
}
