// What somebody began to write, per conversation: there after a reload, in every tab, gone when they log out.

import { me } from "../api/session.js";
import { keys, load, save } from "../storage.js";

/** @param {string} session */
const key = (session) => `draft.${me.value?.id}.${session}`;

/** @param {string} session @returns {string} */
export const draft = (session) => load(key(session)) ?? "";

/** @param {string} session @param {string} text */
export const keepDraft = (session, text) => void save(key(session), text || undefined);

/** Removes what somebody wrote from the browser: others may use it. @param {string} person */
export function forgetEverything(person) {
  for (const kind of ["draft", "outbox"]) {
    for (const name of keys(`${kind}.${person}.`)) save(name, undefined);
  }
}
