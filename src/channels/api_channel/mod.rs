//! The outgoing half of the `api` channel: any program is told of our messages by a webhook signed by the Standard
//! Webhooks convention (1.0). The incoming half is REST (`api.rs`), not a webhook: this adapter verifies none, and what it
//! parses is what `api.rs` put into the inbox. Without `webhook_url` nothing is called; the program reads its messages by REST
//! and the delivery takes a message as delivered once it can be read there.

pub mod api;

use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};
use url::Url;

use crate::channels::adapter::{
    Adapter, Choice, FieldError, Inbound, Malformed, Method, Outbound, OutboundMedia, RemoteMedia, Request, Response,
    Scope, SendError, Unsupported, Unverified, Webhook,
};
use crate::channels::fields::Fields;
use crate::channels::json;
use crate::channels::signature::WebhookSecret;
use crate::clock::Timestamp;
use crate::ids::SessionId;

pub struct ApiChannel {
    target: Option<(Url, Option<WebhookSecret>)>,
}

/// Without the secret, and without the address, which may carry one.
impl std::fmt::Debug for ApiChannel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.target.is_some() { "ApiChannel(webhook)" } else { "ApiChannel(pull)" })
    }
}

/// What the program receives. Text is Markdown as it was written: the program knows what it can show.
#[derive(Serialize)]
struct Body<'a> {
    r#type: &'static str,
    /// Ours, equal to the header `webhook-id` and the same in every retry: the receiver's idempotency key.
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<SessionId>,
    /// The `from.id` the program gave.
    to: &'a str,
    text: &'a str,
    attachments: &'a [OutboundMedia],
    reply_to: Option<&'a str>,
    choices: &'a [Choice],
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<&'a Value>,
}

impl ApiChannel {
    /// Credentials: `webhook_url?`, `webhook_secret?` (`whsec_<base64>`, or any text). Without a secret calls are not
    /// signed.
    ///
    /// Errors: an address that is none, a secret that is not base64 after its prefix.
    pub fn new(
        credentials: &Map<String, Value>,
        _settings: &Map<String, Value>,
    ) -> Result<ApiChannel, Vec<FieldError>> {
        let mut fields = Fields::new("credentials", credentials);
        let url = fields.url("webhook_url");
        let secret = fields.optional("webhook_secret").map(|text| WebhookSecret::parse(&text));
        if let Some(None) = secret {
            fields.refuse(
                "webhook_secret",
                "invalid",
                ("webhook_secret precisa ser base64 depois de whsec_", "webhook_secret must be base64 after whsec_"),
            );
        }
        match fields.errors {
            errors if errors.is_empty() => Ok(ApiChannel { target: url.map(|url| (url, secret.flatten())) }),
            errors => Err(errors),
        }
    }
}

impl Adapter for ApiChannel {
    fn verify(&self, _call: &Webhook, _now: Timestamp) -> Result<(), Unverified> {
        Err(Unverified("the api channel takes messages by REST"))
    }

    fn parse(&self, body: &[u8]) -> Result<Vec<Inbound>, Malformed> {
        serde_json::from_slice(body).map_err(|error| Malformed(error.to_string()))
    }

    /// The program names an address; whether it may be called is decided where it is.
    fn fetch_media(&self, media: &RemoteMedia) -> Option<Request> {
        let url = Url::parse(&media.reference).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
        Some(Request { method: Method::Get, url: url.to_string(), headers: Vec::new(), body: Vec::new() })
    }

