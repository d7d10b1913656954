//! Leads: whoever writes for the first time is one, wherever from, once; and what people make of them.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::Backend;
use crate::support::api::{Answer, Api};
use crate::support::world::{Customer, World, envelope, post_signed, text_message, text_webhook};

scenarios! {
    who_writes_for_the_first_time_is_a_lead_once,
    a_lead_knows_the_ad_and_the_page_it_came_from,
    a_contact_made_by_hand_becomes_a_lead_by_hand,
    of_two_records_made_one_the_better_lead_stays,
    leads_are_found_by_what_they_are,
    a_lead_is_changed_by_one_at_a_time_and_says_why,
}

impl World {
    async fn leads(&self, query: &str) -> Vec<Value> {
        let page = self.admin.get(&format!("/api/crm/leads?limit=200{query}")).await.ok();
        page["items"].as_array().unwrap().clone()
    }

    async fn channel_of(&self, kind: &str) -> String {
        let body = json!({"kind": kind, "name": format!("Canal {kind}"), "bot_id": self.bot});
        self.admin.post("/api/channels", body).await.ok()["id"].as_str().unwrap().to_owned()
    }

    /// A customer's message that a program hands over.
    async fn hands_over(&self, channel: &str, from: Value, id: &str) {
        let body = json!({"external_id": id, "from": from, "text": "oi"});
        self.admin.post(&format!("/api/channels/{channel}/messages"), body).await.ok();
    }

    async fn contact(&self, body: Value) -> String {
        self.admin.post("/api/crm/contacts", body).await.ok()["id"].as_str().unwrap().to_owned()
    }

    /// A contact made by hand, with a lead of this score; both ids.
    async fn lead(&self, name: &str, score: i64) -> (String, String) {
        let contact = self.contact(json!({"first_name": name})).await;
        let lead = self.admin.post("/api/crm/leads", json!({"contact_id": contact, "score": score})).await.ok();
        (contact, lead["id"].as_str().unwrap().to_owned())
    }

    async fn merges(&self, winner: &str, loser: &str) {
        let body = json!({"winner_id": winner, "loser_id": loser});
        self.admin.post("/api/crm/contacts/merge", body).await.ok();
    }

    /// The leads of a contact: id and score.
    async fn leads_of(&self, contact: &str) -> Vec<(String, i64)> {
        let found = self.leads(&format!("&contact_id={contact}")).await.into_iter();
        found.map(|lead| (lead["id"].as_str().unwrap().to_owned(), lead["score"].as_i64().unwrap())).collect()
    }
}

fn field(answer: &Answer) -> (u16, &str, &str) {
    let error = &answer.body["errors"][0];
    (answer.status, error["field"].as_str().unwrap_or_default(), error["code"].as_str().unwrap_or_default())
}

