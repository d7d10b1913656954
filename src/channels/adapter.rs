//! What a provider adapter is: plain data in, plain data out. Translates; decides nothing, sends nothing, reads no
//! clock and no database. The HTTP edge is `channels/http.rs`; the router and the delivery call adapters through
//! [`Adapter`].

use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::ids::SessionId;
use crate::lang::Message;
use crate::store::sql::text_enum;

/// One webhook call, as received. Header names are lower-case.
#[derive(Debug, Clone, Default)]
pub struct Webhook {
    pub query: Vec<(String, String)>,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

impl Webhook {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// The signature is missing, malformed or wrong, or the call is outside the provider's replay window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("webhook signature refused: {0}")]
pub struct Unverified(pub &'static str);

/// The body is not what the provider documents. The payload is kept and marked, those behind it go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unreadable payload: {0}")]
pub struct Malformed(pub String);

/// One thing a webhook told us, in the provider's order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Inbound {
    Message(Box<InboundMessage>),
    Receipt(Receipt),
    /// The customer put, changed or removed (`emoji` none) a reaction on a message.
    Reaction {
        from: Peer,
        target: String,
        emoji: Option<String>,
        at: Timestamp,
    },
    Edit {
        target: String,
        text: Option<String>,
        at: Timestamp,
    },
    Delete {
        target: String,
        at: Timestamp,
    },
    /// The same person under a new address.
    AddressChanged {
        old: Vec<Address>,
        new: Vec<Address>,
        at: Timestamp,
    },
    /// Well-formed and not for us (groups, echoes, unknown kinds): counted under `kind`.
    Ignored {
        kind: String,
    },
}

/// How a person is addressed on a channel. A peer may have several; any of them identifies the contact.
///
/// `kind` is the identity kind: `whatsapp` (digits with country code, no `+`), `whatsapp_bsuid`, `telegram`, `web`,
/// `api`, `email` (normalised) ...
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Address {
    pub kind: String,
    pub value: String,
}

/// The person on the other side, as the provider describes them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Peer {
    /// Most stable first; never empty for a message.
    pub addresses: Vec<Address>,
    pub name: Option<String>,
    /// As the provider gives it; normalised by `contacts::phone`.
    pub phone: Option<String>,
    pub email: Option<String>,
}

text_enum! {
    /// What a message is.
    pub enum Kind {
        Text = "text",
        Image = "image",
        Audio = "audio",
        Voice = "voice",
        Video = "video",
        Document = "document",
        Sticker = "sticker",
        Location = "location",
        ContactCard = "contact_card",
        InteractiveReply = "interactive_reply",
        Reaction = "reaction",
        Template = "template",
        Note = "note",
        System = "system",
        /// The provider says it cannot deliver this content (a poll, a view-once photo): shown as a placeholder.
        Unsupported = "unsupported",
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InboundMessage {
    /// The provider's message id: the idempotency key within a channel.
    pub external_id: String,
    pub from: Peer,
    pub kind: Kind,
    /// What a person reads: body, caption, button title, a place's name and coordinates, a card's name and numbers.
    /// Empty where there is nothing to read ([`Kind::Unsupported`]): the reader's language supplies the placeholder.
    pub text: String,
    pub media: Vec<RemoteMedia>,
    /// External id of the quoted message.
    pub reply_to: Option<String>,
    /// The provider's time; [`Timestamp::ZERO`] when it gave none: then the time of receipt counts.
    pub sent_at: Timestamp,
    /// The machine half of a button or list answer.
    pub payload: Option<String>,
    /// Ad or post that led here, as the provider gives it.
    pub referral: Option<serde_json::Value>,
    pub forwarded: bool,
    /// Structured content worth keeping beside the text (location, contact cards, order, flow answer).
    pub extra: Option<serde_json::Value>,
}

/// A file still at the provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RemoteMedia {
    /// The provider's media id, or the address itself.
    pub reference: String,
    /// The claimed type; checked against the bytes after download.
    pub mime: Option<String>,
    /// Chosen by the customer; already through [`file_name`].
    pub name: Option<String>,
    /// Of the bytes, 64 lower-case hexadecimal digits.
    pub sha256: Option<String>,
}

/// A file name as a customer claims it, made harmless to store, show and offer for download: the last path component,
/// without control and reserved characters, at most 120 characters with the extension kept. `None`: nothing is left of
/// it.
pub fn file_name(claimed: &str) -> Option<String> {
    const LONGEST: usize = 120;
    let last = claimed.rsplit(['/', '\\']).next().unwrap_or_default();
    // Bidirectional controls make `exe.pdf` out of `fdp.exe`.
    let hidden = |c: char| {
        c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let clean: String = last.chars().filter(|c| !hidden(*c) && !"<>:\"|?*".contains(*c)).collect();
    let clean = clean.trim_matches(|c: char| c == '.' || c.is_whitespace());
    let length = clean.chars().count();
    match clean {
        "" => None,
        _ if length <= LONGEST => Some(clean.to_owned()),
        _ => {
            let extension = clean.rsplit_once('.').map(|(_, extension)| extension).filter(|found| found.len() <= 10);
            let tail = extension.map(|extension| format!(".{extension}")).unwrap_or_default();
            Some(clean.chars().take(LONGEST - tail.chars().count()).chain(tail.chars()).collect())
        }
    }
}

/// What became of a message of ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    pub external_id: String,
    pub status: ReceiptStatus,
    pub at: Timestamp,
    /// What we attached when sending (the outbox id), where the provider echoes it.
    pub callback: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptStatus {
    Sent,
    Delivered,
    Read,
    Failed { code: String, reason: String },
}

/// A message to send, independent of the provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outbound {
    pub to: Vec<Address>,
    /// Where the message belongs; none for what is sent outside a session (an alert to an attendant's phone).
    pub session_id: Option<SessionId>,
    /// The reader's language (`pt-BR`, `en`), for the few words an adapter adds itself (a list's button).
    pub locale: String,
    /// Markdown as a person or a bot writes it; the adapter maps it to the provider's markup.
    pub text: String,
    pub media: Vec<OutboundMedia>,
    /// External id of the message this one quotes.
    pub reply_to: Option<String>,
    pub choices: Vec<Choice>,
    /// An approved template in the provider's own shape; sent instead of everything else.
    pub template: Option<serde_json::Value>,
    /// Echoed in receipts where the provider can: the outbox id.
    pub callback: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    pub id: String,
    pub label: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutboundMedia {
    pub kind: Kind,
    /// Public (signed) address from which the provider may fetch it.
    pub url: String,
    pub mime: String,
    pub name: Option<String>,
    pub caption: Option<String>,
}

/// One HTTP request to a provider. Header names are lower-case.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    pub method: Method,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Without header values (they carry the credentials) and body (it carries what people wrote).
impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        write!(f, "{:?} {} {names:?} ({} bytes)", self.method, self.url, self.body.len())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

/// The provider's HTTP answer. Header names are lower-case.
#[derive(Debug, Clone)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date, which is measured from the answer's own `Date` so
    /// that the two clocks need not agree.
    pub fn retry_after(&self) -> Option<Duration> {
        let value = self.header("retry-after")?.trim();
        if let Ok(seconds) = value.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let date = |text: &str| chrono::DateTime::parse_from_rfc2822(text).ok();
        (date(value)? - date(self.header("date")?)?).to_std().ok()
    }
}

/// The channel cannot carry this content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Unsupported {
    pub code: &'static str,
    pub reason: String,
}

/// A credential or setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Path from the channel's own shape: `credentials.app_secret`.
    pub field: String,
    /// `required`, `invalid` or `unknown_value`.
    pub code: &'static str,
    pub message: Message,
}

