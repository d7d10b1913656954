//! What the console stands on beside the desk: its files, its memory, waking its browsers, the bots' scripts, small pictures.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, agree_ephemeral};
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use ring::rand::SystemRandom;
use ring::signature::{self, ECDSA_P256_SHA256_FIXED};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use wiremock::matchers::path_regex;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::support::api::Api;
use crate::support::server::{ADMIN_EMAIL, ADMIN_PASSWORD, Server};
use crate::support::world::{Customer, World};
use crate::support::{Backend, PATIENCE};

scenarios! {
    the_console_and_the_widget_come_out_of_the_binary,
    a_folder_takes_the_place_of_the_built_in_files,
    preferences_are_one_s_own,
    a_browser_is_woken_for_what_is_offered_to_its_person,
    scripts_keep_their_versions,
    a_picture_has_a_small_one,
}

/// A plain GET as a browser makes it: status, headers, bytes.
async fn get(api: &Api, path: &str, headers: &[(&str, &str)]) -> (u16, reqwest::header::HeaderMap, Vec<u8>) {
    let request = headers.iter().fold(api.request(Method::GET, path), |r, (name, value)| r.header(*name, *value));
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.headers().clone(), response.bytes().await.unwrap().to_vec())
}

async fn the_console_and_the_widget_come_out_of_the_binary(backend: Backend) {
    let world = World::new(backend).await;
    let anonymous = Api::anonymous(&world.server);
    let (status, headers, page) = get(&anonymous, "/", &[]).await;
    let page = String::from_utf8(page).unwrap();
    assert_eq!((status, headers["content-type"].to_str().unwrap()), (200, "text/html; charset=utf-8"));
    assert_eq!(headers["cache-control"], "no-cache");
    assert!(!page.contains("{{") && page.contains("/assets/"), "{page}");
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
    let tag = headers["etag"].to_str().unwrap();
    assert_eq!(get(&anonymous, "/", &[("if-none-match", tag)]).await.0, 304);
    // Every screen is the same page, for browsers; programs hear that there is nothing.
    let html = [("accept", "text/html,*/*;q=0.8")];
    assert_eq!(get(&anonymous, "/inbox/some-session", &html).await.2, page.as_bytes());
    for path in ["/api/nowhere", "/ws/nowhere", "/webhooks/x", "/widget/x", "/assets/x"] {
        let (status, headers, _) = get(&anonymous, path, &html).await;
        assert_eq!((status, headers["content-type"].to_str().unwrap()), (404, "application/problem+json"), "{path}");
    }
    assert_eq!(anonymous.get("/inbox").await.refused(404), "not_found");

    let icon = page.split('"').find(|part| part.starts_with("/assets/")).unwrap();
    let (status, headers, plain) = get(&anonymous, icon, &[]).await;
    assert_eq!((status, headers["cache-control"].to_str().unwrap()), (200, "public, max-age=31536000, immutable"));
    let (_, headers, packed) = get(&anonymous, icon, &[("accept-encoding", "br, gzip")]).await;
    assert_eq!((headers["content-encoding"].to_str().unwrap(), &packed[..2]), ("gzip", &[0x1f, 0x8b][..]));
    // A tab of an earlier version gets today's file, which nobody keeps under that name.
    let (_, name) = icon["/assets/".len()..].split_once('/').unwrap();
    let (status, headers, old) = get(&anonymous, &format!("/assets/0123456789ab/{name}"), &[]).await;
    assert_eq!((status, headers["cache-control"].to_str().unwrap(), old), (200, "no-store", plain));
    assert_eq!(get(&anonymous, &icon.replace(name, "console/nothing.js"), &[]).await.0, 404);
    assert_eq!(anonymous.post("/", json!({})).await.status, 405);
}