async fn who_writes_for_the_first_time_is_a_lead_once(backend: Backend) {
    let mut world = World::new(backend).await;
    let mut boss = world.observer().await;
    let marina = Customer::new("Marina Prado");
    let (url, body) = (world.webhook_url(), text_webhook(&marina, "wamid.FIRST", "Bom dia"));
    join_all((0..8).map(|_| post_signed(&url, &body))).await;
    let told = boss.wait("lead_updated", |_| true).await;
    let others: Vec<Customer> = (0..6).map(|n| Customer::new(&format!("Pessoa {n}"))).collect();
    let all = others.iter().flat_map(|customer| (0..4).map(move |n| (customer, n)));
    join_all(all.map(async |(customer, n)| world.writes(customer, &format!("mensagem {n}")).await)).await;
    world.settled().await;
    let leads = world.leads("").await;
    assert_eq!(leads.len(), 7, "{leads:?}");
    let first = leads.last().unwrap();
    assert_eq!((&told["subject"]["id"], &told["contact_id"]), (&first["id"], &first["contact"]["id"]));
    assert_eq!(first["contact"]["name"], "Marina Prado");
    assert_eq!(first["contact"]["phone"], format!("+{}", marina.phone));
    assert_eq!(
        (&first["source"], &first["status"], &first["stage"]),
        (&json!("whatsapp"), &json!("frio"), &json!("atracao"))
    );
    assert_eq!((&first["score"], &first["reasons"], &first["ad"]), (&json!(0), &json!([]), &Value::Null));

    // The same person by another door is no new lead; somebody new there is one.
    let program = world.channel_of("api").await;
    world.hands_over(&program, json!({"id": "p-1", "phone": format!("+{}", marina.phone)}), "m-1").await;
    world.hands_over(&program, json!({"id": "p-2", "name": "Rui", "email": "rui@cliente.example"}), "m-2").await;
    world.server.kill();
    world.restart();
    world.writes(&marina, "de novo").await;
    world.settled().await;
    let leads = world.leads("").await;
    assert_eq!(leads.len(), 8);
    assert_eq!((&leads[0]["source"], &leads[0]["contact"]["email"]), (&json!("api"), &json!("rui@cliente.example")));
    assert_eq!(world.leads("&source=whatsapp").await.len(), 7);
    // Whom we write to first has not come to us.
    let source = "WEBHOOK \"chama\"\nTALK TO \"whatsapp:+5521998870001\", \"Olá\"";
    world.admin.put(&format!("/api/bots/{}/scripts/chama", world.bot), json!({"source": source})).await.ok();
    let hooks = world.admin.get(&format!("/api/bots/{}/webhooks", world.bot)).await.ok();
    let hook = hooks["items"][0]["url"].as_str().unwrap();
    Api::anonymous(&world.server).post(&hook[hook.find("/api/").unwrap()..], json!({})).await;
    let known = async || {
        let found = world.admin.get("/api/crm/contacts?q=998870001").await.ok()["items"].as_array().unwrap().len();
        (found == 1).then_some(())
    };
    world.server.eventually("the script has written", known).await;
    assert_eq!(world.leads("").await.len(), 8);
}

async fn a_lead_knows_the_ad_and_the_page_it_came_from(backend: Backend) {
    let world = World::new(backend).await;
    let lia = Customer::new("Lia");
    let mut message = text_message(&lia, "wamid.AD", "Quero saber mais");
    message["referral"] = json!({
        "source_url": "https://fb.me/exemplo?utm_campaign=fibra", "source_id": "120210000000000001", "source_type": "ad",
        "headline": "Plano fibra", "body": "Fale com a gente", "media_type": "image", "ctwa_clid": "ARexampleclid0001",
    });
    let contacts = json!([{"profile": {"name": lia.name}, "wa_id": lia.phone}]);
    world.webhook(&envelope(json!({"contacts": contacts, "messages": [message]}))).await;
    world.settled().await;
    let lead = world.leads("").await.remove(0);
    assert_eq!((&lead["ad"]["title"], &lead["ad"]["kind"]), (&json!("Plano fibra"), &json!("ad")));
    assert_eq!((&lead["ad"]["click_id"], &lead["campaign"]), (&json!("ARexampleclid0001"), &json!("fibra")));

    let site = world.channel_of("web").await;
    let page = "https://loja.example/?utm_source=instagram&utm_medium=cpc&utm_campaign=Natal&token=segredo";
    let visitor = json!({"page": page, "user": {"name": "Bia"}});
    let opened = Api::anonymous(&world.server).post(&format!("/api/webchat/{site}/sessions"), visitor).await.ok();
    let lead = world.leads("&source=web").await.remove(0);
    assert_eq!(lead["utm"], json!({"source": "instagram", "medium": "cpc", "campaign": "Natal"}));
    assert_eq!((&lead["campaign"], &lead["contact"]["name"]), (&json!("Natal"), &json!("Bia")));
    // The same visitor on another page stays who they are.
    let again = json!({"visitor_token": opened["visitor_token"], "page": "https://loja.example/?utm_campaign=Outra"});
    Api::anonymous(&world.server).post(&format!("/api/webchat/{site}/sessions"), again).await.ok();
    assert_eq!(world.leads("&source=web").await.remove(0)["campaign"], "Natal");
    assert_eq!(world.leads("").await.len(), 2);
}

