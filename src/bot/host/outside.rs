//! What a script sends out of the house: HTTP calls behind the guard on addresses, and messages to others.

use std::time::Duration;

use serde_json::json;

use super::floor::contact_named;
use super::{Answer, Host, busy, error, not_found, refused, stored, value};
use crate::basic::request::{Media, Method};
use crate::basic::{ScriptError, Value};
use crate::catalog::ChannelEntry;
use crate::channels::adapter::{self as wire, Address, Peer};
use crate::contacts::{identity, phone, store as contacts};
use crate::conversations::actor::Send;
use crate::conversations::{Actor, Attachment};

/// Longest wait for an answer that a script may ask for.
const LONGEST: u64 = 60;
/// Of a broadcast.
const RECIPIENTS: usize = 200;

impl Host {
    pub(super) async fn http(
        &self,
        method: Method,
        url: String,
        body: Option<Value>,
        headers: Vec<(String, String)>,
        timeout: Option<u64>,
    ) -> Answer {
        self.may_call(&url)?;
        let mut headers: Vec<(String, String)> =
            headers.into_iter().map(|(name, value)| (name.trim().to_lowercase(), value)).collect();
        let body = match body {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Text(text)) => text.as_bytes().to_vec(),
            Some(other) => {
                if !headers.iter().any(|(name, _)| name == "content-type") {
                    headers.push(("content-type".to_owned(), "application/json".to_owned()));
                }
                other.to_json().to_string().into_bytes()
            }
        };
        let method = match method {
            Method::Get => wire::Method::Get,
            Method::Post => wire::Method::Post,
            Method::Put => wire::Method::Put,
            Method::Patch => wire::Method::Patch,
            Method::Delete => wire::Method::Delete,
        };
        if method != wire::Method::Get && !headers.iter().any(|(name, _)| name == "idempotency-key") {
            headers.push(("idempotency-key".to_owned(), self.key.clone()));
        }
        let sending = self.services.http.send(wire::Request { method, url, headers, body });
        let patience = Duration::from_secs(timeout.unwrap_or(LONGEST).clamp(1, LONGEST));
        let failed = |why: String| ScriptError::new("http_error", crate::basic::diagnostics::Message::same(why));
        let answer = match tokio::time::timeout(patience, sending).await {
            Ok(answer) => answer.map_err(|error| failed(error.to_string()))?,
            Err(_) => {
                return Err(error("timeout", "o endereço não respondeu a tempo", "the address did not answer in time"));
            }
        };
        let text = String::from_utf8_lossy(&answer.body);
        if answer.status >= 400 {
            let excerpt: String = text.chars().take(200).collect();
            return Err(failed(format!("HTTP {}: {excerpt}", answer.status)));
        }
        match serde_json::from_slice(&answer.body) {
            Ok(json) => value(json),
            Err(_) => Ok(Value::text(text)),
        }
    }

    /// Refuses a host that the bot's `bot-http-hosts` does not name.
    fn may_call(&self, url: &str) -> Result<(), ScriptError> {
        let configuration = self.configuration()?;
        let allowed = configuration.bots.get(&self.bot).map_or(&[][..], |entry| &entry.settings.bot.http_hosts);
        let Some(host) = url::Url::parse(url.trim()).ok().and_then(|url| Some(url.host_str()?.to_owned())) else {
            return Err(error("wrong_argument", "isso não é um endereço http", "that is no http address"));
        };
        if allowed.iter().any(|allowed| covers(allowed, &host)) {
            return Ok(());
        }
        let pt = format!("scripts não podem chamar {host}: ponha-o na configuração bot-http-hosts");
        let en = format!("scripts may not call {host}: put it into the setting bot-http-hosts");
        Err(error("http_not_allowed", &pt, &en))
    }

    /// Writes to somebody by a channel of the organization; the bot's own first.
    pub(super) async fn send_to(&self, kind: &str, address: &str, parcel: Parcel, part: usize) -> Answer {
        let configuration = self.configuration()?;
        let kind = kind.trim().to_lowercase();
        let usable = |entry: &&std::sync::Arc<ChannelEntry>| entry.row.is_active && entry.row.kind == kind;
        let mut channels: Vec<_> = configuration.channels.values().filter(usable).collect();
        channels.sort_by_key(|entry| (entry.row.bot_id != self.bot, entry.row.id));
        let channel = channels.first().map(|entry| (*entry).clone());
        let channel = channel.ok_or_else(|| ScriptError::not_configured(&kind))?;
        let peer = peer(&kind, address)
            .ok_or_else(|| error("wrong_argument", "esse endereço não serve", "that address cannot be used"))?;
        let (organization, now, depth) = (self.organization, self.now(), self.depth + 1);
        let write = move |tx: &mut crate::store::Tx<'_>| {
            tx.caused_by_script(depth);
            let (session, contact) = identity::resolve_session(tx, &channel, &peer, None, now)?;
            let contact = contacts::find(tx.db, organization, contact)?;
            Ok((session, contact.is_some_and(|contact| contact.opted_out_at.is_some())))
        };
        let (session, opted_out) = self.services.store.write("bot.send_to", write).await.map_err(stored)?;
        if opted_out {
            return Err(error("opted_out", "essa pessoa não quer mensagens", "that person wants no messages"));
        }
        let message = Send {
            by: Actor::Bot,
            client_id: Some(self.client_id(part)),
            text: parcel.text,
            attachments: parcel.files,
            reply_to: None,
            private: false,
            template: None,
        };
        let sent = self.services.conversations().tell(session, message).await.map_err(|_| busy())?.map_err(refused)?;
        value(json!({"success": true, "session_id": session, "message_id": sent.id}))
    }

    /// A file that the provider fetches from where it is: an address, or a map with `url`.
    pub(super) async fn send_file_to(&self, recipient: &Value, file: &Value, caption: Option<String>) -> Answer {
        let url = match file {
            Value::Map(_) => file.field("url").unwrap_or_default().to_text(),
            other => other.to_text(),
        };
        let url = url.trim();
        if !(url.starts_with("https://") || url.starts_with("http://")) {
            return Err(error(
                "wrong_argument",
                "o arquivo precisa de um endereço http",
                "the file needs an http address",
            ));
        }
        let file = Attachment::at(Media::of(url), url.to_owned());
        self.talk_to(recipient, Parcel { text: caption.unwrap_or_default(), files: vec![file] }, 0).await
    }

    /// A recipient is an address (`whatsapp:+55…` says by which channel), a contact's id, or a map `{channel, address}` or of
    /// a contact.
    pub(super) async fn talk_to(&self, recipient: &Value, parcel: Parcel, part: usize) -> Answer {
        let named =
            |name: &str| recipient.field(name).ok().filter(|value| !value.is_empty()).map(|value| value.to_text());
        let missing = || not_found("esse destinatário não existe", "there is no such recipient");
        let (channel, address) = if let Value::Map(_) = recipient {
            let address = ["address", "phone", "email", "id"].iter().find_map(|name| named(name));
            (named("channel").map(|kind| kind.to_string()), address.ok_or_else(missing)?.to_string())
        } else {
            let text = recipient.to_text();
            let is_kind = |kind: &str| kind.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
            match text.split_once(':').map(|(kind, address)| (kind.trim().to_lowercase(), address)) {
                Some((kind, address)) if is_kind(&kind) => (Some(kind), address.trim().to_owned()),
                _ => (None, text.to_string()),
            }
        };
        let kind = channel.as_deref().unwrap_or(self.usual_channel()).to_owned();
        let organization = self.organization;
        let known = {
            let address = address.clone();
            let read = move |db: &mut crate::store::AnyConnection| {
                let Some(id) = contact_named(db, organization, &address)? else { return Ok(None) };
                Ok(contacts::find(db, organization, id)?)
            };
            self.services.store.read("bot.recipient", read).await.map_err(stored)?
        };
        let address = match known {
            Some(contact) if kind == "email" => contact.email.ok_or_else(missing)?,
            Some(contact) => contact.phone.ok_or_else(missing)?,
            None => address,
        };
        self.send_to(&kind, &address, parcel, part).await
    }

    /// Where somebody with a phone is written to.
    fn usual_channel(&self) -> &str {
        match &self.asking {
            Some((_, _, channel)) if channel != "web" => channel,
            _ => "whatsapp",
        }
    }

    pub(super) async fn broadcast(&self, text: String, recipients: Vec<Value>) -> Answer {
        if recipients.len() > RECIPIENTS {
            return Err(error("wrong_argument", "são destinatários demais", "there are too many recipients"));
        }
        let (mut sent, mut failed) = (0, Vec::new());
        for (part, recipient) in recipients.iter().enumerate() {
            match self.talk_to(recipient, text.clone().into(), part).await {
                Ok(_) => sent += 1,
                Err(error) => failed.push(json!({"recipient": recipient.to_text().to_string(), "error": error.code})),
            }
        }
        value(json!({"success": failed.is_empty(), "sent": sent, "failed": failed}))
    }
}