async fn a_folder_takes_the_place_of_the_built_in_files(backend: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    put("console/index.html", "<script src=\"{{assets}}/console/app.js\"></script>");
    put("console/app.js", "first");
    put("console/sw.js", "{{version}} {{precache}}");
    put("widget/loader.js", "load('{{assets}}')");
    put("widget/frame.html", "<link href=\"{{assets}}/widget/frame.css\">");
    let folder = folder.path().to_str().unwrap();
    let world = World::with(backend, &[("ATTENDANCE__SERVER__STATIC_DIR", folder)], json!({})).await;
    let anonymous = Api::anonymous(&world.server);
    let text = async |path: &str| {
        let (status, headers, bytes) = get(&anonymous, path, &[]).await;
        assert_eq!(status, 200, "{path}");
        (headers, String::from_utf8(bytes).unwrap())
    };
    assert_eq!(text("/").await.1, "<script src=\"/assets/dev/console/app.js\"></script>");
    assert_eq!(text("/assets/dev/console/app.js").await.1, "first");
    put("console/app.js", "second");
    let (headers, now) = text("/assets/dev/console/app.js").await;
    assert_eq!((headers["cache-control"].to_str().unwrap(), now.as_str()), ("no-store", "second"));
    let (headers, worker) = text("/sw.js").await;
    assert_eq!(headers["service-worker-allowed"], "/");
    assert_eq!(worker, "dev [\"/assets/dev/console/app.js\"]");
    for outside in ["/assets/dev/..%2f..%2fetc/passwd", "/assets/dev/%2e%2e/attendance.toml"] {
        assert_eq!(get(&anonymous, outside, &[]).await.0, 404, "{outside}");
    }

    let (headers, loader) = text("/widget.js").await;
    assert_eq!(
        (headers["access-control-allow-origin"].to_str().unwrap(), loader.as_str()),
        ("*", "load('/assets/dev')")
    );
    assert_eq!(headers["cross-origin-resource-policy"], "cross-origin");
    let channel = async |settings: Value| {
        let body =
            json!({"kind": "web", "name": format!("Site {settings}"), "bot_id": world.bot, "settings": settings});
        world.admin.post("/api/channels", body).await.ok()["id"].as_str().unwrap().to_owned()
    };
    let anywhere = channel(json!({})).await;
    let (headers, frame) = text(&format!("/widget/v1/frame/{anywhere}")).await;
    assert_eq!(frame, "<link href=\"/assets/dev/widget/frame.css\">");
    assert!(headers.get("x-frame-options").is_none());
    assert!(headers["content-security-policy"].to_str().unwrap().contains("frame-ancestors *;"));
    let named = channel(json!({"allowed_origins": ["https://loja.example", "blog.example"]})).await;
    let (headers, _) = text(&format!("/widget/v1/frame/{named}")).await;
    let policy = headers["content-security-policy"].to_str().unwrap();
    let sites = "frame-ancestors 'self' https://loja.example https://blog.example:* http://blog.example:*;";
    assert!(policy.contains(sites), "{policy}");
    for nothing in [world.channel.as_str(), "018f3c1e-0000-7000-8000-000000000000"] {
        assert_eq!(get(&anonymous, &format!("/widget/v1/frame/{nothing}"), &[]).await.0, 404);
    }
}

async fn preferences_are_one_s_own(backend: Backend) {
    let world = World::new(backend).await;
    let (ana, ben) = (world.attendant("Ana Souza").await, world.attendant("Ben").await);
    let path = "/api/users/me/preferences";
    assert_eq!(ana.api.get(path).await.ok(), json!({}));
    let wanted = json!({"theme": "dark", "views": [{"name": "VIP", "filter": {"tag": "vip"}}], "topics": ["boleto"]});
    let version = world.admin.get(&format!("/api/users/{}", ana.id)).await.headers["etag"].clone();
    assert_eq!(ana.api.put(path, wanted.clone()).await.ok(), wanted);
    assert_eq!(ana.api.get(path).await.ok(), wanted);
    assert_eq!(ben.api.get(path).await.ok(), json!({}));
    // They are no change of the account: an administrator's edit under way is not lost to them.
    let edit = world.admin.request(Method::PUT, &format!("/api/users/{}", ana.id)).header("if-match", version);
    world.admin.send(edit.json(&json!({"department": "Vendas"}))).await.ok();
    assert_eq!(ana.api.get(path).await.ok(), wanted);
    for wrong in [json!([]), json!("dark"), json!({"x": "y".repeat(17_000)})] {
        ana.api.put(path, wrong).await.refused(422);
    }
    assert_eq!(ana.api.get("/api/auth/me").await.ok()["preferences"], wanted);
}

/// A push server: what it was sent, by the last part of the address.
struct Pushes {
    server: MockServer,
    arriving: mpsc::UnboundedReceiver<Request>,
}

struct Take(mpsc::UnboundedSender<Request>);

