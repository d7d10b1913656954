//! What an administrator does in a day: people, settings by file, channels, contacts, canned responses; and the trace it leaves.

use attendance::clock::Clock;
use reqwest::Method;
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::Backend;
use crate::support::api::{Answer, Api};
use crate::support::socket::Socket;
use crate::support::world::{Customer, World};

scenarios! {
    settings_go_out_and_come_back_as_a_file,
    people_come_by_file_with_every_fault_named_by_line,
    a_channel_says_in_words_whether_it_works,
    a_contact_is_one_person_however_the_number_is_written,
    two_contacts_become_one_and_keep_everything,
    canned_responses_are_used_and_unique,
    what_is_changed_leaves_a_line,
    the_figures_of_a_day,
    the_weeks_before_tell_how_many_people_an_hour_needs,
    what_if_is_answered_without_a_history,
}

async fn import(api: &Api, query: &str, text: &str) -> Answer {
    let request = api.request(Method::POST, &format!("/api/settings/import{query}")).header("content-type", "text/csv");
    api.send(request.body(text.to_owned())).await
}

async fn settings_go_out_and_come_back_as_a_file(backend: Backend) {
    let world = World::new(backend).await;
    let admin = &world.admin;
    let query = format!("?bot_id={}", world.bot);
    let file = "\u{feff}name,value\r\nbot-greeting,\"Olá, \"\"tudo\"\" bem?\"\r\nllm-key,sk-1234567890abcd\r\nbot-greting,x\r\nhistory-limit,many\r\n";
    let answer = import(admin, &query, file).await.ok();
    assert_eq!((&answer["kind"], &answer["accepted"]), (&json!("config"), &json!(2)), "{answer}");
    let rejected = answer["rejected"].as_array().unwrap();
    let lines: Vec<(i64, &str)> =
        rejected.iter().map(|r| (r["line"].as_i64().unwrap(), r["name"].as_str().unwrap())).collect();
    assert_eq!(lines, [(4, "bot-greting"), (5, "history-limit")], "{answer}");
    assert_eq!(rejected[0]["nearest"], "bot-greeting");
    assert!(rejected.iter().all(|r| r["reason"].as_str().is_some_and(|reason| !reason.is_empty())));

    let export = async |query: &str| admin.get(&format!("/api/settings/export{query}")).await;
    let first = export(&query).await;
    assert!(first.headers["content-type"].to_str().unwrap().starts_with("text/csv"));
    assert!(first.headers["content-disposition"].to_str().unwrap().contains("config.csv"));
    assert!(first.text.contains("llm-key,***") && first.text.contains("tudo"), "{}", first.text);
    let again = import(admin, &query, &first.text).await.ok();
    assert_eq!(again["rejected"], json!([]), "{again}");
    assert_eq!(export(&query).await.text, first.text);
    let values = admin.get(&format!("/api/settings{query}")).await.ok();
    assert_eq!(values["values"]["llm-key"], json!({"set": true, "last4": "abcd"}), "*** keeps the secret");
    assert_eq!(values["values"]["bot-greeting"], "Olá, \"tudo\" bem?");
    let key = values["keys"].as_array().unwrap().iter().find(|key| key["name"] == "bot-greeting").unwrap();
    assert_eq!(key["source"], "bot");

    let wrong = json!({"values": {"bot-greting": "x", "history-limit": "many"}});
    let refused = admin.put(&format!("/api/settings{query}"), wrong).await;
    let fields: Vec<&str> =
        refused.body["errors"].as_array().unwrap().iter().filter_map(|e| e["field"].as_str()).collect();
    assert_eq!((refused.status, fields), (422, vec!["values.bot-greting", "values.history-limit"]));
    let cleared = json!({"values": {"bot-greeting": null}});
    let view = admin.put(&format!("/api/settings{query}"), cleared).await.ok();
    assert!(view["values"]["bot-greeting"].is_null());
    let request = admin.request(Method::POST, "/api/settings/import").body(vec![0xff, 0xfe, 0x00]);
    admin.send(request).await.refused(400);
}

