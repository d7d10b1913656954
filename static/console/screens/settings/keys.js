// What is certainly wrong with a setting's value before the server sees it, and how settings are laid out. Pure.

/**
 * @typedef {{name: string, label: string, help: string, group: string, group_label: string, kind: string,
 *   choices?: {value: string, label: string}[], min?: number, max?: number, unit?: "seconds" | "minutes" | "hours" | "days" | "percent",
 *   default: string, source: "bot" | "organization" | "default", value?: string}} Key
 */

/**
 * The range that a number leaves, if it does.
 * @param {Pick<Key, "min" | "max">} key
 * @param {unknown} value
 */
export function beyond({ min, max }, value) {
  if (typeof value !== "string" || !value.trim() || min === undefined || max === undefined) return null;
  const given = Number(value.replace(",", "."));
  return given < min || given > max ? { min, max } : null;
}

/** @param {{kind: string}} key */
export const isSecret = ({ kind }) => kind === "secret" || kind === "secret_url";

/** @type {Record<string, (text: string) => boolean>} */
const RULES = {
  int: (text) => /^-?\d+$/.test(text),
  number: (text) => /^-?\d+([.,]\d+)?$/.test(text),
  money: (text) => /^\d{1,12}([.,]\d{1,4})?$/.test(text),
  url: (text) => /^(https?|wss?|file|s3):\S+$/.test(text),
  secret_url: (text) => /^(https?|wss?|file|s3):\S+$/.test(text),
  time: (text) => /^([01]?\d|2[0-3]):[0-5]\d$|^24:00$/.test(text),
  dates: (text) => text.split(",").every((date) => /^(\d{4}-)?(0?[1-9]|1[0-2])-(0?[1-9]|[12]\d|3[01])$/.test(date.trim())),
};

/** The kind whose form a value misses, if it certainly does; the server has the last word. @param {string} kind @param {unknown} value */
export function misfit(kind, value) {
  if (typeof value !== "string" || !value.trim()) return null;
  return RULES[kind]?.(value.trim()) === false ? kind : null;
}

/**
 * Keys in their groups, in the server's order.
 * @param {readonly Key[]} keys
 * @returns {[string, Key[]][]}
 */
export function grouped(keys) {
  /** @type {Map<string, Key[]>} */
  const groups = new Map();
  for (const key of keys) groups.set(key.group, [...(groups.get(key.group) ?? []), key]);
  return [...groups];
}

/** @typedef {{keywords: string, answer: string}} Reply */

/**
 * Lines `keyword, other => answer` as rows; comments go first. One blank around the arrow is ours, others are being typed.
 * @param {string} text
 * @returns {{replies: Reply[], comments: string[]}}
 */
export function readReplies(text) {
  const replies = [];
  const comments = [];
  for (const line of text.split("\n")) {
    const at = line.indexOf("=>");
    if (/^\s*#/.test(line)) comments.push(line);
    else if (at >= 0) replies.push({ keywords: line.slice(0, at).replace(/ $/, ""), answer: line.slice(at + 2).replace(/^ /, "").replaceAll("\\n", "\n") });
    else if (line.trim()) replies.push({ keywords: line.trim(), answer: "" });
  }
  return { replies, comments };
}

/** @param {readonly Reply[]} replies @param {readonly string[]} comments */
export const writeReplies = (replies, comments) =>
  [...comments, ...replies.map(({ keywords, answer }) => `${keywords} => ${answer.replaceAll("\n", "\\n")}`)].join("\n");
