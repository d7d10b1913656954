// One's own account: who I am, my password, my second factor.

import { api } from "../../api/client.js";
import { may, me } from "../../api/session.js";
import { html, useState } from "../../lib.js";
import { Avatar, Button, Chip, Dialog, PasswordField, TextField, openDialog, useAction } from "../../components/index.js";
import { problemText, toast } from "../../shell/toasts.js";
import { t } from "../../text.js";
import { Card, CopyField, Section } from "./parts.js";

/** @import { Enrolment } from "../../api/types" */

export default function Account() {
  const person = me.value;
  return html`<${Section} title=${t("settings.section.account")} text=${t("account.text")}>
    <${Card} title=${t("account.person")}>
      <div class="row">
        <${Avatar} name=${person?.name ?? ""} size="large" />
        <div class="grow">
          <p class="cut"><strong>${person?.name}</strong></p>
          <p class="faint small cut">${person?.email} · ${person?.organization.name}</p>
        </div>
        <${Chip}>${t(`role.${person?.role}`)}<//>
      </div>
      ${
        may("manage_users")
          ? html`<p><a class="link" href=${`/settings/users/${person?.id}`}>${t("account.edit")}</a></p>`
          : html`<p class="faint small">${t("account.ask")}</p>`
      }
    <//>
    <${Password} />
    <${SecondFactor} />
  <//>`;
}

function Password() {
  const [given, setGiven] = useState({ current_password: "", password: "" });
  const { busy, problem, run } = useAction();
  /** @param {Event} event */
  const submit = async (event) => {
    event.preventDefault();
    if (!(await run(() => api.put("/api/users/me/password", given)))) return;
    setGiven({ current_password: "", password: "" });
    toast({ text: t("account.password.changed"), kind: "good" });
  };
  /** @param {"current_password" | "password"} name */
  const field = (name) => ({
    name,
    required: true,
    show: t("login.show"),
    value: given[name],
    error: problem?.of?.(name),
    onValue: (/** @type {string} */ value) => setGiven({ ...given, [name]: value }),
  });
  return html`<${Card} title=${t("account.password")} text=${t("account.password.text")}>
    <form class="stack" onSubmit=${submit}>
      <div class="set-grid">
        <${PasswordField} label=${t("account.password.current")} autocomplete="current-password" ...${field("current_password")} />
        <${PasswordField} label=${t("account.password.new")} autocomplete="new-password" ...${field("password")} />
      </div>
      ${problem && !problem.errors?.length && html`<p class="error small" role="alert">${problemText(problem)}</p>`}
      <div><${Button} type="submit" busy=${busy}>${t("account.password.change")}<//></div>
    </form>
  <//>`;
}

function SecondFactor() {
  const on = me.value?.has_totp ?? false;
  const change = async () => {
    const changed = await openDialog((close) => (on ? html`<${End} onClose=${close} />` : html`<${Enrol} onClose=${close} />`));
    if (changed) me.value = await api.get("/api/auth/me");
  };
  return html`<${Card}
    title=${html`<span class="row">${t("account.totp")} <${Chip} tone=${on ? "good" : undefined}>${on ? t("account.totp.on") : t("account.totp.off")}<//></span>`}
    text=${t("account.totp.text")}
    actions=${html`<${Button} icon="shield" onClick=${change}>${on ? t("account.totp.end") : t("account.totp.begin")}<//>`}
  />`;
}

/** The password again: `done` takes it. @param {{text: string, label: string, danger?: boolean, done: (password: string) => Promise<void>}} props */
function Proof({ text, label, danger, done }) {
  const [password, setPassword] = useState("");
  const { busy, problem, run } = useAction();
  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault();
    void run(() => done(password));
  };
  return html`<form class="stack" onSubmit=${submit}>
    <p>${text}</p>
    <${PasswordField} label=${t("account.totp.proof")} show=${t("login.show")} required autofocus autocomplete="current-password" value=${password} error=${problem?.of?.("password")} onValue=${setPassword} />
    ${problem && !problem.errors?.length && html`<p class="error small" role="alert">${problemText(problem)}</p>`}
    <${Button} kind=${danger ? "danger" : "primary"} type="submit" busy=${busy}>${label}<//>
  </form>`;
}

/** @param {{onClose: (changed?: boolean) => void}} props */
function End({ onClose }) {
  const end = async (/** @type {string} */ password) => {
    await api.del("/api/users/me/totp", { password });
    toast({ text: t("account.totp.ended"), kind: "good" });
    onClose(true);
  };
  return html`<${Dialog} title=${t("account.totp")} size="small" onClose=${() => onClose()}>
    <${Proof} text=${t("account.totp.end.text")} label=${t("account.totp.end")} danger done=${end} />
  <//>`;
}

/** Password, code of the app, recovery codes. @param {{onClose: (changed?: boolean) => void}} props */
function Enrol({ onClose }) {
  const [enrolment, setEnrolment] = useState(/** @type {Enrolment | null} */ (null));
  const [recovery, setRecovery] = useState(/** @type {string[] | null} */ (null));
  const [code, setCode] = useState("");
  const { busy, problem, run } = useAction();
  const begin = async (/** @type {string} */ password) => setEnrolment(await api.post("/api/users/me/totp", { password }));
  /** @param {Event} event */
  const confirm = (event) => {
    event.preventDefault();
    void run(async () => setRecovery((await api.put("/api/users/me/totp", { code })).recovery_codes));
  };
  const close = () => onClose(Boolean(recovery));
  if (recovery) {
    return html`<${Dialog} title=${t("account.totp.recovery")} onClose=${close} footer=${html`<${Button} kind="primary" onClick=${close}>${t("account.totp.kept")}<//>`}>
      <div class="stack">
        <p>${t("account.totp.recovery.text")}</p>
        <${CopyField} label=${t("account.totp.recovery.label")} lines=${recovery.length} value=${recovery.join("\n")} />
      </div>
    <//>`;
  }
  return html`<${Dialog} title=${t("account.totp")} size="small" onClose=${close}>
    ${
      enrolment
        ? html`<form class="stack" onSubmit=${confirm}>
            <p>${t("account.totp.scan")}</p>
            ${enrolment.qr && html`<img class="set-qr" alt=${t("account.totp.qr")} src=${`data:image/svg+xml,${encodeURIComponent(enrolment.qr)}`} />`}
            <${CopyField} label=${t("account.totp.secret")} value=${enrolment.secret} />
            <${TextField} label=${t("account.totp.code")} required autofocus inputmode="numeric" autocomplete="one-time-code" value=${code} error=${problem?.of?.("code")} onValue=${setCode} />
            ${problem && !problem.errors?.length && html`<p class="error small" role="alert">${problemText(problem)}</p>`}
            <${Button} kind="primary" type="submit" busy=${busy}>${t("account.totp.confirm")}<//>
          </form>`
        : html`<${Proof} text=${t("account.totp.text")} label=${t("account.totp.next")} done=${begin} />`
    }
  <//>`;
}
