//! A small contact center: one organization, a bot, a WhatsApp channel, a queue, attendants; and its customers.

use std::sync::atomic::{AtomicU64, Ordering};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};

use super::api::Api;
use super::graph::{self, Graph};
use super::server::{ADMIN_EMAIL, ADMIN_PASSWORD, Server};
use super::socket::Socket;
use super::{Backend, PATIENCE};

static NEXT: AtomicU64 = AtomicU64::new(1);

pub struct World {
    pub server: Server,
    pub graph: Graph,
    pub admin: Api,
    pub bot: String,
    pub channel: String,
    pub queue: String,
}

/// Somebody who serves queues.
pub struct Attendant {
    pub id: String,
    pub name: String,
    pub api: Api,
}

/// An attendant and a customer talking.
pub struct Talk {
    pub attendant: Attendant,
    pub console: Socket,
    pub customer: Customer,
    pub session: String,
}

/// Somebody who writes on WhatsApp.
#[derive(Clone)]
pub struct Customer {
    pub phone: String,
    pub name: String,
}

impl Customer {
    pub fn new(name: &str) -> Customer {
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        Customer { phone: format!("551198{:07}", 7_000_000 + n), name: name.to_owned() }
    }
}

impl World {
    pub async fn new(backend: Backend) -> World {
        World::with(backend, &[], json!({})).await
    }

    /// With more environment, and settings of the bot.
    pub async fn with(backend: Backend, environment: &[(&str, &str)], settings: Value) -> World {
        World::around(Server::start_with(backend, environment), settings).await
    }

    /// On a database of one's own.
    pub async fn on(database_url: String) -> World {
        World::around(Server::start_on(Some(database_url), &[]), json!({})).await
    }

    async fn around(server: Server, settings: Value) -> World {
        let graph = Graph::start().await;
        let admin = Api::login(&server, ADMIN_EMAIL, ADMIN_PASSWORD).await;
        let bot =
            admin.post("/api/bots", json!({"name": "Recepção", "engine": "basic", "settings": settings})).await.ok();
        let bot = bot["id"].as_str().unwrap().to_owned();
        let channel = admin
            .post(
                "/api/channels",
                json!({
                    "kind": "whatsapp", "provider": "cloud", "name": "WhatsApp", "bot_id": bot,
                    "credentials": {
                        "access_token": graph::ACCESS_TOKEN, "phone_number_id": graph::PHONE_NUMBER_ID,
                        "app_secret": graph::APP_SECRET, "verify_token": graph::VERIFY_TOKEN,
                    },
                    "settings": {"api_base_url": graph.url()},
                }),
            )
            .await
            .ok();
        let channel = channel["id"].as_str().unwrap().to_owned();
        let mut world = World { server, graph, admin, bot, channel, queue: String::new() };
        world.queue = world.queue("Suporte", json!({})).await;
        world
    }

    /// A queue for every channel, looked at before those of the first start.
    pub async fn queue(&self, name: &str, more: Value) -> String {
        let mut body = json!({"name": name, "channels": ["all"], "priority_order": -10});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.admin.post("/api/attendance/queues", body).await.ok()["id"].as_str().unwrap().to_owned()
    }

    /// An attendant who is a member of the queue, offline.
    pub async fn attendant(&self, name: &str) -> Attendant {
        let attendant = self.person(name, "attendant").await;
        self.join(&self.queue, &attendant, json!({})).await;
        attendant
    }

    pub async fn person(&self, name: &str, role: &str) -> Attendant {
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let (email, password) = (format!("p{n}@example.com"), "a long enough secret");
        let body = json!({"name": name, "email": email, "password": password, "role": role});
        let id = self.admin.post("/api/users", body).await.ok()["id"].as_str().unwrap().to_owned();
        let api = Api::login(&self.server, &email, password).await;
        Attendant { id, name: name.to_owned(), api }
    }

