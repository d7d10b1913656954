// The first minutes of an installation: who runs it and what for. The one-time token is in the address's fragment, which
// no server log sees.

import { api } from "../../api/client.js";
import { firstLogin, me } from "../../api/session.js";
import { html, useEffect, useState } from "../../lib.js";
import { Button, Checkbox, Empty, Loaded, Mark, PasswordField, TextField, useAction, useLoad } from "../../components/index.js";
import { problemText } from "../../shell/toasts.js";
import { locale, t } from "../../text.js";

const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";

export default function Setup() {
  const state = useLoad((signal) => api.get("/api/setup", { signal }), []);
  useEffect(() => {
    document.title = `${t("setup.title")} · attendance`;
  }, []);
  return html`<main class="door">
    <div class="door-card">
      <p class="door-name"><${Mark} size=${32} /> attendance</p>
      <${Loaded} of=${state}>
        ${(/** @type {{needed: boolean}} */ { needed }) => {
          if (!needed) {
            return html`<${Empty} icon="check" title=${t("setup.done.title")} text=${t("setup.done.text")}>
              <a class="button" data-kind="primary" href="/">${t("setup.enter")}</a>
            <//>`;
          }
          return token ? html`<${Form} />` : html`<${Empty} icon="link" title=${t("setup.link.title")} text=${t("setup.link.text")} />`;
        }}
      <//>
    </div>
  </main>`;
}

function Form() {
  const [given, setGiven] = useState({ organization: "", name: "", email: "", password: "", web_channel: true });
  const { busy, problem, run } = useAction();
  /** @param {keyof typeof given} name */
  const field = (name) => ({
    name,
    value: given[name],
    error: problem?.of?.(name),
    onValue: (/** @type {any} */ value) => setGiven({ ...given, [name]: value }),
  });
  /** @param {Event} event */
  const submit = async (event) => {
    event.preventDefault();
    const done = await run(() => firstLogin({ token, locale: locale.value, ...given }));
    // The token is used up; going back must not show this page.
    if (done && me.value) history.replaceState(null, "", "/");
  };
  return html`<form class="stack" onSubmit=${submit}>
    <div>
      <h1>${t("setup.title")}</h1>
      <p class="faint">${t("setup.text")}</p>
    </div>
    <${TextField} label=${t("setup.organization")} required autofocus autocomplete="organization" ...${field("organization")} />
    <${TextField} label=${t("setup.name")} required autocomplete="name" ...${field("name")} />
    <${TextField} label=${t("setup.email")} required type="email" autocomplete="username" ...${field("email")} />
    <${PasswordField} label=${t("setup.password")} help=${t("setup.password.help")} show=${t("login.show")} required minlength="10" autocomplete="new-password" ...${field("password")} />
    <${Checkbox}
      label=${t("setup.web")}
      help=${t("setup.web.help")}
      checked=${given.web_channel}
      onValue=${(/** @type {boolean} */ web_channel) => setGiven({ ...given, web_channel })}
    />
    ${problem && !problem.errors?.length && html`<p class="error" role="alert">${problem.status === 401 ? t("setup.refused") : problemText(problem)}</p>`}
    <${Button} kind="primary" size="large" type="submit" busy=${busy}>${t("setup.create")}<//>
  </form>`;
}