async fn a_contact_made_by_hand_becomes_a_lead_by_hand(backend: Backend) {
    let world = World::new(backend).await;
    let admin = &world.admin;
    let rita = world.contact(json!({"first_name": "Rita", "email": "rita@cliente.example"})).await;
    assert_eq!(world.leads("").await, Vec::<Value>::new());
    let make = async |body: Value| admin.post("/api/crm/leads", body).await;
    let made =
        make(json!({"contact_id": rita, "source": "feira", "status": "quente", "score": 80, "reason": "orçamento"}))
            .await;
    let path = made.headers["location"].to_str().unwrap().to_owned();
    assert_eq!(made.status, 201);
    let lead = made.ok();
    assert_eq!((&lead["source"], &lead["status"], &lead["score"]), (&json!("feira"), &json!("quente"), &json!(80)));
    assert_eq!(lead["reasons"], json!([{"reason": "orçamento", "points": 80}]));
    assert_eq!(admin.get(&path).await.ok(), lead);
    assert_eq!(field(&make(json!({"contact_id": rita})).await), (409, "contact_id", "taken"));
    make(json!({"contact_id": "018f3c1e-0000-7000-8000-000000000000"})).await.refused(404);
    assert_eq!(field(&make(json!({"contact_id": rita, "score": 101})).await), (422, "score", "out_of_range"));
    assert_eq!(world.leads_of(&rita).await.len(), 1);
    let audit = admin.get("/api/audit?subject_kind=lead").await.ok();
    assert_eq!((audit["items"].as_array().unwrap().len(), &audit["items"][0]["action"]), (1, &json!("lead.create")));
}

async fn of_two_records_made_one_the_better_lead_stays(backend: Backend) {
    let world = World::new(backend).await;
    let ((cold, _), (warm, better)) = (world.lead("Frio", 10).await, world.lead("Morno", 60).await);
    world.merges(&cold, &warm).await;
    assert_eq!(world.leads_of(&cold).await, [(better.clone(), 60)]);
    // Nothing to choose between: who was first.
    let ((older, first), (newer, _)) = (world.lead("Antes", 30).await, world.lead("Depois", 30).await);
    world.merges(&newer, &older).await;
    assert_eq!(world.leads_of(&newer).await, [(first.clone(), 30)]);
    // One without a lead gets the other's; of two without, none comes to be.
    let plain = world.contact(json!({"first_name": "Sem"})).await;
    world.merges(&plain, &newer).await;
    assert_eq!(world.leads_of(&plain).await, [(first, 30)]);
    let (one, two) =
        (world.contact(json!({"first_name": "Um"})).await, world.contact(json!({"first_name": "Dois"})).await);
    world.merges(&one, &two).await;
    assert_eq!(world.leads("").await.len(), 2);
    world.admin.post("/api/crm/leads", json!({"contact_id": warm})).await.refused(409);
    let version = world.admin.get(&format!("/api/crm/leads/{better}")).await.headers["etag"].clone();
    assert_eq!(version, "\"2\"", "who had read it before reads it again");
}

async fn leads_are_found_by_what_they_are(backend: Backend) {
    let world = World::new(backend).await;
    let (ana, viewer) = (world.person("Ana", "attendant").await, world.person("Vera", "viewer").await);
    for (name, score, status, stage) in [
        ("Marina Prado", 20, "frio", "atracao"),
        ("João Silva", 90, "quente", "conversao"),
        ("Joana Silva", 50, "morno", "conversao"),
    ] {
        let (_, lead) = world.lead(name, score).await;
        let body = json!({"status": status, "stage": stage, "owner_id": (score > 40).then_some(&ana.id)});
        ana.api.put(&format!("/api/crm/leads/{lead}"), body).await.ok();
    }
    let names = async |query: &str| -> Vec<String> {
        let found = viewer.api.get(&format!("/api/crm/leads{query}")).await.ok();
        let items = found["items"].as_array().unwrap().iter();
        items.map(|lead| lead["contact"]["name"].as_str().unwrap().to_owned()).collect()
    };
    let (marina, joao, joana) = ("Marina Prado", "João Silva", "Joana Silva");
    assert_eq!(names("").await, [joana, joao, marina], "newest first");
    assert_eq!(names("?sort=score").await, [joao, joana, marina]);
    assert_eq!(names("?q=joao+silva").await, [joao]);
    assert_eq!(names("?status=quente").await, [joao]);
    assert_eq!(names("?stage=conversao&sort=score").await, [joao, joana]);
    assert_eq!(names(&format!("?owner_id={}", ana.id)).await, [joana, joao]);
    assert_eq!(names("?source=whatsapp").await, Vec::<String>::new());
    let lead = viewer.api.get("/api/crm/leads?q=marina").await.ok()["items"][0]["id"].as_str().unwrap().to_owned();
    viewer.api.put(&format!("/api/crm/leads/{lead}"), json!({"status": "morno"})).await.refused(403);
    ana.api.put(&format!("/api/crm/leads/{lead}"), json!({"score": 21})).await.ok();
    assert_eq!(names("?sort=updated&limit=1").await, [marina]);
    assert_eq!(field(&viewer.api.get("/api/crm/leads?status=fervendo").await), (422, "status", "unknown_value"));
    // Who leaves owns nothing any more.
    world.admin.delete(&format!("/api/users/{}", ana.id)).await;
    assert_eq!(world.leads(&format!("&owner_id={}", ana.id)).await, Vec::<Value>::new());
}