async fn people_come_by_file_with_every_fault_named_by_line(backend: Backend) {
    let world = World::new(backend).await;
    let admin = &world.admin;
    let file = "id,name,channel,preferences,department,aliases,phone,email,queues\n\
                att-001,Ana Souza,all,financeiro;boletos,Financeiro,aninha;souza,(11) 98888-0001,ana.souza@example.com,Suporte\n\
                att-002,,all,,,,,sem.nome@example.com,\n\
                att-003,Caio,whatsapp,,,,123,caio@example.com,\n\
                att-004,Davi,all,,,,,davi@example.com,Nenhuma\n";
    let answer = import(admin, "", file).await.ok();
    assert_eq!(answer["kind"], "attendants");
    let lines: Vec<i64> = answer["rejected"].as_array().unwrap().iter().filter_map(|r| r["line"].as_i64()).collect();
    assert!(lines.contains(&3) && lines.contains(&4) && lines.contains(&5), "{answer}");
    assert_eq!(answer["created"], json!(5 - 1 - lines.len()), "{answer}");
    let ana = admin.get("/api/users/att-001").await.ok();
    assert_eq!((&ana["name"], &ana["department"]), (&json!("Ana Souza"), &json!("Financeiro")));
    assert_eq!(ana["aliases"], json!(["aninha", "souza"]));
    let exported = admin.get("/api/settings/export?kind=attendants").await;
    assert!(
        exported.text.starts_with("id,name,channel,preferences,department,aliases,phone,email"),
        "{}",
        exported.text
    );
    assert!(exported.text.contains("att-001,Ana Souza,all,financeiro;boletos,Financeiro,aninha;souza,+5511988880001"));
    let again = import(admin, "", &exported.text).await.ok();
    assert_eq!((&again["created"], &again["rejected"]), (&json!(0), &json!([])), "{again}\n{}", exported.text);
    assert_eq!(admin.get("/api/settings/export?kind=attendants").await.text, exported.text);
    // Ids of a list are taken wherever an attendant's id is.
    admin.put("/api/attendance/attendants/att-001/status", json!({"status": "away"})).await.ok();
    let members = admin.get(&format!("/api/attendance/queues/{}/members", world.queue)).await.ok();
    assert_eq!(members["items"][0]["user_id"], ana["id"]);
    // A cell that a spreadsheet would run is text.
    admin.put("/api/users/att-001", json!({"department": "=1+1"})).await.ok();
    assert!(admin.get("/api/settings/export?kind=attendants").await.text.contains(",'=1+1,"));
}

async fn a_channel_says_in_words_whether_it_works(backend: Backend) {
    let world = World::new(backend).await;
    let test = async |language: &str| {
        let path = format!("/api/channels/{}/test", world.channel);
        world.admin.send(world.admin.request(Method::POST, &path).header("accept-language", language)).await.ok()
    };
    assert_eq!(test("pt-BR").await["ok"], true);
    assert_eq!(test("en").await["text"], "connected");
    let provider = MockServer::start().await;
    let refusal = json!({"error": {"message": "Error validating access token", "type": "OAuthException", "code": 190}});
    Mock::given(any()).respond_with(ResponseTemplate::new(401).set_body_json(refusal)).mount(&provider).await;
    let path = format!("/api/channels/{}", world.channel);
    let mut watching = Socket::attendant(&world.admin).await;
    world.admin.put(&path, json!({"settings": {"api_base_url": provider.uri()}})).await.ok();
    let refused = test("pt-BR").await;
    assert_eq!((&refused["ok"], &refused["text"]), (&json!(false), &json!("o provedor recusou as credenciais")));
    assert!(refused["detail"].as_str().unwrap().contains("190"), "{refused}");
    assert_eq!(world.admin.get(&path).await.ok()["health"], "down");
    watching.wait("system_alert", |event| event["code"] == "channel_health" && event["health"] == "down").await;
    assert_eq!(world.admin.get("/api/health").await.ok()["status"], "degraded");
    world.admin.put(&path, json!({"settings": {"api_base_url": "http://127.0.0.1:9"}})).await.ok();
    assert_eq!(test("en").await["text"], "could not connect to the provider");
    world.admin.put(&path, json!({"settings": {"api_base_url": world.graph.url()}})).await.ok();
    assert_eq!(test("en").await["ok"], true);
    assert_eq!(world.admin.get(&path).await.ok()["health"], "ok");
    for (body, field) in [
        (json!({"kind": "fax", "name": "F", "bot_id": world.bot}), "kind"),
        (json!({"kind": "whatsapp", "provider": "x", "name": "F", "bot_id": world.bot}), "provider"),
        (json!({"kind": "web", "bot_id": world.bot}), "name"),
        (json!({"kind": "web", "name": "F"}), "bot_id"),
        (json!({"kind": "web", "name": "F", "bot_id": world.bot, "credentials": {"tokem": "x"}}), "credentials.tokem"),
    ] {
        let refused = world.admin.post("/api/channels", body.clone()).await;
        let named = refused.body["errors"].as_array().into_iter().flatten().any(|error| error["field"] == field);
        assert!(refused.status == 422 && named, "{body}: {}", refused.text);
    }
}

