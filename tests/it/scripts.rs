//! Scripts that run by themselves: at their times, when something happens, when they are called; and what they reach.

use std::time::Duration;

use serde_json::{Value, json};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::Backend;
use crate::support::api::{Answer, Api};
use crate::support::smtp::Smtp;
use crate::support::world::{Customer, World};

scenarios! {
    a_schedule_missed_while_nothing_ran_runs_once_at_start,
    a_script_without_a_customer_cannot_talk_to_one,
    a_contact_made_by_rest_begins_a_script_though_the_server_dies,
    a_resolved_conversation_begins_a_script_of_its_bot,
    a_script_that_sets_itself_off_is_stopped,
    rows_begin_scripts_and_a_chain_of_them_ends,
    a_call_runs_its_script_with_what_was_sent,
    a_run_that_rests_goes_on_after_a_restart,
    a_conversation_waits_for_a_published_event_through_a_restart,
    a_mail_goes_out_and_a_refusal_is_told,
    http_needs_an_allowed_host,
    a_script_writes_to_others_and_remembers,
    only_the_bot_s_own_rows_that_are_meant_change,
    a_script_that_describes_itself_is_a_tool,
    leads_are_found_rated_and_made_by_scripts,
}

const HOURS: Duration = Duration::from_secs(3 * 3600);

impl World {
    /// Publishes a script of this name.
    async fn publish(&self, name: &str, source: &str) {
        self.admin.put(&format!("/api/bots/{}/scripts/{name}", self.bot), json!({"source": source})).await.ok();
    }

    /// A customer who has just written, so that the provider lets us write to them.
    async fn known(&mut self, name: &str) -> (Customer, String) {
        let customer = Customer::new(name);
        self.writes(&customer, "oi").await;
        self.settled().await;
        self.graph.forget();
        let to = format!("\"whatsapp:+{}\"", customer.phone);
        (customer, to)
    }

    async fn schedules(&self) -> Vec<Value> {
        let page = self.admin.get(&format!("/api/bots/{}/schedules", self.bot)).await.ok();
        page["items"].as_array().unwrap().clone()
    }

    /// Waits for an error in the bot's list.
    async fn fails(&self, code: &str) -> Value {
        let look = async || {
            let page = self.admin.get(&format!("/api/bots/{}/errors", self.bot)).await.ok();
            page["items"].as_array().unwrap().iter().find(|error| error["code"] == code).cloned()
        };
        self.server.eventually(code, look).await
    }

    /// The address of a bot's webhook, below the server's.
    async fn hook(&self, bot: &str, path: &str) -> String {
        let page = self.admin.get(&format!("/api/bots/{bot}/webhooks")).await.ok();
        let hooks = page["items"].as_array().unwrap();
        let hook = hooks.iter().find(|hook| hook["path"] == path).unwrap_or_else(|| panic!("{page}"));
        let url = hook["url"].as_str().unwrap();
        url[url.find("/api/").unwrap()..].to_owned()
    }

    /// Calls a webhook of the bot, as somebody outside.
    async fn call(&self, path: &str, body: Value) -> Answer {
        let hook = self.hook(&self.bot, path).await;
        Api::anonymous(&self.server).post(&hook, body).await
    }

    /// Nothing is being carried out.
    async fn resting(&self) {
        let resting = async || (self.metric("attendance_script_runs_active", "").await == 0.0).then_some(());
        self.server.eventually("runs rest", resting).await;
    }
}

