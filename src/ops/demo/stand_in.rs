//! The outside world of the demo, on this machine: Meta's cloud, which takes every message and reports it delivered and
//! read, and the shop's app, which takes what it is told. Also writes what WhatsApp customers say, signed as Meta signs.

use std::net::TcpListener;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::{self, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, rt};
use anyhow::{Result, ensure};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::people::Customer;
use super::seed::{Doors, PHONE_NUMBER_ID};
use crate::channels::signature::sign_hex;
use crate::clock::Timestamp;

/// A message that reached Meta.
pub struct Taken {
    pub id: String,
    to: String,
}

struct Cloud {
    taken: mpsc::UnboundedSender<Taken>,
    /// Tells the messages of this run from those of others.
    run: String,
    next: AtomicU64,
}

impl Cloud {
    fn id(&self) -> String {
        format!("wamid.demo.{}.{}", self.run, self.next.fetch_add(1, Relaxed))
    }
}

/// Takes messages, whatever the version of the API; everything else is answered like a look at the number.
async fn answer(request: HttpRequest, body: web::Bytes, cloud: Data<Cloud>) -> HttpResponse {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    if !request.path().ends_with("/messages") || body.get("status").is_some() {
        let number = json!({"success": true, "id": PHONE_NUMBER_ID, "display_phone_number": "+55 11 3000-0077"});
        return HttpResponse::Ok().json(number);
    }
    let to = body["to"].as_str().or(body["recipient"].as_str()).unwrap_or_default();
    let taken = Taken { id: cloud.id(), to: to.trim_start_matches('+').to_owned() };
    let answer = json!({
        "messaging_product": "whatsapp",
        "contacts": [{"input": to, "wa_id": taken.to}],
        "messages": [{"id": taken.id}],
    });
    // The demo ends: nobody is told any more.
    let _ = cloud.taken.send(taken);
    HttpResponse::Ok().json(answer)
}

async fn app() -> HttpResponse {
    HttpResponse::Ok().json(json!({"ok": true}))
}

/// Starts it; its address, and what it takes.
pub fn start() -> Result<(String, ServerHandle, mpsc::UnboundedReceiver<Taken>)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    let (taken, takes) = mpsc::unbounded_channel();
    let cloud = Data::new(Cloud { taken, run: format!("{:08x}", rand::random::<u32>()), next: AtomicU64::new(1) });
    let server = HttpServer::new(move || {
        App::new().app_data(cloud.clone()).route("/app", web::post().to(app)).default_service(web::to(answer))
    })
    .workers(1)
    .shutdown_timeout(1)
    .disable_signals()
    .listen(listener)?
    .run();
    let handle = server.handle();
    rt::spawn(server);
    Ok((url, handle, takes))
}

/// Meta's side of the webhook.
pub struct Meta {
    http: reqwest::Client,
    url: String,
    secret: String,
    run: String,
    next: AtomicU64,
}

impl Meta {
    pub fn new(http: reqwest::Client, base: &str, doors: &Doors) -> Meta {
        let url = format!("{base}/webhooks/whatsapp/{}", doors.whatsapp);
        let run = format!("{:08x}", rand::random::<u32>());
        Meta { http, url, secret: doors.app_secret.clone(), run, next: AtomicU64::new(1) }
    }

    /// A customer writes.
    pub async fn message(&self, from: &Customer, text: &str, at: Timestamp) -> Result<()> {
        let number = from.phone.trim_start_matches('+');
        let id = format!("wamid.demo.in.{}.{}", self.run, self.next.fetch_add(1, Relaxed));
        self.call(json!({
            "contacts": [{"profile": {"name": from.name}, "wa_id": number}],
            "messages": [{"from": number, "id": id, "timestamp": at.secs().to_string(), "type": "text", "text": {"body": text}}],
        }))
        .await
    }

    /// What became of a message of ours: `delivered`, `read`.
    async fn status(&self, of: &Taken, status: &str, at: Timestamp) -> Result<()> {
        let told = json!({"id": of.id, "status": status, "timestamp": at.secs().to_string(), "recipient_id": of.to});
        self.call(json!({"statuses": [told]})).await
    }

    async fn call(&self, mut value: Value) -> Result<()> {
        value["messaging_product"] = "whatsapp".into();
        value["metadata"] = json!({"display_phone_number": "551130000077", "phone_number_id": PHONE_NUMBER_ID});
        let body = json!({
            "object": "whatsapp_business_account",
            "entry": [{"id": "100000000000077", "changes": [{"field": "messages", "value": value}]}],
        })
        .to_string();
        let signature = format!("sha256={}", sign_hex(self.secret.as_bytes(), body.as_bytes()));
        let request = self.http.post(&self.url).header("content-type", "application/json");
        let answer = request.header("x-hub-signature-256", signature).body(body).send().await?;
        ensure!(answer.status().is_success(), "webhook: {}", answer.status());
        Ok(())
    }
}

/// Reports one message delivered, and then read.
pub async fn report(meta: Rc<Meta>, taken: Taken, until: [Duration; 2], now: impl Fn() -> Timestamp) -> Result<()> {
    for (status, wait) in ["delivered", "read"].into_iter().zip(until) {
        tokio::time::sleep(wait).await;
        meta.status(&taken, status, now()).await?;
    }
    Ok(())
}