async fn a_contact_is_one_person_however_the_number_is_written(backend: Backend) {
    let mut world = World::new(backend).await;
    let admin = world.admin.clone();
    let body = json!({
        "first_name": "Marina", "last_name": "Prado", "phone": "(11) 98765-4321", "email": "Marina@Cliente.example",
        "tier": "ouro", "ltv": "1250.50", "tags": ["vip", "vip"], "custom_fields": {"pedido": 8841},
    });
    let marina = admin.post("/api/crm/contacts", body).await.ok();
    assert_eq!((&marina["phone"], &marina["email"]), (&json!("+5511987654321"), &json!("marina@cliente.example")));
    assert_eq!((&marina["tags"], &marina["ltv"]), (&json!(["vip"]), &json!("1250.50")));
    let path = format!("/api/crm/contacts/{}", marina["id"].as_str().unwrap());
    for twin in ["11987654321", "+55 11 98765-4321", "5511987654321", "(11) 8765-4321"] {
        let answer = admin.post("/api/crm/contacts", json!({"first_name": "X", "phone": twin})).await;
        assert_eq!(
            (answer.status, &answer.body["errors"][0]["field"]),
            (409, &json!("phone")),
            "{twin}: {}",
            answer.text
        );
    }
    // WhatsApp leaves out the ninth digit: still the same person.
    let old = Customer { phone: "551187654321".to_owned(), name: "Marina".to_owned() };
    world.writes(&old, "Bom dia").await;
    world.graph.next().await;
    let sessions = admin.get(&format!("/api/sessions?contact_id={}", marina["id"].as_str().unwrap())).await.ok();
    assert_eq!(sessions["items"].as_array().unwrap().len(), 1, "{sessions}");
    for found in ["MARINA", "prádo", "8765", "vip", "cliente.example"] {
        let hits = admin.send(admin.request(Method::GET, "/api/crm/contacts").query(&[("q", found)])).await.ok();
        assert_eq!(hits["items"].as_array().unwrap().len(), 1, "{found}");
    }
    let changed = admin.put(&path, json!({"last_name": null, "tier": "prata", "tags": []})).await.ok();
    assert_eq!((&changed["last_name"], &changed["tier"], &changed["tags"]), (&json!(""), &json!("prata"), &json!([])));
    assert_eq!(changed["email"], "marina@cliente.example", "what is absent stays");
    for (body, field) in [
        (json!({"phone": "123"}), "phone"),
        (json!({"email": "x"}), "email"),
        (json!({"ltv": "many"}), "ltv"),
        (json!({"first_name": ""}), "first_name"),
        (json!({"identities": [{"kind": "whatsapp", "address": "x"}]}), "identities[0].address"),
    ] {
        let refused = admin.put(&path, body.clone()).await;
        assert_eq!((refused.status, &refused.body["errors"][0]["field"]), (422, &json!(field)), "{body}");
    }
}