/// A message that the provider has approved beforehand, with places to fill in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Template {
    pub name: String,
    /// As the provider writes it: `pt_BR`.
    pub language: String,
    /// As the provider sorts it, in lower case: `marketing`, `utility`.
    pub category: String,
    /// A text above the body; a file stands among the fields instead.
    pub header: Option<String>,
    /// With its placeholders: `Olá {{1}}`.
    pub body: String,
    pub footer: Option<String>,
    /// The buttons' labels.
    pub buttons: Vec<String>,
    /// What must be given for each sending, in reading order.
    pub fields: Vec<TemplateField>,
}

/// A place to fill in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TemplateField {
    #[serde(flatten)]
    pub part: TemplatePart,
    /// Of the placeholder: `1`, `ticket`; empty for a file.
    pub name: String,
    /// The provider knows it by its name, not by its place.
    pub named: bool,
    pub value: TemplateValue,
    /// What it was approved with.
    pub example: Option<String>,
}

/// Where in a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "part", rename_all = "snake_case")]
pub enum TemplatePart {
    Header,
    Body,
    /// `index` from 0, among all buttons.
    Button {
        index: usize,
    },
}

/// What is given there: a text, or the address of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TemplateValue {
    Text,
    Image,
    Video,
    Document,
}

/// Why a send failed, named after what the caller does next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Temporary: try again with back-off; not before `at_least` where the provider says so. `scope` tells what to slow
    /// down. `attempts`: how many in all, the failed one included, where more are known to be useless.
    #[error("temporary failure {code}: {reason}")]
    Retry { at_least: Option<Duration>, scope: Scope, attempts: Option<u32>, code: String, reason: String },
    /// This message will never go: dead letter with the reason.
    #[error("rejected {code}: {reason}")]
    Rejected { code: String, reason: String },
    /// The 24-hour window is closed at the provider: mark it so, offer templates, never retry free text.
    #[error("window closed {code}: {reason}")]
    WindowClosed { code: String, reason: String },
    /// Token, permission or account: stop the channel, alert an administrator; what waits, waits.
    #[error("channel disconnected {code}: {reason}")]
    Disconnected { code: String, reason: String },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Recipient,
    Channel,
}

