// What people read: texts of the language, and how it writes numbers and times. Texts live in `text/{locale}/{module}.js`;
// a screen's module is loaded with the screen.

import { computed, signal } from "./lib.js";
import { load } from "./storage.js";

/** @typedef {"pt-BR" | "en"} Locale */
/** @typedef {string | Partial<Record<Intl.LDMLPluralRule, string>>} Text */

/** @type {readonly Locale[]} */
export const LOCALES = ["pt-BR", "en"];

/**
 * @param {unknown} wanted
 * @returns {Locale}
 */
export function nearestLocale(wanted) {
  return typeof wanted === "string" && wanted.toLowerCase().startsWith("en") ? "en" : "pt-BR";
}

/** The language on the screen. */
export const locale = signal(/** @type {Locale} */ (nearestLocale(load("locale") ?? navigator.language)));

/** @type {Set<string>} */
const modules = new Set();
const texts = signal(/** @type {Record<string, Text>} */ ({}));
const plurals = computed(() => new Intl.PluralRules(locale.value));

/** @param {string} name @param {Locale} language */
const read = async (name, language) => (await import(`./text/${language}/${name}.js`)).default;

/**
 * Loads a module's texts in the current language; they follow every change of it.
 * @param {...string} names
 * @returns {Promise<void>}
 */
export async function loadTexts(...names) {
  const missing = names.filter((name) => !modules.has(name));
  if (!missing.length) return;
  const language = locale.value;
  const loaded = await Promise.all(missing.map((name) => read(name, language)));
  if (language !== locale.value) return loadTexts(...names);
  missing.forEach((name) => modules.add(name));
  texts.value = Object.assign({}, texts.value, ...loaded);
}

/** @param {Locale} language @returns {Promise<void>} */
export async function setLocale(language) {
  const names = [...modules];
  const loaded = await Promise.all(names.map((name) => read(name, language)));
  // A screen came meanwhile, in the language of before.
  if (modules.size > names.length) return setLocale(language);
  locale.value = language;
  texts.value = Object.assign({}, ...loaded);
  document.documentElement.lang = language;
}

/**
 * The text of a key. `{name}` is replaced by `params.name`; a text with plural forms chooses by `params.n`.
 * @param {string} key
 * @param {Record<string, string | number>} [params]
 * @returns {string}
 */
export function t(key, params = {}) {
  const found = texts.value[key];
  const n = Number(params.n ?? 0);
  const text =
    typeof found === "object" ? ((n === 0 ? found.zero : undefined) ?? found[plurals.value.select(n)] ?? found.other) : found;
  if (text === undefined) return key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = params[name];
    return value === undefined ? whole : typeof value === "number" ? number(value) : value;
  });
}

/** A few words of the server, which begin small, as the beginning of a line. @param {string | null | undefined} words */
export const capital = (words) => (words ? words[0].toLocaleUpperCase(locale.value) + words.slice(1) : "");

/**
 * Whether a key has a text: for words of the server that may be newer than the console.
 * @param {string} key
 */
export const hasText = (key) => key in texts.value;

/**
 * What people call a kind of channel.
 * @param {string} kind
 */
export const channelName = (kind) => (hasText(`channel.${kind}`) ? t(`channel.${kind}`) : kind);

/** @type {Map<string, any>} */
const formats = new Map();

/**
 * @template T
 * @param {string} name
 * @param {(language: Locale) => T} make
 * @returns {T}
 */
function format(name, make) {
  const key = `${locale.value} ${name}`;
  if (!formats.has(key)) formats.set(key, make(locale.value));
  return formats.get(key);
}

/** @param {number} value @param {Intl.NumberFormatOptions} [options] */
export function number(value, options) {
  return format(`number ${JSON.stringify(options)}`, (language) => new Intl.NumberFormat(language, options)).format(value);
}

/** A net promoter score. @param {number | null | undefined} points -100 to 100 */
export const score = (points) => (points == null ? "–" : number(points, { maximumFractionDigits: 0, signDisplay: "exceptZero" }));

/** @param {number | null | undefined} share 0 to 1 */
export function percent(share) {
  return share == null ? "–" : number(share, { style: "percent", maximumFractionDigits: 0 });
}