async fn two_contacts_become_one_and_keep_everything(backend: Backend) {
    let mut world = World::new(backend).await;
    let admin = world.admin.clone();
    let customer = Customer::new("Marina");
    world.writes(&customer, "Bom dia").await;
    world.graph.next().await;
    let sessions = admin.get("/api/sessions").await.ok();
    let loser = sessions["items"][0]["contact"]["id"].as_str().unwrap().to_owned();
    let session = sessions["items"][0]["session_id"].as_str().unwrap().to_owned();
    let body = json!({"first_name": "Marina", "last_name": "Prado", "email": "m@cliente.example", "tags": ["vip"]});
    let winner = admin.post("/api/crm/contacts", body).await.ok()["id"].as_str().unwrap().to_owned();
    let both = json!({"winner_id": winner, "loser_id": loser});
    let merged = admin.post("/api/crm/contacts/merge", both.clone()).await.ok();
    assert_eq!((&merged["id"], &merged["email"]), (&json!(winner), &json!("m@cliente.example")));
    let kinds: Vec<&str> =
        merged["identities"].as_array().unwrap().iter().filter_map(|identity| identity["kind"].as_str()).collect();
    assert!(kinds.contains(&"whatsapp") && kinds.contains(&"email"), "{kinds:?}");
    assert_eq!(admin.get(&format!("/api/session/{session}")).await.ok()["contact"]["id"], winner.as_str());
    let timeline = admin.get(&format!("/api/crm/contacts/{winner}/timeline")).await.ok();
    let kinds: Vec<&str> =
        timeline["items"].as_array().unwrap().iter().filter_map(|item| item["kind"].as_str()).collect();
    assert!(kinds.contains(&"session_started") && kinds.contains(&"contact_created"), "{kinds:?}");
    // They write again: the same conversation, the one person.
    world.writes(&customer, "Outra coisa").await;
    world.graph.next().await;
    let sessions = admin.get(&format!("/api/sessions?contact_id={winner}")).await.ok();
    assert_eq!(sessions["items"].as_array().unwrap().len(), 1);
    assert_eq!(sessions["items"][0]["session_id"], session.as_str());
    let gone = admin.get(&format!("/api/crm/contacts/{loser}")).await.ok();
    assert_eq!(gone["merged_into"], winner.as_str());
    assert_eq!(admin.post("/api/crm/contacts/merge", both).await.refused(409), "conflict");
    admin.put(&format!("/api/crm/contacts/{loser}"), json!({"tier": "x"})).await.refused(409);
    admin.post("/api/crm/contacts/merge", json!({"winner_id": winner, "loser_id": winner})).await.refused(422);
    let listed = admin.get("/api/crm/contacts").await.ok();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1, "the loser is not listed: {listed}");
}

async fn canned_responses_are_used_and_unique(backend: Backend) {
    let mut world = World::new(backend).await;
    let (ana, mut console) = world.online("Ana Souza").await;
    let admin = &world.admin;
    let made =
        admin.post("/api/canned-responses", json!({"name": "prazo", "text": "Olá {{name}}, até 5 dias."})).await.ok();
    let again = admin.post("/api/canned-responses", json!({"name": "prazo", "text": "x"})).await;
    assert_eq!((again.status, &again.body["errors"][0]["field"]), (409, &json!("name")));
    ana.api.post("/api/canned-responses", json!({"name": "b", "text": "x"})).await.refused(403);
    assert_eq!(ana.api.get("/api/canned-responses?q=prazo").await.ok()["items"].as_array().unwrap().len(), 1);
    world.writes(&Customer::new("Marina Prado"), "quero falar com uma pessoa").await;
    let assigned = console.wait("conversation_assigned", |_| true).await;
    let session = assigned["session_id"].as_str().unwrap().to_owned();
    console.ask(json!({"type": "take", "session_id": session})).await;
    let command = json!({"text": "/canned prazo", "session_id": session});
    let answer = ana.api.post("/api/attendance/commands", command).await.ok();
    assert!(answer["data"]["error"].is_null(), "{answer}");
    let sent = world.graph.wait_for("até 5 dias").await;
    assert!(sent.text.contains("Marina"), "{}", sent.text);
    let path = format!("/api/canned-responses/{}", made["id"].as_str().unwrap());
    assert_eq!(admin.delete(&path).await.status, 204);
    admin.get(&path).await.refused(404);
    admin.delete(&path).await.refused(404);
}