impl Respond for Take {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let gone = request.url.path().ends_with("gone");
        // A scenario that has ended listens no more.
        let _ = self.0.send(request.clone());
        ResponseTemplate::new(if gone { 410 } else { 201 })
    }
}

impl Pushes {
    async fn start() -> Pushes {
        let server = MockServer::start().await;
        let (sent, arriving) = mpsc::unbounded_channel();
        Mock::given(path_regex("^/push/")).respond_with(Take(sent)).mount(&server).await;
        Pushes { server, arriving }
    }

    async fn next(&mut self) -> Request {
        tokio::time::timeout(PATIENCE, self.arriving.recv()).await.expect("nothing was pushed").unwrap()
    }
}

/// A browser that has subscribed: it can read one message.
struct Browser {
    own: EphemeralPrivateKey,
    point: Vec<u8>,
    auth: [u8; 16],
}

struct Bytes(usize);

impl KeyType for Bytes {
    fn len(&self) -> usize {
        self.0
    }
}

impl Browser {
    async fn subscribe(api: &Api, pushes: &Pushes, name: &str) -> Browser {
        let own = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new()).unwrap();
        let point = own.compute_public_key().unwrap().as_ref().to_vec();
        let auth: [u8; 16] = rand::random();
        let body = json!({
            "endpoint": format!("{}/push/{name}", pushes.server.uri()),
            "keys": {"p256dh": URL_SAFE_NO_PAD.encode(&point), "auth": URL_SAFE_NO_PAD.encode(auth)},
        });
        assert_eq!(api.post("/api/push/subscriptions", body).await.status, 201);
        Browser { own, point, auth }
    }

    /// RFC 8188 and RFC 8291, from the receiver's side.
    fn read(self, body: &[u8]) -> Value {
        let (salt, rest) = body.split_at(16);
        let (size, rest) = rest.split_at(4);
        assert_eq!((size, rest[0]), (&4096u32.to_be_bytes()[..], 65));
        let (sender, sealed) = rest[1..].split_at(65);
        let public = ring::agreement::UnparsedPublicKey::new(&ECDH_P256, sender);
        let mixed = agree_ephemeral(self.own, &public, |shared| {
            let mut mixed = [0; 32];
            let info: [&[u8]; 3] = [b"WebPush: info\0", &self.point, sender];
            Salt::new(HKDF_SHA256, &self.auth)
                .extract(shared)
                .expand(&info, Bytes(32))
                .unwrap()
                .fill(&mut mixed)
                .unwrap();
            mixed
        });
        let content = Salt::new(HKDF_SHA256, salt).extract(&mixed.unwrap());
        let (mut key, mut nonce) = ([0; 16], [0; 12]);
        content.expand(&[b"Content-Encoding: aes128gcm\0"], Bytes(16)).unwrap().fill(&mut key).unwrap();
        content.expand(&[b"Content-Encoding: nonce\0"], Bytes(12)).unwrap().fill(&mut nonce).unwrap();
        let mut text = sealed.to_vec();
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).unwrap());
        let text = key.open_in_place(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut text).unwrap();
        let (end, text) = text.split_last().unwrap();
        assert_eq!(*end, 2);
        serde_json::from_slice(text).unwrap()
    }
}

