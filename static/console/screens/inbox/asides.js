// What commands answered, shown in the conversation in which they were typed, to who typed them, until the page is left.

import { api } from "../../api/client.js";
import { signal, uuid } from "../../lib.js";
import { clock } from "../../clock.js";
import { problemText } from "../../shell/toasts.js";

/** @import { Aside } from "./timeline.js" */

const shown = signal(/** @type {ReadonlyMap<string, readonly Aside[]>} */ (new Map()));

/** @type {readonly Aside[]} */
const NONE = [];

/** @param {string} session */
export const asides = (session) => shown.value.get(session) ?? NONE;

/** @param {string} session @param {(list: readonly Aside[]) => readonly Aside[]} change */
const update = (session, change) => {
  shown.value = new Map(shown.value).set(session, change(asides(session)));
};

/** @param {string} session @param {string} id */
export const forgetAside = (session, id) => update(session, (list) => list.filter((one) => one.id !== id));

/** Runs a command line; its answer takes its place in the conversation. @param {string} session @param {string} text */
export async function runCommand(session, text) {
  /** @type {Aside} */
  const aside = { id: uuid(), at: new Date(clock.peek()).toISOString(), command: text.trim(), answer: null, refused: false };
  update(session, (list) => [...list, aside]);
  const answer = await api.post("/api/attendance/commands", { text, session_id: session }).then(
    (/** @type {{text: string}} */ said) => ({ answer: said.text, refused: false }),
    (problem) => ({ answer: problemText(problem), refused: true }),
  );
  update(session, (list) => list.map((one) => (one.id === aside.id ? { ...one, ...answer } : one)));
}