async fn what_is_changed_leaves_a_line(backend: Backend) {
    let world = World::new(backend).await;
    let admin = &world.admin;
    let bia = world.person("Bia", "supervisor").await;
    let contact = bia.api.post("/api/crm/contacts", json!({"first_name": "Marina"})).await.ok();
    let skill = admin.post("/api/skills", json!({"name": "cobrança"})).await.ok();
    admin.delete(&format!("/api/skills/{}", skill["id"].as_str().unwrap())).await;
    admin.put(&format!("/api/users/{}", bia.id), json!({"role": "viewer"})).await.ok();
    admin.put("/api/settings", json!({"values": {"bot-greeting": "Oi", "llm-key": "sk-0123456789"}})).await.ok();
    let token = admin.post("/api/tokens", json!({"name": "t", "scopes": ["crm:read"]})).await.ok();
    admin.delete(&format!("/api/tokens/{}", token["id"].as_str().unwrap())).await;
    admin.delete(&format!("/api/attendance/queues/{}", world.queue)).await;
    let all = admin.get("/api/audit?limit=200").await.ok();
    let lines = all["items"].as_array().unwrap();
    for action in [
        "organization.create",
        "login",
        "bot.create",
        "channel.create",
        "queue.create",
        "queue.delete",
        "user.create",
        "user.update",
        "contact.create",
        "settings.update",
        "token.create",
        "token.revoke",
    ] {
        let line = lines.iter().find(|line| line["action"] == action);
        let line =
            line.unwrap_or_else(|| panic!("no {action}: {:?}", lines.iter().map(|l| &l["action"]).collect::<Vec<_>>()));
        assert!(line["at"].is_string() && line["subject_kind"].is_string(), "{line}");
        if action != "organization.create" {
            assert!(line["actor_id"].is_string(), "{line}");
            assert_eq!(line["address"], "127.0.0.1", "{line}");
        }
    }
    assert!(!all.to_string().contains("sk-0123456789"));
    let times: Vec<&str> = lines.iter().filter_map(|line| line["at"].as_str()).collect();
    assert!(times.is_sorted_by(|a, b| a >= b), "newest first");
    let of = |query: String| async move { admin.get(&format!("/api/audit?{query}")).await.ok()["items"].clone() };
    let hers = of(format!("actor_id={}", bia.id)).await;
    assert!(hers.as_array().unwrap().iter().all(|line| line["actor_name"] == "Bia") && hers[0].is_object());
    assert_eq!(of(format!("subject_id={}", contact["id"].as_str().unwrap())).await[0]["action"], "contact.create");
    assert_eq!(of("from=2100-01-01T00:00:00Z".to_owned()).await, json!([]));
}

