//! People and the persons behind records: own password and second factor, links to get in, notes, duplicates; what the
//! administration tells of itself; and customers who say by number what they think.

use reqwest::Method;
use ring::hmac;
use serde_json::{Value, json};

use crate::support::Backend;
use crate::support::api::{Answer, Api};
use crate::support::world::{Customer, World};

scenarios! {
    a_new_password_ends_every_other_login,
    a_link_lets_a_newcomer_choose_a_password_once,
    a_second_factor_is_asked_for_once_it_is_confirmed,
    records_of_one_person_are_found_and_merged_as_chosen,
    settings_and_channels_say_what_they_are,
    a_change_tells_what_was_and_what_is,
    a_customer_recommends_by_number_and_nobody_is_called_for_it,
}

const PASSWORD: &str = "a long enough secret";

/// Somebody with an account, and their id.
async fn bia(world: &World, more: Value) -> String {
    let mut body = json!({"name": "Bia", "email": "bia@example.com", "role": "attendant"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.admin.post("/api/users", body).await.ok()["id"].as_str().unwrap().to_owned()
}

async fn login(world: &World, password: &str, code: Option<&str>) -> Answer {
    let body = json!({"email": "bia@example.com", "password": password, "totp": code});
    Api::anonymous(&world.server).post("/api/auth/login", body).await
}

async fn logged_in(world: &World, password: &str, code: Option<&str>) -> Api {
    let body = login(world, password, code).await.ok();
    Api::anonymous(&world.server).with_token(body["access_token"].as_str().unwrap())
}

fn field(answer: &Answer) -> (u16, &str, &str) {
    let error = &answer.body["errors"][0];
    (answer.status, error["field"].as_str().unwrap_or_default(), error["code"].as_str().unwrap_or_default())
}

async fn a_new_password_ends_every_other_login(backend: Backend) {
    let world = World::new(backend).await;
    bia(&world, json!({"password": PASSWORD})).await;
    let (here, elsewhere) = (logged_in(&world, PASSWORD, None).await, logged_in(&world, PASSWORD, None).await);
    let change = async |current: &str, new: &str| {
        here.put("/api/users/me/password", json!({"current_password": current, "password": new})).await
    };
    assert_eq!(field(&change("not it at all", "another long secret").await), (422, "current_password", "mismatch"));
    assert_eq!(field(&change(PASSWORD, "short").await), (422, "password", "too_short"));
    elsewhere.get("/api/auth/me").await.ok();
    assert_eq!(change(PASSWORD, "another long secret").await.status, 204);
    here.get("/api/auth/me").await.ok();
    elsewhere.get("/api/auth/me").await.refused(401);
    login(&world, PASSWORD, None).await.refused(401);
    login(&world, "another long secret", None).await.ok();
    // The account is edited on as it is now.
    let user = world.admin.get("/api/users?q=bia").await.ok()["items"][0]["id"].as_str().unwrap().to_owned();
    world.admin.put(&format!("/api/users/{user}"), json!({"department": "Vendas"})).await.ok();
    login(&world, "another long secret", None).await.ok();
}

async fn a_link_lets_a_newcomer_choose_a_password_once(backend: Backend) {
    let world = World::new(backend).await;
    let id = bia(&world, json!({})).await;
    let make = async |api: &Api, id: &str| api.post(&format!("/api/users/{id}/access-link"), json!({})).await;
    let token = |made: &Value| made["url"].as_str().unwrap().split_once("/access#token=").unwrap().1.to_owned();
    let first = token(&make(&world.admin, &id).await.ok());
    let made = make(&world.admin, &id).await;
    assert_eq!(made.status, 201);
    let link = token(&made.ok());
    let door = Api::anonymous(&world.server);
    let look = async |token: &str| door.post("/api/auth/access", json!({"token": token})).await;
    let choose = async |token: &str, password: &str| {
        door.put("/api/auth/access", json!({"token": token, "password": password})).await
    };
    look(&first).await.refused(404); // replaced
    look("access_rubbish").await.refused(404);
    let told = look(&link).await.ok();
    assert_eq!((&told["name"], &told["email"]), (&json!("Bia"), &json!("bia@example.com")));
    assert_eq!(field(&choose(&link, "short").await), (422, "password", "too_short"));
    assert_eq!(choose(&link, PASSWORD).await.status, 204);
    choose(&link, "yet another secret").await.refused(404);
    let bia = logged_in(&world, PASSWORD, None).await;
    make(&bia, &id).await.refused(403);
    let nameless = world.admin.post("/api/users", json!({"name": "Cid", "role": "attendant"})).await.ok();
    let refused = make(&world.admin, nameless["id"].as_str().unwrap()).await;
    assert_eq!(field(&refused), (422, "email", "required"));
    let log = world.server.log();
    assert!(!log.contains(&link) && !log.contains(PASSWORD));
}

/// What an authenticator app shows (RFC 6238).
fn code(secret: &str, steps_on: u64) -> String {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: String = secret.chars().map(|c| format!("{:05b}", alphabet.find(c).unwrap())).collect();
    let key: Vec<u8> = bits
        .as_bytes()
        .chunks_exact(8)
        .map(|b| u8::from_str_radix(std::str::from_utf8(b).unwrap(), 2).unwrap())
        .collect();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
    let tag = hmac::sign(&key, &(now / 30 + steps_on).to_be_bytes());
    let at = usize::from(tag.as_ref()[19] & 15);
    let number = u32::from_be_bytes(tag.as_ref()[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

async fn a_second_factor_is_asked_for_once_it_is_confirmed(backend: Backend) {
    let world = World::new(backend).await;
    let id = bia(&world, json!({"password": PASSWORD})).await;
    let api = logged_in(&world, PASSWORD, None).await;
    let wrong = api.post("/api/users/me/totp", json!({"password": "not it at all"})).await;
    assert_eq!(field(&wrong), (422, "password", "mismatch"));
    let begun = api.post("/api/users/me/totp", json!({"password": PASSWORD})).await.ok();
    let secret = begun["secret"].as_str().unwrap().to_owned();
    assert!(begun["uri"].as_str().unwrap().contains(&format!("secret={secret}")));
    assert!(begun["qr"].as_str().unwrap().contains("<svg"));
    login(&world, PASSWORD, None).await.ok(); // not confirmed: not asked
    assert_eq!(field(&api.put("/api/users/me/totp", json!({"code": "000000"})).await), (422, "code", "mismatch"));
    let used = code(&secret, 0);
    let confirmed = api.put("/api/users/me/totp", json!({"code": used})).await.ok();
    let recovery: Vec<&str> = confirmed["recovery_codes"].as_array().unwrap().iter().flat_map(Value::as_str).collect();
    assert_eq!(recovery.len(), 10);
    assert_eq!(api.get("/api/auth/me").await.ok()["has_totp"], true);
    api.post("/api/users/me/totp", json!({"password": PASSWORD})).await.refused(409);

    assert_eq!(login(&world, PASSWORD, None).await.refused(401), "totp_required");
    assert_eq!(login(&world, "wrong password", None).await.refused(401), "invalid_credentials", "the password first");
    assert_eq!(login(&world, PASSWORD, Some(&used)).await.refused(401), "totp_invalid", "used");
    login(&world, PASSWORD, Some(&code(&secret, 1))).await.ok();
    login(&world, PASSWORD, Some(&recovery[0].to_lowercase())).await.ok();
    assert_eq!(login(&world, PASSWORD, Some(recovery[0])).await.refused(401), "totp_invalid", "good once");

    let reset = format!("/api/users/{id}/totp");
    api.delete(&reset).await.refused(403);
    assert_eq!(world.admin.delete(&reset).await.status, 204);
    world.admin.delete(&reset).await.refused(404);
    login(&world, PASSWORD, None).await.ok();
    // Ended by themselves, too.
    let begun = api.post("/api/users/me/totp", json!({"password": PASSWORD})).await.ok();
    let fresh = code(begun["secret"].as_str().unwrap(), 0);
    api.put("/api/users/me/totp", json!({"code": fresh})).await.ok();
    let end = async |password: &str| {
        api.send(api.request(Method::DELETE, "/api/users/me/totp").json(&json!({"password": password}))).await
    };
    assert_eq!(field(&end("not it at all").await), (422, "password", "mismatch"));
    assert_eq!(end(PASSWORD).await.status, 204);
    login(&world, PASSWORD, None).await.ok();
    assert!(!world.server.log().contains(&secret));
}

async fn records_of_one_person_are_found_and_merged_as_chosen(backend: Backend) {
    let world = World::new(backend).await;
    let admin = &world.admin;
    let make = async |body: Value| admin.post("/api/crm/contacts", body).await.ok()["id"].as_str().unwrap().to_owned();
    let joao = make(json!({
        "first_name": "João", "last_name": "Silva", "email": "joao@a.example", "tier": "ouro",
        "custom_fields": {"plano": "anual", "cidade": "Recife"},
    }))
    .await;
    let again = make(json!({
        "first_name": "JOAO", "last_name": "silva", "email": "joao@b.example", "tier": "prata",
        "custom_fields": {"plano": "mensal"},
    }))
    .await;
    make(json!({"first_name": "Marina", "last_name": "Prado"})).await;
    let found = async |query: &str| admin.get(&format!("/api/crm/contacts/duplicates{query}")).await.ok();
    let all = found("").await;
    assert_eq!(all["items"].as_array().unwrap().len(), 1, "{all}");
    let pair = &all["items"][0];
    assert_eq!((&pair["contact"]["id"], &pair["other"]["id"]), (&json!(joao), &json!(again)), "the older one first");
    assert_eq!(pair["reasons"], json!(["name"]));
    assert_eq!(found(&format!("?contact_id={again}")).await["items"].as_array().unwrap().len(), 1);
    admin.get("/api/crm/contacts/duplicates?contact_id=018f3c1e-0000-7000-8000-000000000000").await.refused(404);

    let attendant = world.person("Ana", "attendant").await;
    let notes = |id: &str| format!("/api/crm/contacts/{id}/notes");
    let note = attendant.api.post(&notes(&again), json!({"text": " Prefere ligações à tarde "})).await.ok();
    assert_eq!((&note["text"], &note["author"]["name"]), (&json!("Prefere ligações à tarde"), &json!("Ana")));
    assert_eq!(field(&attendant.api.post(&notes(&again), json!({"text": " "})).await), (422, "text", "required"));

    let wrong = json!({"winner_id": joao, "loser_id": again, "take": ["shoe_size"]});
    assert_eq!(field(&admin.post("/api/crm/contacts/merge", wrong).await), (422, "take[0]", "unknown_value"));
    let choice = json!({"winner_id": joao, "loser_id": again, "take": ["email", "custom_fields.plano"]});
    let merged = admin.post("/api/crm/contacts/merge", choice).await.ok();
    assert_eq!((&merged["email"], &merged["tier"]), (&json!("joao@b.example"), &json!("ouro")));
    assert_eq!(merged["custom_fields"], json!({"plano": "mensal", "cidade": "Recife"}));
    let addresses: Vec<&str> =
        merged["identities"].as_array().unwrap().iter().flat_map(|identity| identity["address"].as_str()).collect();
    assert!(addresses.contains(&"joao@a.example") && addresses.contains(&"joao@b.example"), "{addresses:?}");
    assert_eq!(found("").await["items"], json!([]));
    let kept = admin.get(&notes(&joao)).await.ok();
    assert_eq!(kept["items"][0]["id"], note["id"], "the notes come along");
    attendant.api.post(&notes(&again), json!({"text": "x"})).await.refused(409);
    let timeline = admin.get(&format!("/api/crm/contacts/{joao}/timeline")).await.ok();
    let told = timeline["items"].as_array().unwrap().iter().find(|item| item["kind"] == "note").unwrap();
    assert_eq!((&told["attendant"], &told["session_id"]), (&json!("Ana"), &Value::Null));
}

async fn settings_and_channels_say_what_they_are(backend: Backend) {
    let world = World::new(backend).await;
    let admin = &world.admin;
    let told = async |path: &str, language: &str| {
        admin.send(admin.request(Method::GET, path).header("accept-language", language)).await.ok()
    };
    let key = async |name: &str, language: &str| {
        let keys = told("/api/settings", language).await["keys"].as_array().unwrap().clone();
        keys.into_iter().find(|key| key["name"] == name).unwrap()
    };
    let offer = key("attendance-offer-seconds", "pt-BR").await;
    assert_eq!((&offer["label"], &offer["unit"]), (&json!("Tempo para aceitar"), &json!("seconds")));
    assert_eq!((&offer["min"], &offer["max"], &offer["default"]), (&json!(1.0), &json!(3600.0), &json!("30")));
    assert_eq!(key("attendance-offer-seconds", "en").await["label"], "Time to accept");
    let survey = key("attendance-csat", "en").await;
    assert_eq!(survey["choices"][2], json!({"value": "nps", "label": "NPS (0 to 10)"}));
    assert_eq!(key("llm-key", "en").await["group_label"], "Language model");

    let kinds = told("/api/channels/kinds", "pt-BR").await["items"].as_array().unwrap().clone();
    let whatsapp = kinds.iter().find(|kind| kind["kind"] == "whatsapp").unwrap();
    let token = whatsapp["credentials"].as_array().unwrap().iter().find(|one| one["name"] == "access_token").unwrap();
    assert_eq!(
        (&token["label"], &token["required"], &token["secret"]),
        (&json!("Token de acesso"), &json!(true), &json!(true))
    );
    let viewer = world.person("Vera", "viewer").await;
    assert_eq!(viewer.api.post("/api/channels", json!({})).await.status, 403);
}

async fn a_change_tells_what_was_and_what_is(backend: Backend) {
    let world = World::new(backend).await;
    let admin = &world.admin;
    let changes = async |action: &str| {
        let lines = admin.get(&format!("/api/audit?action={action}")).await.ok();
        lines["items"][0]["detail"]["changes"].clone()
    };
    admin.put("/api/settings", json!({"values": {"bot-greeting": "Oi", "llm-key": "sk-0123456789"}})).await.ok();
    let told = changes("settings.update").await;
    assert_eq!(told["bot-greeting"], json!({"from": null, "to": "Oi"}));
    assert_eq!(told["llm-key"], json!({"from": null, "to": {"set": true, "last4": "6789"}}));
    let bia = world.person("Bia", "supervisor").await;
    let place = json!([{"kind": "whatsapp", "address": "(11) 98765-0001"}]);
    admin.put(&format!("/api/users/{}", bia.id), json!({"role": "viewer", "destinations": place})).await.ok();
    let told = changes("user.update").await;
    assert_eq!(told["role"], json!({"from": "supervisor", "to": "viewer"}));
    assert_eq!(told["destinations"]["to"][0]["address"], "5511987650001");
    assert!(told.get("name").is_none() && told.get("updated_at").is_none(), "{told}");
    let path = format!("/api/attendance/queues/{}", world.queue);
    let body = json!({"name": "Suporte 2", "channels": ["all"], "priority_order": -10, "user_ids": [bia.id]});
    admin.put(&path, body).await.ok();
    let told = changes("queue.update").await;
    assert_eq!(told["name"], json!({"from": "Suporte", "to": "Suporte 2"}));
    assert_eq!(told["user_ids"], json!({"from": [], "to": [bia.id]}));
    let path = format!("/api/channels/{}", world.channel);
    admin.put(&path, json!({"credentials": {"access_token": "another-token-9999"}})).await.ok();
    let told = changes("channel.update").await;
    assert_eq!(told["credentials.access_token"]["to"], json!({"set": true, "last4": "9999"}));
    assert!(!told.to_string().contains("another-token"));
}

async fn a_customer_recommends_by_number_and_nobody_is_called_for_it(backend: Backend) {
    let settings = json!({"attendance-csat": "nps", "attendance-reopen-minutes": 60});
    let mut world = World::with(backend, &[], settings).await;
    let talk = world.talking("Ana").await;
    talk.attendant.api.post(&format!("/api/attendance/resolve/{}", talk.session), json!({})).await.ok();
    world.settled().await;
    let asked = world.messages(&talk.session).await.last().unwrap()["text"].as_str().unwrap().to_owned();
    assert!(asked.contains("De 0 a 10"), "{asked}");
    world.writes(&talk.customer, "9, gostei muito").await;
    world.settled().await;
    let figures = async || world.admin.get("/api/attendance/insights").await.ok()["total"].clone();
    let total = figures().await;
    assert_eq!((&total["recommendations"], &total["nps"]), (&json!(1), &json!(100.0)), "{total}");
    assert_eq!((&total["ratings"], &total["csat"]), (&json!(0), &Value::Null));
    let detail = world.admin.get(&format!("/api/session/{}", talk.session)).await.ok();
    assert_eq!((&detail["status"], &detail["needs_human"]), (&json!("resolved"), &json!(false)), "nobody is called");
    let last = world.messages(&talk.session).await;
    assert!(last.last().unwrap()["text"].as_str().unwrap().contains("Obrigado"));
    let contact = detail["contact"]["id"].as_str().unwrap();
    let timeline = world.admin.get(&format!("/api/crm/contacts/{contact}/timeline")).await.ok();
    let rating = timeline["items"].as_array().unwrap().iter().find(|item| item["kind"] == "rating").unwrap();
    assert_eq!((&rating["score"], &rating["scale"]), (&json!(9), &json!("nps")));
    assert_eq!(rating["text"], "gostei muito");
    // Whatever they write next is a conversation again.
    world.writes(&talk.customer, "3").await;
    world.settled().await;
    assert_eq!(figures().await["recommendations"], 1);
    let again = world.admin.get(&format!("/api/session/{}", talk.session)).await.ok();
    assert_eq!(again["needs_human"], true, "within the time to come back");
    let other = Customer::new("Caio");
    world.writes(&other, "5").await; // nobody asked them
    world.settled().await;
    assert_eq!(figures().await["recommendations"], 1);
}
