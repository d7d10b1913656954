//! Meta's cloud, as far as the product talks to it: takes messages, answers as documented, can be told to fail.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::{mpsc, watch};
use wiremock::matchers::{any, header, path_regex, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use super::PATIENCE;

pub const PHONE_NUMBER_ID: &str = "410000000000001";
pub const APP_SECRET: &str = "attendance-test-app-secret";
pub const VERIFY_TOKEN: &str = "att-verify-01";
pub const ACCESS_TOKEN: &str = "EAAtest-token-1234";

/// One message that reached the provider and was accepted.
#[derive(Debug, Clone)]
pub struct Sent {
    pub to: String,
    pub text: String,
    /// The id the provider gave it.
    pub wamid: String,
    pub body: Value,
}

/// How the provider answers the next message.
#[derive(Clone)]
pub enum Turn {
    /// Not taken, with an error of its own.
    Refuse(u16, Value),
    /// Not taken, with something that is no error of its own: a gateway's page.
    Garble(u16, String),
    /// Taken, and answered this much later.
    Dawdle(Duration),
    /// Not taken, and answered so this much later.
    DawdleAndRefuse(Duration, u16, Value),
}

#[derive(Clone)]
struct Answers {
    sent: mpsc::UnboundedSender<Sent>,
    turns: Arc<Mutex<VecDeque<Turn>>>,
    all: Arc<Mutex<Vec<Sent>>>,
    attempts: watch::Sender<u64>,
    counter: Arc<AtomicU64>,
}

impl Respond for Answers {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let is_message = request.url.path().ends_with("/messages") && body["status"].is_null();
        if !is_message {
            return ResponseTemplate::new(200).set_body_json(
                json!({"success": true, "id": PHONE_NUMBER_ID, "display_phone_number": "+55 11 4002-8922"}),
            );
        }
        self.attempts.send_modify(|attempts| *attempts += 1);
        if request.headers.get("authorization").and_then(|v| v.to_str().ok()) != Some(&format!("Bearer {ACCESS_TOKEN}"))
        {
            return ResponseTemplate::new(401)
                .set_body_json(json!({"error": {"message": "bad token", "type": "OAuthException", "code": 190}}));
        }
        let turn = self.turns.lock().unwrap().pop_front();
        let later = match turn {
            Some(Turn::Refuse(status, body)) => return ResponseTemplate::new(status).set_body_json(body),
            Some(Turn::Garble(status, body)) => return ResponseTemplate::new(status).set_body_string(body),
            Some(Turn::DawdleAndRefuse(later, status, body)) => {
                return ResponseTemplate::new(status).set_body_json(body).set_delay(later);
            }
            Some(Turn::Dawdle(later)) => later,
            None => Duration::ZERO,
        };
        let wamid = format!("wamid.OUT{:06}", self.counter.fetch_add(1, Ordering::SeqCst));
        let text = body["text"]["body"].as_str().or(body["interactive"]["body"]["text"].as_str()).unwrap_or_default();
        let to = body["to"].as_str().or(body["recipient"].as_str()).unwrap_or_default();
        let sent = Sent { to: to.to_owned(), text: text.to_owned(), wamid: wamid.clone(), body: body.clone() };
        self.all.lock().unwrap().push(sent.clone());
        // A scenario that has ended listens no more.
        let _ = self.sent.send(sent);
        let body = json!({
            "messaging_product": "whatsapp",
            "contacts": [{"input": to, "wa_id": to.trim_start_matches('+')}],
            "messages": [{"id": wamid}],
        });
        ResponseTemplate::new(200).set_body_json(body).set_delay(later)
    }
}

/// The provider's cloud of one scenario.
pub struct Graph {
    server: MockServer,
    answers: Answers,
    arriving: mpsc::UnboundedReceiver<Sent>,
}

impl Graph {
    pub async fn start() -> Graph {
        let (sent, arriving) = mpsc::unbounded_channel();
        let answers = Answers {
            sent,
            turns: Arc::default(),
            all: Arc::default(),
            attempts: watch::Sender::new(0),
            counter: Arc::default(),
        };
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(answers.clone()).mount(&server).await;
        Graph { server, answers, arriving }
    }

