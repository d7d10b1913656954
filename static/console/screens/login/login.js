// The door: who you are. As a page when nobody is logged in, as a dialog over the screen when a login has ended at work.

import { api } from "../../api/client.js";
import { login, logout, me } from "../../api/session.js";
import { html, useEffect, useState } from "../../lib.js";
import { Button, Dialog, Empty, Mark, PasswordField, TextField, useAction } from "../../components/index.js";
import { problemText } from "../../shell/toasts.js";
import { prefer } from "../../store/preferences.js";
import { LOCALES, locale, t } from "../../text.js";

/** What the server answers when the password was right and the account has a second factor. */
const CODE = ["totp_required", "totp_invalid"];

/**
 * @param {{email?: string, password?: string, onDone?: () => void}} props email: known already, only the password is asked;
 *   with the password too, only the code of the second factor
 */
export function LoginForm({ email: known, password: given, onDone }) {
  const [email, setEmail] = useState(known ?? "");
  const [password, setPassword] = useState(given ?? "");
  const [code, setCode] = useState("");
  const [asked, setAsked] = useState(Boolean(given));
  const { busy, problem, run, clear } = useAction();
  /** @param {Event} event */
  const submit = async (event) => {
    event.preventDefault();
    const done = await run(() =>
      login({ email: email.trim(), password, totp: asked ? code : undefined }).catch((refused) => {
        if (CODE.includes(refused.code)) setAsked(true);
        if (refused.code !== "totp_required") throw refused;
      }),
    );
    if (done && me.value) onDone?.();
  };
  const back = () => {
    setAsked(false);
    setCode("");
    clear();
  };
  if (asked) {
    return html`<form class="stack" onSubmit=${submit}>
      <${TextField} label=${t("login.code")} help=${t("login.code.help")} name="code" inputmode="text" autocomplete="one-time-code" autocapitalize="characters" spellcheck="false" required autofocus value=${code} onValue=${setCode} />
      ${problem && html`<p class="error" role="alert">${problemText(problem)}</p>`}
      <${Button} kind="primary" size="large" type="submit" busy=${busy}>${t("login.enter")}<//>
      ${!given && html`<${Button} kind="quiet" onClick=${back}>${t("login.code.back")}<//>`}
    </form>`;
  }
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