/// What is sent to somebody.
pub(super) struct Parcel {
    text: String,
    files: Vec<Attachment>,
}

impl From<String> for Parcel {
    fn from(text: String) -> Self {
        Parcel { text, files: Vec::new() }
    }
}

/// Whether an entry of `bot-http-hosts` means this host: itself, `*.example.com` all below, `*` everything.
fn covers(entry: &str, host: &str) -> bool {
    let (entry, host) = (entry.trim().to_ascii_lowercase(), host.to_ascii_lowercase());
    match entry.strip_prefix('*') {
        Some("") => true,
        Some(below) => below.starts_with('.') && host.ends_with(below),
        None => entry == host,
    }
}

/// Whom an address of that kind of channel reaches.
fn peer(kind: &str, address: &str) -> Option<Peer> {
    let address = address.trim();
    let number = phone::normalise(address, "BR");
    let value = match kind {
        "whatsapp" => number.as_ref()?.digits().to_owned(),
        "sms" => number.as_ref()?.as_str().to_owned(),
        "email" => identity::normal_email(address)?,
        _ if address.is_empty() => return None,
        _ => address.to_owned(),
    };
    Some(Peer {
        addresses: vec![Address { kind: kind.to_owned(), value }],
        name: None,
        phone: number.map(|number| number.as_str().to_owned()),
        email: identity::normal_email(address),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_allowed_by_its_name_or_from_above() {
        for (entry, host, allowed) in [
            ("api.example.com", "api.example.com", true),
            ("API.Example.com ", "api.example.com", true),
            ("example.com", "api.example.com", false),
            ("*.example.com", "api.example.com", true),
            ("*.example.com", "example.com", false),
            ("*.example.com", "badexample.com", false),
            ("*example.com", "badexample.com", false),
            ("*", "anything.test", true),
        ] {
            assert_eq!(covers(entry, host), allowed, "{entry} {host}");
        }
    }
}