    pub fn url(&self) -> String {
        self.server.uri()
    }

    /// A file that somebody sent: its node names the address of the bytes, both for who has the token alone.
    pub async fn holds(&self, media: &str, mime: &str, bytes: &[u8]) {
        let place = format!("/lookaside/{media}");
        let node = json!({
            "messaging_product": "whatsapp", "url": format!("{}{place}", self.url()), "mime_type": mime,
            "sha256": hex::encode(Sha256::digest(bytes)), "file_size": bytes.len(), "id": media,
        });
        let token = format!("Bearer {ACCESS_TOKEN}");
        let of = |place: String| Mock::given(path_regex(place)).and(header("authorization", token.as_str()));
        let node = ResponseTemplate::new(200).set_body_json(node);
        of(format!("^/v[0-9.]+/{media}$")).respond_with(node).with_priority(1).mount(&self.server).await;
        let file = ResponseTemplate::new(200).set_body_raw(bytes.to_vec(), mime);
        of(format!("^{place}$")).respond_with(file).with_priority(1).mount(&self.server).await;
    }

    /// The business account has these templates, one a page.
    pub async fn approves(&self, account: &str, templates: &[Value]) {
        let place = || Mock::given(path_regex(format!("^/v[0-9.]+/{account}/message_templates$")));
        for (at, template) in templates.iter().enumerate() {
            let more = at + 1 < templates.len();
            let paging =
                json!({"cursors": {"after": format!("page{}", at + 1)}, "next": more.then_some("https://more")});
            let page = ResponseTemplate::new(200).set_body_json(json!({"data": [template], "paging": paging}));
            let here = place().and(header("authorization", format!("Bearer {ACCESS_TOKEN}").as_str()));
            let here = match at {
                0 => here.and(query_param_is_missing("after")),
                _ => here.and(query_param("after", format!("page{at}"))),
            };
            // Asked once: what was listed is remembered.
            here.respond_with(page).expect(1).with_priority(1).mount(&self.server).await;
        }
    }

    /// The next message that reaches the provider.
    pub async fn next(&mut self) -> Sent {
        tokio::time::timeout(PATIENCE, self.arriving.recv()).await.expect("nothing was sent to the provider").unwrap()
    }

    /// Waits for a message whose text contains `part`, passing over others.
    pub async fn wait_for(&mut self, part: &str) -> Sent {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let next = tokio::time::timeout_at(deadline, self.arriving.recv()).await;
            let sent = next.unwrap_or_else(|_| panic!("no message with {part:?}; sent: {:?}", self.texts())).unwrap();
            if sent.text.contains(part) {
                return sent;
            }
        }
    }

    /// The next `failures.len()` messages fail like this, in order.
    pub fn fail(&self, failures: &[(u16, Value)]) {
        self.script(failures.iter().map(|(status, body)| Turn::Refuse(*status, body.clone())));
    }

    /// How the next messages are answered, in order; those after them are taken.
    pub fn script(&self, turns: impl IntoIterator<Item = Turn>) {
        self.answers.turns.lock().unwrap().extend(turns);
    }

    /// What was sent so far is of no interest any more.
    pub fn forget(&mut self) {
        while self.arriving.try_recv().is_ok() {}
        self.answers.all.lock().unwrap().clear();
    }

    pub fn all(&self) -> Vec<Sent> {
        self.answers.all.lock().unwrap().clone()
    }

    pub fn texts(&self) -> Vec<String> {
        self.all().into_iter().map(|sent| sent.text).collect()
    }

    /// Waits until this many messages have reached the provider, accepted or not.
    pub async fn tried(&self, attempts: u64) {
        let mut made = self.answers.attempts.subscribe();
        let enough = made.wait_for(|made| *made >= attempts);
        tokio::time::timeout(PATIENCE, enough).await.expect("the provider was not asked").unwrap();
    }

    /// Messages that reached the provider, accepted or not.
    pub fn attempts(&self) -> u64 {
        *self.answers.attempts.borrow()
    }
}

/// An error as Meta words it.
pub fn error(code: i64, message: &str) -> Value {
    json!({"error": {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "AbCd"}})
}
