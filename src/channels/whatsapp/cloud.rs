//! The adapter of Meta's WhatsApp Cloud API (contracts/whatsapp-cloud.md): credentials, signature, requests. What
//! webhooks say is in `inbound`, what messages become in `outbound`, what answers mean in `errors`. Sends nothing
//! itself.

mod errors;
mod inbound;
mod outbound;
mod templates;

use std::time::Duration;

use serde_json::{Map, Value};
use subtle::ConstantTimeEq;
use url::Url;

use crate::channels::adapter::{
    Adapter, FieldError, Inbound, Malformed, Method, Outbound, Pacing, RemoteMedia, Request, Response, Scope,
    SendError, Template, Unsupported, Unverified, Webhook,
};
use crate::channels::fields::{Fields, is_number, is_token};
use crate::channels::{json, signature};
use crate::clock::Timestamp;

/// 24 hours after the customer's last message only templates go out (section 13); five minutes are kept as a margin.
const WINDOW: Duration = Duration::from_secs(24 * 3600 - 5 * 60);

/// Where Meta serves media from. The token is sent to no other host than these and the configured one.
const MEDIA_HOSTS: [&str; 3] = [".fbsbx.com", ".whatsapp.net", ".fbcdn.net"];

/// One business number. Holds its secrets: it has no `Debug` that shows them.
pub struct Cloud {
    access_token: String,
    phone_number_id: String,
    app_secret: String,
    verify_token: String,
    /// Empty: unknown.
    business_account_id: String,
    api_base_url: Url,
    api_version: String,
}

impl std::fmt::Debug for Cloud {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cloud({})", self.phone_number_id)
    }
}

impl Cloud {
    /// Credentials: `access_token`, `phone_number_id`, `app_secret`, `verify_token`, optionally `business_account_id`.
    /// Settings: `api_base_url` (default `https://graph.facebook.com`; a path in it is kept, for gateways),
    /// `api_version` (`v25.0`).
    ///
    /// Errors: every field that is missing or cannot be right.
    pub fn new(credentials: &Map<String, Value>, settings: &Map<String, Value>) -> Result<Cloud, Vec<FieldError>> {
        let mut fields = Fields::new("credentials", credentials);
        let [access_token, phone_number_id, app_secret, verify_token] =
            ["access_token", "phone_number_id", "app_secret", "verify_token"].map(|name| fields.required(name));
        fields.check(
            "access_token",
            &access_token,
            is_token,
            ("precisa ser uma palavra de caracteres simples", "must be one word of plain characters"),
        );
        fields.check(
            "phone_number_id",
            &phone_number_id,
            is_number,
            ("só pode ter dígitos: é o código, não o telefone", "must be digits: the id, not the phone number"),
        );
        let business_account_id = fields.optional("business_account_id").unwrap_or_default();
        fields.check("business_account_id", &business_account_id, is_number, ("só pode ter dígitos", "must be digits"));
        let mut errors = fields.errors;

        let mut fields = Fields::new("settings", settings);
        let api_version = fields.optional("api_version").unwrap_or_else(|| "v25.0".to_owned());
        let numbered = |version: &str| {
            let parts = version.strip_prefix('v').and_then(|numbers| numbers.split_once('.'));
            parts.is_some_and(|(major, minor)| {
                !major.is_empty() && !minor.is_empty() && is_number(major) && is_number(minor)
            })
        };
        fields.check("api_version", &api_version, numbered, ("precisa ser como v25.0", "must look like v25.0"));
        let api_base_url = fields.url("api_base_url").or_else(|| Url::parse("https://graph.facebook.com").ok());
        errors.append(&mut fields.errors);
        match api_base_url {
            Some(api_base_url) if errors.is_empty() => Ok(Cloud {
                access_token,
                phone_number_id,
                app_secret,
                verify_token,
                business_account_id,
                api_base_url,
                api_version,
            }),
            _ => Err(errors),
        }
    }