async fn the_figures_of_a_day(backend: Backend) {
    let mut world = World::new(backend).await;
    let (ana, mut console) = world.online("Ana Souza").await;
    let mut sessions = Vec::new();
    for name in ["Marina", "Rui", "Téo"] {
        world.writes(&Customer::new(name), "quero falar com uma pessoa").await;
        let new = console.wait("new_conversation", |event| event["customer"]["name"] == name).await;
        sessions.push(new["session_id"].as_str().unwrap().to_owned());
    }
    for session in &sessions[..2] {
        ana.api.post("/api/attendance/take", json!({"session_id": session})).await.ok();
        ana.say(session, "Olá, tudo bem?").await;
        world.graph.wait_for("tudo bem").await;
    }
    ana.api.post(&format!("/api/attendance/resolve/{}", sessions[0]), json!({"note": "feito"})).await.ok();
    let figures = world.admin.get("/api/attendance/insights").await.ok();
    let total = &figures["total"];
    assert_eq!(
        (&total["handoffs"], &total["accepted"], &total["resolved"]),
        (&json!(3), &json!(2), &json!(1)),
        "{figures}"
    );
    assert_eq!((&total["open"], &total["abandoned"]), (&json!(2), &json!(0)));
    assert_eq!(figures["now"]["active_conversations"].as_u64().map(|active| active >= 1), Some(true));
    for (by, key, name) in [
        ("queue", world.queue.as_str(), "Suporte"),
        ("attendant", ana.id.as_str(), "Ana Souza"),
        ("channel", "whatsapp", "whatsapp"),
    ] {
        let groups = world.admin.get(&format!("/api/attendance/insights?group_by={by}")).await.ok()["groups"].clone();
        let group = groups.as_array().unwrap().iter().find(|group| group["key"] == key);
        let group = group.unwrap_or_else(|| panic!("{by}: {groups}"));
        assert_eq!(group["name"], name);
        assert_eq!(group["figures"]["accepted"], 2, "{by}: {group}");
        assert_eq!(group["now"]["active"], 1, "{by}: {group}");
        assert_eq!(group["now"]["utilisation"].is_f64(), by == "attendant", "{by}: {group}");
    }
    assert_eq!(figures["targets"]["wait_seconds"], 60);
    assert_eq!(total["wait_within_target"], 1.0, "{total}");
    world.admin.put("/api/settings", json!({"values": {"attendance-target-wait-seconds": "90"}})).await.ok();
    assert_eq!(world.admin.get("/api/attendance/insights").await.ok()["targets"]["wait_seconds"], 90);
    for by in ["hour", "day"] {
        let groups = world.admin.get(&format!("/api/attendance/insights?group_by={by}")).await.ok()["groups"].clone();
        let sum: u64 =
            groups.as_array().unwrap().iter().filter_map(|group| group["figures"]["handoffs"].as_u64()).sum();
        assert_eq!(sum, 3, "{by}");
    }
    let narrowed = |only: String, handoffs: u64| {
        let admin = &world.admin;
        async move {
            let figures = admin.get(&format!("/api/attendance/insights?{only}")).await.ok();
            assert_eq!(figures["total"]["handoffs"], handoffs, "{only}");
        }
    };
    narrowed(format!("queue_id={}", world.queue), 3).await;
    narrowed("channel=whatsapp&group_by=day&utc_offset=-180".to_owned(), 3).await;
    narrowed("channel=telegram".to_owned(), 0).await;
    narrowed(format!("queue_id={}", ana.id), 0).await;
    let days = "/api/attendance/insights?group_by=day&utc_offset=-180";
    for group in world.admin.get(days).await.ok()["groups"].as_array().unwrap() {
        assert!(group["key"].as_str().unwrap().contains("T03:00:00"), "a day in Brazil begins at three: {group}");
    }
    let before = "/api/attendance/insights?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z";
    let empty: Value = world.admin.get(before).await.ok();
    assert_eq!((&empty["total"]["handoffs"], &empty["total"]["resolution_rate"]), (&json!(0), &Value::Null));
    for wrong in [
        "from=2020-01-02T00:00:00Z&to=2020-01-01T00:00:00Z",
        "from=2020-01-01T00:00:00Z",
        "group_by=planet",
        "utc_offset=841",
    ] {
        world.admin.get(&format!("/api/attendance/insights?{wrong}")).await.refused(422);
    }
    ana.api.get("/api/attendance/insights").await.refused(403);
}

/// How often [`a_history`] has its handoff in the last week, and in the week before.
const CAME: (u64, u64) = (41, 19);

/// The one handoff that is there, as it were of six and a half days ago, taken after 10 seconds, a minute of its customer's
/// and 240 seconds of its attendant's; and more of its kind, of 300 seconds, then and a week earlier.
async fn a_history(world: &mut World, backend: Backend) {
    let mut statements = format!(
        "UPDATE handoffs SET created_at = created_at - {hours} * 3600000000;
        UPDATE handoffs SET accepted_at = created_at + 10000000, resolved_at = created_at + 310000000;
        UPDATE handoff_history SET at = (SELECT created_at FROM handoffs) + 100000000 WHERE to_state = 'pending';
        UPDATE handoff_history SET at = (SELECT created_at FROM handoffs) + 160000000 WHERE from_state = 'pending';",
        hours = 156,
    );
    let id = match backend {
        Backend::Sqlite => "randomblob(16)",
        Backend::Postgres => "gen_random_uuid()",
    };
    // Both are counted from the one that is there.
    for (copies, earlier) in [(CAME.0 - 1, 0), (CAME.1, 168)] {
        let by = format!("{earlier} * 3600000000");
        statements.push_str(&format!(
            "INSERT INTO handoffs (id, organization_id, session_id, queue_id, state, priority, skills, skipped, reason, cause,
                escalations, transfers, created_at, queued_at, accepted_at, resolved_at, state_since)
            WITH RECURSIVE copies(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copies WHERE n < {copies})
            SELECT {id}, organization_id, session_id, queue_id, state, priority, skills, skipped, reason, cause,
                escalations, transfers, created_at - {by}, queued_at - {by}, accepted_at - {by}, resolved_at - {by}, state_since
            FROM copies, (SELECT * FROM handoffs ORDER BY created_at DESC LIMIT 1) AS one;"
        ));
    }
    world.changed_while_away(&statements).await;
}