/** @param {number} size */
export function bytes(size) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const power = Math.min(Math.floor(Math.log(Math.max(size, 1)) / Math.log(1024)), 3);
  const options = /** @type {Intl.NumberFormatOptions} */ ({
    style: "unit",
    unit: units[power],
    unitDisplay: power ? "short" : "long",
    maximumFractionDigits: power > 1 ? 1 : 0,
  });
  return number(size / 1024 ** power, options);
}

/** @param {string | number | Date} at */
export function clockTime(at) {
  return format("time", (language) => new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" })).format(
    new Date(at),
  );
}

/** @param {string | number | Date} at */
export function date(at) {
  return format("date", (language) => new Intl.DateTimeFormat(language, { dateStyle: "medium" })).format(new Date(at));
}

/** @param {string | number | Date} at */
export function dateTime(at) {
  const options = /** @type {const} */ ({ dateStyle: "medium", timeStyle: "short" });
  return format("datetime", (language) => new Intl.DateTimeFormat(language, options)).format(new Date(at));
}

/**
 * The name of a day, for the lines between messages: today, yesterday, Monday 3 March.
 * @param {string | number | Date} at
 * @param {number} now
 */
export function day(at, now) {
  const midnight = (/** @type {Date} */ time) => new Date(time.getFullYear(), time.getMonth(), time.getDate()).getTime();
  const days = Math.round((midnight(new Date(at)) - midnight(new Date(now))) / 86_400_000);
  if (days === 0 || days === -1) {
    const words = format("day", (language) => new Intl.RelativeTimeFormat(language, { numeric: "auto" })).format(days, "day");
    return words.charAt(0).toLocaleUpperCase(locale.value) + words.slice(1);
  }
  const year = new Date(at).getFullYear() === new Date(now).getFullYear() ? undefined : "numeric";
  const options = /** @type {const} */ ({ weekday: "long", day: "numeric", month: "long", year });
  return format(`weekday ${year}`, (language) => new Intl.DateTimeFormat(language, options)).format(new Date(at));
}

/**
 * How long something takes: "45 s", "12 min", "3 h 05", "2 d". Null, which is unknown, is a dash.
 * @param {number | null | undefined} seconds
 */
export function duration(seconds) {
  if (seconds == null || !Number.isFinite(seconds)) return "–";
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, "0")}`;
  return `${Math.floor(whole / 86_400)} d`;
}

/**
 * How long ago, as short as a list wants it: "agora", "5 min", "3 h", then the date.
 * @param {string | number | Date} at
 * @param {number} now
 */
export function ago(at, now) {
  const seconds = (now - new Date(at).getTime()) / 1000;
  if (seconds < 60) return t("time.now");
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  if (seconds < 7 * 86_400) return `${Math.floor(seconds / 86_400)} d`;
  return format("short", (language) => new Intl.DateTimeFormat(language, { day: "2-digit", month: "2-digit" })).format(
    new Date(at),
  );
}

/**
 * When something was or will be, as one says it: "há 2 horas", "agora", "em 45 segundos", "em 3 dias".
 * @param {string | number | Date} at
 * @param {number} now
 */
export function fromNow(at, now) {
  const seconds = Math.round((new Date(at).getTime() - now) / 1000);
  const size = Math.abs(seconds);
  if (seconds <= 0 && size < 60) return t("time.now");
  const relative = format("relative", (language) => new Intl.RelativeTimeFormat(language));
  if (size < 60) return relative.format(seconds, "second");
  if (size < 3600) return relative.format(Math.trunc(seconds / 60), "minute");
  if (size < 48 * 3600) return relative.format(Math.trunc(seconds / 3600), "hour");
  return relative.format(Math.trunc(seconds / 86_400), "day");
}

/**
 * A phone number as Brazilians read it; others keep their international form.
 * @param {string | null | undefined} e164
 */
export function phone(e164) {
  const parts = e164?.match(/^\+55(\d{2})(\d{4,5})(\d{4})$/);
  return parts ? `(${parts[1]}) ${parts[2]}-${parts[3]}` : (e164 ?? "");
}