async fn a_schedule_missed_while_nothing_ran_runs_once_at_start(backend: Backend) {
    let mut world = World::new(backend).await;
    let (_, marina) = world.known("Marina").await;
    world.publish("lembrete", &format!("SET SCHEDULE \"a cada hora\"\nTALK TO {marina}, \"bom dia\"")).await;
    let before = &world.schedules().await[0];
    assert_eq!((&before["script"], &before["phrases"]), (&json!("lembrete"), &json!(["a cada hora"])), "{before}");
    assert_eq!(before["plan"], "0 * * * * America/Sao_Paulo");
    assert!(before["next_run_at"].is_string() && before["last_run_at"].is_null(), "{before}");
    world.pass(HOURS).await;
    world.graph.wait_for("bom dia").await;
    let ended = async || Some(world.schedules().await.remove(0)).filter(|own| own["last_end_at"].is_string());
    let after = world.server.eventually("the schedule has run", ended).await;
    assert!(after["next_run_at"].as_str() > after["last_run_at"].as_str(), "{after}");
    assert_eq!((&after["last_error"], &after["is_running"]), (&Value::Null, &json!(false)), "{after}");
    world.settled().await;
    assert_eq!(world.graph.texts(), ["bom dia"]);
    // Another version with other times is planned anew; one without any is not planned.
    world.publish("lembrete", "SET SCHEDULE \"0 8 * * 1-5\", \"UTC\"\nx = 1").await;
    assert_eq!(world.schedules().await[0]["plan"], "0 8 * * 1-5 UTC");
    world.publish("lembrete", "x = 1").await;
    assert!(world.schedules().await.is_empty());
}

async fn a_script_without_a_customer_cannot_talk_to_one(backend: Backend) {
    let mut world = World::new(backend).await;
    world.publish("mudo", "SET SCHEDULE \"every hour\"\nx = 1\nTALK \"oi\"").await;
    world.pass(HOURS).await;
    let error = world.fails("no_conversation").await;
    assert_eq!((&error["script"], &error["line"]), (&json!("mudo"), &json!(3)), "{error}");
    assert!(error["session_id"].is_null(), "{error}");
    assert_eq!(world.schedules().await[0]["last_error"]["code"], "no_conversation");
    // What is caught does not end it.
    world
        .publish(
            "mudo",
            "WEBHOOK \"mudo\"\nON ERROR RESUME NEXT\nHEAR x\nCLEAR ERROR\nx = GET QUEUE\nTHROW \"cheguei\"",
        )
        .await;
    assert_eq!(world.call("mudo", json!({})).await.status, 202);
    world.resting().await;
}

async fn a_contact_made_by_rest_begins_a_script_though_the_server_dies(backend: Backend) {
    let mut world = World::new(backend).await;
    let (_, marina) = world.known("Marina").await;
    let source = format!("ON INSERT OF \"contacts\"\nTALK TO {marina}, \"novo: \" + first_name + \" \" + data.email");
    world.publish("novo", &source).await;
    let rita = json!({"first_name": "Rita", "email": "rita@example.com"});
    let rita = world.admin.post("/api/crm/contacts", rita).await.ok();
    world.server.kill();
    world.restart();
    world.graph.wait_for("novo: Rita rita@example.com").await;
    let path = format!("/api/crm/contacts/{}", rita["id"].as_str().unwrap());
    world.admin.put(&path, json!({"tier": "ouro"})).await.ok();
    // Somebody who writes for the first time is new, too; a change of somebody known is not.
    world.writes(&Customer::new("Bruno"), "oi").await;
    world.graph.wait_for("novo: Bruno").await;
    world.settled().await;
    let told = world.graph.texts().iter().filter(|text| text.starts_with("novo: ")).count();
    assert_eq!(told, 2, "{:?}", world.graph.texts());
}

async fn a_resolved_conversation_begins_a_script_of_its_bot(backend: Backend) {
    let mut world = World::new(backend).await;
    let talk = world.talking("Ana").await;
    let source = "ON \"resolvida\"\nTAG CONVERSATION session_id WITH \"pesquisa\"\n\
                  TALK TO contact_id, \"Como foi, \" + customer_name + \"?\"";
    world.publish("pesquisa", source).await;
    talk.attendant.resolve(&talk.session).await;
    world.graph.wait_for("Como foi, Cliente de Ana?").await;
    assert_eq!(world.session(&talk.session).await["tags"], json!(["pesquisa"]));
}

async fn a_script_that_sets_itself_off_is_stopped(backend: Backend) {
    let mut world = World::new(backend).await;
    let (customer, _) = world.known("Marina").await;
    let session = world.session_of(&customer).await;
    let source = "ON \"conversation updated\"\nTAG CONVERSATION session_id WITH \"v\" + RND()";
    world.publish("sem-fim", source).await;
    world.admin.post(&format!("/api/sessions/{session}/tags"), json!({"add": ["vip"]})).await.ok();
    let error = world.fails("limit_often").await;
    assert_eq!(error["script"], "sem-fim", "{error}");
    world.resting().await;
    assert_eq!(world.session(&session).await["tags"].as_array().map(Vec::len), Some(21));
}