    fn format(&self, message: &Outbound, now: Timestamp) -> Result<Vec<Request>, Unsupported> {
        let Some((url, secret)) = &self.target else { return Ok(Vec::new()) };
        let to = message.to.iter().find(|address| address.kind == "api").ok_or_else(|| Unsupported {
            code: "no_address",
            reason: "the contact has no address on this channel".to_owned(),
        })?;
        let body = serde_json::to_vec(&Body {
            r#type: "message",
            id: &message.callback,
            session_id: message.session_id,
            to: &to.value,
            text: &message.text,
            attachments: &message.media,
            reply_to: message.reply_to.as_deref(),
            choices: &message.choices,
            template: message.template.as_ref(),
        })
        .map_err(|error| Unsupported { code: "unencodable", reason: error.to_string() })?;
        let mut headers = vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            ("webhook-id".to_owned(), message.callback.clone()),
            ("webhook-timestamp".to_owned(), now.secs().to_string()),
        ];
        if let Some(secret) = secret {
            headers.push(("webhook-signature".to_owned(), secret.sign(&message.callback, now, &body)));
        }
        Ok(vec![Request { method: Method::Post, url: url.to_string(), headers, body }])
    }

    fn interpret(&self, answer: &Response) -> Result<Option<String>, SendError> {
        let code = format!("http_{}", answer.status);
        let reason = format!("the webhook answered {}", answer.status);
        let retry = |at_least: Option<Duration>, scope| SendError::Retry {
            at_least,
            scope,
            attempts: None,
            code: code.clone(),
            reason: reason.clone(),
        };
        match answer.status {
            200..300 => Ok(json::read(&answer.body).ok().and_then(|body| json::text(&body, "id"))),
            429 | 500.. => Err(retry(answer.retry_after(), Scope::Channel)),
            408 => Err(retry(answer.retry_after(), Scope::Recipient)),
            _ => Err(SendError::Rejected { code, reason }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channels::adapter::{Address, Kind};
    use serde_json::json;

    fn channel(credentials: Value) -> Result<ApiChannel, Vec<FieldError>> {
        ApiChannel::new(credentials.as_object().unwrap(), &Map::new())
    }

    fn message() -> Outbound {
        Outbound {
            to: vec![Address { kind: "api".into(), value: "user-7".into() }],
            session_id: Some("0192f0c1-0000-7000-8000-000000000001".parse().unwrap()),
            locale: "pt-BR".into(),
            text: "**Olá**".into(),
            media: vec![OutboundMedia {
                kind: Kind::Document,
                url: "https://a.br/f".into(),
                mime: "application/pdf".into(),
                name: Some("a.pdf".into()),
                caption: None,
            }],
            reply_to: None,
            choices: vec![Choice { id: "1".into(), label: "Sim".into() }],
            template: None,
            callback: "msg_1".into(),
        }
    }

    #[test]
    fn a_message_is_posted_and_signed() {
        let channel = channel(
            json!({"webhook_url": "https://a.br/hook?k=1", "webhook_secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}),
        )
        .unwrap();
        let requests = channel.format(&message(), Timestamp::from_secs(1614265330)).unwrap();
        let body = r#"{"type":"message","id":"msg_1","session_id":"0192f0c1-0000-7000-8000-000000000001","to":"user-7","text":"**Olá**","attachments":[{"kind":"document","url":"https://a.br/f","mime":"application/pdf","name":"a.pdf","caption":null}],"reply_to":null,"choices":[{"id":"1","label":"Sim"}]}"#;
        let secret = WebhookSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = secret.sign("msg_1", Timestamp::from_secs(1614265330), body.as_bytes());
        let headers = [
            ("content-type", "application/json"),
            ("webhook-id", "msg_1"),
            ("webhook-timestamp", "1614265330"),
            ("webhook-signature", &signature),
        ];
        assert_eq!(requests.len(), 1);
        assert_eq!(String::from_utf8(requests[0].body.clone()).unwrap(), body);
        assert_eq!(requests[0].headers, headers.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!((requests[0].method, requests[0].url.as_str()), (Method::Post, "https://a.br/hook?k=1"));
    }

    #[test]
    fn without_a_secret_nothing_is_signed_and_without_an_address_nothing_is_called() {
        let unsigned = channel(json!({"webhook_url": "https://a.br/hook"})).unwrap();
        let requests = unsigned.format(&message(), Timestamp::ZERO).unwrap();
        assert!(requests[0].headers.iter().all(|(name, _)| name != "webhook-signature"));
        assert_eq!(channel(json!({"webhook_secret": "x"})).unwrap().format(&message(), Timestamp::ZERO), Ok(vec![]));
        let nobody = Outbound { to: vec![], ..message() };
        assert_eq!(unsigned.format(&nobody, Timestamp::ZERO).unwrap_err().code, "no_address");
    }

    #[test]
    fn unusable_credentials_are_named() {
        let errors = channel(json!({"webhook_url": "a.br", "webhook_secret": "whsec_*"})).unwrap_err();
        let seen: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(seen, ["credentials.webhook_url", "credentials.webhook_secret"]);
    }

    #[test]
    fn answers_mean_sent_later_or_never() {
        let channel = channel(json!({})).unwrap();
        let with = |status: u16, headers: &[(&str, &str)], body: &str| {
            let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            channel.interpret(&Response { status, headers, body: body.to_owned().into() })
        };
        assert_eq!(with(200, &[], r#"{"id":"theirs"}"#), Ok(Some("theirs".into())));
        assert_eq!(with(202, &[], r#"{"id":42}"#), Ok(Some("42".into())));
        assert_eq!((with(204, &[], ""), with(200, &[], "<ok>"), with(200, &[], "{}")), (Ok(None), Ok(None), Ok(None)));
        for status in [408, 429, 500, 503] {
            let retried = with(status, &[("retry-after", "7")], "");
            assert!(
                matches!(retried, Err(SendError::Retry { at_least: Some(wait), .. }) if wait.as_secs() == 7),
                "{status}"
            );
        }
        for status in [301, 400, 401, 404, 410] {
            assert!(matches!(with(status, &[], ""), Err(SendError::Rejected { .. })), "{status}");
        }
    }

    #[test]
    fn nothing_comes_in_by_webhook() {
        let channel = channel(json!({})).unwrap();
        assert!(channel.verify(&Webhook::default(), Timestamp::ZERO).is_err() && channel.parse(b"{}").is_err());
    }
}
