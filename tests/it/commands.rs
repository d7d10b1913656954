//! What attendants type: in the console through the API, and on their own phone.

use serde_json::{Value, json};

use crate::support::Backend;
use crate::support::graph::{Graph, Sent};
use crate::support::world::{self, Attendant, Customer, World};

scenarios! {
    commands_work_through_the_api_in_both_languages,
    wrong_commands_are_answered_and_never_sent,
    an_attendant_works_from_their_own_phone,
    quoting_chooses_the_conversation,
    a_snooze_is_said_in_words,
}

fn text(answer: &Value) -> &str {
    answer["text"].as_str().unwrap()
}

async fn commands_work_through_the_api_in_both_languages(backend: Backend) {
    let mut world = World::new(backend).await;
    let mut boss = world.observer().await;
    let (ana, _a) = world.online("Ana").await;
    let sales = world.queue("Vendas", json!({"priority_order": 5, "auto_assign": false})).await;
    assert!(text(&ana.types("/fila").await).contains("Ninguém esperando"));
    let session = world.asks(&Customer::new("Marina Prado"), &mut boss).await;
    boss.offered(&session, &ana).await;
    let queue = ana.types("/queue").await;
    assert!(text(&queue).contains("1. Marina Prado") && text(&queue).contains("oferecida a você"), "{queue}");
    assert_eq!(queue["data"]["waiting"][0]["session_id"], session.as_str());
    let taken = ana.types("/PEGAR marina").await;
    assert!(text(&taken).contains("Você está com Marina Prado"), "{taken}");
    assert!(text(&taken).contains("quero falar com uma pessoa"), "the last messages are shown: {taken}");
    assert_eq!(taken["focus"], session.as_str());
    assert_eq!(text(&ana.types("Olá, Marina!").await), "→ Marina Prado");
    world.graph.wait_for("Olá, Marina!").await;

    assert!(text(&ana.types("/tag +vip -lead").await).contains("vip"));
    assert!(text(&ana.types("/prioridade alta").await).contains("alta"));
    ana.types("/note cliente antiga").await;
    assert!(text(&ana.types("/contexto").await).contains("vip"));
    let detail = world.session(&session).await;
    assert_eq!((&detail["priority"], &detail["tags"]), (&json!(2), &json!(["vip"])));
    ana.types("/pendente").await;
    assert_eq!(world.session(&session).await["status"], "pending");
    assert!(text(&ana.types("/transferir vendas quer um orçamento").await).contains("Vendas"));
    let detail = world.session(&session).await;
    assert_eq!((&detail["status"], &detail["queue"]["id"]), (&json!("waiting"), &json!(sales)));

    let (bia, _b) = world.online_in(&sales, "Bia Lima", json!({})).await;
    world.admin.put(&format!("/api/users/{}", bia.id), json!({"locale": "en"})).await.ok();
    assert!(text(&bia.types("/take 1").await).contains("You are now with Marina Prado"));
    let resolved = bia.types("/resolve all good").await;
    assert!(text(&resolved).contains("resolved"), "{resolved}");
    let detail = world.session(&session).await;
    assert_eq!((&detail["status"], &detail["handoff"]["note"]), (&json!("resolved"), &json!("all good")));
    assert!(text(&bia.types("/status away").await).contains("away"));
    let told = world.graph.texts();
    assert!(told.iter().all(|text| !text.contains('/') && !text.contains("cliente antiga")), "{told:?}");
}