    pub async fn join(&self, queue: &str, attendant: &Attendant, more: Value) {
        let mut body = json!({"user_id": attendant.id});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.admin.post(&format!("/api/attendance/queues/{queue}/members"), body).await.ok();
    }

    /// An attendant with an open console, online.
    pub async fn online(&self, name: &str) -> (Attendant, Socket) {
        let attendant = self.attendant(name).await;
        let socket = Socket::attendant(&attendant.api).await;
        attendant.set_status("online").await;
        (attendant, socket)
    }

    /// A new customer talking with a new attendant: everything said so far has been delivered and read from the cloud.
    pub async fn talking(&mut self, name: &str) -> Talk {
        let (attendant, mut console) = self.online(name).await;
        let customer = Customer::new(&format!("Cliente de {name}"));
        self.writes(&customer, "oi").await;
        self.settled().await;
        let session = self.session_of(&customer).await;
        let waiting = json!({"session_id": session, "queue": self.queue, "reason": "teste"});
        self.admin.post("/api/attendance/handoff", waiting).await.ok();
        console.wait("conversation_assigned", |event| event["session_id"] == session.as_str()).await;
        attendant.api.post("/api/attendance/take", json!({"session_id": session})).await.ok();
        self.settled().await;
        self.graph.forget();
        Talk { attendant, console, customer, session }
    }

    pub fn webhook_url(&self) -> String {
        format!("{}/webhooks/whatsapp/{}", self.server.base, self.channel)
    }

    /// Posts a signed webhook body; the status.
    pub async fn webhook(&self, body: &str) -> u16 {
        post_signed(&self.webhook_url(), body).await
    }

    /// The customer writes; the message's id.
    pub async fn writes(&self, customer: &Customer, text: &str) -> String {
        let id = format!("wamid.IN{:08}", NEXT.fetch_add(1, Ordering::Relaxed));
        assert_eq!(self.webhook(&text_webhook(customer, &id, text)).await, 200);
        id
    }

    /// Starts the server again on its data, after a `kill` or a `terminate`.
    pub fn restart(&mut self) {
        self.server.launch();
        self.admin = self.admin.at(&self.server);
    }

    /// The sum of a metric over all its labels that contain `labels`; 0 when it was never counted.
    pub async fn metric(&self, name: &str, labels: &str) -> f64 {
        let text = Api::anonymous(&self.server).get("/metrics").await.text;
        let values = text.lines().filter(|line| {
            line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '{'])) && line.contains(labels)
        });
        values.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum()
    }

    /// Everything that was acknowledged has been worked through, and everything written has been sent or given up.
    pub async fn settled(&self) {
        let server = &self.server;
        let empty = server.eventually("inbox and outbox empty", async || {
            let text = Api::anonymous(&self.server).get("/metrics").await.text;
            let empty = |name: &str| text.lines().any(|line| line == format!("{name} 0"));
            (empty("attendance_inbox_backlog") && empty("attendance_outbox_depth")).then_some(())
        });
        empty.await;
    }

    /// Every session that administrators see.
    pub async fn sessions(&self) -> Vec<Value> {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.admin.get(&format!("/api/sessions?limit=200{cursor}")).await.ok();
            all.extend(page["items"].as_array().unwrap().clone());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return all,
            }
        }
    }

    /// The sessions of a customer: their ids.
    pub async fn sessions_of(&self, customer: &Customer) -> Vec<String> {
        let phone = format!("+{}", customer.phone);
        let sessions = self.sessions().await.into_iter();
        let theirs = sessions.filter(|session| session["contact"]["phone"] == phone.as_str());
        theirs.map(|session| session["session_id"].as_str().unwrap().to_owned()).collect()
    }

    /// The one session of a customer.
    pub async fn session_of(&self, customer: &Customer) -> String {
        let sessions = self.sessions_of(customer).await;
        assert_eq!(sessions.len(), 1, "{}", customer.name);
        sessions.into_iter().next().unwrap()
    }

    /// All messages of a session, oldest first.
    pub async fn messages(&self, session: &str) -> Vec<Value> {
        let (mut all, mut after) = (Vec::new(), 0);
        loop {
            let path = format!("/api/sessions/{session}/messages?after={after}&limit=200");
            let page = self.admin.get(&path).await.ok();
            all.extend(page["items"].as_array().unwrap().clone());
            match (page["has_more"].as_bool().unwrap(), all.last()) {
                (true, Some(last)) => after = last["seq"].as_i64().unwrap(),
                _ => return all,
            }
        }
    }

    /// What a customer has written, as stored: the texts in order.
    pub async fn heard(&self, customer: &Customer) -> Vec<String> {
        let messages = self.messages(&self.session_of(customer).await).await.into_iter();
        let theirs = messages.filter(|message| message["direction"] == "in");
        theirs.map(|message| message["text"].as_str().unwrap().to_owned()).collect()
    }

    /// The provider tells what became of a message of ours.
    pub async fn receipt(&self, customer: &Customer, wamid: &str, status: &str) {
        let statuses = json!([{
            "id": wamid, "status": status, "timestamp": now(), "recipient_id": customer.phone,
        }]);
        assert_eq!(self.webhook(&envelope(json!({"statuses": statuses}))).await, 200);
    }
}