/// How fast a channel may send.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pacing {
    /// Messages per second over the whole channel.
    pub per_second: u32,
    /// Base and factor of the back-off after a temporary failure.
    pub backoff_base: Duration,
    pub backoff_factor: u32,
    pub backoff_cap: Duration,
    /// After this long without success the message is dead.
    pub give_up_after: Duration,
}

impl Default for Pacing {
    fn default() -> Self {
        Pacing {
            per_second: 20,
            backoff_base: Duration::from_secs(1),
            backoff_factor: 2,
            backoff_cap: Duration::from_secs(300),
            give_up_after: Duration::from_secs(15 * 60),
        }
    }
}

/// One provider.
pub trait Adapter: Send + Sync {
    /// Checks the signature over the raw body, in constant time, and the provider's replay window. Nothing is parsed
    /// before.
    fn verify(&self, call: &Webhook, now: Timestamp) -> Result<(), Unverified>;

    /// The answer to a provider's GET verification handshake; none when the token is wrong or there is no handshake.
    fn challenge(&self, _call: &Webhook) -> Option<String> {
        None
    }

    /// Every message and receipt of the call, in the provider's order.
    fn parse(&self, body: &[u8]) -> Result<Vec<Inbound>, Malformed>;

    /// The requests that send `message`, in order: one per part when it exceeds the provider's limit. `now` is the time
    /// of this attempt, which some providers want signed. No request at all: the other side fetches its messages, and
    /// is served.
    fn format(&self, message: &Outbound, now: Timestamp) -> Result<Vec<Request>, Unsupported>;

    /// What the provider's answer to a request of [`Adapter::format`] means: the external id it gave the message
    /// (`None`: it gives none, and our own callback stands for it), or what to do next.
    fn interpret(&self, answer: &Response) -> Result<Option<String>, SendError>;

    /// What a failure reported later, in a receipt, means for what is sent next: the same classes as
    /// [`Adapter::interpret`].
    fn failure(&self, code: &str, reason: &str) -> SendError {
        SendError::Rejected { code: code.to_owned(), reason: reason.to_owned() }
    }

    /// Free text is only allowed this long after the customer's last message.
    fn window(&self) -> Option<Duration> {
        None
    }

    fn pacing(&self) -> Pacing {
        Pacing::default()
    }

    /// Tells the provider that the customer's message was read, where that exists. Best effort.
    fn mark_read(&self, _external_id: &str) -> Option<Request> {
        None
    }

    /// The request behind "Test connection".
    fn test(&self) -> Option<Request> {
        None
    }

    /// What the answer to [`Adapter::test`] means: who the provider says we are (shown beside "connected"), or what is
    /// wrong.
    fn tested(&self, answer: &Response) -> Result<String, SendError> {
        self.interpret(answer).map(Option::unwrap_or_default)
    }

    /// The request for a page of the approved templates; `after` is what the page before gave. None: there are none, or
    /// the channel lacks what it takes to ask.
    fn list_templates(&self, _after: Option<&str>) -> Option<Request> {
        None
    }

    /// The templates of a page that people can fill in, and where the next page begins.
    fn templates(&self, _answer: &Response) -> Result<(Vec<Template>, Option<String>), SendError> {
        Ok((Vec::new(), None))
    }

    /// First step of a download; `media_location` reads the answer when the provider needs two steps.
    fn fetch_media(&self, _media: &RemoteMedia) -> Option<Request> {
        None
    }

    /// Second step of a download, from the answer to the first. `None`: the first answer was the file itself.
    fn media_location(&self, _answer: &Response) -> Result<Option<Request>, SendError> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claimed_file_name_is_made_harmless() {
        for (claimed, expected) in [
            ("nota fiscal 8841.pdf", Some("nota fiscal 8841.pdf")),
            ("../../etc/passwd", Some("passwd")),
            ("C:\\temp\\a:b?.txt", Some("ab.txt")),
            ("laudo\u{202e}fdp.exe\0\n", Some("laudofdp.exe")),
            (" .. ", None),
            ("a/", None),
            ("", None),
        ] {
            assert_eq!(file_name(claimed).as_deref(), expected, "{claimed:?}");
        }
        let long = file_name(&format!("{}.pdf", "á".repeat(300))).unwrap();
        assert!(long.chars().count() == 120 && long.ends_with("á.pdf"));
    }

    #[test]
    fn retry_after_is_read_as_seconds_or_as_a_date() {
        let wait = |headers: &[(&str, &str)]| {
            let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
            Response { status: 429, headers, body: Bytes::new() }.retry_after().map(|wait| wait.as_secs())
        };
        let date = ("date", "Thu, 01 Oct 2026 10:00:00 GMT");
        assert_eq!(wait(&[("retry-after", " 30 ")]), Some(30));
        assert_eq!(wait(&[date, ("retry-after", "Thu, 01 Oct 2026 10:01:00 GMT")]), Some(60));
        assert_eq!(wait(&[date, ("retry-after", "Thu, 01 Oct 2026 09:00:00 GMT")]), None);
        assert_eq!(wait(&[("retry-after", "-1")]), None);
    }
}