async fn rows_begin_scripts_and_a_chain_of_them_ends(backend: Backend) {
    let mut world = World::new(backend).await;
    let (_, marina) = world.known("Marina").await;
    let tables =
        "TABLE pedidos\n  numero AS TEXT KEY\n  valor AS NUMBER\nEND TABLE\nTABLE voltas\n  n AS NUMBER\nEND TABLE\n";
    world.publish("mudou", &format!("ON UPDATE OF \"pedidos\"\nTALK TO {marina}, numero + \" agora \" + valor")).await;
    world.publish("saiu", &format!("ON DELETE OF \"pedidos\"\nTALK TO {marina}, \"saiu \" + data.numero")).await;
    world.publish("volta", "ON INSERT OF \"voltas\"\nCREATE \"voltas\", {\"n\": n + 1}").await;
    let start = "HEAR x\nCREATE \"pedidos\", {\"numero\": \"A1\", \"valor\": 10}\nUPDATE \"pedidos\", \"A1\", {\"valor\": 12}\n\
                 DELETE \"pedidos\", \"A1\"\nCREATE \"voltas\", {\"n\": 1}\nTALK \"feito\"\n\
                 HEAR y\nTALK \"voltas: \" + LEN(FIND(\"voltas\", \"n > 0\"))";
    world.publish("start", &format!("{tables}{start}")).await;
    let customer = Customer::new("Bruno");
    world.writes(&customer, "oi").await;
    world.settled().await;
    world.writes(&customer, "já").await;
    let error = world.fails("limit_depth").await;
    assert_eq!(error["script"], "volta", "{error}");
    world.settled().await;
    let mut told: Vec<String> = world.graph.texts();
    told.retain(|text| text.starts_with("A1 ") || text.starts_with("saiu "));
    told.sort();
    assert_eq!(told, ["A1 agora 12", "saiu A1"]);
    world.writes(&customer, "e agora?").await;
    world.graph.wait_for("voltas: 6").await;
}

async fn a_call_runs_its_script_with_what_was_sent(backend: Backend) {
    let mut world = World::new(backend).await;
    let (customer, _) = world.known("Marina").await;
    let source = "WEBHOOK \"pago\"\nTALK TO \"whatsapp:\" + fone, \"pago: \" + valor + \" \" + query.origem";
    world.publish("caixa", source).await;
    let hook = format!("{}&origem=site", world.hook(&world.bot, "pago").await);
    let outside = Api::anonymous(&world.server);
    let fone = format!("+{}", customer.phone);
    let begun = outside.post(&hook, json!({"fone": fone, "valor": 12.5})).await;
    assert_eq!((begun.status, begun.body["runs"].as_array().map(Vec::len)), (202, Some(1)), "{}", begun.text);
    world.graph.wait_for("pago: 12.5 site").await;
    let form = outside.request(reqwest::Method::POST, &hook).form(&[("fone", fone.as_str()), ("valor", "7")]);
    assert_eq!(outside.send(form).await.status, 202);
    world.graph.wait_for("pago: 7 site").await;
    let (path, _) = hook.split_once('?').unwrap();
    assert_eq!(outside.post(path, json!({})).await.status, 401);
    assert_eq!(outside.post(&format!("{path}?token=errado"), json!({})).await.status, 401);
    assert_eq!(outside.post(&hook.replace("/pago?", "/outro?"), json!({})).await.status, 404);
    let broken = outside.request(reqwest::Method::POST, &hook).header("content-type", "application/json").body("{");
    assert_eq!(outside.send(broken).await.status, 400);
    // Another secret closes the old address.
    let path = format!("/api/bots/{}", world.bot);
    world.admin.put(&path, json!({"settings": {"bot-webhook-token": "outro-segredo-bem-longo"}})).await.ok();
    assert_eq!(outside.post(&hook, json!({})).await.status, 401);
    assert!(world.hook(&world.bot, "pago").await.ends_with("?token=outro-segredo-bem-longo"));
}