async fn wrong_commands_are_answered_and_never_sent(backend: Backend) {
    let mut world = World::new(backend).await;
    let mut boss = world.observer().await;
    let (ana, mut console) = world.online("Ana").await;
    let session = world.asks(&Customer::new("Marina"), &mut boss).await;
    ana.take(&session).await.ok();
    world.graph.wait_for("falando com Ana").await;
    let sent = world.graph.attempts();
    let typo = ana.types("/resolvr").await;
    assert!(text(&typo).contains("/resolver"), "{typo}");
    assert!(text(&ana.types("/prioridade").await).contains("Uso:"));
    assert!(text(&ana.types("/focus zzz").await).contains("Uso:"));
    assert!(text(&ana.types("/take").await).contains("Não há ninguém esperando"));
    let framed = console.ask(json!({"type": "command", "session_id": session, "text": "/nada disso"})).await;
    assert_eq!(framed["type"], "ack", "{framed}");
    for slashed in ["/resolve agora", "  /nota x", "/"] {
        let refused = ana.api.post(&format!("/api/sessions/{session}/messages"), json!({"text": slashed})).await;
        assert_eq!(refused.refused(422), "validation", "{slashed}");
    }
    let in_frame =
        console.ask(json!({"type": "send", "session_id": session, "text": "/nota x", "client_id": "1"})).await;
    assert_eq!(in_frame["type"], "error", "{in_frame}");
    assert_eq!(world.session(&session).await["status"], "active");
    ana.say(&session, "até logo").await;
    world.graph.wait_for("até logo").await;
    assert_eq!(world.graph.attempts(), sent + 1, "{:?}", world.graph.texts());
    let viewer = world.person("Olga", "viewer").await;
    viewer.api.post("/api/attendance/commands", json!({"text": "/queue"})).await.refused(403);
}

/// An attendant who works from their own WhatsApp, online.
async fn on_the_phone(world: &World, name: &str) -> (Attendant, Customer) {
    let attendant = world.attendant(name).await;
    let phone = Customer::new(name);
    let reachable = json!({
        "destinations": [{"kind": "whatsapp", "address": format!("+{}", phone.phone), "channel_id": world.channel}],
        "default_destination": "whatsapp",
    });
    world.admin.put(&format!("/api/users/{}", attendant.id), reachable).await.ok();
    (attendant, phone)
}

/// Waits for a message to that phone.
async fn told(graph: &mut Graph, phone: &Customer, part: &str) -> Sent {
    loop {
        let sent = graph.wait_for(part).await;
        if sent.to.trim_start_matches('+') == phone.phone {
            return sent;
        }
    }
}

/// Writes quoting an earlier message.
async fn quotes(world: &World, phone: &Customer, quoted: &Sent, text: &str) {
    let body = world::text_webhook(phone, &format!("wamid.Q{}", quoted.wamid), text);
    let mut body: Value = serde_json::from_str(&body).unwrap();
    body["entry"][0]["changes"][0]["value"]["messages"][0]["context"] =
        json!({"from": "551140028922", "id": quoted.wamid});
    assert_eq!(world.webhook(&body.to_string()).await, 200);
}