async fn the_weeks_before_tell_how_many_people_an_hour_needs(backend: Backend) {
    let mut world = World::new(backend).await;
    let (mut ana, mut console) = world.online("Ana Souza").await;
    let session = world.asks(&Customer::new("Marina"), &mut console).await;
    ana.take(&session).await.ok();
    ana.say(&session, "Olá!").await;
    ana.api.post(&format!("/api/attendance/pending/{session}"), json!({})).await.ok();
    ana.resolve(&session).await;
    let path = "/api/attendance/staffing";
    let first = world.admin.get(path).await.ok();
    assert_eq!((&first["basis"]["enough"], &first["basis"]["since"]), (&json!(false), &Value::Null), "{first}");
    assert_eq!(first["hours"][0]["needed"], Value::Null, "{first}");

    a_history(&mut world, backend).await;
    let _console = ana.back(&world).await;
    ana.set_status("online").await;
    let told = world.admin.get(path).await.ok();
    let basis = &told["basis"];
    assert_eq!((&basis["enough"], &basis["handoffs"], &basis["handled"]), (&json!(true), &json!(60), &json!(60)));
    // 59 of 300 seconds, and one whose customer took a minute of them.
    assert_eq!(basis["handling_seconds"], 299.0, "{basis}");
    assert_eq!(told["goal"], json!({"wait_seconds": 60, "share": 0.8, "occupancy": 0.85}));
    // The administrator is in the queue of the first start.
    assert_eq!(told["team"], json!({"members": 2, "online": 1, "capacity": 5}));
    let hours = told["hours"].as_array().unwrap();
    assert_eq!(hours.len(), 24);
    let busy: Vec<&Value> = hours.iter().filter(|hour| hour["arrivals"] != 0.0).collect();
    let [busy] = busy[..] else { panic!("one hour of the day is busy: {told}") };
    let expected = (CAME.0 as f64 + 0.8 * CAME.1 as f64) / 1.8;
    assert!((busy["arrivals"].as_f64().unwrap() - expected).abs() < 1e-9, "{busy}");
    assert_eq!((&busy["handling_seconds"], &busy["needed"]), (&json!(299.0), &json!(1)), "{busy}");
    assert!(hours.iter().all(|hour| hour["needed"] == u32::from(hour["at"] == busy["at"])), "{told}");

    // One conversation at a time takes five people, as what-if says as well.
    let member = format!("/api/attendance/queues/{}/members/{}", world.queue, ana.id);
    world.admin.put(&member, json!({"max_conversations": 1})).await.ok();
    let of_queue = world.admin.get(&format!("{path}?queue_id={}&weeks=2", world.queue)).await.ok();
    assert_eq!(of_queue["basis"]["handoffs"], 60);
    assert_eq!(of_queue["team"], json!({"members": 1, "online": 1, "capacity": 1}));
    let most = of_queue["hours"].as_array().unwrap().iter().filter_map(|hour| hour["needed"].as_u64()).max();
    let same = format!("{path}/what-if?attendants=5&arrivals_per_hour={expected}&handling_seconds=299&capacity=1");
    let answer = world.admin.get(&same).await.ok();
    assert_eq!((most, &answer["needed"]), (Some(5), &json!(5)), "{of_queue} {answer}");
    let last_week = world.admin.get(&format!("{path}?weeks=1")).await.ok();
    assert_eq!((&last_week["basis"]["handoffs"], &last_week["basis"]["enough"]), (&json!(CAME.0), &json!(false)));
    let other = world.queue("Vendas", json!({})).await;
    let nothing = world.admin.get(&format!("{path}?queue_id={other}")).await.ok();
    assert_eq!(nothing["team"], json!({"members": 0, "online": 0, "capacity": 1}));
    assert_eq!((&nothing["basis"]["handoffs"], &nothing["hours"][0]["arrivals"]), (&json!(0), &Value::Null));

    // A day of the reader, who is three hours behind.
    let brazil = chrono::FixedOffset::west_opt(3 * 3600).unwrap();
    let today = Clock::system().now().to_utc().with_timezone(&brazil).date_naive();
    let day = |after: u64| today + chrono::Days::new(after);
    let asked = day(7);
    let week = world.admin.get(&format!("{path}?utc_offset=-180&day={asked}")).await.ok();
    assert_eq!(week["hours"][0]["at"], format!("{asked}T03:00:00.000Z"));
    for (wrong, field) in [
        ("weeks=0".to_owned(), "weeks"),
        ("weeks=13".to_owned(), "weeks"),
        ("utc_offset=-841".to_owned(), "utc_offset"),
        ("day=tomorrow".to_owned(), "day"),
        ("utc_offset=-180&day=2020-01-01".to_owned(), "day"),
        (format!("utc_offset=-180&day={}", day(40)), "day"),
    ] {
        let answer = world.admin.get(&format!("{path}?{wrong}")).await;
        assert_eq!(
            (answer.status, &answer.body["errors"][0]["field"]),
            (422, &json!(field)),
            "{wrong}: {}",
            answer.text
        );
    }
    world.admin.get(&format!("{path}?queue_id={}", ana.id)).await.refused(404);
    ana.api.get(path).await.refused(403);
}