async fn a_run_that_rests_goes_on_after_a_restart(backend: Backend) {
    let mut world = World::new(backend).await;
    let (_, marina) = world.known("Marina").await;
    let source = format!(
        "WEBHOOK \"depois\"\nTALK TO {marina}, \"antes \" + n\nWAIT 7200\nn = n + 1\nTALK TO {marina}, \"depois \" + n\n\
         r = WAIT FOR EVENT \"fim\" TIMEOUT 60000\nTALK TO {marina}, \"fim \" + r.quem"
    );
    world.publish("depois", &source).await;
    world.publish("fim", "WEBHOOK \"fim\"\nPUBLISH EVENT \"Fim\", {\"quem\": data.quem}").await;
    assert_eq!(world.call("depois", json!({"n": 1})).await.status, 202);
    world.graph.wait_for("antes 1").await;
    world.resting().await;
    // Another version changes nothing for what has begun.
    world.publish("depois", "WEBHOOK \"depois\"\nx = 1").await;
    world.pass(HOURS).await;
    world.graph.wait_for("depois 2").await;
    world.resting().await;
    assert_eq!(world.call("fim", json!({"quem": "Ana"})).await.status, 202);
    world.graph.wait_for("fim Ana").await;
    world.settled().await;
    assert_eq!(world.graph.texts(), ["antes 1", "depois 2", "fim Ana"]);
}

async fn a_conversation_waits_for_a_published_event_through_a_restart(backend: Backend) {
    let mut world = World::new(backend).await;
    let start = "HEAR pedido\nTALK \"Aguardando \" + pedido\nr = WAIT FOR EVENT \"pago:\" + pedido TIMEOUT IIF(pedido = \"B2\", 2, 7200)\n\
                 IF ISNULL(r) THEN TALK \"Não chegou\" ELSE TALK \"Recebemos \" + r.valor";
    world.publish("start", start).await;
    world.publish("pago", "WEBHOOK \"pago\"\nPUBLISH EVENT \"pago:\" + pedido, {\"valor\": valor}").await;
    let (ana, bia) = (Customer::new("Ana"), Customer::new("Bia"));
    for (customer, order) in [(&ana, "A1"), (&bia, "B2")] {
        world.writes(customer, "oi").await;
        world.settled().await;
        world.writes(customer, order).await;
        world.graph.wait_for(&format!("Aguardando {order}")).await;
    }
    world.server.kill();
    world.restart();
    // The other one's time passes.
    let told = world.graph.wait_for("Não chegou").await;
    assert_eq!(told.to.trim_start_matches('+'), bia.phone);
    assert_eq!(world.call("pago", json!({"pedido": "A1", "valor": 30})).await.status, 202);
    let told = world.graph.wait_for("Recebemos 30").await;
    assert_eq!(told.to.trim_start_matches('+'), ana.phone);
}

async fn a_mail_goes_out_and_a_refusal_is_told(backend: Backend) {
    let mut smtp = Smtp::start().await;
    let port = smtp.port.to_string();
    let environment = [
        ("ATTENDANCE__MAIL__HOST", "127.0.0.1"),
        ("ATTENDANCE__MAIL__PORT", port.as_str()),
        ("ATTENDANCE__MAIL__ENCRYPTION", "none"),
        ("ATTENDANCE__MAIL__FROM", "Loja <contato@loja.example>"),
    ];
    let world = World::with(backend, &environment, json!({})).await;
    let source = "WEBHOOK \"correio\"\nSEND MAIL para, \"Pedido \" + n, \"Chegou, \" + nome + \"!\"";
    world.publish("correio", source).await;
    let ana = json!({"para": "ana@example.com, bia@example.com", "n": 7, "nome": "Ana"});
    assert_eq!(world.call("correio", ana).await.status, 202);
    let mail = smtp.next().await;
    assert_eq!(mail.from, "contato@loja.example");
    assert_eq!(mail.to, ["ana@example.com", "bia@example.com"]);
    for part in ["Subject: Pedido 7", "Chegou, Ana!", "From: Loja <contato@loja.example>"] {
        assert!(mail.text.contains(part), "{part}: {}", mail.text);
    }
    assert_eq!(world.call("correio", json!({"para": "ninguem@example.com", "n": 8, "nome": "X"})).await.status, 202);
    let error = world.fails("mail_refused").await;
    assert_eq!(error["line"], 2, "{error}");
    assert!(error["message"].as_str().unwrap().contains("550"), "{error}");
    // A bot may have a server of its own, which must speak TLS.
    let own = json!({"email-smtp-host": "localhost", "email-smtp-port": port, "email-from": "bot@loja.example"});
    world.admin.put(&format!("/api/bots/{}", world.bot), json!({"settings": own})).await.ok();
    assert_eq!(world.call("correio", json!({"para": "ana@example.com", "n": 9, "nome": "Y"})).await.status, 202);
    world.fails("mail_unreachable").await;
}