async fn a_browser_is_woken_for_what_is_offered_to_its_person(backend: Backend) {
    let mut pushes = Pushes::start().await;
    let world = World::new(backend).await;
    let (ana, mut console) = world.online("Ana Souza").await;
    let key = ana.api.get("/api/push/key").await.ok()["public_key"].as_str().unwrap().to_owned();
    assert_eq!(world.admin.get("/api/push/key").await.ok()["public_key"], key.as_str());
    let keys = json!({"p256dh": "x", "auth": "y"});
    for endpoint in ["http://169.254.169.254/latest", "file:///etc/passwd", "https://push.example/x"] {
        let body = json!({"endpoint": endpoint, "keys": keys});
        ana.api.post("/api/push/subscriptions", body).await.refused(422);
    }

    let browser = Browser::subscribe(&ana.api, &pushes, "ana").await;
    let marina = Customer::new("Marina Prado");
    let long = format!("quero falar com uma pessoa {}", "é".repeat(100));
    world.writes(&marina, &long).await;
    let session = console.wait("conversation_assigned", |_| true).await["session_id"].as_str().unwrap().to_owned();
    let push = pushes.next().await;
    let header = |name: &str| push.headers[name].to_str().unwrap().to_owned();
    assert_eq!((header("content-encoding"), header("urgency")), ("aes128gcm".to_owned(), "high".to_owned()));
    assert!(header("ttl").parse::<u64>().unwrap() <= 30, "an offer that is over wakes nobody");
    assert_eq!(header("topic"), session.replace('-', ""));
    let said = browser.read(&push.body);
    assert_eq!((&said["type"], &said["title"]), (&json!("offer"), &json!("Nova conversa: Marina Prado")));
    assert_eq!((&said["session_id"], &said["lang"]), (&json!(session), &json!("pt-BR")));
    assert_eq!(said["body"].as_str().unwrap().chars().count(), 81, "{said}");
    // The proof is ours and for this server.
    let authorization = header("authorization");
    let (token, shown) = authorization.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
    assert_eq!(shown, key);
    let (signed, proof) = token.rsplit_once('.').unwrap();
    let decoded = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    let public = signature::UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, decoded(&key));
    public.verify(signed.as_bytes(), &decoded(proof)).unwrap();
    let claims: Value = serde_json::from_slice(&decoded(signed.split_once('.').unwrap().1)).unwrap();
    assert_eq!(claims["aud"], pushes.server.uri());

    // Where people choose for themselves, those who work hear that somebody waits; Ana wants to hear nothing.
    ana.api.put("/api/users/me/preferences", json!({"notifications": {"push": false}})).await.ok();
    let (ben, _ben_console) = world.online("Ben").await;
    world.admin.put(&format!("/api/users/{}", ben.id), json!({"locale": "en"})).await.ok();
    let by_hand = world.queue("Manual", json!({"auto_assign": false})).await;
    world.join(&by_hand, &ana, json!({})).await;
    world.join(&by_hand, &ben, json!({})).await;
    let waiting = async |name: &str| {
        let customer = Customer::new(name);
        world.writes(&customer, "oi").await;
        world.settled().await;
        let session = world.session_of(&customer).await;
        world.admin.post("/api/attendance/handoff", json!({"session_id": session, "queue": "Manual"})).await.ok();
    };
    let browser = Browser::subscribe(&ben.api, &pushes, "ben").await;
    Browser::subscribe(&ben.api, &pushes, "gone").await;
    waiting("Rui").await;
    let mut told = [pushes.next().await, pushes.next().await];
    told.sort_by_key(|push| push.url.path().to_owned());
    assert_eq!(told.each_ref().map(|push| push.url.path()), ["/push/ben", "/push/gone"]);
    let said = browser.read(&told[0].body);
    assert_eq!((&said["type"], &said["title"]), (&json!("waiting"), &json!("Rui is waiting in Manual")));
    // A browser that is gone is forgotten.
    let heeded = async || (world.metric("attendance_push_total", "410").await > 0.0).then_some(());
    world.server.eventually("the push server's 410 is heeded", heeded).await;
    let again = Browser::subscribe(&ben.api, &pushes, "ben").await;
    waiting("Téo").await;
    let push = pushes.next().await;
    assert_eq!(push.url.path(), "/push/ben");
    assert_eq!(again.read(&push.body)["title"], "Téo is waiting in Manual");
    let endpoint = json!({"endpoint": format!("{}/push/ben", pushes.server.uri())});
    for _ in 0..2 {
        let request = ben.api.request(Method::DELETE, "/api/push/subscriptions").json(&endpoint);
        assert_eq!(ben.api.send(request).await.status, 204);
    }
    assert!(pushes.arriving.try_recv().is_err(), "nobody else was woken");
}