impl Attendant {
    pub async fn set_status(&self, status: &str) -> Value {
        let path = format!("/api/attendance/attendants/{}/status", self.id);
        self.api.put(&path, json!({"status": status})).await.ok()
    }

    pub async fn say(&self, session: &str, text: &str) -> Value {
        self.api.post(&format!("/api/sessions/{session}/messages"), json!({"text": text})).await.ok()
    }
}

pub fn sign(body: &str) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(graph::APP_SECRET.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

pub async fn post_signed(url: &str, body: &str) -> u16 {
    let request = super::api::client().post(url).header("x-hub-signature-256", sign(body)).body(body.to_owned());
    request.send().await.unwrap().status().as_u16()
}

/// As [`post_signed`] while the server may be going away: none when there is no answer.
pub async fn try_post_signed(url: &str, body: &str) -> Option<u16> {
    let request = super::api::client().post(url).header("x-hub-signature-256", sign(body)).body(body.to_owned());
    Some(request.send().await.ok()?.status().as_u16())
}

/// Posts until it is taken, as providers do: not before the answer's `Retry-After`.
pub async fn insist(url: &str, body: &str) {
    let posting = async {
        loop {
            let request =
                super::api::client().post(url).header("x-hub-signature-256", sign(body)).body(body.to_owned());
            let answer = request.send().await.unwrap();
            match answer.status().as_u16() {
                200 => return,
                status => assert_eq!(status, 503),
            }
            super::api::retry_after(answer.headers()).await;
        }
    };
    tokio::time::timeout(PATIENCE, posting).await.expect("the webhook is taken again");
}

pub fn now() -> String {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs().to_string()
}

/// A webhook body around one `value` with the channel's metadata.
pub fn envelope(mut value: Value) -> String {
    value["messaging_product"] = "whatsapp".into();
    value["metadata"] = json!({"display_phone_number": "551140028922", "phone_number_id": graph::PHONE_NUMBER_ID});
    json!({
        "object": "whatsapp_business_account",
        "entry": [{"id": "310000000000001", "changes": [{"field": "messages", "value": value}]}],
    })
    .to_string()
}

/// A text as the customer sent it.
pub fn text_message(customer: &Customer, id: &str, text: &str) -> Value {
    json!({"from": customer.phone, "id": id, "timestamp": now(), "type": "text", "text": {"body": text}})
}

pub fn text_webhook(customer: &Customer, id: &str, text: &str) -> String {
    envelope(json!({
        "contacts": [{"profile": {"name": customer.name}, "wa_id": customer.phone}],
        "messages": [text_message(customer, id, text)],
    }))
}