async fn http_needs_an_allowed_host(backend: Backend) {
    let mut world = World::new(backend).await;
    let (_, marina) = world.known("Marina").await;
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_json(json!({"resposta": 42}));
    Mock::given(path("/a")).respond_with(answer).expect(1).mount(&server).await;
    let source =
        format!("WEBHOOK \"http\"\nr = GET \"{}/a\"\nTALK TO {marina}, \"resposta \" + r.resposta", server.uri());
    world.publish("http", &source).await;
    assert_eq!(world.call("http", json!({})).await.status, 202);
    let error = world.fails("http_not_allowed").await;
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("127.0.0.1") && message.contains("bot-http-hosts"), "{message}");
    let allowed = json!({"settings": {"bot-http-hosts": "api.example.com, 127.0.0.1"}});
    world.admin.put(&format!("/api/bots/{}", world.bot), allowed).await.ok();
    assert_eq!(world.call("http", json!({})).await.status, 202);
    world.graph.wait_for("resposta 42").await;
}

async fn a_script_writes_to_others_and_remembers(backend: Backend) {
    let mut world = World::new(backend).await;
    let (_, marina) = world.known("Marina").await;
    let attendant = world.attendant("Ana").await;
    let phone = Customer::new("Ana");
    let reachable = json!({
        "destinations": [{"kind": "whatsapp", "address": format!("+{}", phone.phone), "channel_id": world.channel}],
        "default_destination": "whatsapp",
    });
    world.admin.put(&format!("/api/users/{}", attendant.id), reachable).await.ok();
    let mut console = world.observer().await;
    let start = format!(
        "HEAR x\nSET BOT \"cota\", 5\nSET USER \"plano\", x\nSEND FILE TO {marina}, \"https://loja.example/b.pdf\", \"boleto\"\n\
         NOTIFY \"Ana\", \"olhe isto\"\nTALK \"feito\"\nHEAR y\n\
         TALK GET BOT MEMORY(\"cota\") + \" \" + GET USER MEMORY(\"plano\")"
    );
    world.publish("start", &start).await;
    let customer = Customer::new("Bruno");
    world.writes(&customer, "oi").await;
    world.settled().await;
    world.writes(&customer, "ouro").await;
    world.graph.wait_for("feito").await;
    console.wait("system_alert", |event| event["code"] == "bot_notice" && event["text"] == "olhe isto").await;
    world.settled().await;
    let sent = world.graph.all();
    let notice = sent.iter().find(|sent| sent.text == "olhe isto").unwrap_or_else(|| panic!("{sent:?}"));
    assert_eq!(notice.to.trim_start_matches('+'), phone.phone);
    let file = sent.iter().find(|sent| sent.body["type"] == "document").unwrap_or_else(|| panic!("{sent:?}"));
    assert_eq!(file.body["document"]["link"], "https://loja.example/b.pdf");
    world.server.kill();
    world.restart();
    world.writes(&customer, "e aí?").await;
    world.graph.wait_for("5 ouro").await;
}

