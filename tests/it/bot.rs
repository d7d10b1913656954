//! Bots with a script, as customers on WhatsApp meet them.

use serde_json::{Value, json};

use crate::support::Backend;
use crate::support::world::{Customer, World};

scenarios! {
    a_script_answers_a_customer_and_what_it_waits_for_survives_a_restart,
    a_rest_ends_after_a_restart,
    a_runaway_script_is_stopped_and_harms_nobody_else,
    what_a_turn_may_use_is_configured,
    three_failed_turns_bring_a_person,
    a_transfer_tells_the_script_what_came_of_it,
    a_conversation_finishes_on_the_version_it_began_with,
    a_request_is_answered_and_data_is_never_a_command,
    a_script_with_errors_is_refused_whole,
    a_script_waits_while_a_person_has_the_conversation,
}

impl World {
    async fn script(&self, source: &str) -> Value {
        let path = format!("/api/bots/{}/scripts/start", self.bot);
        self.admin.put(&path, json!({"source": source})).await.ok()
    }
}

async fn a_script_answers_a_customer_and_what_it_waits_for_survives_a_restart(backend: Backend) {
    let mut world = World::new(backend).await;
    world.script("TALK \"Olá! Qual é o seu nome?\"\nHEAR nome\nTALK \"Prazer, \" + nome + \"!\"").await;
    let customer = Customer::new("Marina");
    world.writes(&customer, "oi").await;
    world.graph.wait_for("Qual é o seu nome?").await;
    world.server.kill();
    world.restart();
    world.writes(&customer, "Marina Lima").await;
    world.graph.wait_for("Prazer, Marina Lima!").await;
    // It has ended: the next message begins it again.
    world.writes(&customer, "oi de novo").await;
    world.graph.wait_for("Qual é o seu nome?").await;
    assert!(!world.session(&world.session_of(&customer).await).await["needs_human"].as_bool().unwrap());
}

async fn a_rest_ends_after_a_restart(backend: Backend) {
    let mut world = World::new(backend).await;
    world.script("TALK \"Um instante.\"\nWAIT 2\nTALK \"Pronto.\"\nHEAR pedido\nTALK \"Anotei: \" + pedido").await;
    let customer = Customer::new("Marina");
    world.writes(&customer, "oi").await;
    world.graph.wait_for("Um instante.").await;
    // What is said meanwhile is the answer to the next question.
    world.writes(&customer, "duas pizzas").await;
    world.settled().await;
    world.server.kill();
    world.restart();
    world.graph.wait_for("Pronto.").await;
    world.graph.wait_for("Anotei: duas pizzas").await;
}

async fn a_runaway_script_is_stopped_and_harms_nobody_else(backend: Backend) {
    let mut world = World::new(backend).await;
    let source = "HEAR x\nIF x = \"laço\" THEN\nWHILE TRUE\ny = 1\nWEND\nEND IF\nTALK \"Recebi \" + x";
    world.script(source).await;
    let (wild, calm) = (Customer::new("Bravo"), Customer::new("Calmo"));
    for customer in [&wild, &calm] {
        world.writes(customer, "oi").await;
    }
    world.settled().await;
    world.writes(&wild, "laço").await;
    world.writes(&calm, "flores").await;
    world.graph.wait_for("Recebi flores").await;
    world.settled().await;
    assert!(world.graph.texts().iter().any(|text| text.contains("algo deu errado")), "{:?}", world.graph.texts());
    let errors = world.admin.get(&format!("/api/bots/{}/errors", world.bot)).await.ok();
    let error = &errors["items"][0];
    assert_eq!((&error["script"], &error["version"]), (&json!("start"), &json!(1)), "{error}");
    assert!(error["code"].as_str().unwrap().starts_with("limit_"), "{error}");
    assert!(error["line"].as_i64().is_some_and(|line| (3..=5).contains(&line)), "{error}");
}