async fn a_lead_is_changed_by_one_at_a_time_and_says_why(backend: Backend) {
    let world = World::new(backend).await;
    let (ana, mut console) = world.online("Ana").await;
    let (contact, lead) = world.lead("Marina", 20).await;
    let path = format!("/api/crm/leads/{lead}");
    console.wait("lead_updated", |event| event["action"] == "lead.create").await;
    let read = ana.api.get(&path).await.headers["etag"].to_str().unwrap().to_owned();
    let put = async |body: Value| {
        ana.api.send(ana.api.request(Method::PUT, &path).header("if-match", &read).json(&body)).await
    };
    let changed =
        put(json!({"status": "quente", "score": 65, "reason": "pediu proposta", "campaign": "Natal"})).await.ok();
    assert_eq!(
        changed["reasons"],
        json!([{"reason": "manual", "points": 20}, {"reason": "pediu proposta", "points": 45}])
    );
    assert_eq!((&changed["campaign"], &changed["stage"]), (&json!("Natal"), &json!("atracao")));
    let told = console.wait("lead_updated", |event| event["action"] == "lead.update").await;
    assert_eq!((&told["subject"], &told["contact_id"]), (&json!({"kind": "lead", "id": lead}), &json!(contact)));
    assert_eq!(put(json!({"status": "morno"})).await.refused(412), "precondition_failed");
    let line = world.admin.get("/api/audit?action=lead.update").await.ok()["items"][0].clone();
    assert_eq!(line["detail"]["changes"]["status"], json!({"from": "frio", "to": "quente"}), "{line}");
    assert_eq!(line["detail"]["changes"]["score"], json!({"from": 20, "to": 65}));
    let back = ana.api.put(&path, json!({"score": 20, "reason": "pediu proposta", "campaign": null})).await.ok();
    assert_eq!((&back["reasons"], &back["campaign"]), (&json!([{"reason": "manual", "points": 20}]), &Value::Null));
    let ghost = json!({"owner_id": "018f3c1e-0000-7000-8000-000000000000"});
    assert_eq!(field(&ana.api.put(&path, ghost).await), (422, "owner_id", "invalid"));
    assert_eq!(field(&ana.api.put(&path, json!({"status": "gelado"})).await), (422, "status", "unknown_value"));
    assert_eq!(field(&ana.api.put(&path, json!({"score": -1})).await), (422, "score", "out_of_range"));
    // Two at once without saying which version they read: both are kept, none undoes the other.
    let one = ana.api.put(&path, json!({"stage": "conversao"}));
    let two = world.admin.put(&path, json!({"owner_id": ana.id}));
    let both = join_all([Box::pin(one) as std::pin::Pin<Box<dyn Future<Output = Answer>>>, Box::pin(two)]).await;
    let taken: Vec<u16> = both.iter().map(|answer| answer.status).collect();
    assert!(taken.contains(&200) && taken.iter().all(|status| [200, 412].contains(status)), "{taken:?}");
    let now = ana.api.get(&path).await.ok();
    assert_eq!((now["stage"] == "conversao", now["owner_id"] == ana.id.as_str()), (taken[0] == 200, taken[1] == 200));
}
