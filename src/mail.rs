//! Sends e-mails by SMTP. One mail, one connection, to an address that the guard allows; what the server says is the answer.

use std::time::Duration;

use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::config::Encryption;
use crate::net::Guard;
use crate::vault::Secret;

/// The server that takes mails.
#[derive(Debug, Clone, PartialEq)]
pub struct Relay {
    pub host: String,
    pub port: u16,
    pub encryption: Encryption,
    /// Empty: nobody logs in.
    pub user: String,
    pub password: Secret,
    pub timeout: Duration,
}

/// A mail in plain text.
#[derive(Debug, Clone, PartialEq)]
pub struct Mail {
    pub from: String,
    pub to: Vec<String>,
    pub subject: String,
    pub body: String,
    /// Unique, and the same when it is sent again: those who get it twice can tell.
    pub key: String,
}

/// Why a mail was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// Ours, or the recipient's.
    #[error("not a mail address: {0}")]
    Address(String),
    /// The server said no, in its words.
    #[error("the mail server refused it: {0}")]
    Refused(String),
    /// No answer, no TLS, a name that leads nowhere or where nothing may be called.
    #[error("the mail server cannot be reached: {0}")]
    Unreachable(String),
}

impl Mail {
    fn compose(&self) -> Result<Message, MailError> {
        let mailbox = |text: &str| text.trim().parse::<Mailbox>().map_err(|_| MailError::Address(text.to_owned()));
        let from = mailbox(&self.from)?;
        let id = format!("<{}@{}>", self.key, from.email.domain());
        let mut message =
            Message::builder().from(from).subject(&self.subject).message_id(Some(id)).header(ContentType::TEXT_PLAIN);
        for to in &self.to {
            message = message.to(mailbox(to)?);
        }
        message.body(self.body.clone()).map_err(|_| MailError::Address(self.to.join(", ")))
    }
}

/// Hands a mail to the server.
pub async fn send(guard: Guard, relay: &Relay, mail: &Mail) -> Result<(), MailError> {
    let message = mail.compose()?;
    // Connected to what was looked up here and to nothing else; the certificate is held against the name.
    let addresses =
        guard.resolve_host(&relay.host, relay.port).await.map_err(|error| MailError::Unreachable(error.to_string()))?;
    let address = addresses.first().ok_or_else(|| MailError::Unreachable("no address".to_owned()))?;
    let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(address.ip().to_string())
        .port(relay.port)
        .timeout(Some(relay.timeout))
        .tls(match relay.encryption {
            Encryption::None => Tls::None,
            Encryption::StartTls => Tls::Required(parameters(relay)?),
            Encryption::Tls => Tls::Wrapper(parameters(relay)?),
        });
    if !relay.user.is_empty() {
        transport = transport.credentials(Credentials::new(relay.user.clone(), relay.password.expose().to_owned()));
    }
    match transport.build().send(message).await {
        Ok(_) => Ok(()),
        Err(error) => Err(told(&error)),
    }
}

fn parameters(relay: &Relay) -> Result<TlsParameters, MailError> {
    TlsParameters::new(relay.host.clone()).map_err(|error| MailError::Unreachable(error.to_string()))
}

fn told(error: &SmtpError) -> MailError {
    let cause = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    if error.is_permanent() || error.is_transient() {
        MailError::Refused(error.status().map_or(cause.clone(), |code| format!("{code} {cause}")))
    } else {
        MailError::Unreachable(cause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> Mail {
        Mail {
            from: "Loja <contato@loja.example>".into(),
            to: vec!["ana@example.com".into(), "Bia Prado <bia@example.com>".into()],
            subject: "Pedido nº 7".into(),
            body: "Olá,\nseu pedido chegou.".into(),
            key: "abc-1".into(),
        }
    }

    #[test]
    fn a_mail_carries_its_key_and_survives_accents() {
        let text = String::from_utf8(mail().compose().unwrap().formatted()).unwrap();
        assert!(text.contains("Message-ID: <abc-1@loja.example>"), "{text}");
        assert!(text.contains("To: ana@example.com, \"Bia Prado\" <bia@example.com>"), "{text}");
        assert!(!text.contains("nº"), "subjects are encoded: {text}");
    }

    #[test]
    fn a_line_break_in_a_subject_adds_no_header() {
        let mail = Mail { subject: "oi\r\nBcc: x@example.com".into(), ..mail() };
        let text = String::from_utf8(mail.compose().unwrap().formatted()).unwrap();
        assert!(!text.lines().any(|line| line.starts_with("Bcc:")), "{text}");
    }

    #[tokio::test]
    async fn a_server_in_a_closed_network_is_never_called() {
        let relay = Relay {
            host: "localhost".into(),
            port: 25,
            encryption: Encryption::None,
            user: String::new(),
            password: Secret::default(),
            timeout: Duration::from_secs(5),
        };
        let refused = send(Guard { allow_private: false }, &relay, &mail()).await.unwrap_err();
        assert!(matches!(&refused, MailError::Unreachable(reason) if reason.contains("localhost")), "{refused}");
        let nobody = Mail { to: vec!["ninguém".into()], ..mail() };
        assert_eq!(
            send(Guard { allow_private: true }, &relay, &nobody).await,
            Err(MailError::Address("ninguém".into()))
        );
    }
}
