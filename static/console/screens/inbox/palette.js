// What `/` offers in the composer: canned responses and the commands of attendants. Pure.

import { fold } from "./views.js";

/** @typedef {{id: string, name: string, text: string}} Canned */
/** @typedef {{id: string, names: {"pt-BR": string, en: string}, takes?: "something" | "perhaps"}} CommandName takes: whether something follows it */
/** @typedef {{kind: "canned", id: string, name: string, detail: string, canned: Canned} | {kind: "command", id: string, name: string, command: CommandName}} Choice */

/** @type {readonly CommandName[]} those that the server knows; it takes both languages */
export const COMMANDS = [
  { id: "queue", names: { "pt-BR": "fila", en: "queue" } },
  { id: "take", names: { "pt-BR": "pegar", en: "take" }, takes: "perhaps" },
  { id: "transfer", names: { "pt-BR": "transferir", en: "transfer" }, takes: "something" },
  { id: "resolve", names: { "pt-BR": "resolver", en: "resolve" }, takes: "perhaps" },
  { id: "pending", names: { "pt-BR": "pendente", en: "pending" } },
  { id: "snooze", names: { "pt-BR": "adiar", en: "snooze" }, takes: "something" },
  { id: "note", names: { "pt-BR": "nota", en: "note" }, takes: "something" },
  { id: "tag", names: { "pt-BR": "etiqueta", en: "tag" }, takes: "something" },
  { id: "priority", names: { "pt-BR": "prioridade", en: "priority" }, takes: "something" },
  { id: "context", names: { "pt-BR": "contexto", en: "context" } },
  { id: "status", names: { "pt-BR": "status", en: "status" }, takes: "perhaps" },
  { id: "help", names: { "pt-BR": "ajuda", en: "help" }, takes: "perhaps" },
];

/** Whether what is written is meant for the server and not for the customer. @param {string} text */
export const isCommand = (text) => /^\s*[/／]/.test(text);

/**
 * What is sought in the palette; null: it is closed, because the text is no command or its name is complete.
 * @param {string} text
 */
export function sought(text) {
  const match = /^\s*[/／](\S*)$/.exec(text);
  return match ? match[1] : null;
}

/**
 * @param {string} query
 * @param {readonly Canned[]} canned
 * @param {"pt-BR" | "en"} locale
 * @returns {Choice[]} canned responses first, those whose name begins with it before those that only contain it
 */
export function choices(query, canned, locale) {
  const wanted = fold(query);
  /** @param {string} name @param {string} [text] */
  const rank = (name, text = "") => (fold(name).startsWith(wanted) ? 0 : fold(name).includes(wanted) ? 1 : fold(text).includes(wanted) ? 2 : 3);
  const texts = canned
    .map((one) => ({ rank: rank(one.name, one.text), choice: /** @type {Choice} */ ({ kind: "canned", id: `canned ${one.id}`, name: one.name, detail: one.text, canned: one }) }))
    .filter((one) => one.rank < 3);
  const commands = COMMANDS.map((command) => ({
    rank: Math.min(rank(command.names[locale]), rank(command.names["pt-BR"]), rank(command.names.en)),
    choice: /** @type {Choice} */ ({ kind: "command", id: `command ${command.id}`, name: command.names[locale], command }),
  })).filter((one) => one.rank < 2);
  const sorted = (/** @type {{rank: number, choice: Choice}[]} */ list) => list.sort((one, other) => one.rank - other.rank).map(({ choice }) => choice);
  return [...sorted(texts), ...sorted(commands)];
}

/**
 * A canned response with the values in the place of `{{name}}`, as the server fills it: whatever case, accents and blanks.
 * @param {string} text
 * @param {Record<string, string>} values
 */
export const fill = (text, values) => text.replace(/\{\{([^}]*)\}\}/g, (_, name) => values[fold(name.trim())] ?? "");