async fn an_attendant_works_from_their_own_phone(backend: Backend) {
    let mut world = World::new(backend).await;
    let mut boss = world.observer().await;
    let (bia, phone) = on_the_phone(&world, "Bia").await;
    world.writes(&phone, "/status online").await;
    told(&mut world.graph, &phone, "Agora você está").await;
    let marina = Customer::new("Marina Prado");
    let session = world.asks(&marina, &mut boss).await;
    boss.offered(&session, &bia).await;
    let rung = told(&mut world.graph, &phone, "Nova conversa: *Marina Prado*").await;
    assert!(rung.text.contains("quero falar com uma pessoa"), "{}", rung.text);
    world.writes(&phone, "/queue").await;
    told(&mut world.graph, &phone, "1. Marina Prado").await;
    world.writes(&phone, "/take").await;
    told(&mut world.graph, &phone, "Você está com Marina Prado").await;
    assert_eq!(world.session(&session).await["assigned_to"], bia.id.as_str());

    world.writes(&phone, "Oi, aqui é a Bia").await;
    let reply = told(&mut world.graph, &marina, "Oi, aqui é a Bia").await;
    assert_eq!(reply.text, "Oi, aqui é a Bia");
    told(&mut world.graph, &phone, "→ Marina Prado").await;
    world.writes(&marina, "meu pedido não veio").await;
    told(&mut world.graph, &phone, "*Marina Prado* (whatsapp):\nmeu pedido não veio").await;
    world.writes(&phone, "/nota verificar estoque").await;
    told(&mut world.graph, &phone, "Nota guardada").await;
    world.writes(&phone, "/resolver reenviado").await;
    told(&mut world.graph, &phone, "Atendimento de Marina Prado encerrado").await;
    let detail = world.session(&session).await;
    assert_eq!((&detail["status"], &detail["handoff"]["note"]), (&json!("resolved"), &json!("reenviado")));

    // Nothing of this was said to the customer, and the attendant did not become one.
    let to_marina: Vec<String> =
        world.graph.all().into_iter().filter(|sent| sent.to.ends_with(&marina.phone)).map(|sent| sent.text).collect();
    assert!(to_marina.iter().all(|text| !text.contains('/') && !text.contains("estoque")), "{to_marina:?}");
    assert_eq!(world.admin.get("/api/sessions").await.ok()["items"].as_array().unwrap().len(), 1);
    // With nobody in front of them, words go nowhere.
    world.writes(&phone, "tem alguém?").await;
    told(&mut world.graph, &phone, "não está atendendo ninguém").await;
}

async fn quoting_chooses_the_conversation(backend: Backend) {
    let mut world = World::new(backend).await;
    let mut boss = world.observer().await;
    let (bia, phone) = on_the_phone(&world, "Bia").await;
    world.writes(&phone, "/status online").await;
    told(&mut world.graph, &phone, "Agora você está").await;
    let (one, two) = (Customer::new("Um"), Customer::new("Dois"));
    let first = world.asks(&one, &mut boss).await;
    let rung = told(&mut world.graph, &phone, "Nova conversa: *Um*").await;
    let second = world.asks(&two, &mut boss).await;
    told(&mut world.graph, &phone, "Nova conversa: *Dois*").await;
    for session in [&first, &second] {
        boss.offered(session, &bia).await;
    }
    world.writes(&phone, "/take 2").await;
    told(&mut world.graph, &phone, "Você está com Dois").await;
    quotes(&world, &phone, &rung, "/take").await;
    told(&mut world.graph, &phone, "Você está com Um").await;
    world.writes(&two, "e eu?").await;
    let relayed = told(&mut world.graph, &phone, "*Dois* (whatsapp):\ne eu?").await;
    world.writes(&phone, "oi, Um").await;
    told(&mut world.graph, &one, "oi, Um").await;
    quotes(&world, &phone, &relayed, "oi, Dois").await;
    told(&mut world.graph, &two, "oi, Dois").await;
    told(&mut world.graph, &phone, "→ Dois").await;
    // The quoted one stays in front; a number names another.
    world.writes(&phone, "ainda aqui").await;
    told(&mut world.graph, &two, "ainda aqui").await;
    world.writes(&phone, "#2 e você?").await;
    told(&mut world.graph, &one, "e você?").await;
}

async fn a_snooze_is_said_in_words(backend: Backend) {
    let world = World::new(backend).await;
    let mut boss = world.observer().await;
    let (ana, _a) = world.online("Ana").await;
    let session = world.asks(&Customer::new("Marina"), &mut boss).await;
    ana.take(&session).await.ok();
    let snoozed = ana.types("/snooze 2h").await;
    assert!(text(&snoozed).contains("Marina volta em"), "{snoozed}");
    let until = world.session(&session).await["snoozed_until"].clone();
    assert_eq!(until, snoozed["data"]["snoozed_until"]);
    assert!(text(&ana.types("/snooze nunca").await).contains("Uso:"));
    ana.types("/resolver").await;
    assert_eq!(world.session(&session).await["snoozed_until"], json!(null));
}