async fn scripts_keep_their_versions(backend: Backend) {
    let world = World::new(backend).await;
    let admin = &world.admin;
    let scripts = format!("/api/bots/{}/scripts", world.bot);
    let path = format!("{scripts}/início.bas");
    assert_eq!(admin.get(&scripts).await.ok()["items"], json!([]));
    admin.get(&path).await.refused(404);
    let first = admin.put(&path, json!({"source": "TALK \"Olá\""})).await;
    assert_eq!((first.status, first.headers["etag"].to_str().unwrap()), (201, "\"1\""));
    assert_eq!((&first.body["version"], &first.body["is_published"]), (&json!(1), &json!(true)));
    let same = admin.put(&path, json!({"source": "TALK \"Olá\""})).await;
    assert_eq!((same.status, &same.body["version"]), (200, &json!(1)));
    let draft = admin.put(&path, json!({"source": "TALK \"Oi\"", "publish": false})).await.ok();
    assert_eq!((&draft["version"], &draft["is_published"]), (&json!(2), &json!(false)));
    let brief = admin.get(&scripts).await.ok()["items"][0].clone();
    assert_eq!((&brief["version"], &brief["published_version"]), (&json!(2), &json!(1)), "{brief}");
    let old = admin.get(&format!("{path}?version=1")).await.ok();
    assert_eq!((&old["source"], &old["is_published"]), (&json!("TALK \"Olá\""), &json!(true)));
    let versions: Vec<i64> =
        old["versions"].as_array().unwrap().iter().filter_map(|version| version["version"].as_i64()).collect();
    assert_eq!(versions, [2, 1]);
    admin.get(&format!("{path}?version=3")).await.refused(404);
    // Publishing what is stored adds no version.
    let published = admin.put(&path, json!({"source": "TALK \"Oi\""})).await.ok();
    assert_eq!((&published["version"], &published["is_published"]), (&json!(2), &json!(true)));
    assert_eq!(admin.get(&scripts).await.ok()["items"][0]["published_version"], 2);
    let put = async |tag: &str, source: &str| {
        admin.send(admin.request(Method::PUT, &path).header("if-match", tag).json(&json!({"source": source}))).await
    };
    assert_eq!(put("\"1\"", "TALK \"perdida\"").await.refused(412), "precondition_failed");
    assert_eq!(put("\"2\"", "TALK \"nova\"").await.ok()["version"], 3);
    admin.put(&format!("{scripts}/a%20b"), json!({"source": "x"})).await.refused(422);
    admin.put(&path, json!({"source": "x".repeat(600_000)})).await.refused(422);
    let viewer = world.person("Vera", "viewer").await;
    viewer.api.put(&path, json!({"source": "x"})).await.refused(403);
    admin.put(&format!("{scripts}/tarde.bas"), json!({"source": "TALK \"Boa tarde\""})).await.ok();
    assert_eq!(admin.delete(&path).await.status, 204);
    admin.delete(&path).await.refused(404);
    assert_eq!(admin.get(&scripts).await.ok()["items"].as_array().unwrap().len(), 1);
    // They go with their bot.
    let bot = admin.post("/api/bots", json!({"name": "Breve", "engine": "basic"})).await.ok()["id"].clone();
    let bot = format!("/api/bots/{}", bot.as_str().unwrap());
    admin.put(&format!("{bot}/scripts/a.bas"), json!({"source": "TALK \"a\""})).await.ok();
    assert_eq!(admin.delete(&bot).await.status, 204);
}

async fn a_picture_has_a_small_one(backend: Backend) {
    let server = Server::start(backend);
    let api = Api::login(&server, ADMIN_EMAIL, ADMIN_PASSWORD).await;
    let upload = async |name: &str, bytes: Vec<u8>| {
        let part = reqwest::multipart::Part::bytes(bytes).file_name(name.to_owned());
        let form = reqwest::multipart::Form::new().part("file", part);
        let made = api.send(api.request(Method::POST, "/api/attachments").multipart(form)).await.ok();
        format!("/api/attachments/{}/thumbnail", made["id"].as_str().unwrap())
    };
    let mut photo = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(900, 1200, image::Rgb([10, 120, 200]))
        .write_to(&mut photo, image::ImageFormat::Png)
        .unwrap();
    let small = upload("foto.png", photo.into_inner()).await;
    for _ in 0..2 {
        let (status, headers, bytes) = get(&api, &small, &[]).await;
        assert_eq!((status, headers["content-type"].to_str().unwrap()), (200, "image/jpeg"));
        assert!(headers["content-security-policy"].to_str().unwrap().contains("sandbox"));
        let seen = image::load_from_memory(&bytes).unwrap();
        assert_eq!((seen.width(), seen.height()), (240, 320));
    }
    assert_eq!(get(&Api::anonymous(&server), &small, &[]).await.0, 401);
    let text = upload("nota.txt", b"texto".to_vec()).await;
    assert_eq!(api.get(&text).await.refused(404), "no_thumbnail");
    let broken = upload("quebrada.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec()).await;
    assert_eq!(api.get(&broken).await.refused(404), "no_thumbnail");
}
