// The frame around the screens: navigation, the state of the connection, what opens over everything.

import { lostAt, reconnect, state } from "../api/socket.js";
import { expired } from "../api/session.js";
import { html, signal, useEffect, useErrorBoundary, useLayoutEffect, useState } from "../lib.js";
import { clock } from "../clock.js";
import { Badge, Button, Empty, Icon, Mark, Menu, ProblemState, Skeleton } from "../components/index.js";
import { LoginDialog } from "../screens/login/login.js";
import * as conversations from "../store/conversations.js";
import { outbox } from "../store/outbox.js";
import { loadTexts, t } from "../text.js";
import { CommandBar, openCommandBar } from "./commandbar.js";
import { useCommands } from "./commands.js";
import { openHelp } from "./help.js";
import { Notifications } from "./notifications.js";
import { navigate, offered, route } from "./router.js";
import { UserMenu } from "./usermenu.js";

/** Seconds without a connection that nobody needs to hear about: tokens end and servers restart. */
const QUIET = 3;

export function Shell() {
  const { screen, path } = route.value;
  useEffect(() => {
    if (path === "/" || path === "/setup" || path === "/login") navigate(offered.value[0]?.path ?? "/settings", { replace: true });
  }, [path]);
  useCommands([
    { id: "commands", label: () => t("commands.open"), keys: "mod+k", hidden: true, run: openCommandBar },
    { id: "help", label: () => t("help.title"), keys: "?", icon: "keyboard", run: openHelp },
    ...offered.value.map((one) => ({
      id: `go ${one.path}`,
      label: () => t(one.title),
      group: () => t("commands.go"),
      icon: one.icon,
      keys: `g ${one.path[1]}`,
      run: () => navigate(one.path),
    })),
  ]);
  return html`<a class="skip" href="#screen">${t("nav.skip")}</a>
    <div class="shell">
      <${Nav} current=${screen?.path} />
      <main id="screen" tabindex="-1">
        <${Connection} />
        ${screen ? html`<${Screen} key=${screen.path} screen=${screen} />` : path !== "/" && html`<${Missing} />`}
      </main>
    </div>
    <${CommandBar} /> <${Notifications} /> ${expired.value && html`<${LoginDialog} />`}`;
}

const Missing = () => html`<${Empty} icon="search" title=${t("problem.missing.title")} text=${t("problem.missing.text")} />`;

/** Screens that a phone has room for at its bottom; the rest is under "more". The style sheet knows the number too. */
const ON_PHONE = 4;

/** @param {{current?: string}} props */
function Nav({ current }) {
  return html`<nav class="nav" aria-label=${t("nav.label")}>
    <a class="nav-mark" href="/inbox" aria-label="attendance"><${Mark} size=${28} /></a>
    <ul>
      ${offered.value.map(
        ({ path, title, icon }) =>
          html`<li key=${path}>
            <a href=${path} aria-current=${path === current ? "page" : undefined} title=${t(title)}>
              <${Icon} name=${icon} /><span class="nav-label">${t(title)}</span>
              ${path === "/inbox" && html`<${Badge} value=${conversations.unread.value} label=${t("nav.unread", { n: conversations.unread.value })} />`}
            </a>
          </li>`,
      )}
    </ul>
    ${
      offered.value.length > ON_PHONE &&
      html`<${Menu}
        label=${t("nav.more")}
        class="nav-more"
        trigger=${html`<${Icon} name="menu" /><span class="nav-label">${t("nav.more")}</span>`}
        items=${[
          ...offered.value.slice(ON_PHONE).map(({ path, title, icon }) => ({ label: t(title), icon, run: () => navigate(path) })),
          "-",
          { label: t("commands.open"), icon: "search", run: openCommandBar },
        ]}
      />`
    }
    <button type="button" class="nav-button nav-command" title=${t("commands.open")} aria-label=${t("commands.open")} onClick=${openCommandBar}>
      <${Icon} name="search" />
    </button>
    <${UserMenu} />
  </nav>`;
}

function Connection() {
  const seconds = lostAt.value ? (Date.now() - lostAt.value) / 1000 : 0;
  void clock.value;
  const shown = state.value !== "live" && state.value !== "off" && (seconds > QUIET || (!navigator.onLine && seconds > 0));
  const unsent = outbox.value.filter(({ problem }) => !problem).length;
  return html`<div role="status" class="connection-place">
    ${
      shown &&
      html`<div class="connection">
        <${Icon} name="wifi_off" /><span class="grow">
          ${navigator.onLine ? t("connection.lost") : t("connection.offline")}${unsent ? ` ${t("connection.unsent", { n: unsent })}` : ""}
        </span>
        ${navigator.onLine && html`<${Button} size="small" kind="quiet" busy=${state.value === "connecting"} onClick=${reconnect}>${t("connection.now")}<//>`}
      </div>`
    }
  </div>`;
}

/** Loaded screens by path. */
const modules = signal(/** @type {ReadonlyMap<string, any>} */ (new Map()));

/** @param {string} name */
function loadStyle(name) {
  const href = new URL(`../styles/${name}.css`, import.meta.url).href;
  if ([...document.styleSheets].some((sheet) => sheet.href === href)) return;
  return new Promise((done, failed) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href, onload: done, onerror: failed });
    link.dataset.screen = name;
    document.head.append(link);
  });
}

/**
 * The styles of other screens do not reach this one.
 * @param {string | undefined} name
 */
function wear(name) {
  for (const link of document.querySelectorAll("link[data-screen]")) {
    const sheet = /** @type {HTMLLinkElement} */ (link);
    const foreign = sheet.dataset.screen !== name;
    // Set without need, it would load the sheet again.
    if (sheet.disabled !== foreign) sheet.disabled = foreign;
  }
}

/** @param {{screen: import("./router.js").Screen}} props */
function Screen({ screen }) {
  const [failure, setFailure] = useState(/** @type {unknown} */ (null));
  const [error, forgive] = useErrorBoundary((broken) => console.error(broken));
  const loaded = modules.value.get(screen.path);
  useLayoutEffect(() => wear(screen.style), [screen.style, loaded]);
  const load = () => {
    setFailure(null);
    Promise.all([screen.load(), screen.texts && loadTexts(screen.texts), screen.style && loadStyle(screen.style)]).then(
      ([module]) => {
        modules.value = new Map(modules.value).set(screen.path, module.default);
      },
      // A module that is not there is a server that was not reached.
      (cause) => setFailure({ status: 0, cause }),
    );
  };
  useEffect(() => {
    if (!loaded) load();
  }, []);
  useEffect(() => {
    const n = conversations.unread.value;
    document.title = `${n ? `(${n}) ` : ""}${t(screen.title)} · attendance`;
    if ("setAppBadge" in navigator) void (n ? navigator.setAppBadge(n) : navigator.clearAppBadge()).catch(() => {});
  });
  if (error) {
    return html`<${Empty} icon="alert" title=${t("problem.broken.title")} text=${t("problem.broken.text")}>
      <${Button} icon="refresh" onClick=${forgive}>${t("retry")}<//>
    <//>`;
  }
  if (failure) return html`<${ProblemState} problem=${failure} onRetry=${load} />`;
  if (!loaded) return html`<${Skeleton} />`;
  const { rest, query } = route.value;
  return html`<${loaded} rest=${rest} query=${query} />`;
}
