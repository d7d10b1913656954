// The door: who you are. As a page when nobody is logged in, as a dialog over the screen when a login has ended at work.

import { api } from "../../api/client.js";
import { login, logout, me } from "../../api/session.js";
import { html, useEffect, useState } from "../../lib.js";
import { Button, Dialog, Empty, Mark, PasswordField, TextField, useAction } from "../../components/index.js";
import { problemText } from "../../shell/toasts.js";
import { prefer } from "../../store/preferences.js";
import { LOCALES, locale, t } from "../../text.js";

/** @param {{email?: string}} props email: known already, only the password is asked */
function LoginForm({ email: known }) {
  const [email, setEmail] = useState(known ?? "");
  const [password, setPassword] = useState("");
  const { busy, problem, run } = useAction();
  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault();
    void run(() => login({ email: email.trim(), password }));
  };
  return html`<form class="stack" onSubmit=${submit}>
    <${TextField} label=${t("login.email")} type="email" name="email" autocomplete="username" required autofocus=${!known} readonly=${Boolean(known)} value=${email} onValue=${setEmail} />
    <${PasswordField} label=${t("login.password")} show=${t("login.show")} name="password" autocomplete="current-password" required autofocus=${Boolean(known)} value=${password} onValue=${setPassword} />
    ${problem && html`<p class="error" role="alert">${problemText(problem)}</p>`}
    <${Button} kind="primary" size="large" type="submit" busy=${busy}>${t("login.enter")}<//>
  </form>`;
}

/** The page without a login. */
export function Login() {
  const [needed, setNeeded] = useState(false);
  useEffect(() => {
    document.title = `${t("login.enter")} · attendance`;
    void api.get("/api/setup").then(
      (state) => setNeeded(state.needed),
      () => {},
    );
  }, []);
  return html`<main class="door">
    <div class="door-card">
      <p class="door-name"><${Mark} size=${32} /> attendance</p>
      ${
        needed
          ? html`<${Empty} icon="sparkle" title=${t("login.setup.title")} text=${t("login.setup.text")} />`
          : html`<h1>${t("login.title")}</h1>
              <${LoginForm} />`
      }
      <p class="door-foot">
        ${LOCALES.map(
          (language) =>
            html`<button type="button" class="link" aria-pressed=${String(language === locale.value)} onClick=${() => prefer({ locale: language })}>
              ${t(`language.${language}`)}
            </button>`,
        )}
      </p>
    </div>
  </main>`;
}

/** Over the screen: what was typed there stays. */
export function LoginDialog() {
  return html`<${Dialog} title=${t("login.again.title")} size="small" required onClose=${() => {}}>
    <div class="stack">
      <p>${t("login.again.text")}</p>
      <${LoginForm} email=${me.value?.email ?? undefined} />
      <${Button} kind="quiet" onClick=${() => logout().catch(() => location.reload())}>${t("login.again.leave")}<//>
    </div>
  <//>`;
}