async fn only_the_bot_s_own_rows_that_are_meant_change(backend: Backend) {
    let mut world = World::new(backend).await;
    let (_, marina) = world.known("Marina").await;
    let other = world.admin.post("/api/bots", json!({"name": "Outro", "engine": "basic"})).await.ok();
    let other = other["id"].as_str().unwrap().to_owned();
    let source = |name: &str| {
        format!(
            "TABLE itens\n  nome AS TEXT\n  valor AS NUMBER\nEND TABLE\nWEBHOOK \"{name}\"\n\
             SELECT CASE data.faz\nCASE \"encher\"\nCREATE \"itens\", {{\"nome\": \"a\", \"valor\": 1}}\n\
             CREATE \"itens\", {{\"nome\": \"b\", \"valor\": 1}}\nCREATE \"itens\", {{\"nome\": \"c\", \"valor\": 1}}\n\
             CASE \"mudar\"\nu = UPDATE \"itens\", \"nome = 'a' or nome = 'x'' or 1=1'\", {{\"valor\": 2}}\n\
             d = DELETE \"itens\", \"nome = 'b'\"\nEND SELECT\n\
             soma = 0\nFOR EACH item IN FIND(\"itens\", \"valor > 0\")\nsoma = soma + item.valor\nNEXT\n\
             TALK TO {marina}, \"{name} {{\" + data.faz + \"}} \" + soma"
        )
    };
    world.publish("itens", &source("um")).await;
    let path = format!("/api/bots/{other}/scripts/itens");
    world.admin.put(&path, json!({"source": source("dois")})).await.ok();
    let outside = Api::anonymous(&world.server);
    let (one, two) = (world.hook(&world.bot, "um").await, world.hook(&other, "dois").await);
    for (hook, does, told) in [
        (&one, "encher", "um {encher} 3"),
        (&two, "encher", "dois {encher} 3"),
        (&one, "mudar", "um {mudar} 3"),
        (&two, "olhar", "dois {olhar} 3"),
        (&one, "olhar", "um {olhar} 3"),
    ] {
        assert_eq!(outside.post(hook, json!({"faz": does})).await.status, 202);
        world.graph.wait_for(told).await;
    }
    // What somebody outside sends is no filter that means everything.
    world.publish("tudo", "WEBHOOK \"tudo\"\nDELETE \"itens\", data.filtro").await;
    assert_eq!(world.call("tudo", json!({"filtro": "nome = 'a' or 1 = 1"})).await.status, 202);
    world.fails("wrong_filter").await;
    assert_eq!(outside.post(&one, json!({"faz": "olhar"})).await.status, 202);
    world.graph.wait_for("um {olhar} 3").await;
}

async fn a_script_that_describes_itself_is_a_tool(backend: Backend) {
    let world = World::new(backend).await;
    let source = "DESCRIPTION \"Diz onde está o pedido\"\n\
                  PARAM numero AS INTEGER LIKE 1042 DESCRIPTION \"Número do pedido\"\nTALK numero";
    world.publish("pedido", source).await;
    world.publish("oi", "TALK \"oi\"").await;
    let script = |name: &str| format!("/api/bots/{}/scripts/{name}", world.bot);
    let told = world.admin.get(&script("pedido")).await.ok();
    let numero = json!({"type": "integer", "description": "Número do pedido", "examples": [1042]});
    let tool = json!({
        "description": "Diz onde está o pedido",
        "parameters": {"type": "object", "properties": {"numero": numero}, "required": ["numero"], "additionalProperties": false},
    });
    assert_eq!(told["tool"], tool, "{told}");
    assert!(world.admin.get(&script("oi")).await.ok()["tool"].is_null());
}