    /// `{api_base_url}/{api_version}/{path}`, each segment escaped.
    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.api_base_url.clone();
        url.set_query(None);
        // Only addresses without a host refuse segments, and the constructor refused those.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push(&self.api_version).extend(path);
        }
        url
    }

    fn get(&self, url: Url) -> Request {
        let headers = vec![("authorization".to_owned(), format!("Bearer {}", self.access_token))];
        Request { method: Method::Get, url: url.into(), headers, body: Vec::new() }
    }

    fn post(&self, body: Vec<u8>) -> Request {
        let mut request = self.get(self.url(&[&self.phone_number_id, "messages"]));
        request.headers.push(("content-type".to_owned(), "application/json".to_owned()));
        Request { method: Method::Post, body, ..request }
    }

    /// Whether the token may go to `url`: over TLS to Meta's media hosts, or to the configured host as it is
    /// configured.
    fn trusts(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else { return false };
        let meta = url.scheme() == "https" && MEDIA_HOSTS.iter().any(|domain| host.ends_with(domain));
        let ours = url.host_str() == self.api_base_url.host_str();
        meta || (ours && (url.scheme() == "https" || url.scheme() == self.api_base_url.scheme()))
    }
}

impl Adapter for Cloud {
    /// HMAC-SHA256 of the raw body under the app secret (section 3). Meta redelivers for 7 days: there is no replay
    /// window.
    fn verify(&self, call: &Webhook, _now: Timestamp) -> Result<(), Unverified> {
        let header = call.header("x-hub-signature-256").ok_or(Unverified("x-hub-signature-256 is missing"))?;
        let digits = header.strip_prefix("sha256=").ok_or(Unverified("not a sha256 signature"))?;
        match signature::verify_hex(self.app_secret.as_bytes(), &call.body, digits) {
            true => Ok(()),
            false => Err(Unverified("the signature does not match")),
        }
    }

    fn challenge(&self, call: &Webhook) -> Option<String> {
        let token = call.query("hub.verify_token").unwrap_or_default();
        let known = bool::from(token.as_bytes().ct_eq(self.verify_token.as_bytes()));
        (known && call.query("hub.mode") == Some("subscribe")).then(|| call.query("hub.challenge"))?.map(str::to_owned)
    }

    fn parse(&self, body: &[u8]) -> Result<Vec<Inbound>, Malformed> {
        inbound::parse(body, &self.phone_number_id)
    }

    fn format(&self, message: &Outbound, _now: Timestamp) -> Result<Vec<Request>, Unsupported> {
        Ok(outbound::bodies(message)?.into_iter().map(|body| self.post(body)).collect())
    }

    fn interpret(&self, answer: &Response) -> Result<Option<String>, SendError> {
        errors::accepted(answer).map(Some)
    }

    fn failure(&self, code: &str, reason: &str) -> SendError {
        errors::classify(code.parse().ok(), None, false, reason.to_owned(), None)
    }

    fn window(&self) -> Option<Duration> {
        Some(WINDOW)
    }

    /// 80 messages a second per number, both directions together (section 12): a quarter is left for what comes in.
    fn pacing(&self) -> Pacing {
        Pacing { per_second: 60, ..Pacing::default() }
    }

