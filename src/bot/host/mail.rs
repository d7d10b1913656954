//! E-mails of scripts: by the bot's own server, else by the installation's.

use std::time::Duration;

use super::{Answer, Host, busy, error, value};
use crate::basic::diagnostics::Message;
use crate::basic::{ScriptError, Value};
use crate::config::Encryption;
use crate::mail::{self, Mail, MailError, Relay};
use crate::net::Guard;
use crate::settings::values;

/// Recipients of one mail.
const RECIPIENTS: usize = 50;
/// From the first byte on it is TLS there.
const SUBMISSIONS: u16 = 465;

impl Host {
    /// Answered once the server has taken it.
    pub(super) async fn send_mail(
        &self,
        to: Vec<String>,
        subject: String,
        body: String,
        attachments: Vec<Value>,
    ) -> Answer {
        if !attachments.is_empty() {
            return Err(error("wrong_argument", "e-mails não levam anexos", "mails carry no attachments"));
        }
        if to.is_empty() || to.len() > RECIPIENTS {
            return Err(error("wrong_argument", "diga de 1 a 50 destinatários", "say 1 to 50 recipients"));
        }
        let (relay, from) = self.relay()?;
        let guard = Guard { allow_private: self.services.config.security.allow_private_addresses };
        let mail = Mail { from, to, subject, body, key: self.key.clone() };
        mail::send(guard, &relay, &mail).await.map_err(refused)?;
        value(serde_json::json!({"success": true, "message_id": mail.key}))
    }

    /// The server and whom mails come from.
    fn relay(&self) -> Result<(Relay, String), ScriptError> {
        let configuration = self.configuration()?;
        let entry = configuration.bots.get(&self.bot).ok_or_else(busy)?;
        let (own, shared) = (&entry.bot.settings.0, &configuration.organization.settings.0);
        let setting = |name: &str| own.get(name).or_else(|| shared.get(name)).filter(|text| !text.is_empty());
        let config = &self.services.config.mail;
        let timeout = Duration::from_secs(config.timeout_seconds);
        let from = setting("email-from").unwrap_or(&config.from).clone();
        let relay = match setting("email-smtp-host") {
            Some(host) => {
                let port = setting("email-smtp-port").and_then(|port| port.parse().ok()).unwrap_or(587);
                let kept = if own.contains_key("email-smtp-password") { own } else { shared };
                let opened = values::open(&self.services.vault, self.organization, kept, "email-smtp-password")
                    .map_err(|_| busy())?;
                Relay {
                    host: host.clone(),
                    port,
                    encryption: if port == SUBMISSIONS { Encryption::Tls } else { Encryption::StartTls },
                    user: setting("email-smtp-user").cloned().unwrap_or_default(),
                    password: opened.unwrap_or_default(),
                    timeout,
                }
            }
            None if config.host.is_empty() => return Err(ScriptError::not_configured("SMTP")),
            None => Relay {
                host: config.host.clone(),
                port: u16::try_from(config.port).unwrap_or(587),
                encryption: config.encryption,
                user: config.user.clone(),
                password: config.password.clone(),
                timeout,
            },
        };
        if from.is_empty() {
            return Err(ScriptError::not_configured("email-from"));
        }
        Ok((relay, from))
    }
}

fn refused(why: MailError) -> ScriptError {
    let (code, pt) = match &why {
        MailError::Address(text) => ("wrong_argument", format!("isto não é um endereço de e-mail: {text}")),
        MailError::Refused(reason) => ("mail_refused", format!("o servidor de e-mail recusou: {reason}")),
        MailError::Unreachable(reason) => {
            ("mail_unreachable", format!("não foi possível chegar ao servidor de e-mail: {reason}"))
        }
    };
    ScriptError::new(code, Message { pt, en: why.to_string() })
}
