// Contacts for the command bar.

import { api } from "../../api/client.js";
import { navigate } from "../../shell/router.js";
import { phone } from "../../text.js";

/** @import { Contact, Page } from "../../api/types" */

/** @param {string} q @param {AbortSignal} signal @returns {Promise<import("../../shell/commands.js").Found[]>} */
export async function findContacts(q, signal) {
  /** @type {Page<Contact>} */
  const { items } = await api.get("/api/crm/contacts", { query: { q, limit: 6 }, signal });
  return items.map(({ id, name, phone: number, email }) => ({ id, label: name, detail: phone(number) || email || undefined, icon: "user", run: () => navigate(`/contacts/${id}`) }));
}