    fn mark_read(&self, external_id: &str) -> Option<Request> {
        let id = Value::from(external_id);
        let body = format!(r#"{{"messaging_product":"whatsapp","status":"read","message_id":{id}}}"#);
        Some(self.post(body.into_bytes()))
    }

    fn test(&self) -> Option<Request> {
        let mut url = self.url(&[&self.phone_number_id]);
        url.set_query(Some("fields=id,display_phone_number,verified_name"));
        Some(self.get(url))
    }

    fn tested(&self, answer: &Response) -> Result<String, SendError> {
        let node = errors::readable(answer)?;
        let known = ["verified_name", "display_phone_number"].map(|key| json::text(&node, key));
        let known: Vec<String> = known.into_iter().flatten().collect();
        match json::text(&node, "id") {
            Some(id) if id == self.phone_number_id => Ok(known.join(" ")),
            _ => Err(SendError::Disconnected {
                code: "unexpected_answer".to_owned(),
                reason: "the address did not answer like the WhatsApp Cloud API".to_owned(),
            }),
        }
    }

    fn list_templates(&self, after: Option<&str>) -> Option<Request> {
        if self.business_account_id.is_empty() {
            return None;
        }
        let mut url = self.url(&[&self.business_account_id, "message_templates"]);
        url.query_pairs_mut()
            .append_pair("fields", "name,language,status,category,components")
            .append_pair("status", "APPROVED")
            .append_pair("limit", "100")
            .extend_pairs(after.map(|after| ("after", after)));
        Some(self.get(url))
    }

    fn templates(&self, answer: &Response) -> Result<(Vec<Template>, Option<String>), SendError> {
        let page = errors::readable(answer)?;
        Ok((templates::read(&page), templates::next(&page)))
    }

    /// The media node, which tells where the bytes are for the next five minutes; only for our own number.
    fn fetch_media(&self, media: &RemoteMedia) -> Option<Request> {
        let mut url = self.url(&[&media.reference]);
        url.query_pairs_mut().append_pair("phone_number_id", &self.phone_number_id);
        Some(self.get(url))
    }

    fn media_location(&self, answer: &Response) -> Result<Option<Request>, SendError> {
        let node = errors::readable(answer)?;
        let Some(url) = json::text(&node, "url").and_then(|url| Url::parse(&url).ok()) else {
            return Err(SendError::Retry {
                at_least: None,
                scope: Scope::Recipient,
                attempts: Some(3),
                code: format!("http_{}", answer.status),
                reason: "the answer names no address".to_owned(),
            });
        };
        match self.trusts(&url) {
            true => Ok(Some(self.get(url))),
            false => Err(SendError::Rejected {
                code: "media_host".to_owned(),
                reason: format!("{} is not a host of Meta", url.host_str().unwrap_or("the address")),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channels::adapter::Address;
    use serde_json::json;

    const NOW: Timestamp = Timestamp::from_secs(1790848805);
    const BODY_A: &[u8] = include_bytes!("../../../tests/fixtures/whatsapp-cloud/signature_a.json");
    const BODY_B: &[u8] = include_bytes!("../../../tests/fixtures/whatsapp-cloud/signature_b.json");
    const SIGNATURE_A: &str = "sha256=c4e9fbcbf132f83d6932c74b6b17df6661febea248c282a3587236be28c2484a";
    const SIGNATURE_B: &str = "sha256=f11aca31a9d95d3a185db88a79ba87a6ec2d36cbad364af9f694db7a4320fb97";
    const SIGNATURE_C: &str = "sha256=deb76976c394b00d488b2441204a57edd3493c28088c319dfb282b945b8b92fc";

    fn with(settings: Value) -> Cloud {
        let credentials = json!({"access_token": "EAAtoken", "phone_number_id": "410000000000001",
            "app_secret": "attendance-test-app-secret", "verify_token": "att-verify-01", "business_account_id": 310000000000001u64});
        Cloud::new(credentials.as_object().unwrap(), settings.as_object().unwrap()).unwrap()
    }

    fn cloud() -> Cloud {
        with(json!({}))
    }

    fn signed(body: &[u8], header: &str, value: &str) -> Webhook {
        Webhook { headers: vec![(header.into(), value.into())], body: body.to_vec().into(), ..Webhook::default() }
    }

    fn answer(status: u16, body: Value) -> Response {
        Response { status, headers: Vec::new(), body: body.to_string().into() }
    }

    #[test]
    fn the_worked_signatures_are_accepted() {
        for (body, signature) in [(BODY_A, SIGNATURE_A), (BODY_B, SIGNATURE_B)] {
            assert_eq!(cloud().verify(&signed(body, "x-hub-signature-256", signature), NOW), Ok(()));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let spaced = String::from_utf8(BODY_A.to_vec()).unwrap().replacen(':', ": ", 1);
        assert_eq!(cloud().verify(&signed(spaced.as_bytes(), "x-hub-signature-256", SIGNATURE_C), NOW), Ok(()));
        let sha1 = format!("sha1={}", &SIGNATURE_A[7..47]);
        for (body, header, value) in [
            (spaced.as_bytes(), "x-hub-signature-256", SIGNATURE_A),
            (BODY_A, "x-hub-signature-256", SIGNATURE_C),
            (BODY_A, "x-hub-signature-256", &sha1),
            (BODY_A, "x-hub-signature-256", &SIGNATURE_A.replace("sha256", "sha1")),
            (BODY_A, "x-hub-signature-256", ""),
            (BODY_A, "x-hub-signature-256", "sha256="),
            (BODY_A, "x-hub-signature-256", &SIGNATURE_A[..70]),
            (BODY_A, "x-hub-signature-256", &format!("{SIGNATURE_A}0")),
            (BODY_A, "x-hub-signature-256", &SIGNATURE_A.to_uppercase().replace("SHA", "sha")),
            (BODY_A, "x-hub-signature", SIGNATURE_A),
            (BODY_A, "x-hub-signature", &sha1),
        ] {
            assert!(cloud().verify(&signed(body, header, value), NOW).is_err(), "{header}: {value}");
        }
    }

    #[test]
    fn the_challenge_is_echoed_only_for_the_right_token() {
        let call = |mode: &str, token: &str| {
            let query = [("hub.mode", mode), ("hub.challenge", "1158201444"), ("hub.verify_token", token)];
            let query = query.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec();
            cloud().challenge(&Webhook { query, ..Webhook::default() })
        };
        assert_eq!(call("subscribe", "att-verify-01").as_deref(), Some("1158201444"));
        assert_eq!(
            (call("subscribe", "att-verify-02"), call("unsubscribe", "att-verify-01"), call("subscribe", "")),
            (None, None, None)
        );
        assert_eq!(cloud().challenge(&Webhook::default()), None);
    }

    #[test]
    fn requests_go_to_the_number_with_the_token() {
        let message = Outbound {
            to: vec![Address { kind: "whatsapp".into(), value: "5511987650001".into() }],
            session_id: None,
            locale: "pt-BR".into(),
            text: "oi".into(),
            media: Vec::new(),
            reply_to: None,
            choices: Vec::new(),
            template: None,
            callback: "c".into(),
        };
        let requests = cloud().format(&message, NOW).unwrap();
        let headers = [("authorization", "Bearer EAAtoken"), ("content-type", "application/json")];
        assert_eq!(requests.len(), 1);
        assert_eq!(requests[0].url, "https://graph.facebook.com/v25.0/410000000000001/messages");
        assert_eq!(
            (requests[0].method, &requests[0].headers),
            (Method::Post, &headers.map(|(k, v)| (k.into(), v.into())).to_vec())
        );
        assert!(!format!("{:?}{:?}", requests[0], cloud()).contains("EAAtoken"));
        let elsewhere = with(json!({"api_base_url": "http://127.0.0.1:9000/graph/", "api_version": "v26.0"}));
        assert_eq!(
            elsewhere.test().unwrap().url.split('?').next(),
            Some("http://127.0.0.1:9000/graph/v26.0/410000000000001")
        );
    }

    #[test]
    fn reading_is_told_byte_for_byte() {
        let request = cloud().mark_read("wamid.X").unwrap();
        assert_eq!(request.body, br#"{"messaging_product":"whatsapp","status":"read","message_id":"wamid.X"}"#);
        assert_eq!(request.url, "https://graph.facebook.com/v25.0/410000000000001/messages");
    }

    #[test]
    fn the_connection_test_says_who_we_are_or_what_is_wrong() {
        let node =
            json!({"id": "410000000000001", "display_phone_number": "+55 11 4002-8922", "verified_name": "Acme"});
        assert_eq!(cloud().tested(&answer(200, node)), Ok("Acme +55 11 4002-8922".into()));
        let expired = json!({"error": {"message": "Session has expired", "code": 190, "error_subcode": 463}});
        assert!(
            matches!(cloud().tested(&answer(401, expired)), Err(SendError::Disconnected { code, .. }) if code == "190")
        );
        assert!(matches!(cloud().tested(&answer(200, json!({"hello": 1}))), Err(SendError::Disconnected { .. })));
    }

    #[test]
    fn media_is_fetched_in_two_steps_and_the_token_goes_to_meta_only() {
        let media = |reference: &str| RemoteMedia { reference: reference.into(), mime: None, name: None, sha256: None };
        let first = cloud().fetch_media(&media("1200000000000003")).unwrap();
        assert_eq!(first.url, "https://graph.facebook.com/v25.0/1200000000000003?phone_number_id=410000000000001");
        let crooked = cloud().fetch_media(&media("../x?y#z")).unwrap();
        assert_eq!(crooked.url, "https://graph.facebook.com/v25.0/..%2Fx%3Fy%23z?phone_number_id=410000000000001");

        let second =
            |cloud: &Cloud, url: &str| cloud.media_location(&answer(200, json!({"url": url, "file_size": "61901"})));
        for url in [
            "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1",
            "https://mmg.whatsapp.net/a",
            "https://scontent.xx.fbcdn.net/a",
            "https://graph.facebook.com/a",
        ] {
            let request = second(&cloud(), url).unwrap().unwrap();
            assert_eq!((request.url.as_str(), request.headers[0].1.as_str()), (url, "Bearer EAAtoken"));
        }
        for url in [
            "http://lookaside.fbsbx.com/a",
            "http://graph.facebook.com/a",
            "https://evilfbsbx.com/a",
            "https://fbsbx.com.evil.br/a",
            "https://evil.br/?.fbsbx.com",
            "https://lookaside.fbsbx.com@evil.br/a",
            "file:///etc/passwd",
        ] {
            assert!(
                matches!(second(&cloud(), url), Err(SendError::Rejected { code, .. }) if code == "media_host"),
                "{url}"
            );
        }
        let local = with(json!({"api_base_url": "http://127.0.0.1:9000"}));
        assert!(second(&local, "http://127.0.0.1:9000/file").unwrap().is_some());
        assert!(matches!(cloud().media_location(&answer(200, json!({}))), Err(SendError::Retry { .. })));
        assert!(matches!(cloud().media_location(&answer(404, json!({}))), Err(SendError::Rejected { .. })));
    }

    #[test]
    fn a_late_failure_has_the_class_of_its_code() {
        assert!(matches!(cloud().failure("131047", "r"), SendError::WindowClosed { .. }));
        assert!(matches!(cloud().failure("unknown", "r"), SendError::Rejected { .. }));
        assert_eq!(cloud().window(), Some(Duration::from_secs(86_100)));
    }

    #[test]
    fn every_unusable_credential_is_named() {
        let credentials = json!({"access_token": "EAA\ntoken", "phone_number_id": "+55 11", "business_account_id": "x", "verify_token": ""});
        let settings = json!({"api_base_url": "graph.facebook.com", "api_version": "25"});
        let errors = Cloud::new(credentials.as_object().unwrap(), settings.as_object().unwrap()).unwrap_err();
        let seen: Vec<String> = errors.iter().map(|error| format!("{} {}", error.field, error.code)).collect();
        let expected = [
            "credentials.app_secret required",
            "credentials.verify_token required",
            "credentials.access_token invalid",
            "credentials.phone_number_id invalid",
            "credentials.business_account_id invalid",
            "settings.api_version invalid",
            "settings.api_base_url invalid",
        ];
        assert_eq!(seen, expected);
    }
}
