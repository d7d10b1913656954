// The door for who cannot log in yet: a one-time link from an administrator, behind which they choose a password. Its token is in
// the address's fragment, which no server log sees.

import { api } from "../../api/client.js";
import { login } from "../../api/session.js";
import { html, useEffect, useState } from "../../lib.js";
import { Button, Empty, Loaded, Mark, PasswordField, useAction, useLoad } from "../../components/index.js";
import { problemText } from "../../shell/toasts.js";
import { t } from "../../text.js";
import { LoginForm } from "../login/login.js";

/** @import { LinkView } from "../../api/types" */

const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";

/** The token is used up: going back must not show this page. */
const enter = () => location.replace("/");

export default function Access() {
  const holder = useLoad(
    async (signal) => /** @type {{link: LinkView | null}} */ ({
      link: await api.post("/api/auth/access", { token }, { signal }).catch((problem) => {
        if (problem.status !== 404) throw problem;
        return null;
      }),
    }),
    [],
  );
  useEffect(() => {
    document.title = `${t("access.title")} · attendance`;
  }, []);
  return html`<main class="door">
    <div class="door-card">
      <p class="door-name"><${Mark} size=${32} /> attendance</p>
      <${Loaded} of=${holder}>
        ${(/** @type {{link: LinkView | null}} */ { link }) =>
          link
            ? html`<${Form} link=${link} />`
            : html`<${Empty} icon="link" title=${t("access.gone.title")} text=${t("access.gone.text")}>
                <a class="button" data-kind="primary" href="/">${t("access.enter")}</a>
              <//>`}
      <//>
    </div>
  </main>`;
}

/** @param {{link: LinkView}} props */
function Form({ link }) {
  const email = link.email ?? "";
  const [password, setPassword] = useState("");
  const [chosen, setChosen] = useState(false);
  const { busy, problem, run } = useAction();
  /** @param {Event} event */
  const submit = async (event) => {
    event.preventDefault();
    await run(async () => {
      await api.put("/api/auth/access", { token, password });
      try {
        await login({ email, password });
        enter();
      } catch {
        // A second factor is asked for; anything else is said by the form that asks again.
        setChosen(true);
      }
    });
  };
  if (chosen) {
    return html`<h1>${t("access.code")}</h1>
      <${LoginForm} email=${email} password=${password} onDone=${enter} />`;
  }
  return html`<form class="stack" onSubmit=${submit}>
    <div>
      <h1>${t("access.title")}</h1>
      <p class="faint">${t("access.text", { name: link.name, email, organization: link.organization })}</p>
    </div>
    <input class="hidden-text" type="text" name="email" autocomplete="username" readonly tabindex="-1" aria-hidden="true" value=${email} />
    <${PasswordField} label=${t("access.password")} help=${t("access.password.help", { min: link.password_min_chars })} show=${t("login.show")} required autofocus minlength=${link.password_min_chars} autocomplete="new-password" name="password" value=${password} error=${problem?.of?.("password")} onValue=${setPassword} />
    ${problem && !problem.errors?.length && html`<p class="error" role="alert">${problem.status === 404 ? t("access.gone.title") : problemText(problem)}</p>`}
    <${Button} kind="primary" size="large" type="submit" busy=${busy}>${t("access.choose")}<//>
  </form>`;
}