async fn what_a_turn_may_use_is_configured(backend: Backend) {
    let source = "HEAR x\nSELECT CASE x\nCASE \"comandos\"\nFOR i = 1 TO 1500\nNEXT\nCASE \"memória\"\n\
                  s = STRING(70000, \"x\")\nCASE \"fundo\"\nCALL desce(5)\nCASE \"falas\"\nFOR i = 1 TO 4\n\
                  TALK \"Aviso \" + i\nNEXT\nCASE \"tempo\"\nDO\ny = 1\nLOOP\nEND SELECT\nTALK \"Fiz \" + x\n\
                  SUB desce(n)\nIF n > 0 THEN CALL desce(n - 1)\nEND SUB";
    let small = [
        ("ATTENDANCE__SCRIPTS__STATEMENTS", "1000"),
        ("ATTENDANCE__SCRIPTS__MEMORY_KILOBYTES", "64"),
        ("ATTENDANCE__SCRIPTS__RECURSION", "3"),
        ("ATTENDANCE__SCRIPTS__MESSAGES", "3"),
    ];
    let short = [("ATTENDANCE__SCRIPTS__STATEMENTS", "1000000000"), ("ATTENDANCE__SCRIPTS__MILLISECONDS", "10")];
    let wishes = [
        ("comandos", "limit_statements"),
        ("memória", "limit_memory"),
        ("fundo", "limit_recursion"),
        ("falas", "limit_talks"),
    ];
    for (environment, wishes) in [(&small[..], &wishes[..]), (&short, &[("tempo", "limit_time")])] {
        let world = World::with(backend, environment, json!({})).await;
        world.script(source).await;
        let try_it = format!("/api/bots/{}/try", world.bot);
        let errors = format!("/api/bots/{}/errors", world.bot);
        for (wish, code) in wishes {
            let customer = Customer::new("Marina");
            world.writes(&customer, "oi").await;
            world.settled().await;
            world.writes(&customer, wish).await;
            world.settled().await;
            let errors = world.admin.get(&errors).await.ok();
            assert_eq!(errors["items"][0]["code"], *code, "the newest first: {errors}");
            // Who tries a script out meets the same limits.
            let open = world.admin.post(&try_it, json!({"source": source, "event": {"type": "open"}})).await.ok();
            let said = json!({"source": source, "state": open["state"], "event": {"type": "message", "text": wish}});
            let said = world.admin.post(&try_it, said).await.ok();
            assert_eq!(said["errors"][0]["code"], *code, "{wish}: {said}");
        }
    }
    // What is enough there is too little here: the usual limits let it all pass.
    let mut world = World::new(backend).await;
    world.script(source).await;
    for (wish, _) in wishes {
        let customer = Customer::new("Marina");
        world.writes(&customer, "oi").await;
        world.settled().await;
        world.writes(&customer, wish).await;
        world.graph.wait_for(&format!("Fiz {wish}")).await;
    }
}

async fn three_failed_turns_bring_a_person(backend: Backend) {
    let world = World::new(backend).await;
    let mut boss = world.observer().await;
    world.online("Ana").await;
    world.script("WHILE TRUE\nHEAR x\nFAIL\nTALK \"Não entendi.\"\nWEND").await;
    let customer = Customer::new("Marina");
    for text in ["oi", "um", "dois"] {
        world.writes(&customer, text).await;
    }
    world.settled().await;
    let session = world.session_of(&customer).await;
    assert_eq!(world.session(&session).await["status"], "bot");
    world.writes(&customer, "três").await;
    let handed = boss.of(&session, "new_conversation").await;
    assert_eq!(handed["session_id"], session.as_str());
    assert_eq!(world.session(&session).await["handoff"]["cause"], "bot_gave_up");
}

async fn a_transfer_tells_the_script_what_came_of_it(backend: Backend) {
    let mut world = World::new(backend).await;
    world.online("Ana").await;
    let source = "HEAR x\nr = TRANSFER TO HUMAN \"Suporte\", \"urgent\", \"boleto vencido\"\n\
                  IF r.success THEN TALK \"Fila: \" + r.queue ELSE TALK \"Ninguém\"";
    world.script(source).await;
    let customer = Customer::new("Marina");
    world.writes(&customer, "oi").await;
    world.settled().await;
    world.writes(&customer, "quero pagar").await;
    world.graph.wait_for("Fila: Suporte").await;
    let session = world.session(&world.session_of(&customer).await).await;
    assert_eq!(session["handoff"]["transfer_reason"], "boleto vencido");
    assert_eq!((&session["priority"], &session["handoff"]["cause"]), (&json!(3), &json!("script")));
}

