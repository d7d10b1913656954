// What an administrator arranges, and what everybody sets for themselves: a list of sections and the open one.

import { may, me } from "../../api/session.js";
import { classes, html } from "../../lib.js";
import { Empty, Icon, Loaded, useLoad } from "../../components/index.js";
import { useCommands } from "../../shell/commands.js";
import { navigate } from "../../shell/router.js";
import { loadTexts, t } from "../../text.js";

/**
 * @typedef {object} SectionLine
 * @property {string} id
 * @property {string} icon
 * @property {string} group
 * @property {() => boolean} offered
 * @property {string} [texts]
 * @property {() => Promise<{default: any}>} load
 */

const always = () => true;
const having = (/** @type {string} */ permission) => () => may(permission);

/** @type {readonly SectionLine[]} */
const SECTIONS = [
  { id: "account", icon: "user", group: "me", offered: having("use_own_account"), load: () => import("./account.js") },
  { id: "preferences", icon: "settings", group: "me", offered: always, load: () => import("./preferences.js") },
  { id: "users", icon: "users", group: "people", offered: having("view_users"), load: () => import("./users.js") },
  { id: "skills", icon: "star", group: "people", offered: having("view_queues"), load: () => import("./skills.js") },
  { id: "canned", icon: "bolt", group: "people", offered: having("use_canned_responses"), load: () => import("./canned.js") },
  { id: "channels", icon: "chat", group: "connections", offered: having("view_channels"), texts: "settings_channels", load: () => import("./channels.js") },
  { id: "bots", icon: "bot", group: "connections", offered: having("view_bots"), texts: "settings_bots", load: () => import("./bots.js") },
  { id: "organization", icon: "settings", group: "organization", offered: having("view_settings"), texts: "settings_keys", load: () => import("./organization.js") },
  { id: "files", icon: "archive", group: "organization", offered: () => may("view_settings") || may("manage_users"), load: () => import("./files.js") },
  { id: "tokens", icon: "lock", group: "organization", offered: having("manage_tokens"), load: () => import("./tokens.js") },
  { id: "audit", icon: "history", group: "organization", offered: having("view_audit"), load: () => import("./audit.js") },
  { id: "organizations", icon: "globe", group: "organization", offered: () => may("manage_organizations") && Boolean(me.value?.is_operator), load: () => import("./organizations.js") },
];

/** @param {{section: SectionLine, rest: string[], query: Record<string, string>}} props */
function View({ section, rest, query }) {
  const view = useLoad(async () => {
    const [module] = await Promise.all([section.load(), section.texts && loadTexts(section.texts)]);
    return module.default;
  }, []);
  return html`<${Loaded} of=${view}>${(/** @type {any} */ Found) => html`<${Found} rest=${rest} query=${query} />`}<//>`;
}

/** @param {{rest: string[], query: Record<string, string>}} props */
export default function Settings({ rest: [open, ...rest], query }) {
  const offered = SECTIONS.filter((section) => section.offered());
  const section = open ? SECTIONS.find(({ id }) => id === open) : SECTIONS.find(({ id }) => id === "preferences");
  const groups = [...new Set(offered.map(({ group }) => group))];
  useCommands(
    offered.map(({ id, icon }) => ({
      id: `settings ${id}`,
      label: () => t(`settings.section.${id}`),
      group: () => t("settings.title"),
      icon,
      run: () => navigate(`/settings/${id}`),
    })),
  );
  return html`<div class=${classes("set", open && "open")}>
    <nav class="set-nav" aria-label=${t("settings.title")}>
      <p class="set-title">${t("settings.title")}</p>
      ${groups.map(
        (group) =>
          html`<div key=${group}>
            <p class="set-group" id=${`settings-${group}`}>${t(`settings.group.${group}`)}</p>
            <ul aria-labelledby=${`settings-${group}`}>
              ${offered
                .filter((line) => line.group === group)
                .map(
                  ({ id, icon }) =>
                    html`<li key=${id}>
                      <a href=${`/settings/${id}`} aria-current=${id === section?.id ? "page" : undefined}>
                        <${Icon} name=${icon} /><span class="grow">${t(`settings.section.${id}`)}</span><${Icon} name="chevron_right" class="set-chevron" />
                      </a>
                    </li>`,
                )}
            </ul>
          </div>`,
      )}
    </nav>
    <div class="set-content">
      ${
        !section
          ? html`<${Empty} icon="search" title=${t("problem.missing.title")} text=${t("problem.missing.text")} />`
          : section.offered()
            ? html`<${View} key=${section.id} section=${section} rest=${rest} query=${query} />`
            : html`<${Empty} icon="lock" title=${t("problem.forbidden.title")} text=${t("problem.forbidden.text")} />`
      }
    </div>
  </div>`;
}
