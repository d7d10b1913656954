// Where the page begins: the language, the login this browser has, then the shell with its screens, or the door.

import { me, restore } from "./api/session.js";
import { html, render, signal, useEffect } from "./lib.js";
import { Mark } from "./components/icon.js";
import { ProblemState } from "./components/display.js";
import { Login } from "./screens/login/login.js";
import "./screens/index.js";
import { registerWorker } from "./shell/worker.js";
import { Shell } from "./shell/shell.js";
import { Dialogs } from "./components/overlays.js";
import { Toasts } from "./shell/toasts.js";
import { loadPreferences } from "./store/preferences.js";
import { loadTexts, locale } from "./text.js";

const problem = signal(/** @type {unknown} */ (null));
/** Pages before the login: their module, which is also that of their texts, and whether somebody logged in may see them too. */
const doors = /** @type {Record<string, {texts: string, always?: boolean, load: () => Promise<{default: any}>}>} */ ({
  "/setup": { texts: "setup", load: () => import("./screens/setup/setup.js") },
  "/access": { texts: "access", always: true, load: () => import("./screens/access/access.js") },
});
const door = doors[location.pathname];

async function start() {
  problem.value = null;
  await restore().catch((failure) => {
    problem.value = failure;
  });
}

function App() {
  useEffect(() => {
    if (me.value) void loadPreferences();
  }, [me.value?.id]);
  if (door && (door.always || !me.value)) return html`<${Lazy} load=${door.load} texts=${door.texts} />`;
  if (me.value) return html`<${Shell} />`;
  if (me.value === null) return html`<${Login} />`;
  return html`<div class="door">
    ${problem.value ? html`<${ProblemState} problem=${problem.value} onRetry=${start} />` : html`<span class="pulse"><${Mark} size=${40} /></span>`}
  </div>`;
}

const lazy = signal(/** @type {any} */ (null));

/** @param {{load: () => Promise<{default: any}>, texts: string}} props */
function Lazy({ load, texts }) {
  useEffect(() => {
    void Promise.all([load(), loadTexts(texts)]).then(([module]) => {
      lazy.value = module.default;
    });
  }, []);
  return lazy.value && html`<${lazy.value} />`;
}

document.documentElement.lang = locale.value;
await loadTexts("common", "shell");
render(html`<${App} /><${Dialogs} /><${Toasts} />`, /** @type {HTMLElement} */ (document.getElementById("app")));
await start();
registerWorker();