async fn leads_are_found_rated_and_made_by_scripts(backend: Backend) {
    let mut world = World::new(backend).await;
    let (customer, marina) = world.known("Marina").await;
    let (ana, _console) = world.online("Ana Souza").await;
    let (phone, lead) =
        (format!("+{}", customer.phone), world.admin.get("/api/crm/leads").await.ok()["items"][0].clone());
    let path = format!("/api/crm/leads/{}", lead["id"].as_str().unwrap());
    world
        .publish(
            "quente",
            &format!(
                "ON UPDATE OF \"leads\"\nTALK TO {marina}, \"agora \" + status + \" \" + data.score + \" \" + name"
            ),
        )
        .await;
    world.publish("nota", "WEBHOOK \"nota\"\nalvo = FIRST \"leads\", \"phone = ? and score < 50 and status in ('frio', 'morno') and owner_id is null and created_at > '2020-01-01'\", data.fone\n\
        IF NOT FOUND THEN THROW {\"code\": \"nobody\", \"message\": \"ninguém\"}\n\
        n = UPDATE \"leads\", alvo.id, {\"score\": 70, \"status\": \"Quente\", \"stage\": \"conversão\", \"reason\": \"pediu preço\", \"owner_id\": \"Ana\"}").await;
    assert_eq!(world.call("nota", json!({"fone": phone})).await.status, 202);
    world.graph.wait_for("agora quente 70 Marina").await;
    let rated = world.admin.get(&path).await.ok();
    assert_eq!(
        (&rated["status"], &rated["stage"], &rated["owner_id"]),
        (&json!("quente"), &json!("conversao"), &json!(ana.id))
    );
    assert_eq!(rated["reasons"], json!([{"reason": "pediu preço", "points": 70}]));
    // What does not pass any more is not found.
    assert_eq!(world.call("nota", json!({"fone": phone})).await.status, 202);
    world.fails("nobody").await;

    // A form elsewhere makes contact and lead; who has one keeps it.
    world.publish("form", "WEBHOOK \"form\"\n\
        novo = CREATE \"leads\", {\"nome\": data.nome, \"phone\": data.fone, \"source\": \"landing\", \"campaign\": \"Natal\", \"score\": 30}\n\
        mesmo = MERGE \"leads\", novo.phone, {\"score\": 35}").await;
    let form = json!({"nome": "Rita Alves", "fone": "(21) 99887-0002"});
    assert_eq!(world.call("form", form).await.status, 202);
    world.resting().await;
    let found = async |query: &str| world.admin.get(&format!("/api/crm/leads?{query}")).await.ok()["items"].clone();
    let rita = found("q=rita").await;
    assert_eq!(rita.as_array().unwrap().len(), 1);
    assert_eq!(
        (&rita[0]["source"], &rita[0]["campaign"], &rita[0]["score"]),
        (&json!("landing"), &json!("Natal"), &json!(35))
    );
    assert_eq!(rita[0]["contact"]["phone"], "+5521998870002");
    assert_eq!(world.call("form", json!({"nome": "Marina", "fone": phone})).await.status, 202);
    world.resting().await;
    let marina = world.admin.get(&path).await.ok();
    assert_eq!(
        (&marina["source"], &marina["score"], &marina["status"]),
        (&json!("whatsapp"), &json!(35), &json!("quente"))
    );

    // Of whom else, but of who writes.
    world.publish("start", "eu = CREATE \"leads\", {\"score\": 45}\nTALK eu.name + \" tem \" + eu.score").await;
    world.writes(&customer, "oi").await;
    world.graph.wait_for("Marina tem 45").await;

    for (name, line, code) in [
        ("a", "FIND \"leads\", \"sapato = 40\"", "wrong_filter"),
        ("b", "FIND \"leads\", \"score > 'muito'\"", "wrong_filter"),
        ("c", "UPDATE \"leads\", \"score > 0\", {\"status\": \"fervendo\"}", "wrong_argument"),
        ("d", "CREATE \"leads\", {\"score\": 10}", "wrong_argument"),
        ("e", "DELETE \"leads\", \"score > 0\"", "refused"),
        ("f", "CREATE \"leads\", {\"phone\": \"(21) 99887-0003\", \"score\": 900}", "wrong_argument"),
    ] {
        world.publish(name, &format!("WEBHOOK \"{name}\"\n{line}")).await;
        assert_eq!(world.call(name, json!({})).await.status, 202);
        let found = async || {
            let page = world.admin.get(&format!("/api/bots/{}/errors", world.bot)).await.ok();
            page["items"].as_array().unwrap().iter().find(|error| error["script"] == name).cloned()
        };
        let error = world.server.eventually(line, found).await;
        assert_eq!(error["code"], code, "{line}: {error}");
    }
    assert_eq!(found("").await.as_array().unwrap().len(), 2);
    assert_eq!(world.admin.get("/api/crm/contacts?q=998870003").await.ok()["items"], json!([]), "nothing half made");
    // A table of the bot's own by that name is its own.
    world.publish("meus", "TABLE leads\n  nome AS TEXT\nEND TABLE\nWEBHOOK \"meus\"\nCREATE \"leads\", {\"nome\": \"x\"}\nTHROW {\"code\": \"own_\" + LEN(FIND(\"leads\", \"nome = 'x'\")), \"message\": \"x\"}").await;
    assert_eq!(world.call("meus", json!({})).await.status, 202);
    world.fails("own_1").await;
    assert_eq!(found("").await.as_array().unwrap().len(), 2);
}
