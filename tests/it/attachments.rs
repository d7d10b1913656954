//! Files: uploaded, sent, received, served, guarded.

use attendance::ids::AttachmentId;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::Backend;
use crate::support::api::{Answer, Api};
use crate::support::server::ADMIN_PASSWORD;
use crate::support::socket::Socket;
use crate::support::world::{Customer, World, envelope};

scenarios! {
    a_file_is_kept_as_what_it_is_and_served_to_who_may_see_it,
    a_customer_s_file_is_fetched_from_the_provider,
    a_visitor_s_file_reaches_the_attendant,
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";

async fn upload(api: &Api, path: &str, name: &str, bytes: &[u8]) -> Answer {
    let part = reqwest::multipart::Part::bytes(bytes.to_vec()).file_name(name.to_owned());
    let form = reqwest::multipart::Form::new().text("note", "ignored").part("file", part);
    api.send(api.request(Method::POST, path).multipart(form)).await
}

async fn a_file_is_kept_as_what_it_is_and_served_to_who_may_see_it(backend: Backend) {
    let mut world = World::with(backend, &[("ATTENDANCE__LIMITS__ATTACHMENT_BYTES", "4096")], json!({})).await;
    let (ana, mut console) = world.online("Ana Souza").await;
    let made = upload(&ana.api, "/api/attachments", "recibo.pdf", PNG).await;
    assert_eq!(made.status, 201);
    let file = made.body.clone();
    assert_eq!((&file["mime"], &file["size"]), (&json!("image/png"), &json!(PNG.len())), "the bytes decide");
    let path = format!("/api/attachments/{}", file["id"].as_str().unwrap());
    assert_eq!(made.headers["location"], path.as_str());

    let raw = async |api: &Api, path: &str, headers: &[(&str, &str)]| {
        let request = headers.iter().fold(api.request(Method::GET, path), |r, (name, value)| r.header(*name, *value));
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.headers().clone(), response.bytes().await.unwrap())
    };
    let (status, headers, bytes) = raw(&ana.api, &path, &[]).await;
    assert_eq!((status, &bytes[..]), (200, PNG));
    assert_eq!(headers["content-type"], "image/png");
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert!(headers["content-security-policy"].to_str().unwrap().contains("sandbox"));
    assert!(headers["content-disposition"].to_str().unwrap().starts_with("inline"));
    let (status, part, bytes) = raw(&ana.api, &path, &[("range", "bytes=1-3")]).await;
    assert_eq!((status, &bytes[..]), (206, &b"PNG"[..]));
    assert_eq!(part["content-range"], format!("bytes 1-3/{}", PNG.len()));
    assert_eq!(raw(&ana.api, &path, &[("range", "bytes=9000-")]).await.0, 416);
    let tag = headers["etag"].to_str().unwrap();
    assert_eq!(raw(&ana.api, &path, &[("if-none-match", tag)]).await.0, 304);

    // What a browser could run is only offered for download.
    let page = upload(&ana.api, "/api/attachments", "foto.png", b"<html><script>alert(1)</script>").await.ok();
    assert_eq!(page["mime"], "text/html");
    let (_, headers, _) = raw(&ana.api, &format!("/api/attachments/{}", page["id"].as_str().unwrap()), &[]).await;
    assert!(headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    let named = upload(&ana.api, "/api/attachments", "../../etc/pão \"x\".txt", b"texto").await.ok();
    assert!(!named["name"].as_str().unwrap().contains('/'), "{named}");

    upload(&ana.api, "/api/attachments", "a.bin", &[1; 5000]).await.refused(413);
    upload(&ana.api, "/api/attachments", "laudo.pdf", b"MZ\x90\0\x03\0\0\0").await.refused(415);
    upload(&ana.api, "/api/attachments", "virus.exe", b"texto").await.refused(415);
    upload(&ana.api, "/api/attachments", "nada.txt", b"").await.refused(422);
    ana.api.post("/api/attachments", json!({"file": "x"})).await.refused(415);
    let form = reqwest::multipart::Form::new().text("other", "x");
    ana.api.send(ana.api.request(Method::POST, "/api/attachments").multipart(form)).await.refused(422);

    // Nobody else's.
    let ben = world.person("Ben", "attendant").await;
    ben.api.get(&path).await.refused(404);
    Api::anonymous(&world.server).get(&path).await.refused(401);
    let email = "vizinho@example.com";
    let body = json!({"name": "Vizinha", "admin": {"name": "V", "email": email, "password": ADMIN_PASSWORD}});
    world.admin.post("/api/organizations", body).await.ok();
    let neighbour = Api::login(&world.server, email, ADMIN_PASSWORD).await;
    neighbour.get(&path).await.refused(404);
    ana.api.get(&format!("/api/attachments/{}", AttachmentId::new())).await.refused(404);

    // Sent: the provider is given a signed address, good without credentials for this file alone.
    let marina = Customer::new("Marina Prado");
    world.writes(&marina, "quero falar com uma pessoa").await;
    let assigned = console.wait("conversation_assigned", |_| true).await;
    let session = assigned["session_id"].as_str().unwrap().to_owned();
    console.ask(json!({"type": "take", "session_id": session})).await;
    let body = json!({"text": "segue o recibo", "attachments": [file["id"]]});
    let sent = ana.api.post(&format!("/api/sessions/{session}/messages"), body).await.ok();
    assert_eq!(sent["attachments"][0]["mime"], "image/png");
    let link = loop {
        let next = world.graph.next().await;
        if let Some(link) = next.body["image"]["link"].as_str() {
            assert_eq!(next.body["image"]["caption"], "segue o recibo");
            break link.to_owned();
        }
    };
    let signed = link.strip_prefix(&world.server.base).unwrap_or_else(|| panic!("{link}")).to_owned();
    let anonymous = Api::anonymous(&world.server);
    let (status, _, bytes) = raw(&anonymous, &signed, &[]).await;
    assert_eq!((status, &bytes[..]), (200, PNG));
    let other = signed.replace(file["id"].as_str().unwrap(), page["id"].as_str().unwrap());
    anonymous.get(&other).await.refused(401);
    let (head, signature) = signed.split_at(signed.len() - 2);
    let flipped = format!("{head}{}", if signature == "00" { "11" } else { "00" });
    anonymous.get(&flipped).await.refused(401);
    anonymous.get(&signed.replace("exp=", "exp=9")).await.refused(401);
    // Its conversation's attendants see it now; who does not see the conversation does not.
    let caio = world.attendant("Caio").await;
    assert_eq!(caio.api.get(&format!("/api/session/{session}")).await.status, 200);
    ben.api.get(&path).await.refused(404);
    assert!(!world.server.log().contains(signature_of(&signed)), "a signed address is in the log");
}

fn signature_of(address: &str) -> &str {
    address.split_once("sig=").unwrap().1
}

async fn a_customer_s_file_is_fetched_from_the_provider(backend: Backend) {
    let mut world = World::new(backend).await;
    let (ana, mut console) = world.online("Ana Souza").await;
    world.graph.holds("1200000000000003", "image/png", PNG).await;
    let marina = Customer::new("Marina Prado");
    world.writes(&marina, "quero falar com uma pessoa").await;
    let assigned = console.wait("conversation_assigned", |_| true).await;
    let session = assigned["session_id"].as_str().unwrap().to_owned();
    console.ask(json!({"type": "take", "session_id": session})).await;
    world.graph.wait_for("Ana Souza").await;
    let picture = |id: &str, media: &str| {
        envelope(json!({
            "contacts": [{"profile": {"name": marina.name}, "wa_id": marina.phone}],
            "messages": [{
                "from": marina.phone, "id": id, "timestamp": "1790848805", "type": "image",
                "image": {"id": media, "mime_type": "image/jpeg", "caption": "olha"},
            }],
        }))
    };
    assert_eq!(world.webhook(&picture("wamid.PIC1", "1200000000000003")).await, 200);
    let has_file = |event: &Value| event["message"]["attachments"][0]["id"].is_string();
    let message = match console.seen.iter().find(|event| has_file(event)).cloned() {
        Some(event) => event,
        None => {
            let told = console.wait("message_created", |event| event["message"]["text"] == "olha").await;
            if has_file(&told) { told } else { console.wait("message_updated", has_file).await }
        }
    };
    let file = &message["message"]["attachments"][0];
    assert_eq!((&file["mime"], &file["size"]), (&json!("image/png"), &json!(PNG.len())), "the bytes decide");
    let got = ana.api.request(Method::GET, &format!("/api/attachments/{}", file["id"].as_str().unwrap())).send().await;
    assert_eq!(&got.unwrap().bytes().await.unwrap()[..], PNG);
    let email = "vizinho@example.com";
    let body = json!({"name": "Vizinha", "admin": {"name": "V", "email": email, "password": ADMIN_PASSWORD}});
    world.admin.post("/api/organizations", body).await.ok();
    let neighbour = Api::login(&world.server, email, ADMIN_PASSWORD).await;
    neighbour.get(&format!("/api/attachments/{}", file["id"].as_str().unwrap())).await.refused(404);
}

async fn a_visitor_s_file_reaches_the_attendant(backend: Backend) {
    let world = World::new(backend).await;
    let (ana, mut console) = world.online("Ana Souza").await;
    let body = json!({"kind": "web", "name": "Site", "bot_id": world.bot});
    let channel = world.admin.post("/api/channels", body).await.ok()["id"].as_str().unwrap().to_owned();
    let anonymous = Api::anonymous(&world.server);
    let opened = anonymous.post(&format!("/api/webchat/{channel}/sessions"), json!({})).await.ok();
    let visitor = anonymous.with_token(opened["visitor_token"].as_str().unwrap());
    let place = format!("/api/webchat/{channel}/attachments");
    upload(&anonymous, &place, "a.png", PNG).await.refused(401);
    upload(&ana.api, &place, "a.png", PNG).await.refused(401);
    let file = upload(&visitor, &place, "a.png", PNG).await.ok();
    visitor.get(&format!("/api/attachments/{}", file["id"].as_str().unwrap())).await.refused(401);
    let protocols = ["attendance.chat.v1".to_owned(), format!("visitor.{}", visitor.token)];
    let protocols: Vec<&str> = protocols.iter().map(String::as_str).collect();
    let place = format!("/ws/webchat/{channel}");
    let mut chat = Socket::open(&world.server.base, &place, &protocols).await.unwrap();
    let stolen = upload(&ana.api, "/api/attachments", "b.png", PNG).await.ok();
    chat.send(json!({"type": "message", "client_id": "x", "text": "roubo", "attachments": [stolen["id"]]})).await;
    chat.wait("error", |frame| frame["client_id"] == "x").await;
    chat.send(json!({"type": "message", "client_id": "p", "text": "/agent", "attachments": []})).await;
    let assigned = console.wait("conversation_assigned", |_| true).await;
    let session = assigned["session_id"].as_str().unwrap();
    console.ask(json!({"type": "take", "session_id": session})).await;
    chat.send(json!({"type": "message", "client_id": "f", "text": "veja", "attachments": [file["id"]]})).await;
    let told = console.wait("message_created", |event| event["message"]["text"] == "veja").await;
    assert_eq!(told["message"]["attachments"][0]["id"], file["id"]);
    let got = ana.api.request(Method::GET, &format!("/api/attachments/{}", file["id"].as_str().unwrap())).send().await;
    assert_eq!(&got.unwrap().bytes().await.unwrap()[..], PNG);
    let own = chat.wait("message", |frame| frame["message"]["text"] == "veja").await;
    let url = own["message"]["attachments"][0]["url"].as_str().unwrap();
    let path = url.strip_prefix(&world.server.base).unwrap_or_else(|| panic!("{url}"));
    let got = anonymous.request(Method::GET, path).send().await.unwrap();
    assert_eq!(&got.bytes().await.unwrap()[..], PNG);
}