async fn what_if_is_answered_without_a_history(backend: Backend) {
    let world = World::new(backend).await;
    let path = "/api/attendance/staffing/what-if";
    let ask = async |query: &str| world.admin.get(&format!("{path}?{query}")).await;
    let ten = "arrivals_per_hour=200&handling_seconds=180&target_seconds=20";
    let served = ask(&format!("attendants=12&{ten}")).await.ok();
    assert_eq!((&served["erlangs"], &served["needed"]), (&json!(10.0), &json!(14)), "{served}");
    let service = &served["service"];
    let of = |name: &str| service[name].as_f64().unwrap();
    assert!((of("waiting_probability") - 0.4494).abs() < 1e-4, "the table of Erlang's C: {service}");
    assert!((of("service_level") - 0.6401).abs() < 1e-4, "{service}");
    assert!((of("average_wait_seconds") - 40.44).abs() < 0.01, "{service}");
    assert!((of("occupancy") - 0.8333).abs() < 1e-4, "{service}");
    let together = ask(&format!("attendants=4&capacity=3&{ten}")).await.ok();
    assert_eq!(&together["service"], service, "four with three conversations are twelve");
    let lost = ask(&format!("attendants=10&{ten}")).await.ok();
    assert_eq!((&lost["service"]["stable"], &lost["service"]["average_wait_seconds"]), (&json!(false), &Value::Null));
    assert_eq!(ask("attendants=3&arrivals_per_hour=9&handling_seconds=60").await.ok()["goal"]["wait_seconds"], 60);

    let fields = async |query: &str| {
        let answer = ask(query).await;
        assert_eq!(answer.status, 422, "{query}: {}", answer.text);
        let errors = answer.body["errors"].as_array().unwrap().clone();
        errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(fields("").await, ["attendants", "arrivals_per_hour", "handling_seconds"]);
    assert_eq!(
        fields("attendants=0&arrivals_per_hour=-1&handling_seconds=NaN&capacity=501&target_seconds=0").await,
        ["attendants", "arrivals_per_hour", "handling_seconds", "capacity", "target_seconds"]
    );
    assert_eq!(fields(&format!("attendants=many&{ten}")).await, ["attendants"]);
    assert_eq!(fields(&format!("attendants=3&people=4&{ten}")).await, ["people"]);
}