async fn a_conversation_finishes_on_the_version_it_began_with(backend: Backend) {
    let mut world = World::new(backend).await;
    world.script("TALK \"Versão um?\"\nHEAR x\nTALK \"um: \" + x").await;
    let (old, new) = (Customer::new("Antiga"), Customer::new("Nova"));
    world.writes(&old, "oi").await;
    world.graph.wait_for("Versão um?").await;
    world.script("TALK \"Versão dois?\"\nHEAR x\nTALK \"dois: \" + x").await;
    world.server.kill();
    world.restart();
    world.writes(&new, "oi").await;
    world.graph.wait_for("Versão dois?").await;
    world.writes(&old, "sim").await;
    world.graph.wait_for("um: sim").await;
    world.writes(&old, "oi").await;
    world.graph.wait_for("Versão dois?").await;
}

async fn a_request_is_answered_and_data_is_never_a_command(backend: Backend) {
    let mut world = World::new(backend).await;
    let source = "TABLE pedidos\n  numero AS TEXT\n  valor AS NUMBER\nEND TABLE\n\
                  CREATE \"pedidos\", {\"numero\": \"A1\", \"valor\": 10}\n\
                  CREATE \"contacts\", {\"name\": \"Ana Prado\", \"email\": \"ana@example.com\"}\n\
                  REMEMBER \"cor\", \"azul\"\n\
                  HEAR quem\n\
                  x = FIND \"contacts\", \"email = ?\", [quem]\n\
                  y = FIND \"pedidos\", \"numero = '\" + REPLACE(quem, \"'\", \"''\") + \"' or valor > 50\"\n\
                  z = FIND \"contacts\", \"email = ?\", [\"ana@example.com\"]\n\
                  TALK \"achei \" + LEN(x) + \" \" + LEN(y) + \" \" + LEN(z) + \" \" + RECALL(\"cor\")";
    world.script(source).await;
    let customer = Customer::new("Marina");
    world.writes(&customer, "oi").await;
    world.settled().await;
    world.writes(&customer, "x' or '1'='1").await;
    world.graph.wait_for("achei 0 0 1 azul").await;
}

async fn a_script_with_errors_is_refused_whole(backend: Backend) {
    let world = World::new(backend).await;
    let path = format!("/api/bots/{}/scripts/start", world.bot);
    let refused = world.admin.put(&path, json!({"source": "TALK \"a\"\nIF x = 1 THAN\nTALK )\n"})).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    let errors = refused.body["errors"].as_array().unwrap();
    assert!(errors.len() >= 2, "{}", refused.text);
    assert!(
        errors.iter().all(|error| error["field"] == "source" && error["line"].as_u64().unwrap() >= 2),
        "{errors:?}"
    );
    world.admin.get(&path).await.refused(404);
    let keywords = world.admin.get("/api/basic/keywords").await.ok();
    assert!(keywords["keywords"].as_array().unwrap().iter().any(|keyword| keyword["name"] == "TRANSFER TO HUMAN"));
    let source = "HEAR n AS INTEGER\nTALK \"Dobro: \" + (n * 2)\nx = LLM \"oi\"\nTALK \"fim\"";
    let tried = format!("/api/bots/{}/try", world.bot);
    let open = world.admin.post(&tried, json!({"source": source, "event": {"type": "open"}})).await.ok();
    assert_eq!(open["waiting"]["for"], "hear", "{open}");
    let said = json!({"source": source, "state": open["state"], "event": {"type": "message", "text": "21"}});
    let said = world.admin.post(&tried, said).await.ok();
    assert_eq!(said["actions"][0]["text"], "Dobro: 42", "{said}");
    assert_eq!(said["errors"][0]["code"], "not_configured", "{said}");
}

async fn a_script_waits_while_a_person_has_the_conversation(backend: Backend) {
    let mut world = World::new(backend).await;
    let mut boss = world.observer().await;
    let (ana, _console) = world.online("Ana").await;
    world.script("HEAR a\nTRANSFER TO HUMAN\nHEAR b\nTALK \"depois: \" + b").await;
    let customer = Customer::new("Marina");
    world.writes(&customer, "oi").await;
    world.settled().await;
    world.writes(&customer, "ajuda").await;
    let session = world.session_of(&customer).await;
    boss.offered(&session, &ana).await;
    ana.take(&session).await.ok();
    world.writes(&customer, "para a pessoa").await;
    ana.api.post("/api/attendance/resolve", json!({"session_id": session})).await.ok();
    world.writes(&customer, "para o bot").await;
    world.graph.wait_for("depois: para o bot").await;
}
