// How somebody likes the console. Kept by the browser, so that the page is right from its first frame, and by the server,
// so that it is so on every machine.

import { api } from "../api/client.js";
import { me } from "../api/session.js";
import { effect, signal } from "../lib.js";
import { load, save, watch } from "../storage.js";
import { locale, nearestLocale, setLocale } from "../text.js";

/**
 * @typedef {object} Preferences
 * @property {"auto" | "light" | "dark"} theme
 * @property {"comfortable" | "compact"} density
 * @property {string} [locale]
 * @property {{sound: boolean, desktop: boolean, push: boolean}} notifications
 * @property {Record<string, unknown>} views what screens keep: saved filters, chosen tabs
 */

/** @type {Preferences} */
const DEFAULTS = {
  theme: "auto",
  density: "comfortable",
  notifications: { sound: true, desktop: true, push: false },
  views: {},
};

/** @param {any} kept @returns {Preferences} */
const complete = (kept) => ({
  ...DEFAULTS,
  ...kept,
  notifications: { ...DEFAULTS.notifications, ...kept?.notifications },
});

export const preferences = signal(complete(load("preferences")));

let saving = 0;
/** Whose choices the server has not got yet. */
const UNTOLD = "untold.preferences";

/** @param {Partial<Preferences>} change */
export function prefer(change) {
  preferences.value = { ...preferences.value, ...change };
  save("preferences", preferences.value);
  save(UNTOLD, me.value?.id);
  clearTimeout(saving);
  saving = setTimeout(() => void tell().catch(() => {}), 800);
}

/** To the server; what it has not taken is told it at the next start. */
async function tell() {
  await api.put("/api/users/me/preferences", preferences.value);
  save(UNTOLD, undefined);
}

/** Takes what the server has; somebody's first time keeps what they chose before logging in. */
export async function loadPreferences() {
  if (me.value && load(UNTOLD) === me.value.id) return tell().catch(() => {});
  const kept = await api.get("/api/users/me/preferences").catch(() => null);
  if (!kept || !Object.keys(kept).length) return;
  preferences.value = complete(kept);
  save("preferences", preferences.value);
}

watch("preferences", () => {
  preferences.value = complete(load("preferences"));
});

effect(() => {
  const { theme, density } = preferences.value;
  const { dataset } = document.documentElement;
  dataset.theme = theme;
  dataset.density = density;
});

effect(() => {
  const wanted = nearestLocale(preferences.value.locale ?? me.value?.locale ?? load("locale") ?? navigator.language);
  save("locale", wanted);
  if (wanted !== locale.peek()) void setLocale(wanted);
});
